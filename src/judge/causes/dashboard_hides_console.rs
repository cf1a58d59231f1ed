//! The console works all the way from the API, so a dashboard that shows none hides it.

use super::Cause;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "dashboard-hides-console",
    home: 1,
    releases: "15-34",
    severity: Severity::Note,
    field: &["G1"],
    title: "the console works without the dashboard",
    needs: &[Need::Credentials],
    symptoms: &[],
    explanation: "\
nova-api handed out a console, its page loads, and the VNC server answers through the proxy. If the dashboard still says `No available console found`, it
is the dashboard: Horizon swallows what nova answers (only its log at DEBUG has it), asks at a microversion that nova does not have, or
looks for another type of console (CONSOLE_TYPE in local_settings.py). This is a note about a site where all is well.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let complete = case.evidence.upgrades.iter().any(|seen| {
        let rfb = seen.saw.rfb.as_ref();
        rfb.is_some_and(|rfb| rfb.banner.is_some() && rfb.security_types.is_some() && rfb.refusal.is_none())
    });
    let flawless = before.iter().all(|finding| finding.severity == Severity::Note);
    if !(case.asks_server() && complete && flawless) {
        return Vec::new();
    }
    vec![
        Draft::note(&META, "the console opens from the api on: if the dashboard shows none, the dashboard hides it")
            .remedy(
                Remedy::new(
                    "look at Horizon's log with DEBUG on, and at CONSOLE_TYPE in its local_settings.py (AUTO or VNC)",
                )
                .command("openstack console url show --novnc SERVER"),
            )
            .done(),
    ]
}

//! The token is known, and nova-compute says that its port is no longer the guest's.

use super::Cause;
use crate::evidence::log::{Event, Failure};
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, lines};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "guest-moved",
    home: 14,
    releases: "15-34",
    severity: Severity::Error,
    field: &["B5"],
    title: "the guest has another VNC port than the token",
    needs: &[Need::Token, Need::Logs],
    explanation: "\
nova-compute compares the token's port with the one in the running domain (validate_console_port). A guest that was hard
rebooted, rebuilt or migrated since has another port, and its old tokens are refused. Up to Queens (17) nova-consoleauth then logs
`Checking Token: ..., True` and the proxy nevertheless `The token ... is invalid or has expired`. A new URL works at once.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let Some(asked) = &case.evidence.target.token else { return Vec::new() };
    // another store may have answered the one, and another the other
    if before.iter().any(|finding| finding.severity == Severity::Error && matches!(finding.step, 10 | 14)) {
        return Vec::new();
    }
    let Some(view) = case.sessions.iter().rev().find(|view| view.session.end.is_some()) else { return Vec::new() };
    if !matches!(view.failure(), Some(Failure::TokenInvalid { .. })) {
        return Vec::new();
    }
    let checks: Vec<bool> = lines(case.evidence)
        .filter(|(_, _, line)| line.token.as_ref().is_some_and(|seen| seen.sha256 == asked.sha256))
        .filter_map(|(_, _, line)| match line.event {
            Event::TokenChecked { known } => Some(known),
            _ => None,
        })
        .collect();
    if checks.is_empty() || checks.iter().any(|known| !known) {
        return Vec::new();
    }
    vec![
        Draft::error(&META, "the token is known, and nova-compute does not confirm its VNC port: the guest was restarted or moved since")
            .likely()
            .host(view.host)
            .service(Service::Compute)
            .at_line(&view.log.path, view.session.line)
            .seen(format!("nova-consoleauth knew the token in all of {} checks", checks.len()))
            .seen(format!("{}: the proxy refused it all the same", view.at()))
            .remedy(
                Remedy::new("open the console again: the new URL carries the guest's present port")
                    .verify("vncdoctor check --url 'THE NEW URL' with the same inputs"),
            )
            .done(),
    ]
}

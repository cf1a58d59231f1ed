//! The server is not in a state that has a console.

use super::Cause;
use crate::evidence::api::{Afterwards, Server};
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::case::api::{state, words};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "server-state-unfit",
    home: 1,
    releases: "12-34",
    severity: Severity::Error,
    field: &["E9"],
    title: "the server is not in a state that has a console",
    needs: &[Need::Credentials],
    symptoms: &[],
    explanation: "\
A console needs a running guest. While a server is being built, deleted or migrated nova-api refuses (409 `is not ready` or `while it is in
task_state`; 500 where the handler does not expect it: remote-consoles up to 34, nova/api/openstack/compute/remote_consoles.py). Of
a stopped server it hands out a URL all the same, with port -1 in place of the VNC server's: the page opens, the proxy cannot connect, and
the browser shows code 1006. A suspended or shelved server has no guest either.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// What a state means for a console.
enum Fit {
    /// Nova-api refuses.
    Refused,
    /// Nova-api hands out a URL, and no guest is behind it.
    Off,
}

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let Some(api) = case.api() else { return Vec::new() };
    let later = match &api.afterwards {
        Some(Afterwards::There { server }) => Some(server.as_ref()),
        _ => None,
    };
    let seen = [later, api.server.as_ref()];
    let asked = case.console_asked();
    let refused = asked.filter(|seen| !seen.saw.answered());
    let conflict = refused.is_some_and(|seen| seen.saw.status() == Some(409));
    let unfit = seen.into_iter().flatten().find_map(|server| Some((server, fit(server)?)));
    let (server, confidence) = match (unfit, seen.into_iter().flatten().next()) {
        // it opens, whatever the record says
        _ if opens(case) => return Vec::new(),
        (Some((server, _)), _) if conflict => (server, Confidence::Certain),
        (None, Some(server)) if conflict => (server, Confidence::Likely),
        (Some((server, Fit::Refused)), _) if refused.is_some() => (server, Confidence::Likely),
        (Some((server, Fit::Off)), _) if refused.is_none() || case.handed_out() => (server, Confidence::Likely),
        _ => return Vec::new(),
    };
    // with a token of the user's own the click lies in the past, and the guest is missed where it is dialled
    let step = if case.asks_server() { META.home } else { 15 };
    let mut draft = Draft::error(&META, format!("{}: a console needs a running guest", state(server)))
        .step(step)
        .confidence(confidence);
    if let Some(seen) = refused {
        draft = draft.seen(words(&seen.saw));
    }
    if let Some(fault) = &server.fault {
        draft = draft.seen(format!("nova keeps this fault of it: {fault}"));
    }
    let verify = "open a console once openstack server show says ACTIVE and no task_state";
    let remedy = match fit(server) {
        Some(Fit::Off) => Remedy::new("start, resume or unshelve the server, then ask for a fresh console"),
        _ => Remedy::new(
            "wait until what is under way with the server has ended; a build that does not end is nova's to mend",
        ),
    };
    vec![
        draft
            .remedy(
                remedy
                    .command(format!("openstack server show {} -c status -c OS-EXT-STS:task_state", server.id))
                    .verify(verify),
            )
            .done(),
    ]
}

fn fit(server: &Server) -> Option<Fit> {
    let task = server.task_state.as_deref().unwrap_or_default();
    let vm = server.vm_state.as_deref().unwrap_or_default();
    // nova/compute/api.py get_vnc_console: reject_instance_state and check_instance_host
    if ["deleting", "migrating"].contains(&task) || ["building", "shelved_offloaded"].contains(&vm) {
        return Some(Fit::Refused);
    }
    let off = ["stopped", "suspended", "shelved", "soft-delete", "deleted"].contains(&vm);
    // a guest that shut itself down is still active until nova looks again
    (off || matches!(server.power_state, Some(4 | 6 | 7)) && vm == "active").then_some(Fit::Off)
}

fn opens(case: &Case) -> bool {
    case.evidence.upgrades.iter().any(|seen| seen.saw.rfb.as_ref().is_some_and(|rfb| rfb.banner.is_some()))
}

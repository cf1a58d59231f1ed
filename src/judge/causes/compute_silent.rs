//! The token is good, and nova-compute does not answer the question for its port.

use super::Cause;
use super::rpc_words::timed_out;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "compute-silent",
    home: 14,
    releases: "15-34",
    severity: Severity::Error,
    field: &[],
    title: "nova-compute does not confirm the VNC port",
    needs: &[Need::Logs],
    explanation: "\
Before a console opens, nova-compute is asked whether the token's port is still the guest's (validate_console_port). Up to
Queens (17) nova-consoleauth asks, from Rocky (18) on nova-novncproxy itself. A nova-compute that is down, or cut off the message
bus, costs rpc_response_timeout (60 s) of silence and then code 1006; the token is good all the while.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let Some(timeout) = timed_out(case) else { return Vec::new() };
    let itself = case.releases.candidates.iter().all(|release| *release >= 20);
    if !timeout.checked && !itself {
        return Vec::new();
    }
    let mut draft = Draft::error(
        &META,
        "the token is good, and nova-compute does not answer whether its VNC port is still the guest's",
    )
    // from Train on the proxy asks nobody else over the bus
    .confidence(if itself { timeout.confidence.max(Confidence::Likely) } else { timeout.confidence })
    .host(timeout.view.host)
    .service(Service::Compute)
    .at_line(&timeout.view.log.path, timeout.view.session.line)
    .seen(format!("{}: timed out waiting for a reply", timeout.view.at()));
    if timeout.checked {
        draft = draft.seen("nova-consoleauth logged that the token is known, then waited");
    }
    vec![
        draft
            .remedy(
                Remedy::new("start nova-compute on the instance's host, or mend its connection to RabbitMQ")
                    .restart("nova-compute")
                    .command("openstack compute service list --service nova-compute")
                    .verify("open a console of the same instance"),
            )
            .done(),
    ]
}

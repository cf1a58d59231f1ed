//! The token is good, and nova-compute does not answer the question for its port.

use super::Cause;
use super::bus_words::{Idle, idle};
use super::rpc_words::{Asks, asks, timed_out};
use super::session_words::validated;
use crate::evidence::process::Service;
use crate::evidence::site::is_loopback;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, HostView, TokenView};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "compute-silent",
    home: 14,
    releases: "15-34",
    severity: Severity::Error,
    field: &[],
    title: "nova-compute does not confirm the VNC port",
    needs: &[Need::Logs, Need::Bus],
    symptoms: &[Symptom::KeepsSilent],
    explanation: "\
Before a console opens, nova-compute is asked whether the token's port is still the guest's (validate_console_port). Up to
Queens (17) nova-consoleauth asks, from Rocky (18) on nova-novncproxy itself. A nova-compute that is down, or cut off the message
bus, costs rpc_response_timeout (60 s) of silence and then code 1006; the token is good all the while. Without a URL at hand it is
step 3 that fails: nova-api asks the same nova-compute for the console, and answers HTTP 500 after the same minute. RabbitMQ knows at
once: the queue `compute.HOST` has no consumer.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let is_bus = |finding: &Finding| finding.cause == "message-bus-down" && finding.severity == Severity::Error;
    if before.iter().any(|finding| is_bus(finding) && matches!(finding.step, 3 | 14)) {
        return Vec::new();
    }
    let idle = idle(case, Service::Compute, &[]);
    let logged = logged(case, &idle);
    if !logged.is_empty() {
        return logged;
    }
    // its service record says so already
    if before.iter().any(|finding| finding.cause == "compute-down") {
        return Vec::new();
    }
    idle.iter().filter_map(|idle| unheard(case, idle)).collect()
}

/// RabbitMQ counts no consumer of a compute node's queue.
fn unheard(case: &Case, idle: &Idle) -> Option<Finding> {
    // the name of a machine need not be the one that nova has for it
    if !idle.present() && !idle.queue.sure {
        return None;
    }
    let host = idle.queue.host.and_then(|index| case.hosts.get(index))?;
    let its = whose(case, host);
    let step = if case.handed_out() { 14 } else { 3 };
    let message = format!(
        "nova-compute on {} consumes no queue: nobody answers {} at {}",
        host.name(),
        idle.queue.name,
        idle.asked.peer
    );
    let severity = if its == Some(false) { Severity::Warning } else { Severity::Error };
    let draft = Draft::new(&META, severity, message)
        .step(step)
        .confidence(match (idle.present(), its) {
            (_, None) => Confidence::Possible,
            (true, _) if idle.queue.sure => Confidence::Certain,
            _ => Confidence::Likely,
        })
        .host(host.host)
        .service(Service::Compute)
        .seen(idle.words());
    let draft = if its.is_none() { draft.seen("whether the guest is on this host is not known") } else { draft };
    Some(draft.remedy(remedy()).done())
}

/// Whether the console that was asked about is a guest's on this host; true without one, `None` where it may be another's.
fn whose(case: &Case, host: &HostView) -> Option<bool> {
    if !case.handed_out() {
        return Some(true);
    }
    let known = case.token.as_ref().and_then(TokenView::connect_info).and_then(|info| info.host.clone());
    let release = case.releases.newest();
    let config = host.config(Service::Compute, release);
    let name = if release <= 16 { "vncserver_proxyclient_address" } else { "server_proxyclient_address" };
    let gives = config.and_then(|config| config.string("vnc", name));
    let alone = case.running(Service::Compute, Basis::Guessed).len() == 1;
    match (known, gives) {
        (Some(dialled), Some(gives)) if !is_loopback(&gives) => Some(dialled == gives),
        _ if alone => Some(true),
        _ => None,
    }
}

/// The proxy, or nova-consoleauth, logged that it waited in vain.
fn logged(case: &Case, idle: &[Idle]) -> Vec<Finding> {
    let Some(timeout) = timed_out(case) else { return Vec::new() };
    let whom = asks(case);
    if !timeout.checked && whom == Asks::Consoleauth {
        return Vec::new();
    }
    let known = timeout.checked || whom == Asks::Compute;
    let message = if known {
        "the token is good, and nova-compute does not answer whether its VNC port is still the guest's"
    } else {
        "nova-novncproxy waits in vain for nova-compute to say whether the token's VNC port is still the guest's"
    };
    let mut draft = Draft::error(&META, message)
        // where it asks nobody else over the bus
        .confidence(match whom {
            Asks::Compute => timeout.confidence.max(Confidence::Likely),
            _ if known => timeout.confidence,
            _ => Confidence::Possible,
        })
        .host(timeout.view.host)
        .service(Service::Compute)
        .at_line(&timeout.view.log.path, timeout.view.line())
        .seen(format!("{}: timed out waiting for a reply", timeout.view.at()));
    if validated(timeout.view) {
        draft = draft.seen("the proxy logged that the token is in its database, then waited");
    } else if timeout.checked {
        draft = draft.seen("nova-consoleauth logged that the token is known, then waited");
    }
    for one in idle.iter().filter(|one| one.present()) {
        draft = draft.seen(one.words());
    }
    vec![draft.remedy(remedy()).done()]
}

fn remedy() -> Remedy {
    Remedy::new("start nova-compute on the instance's host, or mend its connection to RabbitMQ")
        .restart("nova-compute")
        .command("openstack compute service list --service nova-compute")
        .verify("open a console of the same instance")
}

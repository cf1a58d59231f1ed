//! No nova-conductor consumes its queue: from Rocky on nobody writes a token down.

use super::Cause;
use super::bus_words::idle;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "conductor-down",
    home: 9,
    releases: "18-34",
    severity: Severity::Error,
    field: &[],
    title: "no nova-conductor answers nova-compute",
    needs: &[Need::Config, Need::Bus],
    symptoms: &[],
    explanation: "\
From Rocky (18) on nova-compute makes the token, and nova-conductor writes it into the cell database for it
(nova/objects/console_auth_token.py, authorize is remotable). With no nova-conductor of the cell consuming the queue `conductor` the URL
cannot be had: nova-compute waits rpc_response_timeout (60 s), and nova-api answers HTTP 500. URLs that were handed out before still
open. vncdoctor asks RabbitMQ how many consumers the queue has, and takes nothing from it.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let era = case.releases.candidates.iter().all(|release| *release >= 18);
    if !era || before.iter().any(|finding| finding.cause == "message-bus-down" && finding.severity == Severity::Error) {
        return Vec::new();
    }
    let Some(idle) = idle(case, Service::Conductor, &[Service::Compute, Service::Conductor]).into_iter().next() else {
        return Vec::new();
    };
    let message = format!(
        "no nova-conductor consumes its queue at {} (virtual host {}), so new console URLs cannot be had",
        idle.asked.peer, idle.asked.saw.virtual_host
    );
    // a URL that is at hand needs it no more
    let severity = if case.handed_out() { Severity::Warning } else { Severity::Error };
    let draft = Draft::new(&META, severity, message).service(Service::Conductor).seen(idle.words());
    // a queue that never was may be that of a bus which nova-conductor does not use
    let draft = if idle.present() { draft.likely() } else { draft.possible() };
    vec![
        draft
            .remedy(
                Remedy::new("start nova-conductor of the cell, or mend its transport_url")
                    .restart("nova-conductor")
                    .command("rabbitmqctl list_queues name consumers | grep conductor")
                    .verify("openstack compute service list --service nova-conductor, then open a console"),
            )
            .done(),
    ]
}

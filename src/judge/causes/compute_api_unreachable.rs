//! nova-api, where the catalogue has it, gives no answer of use.

use super::Cause;
use super::api_words::{brief, compute_failed, in_the_log, patience, severity, slow, sure};
use crate::evidence::api::Endpoint;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::case::api::words;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "compute-api-unreachable",
    home: 2,
    releases: "12-34",
    severity: Severity::Error,
    field: &[],
    title: "nova-api gives no answer",
    needs: &[Need::Credentials],
    symptoms: &[],
    explanation: "\
The dashboard asks nova-api at the endpoint that the catalogue names. Nobody there, a balancer's 503, an error of nova-api (its database,
its message bus) and something else that answers in its place all end here, before a console is asked for. 401 for a token that
the identity API has just given means that nova-api cannot check it: `[keystone_authtoken]` in the nova.conf of nova-api.

One that takes the connection and does not answer in time may be loaded rather than gone: `--timeout` gives it more.

A dial that fails proves only that this machine does not reach the endpoint: OS_INTERFACE chooses between the public, the internal
and the admin one.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let endpoint = case.api().and_then(|api| api.endpoint.as_ref());
    let (Some(Endpoint::Found { url, .. }), Some(seen)) = (endpoint, compute_failed(case)) else { return Vec::new() };
    let exchange = &seen.saw;
    let remedy = if exchange.status() == Some(401) {
        Remedy::new(
            "mend [keystone_authtoken] in the nova.conf of nova-api: the token is good, nova-api cannot check it",
        )
        .restart("nova-api")
    } else if slow(exchange) {
        patience("nova-api")
    } else {
        Remedy::new("start nova-api, or mend what stands before it or what it waits for")
    };
    let message = if slow(exchange) {
        format!("nova-api at {} takes the connection and is slow or hangs: {}", seen.peer, brief(exchange))
    } else {
        format!("nova-api at {} gives no answer of use: {}", seen.peer, brief(exchange))
    };
    vec![
        Draft::new(&META, severity(case), message)
            .confidence(sure(exchange))
            .seen(format!("from {}: {}", seen.from, words(exchange)))
            .seen(format!("the catalogue has {} for it", url.chars().take(160).collect::<String>()))
            .remedy(remedy.command(in_the_log(exchange, "nova/nova-api.log")).verify("openstack server list"))
            .done(),
    ]
}

//! The identity API gives no token, and not because of the credentials.

use super::Cause;
use super::api_words::{brief, identity_failed, in_the_log, patience, severity, slow, sure};
use crate::evidence::tls::TlsProblem;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::case::api::words;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "identity-unreachable",
    home: 2,
    releases: "12-34",
    severity: Severity::Error,
    field: &[],
    title: "the identity API gives no token",
    needs: &[Need::Credentials],
    symptoms: &[],
    explanation: "\
Before anybody can ask nova for a console, the identity API (Keystone) must give a token: the dashboard does so at login, a client with
each command. Nobody at the address, a balancer's 503, an error of Keystone or a login page in its place all end here. Refused
credentials do not: those are the user's, and vncdoctor says so and ends with 2.

A dial that fails proves only that this machine does not reach the API: the address in OS_AUTH_URL may be for other networks. A
redirect is not followed, because the password would go along.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let Some(seen) = case.api().and_then(identity_failed) else { return Vec::new() };
    let exchange = &seen.saw;
    let untrusted = exchange.tls.as_ref().and_then(|tls| tls.problem.as_ref()).is_some_and(|problem| {
        matches!(problem, TlsProblem::SelfSigned | TlsProblem::UnknownIssuer | TlsProblem::NoRoots)
    });
    let remedy = if slow(exchange) {
        patience("Keystone").command(in_the_log(exchange, "keystone/keystone.log"))
    } else if untrusted {
        Remedy::new(
            "name the authority's file (OS_CACERT, or cacert in clouds.yaml), or look without verifying: --insecure",
        )
    } else if exchange.status().is_some_and(|status| (300..400).contains(&status)) {
        Remedy::new(
            "set OS_AUTH_URL (auth_url in clouds.yaml) to where the identity API itself answers, with its https",
        )
    } else {
        Remedy::new("start Keystone and its web server, or mend what stands before them; check OS_AUTH_URL")
            .command(in_the_log(exchange, "keystone/keystone.log"))
    };
    let message = if slow(exchange) {
        format!("the identity API at {} takes the connection and is slow or hangs: {}", seen.peer, brief(exchange))
    } else {
        format!("the identity API at {} gives no token: {}", seen.peer, brief(exchange))
    };
    vec![
        Draft::new(&META, severity(case), message)
            .confidence(sure(exchange))
            .seen(format!("from {}: {}", seen.from, words(exchange)))
            .remedy(remedy.verify("openstack token issue"))
            .done(),
    ]
}

//! The proxy and nova-compute are of different releases of nova.

use super::Cause;
use super::session_words::{accepted, ended_with, told};
use super::wire_words::opened;
use crate::console::release::Release;
use crate::evidence::log::Failure;
use crate::evidence::process::Service;
use crate::evidence::site::releases::of_host;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "nova-releases-differ",
    home: 14,
    releases: "12-34",
    severity: Severity::Error,
    field: &["B4"],
    title: "the console proxy and a compute node run different releases of nova",
    needs: &[Need::Logs, Need::Host],
    symptoms: &[],
    explanation: "\
nova-compute makes the token and nova-novncproxy takes it. Up to Queens (17) it goes through nova-consoleauth and memcached, from Rocky
(18) on through the cell database; Rocky and Stein keep both with `[workarounds] enable_consoleauth`. While an upgrade has reached one
side only, the proxy looks where nothing was written: `The token is invalid or has expired` for every token of that compute node. Within
one side of that border releases understand each other, but for single fields: `No access_url in connect_info` in
the proxy's log is an older nova-compute.

Upgrade the proxies together with the compute nodes of their cell, or keep the workaround until the last of them is done.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// First release whose tokens lie in the cell database.
const DATABASE: u16 = 18;

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    logged(case).or_else(|| by_versions(case)).into_iter().collect()
}

/// The token that the proxy was given lacks a field that the proxy reads.
fn logged(case: &Case) -> Option<Finding> {
    let told =
        told(case, |view| ended_with(view, |failure| *failure == Failure::NoAccessUrl), |_, later| accepted(later))?;
    let message = "the token has no access URL, which nova-novncproxy compares the Origin with: whoever made it is of an older nova";
    let remedy =
        Remedy::new("upgrade nova-api, nova-compute and nova-conductor to the proxy's release and restart them")
            .command("openstack compute service list --long")
            .verify("open a new console: tokens made before keep what they have");
    let draft = Draft::new(&META, told.severity, message)
        .confidence(told.confidence.min(Confidence::Likely))
        .host(told.view.host)
        .service(Service::Novncproxy)
        .at_line(&told.view.log.path, told.view.line())
        .seen(format!(
            "{}: no access URL in the connect info, so that the protocol cannot be validated",
            told.view.at()
        ));
    Some(draft.remedy(remedy).done())
}

/// What packages and start lines name.
fn by_versions(case: &Case) -> Option<Finding> {
    let proxies = versions(case, Service::Novncproxy);
    let computes = versions(case, Service::Compute);
    let pairs = proxies.iter().flat_map(|proxy| computes.iter().map(move |compute| (proxy, compute)));
    let differing = pairs.filter(|((_, a), (_, b))| a.number != b.number);
    let apart = |a: &Release, b: &Release| (a.number < DATABASE) != (b.number < DATABASE);
    // the pair that is furthest apart says most
    let worst = differing.max_by_key(|((_, a), (_, b))| (apart(a, b), a.number.abs_diff(b.number)));
    let ((proxy, own), (compute, its)) = worst?;
    let works = opened(case) || case.sessions.iter().any(|view| view.session.worked);
    let message = format!(
        "nova-novncproxy on {} is of nova {own}, nova-compute on {} of nova {its}{}",
        proxy.name(),
        compute.name(),
        if apart(own, its) { ": they keep console tokens in different places" } else { "" }
    );
    let draft = if apart(own, its) && !works {
        Draft::warning(&META, message).likely()
    } else {
        Draft::note(&META, message).possible()
    };
    let remedy =
        Remedy::new("upgrade both to the same release; until then [workarounds] enable_consoleauth (rocky, stein)")
            .verify("open a console of a guest on each compute node");
    Some(draft.host(proxy.host).service(Service::Novncproxy).remedy(remedy).done())
}

/// The hosts that are known to run the service, and their nova.
fn versions<'c, 'e>(case: &'c Case<'e>, service: Service) -> Vec<(&'c HostView<'e>, Release)> {
    let hosts = case.running(service, Basis::Told).into_iter();
    hosts.filter_map(|host| Some((host, of_host(host.host)?))).collect()
}

//! An ingress or a router answers, because nothing there is for the URL's host or path.

use super::Cause;
use super::gateway_words::no_route;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "ingress-without-route",
    home: 13,
    releases: "15-34",
    severity: Severity::Error,
    field: &["F5"],
    title: "the ingress has no route to the console proxy",
    needs: &[Need::Token, Need::Probe],
    symptoms: &[],
    explanation: "\
In Kubernetes an ingress controller takes a request by its host and path; where no rule fits, its default backend answers: `default
backend - 404` of ingress-nginx, `404 page not found` of Traefik, `Application is not available` of OpenShift's router, an empty 404 of
Envoy. The name resolves and the certificate may be right, and nova-novncproxy never hears of it: the ingress, route or service
object is absent, misspelt, of another namespace or class, or for another host.

Compare the host of novncproxy_base_url with `kubectl get ingress,httproute,service,endpoints -A`.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let told = before.iter().any(|finding| finding.severity == Severity::Error && finding.step > 8);
    let Some(seen) = case.upgrades().next().filter(|_| !told) else { return Vec::new() };
    let Some((http, who)) = seen.saw.http.as_ref().and_then(|http| Some((http, no_route(http)?))) else {
        return Vec::new();
    };
    let host = crate::evidence::site::host_of(&seen.saw.asked.host);
    let draft = Draft::error(
        &META,
        format!("{} answers for {who}, which has no route for {host}: HTTP {}", seen.peer, http.status),
    )
    .likely()
    .service(Service::Novncproxy)
    .seen(format!(
        "upgrade of {} from {}: {}",
        seen.saw.asked.path,
        seen.from,
        http.body.as_deref().unwrap_or_default()
    ));
    let remedy = Remedy::new(format!(
        "let an ingress or route for {host} lead every path to the service of nova-novncproxy, in the class and namespace that this controller serves"
    ))
    .command("kubectl get ingress,service,endpoints -A")
    .verify("vncdoctor check --url 'THE URL' again: the upgrade is answered with 101");
    vec![draft.remedy(remedy).done()]
}

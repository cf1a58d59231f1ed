//! A balancer answers in the proxy's place, because it has no proxy that it takes for alive.

use super::Cause;
use super::gateway_words::{Gateway, gateway};
use crate::evidence::process::Service;
use crate::evidence::websocket::HttpAnswer;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "balancer-backend-down",
    home: 13,
    releases: "15-34",
    severity: Severity::Error,
    field: &["D4", "D8"],
    title: "the balancer has no nova-novncproxy that answers it",
    needs: &[Need::Token, Need::Probe],
    symptoms: &[],
    explanation: "\
502, 503 and 504 never come from nova-novncproxy. HAProxy says 503 `No server is available` where every server has failed its health
check or refuses the connection, 502 where a server hung up without an answer, as a proxy with `ssl_only` does on plain HTTP, and 504 where
one stays silent. nginx says 502 where the connection is refused, is reset or is spoken to in the wrong protocol, 504 where nothing
comes. Envoy says 503 `no healthy upstream`, an ingress 503 where a service has no endpoints.

Three things are behind it, and each is seen on the balancer's side: nova-novncproxy does not run or listens elsewhere; the health
check asks what the daemon does not answer; or TLS is spoken on one side only. Ask a proxy by itself: curl -i
http://PROXY:6080/vnc_lite.html. The balancer's own file (--config LB=/etc/haproxy/haproxy.cfg) settles two of them.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let told = before.iter().any(|finding| finding.severity == Severity::Error && finding.step != 12);
    let Some(seen) = case.upgrades().next().filter(|_| !told) else { return Vec::new() };
    let Some(http) = seen.saw.http.as_ref().filter(|http| (502..=504).contains(&http.status)) else {
        return Vec::new();
    };
    let who = gateway(http);
    let by = match &who {
        Some(gateway) => gateway.name,
        None => "a balancer or web server",
    };
    let server =
        http.server.as_ref().map_or_else(|| "no Server header".to_owned(), |server| format!("Server: {server}"));
    let message = format!(
        "{} answers the upgrade with HTTP {}: it is {by} ({server}), not nova-novncproxy, and {}",
        seen.peer,
        http.status,
        meaning(http, who.as_ref())
    );
    let draft = Draft::error(&META, message)
        .likely()
        .service(Service::Novncproxy)
        .seen(format!("upgrade of {} from {}", seen.saw.asked.path, seen.from));
    let draft = match &http.body {
        Some(body) => draft.seen(format!("it says: {body}")),
        None => draft,
    };
    let open = case.side_upgrades().find(|seen| seen.saw.http.as_ref().is_some_and(|http| http.status == 101));
    let draft = match open {
        Some(proxy) => draft.seen(format!(
            "{} answers the same upgrade with 101 when it is asked directly: the balancer's health check or its TLS is at fault",
            proxy.peer
        )),
        None => draft,
    };
    let remedy = Remedy::new(
        "see whether nova-novncproxy runs and listens where the balancer looks, whether the health check asks what it answers (GET / is 404), and whether both speak TLS or neither",
    )
    .command("curl -i http://PROXY:6080/vnc_lite.html")
    .verify("vncdoctor check --url 'THE URL' again: the upgrade is answered with 101");
    vec![
        draft
            .seen("with --config LB=/etc/haproxy/haproxy.cfg, or nginx's file, the health check and TLS are judged")
            .remedy(remedy)
            .done(),
    ]
}

fn meaning(http: &HttpAnswer, who: Option<&Gateway>) -> &'static str {
    match (http.status, who.map(|who| who.name)) {
        (503, Some("HAProxy")) => "every server behind it is down for it",
        (503, Some("Envoy")) => "it has no healthy server behind it",
        (503, _) => "it has no server behind it that it takes for alive",
        (502, Some("HAProxy")) => "the server behind it hung up without an answer",
        (502, _) => "the server behind it refused, hung up or speaks another protocol",
        _ => "the server behind it did not answer in time",
    }
}

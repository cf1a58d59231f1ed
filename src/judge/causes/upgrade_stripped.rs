//! Something before the proxy passes requests on and drops what makes an upgrade of them.

use super::Cause;
use crate::evidence::process::Service;
use crate::evidence::websocket::HttpAnswer;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "upgrade-stripped",
    home: 13,
    releases: "15-34",
    severity: Severity::Error,
    field: &["D1"],
    title: "what stands before the proxy does not pass the WebSocket upgrade on",
    needs: &[Need::Token, Need::Probe],
    symptoms: &[],
    explanation: "\
nova-novncproxy answers an upgrade on any path with 101; websockify 0.8 to 0.13 look for the header `Upgrade: websocket` and for nothing
else to know one by (_websocket_do_GET). If it answers 404, 405 or 200 to one, that header did not reach it: nginx and
Apache take it away, whatever HTTP version they speak to their backends, unless they are told to pass it on; a rule of HAProxy deletes
it; an ingress has no WebSocket support. If the page comes from the proxy and the upgrade is
answered by another server (400, 403, 404, 426, a redirect), that server keeps it for itself: a firewall for web applications, a route
for the page alone. A hop may also drop the query, in which the token is: the proxy then hangs up after its 101. The page loads, the browser shows code 1006 and `Unexpected response code`.

Let every hop pass the upgrade: nginx `proxy_set_header Upgrade $http_upgrade;` (with `proxy_http_version 1.1; proxy_set_header Connection
\"upgrade\";` for what else stands behind it), Apache ProxyPass with upgrade=websocket, HAProxy without a rule that deletes Upgrade.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let told = before.iter().any(|f| f.severity == Severity::Error && f.step == 13);
    let Some(first) = case.upgrades().next().filter(|_| !told) else { return Vec::new() };
    let Some(http) = first.saw.refused() else { return query_lost(case, before).into_iter().collect() };
    let Some((why, sure)) = lost(case, http) else { return Vec::new() };
    let reason = http.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let message =
        format!("{} answers the upgrade with HTTP {}{reason} in place of 101: {why}", first.peer, http.status);
    let mut draft = Draft::error(&META, message).service(Service::Novncproxy).seen(format!(
        "upgrade of {} from {}: {}",
        first.saw.asked.path,
        first.from,
        who(http)
    ));
    if let Some(body) = &http.body {
        draft = draft.seen(format!("it says: {body}"));
    }
    if let Some(backend) = case.side_upgrades().find(|seen| is_101(seen.saw.http.as_ref())) {
        draft = draft.seen(format!("{} answers the same upgrade with 101 when it is asked directly", backend.peer));
    }
    let draft = if sure { draft } else { draft.likely() };
    vec![
        draft
            .remedy(
                Remedy::new("let what stands before nova-novncproxy pass the header Upgrade on to it")
                    .verify("vncdoctor check --url 'THE URL' again: the upgrade is answered with 101"),
            )
            .done(),
    ]
}

/// Hung up on with the token in the query, and not with the same token as a cookie.
fn query_lost(case: &Case, before: &[Finding]) -> Option<Finding> {
    let told = before.iter().any(|finding| finding.severity == Severity::Error);
    let first = case.upgrades().next().filter(|first| !told && first.saw.asked.token && first.saw.hung_up())?;
    let by_cookie = case.upgrades().find(|seen| {
        let asked = &seen.saw.asked;
        asked.cookie && !asked.token && seen.saw.opened()
    })?;
    let by_query = || case.upgrades().filter(|seen| seen.saw.asked.token);
    if by_query().any(|seen| !seen.saw.hung_up()) {
        return None;
    }
    let message = format!(
        "the token does not reach the proxy behind {}: in the query it is lost, as a cookie it opens the console",
        first.peer
    );
    Some(
        Draft::error(&META, message)
            .likely()
            .service(Service::Novncproxy)
            .seen(format!("with the token in the query {} tries of as many are hung up on", by_query().count()))
            .seen(format!("with the token as a cookie at {} the VNC server answers", by_cookie.peer))
            .remedy(
                Remedy::new(
                    "let what stands before nova-novncproxy pass the query of the WebSocket's path on unchanged",
                )
                .verify("vncdoctor check --url 'THE URL' again: the console opens"),
            )
            .done(),
    )
}

fn is_101(http: Option<&HttpAnswer>) -> bool {
    http.is_some_and(|http| http.status == 101)
}

/// Who answered.
fn who(http: &HttpAnswer) -> String {
    let server = http.server.as_ref().map_or("no Server header".to_owned(), |server| format!("Server: {server}"));
    let via = http.via.as_ref().map(|via| format!(", Via: {via}")).unwrap_or_default();
    let to = http.location.as_ref().map(|to| format!(", Location: {to}")).unwrap_or_default();
    format!("HTTP {}, {server}{via}{to}", http.status)
}

/// Why the upgrade is known to be lost on the way, and whether that is certain.
fn lost(case: &Case, http: &HttpAnswer) -> Option<(String, bool)> {
    if http.is_websockify() {
        // 400 and 5xx are its own word about headers and itself
        let as_a_page = matches!(http.status, 200 | 301 | 404 | 405);
        return as_a_page
            .then(|| ("the proxy itself answers, and the upgrade did not reach it as one".to_owned(), true));
    }
    if !matches!(http.status, 200 | 301 | 302 | 307 | 308 | 400 | 401 | 403 | 404 | 405 | 426 | 501) {
        return None;
    }
    let server = http.server.as_deref().unwrap_or("a server without a Server header").to_owned();
    if let Some(backend) = case.side_upgrades().find(|seen| is_101(seen.saw.http.as_ref())) {
        return Some((format!("{server} keeps it for itself, and {} behind it takes it", backend.peer), true));
    }
    let page = case.pages().next()?.saw.page.as_ref()?;
    let by_proxy = page.server.as_ref().is_some_and(|server| server.to_ascii_lowercase().contains("websockify"));
    let is_novnc = page.status == 200 && page.novnc.is_some();
    (by_proxy || is_novnc).then(|| (format!("{server} passes the page and keeps the upgrade for itself"), false))
}

//! The page opens its WebSocket at a path that does not lead to the proxy, and another path does.

use super::Cause;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "websocket-path-unrouted",
    home: 13,
    releases: "15-34",
    severity: Severity::Error,
    field: &["C10"],
    title: "the page's WebSocket path does not lead to the proxy",
    needs: &[Need::Token, Need::Probe],
    symptoms: &[],
    explanation: "\
nova-novncproxy takes an upgrade on any path; a balancer that routes by paths does not. With `?path=%3Ftoken%3D...` the page asks for
`/?token=...` at the root, wherever the page itself lies; vnc.html of noVNC 1.6 and newer asks beside the page, `/vnc.html?token=...`; with
`?token=` noVNC asks for /websockify. An ingress that routes only /websockify, or only the page's folder, answers 404 to the others.

Route the path that the page uses to the proxy as well, or all of the host; from 2025.1 (31) on `?path=PREFIX` in novncproxy_base_url
moves the WebSocket below a prefix.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let Some(first) = case.upgrades().next() else { return Vec::new() };
    let Some(http) = first.saw.refused().filter(|http| !http.is_websockify()) else { return Vec::new() };
    let place = |path: &str| path.split('?').next().unwrap_or_default().to_owned();
    let own = place(&first.saw.asked.path);
    let routed = case.upgrades().find(|seen| {
        place(&seen.saw.asked.path) != own && seen.saw.http.as_ref().is_some_and(|http| http.status == 101)
    });
    let Some(routed) = routed else { return Vec::new() };
    let other = place(&routed.saw.asked.path);
    let server = http.server.as_deref().unwrap_or("a server without a Server header");
    let message = format!(
        "the page opens its WebSocket at {own}, where {server} answers HTTP {}; {other} leads to the proxy",
        http.status
    );
    let opens = case.upgrades().any(|seen| place(&seen.saw.asked.path) == other && seen.saw.opened());
    let mut draft = Draft::error(&META, message)
        .service(Service::Novncproxy)
        .seen(format!("upgrade of {own} at {} from {}: HTTP {}", first.peer, first.from, http.status))
        .seen(format!("upgrade of {other}: 101"));
    draft = if opens { draft.seen(format!("with the token the console opens at {other}")) } else { draft.likely() };
    vec![
        draft
            .remedy(
                Remedy::new(format!("let the balancer or ingress at {} lead {own} to nova-novncproxy too", first.peer))
                    .verify("vncdoctor check --url 'THE URL' again: the upgrade is answered with 101"),
            )
            .done(),
    ]
}

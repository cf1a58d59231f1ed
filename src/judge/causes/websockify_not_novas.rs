//! The port is served by a websockify, and not by the one in nova-novncproxy.

use super::Cause;
use crate::evidence::process::Service;
use crate::evidence::websocket::WebsocketEnd;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "websockify-not-novas",
    home: 13,
    releases: "15-34",
    severity: Severity::Error,
    field: &[],
    title: "another websockify than nova's answers",
    needs: &[Need::Probe],
    symptoms: &[],
    explanation: "\
nova-novncproxy is made of websockify and replaces the part that finds the VNC server. A plain websockify, as noVNC's own launch script,
OpenNebula or Proxmox start it, knows no tokens of nova's: it dials the one server it was given, and if that fails closes with 1011
`Failed to connect to downstream server`. nova's proxy sends no close frame there, and 1011 never. Both have the same Server header.

See which process has the port, and let the URL lead to nova-novncproxy.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// websockify's own code for a server that it cannot reach (websockify/websocketproxy.py, 0.9 and newer).
const DOWNSTREAM: u16 = 1011;

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    if before.iter().any(|finding| finding.severity == Severity::Error) {
        return Vec::new();
    }
    let Some(seen) = case.upgrades().find(|seen| {
        matches!(seen.saw.end, Some(WebsocketEnd::CloseFrame { code: Some(DOWNSTREAM), .. })) && !seen.saw.opened()
    }) else {
        return Vec::new();
    };
    let reason = match &seen.saw.end {
        Some(WebsocketEnd::CloseFrame { reason, .. }) if !reason.is_empty() => format!(" {reason:?}"),
        _ => String::new(),
    };
    let message =
        format!("{} closes with 1011{reason}, which nova-novncproxy never does: another proxy has the port", seen.peer);
    vec![
        Draft::error(&META, message)
            .likely()
            .service(Service::Novncproxy)
            .seen(format!("upgrade from {}: 101, then a close frame with code 1011", seen.from))
            .remedy(
                Remedy::new(
                    "let the URL's host and port lead to nova-novncproxy, not to a websockify of something else",
                )
                .command("ss -ltnp 'sport = :6080' (on the host of the URL)")
                .verify("vncdoctor check --url 'THE URL' again"),
            )
            .done(),
    ]
}

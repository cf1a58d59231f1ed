//! The VNC server is reached, and the proxy and it do not agree on how to authenticate.

use super::Cause;
use crate::evidence::probe::Seen;
use crate::evidence::process::Service;
use crate::evidence::rfb::{Greeting, Message, RfbAnswer};
use crate::evidence::websocket::WebsocketEnd;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, last_upgrade};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "vnc-security-refused",
    home: 15,
    releases: "15-34",
    severity: Severity::Error,
    field: &[],
    title: "proxy and VNC server do not agree on a security type",
    needs: &[Need::Token, Need::Probe],
    explanation: "\
From Queens (17) on nova-novncproxy speaks the RFB security handshake itself: version 3.8, and of the server's types only those in `[vnc]
auth_schemes`: none (1) by default, vencrypt (19) if it is listed. A VNC password (type 2, from vnc_password in qemu.conf or passwd in the
guest's XML) can never work; a QEMU with TLS needs vencrypt on every proxy (nova/console/securityproxy/rfb.py). The browser gets
the banner and then `Unable to negotiate security with server`, or a close.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    if before.iter().any(|finding| finding.severity == Severity::Error) {
        return Vec::new();
    }
    through(case).or_else(|| looked(case)).into_iter().collect()
}

/// A server that wants a password, seen directly: from Queens on no proxy of nova's can give one.
fn looked(case: &Case) -> Option<Finding> {
    let look = case.evidence.vnc.iter().find(|look| look.saw.greeting.as_ref().is_some_and(wants_password))?;
    let message = format!("{}, and nova-novncproxy never has a password", types(look)?);
    let never = case.releases.candidates.iter().all(|release| *release >= 17);
    let draft = if never { Draft::error(&META, message) } else { Draft::warning(&META, message) };
    Some(draft.likely().service(Service::Compute).seen(format!("looked at from {}", look.from)).remedy(remedy()).done())
}

/// Neither None nor VeNCrypt is offered.
fn wants_password(greeting: &Greeting) -> bool {
    greeting.offered().is_some_and(|types| !types.is_empty() && !types.contains(&1) && !types.contains(&19))
}

/// What came through the proxy, and what a direct look adds to it.
fn through(case: &Case) -> Option<Finding> {
    let seen = last_upgrade(case)?;
    let told = seen.saw.rfb.as_ref();
    let refused = told.and_then(refusal);
    let (message, sure) = match (refused, &seen.saw.end) {
        (None, _) if told.is_some_and(wants_password) => {
            let names = told.map(offer).unwrap_or_default();
            (
                format!("the VNC server behind {} offers only {names}: browsers are asked for a password", seen.peer),
                true,
            )
        }
        (Some(reason), _) => (format!("{} reaches a VNC server and is refused: {reason}", seen.peer), true),
        (None, Some(WebsocketEnd::Closed { waiting_for: Message::Banner, .. } | WebsocketEnd::Silent { .. })) => {
            return None;
        }
        (None, Some(WebsocketEnd::Closed { .. })) => {
            (format!("{} hangs up after the VNC server's version, in the security handshake", seen.peer), true)
        }
        (None, Some(WebsocketEnd::CloseFrame { code, reason, .. })) => {
            let code = code.map_or_else(|| "no code".to_owned(), |code| format!("code {code}"));
            (
                format!(
                    "{} ends the console with a close frame before the VNC handshake is done ({code} {reason:?})",
                    seen.peer
                ),
                false,
            )
        }
        (None, Some(WebsocketEnd::NotRfb { protocol, .. })) => {
            let what = protocol.map_or("what is no VNC", |protocol| protocol.words());
            (format!("{what} answers through {} in place of a VNC server", seen.peer), true)
        }
        (None, Some(WebsocketEnd::Broken { what })) => {
            (format!("{} breaks the WebSocket protocol after its 101: {what}", seen.peer), false)
        }
        _ => return None,
    };
    let mut draft = Draft::error(&META, message)
        .service(Service::Novncproxy)
        .seen(format!("upgrade from {}: 101, and a proxy that takes the token", seen.from));
    for look in &case.evidence.vnc {
        if let Some(types) = types(look) {
            draft = draft.seen(types);
        }
    }
    let draft = if sure { draft.likely() } else { draft.possible() };
    Some(draft.remedy(remedy()).done())
}

/// Why the server, or the proxy in its name, refuses.
fn refusal(greeting: &Greeting) -> Option<String> {
    let result = greeting.result.as_ref().filter(|result| result.code != 0);
    let said = result.map(|result| result.reason.clone().unwrap_or_else(|| "without a reason".to_owned()));
    said.or_else(|| greeting.refusal.clone())
}

/// What the server itself offers.
fn types(look: &Seen<RfbAnswer>) -> Option<String> {
    let greeting = look.saw.greeting.as_ref().filter(|greeting| greeting.security_types.is_some())?;
    Some(format!("{} offers the security types {}", look.peer, offer(greeting)))
}

/// `1 (None), 2 (VNC Authentication)`.
fn offer(greeting: &Greeting) -> String {
    let types = greeting.security_types.iter().flatten();
    let names: Vec<String> = types
        .map(|one| one.name.as_ref().map_or_else(|| one.number.to_string(), |name| format!("{} ({name})", one.number)))
        .collect();
    names.join(", ")
}

fn remedy() -> Remedy {
    Remedy::new(
        "let the VNC server offer None to the proxies: take vnc_password out of qemu.conf and passwd out of the guest's XML; for TLS \
         set [vnc] auth_schemes = vencrypt,none with its certificates on every host that runs nova-novncproxy",
    )
    .restart("nova-novncproxy")
    .command("grep -E '^vnc_(password|tls|sasl)' /etc/libvirt/qemu.conf (on the compute node)")
    .verify("open a new console; guests keep what they were started with until a hard reboot")
}

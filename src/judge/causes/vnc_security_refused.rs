//! The VNC server is reached, and the proxy and it do not agree on how to authenticate.

use super::Cause;
use super::vnc_words::{Look, Negotiation, at_session, looks, negotiated, server};
use crate::evidence::probe::Seen;
use crate::evidence::process::Service;
use crate::evidence::rfb::{Greeting, Message, RfbAnswer, names};
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
    needs: &[Need::Token, Need::Probe, Need::Logs],
    symptoms: &[],
    explanation: "\
From Queens (17) on nova-novncproxy speaks the RFB security handshake itself: version 3.8, and of the server's types only those in `[vnc]
auth_schemes`: none (1) by default, vencrypt (19) if it is listed. A VNC password (type 2, from vnc_password in qemu.conf or passwd in the
guest's XML) can never work; a QEMU with TLS needs vencrypt on every proxy (nova/console/securityproxy/rfb.py). The browser gets
the banner and then `Unable to negotiate security with server`, or a close. To browsers the proxy always shows type None, so
through it alone a password, VeNCrypt on one side and bad certificates look the same. A server with too many viewers, or
with too many failures, offers no type at all and says why.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    if before.iter().any(|finding| finding.severity == Severity::Error) {
        return Vec::new();
    }
    through(case).or_else(|| logged(case)).or_else(|| looked(case)).into_iter().collect()
}

/// What came through the proxy, and what a direct look adds to it.
fn through(case: &Case) -> Option<Finding> {
    let seen = last_upgrade(case)?;
    let told = seen.saw.rfb.as_ref();
    let peer = &seen.peer;
    let (message, sure) = match (told.and_then(refusal), &seen.saw.end) {
        (Some(reason), _) => (format!("{peer} reaches a VNC server and is refused: {reason}"), true),
        (None, Some(WebsocketEnd::Closed { waiting_for: Message::SecurityResult, .. })) => (
            format!("{peer} hangs up when a security type is chosen: something fails between proxy and VNC server"),
            true,
        ),
        (None, Some(WebsocketEnd::Closed { waiting_for, .. })) if *waiting_for != Message::Banner => {
            (format!("{peer} hangs up after the VNC server's version, in the security handshake"), true)
        }
        (None, Some(WebsocketEnd::CloseFrame { code, reason, .. })) => {
            let code = code.map_or_else(|| "no code".to_owned(), |code| format!("code {code}"));
            let text = format!(
                "{peer} ends the console with a close frame before the VNC handshake is done ({code} {reason:?})"
            );
            (text, false)
        }
        (None, Some(WebsocketEnd::Broken { what })) => {
            (format!("{peer} breaks the WebSocket protocol after its 101: {what}"), false)
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
    if case.evidence.vnc.is_empty() {
        draft = draft.seen(
            "to browsers the proxy shows type None whatever the VNC server offers: a password, VeNCrypt on one side alone, or its \
             certificates; the proxy's log tells which, or a direct look at the VNC server (--log, --config)",
        );
    }
    let draft = if sure { draft.likely() } else { draft.possible() };
    Some(draft.remedy(remedy()).done())
}

/// The server offered no type at all, and its reason stands in the proxy's log as Python shows bytes.
fn logged(case: &Case) -> Option<Finding> {
    let its = |seen: &Negotiation| seen.offered.is_empty() && said(seen.reason).is_some();
    let (told, seen) = negotiated(case, its)?;
    let draft = at_session(&META, &told, format!("{} refuses the proxy: {}", server(&told), said(seen.reason)?))
        .seen(format!("{}: the server offers no security type, and says why: {}", told.view.at(), seen.reason));
    Some(draft.remedy(mend()).done())
}

fn said(reason: &str) -> Option<&str> {
    let text = reason.strip_prefix('b')?;
    ['\'', '"'].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
}

/// A server that turns a look from here away by its own words, and most likely the proxy too.
fn looked(case: &Case) -> Option<Finding> {
    let looks = looks(case);
    let refused = |look: &&Look| look.seen.saw.greeting.as_ref().is_some_and(Greeting::turned_away);
    let look = looks.iter().find(refused)?;
    let reason = look.seen.saw.greeting.as_ref()?.refusal.clone().unwrap_or_else(|| "it does not say why".to_owned());
    let draft = Draft::error(&META, format!("the VNC server at {} offers no security type: {reason}", look.seen.peer))
        .confidence(look.confidence(case))
        .seen(format!("{}: no security type at all", look.from()));
    Some(draft.remedy(mend()).done())
}

/// What a server says that lets nobody in.
fn mend() -> Remedy {
    Remedy::new("close other viewers of the guest, or wait until the server forgets the failures; what keeps dialling it shows there")
        .command("ss -tn 'sport >= 5900' (on the compute node)")
        .verify("open a new console")
}

/// Why the server, or the proxy in its name, refuses.
fn refusal(greeting: &Greeting) -> Option<String> {
    let result = greeting.result.as_ref().filter(|result| result.code != 0);
    let said = result.map(|result| result.reason.clone().unwrap_or_else(|| "without a reason".to_owned()));
    said.or_else(|| greeting.refusal.clone())
}

/// What the server itself offers.
fn types(look: &Seen<RfbAnswer>) -> Option<String> {
    let types = look.saw.greeting.as_ref()?.security_types.as_ref()?;
    Some(format!("{} offers the security types {}", look.peer, names(types)))
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

//! The VNC server speaks another version of RFB than the one that nova's proxy takes.

use super::Cause;
use super::vnc_words::{SECURITY_PROXY, at_session, looks, negotiated, server, severity};
use crate::evidence::process::Service;
use crate::evidence::rfb::Message;
use crate::evidence::websocket::WebsocketEnd;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, last_upgrade};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "vnc-version-refused",
    home: 15,
    releases: "17-34",
    severity: Severity::Error,
    field: &[],
    title: "the VNC server does not speak RFB 3.8",
    needs: &[Need::Logs, Need::Token, Need::Probe],
    symptoms: &[Symptom::HangsUp],
    explanation: "\
From Queens (17) on nova-novncproxy takes exactly RFB 3.8 of a VNC server (nova/console/securityproxy/rfb.py): 3.3 and 3.7 of old or small
servers are refused, and so are 3.889 and 4 of newer ones. QEMU has spoken 3.8 since 2007; another version means that something else
listens there - a VNC server within a baremetal controller, a container's, a screen-sharing program, a gateway. The log says
`Security proxying requires RFB protocol version 3.8, but server sent RFB 003.003`; browsers get a close frame before any
byte of VNC. Up to Pike (16) such servers work.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// What nova's proxy takes.
const TAKEN: &str = "RFB 003.008";

fn detect(case: &Case, _before: &[Finding]) -> Vec<Finding> {
    if case.releases.within(|release| release >= SECURITY_PROXY).is_empty() {
        return Vec::new();
    }
    logged(case).or_else(|| looked(case)).or_else(|| through(case)).into_iter().collect()
}

fn logged(case: &Case) -> Option<Finding> {
    let is = |reason: &str| reason.contains("requires RFB protocol version 3.8") && reason.contains("but server sent");
    let (told, seen) = negotiated(case, |seen| is(seen.reason))?;
    Some(
        at_session(
            &META,
            &told,
            format!("{} does not speak RFB 3.8, the only version that nova-novncproxy takes", server(&told)),
        )
        .seen(format!("{}: {}", told.view.at(), seen.reason))
        .remedy(remedy())
        .done(),
    )
}

fn looked(case: &Case) -> Option<Finding> {
    let looks = looks(case);
    let (look, banner) = looks.iter().find_map(|look| {
        let banner = look.seen.saw.greeting.as_ref()?.banner.as_deref()?;
        (banner != TAKEN).then_some((look, banner))
    })?;
    let message = format!("{} speaks {banner}, and nova-novncproxy takes nothing but {TAKEN}", look.seen.peer);
    Some(
        Draft::new(&META, severity(case), message)
            .confidence(look.confidence(case))
            .service(Service::Compute)
            .seen(look.from())
            .remedy(remedy())
            .done(),
    )
}

/// A close frame before the version: what comes of a version that is refused.
fn through(case: &Case) -> Option<Finding> {
    let newer = case.releases.candidates.iter().all(|release| *release >= SECURITY_PROXY);
    let seen = last_upgrade(case).filter(|_| newer)?;
    let Some(WebsocketEnd::CloseFrame { code: Some(1000), waiting_for: Message::Banner, .. }) = seen.saw.end else {
        return None;
    };
    // websockify 0.10 and newer flush an empty frame first
    let empty = seen.saw.frames.iter().any(|frame| frame.opcode == 2 && frame.bytes == 0);
    let message = format!(
        "{} ends the console with a close frame before any byte of VNC, as it does for a server that does not speak RFB 3.8",
        seen.peer
    );
    let draft = Draft::error(&META, message).service(Service::Compute).seen(format!("upgrade from {}", seen.from));
    let draft = if empty { draft.likely() } else { draft.possible() };
    Some(
        draft
            .seen("the proxy's log, or a direct look at the VNC server, settles it: --log, --config")
            .remedy(remedy())
            .done(),
    )
}

fn remedy() -> Remedy {
    Remedy::new("see on the compute node what listens at the guest's VNC port; only QEMU's own server is meant to")
        .command("ss -ltnp 'sport >= 5900' (on the compute node)")
        .command("virsh vncdisplay INSTANCE (on the compute node)")
        .verify("a dial of the address from the proxy's host answers RFB 003.008")
}

//! Something else than a VNC server answers at the address that the token stands for.

use super::Cause;
use super::session_words::{ended_with, opened_there, told};
use super::vnc_words::{at_session, looks, server};
use crate::evidence::log::Failure;
use crate::evidence::process::Service;
use crate::evidence::rfb::{Message, RfbEnd};
use crate::evidence::stranger::Stranger;
use crate::evidence::websocket::WebsocketEnd;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, last_upgrade};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "vnc-not-rfb",
    home: 15,
    releases: "15-34",
    severity: Severity::Error,
    field: &[],
    title: "what answers at the VNC port is no VNC server",
    needs: &[Need::Logs, Need::Token, Need::Probe],
    symptoms: &[Symptom::HangsUp, Symptom::KeepsSilent],
    explanation: "\
The dial succeeds and no VNC comes: another program has the port (libvirt's migration and other services use 5900 and up too), the
address is another machine's, or a gateway accepts on behalf of a guest that is gone. From Queens (17) on nova-novncproxy reads twelve
bytes: of a server that speaks first it logs `invalid literal for int() with base 10: b'2.0'` (SSH's version), of one that hangs up
`Incorrect read from socket, wanted 12 bytes but got 0`, and browsers get a bare close; for one that waits to be spoken to, as a web
server does, it waits for ever. Up to Pike (16) the bytes go through to the browser.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _before: &[Finding]) -> Vec<Finding> {
    looked(case).or_else(|| logged(case)).or_else(|| through(case)).into_iter().collect()
}

fn logged(case: &Case) -> Option<Finding> {
    let is =
        |failure: &Failure| matches!(failure, Failure::NotRfb { .. } | Failure::SecurityShortRead { wanted: 12, .. });
    let told = told(case, |view| ended_with(view, is), |failed, later| opened_there(case, failed, later))?;
    let peer = server(&told).replace("the VNC server at ", "");
    let (message, seen) = match told.view.failure()? {
        Failure::NotRfb { seen } => {
            let ssh = if seen.starts_with("2.0") || seen.starts_with("1.99") { ", as an SSH server does" } else { "" };
            (
                format!("what answers at {peer} is no VNC server: it begins with another version line{ssh}"),
                format!("{seen:?} stands in the place of RFB's version"),
            )
        }
        Failure::SecurityShortRead { got: 0, .. } => (
            format!("{peer} accepts the connection and hangs up without a byte of VNC"),
            "wanted 12 bytes but got 0".to_owned(),
        ),
        _ => (format!("what answers at {peer} is no VNC server"), "less than a version line came".to_owned()),
    };
    Some(at_session(&META, &told, message).seen(format!("{}: {seen}", told.view.at())).remedy(remedy()).done())
}

fn looked(case: &Case) -> Option<Finding> {
    let looks = looks(case);
    let (look, what) = looks.iter().find_map(|look| Some((look, stranger(look.seen.saw.end.as_ref()?)?)))?;
    let sure = look.confidence(case);
    Some(
        Draft::error(&META, format!("{} {what}", look.seen.peer))
            .confidence(sure)
            .service(Service::Compute)
            .seen(look.from())
            .remedy(remedy())
            .done(),
    )
}

/// What answered, as the rest of a sentence.
fn stranger(end: &RfbEnd) -> Option<String> {
    let name = |protocol: &Option<Stranger>, first: &str| {
        protocol.map_or_else(|| format!("something that begins with {first:?}"), |known| known.words().to_owned())
    };
    match end {
        RfbEnd::NotRfb { protocol, first } => Some(format!("is no VNC server but {}", name(protocol, first))),
        RfbEnd::NotRfbWhenAsked { protocol, first } => Some(format!(
            "is no VNC server but {}, which waits to be spoken to, so that the proxy waits for ever",
            name(protocol, first)
        )),
        RfbEnd::Closed { waiting_for: Message::Banner, .. } => {
            Some("accepts the connection and hangs up without a byte of VNC".to_owned())
        }
        _ => None,
    }
}

/// Through a proxy that hands the bytes on, as up to Pike (16) and any websockify does.
fn through(case: &Case) -> Option<Finding> {
    let seen = last_upgrade(case)?;
    let Some(WebsocketEnd::NotRfb { protocol, .. }) = &seen.saw.end else { return None };
    let what = protocol.map_or("what is no VNC", Stranger::words);
    Some(
        Draft::error(&META, format!("{what} answers through {} in place of a VNC server", seen.peer))
            .likely()
            .service(Service::Compute)
            .seen(format!("upgrade from {}: 101, then its bytes", seen.from))
            .remedy(remedy())
            .done(),
    )
}

fn remedy() -> Remedy {
    Remedy::new(
        "see on the compute node what listens at that port, and which port the guest's VNC server has; if the address is another \
         machine's, set [vnc] server_proxyclient_address of the compute node",
    )
    .command("ss -ltnp 'sport >= 5900' (on the compute node)")
    .command("virsh vncdisplay INSTANCE (on the compute node)")
    .verify("a dial of the address from the proxy's host answers RFB 003.008")
}

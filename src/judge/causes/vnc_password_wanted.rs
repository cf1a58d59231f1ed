//! The VNC server wants a password, or another proof that nova's proxy never has.

use super::Cause;
use super::guest_words::{Guest, running};
use super::vnc_words::{Look, NONE, VENCRYPT, at_session, looks, names, negotiated, server, severity};
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, last_upgrade};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "vnc-password-wanted",
    home: 15,
    releases: "15-34",
    severity: Severity::Error,
    field: &["E11"],
    title: "the VNC server asks for a password",
    needs: &[Need::Logs, Need::Token, Need::Probe, Need::Host],
    symptoms: &[],
    explanation: "\
From Queens (17) on nova-novncproxy speaks the RFB security handshake itself and knows two ways: None (1) and VeNCrypt (19)
(nova/console/rfb/auths.py). A server that offers neither is refused: VNC Authentication (2) is a password, from vnc_password in
qemu.conf or passwd in the guest's XML; SASL (20) is vnc_sasl, TLS (18) the older encryption of TigerVNC's time. The log says `No
matching auth scheme: allowed types: '1', desired types: '2'`, the browser `Unable to negotiate security with server`. Up to Pike
(16) the types go through to the browser, whose page asks the user for the password.

Take the password out of qemu.conf and of the guest's XML, and reboot the guest hard: QEMU keeps what it was started with. Who may
reach the port is the business of the network, or of VeNCrypt.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _before: &[Finding]) -> Vec<Finding> {
    logged(case).or_else(|| looked(case)).or_else(|| through(case)).or_else(|| written(case)).into_iter().collect()
}

/// A guest whose XML has a password, by libvirt's own files.
fn written(case: &Case) -> Option<Finding> {
    let asks = |guest: &Guest| guest.domain.vnc().is_some_and(|vnc| vnc.password);
    let guest = running(case).into_iter().find(|guest| guest.asked != Some(false) && asks(guest))?;
    let message = format!("{} asks for a VNC password, and nova-novncproxy never has one", guest.name());
    let draft = Draft::new(&META, severity(case), message).likely().host(guest.host.host).service(Service::Compute);
    let draft = guest.place(draft).seen("passwd of <graphics type='vnc'> in its XML");
    Some(draft.remedy(remedy(&[2])).done())
}

/// Something is offered, and nothing that nova's proxy does.
fn wanted(types: &[u32]) -> bool {
    !types.is_empty() && !types.contains(&NONE) && !types.contains(&VENCRYPT)
}

fn logged(case: &Case) -> Option<Finding> {
    let (told, seen) = negotiated(case, |seen| wanted(seen.offered))?;
    let message = format!(
        "{} offers only {}, and nova-novncproxy never has a {}",
        server(&told),
        names(seen.offered),
        proof(seen.offered)
    );
    Some(
        at_session(&META, &told, message)
            .seen(format!("{}: {}", told.view.at(), seen.reason))
            .remedy(remedy(seen.offered))
            .done(),
    )
}

/// What the server itself says.
fn looked(case: &Case) -> Option<Finding> {
    let (look, types) =
        looks(case).into_iter().find_map(|look| look.offered().filter(|t| wanted(t)).map(|t| (look, t)))?;
    let message =
        format!("{} offers only {}, and nova-novncproxy never has a {}", look.seen.peer, names(&types), proof(&types));
    Some(draft(case, &look, message).remedy(remedy(&types)).done())
}

fn draft(case: &Case, look: &Look, message: String) -> Draft {
    Draft::new(&META, severity(case), message)
        .confidence(look.confidence(case))
        .service(Service::Compute)
        .seen(look.from())
}

/// Through a proxy that hands the types on, as up to Pike (16) and any websockify does.
fn through(case: &Case) -> Option<Finding> {
    let seen = last_upgrade(case)?;
    let types = seen.saw.rfb.as_ref()?.offered().filter(|types| wanted(types))?;
    let message = format!(
        "the VNC server behind {} offers only {}: browsers are asked for a {}",
        seen.peer,
        names(&types),
        proof(&types)
    );
    Some(
        Draft::error(&META, message)
            .confidence(Confidence::Likely)
            .service(Service::Compute)
            .seen(format!("upgrade from {}: the types come through the proxy", seen.from))
            .remedy(remedy(&types))
            .done(),
    )
}

/// What the types ask for.
fn proof(types: &[u32]) -> &'static str {
    match types {
        [2] => "password",
        _ if types.contains(&20) => "name and password (SASL)",
        _ => "proof that they ask for",
    }
}

fn remedy(types: &[u32]) -> Remedy {
    let text = if types.contains(&2) {
        "take vnc_password out of qemu.conf and passwd out of the guest's XML, restart libvirtd and reboot the guest hard"
    } else {
        "let QEMU offer None, or VeNCrypt with X509None: vnc_sasl = 0 in qemu.conf and no VNC options of its own in the guest's \
         XML; then reboot the guest hard"
    };
    Remedy::new(text)
        .command("grep -E '^vnc_(password|tls|sasl)' /etc/libvirt/qemu.conf (on the compute node)")
        .command("virsh dumpxml DOMAIN | grep -A3 '<graphics' (on the compute node)")
        .verify("open a new console; guests keep what they were started with until a hard reboot")
}

//! Proxy and VNC server both want VeNCrypt, and their handshake fails: the subtype, the authority, the dates, the client's
//! certificate.

use super::Cause;
use super::console_words::proxy_remedy;
use super::vnc_words::{Look, SECURITY_PROXY, at_session, looks, negotiated, refused_through, server, severity};
use crate::evidence::process::Service;
use crate::evidence::rfb::names;
use crate::evidence::tls::TlsProblem;
use crate::evidence::vencrypt::{Stage, Vencrypt, VencryptEnd, VencryptTls, X509_NONE};
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "vencrypt-handshake-fails",
    home: 15,
    releases: "17-34",
    severity: Severity::Error,
    field: &["E10"],
    title: "the VeNCrypt handshake between proxy and VNC server fails",
    needs: &[Need::Host, Need::Logs, Need::Token, Need::Probe],
    symptoms: &[],
    explanation: "\
nova-novncproxy takes of VeNCrypt the one subtype X509None (260): QEMU offers it if it has certificates (vnc_tls_x509_cert_dir) and no
password and no SASL beside them; without certificates it offers TLSNone (257), which nova refuses. In the TLS handshake
the proxy verifies QEMU's certificate against vencrypt_ca_certs, chain and dates but not the name, and QEMU, where vnc_tls_x509_verify
is 1, the proxy's against ca-cert.pem of its own directory (nova/console/rfb/authvencrypt.py; ui/vnc-auth-vencrypt.c of QEMU). The log
says `Failed to negotiate security type with server: Auth handshake failed`, and why only at DEBUG; with TLS 1.3 a client's certificate
that QEMU does not take shows only after `Finished security handshake`, as a console that closes at once.

QEMU reads its certificates when a guest starts: after a renewal reboot guests hard, or let them migrate.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let told = ["vencrypt-one-sided", "vencrypt-files-broken", "vencrypt-python-too-new"];
    let told = |f: &Finding| told.contains(&f.cause) && f.severity == Severity::Error;
    if before.iter().any(told) || case.releases.within(|release| release >= SECURITY_PROXY).is_empty() {
        return Vec::new();
    }
    looked(case).or_else(|| logged(case)).into_iter().collect()
}

fn logged(case: &Case) -> Option<Finding> {
    let (told, seen) = negotiated(case, |seen| seen.reason.contains("Auth handshake failed"))?;
    let message = format!("the VeNCrypt handshake of the proxy with {} fails", server(&told));
    Some(
        at_session(&META, &told, message)
            .seen(format!("{}: {}; which part of it fails, nova logs only at DEBUG", told.view.at(), seen.reason))
            .seen("on the proxy's host vncdoctor makes the same handshake with the same files and says it")
            .remedy(certificates())
            .done(),
    )
}

/// What went wrong, how sure that is, and what to do about it.
struct Fault {
    text: String,
    sure: Confidence,
    remedy: Remedy,
}

fn looked(case: &Case) -> Option<Finding> {
    let looks = looks(case);
    let (look, vencrypt, fault) = looks.iter().find_map(|look| {
        let vencrypt = look.seen.saw.vencrypt.as_ref()?;
        Some((look, vencrypt, fault(vencrypt)?))
    })?;
    Some(draft(case, look, vencrypt, fault).done())
}

fn draft(case: &Case, look: &Look, vencrypt: &Vencrypt, fault: Fault) -> Draft {
    let sure = if look.of_proxy || refused_through(case) { Confidence::Certain } else { Confidence::Likely };
    let draft = Draft::new(&META, severity(case), format!("{} {}", look.seen.peer, fault.text))
        .confidence(sure.min(fault.sure))
        .service(Service::Novncproxy)
        .seen(format!("{}: {}", look.from(), vencrypt.words()))
        .remedy(fault.remedy);
    let Some(certificate) = vencrypt.tls.as_ref().and_then(|tls| tls.certificate.as_ref()) else { return draft };
    draft.seen(format!("its certificate is for {}, signed by {}", certificate.subject, certificate.issuer))
}

fn fault(vencrypt: &Vencrypt) -> Option<Fault> {
    let certain = |text: String, remedy| Some(Fault { text, sure: Confidence::Certain, remedy });
    let likely = |text: String, remedy| Some(Fault { text, sure: Confidence::Likely, remedy });
    if vencrypt.version.as_ref().is_some_and(|version| version != "0.2") {
        let version = vencrypt.version.clone().unwrap_or_default();
        return certain(format!("speaks VeNCrypt {version}, and nova-novncproxy only 0.2"), subtype());
    }
    if vencrypt.offers(X509_NONE) == Some(false) {
        let offered = names(vencrypt.subtypes.as_deref().unwrap_or_default());
        return certain(
            format!("offers VeNCrypt only as {offered}, and nova-novncproxy takes only X509None (260)"),
            subtype(),
        );
    }
    if vencrypt.accepted == Some(false) {
        return likely("offers X509None and then refuses it".to_owned(), subtype());
    }
    match (&vencrypt.end, vencrypt.tls.as_ref()) {
        (Some(VencryptEnd::TlsFailed), Some(tls)) => in_tls(tls),
        (Some(VencryptEnd::Closed { waiting_for: Stage::Result, .. }), Some(tls)) => {
            likely(format!("ends the connection after the TLS handshake: {}", client(tls)), client_remedy())
        }
        (Some(VencryptEnd::Told), _) if !vencrypt.opened() => {
            let reason = vencrypt.result.as_ref().and_then(|result| result.reason.clone()).unwrap_or_default();
            likely(format!("refuses the proxy within TLS: {reason}"), certificates())
        }
        _ => None,
    }
}

fn in_tls(tls: &VencryptTls) -> Option<Fault> {
    let fault = |text: &str, sure, remedy| Some(Fault { text: text.to_owned(), sure, remedy });
    match tls.problem.as_ref()? {
        TlsProblem::UnknownIssuer | TlsProblem::SelfSigned => fault(
            "has a certificate that no authority in [vnc] vencrypt_ca_certs of the proxy has signed",
            Confidence::Certain,
            certificates(),
        ),
        TlsProblem::Expired => {
            fault("has a certificate that is expired, or whose authority is", Confidence::Certain, certificates())
        }
        TlsProblem::NotYetValid => fault(
            "has a certificate that is not valid yet by the clock of this machine",
            Confidence::Certain,
            certificates(),
        ),
        TlsProblem::Alert | TlsProblem::Closed => {
            fault(&format!("refuses the TLS handshake: {}", client(tls)), Confidence::Likely, client_remedy())
        }
        TlsProblem::NotTls => fault("accepts X509None and then does not speak TLS", Confidence::Likely, certificates()),
        // the library's own limits, or a server that was slow: no reason to accuse anyone
        _ => None,
    }
}

/// What a server minds that ends the handshake by itself.
fn client(tls: &VencryptTls) -> &'static str {
    if tls.client {
        "it does not take the proxy's certificate, which its own ca-cert.pem has to have signed"
    } else {
        "it asks for a certificate of the client (vnc_tls_x509_verify), and the proxy has none"
    }
}

fn certificates() -> Remedy {
    proxy_remedy(
        "let one authority sign both sides: [vnc] vencrypt_ca_certs of the proxies has to hold the one that signed server-cert.pem of \
         the compute node; renew what is expired, then reboot the guest hard",
    )
    .command("openssl verify -CAfile VENCRYPT_CA_CERTS server-cert.pem (with /etc/pki/libvirt-vnc/server-cert.pem of the compute node)")
    .command("openssl x509 -noout -subject -issuer -dates -in /etc/pki/libvirt-vnc/server-cert.pem (on the compute node)")
}

fn client_remedy() -> Remedy {
    proxy_remedy(
        "set [vnc] vencrypt_client_cert and vencrypt_client_key on the proxies to a certificate that the authority in \
         vnc_tls_x509_cert_dir of the compute node has signed, or vnc_tls_x509_verify = 0 in qemu.conf and reboot the guest hard",
    )
    .command("openssl verify -CAfile /etc/pki/libvirt-vnc/ca-cert.pem VENCRYPT_CLIENT_CERT (with ca-cert.pem of the compute node)")
}

fn subtype() -> Remedy {
    proxy_remedy(
        "in qemu.conf of the compute node vnc_tls = 1 with server-cert.pem, server-key.pem and ca-cert.pem in vnc_tls_x509_cert_dir, \
         no vnc_password and vnc_sasl = 0; then restart libvirtd and reboot the guest hard",
    )
    .command("grep -E '^vnc_(tls|password|sasl)' /etc/libvirt/qemu.conf (on the compute node)")
}

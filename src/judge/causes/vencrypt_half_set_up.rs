//! The proxy's side of VeNCrypt is missing a piece, so no VNC server that asks for it can be used.

use super::Cause;
use super::console_words::{confidence, placed, proxies, proxy_remedy, spoken};
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Severity};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::oslo::config::Config;

const META: CauseMeta = CauseMeta {
    id: "vencrypt-half-set-up",
    home: 15,
    releases: "17-34",
    severity: Severity::Error,
    field: &["E10"],
    title: "VeNCrypt is set up by half on the proxy",
    needs: &[Need::Config, Need::Host],
    symptoms: &[],
    explanation: "\
From Queens (17) on nova-novncproxy itself agrees with the VNC server on security: of the types the server offers it takes the
first that is in `[vnc] auth_schemes` (nova/console/rfb/auths.py). QEMU with TLS offers VeNCrypt alone, QEMU without it offers none
alone. An empty list takes nothing. With vencrypt the server's certificate is always verified, against vencrypt_ca_certs only:
without it the handshake fails (`certificate verify failed`; in 34 a TypeError). Up to 33 a client certificate is sent only if
vencrypt_client_key and vencrypt_client_cert are both set, and QEMU asks for one if vnc_tls_x509_verify is 1; 34 needs both always
(nova/console/rfb/authvencrypt.py). All of these are read by nova-novncproxy; compute nodes have theirs in libvirt's qemu.conf. On
Python 3.12 and newer VeNCrypt needs 34: ssl.wrap_socket is gone.

While compute nodes change over, list both: auth_schemes = vencrypt,none.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// First release whose proxy minds security types.
const FIRST: u16 = 17;
/// First release that cannot do without a client certificate.
const NEEDS_CLIENT: u16 = 34;

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let holds = case.releases.within(|release| release >= FIRST);
    if holds.is_empty() {
        return Vec::new();
    }
    proxies(case, Basis::Guessed)
        .into_iter()
        .filter(|(host, _)| !spoken(before, "nova-conf-refused", host, "auth_schemes"))
        .filter_map(|(host, config)| judge(case, host, &config, &holds))
        .collect()
}

/// A compute node whose QEMU verifies the proxy: vnc_tls and vnc_tls_x509_verify of libvirt's qemu.conf.
fn verifier(case: &Case) -> Option<String> {
    let verifies = |host: &&HostView| {
        let conf = host.host.libvirt.as_ref().and_then(|libvirt| libvirt.qemu_conf.as_ref());
        conf.is_some_and(|conf| conf.vnc_tls == Some(true) && conf.vnc_tls_x509_verify == Some(true))
    };
    case.hosts.iter().find(verifies).map(|host| host.name().to_owned())
}

/// What is missing, for which releases, and whether it breaks a site that uses VeNCrypt for certain.
struct Lack {
    text: String,
    option: &'static str,
    holds: Vec<u16>,
    breaks: bool,
}

fn lack(config: &Config, holds: &[u16], verifier: Option<&str>) -> Option<Lack> {
    let schemes = config.list("vnc", "auth_schemes")?;
    let all = holds.to_vec();
    if schemes.is_empty() {
        let text = "accepts no security type at all: [vnc] auth_schemes is empty".to_owned();
        return Some(Lack { text, option: "auth_schemes", holds: all, breaks: true });
    }
    if !schemes.iter().any(|scheme| scheme == "vencrypt") {
        return None;
    }
    // a list of both still serves compute nodes without VeNCrypt
    let breaks = schemes.len() == 1;
    let set = |name| config.get("vnc", name).raw.as_ref().is_some_and(|raw| !raw.trim().is_empty());
    let (key, cert) = (set("vencrypt_client_key"), set("vencrypt_client_cert"));
    if !set("vencrypt_ca_certs") {
        let text = "accepts VeNCrypt and has no [vnc] vencrypt_ca_certs to verify a VNC server by".to_owned();
        return Some(Lack { text, option: "auth_schemes", holds: all, breaks });
    }
    let needs: Vec<u16> = holds.iter().copied().filter(|release| *release >= NEEDS_CLIENT).collect();
    let (missing, there) = match (key, cert) {
        (true, true) => return None,
        (true, false) => ("vencrypt_client_cert", "vencrypt_client_key"),
        (false, true) => ("vencrypt_client_key", "vencrypt_client_cert"),
        (false, false) if verifier.is_some() => {
            let node = verifier.unwrap_or_default();
            let text = format!(
                "has no [vnc] vencrypt_client_cert and vencrypt_client_key, and QEMU on {node} wants a certificate of it"
            );
            return Some(Lack { text, option: "auth_schemes", holds: all, breaks });
        }
        (false, false) if needs.is_empty() => return None,
        (false, false) => {
            let text =
                "accepts VeNCrypt, which in 2026.2 (34) needs [vnc] vencrypt_client_cert and vencrypt_client_key";
            return Some(Lack { text: text.to_owned(), option: "auth_schemes", holds: needs, breaks });
        }
    };
    let text = format!("has [vnc] {there} without {missing}, so that it presents no certificate to VNC servers");
    Some(Lack { text, option: there, holds: all, breaks: breaks && needs.len() == holds.len() })
}

fn judge(case: &Case, host: &HostView, config: &Config, holds: &[u16]) -> Option<Finding> {
    let verifier = verifier(case);
    let lack = lack(config, holds, verifier.as_deref())?;
    let basis = host.runs(Service::Novncproxy)?;
    let every = lack.holds.len() == case.releases.candidates.len();
    // right in the releases before, and which one runs is not known
    let newest_alone = !every && lack.holds.first() >= Some(&NEEDS_CLIENT);
    let severity = match lack.breaks && every {
        true => Severity::Error,
        false if newest_alone => Severity::Note,
        false => Severity::Warning,
    };
    // libvirtd may not have read its file again, and other nodes may ask for none
    let by_qemu = verifier.filter(|_| self::lack(config, holds, None).is_none());
    let most = if newest_alone {
        Confidence::Possible
    } else if lack.breaks && by_qemu.is_none() {
        Confidence::Certain
    } else {
        Confidence::Likely
    };
    let mut draft = Draft::new(&META, severity, format!("nova-novncproxy on {} {}", host.name(), lack.text))
        .releases(Case::span(&lack.holds))
        .confidence(confidence(basis).min(most))
        .host(host.host)
        .service(Service::Novncproxy)
        .remedy(proxy_remedy(format!(
            "in nova.conf of {}:\n[vnc]\nauth_schemes = vencrypt,none\nvencrypt_client_key = /PATH/client-key.pem\n\
             vencrypt_client_cert = /PATH/client-cert.pem\nvencrypt_ca_certs = /PATH/ca-cert.pem\nor, without VeNCrypt, auth_schemes = none",
            host.name()
        )));
    if let Some(node) = by_qemu {
        draft = draft.seen(format!("qemu.conf of {node}: vnc_tls and vnc_tls_x509_verify are on"));
    }
    if newest_alone {
        draft = draft.seen("--release NAME settles it");
    }
    if !lack.breaks {
        draft = draft.seen(
            "harms only consoles of compute nodes whose QEMU asks for VeNCrypt, or for a certificate of the client",
        );
    }
    Some(placed(draft, host, Service::Novncproxy, &config.get("vnc", lack.option)).done())
}

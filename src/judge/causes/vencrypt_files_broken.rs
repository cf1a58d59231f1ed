//! The files of VeNCrypt that a console proxy names are not there, or not what they have to be.

use super::Cause;
use super::console_words::{confidence, placed, proxy_remedy};
use crate::evidence::process::Service;
use crate::evidence::vencrypt::{Paper, PaperState};
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "vencrypt-files-broken",
    home: 15,
    releases: "17-34",
    severity: Severity::Error,
    field: &["E10"],
    title: "a certificate file of the proxy's VeNCrypt is missing or no use",
    needs: &[Need::Host],
    symptoms: &[],
    explanation: "\
nova-novncproxy opens vencrypt_ca_certs, vencrypt_client_cert and vencrypt_client_key only when a console asks for VeNCrypt, and in
the process that serves this one console: it starts without them. What is missing or closed to its user ends the console with `[Errno
2] No such file or directory` or `[Errno 13] Permission denied` after the VNC server's version; a key that is not the
certificate's, or a certificate past its time, fails in the TLS handshake (nova/console/rfb/authvencrypt.py). vncdoctor looks at the
files where it runs on the proxy's host.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _before: &[Finding]) -> Vec<Finding> {
    let papers = case.hosts.iter().flat_map(|host| host.host.papers.iter().map(move |paper| (host, paper)));
    papers.filter_map(|(host, paper)| judge(case, host, paper)).collect()
}

fn judge(case: &Case, host: &HostView, paper: &Paper) -> Option<Finding> {
    let (what, remedy) = fault(case, paper)?;
    let basis = host.runs(Service::Novncproxy)?;
    let config = host.config(Service::Novncproxy, case.releases.newest())?;
    // a list of both still serves compute nodes without VeNCrypt
    let alone = config.list("vnc", "auth_schemes").is_some_and(|schemes| schemes.iter().all(|one| one == "vencrypt"));
    let severity = if alone { Severity::Error } else { Severity::Warning };
    let sure = if host.host.local { Confidence::Certain } else { Confidence::Likely };
    let message = format!("{} ([vnc] {} of {}) {what}", paper.path, paper.option, host.name());
    let draft = Draft::new(&META, severity, message)
        .confidence(confidence(basis).min(sure))
        .host(host.host)
        .service(Service::Novncproxy)
        .remedy(remedy);
    Some(placed(draft, host, Service::Novncproxy, &config.get("vnc", &paper.option)).done())
}

/// What is wrong with a file; `None` where nothing is, or where it was not to be seen.
fn fault(case: &Case, paper: &Paper) -> Option<(String, Remedy)> {
    let now = case.evidence.ended;
    let path = &paper.path;
    let put = || proxy_remedy(format!("put the right file at {path}, readable for the user of nova-novncproxy"));
    Some(match &paper.state {
        PaperState::Missing => ("does not exist".to_owned(), put()),
        PaperState::Unreadable { error } => (format!("cannot be read: {error}"), put()),
        PaperState::DeniedToProxy { uid } => (
            format!("may not be read by the user of nova-novncproxy (uid {uid})"),
            proxy_remedy(format!("let the group of nova-novncproxy read {path}")).command(format!("ls -l {path}")),
        ),
        PaperState::NoCertificate => ("holds no certificate in PEM".to_owned(), put()),
        PaperState::NoKey => ("holds no private key in PEM".to_owned(), put()),
        PaperState::Encrypted => (
            "holds a key behind a passphrase, which nobody can give to nova-novncproxy".to_owned(),
            proxy_remedy(format!(
                "take the passphrase off the key at {path}, and let only nova-novncproxy's group read it"
            )),
        ),
        PaperState::Key { fits: Some(false) } => (
            "is not the key of the certificate in vencrypt_client_cert".to_owned(),
            proxy_remedy("put key and certificate of one pair at vencrypt_client_key and vencrypt_client_cert"),
        ),
        PaperState::Certificate(certificate) if (certificate.not_after as f64) < now => {
            ("holds a certificate that is expired".to_owned(), renew(path))
        }
        PaperState::Certificate(certificate) if certificate.not_before as f64 > now => {
            ("holds a certificate that is not valid yet".to_owned(), renew(path))
        }
        PaperState::Certificate(_) | PaperState::Key { .. } | PaperState::Denied => return None,
    })
}

fn renew(path: &str) -> Remedy {
    proxy_remedy(format!("renew the certificate at {path}"))
        .command(format!("openssl x509 -noout -subject -dates -in {path}"))
}

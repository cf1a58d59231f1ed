//! A VNC server's certificate, verified as nova's proxy verifies it: a chain to the named authorities and dates, but no name
//! (`ssl.wrap_socket` with CERT_REQUIRED up to release 33, a context without check_hostname in 34).

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerified;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::{CertificateError, ClientConfig, Error, RootCertStore};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::papers::Papers;
use crate::evidence::tls::TlsProblem;
use crate::evidence::vencrypt::Certificate;
use crate::observe::tls::verifier::{Judge, Shown, Verifier};

/// What a certificate says of itself; `None` for what is none.
pub(super) fn facts(der: &[u8]) -> Option<Certificate> {
    let (_, parsed) = X509Certificate::from_der(der).ok()?;
    Some(Certificate {
        subject: name(&parsed.subject().to_string()),
        issuer: name(&parsed.issuer().to_string()),
        not_before: parsed.validity().not_before.timestamp(),
        not_after: parsed.validity().not_after.timestamp(),
    })
}

/// A name of bounded length, without what a terminal would obey.
fn name(text: &str) -> String {
    text.chars().take(120).map(|c| if c.is_control() { '.' } else { c }).collect()
}

/// What the verification heard.
#[derive(Debug, Default, Clone)]
pub(super) struct Heard {
    pub(super) certificate: Option<Certificate>,
    pub(super) name_fits: Option<bool>,
}

/// Where the verification leaves what it heard.
pub(super) type Ear = Arc<Mutex<Heard>>;

/// What was heard so far.
pub(super) fn heard(ear: &Ear) -> Heard {
    ear.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// A client's settings with a proxy's papers; `None` where the library takes none of its authorities.
pub(super) fn settings(papers: &Papers) -> Option<(ClientConfig, Ear)> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(papers.authorities.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build().ok()?;
    let ear = Ear::default();
    let judge = AsNova { inner, authorities: papers.authorities.clone(), ear: ear.clone() };
    let verifier = Verifier { judge, provider: provider.clone() };
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    // "dangerous" is the library's name for any verifier of one's own
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match &papers.identity {
        Some(identity) => {
            builder.with_client_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(identity.as_ref().clone())))
        }
        None => builder.with_no_client_auth(),
    };
    // nova names nobody
    config.enable_sni = false;
    Some((config, ear))
}

#[derive(Debug)]
struct AsNova {
    inner: Arc<WebPkiServerVerifier>,
    authorities: Vec<CertificateDer<'static>>,
    ear: Ear,
}

impl AsNova {
    /// A certificate that is itself among the authorities is believed by OpenSSL, whatever else it is.
    fn pinned(&self, certificate: &CertificateDer<'_>, now: UnixTime) -> bool {
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let valid = |facts: Certificate| facts.not_before <= now && now <= facts.not_after;
        self.authorities.iter().any(|known| known.as_ref() == certificate.as_ref())
            && facts(certificate).is_some_and(valid)
    }
}

impl Judge for AsNova {
    fn judge(&self, shown: &Shown<'_>) -> Result<ServerCertVerified, Error> {
        let verdict = shown.by(self.inner.as_ref());
        let misnamed = matches!(
            verdict,
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
            ))
        );
        let mut heard = self.ear.lock().unwrap_or_else(PoisonError::into_inner);
        heard.certificate = facts(shown.end_entity);
        // the name is looked at last: a verdict about it says that the rest is good
        heard.name_fits = (verdict.is_ok() || misnamed).then_some(!misnamed);
        match verdict {
            Err(_) if misnamed || self.pinned(shown.end_entity, shown.now) => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }
}

/// A failed handshake in an operator's terms.
pub(super) fn problem(error: &std::io::Error, heard: &Heard) -> TlsProblem {
    let own = heard.certificate.as_ref().is_some_and(|certificate| certificate.subject == certificate.issuer);
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(fault)) => match fault {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsProblem::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsProblem::NotYetValid,
            _ if own => TlsProblem::SelfSigned,
            // a signature that does not verify is an authority of the same name with another key
            CertificateError::UnknownIssuer | CertificateError::BadSignature => TlsProblem::UnknownIssuer,
            _ => TlsProblem::Other,
        },
        Some(Error::InvalidMessage(_)) => TlsProblem::NotTls,
        Some(Error::AlertReceived(_)) => TlsProblem::Alert,
        Some(_) => TlsProblem::Other,
        None => match error.kind() {
            std::io::ErrorKind::UnexpectedEof
            | std::io::ErrorKind::ConnectionReset
            | std::io::ErrorKind::ConnectionAborted
            | std::io::ErrorKind::BrokenPipe => TlsProblem::Closed,
            _ => TlsProblem::Other,
        },
    }
}

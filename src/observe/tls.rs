//! TLS as a browser verifies it: one provider (ring), the system's authorities, and a file of further ones if named.
//!
//! There is no way to switch the verification off: what fails is the evidence. A verifier that only listens stands before
//! the real one, because "self-signed" and "unknown issuer" are one error to the library and two causes to an operator.
//!
//! Limits: revocation is not checked; the chain itself is not kept.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::limits::Deadline;
use crate::evidence::tls::{TlsProblem, TlsSeen};

/// Whom this machine trusts.
#[derive(Clone, Debug)]
pub struct Trust {
    roots: Arc<RootCertStore>,
}

impl Trust {
    /// The system's authorities, read once.
    pub fn system() -> Self {
        static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
        let roots = ROOTS.get_or_init(|| {
            let mut roots = RootCertStore::empty();
            // A damaged file among the system's is no reason to trust nobody.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            Arc::new(roots)
        });
        Self { roots: roots.clone() }
    }

    /// The system's authorities and those of a PEM file (`--cacert`).
    ///
    /// # Errors
    /// If the file cannot be read or holds no certificate.
    pub fn with_file(path: &Path) -> io::Result<Self> {
        let mut roots = (*Self::system().roots).clone();
        let mut found = 0;
        let invalid = |error: String| io::Error::new(io::ErrorKind::InvalidData, error);
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| match error {
            rustls::pki_types::pem::Error::Io(error) => error,
            other => invalid(other.to_string()),
        })? {
            let certificate = certificate.map_err(|error| invalid(error.to_string()))?;
            roots.add(certificate).map_err(|error| invalid(error.to_string()))?;
            found += 1;
        }
        if found == 0 { Err(invalid("no certificate in it".to_owned())) } else { Ok(Self { roots: Arc::new(roots) }) }
    }

    /// A client's settings for one connection, with what its verification will have heard.
    pub(crate) fn config(&self) -> Result<(ClientConfig, Arc<Heard>), TlsProblem> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(self.roots.clone(), provider.clone()).build();
        let heard = Arc::new(Heard::default());
        let listener = Listener { inner: verifier.map_err(|_| TlsProblem::NoRoots)?, heard: heard.clone() };
        Ok((settings(provider, Arc::new(listener))?, heard))
    }
}

fn settings(provider: Arc<CryptoProvider>, verifier: Arc<Listener>) -> Result<ClientConfig, TlsProblem> {
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|_| TlsProblem::Other)?;
    // "dangerous" is the library's name for any verifier of one's own; this one hands every question on.
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// What the verification heard beyond its verdict.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    self_signed: AtomicBool,
}

#[derive(Debug)]
struct Listener {
    inner: Arc<WebPkiServerVerifier>,
    heard: Arc<Heard>,
}

impl ServerCertVerifier for Listener {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.heard.self_signed.store(issued_by_itself(end_entity), Ordering::Relaxed);
        self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Whether a certificate's issuer is its subject. A damaged certificate is not said to be.
fn issued_by_itself(der: &[u8]) -> bool {
    let names = || {
        // Certificate ::= SEQUENCE { tbsCertificate SEQUENCE { [0] version OPTIONAL, serial, algorithm, issuer,
        // validity, subject, … } … } (RFC 5280 section 4.1)
        let (_, certificate, _) = element(der)?;
        let (_, mut rest, _) = element(certificate)?;
        let (tag, _, after) = element(rest)?;
        if tag == 0xa0 {
            rest = after;
        }
        let (_, _, rest) = element(rest)?;
        let (_, _, rest) = element(rest)?;
        let (_, issuer, rest) = element(rest)?;
        let (_, _, rest) = element(rest)?;
        let (_, subject, _) = element(rest)?;
        Some((issuer, subject))
    };
    names().is_some_and(|(issuer, subject)| issuer == subject)
}

/// The first DER element of `bytes`: its tag, its content, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match *first {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(long - 0x80))?;
            (digits.iter().fold(0usize, |sum, digit| (sum << 8) | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

/// Speaks TLS over a dialled connection, within `deadline`.
pub(crate) async fn wrap(
    stream: TcpStream,
    host: &str,
    trust: &Trust,
    deadline: Deadline,
) -> (TlsSeen, Option<TlsStream<TcpStream>>) {
    let failed = |problem, error| (TlsSeen { version: None, problem: Some(problem), error }, None);
    let (config, heard) = match trust.config() {
        Ok(made) => made,
        Err(problem) => return failed(problem, None),
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let Ok(name) = ServerName::try_from(bare) else {
        return failed(TlsProblem::NotAName, None);
    };
    match deadline.bound(TlsConnector::from(Arc::new(config)).connect(name, stream)).await {
        None => failed(TlsProblem::Silent { after_millis: deadline.millis }, None),
        Some(Err(error)) => failed(problem_of(&error, &heard), Some(error.to_string())),
        Some(Ok(stream)) => {
            let version = stream.get_ref().1.protocol_version();
            let version = version.and_then(|version| version.as_str()).map(|name| name.replace('_', "."));
            (TlsSeen { version, problem: None, error: None }, Some(stream))
        }
    }
}

/// The error inside an error: connectors wrap one in another, which `source()` does not show.
pub(crate) fn innermost(error: &io::Error) -> &io::Error {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<io::Error>());
    inner.map_or(error, innermost)
}

/// Whether the TLS library itself found the fault.
pub(crate) fn is_librarys(error: &io::Error) -> bool {
    error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()).is_some()
}

/// A failed handshake in an operator's terms.
pub(crate) fn problem_of(error: &io::Error, heard: &Heard) -> TlsProblem {
    let library = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match library {
        Some(Error::InvalidCertificate(fault)) => certificate_problem(fault, heard),
        Some(Error::InvalidMessage(_)) => TlsProblem::NotTls,
        Some(Error::AlertReceived(_)) => TlsProblem::Alert,
        Some(_) => TlsProblem::Other,
        None => match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => TlsProblem::Closed,
            _ => TlsProblem::Other,
        },
    }
}

fn certificate_problem(fault: &CertificateError, heard: &Heard) -> TlsProblem {
    match fault {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsProblem::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsProblem::NotYetValid,
        CertificateError::NotValidForName => TlsProblem::NameMismatch { names: Vec::new() },
        CertificateError::NotValidForNameContext { presented, .. } => {
            TlsProblem::NameMismatch { names: presented.iter().take(8).cloned().collect() }
        }
        // A self-signed certificate fails as an unknown issuer, or as an authority used as a server's certificate.
        _ if heard.self_signed.load(Ordering::Relaxed) => TlsProblem::SelfSigned,
        CertificateError::UnknownIssuer => TlsProblem::UnknownIssuer,
        _ => TlsProblem::Other,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    /// A certificate's skeleton with these names.
    fn certificate(issuer: &[u8], subject: &[u8], version: bool) -> Vec<u8> {
        let wrap =
            |tag: u8, content: &[u8]| [&[tag, 0x82, (content.len() >> 8) as u8, content.len() as u8], content].concat();
        let mut tbs = Vec::new();
        if version {
            tbs.extend([0xa0, 3, 2, 1, 2]);
        }
        tbs.extend([2, 1, 7]);
        tbs.extend([0x30, 0]);
        tbs.extend(wrap(0x30, issuer));
        tbs.extend([0x30, 0]);
        tbs.extend(wrap(0x30, subject));
        wrap(0x30, &wrap(0x30, &tbs))
    }

    #[test]
    fn a_certificate_is_its_own_issuer_or_not() {
        for version in [true, false] {
            assert!(issued_by_itself(&certificate(b"ctl1", b"ctl1", version)));
            assert!(!issued_by_itself(&certificate(b"ca", b"ctl1", version)));
        }
    }

    proptest! {
        #[test]
        fn no_certificate_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0usize..80) {
            issued_by_itself(&bytes);
            let whole = certificate(b"ctl1", b"ctl1", true);
            issued_by_itself(&whole[..cut.min(whole.len())]);
        }
    }
}

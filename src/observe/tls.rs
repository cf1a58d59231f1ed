//! TLS as a browser verifies it: one provider (ring), the system's authorities, and a file of further ones if named.
//!
//! What fails is the evidence. A verifier that only listens stands before the real one: it keeps the chain as it came, and
//! "self-signed" and "unknown issuer" are one error to the library and two causes to an operator. [`versions`] alone
//! verifies nothing, and says nothing after its handshakes.
//!
//! Limits: revocation is not checked.

mod certificate;
pub(crate) mod verifier;
mod versions;

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::client::danger::ServerCertVerified;
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, Error, RootCertStore, SignatureScheme,
    SupportedProtocolVersion,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::limits::Deadline;
use crate::evidence::tls::certificate::Certificate;
use crate::evidence::tls::{TlsProblem, TlsSeen};
use verifier::{Judge, Shown, Verifier};
pub use versions::versions;

/// Whom this machine trusts.
#[derive(Clone, Debug)]
pub struct Trust {
    roots: Arc<RootCertStore>,
    lenient: bool,
    own: Option<Arc<SingleCertAndKey>>,
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
        Self { roots: roots.clone(), lenient: false, own: None }
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
        if found == 0 {
            Err(invalid("no certificate in it".to_owned()))
        } else {
            Ok(Self { roots: Arc::new(roots), ..Self::system() })
        }
    }

    /// A client's settings for one connection, with what its verification will have heard.
    pub(crate) fn config(&self) -> Result<(ClientConfig, Arc<Heard>), TlsProblem> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = || WebPkiServerVerifier::builder_with_provider(self.roots.clone(), provider.clone()).build();
        let verifier = if self.lenient { None } else { Some(verifier().map_err(|_| TlsProblem::NoRoots)?) };
        let (mut config, heard) = settings(&provider, verifier, rustls::DEFAULT_VERSIONS)?;
        if let Some(own) = &self.own {
            config.client_auth_cert_resolver = own.clone();
        }
        Ok((config, heard))
    }

    /// Takes every certificate: what `--insecure` asks for the APIs, and nothing else does.
    pub(crate) fn lenient(self) -> Self {
        Self { lenient: true, ..self }
    }

    /// Shows a certificate of the user's own to a server that asks for one.
    ///
    /// # Errors
    /// A file cannot be read, or the two do not fit together.
    pub(crate) fn with_own(self, certificate: &Path, key: &Path) -> io::Result<Self> {
        let invalid = |error: String| io::Error::new(io::ErrorKind::InvalidData, error);
        let pem = |error: rustls::pki_types::pem::Error| match error {
            rustls::pki_types::pem::Error::Io(error) => error,
            other => invalid(other.to_string()),
        };
        let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(certificate).map_err(pem)?.collect();
        let key = PrivateKeyDer::from_pem_file(key).map_err(pem)?;
        let provider = rustls::crypto::ring::default_provider();
        let own = CertifiedKey::from_der(chain.map_err(pem)?, key, &provider);
        let own = own.map_err(|error| invalid(error.to_string()))?;
        Ok(Self { own: Some(Arc::new(own.into())), ..self })
    }
}

/// A client's settings; without a verifier every certificate is taken.
fn settings(
    provider: &Arc<CryptoProvider>,
    inner: Option<Arc<WebPkiServerVerifier>>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<(ClientConfig, Arc<Heard>), TlsProblem> {
    let heard = Arc::new(Heard::default());
    let listener = Verifier { judge: Listener { inner, heard: heard.clone() }, provider: provider.clone() };
    let builder = ClientConfig::builder_with_provider(provider.clone()).with_protocol_versions(versions);
    // "dangerous" is the library's name for any verifier of one's own.
    let builder = builder.map_err(|_| TlsProblem::Other)?.dangerous();
    let config = builder.with_custom_certificate_verifier(Arc::new(listener));
    Ok((config.with_client_cert_resolver(heard.clone()), heard))
}

/// What a handshake heard beyond its verdict.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    self_signed: AtomicBool,
    wants_certificate: AtomicBool,
    chain: Mutex<Vec<Certificate>>,
}

impl Heard {
    /// What was heard of the peer, whatever became of the handshake.
    pub(crate) fn seen(&self, host: &str) -> TlsSeen {
        TlsSeen {
            name: Some(bare(host).to_owned()),
            chain: self.chain.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            wants_certificate: self.wants_certificate.load(Ordering::Relaxed),
            ..TlsSeen::default()
        }
    }
}

/// There is no certificate of ours: that one is asked for is worth knowing.
impl ResolvesClientCert for Heard {
    fn resolve(&self, _issuers: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.wants_certificate.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

/// Writes down what the server shows before the library judges it; without a verifier every certificate is taken.
#[derive(Debug)]
struct Listener {
    inner: Option<Arc<WebPkiServerVerifier>>,
    heard: Arc<Heard>,
}

impl Judge for Listener {
    fn judge(&self, shown: &Shown<'_>) -> Result<ServerCertVerified, Error> {
        self.heard.self_signed.store(certificate::issued_by_itself(shown.end_entity), Ordering::Relaxed);
        *self.heard.chain.lock().unwrap_or_else(PoisonError::into_inner) =
            certificate::chain(shown.end_entity, shown.intermediates);
        self.inner.as_ref().map_or_else(|| Ok(ServerCertVerified::assertion()), |inner| shown.by(inner.as_ref()))
    }
}

/// Speaks TLS over a dialled connection, within `deadline`.
pub(crate) async fn wrap(
    stream: TcpStream,
    host: &str,
    trust: &Trust,
    deadline: Deadline,
) -> (TlsSeen, Option<TlsStream<TcpStream>>) {
    match trust.config() {
        Ok((config, heard)) => handshake(stream, host, config, &heard, deadline).await,
        Err(problem) => (TlsSeen { problem: Some(problem), ..Heard::default().seen(host) }, None),
    }
}

async fn handshake(
    stream: TcpStream,
    host: &str,
    config: ClientConfig,
    heard: &Heard,
    deadline: Deadline,
) -> (TlsSeen, Option<TlsStream<TcpStream>>) {
    let Ok(name) = ServerName::try_from(bare(host).to_owned()) else {
        return (TlsSeen { problem: Some(TlsProblem::NotAName), ..heard.seen(host) }, None);
    };
    let mut agreed = (None, None);
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream).into_fallible();
    let outcome = deadline.bound(connecting).await;
    let seen = |problem, error, alert, (version, cipher)| TlsSeen {
        version,
        cipher,
        alert,
        problem,
        error,
        ..heard.seen(host)
    };
    match outcome {
        None => {
            let silent = TlsProblem::Silent { after_millis: deadline.millis };
            (seen(Some(silent), None, None, agreed), None)
        }
        Some(Err((error, _))) => {
            (seen(Some(problem_of(&error, heard)), Some(error.to_string()), alert_of(&error), agreed), None)
        }
        Some(Ok(stream)) => {
            agreed = agreed_on(stream.get_ref().1);
            (seen(None, None, None, agreed), Some(stream))
        }
    }
}

/// A host as a certificate names it: an IPv6 address without brackets.
fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// Version and cipher suite, by the names that operators know: `TLSv1.3`, `TLS_AES_256_GCM_SHA384`.
fn agreed_on(connection: &ClientConnection) -> (Option<String>, Option<String>) {
    let version = connection.protocol_version().and_then(|version| version.as_str());
    let cipher = connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str());
    (version.map(|name| name.replace('_', ".")), cipher.map(|name| name.replacen("TLS13_", "TLS_", 1)))
}

/// The alert with which a peer refused, by its name in RFC 8446 section 6.
pub(crate) fn alert_of(error: &io::Error) -> Option<String> {
    let library = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    let Some(Error::AlertReceived(alert)) = library else { return None };
    let name = match alert {
        AlertDescription::HandshakeFailure => "handshake_failure",
        AlertDescription::ProtocolVersion => "protocol_version",
        AlertDescription::InsufficientSecurity => "insufficient_security",
        AlertDescription::InternalError => "internal_error",
        AlertDescription::UnrecognisedName => "unrecognized_name",
        AlertDescription::CertificateRequired => "certificate_required",
        AlertDescription::BadCertificate => "bad_certificate",
        AlertDescription::AccessDenied => "access_denied",
        AlertDescription::NoApplicationProtocol => "no_application_protocol",
        AlertDescription::UnexpectedMessage => "unexpected_message",
        AlertDescription::DecodeError => "decode_error",
        AlertDescription::IllegalParameter => "illegal_parameter",
        AlertDescription::CloseNotify => "close_notify",
        other => return Some(format!("{other:?}").to_ascii_lowercase()),
    };
    Some(name.to_owned())
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

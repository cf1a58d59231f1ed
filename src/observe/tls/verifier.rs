//! A verifier of one's own, as far as every one of ours is alike: signatures are always checked, by ring.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{self, CryptoProvider};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};

/// Who says whether a server's certificates are good.
pub(crate) trait Judge: fmt::Debug + Send + Sync {
    /// A verdict on the chain that a server shows.
    ///
    /// # Errors
    /// What is wrong with it: the handshake ends with that.
    fn judge(&self, shown: &Shown<'_>) -> Result<ServerCertVerified, Error>;
}

/// What a server shows, and what is known beside it.
pub(crate) struct Shown<'s> {
    pub(crate) end_entity: &'s CertificateDer<'s>,
    pub(crate) intermediates: &'s [CertificateDer<'s>],
    name: &'s ServerName<'s>,
    ocsp_response: &'s [u8],
    pub(crate) now: UnixTime,
}

impl Shown<'_> {
    /// The library's own verdict.
    pub(crate) fn by(&self, verifier: &dyn ServerCertVerifier) -> Result<ServerCertVerified, Error> {
        verifier.verify_server_cert(self.end_entity, self.intermediates, self.name, self.ocsp_response, self.now)
    }
}

/// A judge as the library wants it.
#[derive(Debug)]
pub(crate) struct Verifier<J> {
    pub(crate) judge: J,
    pub(crate) provider: Arc<CryptoProvider>,
}

impl<J: Judge> ServerCertVerifier for Verifier<J> {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.judge.judge(&Shown { end_entity, intermediates, name, ocsp_response, now })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        crypto::verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        crypto::verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

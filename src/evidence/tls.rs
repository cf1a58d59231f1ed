//! What a TLS handshake met.

pub mod certificate;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::dial::Dial;
use certificate::Certificate;

/// One TLS handshake, verified as a browser verifies it: chain, dates and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsSeen {
    /// The name that was asked for and that the certificate has to be for; an address as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The version agreed on (`TLSv1.3`); absent where it came to none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The cipher suite agreed on, by its name in the register of TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cipher: Option<String>,
    /// The certificates as the peer sent them, its own first; at most ten are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<Certificate>,
    /// The peer asked for a certificate of ours; none was sent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wants_certificate: bool,
    /// The alert with which the peer refused, by its name in RFC 8446: `protocol_version`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<String>,
    /// Why it failed; absent where it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<TlsProblem>,
    /// The library's or the operating system's own words for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Which versions of TLS a port takes, each asked for by itself. Nothing is verified and nothing is said after the
/// handshakes, so that a port with any certificate can be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsVersions {
    /// The dial of the first.
    pub dial: Dial,
    /// A handshake each: TLS 1.2, then TLS 1.3. Older versions are not spoken here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<TlsOffer>,
}

/// A handshake that offered one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsOffer {
    /// The version: `TLSv1.2`.
    pub version: String,
    /// What came of it.
    pub saw: TlsSeen,
}

/// Why a TLS handshake failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum TlsProblem {
    /// The certificate is its own issuer and nobody here trusts it.
    SelfSigned,
    /// The chain does not lead to an authority this machine trusts (a private authority, or a missing intermediate).
    UnknownIssuer,
    /// The certificate, or one above it, is past its time.
    Expired,
    /// The certificate's time has not come.
    NotYetValid,
    /// The certificate is for other names.
    NameMismatch {
        /// The names it is for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        names: Vec<String>,
    },
    /// The peer does not speak TLS on this port.
    NotTls,
    /// The peer closed or reset the connection in the handshake: a proxy without a certificate does so.
    Closed,
    /// No answer within the deadline.
    Silent {
        /// The deadline, in milliseconds.
        after_millis: u64,
    },
    /// The peer refused with an alert (no common version or cipher, a client certificate wanted).
    Alert,
    /// This machine has no trusted authorities at all.
    NoRoots,
    /// The host of the URL cannot be a name in a certificate.
    NotAName,
    /// Anything else.
    Other,
}

impl TlsProblem {
    /// The problem in the words an operator knows, as a lower-case fragment.
    pub fn words(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for TlsProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SelfSigned => out.write_str("the certificate is self-signed"),
            Self::UnknownIssuer => {
                out.write_str("the certificate's issuer is unknown here, or an intermediate is missing")
            }
            Self::Expired => out.write_str("the certificate is expired"),
            Self::NotYetValid => out.write_str("the certificate is not valid yet"),
            Self::NameMismatch { names } if names.is_empty() => out.write_str("the certificate is for another name"),
            Self::NameMismatch { names } => {
                write!(out, "the certificate is for {}", names.join(", "))
            }
            Self::NotTls => out.write_str("the port does not speak TLS"),
            Self::Closed => out.write_str("the peer closed the connection in the TLS handshake"),
            Self::Silent { after_millis } => {
                write!(out, "no answer to the TLS handshake within {}", super::dial::seconds(*after_millis))
            }
            Self::Alert => out.write_str("the peer refused the TLS handshake"),
            Self::NoRoots => out.write_str("this machine trusts no authority at all"),
            Self::NotAName => out.write_str("the host cannot be a name in a certificate"),
            Self::Other => out.write_str("the TLS handshake failed"),
        }
    }
}

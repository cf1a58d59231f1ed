//! What a TLS handshake met.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One TLS handshake, verified as a browser verifies it: chain, dates and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsSeen {
    /// The version agreed on (`TLSv1.3`); absent where the handshake failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Why it failed; absent where it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<TlsProblem>,
    /// The library's or the operating system's own words for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
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

//! VeNCrypt between nova's proxy and a VNC server: the files of the proxy's side, and how far a handshake with them comes.
//!
//! Keys never get here, nor what stands in them; of a certificate its names and dates are kept.

use serde::{Deserialize, Serialize};

use super::dial::seconds;
use super::rfb::{SecurityResult, SecurityType};
use super::tls::TlsProblem;

/// VeNCrypt's subtype without a password within TLS by certificates, the only one that nova takes
/// (`nova/console/rfb/authvencrypt.py`, releases 17 to 34).
pub const X509_NONE: u32 = 260;

/// How far VeNCrypt came, as nova's proxy speaks it: version 0.2, X509None, the proxy's own certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vencrypt {
    /// The server's version: `0.2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The subtypes it offers, in its order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtypes: Option<Vec<SecurityType>>,
    /// Whether it took the choice of X509None; absent where that was not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<bool>,
    /// The TLS handshake; absent where it was not begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<VencryptTls>,
    /// The security result within TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<SecurityResult>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<VencryptEnd>,
}

/// A TLS handshake, verified as nova verifies it: chain and dates, not the name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VencryptTls {
    /// The version agreed on (`TLSv1.3`); absent where the handshake failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<TlsProblem>,
    /// The library's or the operating system's own words for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// A client certificate was at hand, for a server that asks for one.
    pub client: bool,
    /// The certificate names the dialled host; nova does not mind where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_fits: Option<bool>,
    /// What the server's certificate says of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
}

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Whom it is for.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// From when it is valid, in Unix seconds.
    pub not_before: i64,
    /// Until when.
    pub not_after: i64,
}

/// A message of VeNCrypt that is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The server's version.
    Version,
    /// Its word on ours, and the subtypes.
    Subtypes,
    /// Its word on the chosen subtype.
    Acceptance,
    /// The security result.
    Result,
}

impl Stage {
    /// What is waited for, in a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Version => "its VeNCrypt version",
            Self::Subtypes => "its VeNCrypt subtypes",
            Self::Acceptance => "its word on X509None",
            Self::Result => "the security result",
        }
    }
}

/// How VeNCrypt ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum VencryptEnd {
    /// All was said, up to the security result.
    Told,
    /// Before TLS: the files of a proxy are not on this machine, or no use.
    NoFiles,
    /// Before TLS: the server refuses the version or the subtype, or does not offer X509None.
    Refused,
    /// In the TLS handshake; see `tls`.
    TlsFailed,
    /// The server says no more.
    Silent {
        /// What was waited for.
        waiting_for: Stage,
        /// How long, in milliseconds.
        after_millis: u64,
    },
    /// The server closed.
    Closed {
        /// What was waited for.
        waiting_for: Stage,
        /// The library's or the operating system's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
}

impl Vencrypt {
    /// Whether the server offers a subtype; `None` where it never said.
    pub fn offers(&self, number: u32) -> Option<bool> {
        Some(self.subtypes.as_ref()?.iter().any(|subtype| subtype.number == number))
    }

    /// The handshake came to its good end.
    pub fn opened(&self) -> bool {
        self.result.as_ref().is_some_and(|result| result.code == 0)
    }

    /// The name of a subtype, as QEMU (`ui/vnc.h`) and nova (`nova/console/rfb/authvencrypt.py`) number them.
    pub fn subtype(number: u32) -> SecurityType {
        let name = match number {
            256 => "Plain",
            257 => "TLSNone",
            258 => "TLSVnc",
            259 => "TLSPlain",
            X509_NONE => "X509None",
            261 => "X509Vnc",
            262 => "X509Plain",
            263 => "X509SASL",
            264 => "TLSSASL",
            _ => return SecurityType { number, name: None },
        };
        SecurityType { number, name: Some(name.to_owned()) }
    }

    /// How it went, as a lower-case fragment.
    pub fn words(&self) -> String {
        let offered = self.subtypes.as_ref().map(|list| format!("VeNCrypt offers {}", super::rfb::names(list)));
        let end = match &self.end {
            Some(VencryptEnd::Told) if self.opened() => "and opens with the proxy's certificate".to_owned(),
            Some(VencryptEnd::Told) => match self.result.as_ref().and_then(|result| result.reason.as_ref()) {
                Some(reason) => format!("and is refused within TLS: {reason}"),
                None => "and is refused within TLS".to_owned(),
            },
            Some(VencryptEnd::NoFiles) => "not tried further: a proxy's certificates are not at hand".to_owned(),
            Some(VencryptEnd::Refused) => "and refuses X509None".to_owned(),
            Some(VencryptEnd::TlsFailed) => {
                let problem = self.tls.as_ref().and_then(|tls| tls.problem.as_ref());
                problem.map_or_else(|| "the TLS handshake failed".to_owned(), TlsProblem::words)
            }
            Some(VencryptEnd::Silent { waiting_for, after_millis }) => {
                format!("silent for {} in place of {}", seconds(*after_millis), waiting_for.words())
            }
            Some(VencryptEnd::Closed { waiting_for, error }) => {
                let error = error.as_ref().map(|error| format!(" ({error})")).unwrap_or_default();
                format!("closed in place of {}{error}", waiting_for.words())
            }
            None => String::new(),
        };
        [offered, Some(end)].into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

/// A file that `[vnc] vencrypt_*` of a console proxy names, as it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// The option of `[vnc]`.
    pub option: String,
    /// The path that it has.
    pub path: String,
    /// What is there.
    pub state: PaperState,
}

/// What is at such a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum PaperState {
    /// Nothing.
    Missing,
    /// Something that may not be read from here.
    Denied,
    /// It cannot be read.
    Unreadable {
        /// The operating system's own words.
        error: String,
    },
    /// It may be read from here, and not by the user that the proxy runs as.
    DeniedToProxy {
        /// That user's id.
        uid: u32,
    },
    /// No certificate in it.
    NoCertificate,
    /// No private key in it.
    NoKey,
    /// A private key behind a passphrase: the proxy would ask for it on its terminal.
    Encrypted,
    /// Certificates; the first one's words.
    Certificate(Certificate),
    /// A private key.
    Key {
        /// It is the key of the certificate beside it; absent where there is none to compare.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fits: Option<bool>,
    },
}

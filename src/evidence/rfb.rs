//! What a VNC server, or the proxy in its place, said of itself: the RFB handshake up to the security result.

use serde::{Deserialize, Serialize};

use super::dial::Dial;
use super::stranger::Stranger;
use super::vencrypt::Vencrypt;

/// A direct look at a VNC server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RfbAnswer {
    /// The dial.
    pub dial: Dial,
    /// What was said; absent where no connection was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub greeting: Option<Greeting>,
    /// How it ended; absent where no connection was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<RfbEnd>,
    /// What followed the choice of VeNCrypt; absent where it was not chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vencrypt: Option<Vencrypt>,
}

/// The server's side of the handshake, as far as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// The version line without its end: `RFB 003.008`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub banner: Option<String>,
    /// The security types, in the server's order; one type, decided by the server, before version 3.7.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_types: Option<Vec<SecurityType>>,
    /// The server's reason where it offered no type at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// The result after type 1 (none) was chosen; absent where it was not chosen or nothing came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<SecurityResult>,
}

impl Greeting {
    /// The numbers of the offered security types; `None` where they were never told.
    pub fn offered(&self) -> Option<Vec<u32>> {
        let types = self.security_types.as_ref()?;
        Some(types.iter().map(|each| each.number).collect())
    }

    /// No security type at all was offered: the server lets nobody in now, and may have said why.
    pub fn turned_away(&self) -> bool {
        self.security_types.as_ref().is_some_and(Vec::is_empty)
    }
}

/// `1 (None), 2 (VNC Authentication)`.
pub fn names(types: &[SecurityType]) -> String {
    let names: Vec<String> = types
        .iter()
        .map(|one| one.name.as_ref().map_or_else(|| one.number.to_string(), |name| format!("{} ({name})", one.number)))
        .collect();
    names.join(", ")
}

/// A way to authenticate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityType {
    /// Its number in the RFB registry.
    pub number: u32,
    /// Its name there, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl SecurityType {
    /// The type of that number.
    pub fn of(number: u32) -> Self {
        // The registry of RFC 6143 section 8.1.2 and of the community's rfbproto.
        let name = match number {
            1 => "None",
            2 => "VNC Authentication",
            5 => "RA2",
            6 => "RA2ne",
            16 => "Tight",
            17 => "Ultra",
            18 => "TLS",
            19 => "VeNCrypt",
            20 => "SASL",
            21 => "MD5 hash",
            22 => "xvp",
            30 => "Apple Diffie-Hellman",
            129 => "RA2-256",
            _ => return Self { number, name: None },
        };
        Self { number, name: Some(name.to_owned()) }
    }
}

/// The security result of version 3.8.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityResult {
    /// 0 is accepted.
    pub code: u32,
    /// The server's reason for any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A message of the handshake that is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// The version line.
    Banner,
    /// The security types.
    SecurityTypes,
    /// The reason for offering none, or for a refusal.
    Reason,
    /// The security result.
    SecurityResult,
}

/// How a direct look ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum RfbEnd {
    /// All that was wanted was said; this side closed.
    Told,
    /// The server accepted the connection and said nothing more.
    Silent {
        /// What was waited for.
        waiting_for: Message,
        /// How long, in milliseconds.
        after_millis: u64,
    },
    /// The server closed.
    Closed {
        /// What was waited for.
        waiting_for: Message,
        /// Bytes of the unfinished message.
        bytes: u64,
        /// The operating system's own words, where it was a reset.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// No VNC server: it said nothing until it was spoken to, so that nova's proxy waits for it in vain.
    NotRfbWhenAsked {
        /// The protocol whose mark its first bytes are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        protocol: Option<Stranger>,
        /// Those bytes, made printable and without secrets.
        first: String,
    },
    /// No VNC server.
    NotRfb {
        /// The protocol whose mark its first bytes are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        protocol: Option<Stranger>,
        /// Those bytes, made printable and without secrets.
        first: String,
    },
}

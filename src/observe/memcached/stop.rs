//! Why a conversation with a node stops short, and the protocol's own error lines.

use super::wire::Trouble;
use crate::observe::excerpt::excerpt;
use crate::observe::wire::Closed;

/// Why a conversation stopped short.
pub(super) enum Stop {
    Trouble(Trouble),
    Auth(String),
    /// The answer is none of memcached's: what is wrong, and the line.
    Broken(String, Vec<u8>),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<Closed> for Stop {
    fn from(closed: Closed) -> Self {
        Self::Trouble(closed.into())
    }
}

/// An error line of the protocol.
pub(super) enum Refusal {
    /// `ERROR`: it does not know the command.
    Unknown,
    /// It wants a password first.
    Auth(String),
    /// `CLIENT_ERROR` or `SERVER_ERROR`.
    Other,
}

/// The error line that `line` is, if it is one.
pub(super) fn refusal(line: &[u8]) -> Option<Refusal> {
    if line == b"ERROR" {
        return Some(Refusal::Unknown);
    }
    if !line.starts_with(b"CLIENT_ERROR") && !line.starts_with(b"SERVER_ERROR") {
        return None;
    }
    let text = excerpt(line, &[]);
    // `CLIENT_ERROR unauthenticated` is memcached's with an auth file (1.5.15 and newer, proto_text.c).
    Some(if text.contains("unauthenticated") { Refusal::Auth(text) } else { Refusal::Other })
}

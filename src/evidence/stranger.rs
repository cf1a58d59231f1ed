//! Protocols that are known by their first bytes, wherever one answers in the place of another.

use serde::{Deserialize, Serialize};

/// A protocol known by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stranger {
    /// A TLS record (an alert, as a rule): the port wants TLS.
    Tls,
    /// An HTTP server.
    Http,
    /// Redis.
    Redis,
    /// A VNC server.
    Rfb,
    /// An SSH server.
    Ssh,
    /// AMQP, a message broker.
    Amqp,
    /// Memcached.
    Memcached,
}

impl Stranger {
    /// Its name in a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Tls => "TLS",
            Self::Http => "an HTTP server",
            Self::Redis => "redis",
            Self::Rfb => "a VNC server",
            Self::Ssh => "an SSH server",
            Self::Amqp => "a message broker (AMQP)",
            Self::Memcached => "memcached",
        }
    }

    /// The protocol whose mark `bytes` begin with.
    pub fn known(bytes: &[u8]) -> Option<Self> {
        // A TLS record: alert or handshake, then the major version 3.
        if let [0x15 | 0x16, 0x03, ..] = bytes {
            return Some(Self::Tls);
        }
        let marks: [(&[u8], Self); 13] = [
            (b"HTTP/", Self::Http),
            (b"<!DOCTYPE", Self::Http),
            (b"<!doctype", Self::Http),
            (b"<html", Self::Http),
            (b"-ERR ", Self::Redis),
            (b"-NOAUTH", Self::Redis),
            (b"-DENIED", Self::Redis),
            (b"RFB ", Self::Rfb),
            (b"SSH-", Self::Ssh),
            (b"AMQP", Self::Amqp),
            (b"VERSION ", Self::Memcached),
            (b"ERROR\r\n", Self::Memcached),
            (b"CLIENT_ERROR ", Self::Memcached),
        ];
        marks.iter().find(|(mark, _)| bytes.starts_with(mark)).map(|(_, protocol)| *protocol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_the_protocol() {
        assert_eq!(Stranger::known(&[0x15, 3, 1, 0, 2, 2, 70]), Some(Stranger::Tls));
        assert_eq!(Stranger::known(b"HTTP/1.1 400 Bad Request\r\n"), Some(Stranger::Http));
        assert_eq!(Stranger::known(b"RFB 003.008\n"), Some(Stranger::Rfb));
        assert_eq!(Stranger::known(b"RF"), None);
        assert_eq!(Stranger::known(b""), None);
    }
}

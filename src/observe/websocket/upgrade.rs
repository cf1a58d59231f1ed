//! The request of an upgrade, with the headers a browser sends and each noVNC era's way of asking.
//!
//! Eras (noVNC's own tags): 0.4 and 0.5 ask for `binary, base64` (`include/websock.js`, `include/rfb.js`), 0.6 to 1.1 for
//! `binary` (`core/rfb.js`), 1.2 and newer for nothing. Up to 1.0 the page also sets the token as a cookie.
//!
//! Limit: `Sec-WebSocket-Extensions` is not sent. Browsers offer compression there, which websockify never takes up.

use std::fmt;
use std::time::Duration;

use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::evidence::websocket::Asked;
use crate::observe::dial::peer;
use crate::observe::excerpt::hide;
use crate::observe::rfb::Depth;

/// A noVNC era, by how it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// 0.4 and 0.5.
    UpTo05,
    /// 0.6 and 1.0.
    From06,
    /// 1.1: as before, without the cookie.
    V11,
    /// 1.2 and newer.
    From12,
}

impl Era {
    /// The `Sec-WebSocket-Protocol` header of that era.
    pub fn subprotocol(self) -> Option<&'static str> {
        match self {
            Self::UpTo05 => Some("binary, base64"),
            Self::From06 | Self::V11 => Some("binary"),
            Self::From12 => None,
        }
    }

    /// Whether its page sets the token as a cookie.
    pub fn sets_cookie(self) -> bool {
        matches!(self, Self::UpTo05 | Self::From06)
    }
}

/// One upgrade to be tried. Holds the token, so it is never serialised and its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Upgrade {
    /// Whether to speak TLS (`wss://`).
    pub secure: bool,
    /// The host to dial.
    pub host: String,
    /// The port to dial.
    pub port: u16,
    /// Where to dial in place of `host`: one of its addresses, or a backend behind it. TLS and headers keep `host`.
    pub at: Option<(String, u16)>,
    /// The path, with a query if there is one beside the token: `/websockify`, `/`.
    pub path: String,
    /// The token, sent as the query argument `token`.
    pub token: Option<String>,
    /// The `Host` header, where it is not the dialled host and port.
    pub host_header: Option<String>,
    /// The `Origin` header.
    pub origin: Option<String>,
    /// The `Sec-WebSocket-Protocol` header.
    pub subprotocol: Option<String>,
    /// The token as a cookie.
    pub cookie: Option<String>,
    /// The `X-Forwarded-Proto` header, as a balancer adds it.
    pub forwarded_proto: Option<&'static str>,
    /// How far the RFB handshake goes after the 101.
    pub depth: Depth,
    /// For how long the session is kept quiet after a handshake that succeeded.
    pub hold: Option<Duration>,
}

impl Upgrade {
    /// An upgrade of `path` with `token`, as a noVNC of `era` asks that was loaded from the same scheme, host and port.
    pub fn of_era(era: Era, secure: bool, host: &str, port: u16, path: &str, token: Option<&str>) -> Self {
        let scheme = if secure { "https" } else { "http" };
        Self {
            secure,
            host: host.to_owned(),
            port,
            at: None,
            path: path.to_owned(),
            token: token.map(str::to_owned),
            host_header: None,
            origin: Some(format!("{scheme}://{}", authority(secure, host, port))),
            subprotocol: era.subprotocol().map(str::to_owned),
            cookie: token.filter(|_| era.sets_cookie()).map(str::to_owned),
            forwarded_proto: None,
            depth: Depth::Result,
            hold: None,
        }
    }

    /// Host and port that are dialled.
    pub(super) fn dialled(&self) -> (&str, u16) {
        self.at.as_ref().map_or((self.host.as_str(), self.port), |(host, port)| (host.as_str(), *port))
    }

    /// Secrets to be cut out of whatever the peer says.
    pub(super) fn secrets(&self) -> Vec<&str> {
        self.token.iter().chain(&self.cookie).map(String::as_str).collect()
    }

    fn host_line(&self) -> String {
        self.host_header.clone().unwrap_or_else(|| authority(self.secure, &self.host, self.port))
    }

    fn target(&self, token: Option<&str>) -> String {
        let slash = if self.path.starts_with('/') { "" } else { "/" };
        let Some(token) = token else {
            return format!("{slash}{}", self.path);
        };
        let join = if self.path.contains('?') { '&' } else { '?' };
        format!("{slash}{}{join}token={token}", self.path)
    }

    /// The request as evidence keeps it.
    pub(super) fn asked(&self) -> Asked {
        let secrets = self.secrets();
        Asked {
            secure: self.secure,
            host: hide(&self.host_line(), &secrets),
            path: hide(&self.target(self.token.as_ref().map(|_| "***")), &secrets),
            token: self.token.is_some(),
            origin: self.origin.as_ref().map(|origin| hide(origin, &secrets)),
            subprotocol: self.subprotocol.as_ref().map(|asked| hide(asked, &secrets)),
            cookie: self.cookie.is_some(),
            forwarded_proto: self.forwarded_proto.map(str::to_owned),
            guess: false,
        }
    }

    /// The request's bytes and the `Sec-WebSocket-Accept` that answers them; `None` where a part holds a character that
    /// would end its line or its word, so that nothing pasted can become a header of its own.
    pub(super) fn request(&self) -> Option<(Vec<u8>, String)> {
        let target = self.target(self.token.as_deref());
        let host = self.host_line();
        let word = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        let line = |text: &Option<String>| {
            text.iter().all(|text| text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()))
        };
        if !word(&target) || !word(&host) || host.is_empty() || !self.origin.iter().all(|origin| word(origin)) {
            return None;
        }
        if !line(&self.subprotocol) || !self.cookie.iter().all(|cookie| word(cookie) && !cookie.contains([';', ','])) {
            return None;
        }
        let key = generate_key();
        // The order and spelling are Chrome's.
        let mut request =
            format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nPragma: no-cache\r\n");
        request.push_str("Cache-Control: no-cache\r\n");
        request.push_str(concat!(
            "User-Agent: ",
            "Mozilla/5.0 (compatible; vncdoctor/",
            env!("CARGO_PKG_VERSION"),
            ")\r\n"
        ));
        request.push_str("Upgrade: websocket\r\n");
        if let Some(origin) = &self.origin {
            request.push_str(&["Origin: ", origin, "\r\n"].concat());
        }
        if let Some(scheme) = self.forwarded_proto {
            request.push_str(&["X-Forwarded-Proto: ", scheme, "\r\n"].concat());
        }
        request.push_str("Sec-WebSocket-Version: 13\r\n");
        if let Some(cookie) = &self.cookie {
            request.push_str(&["Cookie: token=", cookie, "\r\n"].concat());
        }
        request.push_str(&["Sec-WebSocket-Key: ", &key, "\r\n"].concat());
        if let Some(subprotocol) = &self.subprotocol {
            request.push_str(&["Sec-WebSocket-Protocol: ", subprotocol, "\r\n"].concat());
        }
        request.push_str("\r\n");
        Some((request.into_bytes(), derive_accept_key(key.as_bytes())))
    }
}

impl fmt::Debug for Upgrade {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.asked().fmt(out)
    }
}

/// Host and port as a browser writes them: the scheme's own port is left out.
fn authority(secure: bool, host: &str, port: u16) -> String {
    let whole = peer(host, port);
    let own = if secure { 443 } else { 80 };
    if port == own { whole.strip_suffix(&format!(":{port}")).map_or(whole.clone(), str::to_owned) } else { whole }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const TOKEN: &str = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11";

    fn text(upgrade: &Upgrade) -> String {
        String::from_utf8(upgrade.request().unwrap().0).unwrap()
    }

    #[test]
    fn each_era_asks_in_its_way() {
        let ask = |era| text(&Upgrade::of_era(era, false, "ctl1", 6080, "/websockify", Some(TOKEN)));
        let old = ask(Era::UpTo05);
        assert!(old.starts_with(&format!("GET /websockify?token={TOKEN} HTTP/1.1\r\nHost: ctl1:6080\r\n")));
        assert!(old.contains("\r\nOrigin: http://ctl1:6080\r\n") && old.ends_with("\r\n\r\n"));
        assert!(old.contains("\r\nSec-WebSocket-Protocol: binary, base64\r\n"));
        assert!(old.contains(&format!("\r\nCookie: token={TOKEN}\r\n")));
        assert!(ask(Era::V11).contains("\r\nSec-WebSocket-Protocol: binary\r\n"));
        assert!(!ask(Era::V11).contains("Cookie"));
        assert!(!ask(Era::From12).contains("Sec-WebSocket-Protocol"));
    }

    #[test]
    fn a_scheme_keeps_its_own_port_to_itself() {
        let upgrade = Upgrade::of_era(Era::From12, true, "console.example", 443, "/", None);
        let asked = upgrade.asked();
        assert_eq!(
            (asked.host.as_str(), asked.origin.as_deref()),
            ("console.example", Some("https://console.example"))
        );
        let asked = Upgrade::of_era(Era::From12, true, "fd00::1", 6080, "x?a=1", Some("t0ken")).asked();
        assert_eq!((asked.host.as_str(), asked.path.as_str()), ("[fd00::1]:6080", "/x?a=1&token=***"));
    }

    #[test]
    fn nothing_pasted_becomes_a_header() {
        for bad in ["a b", "a\r\nX: y", "ü"] {
            let mut upgrade = Upgrade::of_era(Era::V11, false, "ctl1", 6080, "/", Some(bad));
            assert!(upgrade.request().is_none(), "token {bad:?}");
            upgrade.token = None;
            upgrade.path = format!("/{bad}");
            assert!(upgrade.request().is_none(), "path {bad:?}");
            upgrade.path = "/".to_owned();
            upgrade.origin = Some(bad.to_owned());
            assert!(upgrade.request().is_none(), "origin {bad:?}");
        }
    }

    #[test]
    fn neither_debug_nor_evidence_shows_the_token() {
        let upgrade =
            Upgrade::of_era(Era::From06, false, "ctl1", 6080, &format!("/?path=%3Ftoken%3D{TOKEN}"), Some(TOKEN));
        let shown = format!("{upgrade:?}");
        assert!(!shown.contains("0c3b1a52"), "{shown}");
        assert!(upgrade.asked().cookie && upgrade.asked().token);
    }
}

//! The URL of a console, as nova makes it and as it arrives.
//!
//! nova's forms (nova/compute/manager.py up to 17, nova/objects/console_auth_token.py `access_url` from 18):
//! `BASE?token=T` up to 18.2.2, 19.0.0 and 19.0.1; `BASE?path=%3Ftoken%3DT` from then on; from 31 on the base URL's own
//! arguments are kept and its `path` is extended. What damages such a URL on its way is named as a [`Damage`] and, where
//! that is possible, undone. The token is handed out beside the URL and never kept in it.

mod args;
mod damage;
mod parse;
#[cfg(test)]
mod tests;

pub use damage::Damage;

use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

use super::release::Release;
use super::token::{NotAToken, Token};

/// A console URL without its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessUrl {
    /// Scheme; `http` where none was written.
    pub scheme: Scheme,
    /// Name or address, without brackets.
    pub host: String,
    /// TCP port, the scheme's own where none was written.
    pub port: u16,
    /// Path of the page, as written: `/vnc_auto.html`.
    pub page: String,
    /// How the token travels.
    pub token_in: TokenIn,
    /// What the argument `path` says before its own `?`: where the page opens its WebSocket. Absent without `path`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub websocket_prefix: Option<String>,
    /// Names of further arguments of the page.
    pub other_args: Vec<String>,
    /// The kind of console that page, port and scheme speak of.
    pub console_type: ConsoleType,
    /// What happened to the URL on its way, in reading order.
    pub damages: Vec<Damage>,
}

/// Scheme of a console URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// A page over plain HTTP.
    Http,
    /// A page over TLS.
    Https,
    /// A WebSocket itself (serial consoles).
    Ws,
    /// A WebSocket over TLS.
    Wss,
}

/// How a token travels in a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenIn {
    /// `?token=T`: noVNC up to 1.0 reads it; 1.1 and newer do not.
    Query,
    /// `?path=...%3Ftoken%3DT`: every noVNC reads it.
    Path,
    /// There is none.
    Nowhere,
}

/// Kind of console, by nova's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsoleType {
    /// `novnc`.
    Novnc,
    /// `spice-html5`.
    SpiceHtml5,
    /// `serial`.
    Serial,
    /// `rdp-html5`.
    RdpHtml5,
    /// `webmks`.
    Webmks,
    /// `xvpvnc`, gone in 21.
    Xvpvnc,
    /// Page, port and scheme tell nothing.
    Unknown,
}

/// Why a text is no URL of a console at all.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UrlProblem {
    /// Nothing at all.
    #[error("the url is empty")]
    Empty,
    /// Longer than any console URL.
    #[error("the url is longer than {limit} bytes")]
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// Neither http, https, ws nor wss.
    #[error("the url starts with an unknown scheme")]
    Scheme,
    /// No host between scheme and page.
    #[error("the url names no host")]
    NoHost,
    /// A host with characters that no name has: a template left unfilled, for example.
    #[error("the host of the url has characters that no host name has")]
    Host,
    /// A uuid in the host's place: a bare token, most likely.
    #[error("a token or another uuid stands where the host of the url should be")]
    TokenAsHost,
    /// A port that is no number from 1 to 65535.
    #[error("the port of the url is no number from 1 to 65535")]
    Port,
}

/// noVNC by how its pages turn a console URL into a WebSocket request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NoVnc {
    /// 0.4 and 0.5: `token` goes into a cookie only.
    UpTo05,
    /// 0.6 and 1.0: `token` goes into the request and a cookie.
    From06To10,
    /// 1.1 to 1.5: `token` is not read.
    From11To15,
    /// 1.6 and newer: as before, but `vnc.html` resolves `path` against its own address.
    From16,
}

/// What `AccessUrl::parse` hands out: the URL, and the token or what stands in its place.
pub type Parsed = (AccessUrl, Option<Result<Token, NotAToken>>);

impl Scheme {
    /// Port when the URL names none.
    pub fn default_port(self) -> u16 {
        if self.is_secure() { 443 } else { 80 }
    }

    /// TLS?
    pub fn is_secure(self) -> bool {
        matches!(self, Self::Https | Self::Wss)
    }

    fn from_word(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "http" => Self::Http,
            "https" => Self::Https,
            "ws" => Self::Ws,
            "wss" => Self::Wss,
            _ => return None,
        })
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Ws => "ws",
            Self::Wss => "wss",
        })
    }
}

impl fmt::Display for ConsoleType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Novnc => "novnc",
            Self::SpiceHtml5 => "spice-html5",
            Self::Serial => "serial",
            Self::RdpHtml5 => "rdp-html5",
            Self::Webmks => "webmks",
            Self::Xvpvnc => "xvpvnc",
            Self::Unknown => "unknown",
        })
    }
}

impl AccessUrl {
    /// Reads a console URL as pasted from a browser, a terminal or a chat.
    ///
    /// The second part is the token, or what stands in its place; `None` when the URL carries none.
    ///
    /// # Errors
    /// [`UrlProblem`] when there is no scheme, host and port to dial.
    pub fn parse(text: &str) -> Result<Parsed, UrlProblem> {
        parse::parse(text)
    }

    /// `host:port` as a URL or a Host header has it, the scheme's own port left out.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == self.scheme.default_port() { host } else { format!("{host}:{}", self.port) }
    }

    /// The Origin header of a browser that shows this page.
    pub fn origin(&self) -> String {
        let scheme = if self.scheme.is_secure() { "https" } else { "http" };
        format!("{scheme}://{}", self.authority())
    }

    /// The page's own URL, without any argument.
    pub fn page_url(&self) -> String {
        format!("{}://{}{}", self.scheme, self.authority(), args::encode(&self.page))
    }

    /// What a page of this noVNC asks for over the WebSocket: path and query. Holds the clear token: for the wire only.
    ///
    /// Damages are taken as undone. Where the page does not read the token, the path has none.
    pub fn websocket_path(&self, token: &Token, novnc: NoVnc) -> String {
        let carries = match self.token_in {
            TokenIn::Path => true,
            TokenIn::Query => novnc == NoVnc::From06To10 || matches!(self.scheme, Scheme::Ws | Scheme::Wss),
            TokenIn::Nowhere => false,
        };
        let path = self.websocket_place(novnc);
        if carries { format!("{path}?token={}", token.raw_key()) } else { path }
    }

    /// The path alone at which a page of this noVNC opens its WebSocket.
    pub fn websocket_place(&self, novnc: NoVnc) -> String {
        let path = if matches!(self.scheme, Scheme::Ws | Scheme::Wss) {
            // the URL is the WebSocket's own
            self.page.clone()
        } else {
            let wanted = self.websocket_prefix.as_deref().unwrap_or("websockify");
            let is_lite = self.page.ends_with("vnc_lite.html") || self.page.ends_with("vnc_auto.html");
            if novnc == NoVnc::From16 && !is_lite { parse::resolve(&self.page, wanted) } else { format!("/{wanted}") }
        };
        args::encode(&path)
    }

    /// Does a page of this noVNC set the cookie `token` from this URL? nova reads it when the request has no token.
    pub fn sets_cookie(&self, novnc: NoVnc) -> bool {
        self.token_in == TokenIn::Query && matches!(novnc, NoVnc::UpTo05 | NoVnc::From06To10)
    }
}

impl fmt::Display for AccessUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query = match self.token_in {
            TokenIn::Query => "?token=***",
            TokenIn::Path => "?path=...%3Ftoken%3D***",
            TokenIn::Nowhere => "",
        };
        write!(f, "{}{query}", self.page_url())
    }
}

/// How a release puts a novnc token into its URL; `None` where that hangs on the point version (18, 19).
///
/// 18.2.3 and 19.0.2 did so for every type of console, 19.0.3 and 20 on for novnc only.
pub fn token_carrier(release: Release) -> Option<TokenIn> {
    let uses_path = match release.number {
        18 => release.is_at_least(18, (2, 3)),
        19 => release.is_at_least(19, (0, 2)),
        number => Some(number >= 20),
    };
    uses_path.map(|uses_path| if uses_path { TokenIn::Path } else { TokenIn::Query })
}

//! What the console page's address gave over HTTP.

use serde::{Deserialize, Serialize};

use super::dial::Dial;
use super::tls::TlsSeen;

/// One GET, without a query: the page is a file, and a token in its address has no use to the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageAnswer {
    /// Whether TLS was spoken.
    pub secure: bool,
    /// The path that was asked for.
    pub path: String,
    /// The dial.
    pub dial: Dial,
    /// The TLS handshake; without version and cipher where it was completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSeen>,
    /// The answer; absent where none came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// How it ended; absent where no connection was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<PageEnd>,
}

/// An HTTP answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// The `Server` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The `Via` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// The `Content-Type` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The `Location` header without its query; redirects are not followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The `X-Frame-Options` header, which can keep the page out of a dashboard's frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_frame_options: Option<String>,
    /// The `frame-ancestors` of the `Content-Security-Policy` header, which can do the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame_ancestors: Option<String>,
    /// Bytes of the body that were read.
    pub bytes: u64,
    /// Whether the body went on beyond the bound.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// The page's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What shows it to be noVNC's; absent where nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub novnc: Option<Novnc>,
    /// The `version` of noVNC's `package.json`, where that was the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package_version: Option<String>,
    /// The start of a body that is not noVNC's, made printable and without secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
}

/// What a noVNC page's text tells of its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Novnc {
    /// The releases of noVNC that have such a page: `0.6`, `1.3 or newer`.
    pub generation: String,
    /// Whether this page reads `?token=` from its address; absent where its text does not tell. All read `?path=`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reads_token: Option<bool>,
    /// noVNC's own scripts that the page loads, by their paths from the page's folder; none for a script itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scripts: Vec<String>,
}

impl Novnc {
    /// Oldest and newest release that it may be, in tenths: 1.3 is 13; the newest of `or newer` is 99.
    pub fn span(&self) -> Option<(u16, u16)> {
        let tenths = |text: &str| {
            let (major, minor) = text.trim().split_once('.')?;
            major.parse::<u16>().ok()?.checked_mul(10)?.checked_add(minor.parse().ok()?)
        };
        if let Some(oldest) = self.generation.strip_suffix(" or newer") {
            return Some((tenths(oldest)?, 99));
        }
        let (oldest, newest) = self.generation.split_once(" to ").unwrap_or((&self.generation, &self.generation));
        Some((tenths(oldest)?, tenths(newest)?))
    }
}

/// A path ends in `.js`.
pub fn is_script(path: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|kind| kind.eq_ignore_ascii_case("js"))
}

impl PageAnswer {
    /// The status of the answer, where one came.
    pub fn status(&self) -> Option<u16> {
        self.page.as_ref().map(|page| page.status)
    }

    /// A script was asked for, not a page.
    pub fn is_script(&self) -> bool {
        is_script(self.place())
    }

    /// The path without what follows a question mark.
    pub fn place(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }
}

/// How a GET ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum PageEnd {
    /// With an answer; see `page`.
    Answered,
    /// The address is none; nothing was sent.
    NotAsked,
    /// The TLS handshake failed; see `tls`.
    TlsFailed,
    /// The peer accepted the connection and did not answer.
    NoAnswer {
        /// How long, in milliseconds.
        after_millis: u64,
    },
    /// The peer closed before its answer: a proxy that wants TLS does so.
    Closed {
        /// The library's or the operating system's own words.
        error: String,
    },
    /// What came is no HTTP.
    NotHttp {
        /// The library's own words.
        error: String,
    },
    /// Anything else.
    Other {
        /// The library's own words.
        error: String,
    },
}

//! What a service log says, line by line, for the lines that part look-alike failures.
//!
//! One [`LogEvent`] per telling line. Texts are those of nova 15 to 34 (`nova/console/websocketproxy.py`,
//! `nova/consoleauth/manager.py`, websockify 0.8 to 0.13). No token is kept, only its prints; no option value either.

use serde::{Deserialize, Serialize};

use super::process::Service;

mod event;
mod sessions;

pub use event::{Event, Failure, StartFailure};
pub use sessions::sessions;

/// One log file as far as it was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LogFile {
    /// The path as it was given.
    pub path: String,
    /// Services whose lines are in the file, told from logger names and syslog tags.
    pub roles: Vec<Service>,
    /// The telling lines, oldest first.
    pub events: Vec<LogEvent>,
    /// Unix seconds of the first line with a stamp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<f64>,
    /// Unix seconds of the last line with a stamp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<f64>,
    /// Lines read.
    pub lines: u64,
    /// Where reading began: line numbers count from this byte. 0 unless only the tail of a long file was read.
    pub from_byte: u64,
    /// The file was not read to its end, because the deadline came.
    pub cut_short: bool,
    /// Events that were dropped, oldest first, because there were too many.
    pub dropped: u64,
}

/// One telling line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogEvent {
    /// 1-based, from [`LogFile::from_byte`] on.
    pub line: u32,
    /// Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<f64>,
    /// The stamp said which zone it is in; otherwise the zone is an assumption of the reader's.
    pub zone_known: bool,
    /// The process that wrote the line. Each console connection is a process of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// The service that wrote the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// `req-…`, the same on every service that had a part in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What the line says.
    pub event: Event,
    /// The token in the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenPrint>,
}

/// A token by its hashes, in lower-case hex: the key in memcached and the one in the cell database.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TokenPrint {
    /// sha1, the memcached key of releases 13 to 19.
    pub sha1: String,
    /// sha256, `token_hash` in the cell database from release 18 on.
    pub sha256: String,
    /// Its form is none of nova's, which are UUIDs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strange: bool,
}

/// How a token was, or was not, in the path of a WebSocket request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carried {
    /// As the proxy wants it: query argument `token`.
    Token,
    /// There is an argument `token` and it is empty.
    Empty,
    /// Nowhere. The proxy falls back to the cookie `token`.
    Nothing,
    /// There is one, but where the proxy does not look: percent-encoded, or within another argument.
    Misplaced,
}

/// A URL without its user, path and query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrlParts {
    /// `http`, `https`; empty when the URL has none.
    pub scheme: String,
    /// Host name or address, without brackets.
    pub host: String,
    /// The port, if written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Path of the page, without query: `/vnc_auto.html`.
    pub page: String,
}

/// What a token stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// `[vnc] server_proxyclient_address` of the compute node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The VNC port; -1 for an instance that is not running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<i32>,
    /// Instance UUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// `novnc`, `spice-html5`, `serial`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub console_type: Option<String>,
    /// The URL the user was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<UrlParts>,
}

/// One console connection, put together from the lines of its process.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// The proxy's child process.
    pub pid: u32,
    /// Line of the first event.
    pub line: u32,
    /// Unix seconds of the first event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<f64>,
    /// Address of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Over TLS; absent when the opening line was not seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<bool>,
    /// Path of the request without query; absent also when it is `/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Where the token was in the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried: Option<Carried>,
    /// The token, from whichever line shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenPrint>,
    /// What the token stands for; its presence says that token and Origin were accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// Host that the proxy dialled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Port that the proxy dialled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<i32>,
    /// The security handshake was finished (17 on), whatever came later.
    pub worked: bool,
    /// The failure, or the finished handshake. Absent when the log shows neither: before 17 success is silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Event>,
    /// Line of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u32>,
    /// Seconds from the first event to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}

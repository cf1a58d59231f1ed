//! Server strings as python-memcached and pymemcache read them.
//!
//! python-memcached 1.53-1.62 (`_Host.__init__`) tries four patterns in turn: `unix:PATH`, `inet6:[ADDR][:PORT]`,
//! `inet:HOST[:PORT]`, `HOST[:PORT]`; a host is anything without a colon. pymemcache 4 (`normalize_server_spec`) splits
//! at the last colon and takes brackets off. What one takes the other may refuse: `[::1]:11211`, `inet6:[::1]:11211`.

use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

/// Port used when the text names none, by both libraries.
pub const DEFAULT_PORT: u16 = 11211;

/// Where a client of one of the two libraries would connect.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerAddr {
    /// TCP.
    Inet {
        /// Name or address as written, without brackets.
        host: String,
        /// TCP port.
        port: u16,
        /// Written as `inet6:`; python-memcached dials anything else over IPv4 only.
        v6: bool,
    },
    /// A unix socket.
    Unix {
        /// Path as written.
        path: String,
    },
}

/// Why a server string cannot be used; the library raises an exception in nova-consoleauth.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerProblem {
    /// An empty item, as a trailing comma leaves it in oslo.config before 6.
    #[error("empty server: the list has a comma too many")]
    Empty,
    /// A bare or bracketed IPv6 address: python-memcached wants `inet6:[...]:port`.
    #[error("python-memcached cannot parse an IPv6 address written like this; it wants inet6:[address]:port")]
    Ipv6Form,
    /// Several servers in one text.
    #[error("several servers in one text: they need to be a list")]
    SeveralInOne,
    /// Anything else the patterns refuse.
    #[error("unable to parse connection string")]
    Unparsable,
    /// The library takes the text and raises `OverflowError` when it connects.
    #[error("port {0} is not from 0 to 65535")]
    PortOutOfRange(String),
}

impl fmt::Display for ServerAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet { host, port, .. } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Inet { host, port, .. } => write!(f, "{host}:{port}"),
            Self::Unix { path } => write!(f, "unix:{path}"),
        }
    }
}

/// Reads one server string as python-memcached does.
///
/// # Errors
/// [`ServerProblem`] where the library raises `ValueError: Unable to parse connection string`, or `OverflowError` on
/// connecting.
pub fn parse_python_memcached(text: &str) -> Result<ServerAddr, ServerProblem> {
    // python's `$` also matches before one line feed at the end
    let line = text.strip_suffix('\n').unwrap_or(text);
    if let Some(path) = line.strip_prefix("unix:")
        && !path.contains('\n')
    {
        return Ok(ServerAddr::Unix { path: path.to_owned() });
    }
    if let Some((host, rest)) = line.strip_prefix("inet6:[").and_then(|rest| rest.split_once(']'))
        && !host.is_empty()
        && !host.contains('[')
        && let Some(port) = optional_port(rest)
    {
        return inet(host, port, true);
    }
    let plain = text.strip_prefix("inet:").and_then(host_and_port).or_else(|| host_and_port(text));
    match plain {
        Some((host, port)) => inet(host, port, false),
        None => Err(why_unparsable(text)),
    }
}

/// `[^:]+(:[0-9]+)?$`
fn host_and_port(text: &str) -> Option<(&str, &str)> {
    let (host, port) = match text.find(':') {
        None => (text, ""),
        Some(colon) => {
            let rest = &text[colon..];
            (&text[..colon], optional_port(rest.strip_suffix('\n').unwrap_or(rest)).filter(|port| !port.is_empty())?)
        }
    };
    (!host.is_empty()).then_some((host, port))
}

/// The digits of `:PORT`, none of an empty text.
fn optional_port(rest: &str) -> Option<&str> {
    if rest.is_empty() {
        return Some("");
    }
    rest.strip_prefix(':').filter(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

fn inet(host: &str, port: &str, v6: bool) -> Result<ServerAddr, ServerProblem> {
    let port = match port.trim_start_matches('0') {
        "" if port.is_empty() => DEFAULT_PORT,
        "" => 0,
        digits => digits.parse().map_err(|_| ServerProblem::PortOutOfRange(digits.chars().take(12).collect()))?,
    };
    Ok(ServerAddr::Inet { host: host.to_owned(), port, v6 })
}

fn why_unparsable(text: &str) -> ServerProblem {
    let bare = text.strip_prefix("inet6:").or_else(|| text.strip_prefix("inet:")).unwrap_or(text);
    let looks_like_v6 =
        bare.matches(':').count() >= 2 && bare.bytes().all(|b| b.is_ascii_hexdigit() || b"[]:.%".contains(&b));
    if text.trim().is_empty() {
        ServerProblem::Empty
    } else if text.contains([',', ';']) || text.split_whitespace().count() > 1 {
        ServerProblem::SeveralInOne
    } else if looks_like_v6 {
        ServerProblem::Ipv6Form
    } else {
        ServerProblem::Unparsable
    }
}

/// Reads one server string as pymemcache 4 does.
///
/// # Errors
/// [`ServerProblem`] where the library raises: a port that is no number, or above 65535 on connecting.
pub fn parse_pymemcache(text: &str) -> Result<ServerAddr, ServerProblem> {
    if let Some(path) = text.strip_prefix("unix:") {
        return Ok(ServerAddr::Unix { path: path.to_owned() });
    }
    if text.starts_with('/') {
        return Ok(ServerAddr::Unix { path: text.to_owned() });
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !text.ends_with(']') => (host, python_int(port)?),
        _ => (text, DEFAULT_PORT),
    };
    let host = if host.starts_with('[') { host.trim_matches(['[', ']']) } else { host };
    Ok(ServerAddr::Inet { host: host.to_owned(), port, v6: host.contains(':') })
}

/// `int(text)` for what may stand behind a colon: python takes white space, a sign and single underscores.
fn python_int(text: &str) -> Result<u16, ServerProblem> {
    let trimmed = text.trim();
    let digits = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    let fits = !digits.is_empty()
        && digits.split('_').all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()));
    if !fits {
        return Err(ServerProblem::Unparsable);
    }
    let digits = digits.replace('_', "");
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Ok(0);
    }
    match significant.parse() {
        Ok(port) if !trimmed.starts_with('-') => Ok(port),
        _ => Err(ServerProblem::PortOutOfRange(trimmed.chars().take(12).collect())),
    }
}

/// The name by which pymemcache's HashClient draws a server: `host:port` without brackets, or the path.
pub fn pymemcache_node(server: &ServerAddr) -> String {
    match server {
        ServerAddr::Inet { host, port, .. } => format!("{host}:{port}"),
        ServerAddr::Unix { path } => path.clone(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn tcp(host: &str, port: u16) -> ServerAddr {
        ServerAddr::Inet { host: host.to_owned(), port, v6: false }
    }

    fn tcp6(host: &str, port: u16) -> ServerAddr {
        ServerAddr::Inet { host: host.to_owned(), port, v6: true }
    }

    fn unix(path: &str) -> ServerAddr {
        ServerAddr::Unix { path: path.to_owned() }
    }

    #[test]
    fn python_memcached_takes() {
        let cases = [
            ("ctl1", tcp("ctl1", 11211)),
            ("ctl1:21211", tcp("ctl1", 21211)),
            ("10.0.0.1:011211", tcp("10.0.0.1", 11211)),
            ("inet:ctl1:5", tcp("ctl1", 5)),
            ("inet:ctl1", tcp("ctl1", 11211)),
            ("inet:11211", tcp("11211", 11211)),
            ("inet", tcp("inet", 11211)),
            ("inet6:[fd00::1]:11211", tcp6("fd00::1", 11211)),
            ("inet6:[fd00::1]", tcp6("fd00::1", 11211)),
            ("inet6:7", tcp("inet6", 7)),
            ("unix:/run/mc.sock", unix("/run/mc.sock")),
            ("unix:", unix("")),
            ("/run/mc.sock", tcp("/run/mc.sock", 11211)),
            (" ctl1", tcp(" ctl1", 11211)),
            ("a,b:11211", tcp("a,b", 11211)),
            ("ctl1:11211\n", tcp("ctl1", 11211)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_python_memcached(text), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn python_memcached_raises() {
        let cases = [
            ("", ServerProblem::Empty),
            ("[::1]:11211", ServerProblem::Ipv6Form),
            ("::1:11211", ServerProblem::Ipv6Form),
            ("::1", ServerProblem::Ipv6Form),
            ("[fd00::1]", ServerProblem::Ipv6Form),
            ("inet6:::1", ServerProblem::Ipv6Form),
            ("ctl1:11211,ctl2:11211", ServerProblem::SeveralInOne),
            ("ctl1:11211 ctl2:11211", ServerProblem::SeveralInOne),
            ("ctl1:", ServerProblem::Unparsable),
            ("ctl1:port", ServerProblem::Unparsable),
            (":11211", ServerProblem::Unparsable),
            ("inet6:[]:11211", ServerProblem::Unparsable),
            ("http://ctl1:11211", ServerProblem::Unparsable),
            ("ctl1:99999", ServerProblem::PortOutOfRange("99999".to_owned())),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_python_memcached(text), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn pymemcache_differs() {
        assert_eq!(parse_pymemcache("[::1]:11211"), Ok(tcp6("::1", 11211)));
        assert_eq!(parse_pymemcache("[::1]"), Ok(tcp6("::1", 11211)));
        assert_eq!(parse_pymemcache("ctl1"), Ok(tcp("ctl1", 11211)));
        assert_eq!(parse_pymemcache("/run/mc.sock"), Ok(unix("/run/mc.sock")));
        assert_eq!(parse_pymemcache("unix:/run/mc.sock"), Ok(unix("/run/mc.sock")));
        assert_eq!(parse_pymemcache("inet6:[::1]:11211"), Ok(tcp6("inet6:[::1]", 11211)));
        assert_eq!(parse_pymemcache("ctl1:"), Err(ServerProblem::Unparsable));
        assert_eq!(parse_pymemcache("ctl1:70000"), Err(ServerProblem::PortOutOfRange("70000".to_owned())));
        assert_eq!(pymemcache_node(&tcp6("::1", 11211)), "::1:11211");
    }

    #[test]
    fn shown_with_brackets_where_needed() {
        assert_eq!(tcp("ctl1", 11211).to_string(), "ctl1:11211");
        assert_eq!(tcp6("fd00::1", 11211).to_string(), "[fd00::1]:11211");
        assert_eq!(unix("/x").to_string(), "unix:/x");
    }
}

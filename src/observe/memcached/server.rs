//! Where a node is, from the text of configuration.
//!
//! This reads every spelling that some client of nova's years accepts (python-memcached's `inet6:[addr]:port`, pymemcache's
//! `[addr]:port`), so that a node can be looked at even where the client in use would refuse the spelling. Which client
//! refuses which is for the console room.

/// memcached's port.
const PORT: u16 = 11211;

/// Where a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Server {
    /// By TCP.
    Tcp {
        /// A name or an address, without brackets.
        host: String,
        /// The port.
        port: u16,
    },
    /// By a Unix socket.
    Unix {
        /// Its path.
        path: String,
    },
}

impl Server {
    /// `host`, `host:port`, `[v6]:port`, a bare IPv6 address, the prefixes `inet:` and `inet6:`, `unix:/path`, `/path`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return (!path.is_empty()).then(|| Self::Unix { path: path.to_owned() });
        }
        if text.starts_with('/') {
            return Some(Self::Unix { path: text.to_owned() });
        }
        let text = text.strip_prefix("inet6:").or_else(|| text.strip_prefix("inet:")).unwrap_or(text);
        let (host, port) = if let Some(rest) = text.strip_prefix('[') {
            let (host, port) = rest.split_once(']')?;
            (host, if port.is_empty() { None } else { Some(port.strip_prefix(':')?) })
        } else if text.parse::<std::net::Ipv6Addr>().is_ok() {
            (text, None)
        } else {
            text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)))
        };
        let port = match port {
            Some(port) => port.parse().ok().filter(|port| *port != 0)?,
            None => PORT,
        };
        (!host.is_empty()).then(|| Self::Tcp { host: host.to_owned(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(host: &str, port: u16) -> Server {
        Server::Tcp { host: host.to_owned(), port }
    }

    #[test]
    fn every_spelling_of_a_node_is_read() {
        assert_eq!(Server::parse("ctl1"), Some(tcp("ctl1", 11211)));
        assert_eq!(Server::parse(" 10.0.0.1:11212 "), Some(tcp("10.0.0.1", 11212)));
        assert_eq!(Server::parse("inet:ctl1:1"), Some(tcp("ctl1", 1)));
        assert_eq!(Server::parse("inet6:[::1]:5"), Some(tcp("::1", 5)));
        assert_eq!(Server::parse("inet6:[::1]"), Some(tcp("::1", 11211)));
        assert_eq!(Server::parse("[fd00::1]:7"), Some(tcp("fd00::1", 7)));
        assert_eq!(Server::parse("::1"), Some(tcp("::1", 11211)));
        assert_eq!(Server::parse("unix:/run/m.sock"), Some(Server::Unix { path: "/run/m.sock".to_owned() }));
        assert_eq!(Server::parse("/run/m.sock"), Some(Server::Unix { path: "/run/m.sock".to_owned() }));
    }

    #[test]
    fn what_is_no_node_is_none() {
        for text in ["", ":11211", "ctl1:", "ctl1:port", "ctl1:70000", "ctl1:0", "[::1", "[::1]x", "unix:", "a:1:2"] {
            assert_eq!(Server::parse(text), None, "{text:?}");
        }
    }
}

//! Urls that carry credentials: what is certain about them.
//!
//! `scheme://user:password@host:port,user:password@host:port/path?query` keeps scheme, hosts, ports and path. Passwords are
//! often pasted without escaping, so a `@`, `/`, `?`, `#` or a comma that may belong to one means that nothing is kept.

use super::HIDDEN;

/// The url without credentials and query; `None` when it is not certain what is what.
pub(super) fn without_credentials(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    if !is_scheme(scheme) {
        return None;
    }
    if rest.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '\\')) {
        return None;
    }
    let (network, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    // none of these urls has a fragment
    if tail.contains(['@', '#']) || tail.contains("://") {
        return None;
    }
    let members: Vec<_> = network.split(',').collect();
    let mut kept = Vec::with_capacity(members.len());
    for (nth, member) in members.iter().enumerate() {
        let last = nth + 1 == members.len();
        kept.push(host_of(member, network.contains('@'), !last)?);
    }
    let path = tail.split('?').next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._~%-$".contains(c);
    let path = if path.chars().all(plain) { path } else { "/***" };
    Some(format!("{scheme}://{}{path}", kept.join(",")))
}

/// Schemes that such urls have; anything else may be a piece of a password. The driver follows behind a plus sign.
fn is_scheme(text: &str) -> bool {
    const SCHEMES: [&str; 22] = [
        "amqp",
        "elasticsearch",
        "fake",
        "http",
        "https",
        "jaeger",
        "kafka",
        "kombu",
        "mariadb",
        "messaging",
        "mongodb",
        "mysql",
        "otlp",
        "pika",
        "postgres",
        "postgresql",
        "rabbit",
        "redis",
        "rediss",
        "redissentinel",
        "sqlite",
        "zmq",
    ];
    const DRIVERS: [&str; 9] =
        ["aiomysql", "aiosqlite", "asyncpg", "http", "mysqlconnector", "mysqldb", "psycopg", "psycopg2", "pymysql"];
    let (scheme, driver) = text.split_once('+').unwrap_or((text, "http"));
    SCHEMES.contains(&scheme) && DRIVERS.contains(&driver)
}

/// One member of the network part. When any member has credentials each must, and all but the last need a port.
fn host_of(member: &str, credentials: bool, port_needed: bool) -> Option<String> {
    if !credentials {
        return (member.is_empty() || is_host_and_port(member, false)).then(|| member.to_owned());
    }
    let (_, host) = member.split_once('@')?;
    is_host_and_port(host, port_needed).then(|| format!("{HIDDEN}@{host}"))
}

/// Arguments without which a backend cannot work: that they are there is kept, their value is not.
const CACHE_ARGUMENTS: [&str; 3] = ["url", "filename", "db_hosts"];

/// `[cache] backend_argument`: `url:` with hosts, without credentials; of the other arguments at most the name.
pub(super) fn cache_argument(text: &str) -> Option<String> {
    let (name, value) = text.split_once(':')?;
    if !CACHE_ARGUMENTS.contains(&name) {
        return None;
    }
    let kept = match value {
        _ if name != "url" => None,
        url if url.contains("://") => without_credentials(url),
        list => list.split(',').all(|h| is_host_and_port(h.trim(), false)).then(|| list.to_owned()),
    };
    Some(format!("{name}:{}", kept.as_deref().unwrap_or(HIDDEN)))
}

/// A host with or without a port: names, addresses, `$name` and `${name}`, nothing looser.
pub(super) fn is_host_and_port(text: &str, port_needed: bool) -> bool {
    let (host, port) = if let Some(inside) = text.strip_prefix('[') {
        let Some((address, rest)) = inside.split_once(']') else {
            return false;
        };
        if address.parse::<std::net::Ipv6Addr>().is_err() {
            return false;
        }
        match rest.strip_prefix(':') {
            Some(port) => (None, Some(port)),
            None if rest.is_empty() => (None, None),
            None => return false,
        }
    } else {
        match text.rsplit_once(':') {
            Some((host, port)) => (Some(host), Some(port)),
            None => (Some(text), None),
        }
    };
    let digits = |p: &str| (1..=5).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit());
    host.is_none_or(|h| is_name(h) || is_reference(h))
        && match port {
            Some(port) => digits(port) || is_reference(port),
            None => !port_needed,
        }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.len() <= 253
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

/// `$name`, with or without braces.
fn is_reference(text: &str) -> bool {
    let Some(name) = text.strip_prefix('$') else {
        return false;
    };
    let name = name.strip_prefix('{').and_then(|n| n.strip_suffix('}')).unwrap_or(name);
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
}

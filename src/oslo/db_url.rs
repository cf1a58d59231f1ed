//! A database connection as SQLAlchemy reads it: `mysql+pymysql://user:password@host:port/name?query`.
//!
//! Follows `make_url` (`sqlalchemy/engine/url.py` 1.3.24, 1.4.54, 2.0.51; the last two read alike): which `@`, `/` and `?` ends
//! what, percent escapes, what a port may be. Nova runs with 1.3 and older up to Wallaby (23), with 1.4 and newer from Xena (24)
//! on. What the driver makes of the parts is in [`driver`]. The password is shown by nothing here, errors included.

pub mod driver;

use std::fmt;

/// First release of nova that runs with SQLAlchemy 1.4, where a password ends at the first `@`.
const STRICT_FROM: u16 = 24;

/// A connection in its parts, escapes resolved.
#[derive(Clone, PartialEq, Eq)]
pub struct DbUrl {
    /// `mysql+pymysql`
    pub scheme: String,
    /// who logs in
    pub user: Option<String>,
    password: Option<String>,
    /// name or address, without brackets; may be a list for PostgreSQL
    pub host: Option<String>,
    /// as written, which may be no port at all
    pub port: Option<i64>,
    /// its name, or the path of an SQLite file
    pub database: Option<String>,
    query: Vec<(String, String)>,
}

/// Why a text is no connection. Says nothing of the text itself: it may be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DbUrlError {
    /// no `scheme://`
    #[error("it is no url: scheme:// is missing")]
    Scheme,
    /// something else than a number
    #[error("its port is no number; an @, /, ? or : in a user name or password must be written as %40, %2F, %3F, %3A")]
    Port,
}

impl DbUrl {
    /// Reads a connection as this release's SQLAlchemy does.
    ///
    /// # Errors
    /// SQLAlchemy raises `ArgumentError` or `ValueError`: no service that needs the database starts, or every use of it fails.
    pub fn parse(text: &str, release: u16) -> Result<Self, DbUrlError> {
        let strict = release >= STRICT_FROM;
        let (scheme, rest) = text.split_once("://").ok_or(DbUrlError::Scheme)?;
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '+';
        if scheme.is_empty() || !scheme.chars().all(is_word) {
            return Err(DbUrlError::Scheme);
        }
        let (user, password, rest) = credentials(rest, strict);
        let (host, rest) = host(rest, strict);
        let (port, rest) = match rest.strip_prefix(':') {
            Some(rest) => {
                let (port, rest) = rest.split_at(end(rest, if strict { "/?" } else { "/" }));
                (Some(port), rest)
            }
            None => (None, rest),
        };
        let (database, query) = tail(rest, strict);
        Ok(Self {
            scheme: scheme.to_owned(),
            user: user.map(unquoted),
            password: password.map(unquoted),
            host: host.map(str::to_owned),
            port: number(port)?,
            database: database.map(str::to_owned),
            query: query.map(pairs).unwrap_or_default(),
        })
    }

    /// The password: for the wire only.
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// A parameter behind the `?`; the first of several. It may hold a secret.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters(name).next()
    }

    /// Every value of a parameter, in order.
    pub fn parameters(&self, name: &str) -> impl Iterator<Item = &str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Names of the parameters, each once, in order.
    pub fn parameter_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in &self.query {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }
}

/// Neither password nor parameters.
impl fmt::Debug for DbUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("DbUrl")
            .field("scheme", &self.scheme)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}

/// Where the first of these characters stands, or the end of the text.
fn end(text: &str, marks: &str) -> usize {
    text.find(|c| marks.contains(c)).unwrap_or(text.len())
}

/// A line's part: a dot of Python's matches everything but the end of a line.
fn line(text: &str) -> &str {
    &text[..end(text, "\n")]
}

/// `user:password@`, `user@` or nothing. A password ends at its first `@`, up to 1.3 at the last one of the line.
fn credentials(text: &str, strict: bool) -> (Option<&str>, Option<&str>, &str) {
    let run = end(text, ":/");
    if let Some(behind) = text[run..].strip_prefix(':') {
        let at = if strict { behind.find('@') } else { line(behind).rfind('@') };
        if let Some(at) = at {
            return (Some(&text[..run]), Some(&behind[..at]), &behind[at + 1..]);
        }
    }
    match text[..run].rfind('@') {
        Some(at) => (Some(&text[..at]), None, &text[at + 1..]),
        None => (None, None, text),
    }
}

/// A host, or an IPv6 address in brackets.
fn host(text: &str, strict: bool) -> (Option<&str>, &str) {
    if let Some(inside) = text.strip_prefix('[') {
        let run = &inside[..end(inside, if strict { "/?" } else { "/" })];
        if let Some(close) = run.rfind(']').filter(|close| *close > 0) {
            return (Some(&inside[..close]), &inside[close + 1..]);
        }
    }
    let (host, rest) = text.split_at(end(text, if strict { "/:?" } else { "/:" }));
    (Some(host).filter(|host| !host.is_empty()), rest)
}

/// The database and the query. Up to 1.3 a query needs a `/` before it and ends at a second `?`.
fn tail(text: &str, strict: bool) -> (Option<&str>, Option<&str>) {
    if !strict {
        let Some(rest) = text.strip_prefix('/') else { return (None, None) };
        let mut parts = line(rest).splitn(3, '?');
        return (parts.next(), parts.next());
    }
    let (database, rest) = match text.strip_prefix('/') {
        Some(rest) => {
            let (database, rest) = rest.split_at(end(rest, "?"));
            (Some(database), rest)
        }
        None => (None, text),
    };
    (database, rest.strip_prefix('?').map(line))
}

/// As Python's `int` reads it; nothing at all behind the colon is an error.
fn number(port: Option<&str>) -> Result<Option<i64>, DbUrlError> {
    match port {
        None => Ok(None),
        Some(text) => {
            let text = text.trim();
            let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
            let grouped = !digits.starts_with('_') && !digits.ends_with('_') && !digits.contains("__");
            if digits.is_empty() || !grouped || !digits.bytes().all(|b| b.is_ascii_digit() || b == b'_') {
                return Err(DbUrlError::Port);
            }
            text.replace('_', "").parse().map(Some).map_err(|_| DbUrlError::Port)
        }
    }
}

/// `urllib.parse.unquote`: escapes become bytes of UTF-8, a broken one stays as it is.
fn unquoted(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let hex = |byte: Option<&u8>| byte.and_then(|b| (*b as char).to_digit(16));
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if let (b'%', Some(high), Some(low)) = (byte, hex(bytes.get(at + 1)), hex(bytes.get(at + 2))) {
            out.push((high * 16 + low) as u8);
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// `urllib.parse.parse_qsl`: pairs without a value are dropped, a plus sign is a space.
fn pairs(text: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| unquoted(&text.replace('+', " "));
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn where_a_password_ends_hangs_on_the_release() {
        let text = "mysql+pymysql://nova:p@ss@db1:3306/nova?charset=utf8";
        let old = DbUrl::parse(text, 23).unwrap();
        assert_eq!((old.password(), old.host.as_deref(), old.port), (Some("p@ss"), Some("db1"), Some(3306)));
        let new = DbUrl::parse(text, 24).unwrap();
        assert_eq!((new.password(), new.host.as_deref(), new.port), (Some("p"), Some("ss@db1"), Some(3306)));
    }

    #[test]
    fn nothing_shows_the_password() {
        let url = DbUrl::parse("mysql://nova:hunter2@db1/nova?passwd=hunter2", 30).unwrap();
        assert!(!format!("{url:?}").contains("hunter2"));
        let error = DbUrl::parse("mysql://nova:hunter2:3@db1:hunter2/nova", 30).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("hunter2"));
        assert_eq!(DbUrl::parse("hunter2", 30), Err(DbUrlError::Scheme));
    }
}

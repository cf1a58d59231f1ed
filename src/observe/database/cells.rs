//! Cell mappings: which database and message bus each cell has, templates filled in as nova does.
//!
//! From Stein (19) on a mapping may be `{scheme}://{username}:{password}@{hostname}:{port}/{path}?{query}`, which every
//! service fills in from its own `[database] connection` or transport_url (`nova/objects/cell_mapping.py`, `_format_url`). With
//! several hosts in a message bus there are `{hostname1}`, `{port1}` and so on too.

use super::text;
use super::wire::Row;
use crate::evidence::database::Cell;
use crate::oslo::redact;
use crate::oslo::secret::Secret;

/// A row of cell_mappings, with its secrets.
pub(crate) struct Mapping {
    uuid: String,
    name: Option<String>,
    disabled: bool,
    database: Secret,
    transport: Secret,
}

impl Mapping {
    /// From uuid, name, disabled, database_connection, transport_url.
    pub(super) fn of(row: &Row) -> Option<Self> {
        let uuid = text(row, 0)?;
        let plain = |text: String| -> String { text.chars().filter(|c| !c.is_control()).take(255).collect() };
        Some(Self {
            uuid: plain(uuid),
            name: text(row, 1).map(plain),
            disabled: text(row, 2).is_some_and(|disabled| matches!(disabled.as_str(), "1" | "t" | "true")),
            database: Secret::new(text(row, 3).unwrap_or_default()),
            transport: Secret::new(text(row, 4).unwrap_or_default()),
        })
    }

    /// Its uuid.
    pub(crate) fn uuid(&self) -> &str {
        &self.uuid
    }

    /// Its database as a service with this connection gets it; `Err` with the reason where it gets none.
    pub(crate) fn database(&self, own: Option<&Secret>) -> Result<Secret, String> {
        filled(&self.database, own, "[database] connection")
    }

    /// What of it is evidence, filled in from a host's own connection and message bus.
    pub(crate) fn cell(&self, own: Option<&Secret>, bus: Option<&Secret>) -> Cell {
        let kept = |name, url: Result<Secret, String>| {
            let section = if name == "connection" { "database" } else { "DEFAULT" };
            url.map_or_else(|_| redact::HIDDEN.to_owned(), |url| redact::value(section, name, url.reveal()).text)
        };
        let database = self.database(own);
        let problem = database.as_ref().err().cloned();
        Cell {
            uuid: self.uuid.clone(),
            name: self.name.clone(),
            disabled: self.disabled,
            database: kept("connection", database),
            transport: kept("transport_url", filled(&self.transport, bus, "[DEFAULT] transport_url")),
            template: self.database.reveal().contains('{') || self.transport.reveal().contains('{'),
            problem,
        }
    }
}

/// A template with the parts of a url of one's own. A text without braces stays as it is.
///
/// # Errors
/// What is missing, in words without any of the text: nova logs it and goes on with the template itself.
pub(super) fn filled(template: &Secret, own: Option<&Secret>, option: &str) -> Result<Secret, String> {
    let text = template.reveal();
    if !text.contains(['{', '}']) {
        return Ok(Secret::new(text.to_owned()));
    }
    let own = own.ok_or_else(|| format!("it is a template, and {option} that would fill it in is not set"))?;
    let parts = parts(own.reveal());
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        let after = &rest[at + 1..];
        if let Some(doubled) = after.strip_prefix(brace) {
            out.push_str(brace);
            rest = doubled;
            continue;
        }
        let (name, behind) = after
            .split_once('}')
            .filter(|_| brace == "{")
            .ok_or_else(|| "a brace of the template is left open".to_owned())?;
        let value = parts.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        let value = value.ok_or_else(|| "the template asks for a part that no url has".to_owned())?;
        // Python writes a part that is not there as None
        out.push_str(value.as_deref().unwrap_or("None"));
        rest = behind;
    }
    out.push_str(rest);
    Ok(Secret::new(out))
}

type Parts = Vec<(String, Option<String>)>;

/// The parts of a url as `urllib.parse.urlparse` gives them: nothing is unquoted.
fn parts(url: &str) -> Parts {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (network, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut parts: Parts = vec![
        ("scheme".to_owned(), Some(scheme.to_ascii_lowercase())),
        ("path".to_owned(), Some(path.trim_start_matches('/').to_owned())),
        ("query".to_owned(), Some(query.to_owned())),
        ("fragment".to_owned(), Some(fragment.to_owned())),
    ];
    parts.extend(member(network, true).map(|(name, value)| (name.to_owned(), value)));
    if network.contains(',') {
        for (nth, one) in network.split(',').enumerate() {
            parts.extend(member(one, false).map(|(name, value)| (format!("{name}{}", nth + 1), value)));
        }
    }
    parts
}

/// `user:password@host:port`. A url's own host is in lower case, and its credentials end at the last `@`.
fn member(network: &str, whole: bool) -> [(&'static str, Option<String>); 4] {
    let split = if whole { network.rsplit_once('@') } else { network.split_once('@') };
    let (credentials, host) = split.map_or((None, network), |(credentials, host)| (Some(credentials), host));
    let (user, password) = match credentials.and_then(|text| text.split_once(':')) {
        Some((user, password)) => (Some(user), Some(password)),
        None => (credentials, None),
    };
    let (host, port) = match host.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
        Some((address, port)) => (address, port.strip_prefix(':')),
        None => host.split_once(':').map_or((host, None), |(host, port)| (host, Some(port))),
    };
    let host = if whole { host.to_lowercase() } else { host.to_owned() };
    let owned = |text: Option<&str>| text.map(str::to_owned);
    [
        ("username", owned(user)),
        ("password", owned(password)),
        ("hostname", Some(host).filter(|host| !host.is_empty())),
        ("port", owned(port).filter(|port| !port.is_empty())),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(template: &str, own: &str) -> Result<String, String> {
        let own = Secret::new(own.to_owned());
        filled(&Secret::new(template.to_owned()), Some(&own), "[database] connection")
            .map(|url| url.reveal().to_owned())
    }

    #[test]
    fn a_template_takes_the_hosts_own_parts() {
        let own = "mysql+pymysql://nova:p%40ss@DB1:3306/nova?charset=utf8";
        let template = "{scheme}://{username}:{password}@{hostname}:{port}/nova_cell1?{query}";
        assert_eq!(fill(template, own).as_deref(), Ok("mysql+pymysql://nova:p%40ss@db1:3306/nova_cell1?charset=utf8"));
        assert_eq!(fill("mysql://{{x}}", own).as_deref(), Ok("mysql://{x}"));
        // python's None: nova then fails on the port
        assert_eq!(fill("x://{hostname}:{port}/", "mysql://n:p@db/nova").as_deref(), Ok("x://db:None/"));
    }

    #[test]
    fn several_members_have_numbers() {
        let own = "rabbit://a:b@h1:5672,c:d@h2:5673/vhost";
        assert_eq!(
            fill("rabbit://{username2}:{password2}@{hostname2}:{port2}/x", own).as_deref(),
            Ok("rabbit://c:d@h2:5673/x")
        );
    }

    #[test]
    fn what_cannot_be_filled_in_says_so_without_the_text() {
        assert!(fill("{scheme}://{hunter2}", "mysql://h/d").is_err_and(|text| !text.contains("hunter2")));
        assert!(fill("{scheme", "mysql://h/d").is_err());
        assert!(filled(&Secret::new("{scheme}://x".to_owned()), None, "[database] connection").is_err());
        assert!(filled(&Secret::new("mysql://x".to_owned()), None, "x").is_ok());
    }
}

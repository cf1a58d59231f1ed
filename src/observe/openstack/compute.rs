//! nova-api: its microversions, servers, service records, a console, and what a console token stands for.
//!
//! What only reads is asked at the newest microversion there is (`latest`): from 2.69 on nova then tells of cells that do
//! not answer, too. A console is made only where the user named a server.

use super::few::Few;
use super::identity::below;
use super::wire::{Ask, Peer, Reply, Wire};
use crate::console::microversion::Microversion;
use crate::evidence::api::{KnownToken, Microversions, Question, Server, ServiceRecord};
use crate::oslo::secret::Secret;
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Value, json};

/// The most servers of one name that are listed.
const MOST_SERVERS: usize = 50;

/// A nova-api and who asks it.
pub(super) struct Nova<'w> {
    pub(super) wire: &'w Wire<'w>,
    pub(super) at: Peer,
    pub(super) token: &'w Secret,
    /// The endpoint, with a version in its path.
    pub(super) base: Url,
}

#[derive(Deserialize)]
struct OneServer {
    server: RawServer,
}

#[derive(Deserialize)]
struct ManyServers {
    servers: Few<RawServer>,
}

/// A server as nova shows it.
#[derive(Deserialize)]
struct RawServer {
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(rename = "OS-EXT-STS:vm_state", default)]
    vm_state: Option<String>,
    #[serde(rename = "OS-EXT-STS:task_state", default)]
    task_state: Option<String>,
    #[serde(rename = "OS-EXT-STS:power_state", default)]
    power_state: Option<i64>,
    #[serde(rename = "OS-EXT-SRV-ATTR:host", default)]
    host: Option<String>,
    #[serde(rename = "OS-EXT-SRV-ATTR:instance_name", default)]
    domain: Option<String>,
    #[serde(default)]
    fault: Option<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct Services {
    services: Few<RawService>,
}

#[derive(Deserialize)]
struct RawService {
    #[serde(default)]
    binary: String,
    #[serde(default)]
    host: String,
    #[serde(default)]
    zone: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    updated_at: Option<String>,
    #[serde(default)]
    disabled_reason: Option<String>,
}

/// What became of a console token's look-up.
#[derive(Deserialize)]
struct Console {
    console: ConsoleBody,
}

#[derive(Deserialize)]
struct ConsoleBody {
    #[serde(default)]
    instance_uuid: Option<String>,
    #[serde(default)]
    host: Option<String>,
    /// a string up to Queens (17), a number from Rocky on
    #[serde(default)]
    port: Option<Value>,
}

impl Nova<'_> {
    /// Which microversions there are.
    pub(super) async fn versions(&self) -> Option<Microversions> {
        versions_at(self.wire, &self.at, self.token, &below(&versioned(&self.base)?, "")).await?.into_iter().next()
    }

    /// A server by its id; `None` where nova-api does not know it or does not tell.
    pub(super) async fn server(&self, id: &str, because: &str) -> Option<Server> {
        let reply = self.read(Question::Server, &format!("servers/{id}"), None, because).await?;
        Some(self.shown(reply.read::<OneServer>()?.server))
    }

    /// Servers of exactly this name, of the user's project or of all.
    pub(super) async fn servers(&self, name: &str, everywhere: bool) -> Option<Vec<Server>> {
        let pattern = format!("^{}$", escaped(name));
        let mut query = vec![("name", pattern), ("limit", MOST_SERVERS.to_string())];
        if everywhere {
            query.push(("all_tenants", "1".to_owned()));
        }
        let reply = self.read(Question::Servers, "servers/detail", Some(&query), "the name of the server").await?;
        let list = reply.read::<ManyServers>()?.servers.0;
        Some(list.into_iter().map(|one| self.shown(one)).filter(|one| one.name == name).collect())
    }

    /// Nova's service records.
    pub(super) async fn services(&self) -> Option<Vec<ServiceRecord>> {
        let reply = self.read(Question::Services, "os-services", None, "the compute endpoint").await?;
        let record = |one: RawService| ServiceRecord {
            binary: one.binary,
            host: one.host,
            zone: one.zone,
            state: one.state,
            status: one.status,
            updated_at: one.updated_at,
            disabled_reason: one.disabled_reason.map(|reason| self.wire.hidden(&reason)),
        };
        Some(reply.read::<Services>()?.services.0.into_iter().map(record).collect())
    }

    /// A console of a server: its URL, as nova-api hands it out. Makes a token.
    pub(super) async fn console(&self, id: &str, newest: Option<Microversion>) -> Option<String> {
        let new = newest.is_some_and(|newest| newest >= Microversion::REMOTE_CONSOLES);
        let (path, body, microversion) = if new {
            let body = json!({"remote_console": {"protocol": "vnc", "type": "novnc"}});
            (format!("servers/{id}/remote-consoles"), body, Some(Microversion::REMOTE_CONSOLES.to_string()))
        } else {
            (format!("servers/{id}/action"), json!({"os-getVNCConsole": {"type": "novnc"}}), None)
        };
        let ask = Ask { body: Some(body), ..Ask::get(Question::Console, below(&self.base, &path), "the server") };
        let ask = ask.token(self.token).microversion(microversion.as_deref());
        let answer: Value = self.wire.ask(&self.at, ask).await?.read()?;
        let console = answer.get("remote_console").or_else(|| answer.get("console"))?;
        Some(console.get("url")?.as_str()?.to_owned())
    }

    /// What a console token stands for; `None` where nova-api does not tell.
    pub(super) async fn console_token(&self, token: &str) -> Option<KnownToken> {
        let microversion = Microversion::ANY_CONSOLE_TOKEN.to_string();
        let url = below(&self.base, &format!("os-console-auth-tokens/{token}"));
        let ask = Ask::get(Question::ConsoleToken, url, "the console token");
        let reply = self.wire.ask(&self.at, ask.token(self.token).microversion(Some(&microversion))).await?;
        if reply.status == 404 {
            return Some(KnownToken::Unknown);
        }
        let console = reply.read::<Console>()?.console;
        let port = console.port.and_then(|port| match port {
            Value::String(text) => text.parse().ok(),
            other => other.as_u64().and_then(|port| u16::try_from(port).ok()),
        });
        Some(KnownToken::Known { instance: console.instance_uuid, host: console.host, port })
    }

    async fn read(
        &self,
        question: Question,
        path: &str,
        query: Option<&[(&str, String)]>,
        because: &str,
    ) -> Option<Reply> {
        let mut url = below(&self.base, path);
        if let Some(query) = query {
            url.query_pairs_mut().extend_pairs(query);
        }
        let ask = Ask::get(question, url, because).token(self.token).microversion(Some("latest"));
        self.wire.ask(&self.at, ask).await
    }

    fn shown(&self, raw: RawServer) -> Server {
        Server {
            id: raw.id,
            name: raw.name,
            status: raw.status,
            vm_state: raw.vm_state,
            task_state: raw.task_state,
            power_state: raw.power_state,
            host: raw.host,
            domain: raw.domain,
            fault: raw.fault.map(|fault| self.wire.quoted(fault.message.as_bytes())),
        }
    }
}

/// The versions that a URL tells of, the one to use first.
pub(super) async fn versions_at(wire: &Wire<'_>, at: &Peer, token: &Secret, url: &Url) -> Option<Vec<Microversions>> {
    let ask = Ask::get(Question::ComputeVersions, url.clone(), "the compute endpoint").token(token);
    let found: Value = wire.ask(at, ask).await?.read()?;
    let one = |version: &Value| {
        let text = |key: &str| version.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        Microversions { id: text("id"), newest: text("version") }
    };
    if let Some(version) = found.get("version") {
        return Some(vec![one(version)]);
    }
    let list = found.get("versions").or_else(|| found.get("choices"))?.as_array()?;
    let mut all: Vec<Microversions> = list.iter().take(16).map(one).collect();
    all.sort_by_key(|version| version.id != "v2.1");
    (!all.is_empty()).then_some(all)
}

/// The URL up to its version: `http://ctl:8774/v2.1` of `http://ctl:8774/v2.1/PROJECT`; `None` where it has none.
pub(super) fn versioned(url: &Url) -> Option<Url> {
    let parts: Vec<&str> = url.path().split('/').collect();
    let is_version =
        |part: &&str| part.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let at = parts.iter().rposition(is_version)?;
    let mut root = url.clone();
    root.set_path(&parts[..=at].join("/"));
    Some(root)
}

/// A name as nova's filter takes it, which is a regular expression of its database.
fn escaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for c in name.chars() {
        if r".^$*+?()[]{}|\".contains(c) {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{escaped, versioned};

    #[test]
    fn a_version_is_found_in_the_path() {
        let of = |url: &str| versioned(&url.parse().unwrap()).map(|url| url.to_string());
        assert_eq!(of("http://ctl:8774/v2.1/0123").unwrap(), "http://ctl:8774/v2.1");
        assert_eq!(of("http://ctl:8774/v2/").unwrap(), "http://ctl:8774/v2");
        assert_eq!(of("https://ctl/compute/v2.1").unwrap(), "https://ctl/compute/v2.1");
        assert_eq!(of("https://ctl/compute"), None);
        assert_eq!(of("https://ctl/vms/"), None);
    }

    #[test]
    fn a_name_is_no_pattern() {
        assert_eq!(escaped("web-1.example (old)"), r"web-1\.example \(old\)");
    }
}

//! nova-novncproxy reads another database than the one in which tokens are written.

use super::Cause;
use super::console_words::{at_section, confidence, proxies, proxy_remedy};
use super::peer_words::{Peer, all_read};
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Severity};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::oslo::config::{Config, Setting};

const META: CauseMeta = CauseMeta {
    id: "cell-database-wrong",
    home: 14,
    releases: "18-34",
    severity: Severity::Error,
    field: &["B1"],
    title: "nova-novncproxy reads a database that has no console tokens",
    needs: &[Need::Config],
    explanation: "\
From Rocky (18) on a token is a row of console_auth_tokens in the database of the cell that runs the instance: nova-conductor of
that cell writes it, and nova-novncproxy looks it up in its own `[database] connection`
(nova/objects/console_auth_token.py, authorize and validate). The proxy knows no cell mappings. With nova_cell0, with nova_api,
with another cell's database or with none, every good token `is invalid or has expired`, and the browser shows code 1006; the
API's own look at the token goes through all cells and finds it.

Each cell needs proxies of its own: give them the database and the message bus of that cell, and give novncproxy_base_url of
the cell's compute nodes their address.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// First release whose proxy reads the database.
const FIRST: u16 = 18;

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let holds = case.releases.within(|release| release >= FIRST);
    if holds.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<Finding> = Vec::new();
    for (host, config) in proxies(case, Basis::Guessed) {
        let setting = config.get("database", "connection");
        let Some(wrong) = wrong(case, host, &config, &setting) else { continue };
        found.push(finding(case, host, &setting, &holds, &wrong));
    }
    found
}

/// What is wrong with the database of a proxy.
struct Wrong<'c, 'e> {
    text: String,
    severity: Severity,
    confidence: Confidence,
    /// Another host's line that shows it.
    shown: Option<(&'c HostView<'e>, Setting, String)>,
}

impl Wrong<'_, '_> {
    fn certain(text: String) -> Self {
        Self { text, severity: Severity::Error, confidence: Confidence::Certain, shown: None }
    }
}

fn wrong<'c, 'e>(case: &'c Case<'e>, host: &HostView, config: &Config, setting: &Setting) -> Option<Wrong<'c, 'e>> {
    if !setting.is_set() {
        return missing(host, config).then(|| Wrong {
            confidence: Confidence::Likely,
            ..Wrong::certain("has no [database] connection, and looks for tokens there".to_owned())
        });
    }
    let own = Peer::of(setting)?;
    if own.path.ends_with("cell0") {
        // right in the file of services that serve all cells, which a proxy may not read
        host.runs(Service::Novncproxy).filter(|basis| *basis == Basis::Told)?;
        let text = format!("looks for tokens in the database {}: cell0 runs no instances and has no tokens", own.path);
        return Some(Wrong::certain(text));
    }
    if let Some((api, line)) = api_database(case, &own) {
        let text = format!("looks for tokens in the API database {}, which has none", own.path);
        let shown = Some((api, line, "the same, as the API database".to_owned()));
        return Some(Wrong { shown, ..Wrong::certain(text) });
    }
    if own.path.ends_with("_api") {
        let text = format!("looks for tokens in the database {}, which by its name is the API's", own.path);
        return Some(Wrong { confidence: Confidence::Likely, ..Wrong::certain(text) });
    }
    let (conductor, line, other) = other_cell(case, &own)?;
    let text =
        format!("looks for tokens in the database {}, and nova-conductor writes them to {}", own.path, other.path);
    Some(Wrong {
        text,
        // the proxy may belong to a cell whose conductor was not given
        severity: Severity::Warning,
        confidence: Confidence::Likely,
        shown: Some((conductor, line, format!("nova-conductor of {} writes to {}", conductor.name(), other.path))),
    })
}

/// No database where all else of a whole configuration is there. Only where the proxy's own files are known.
fn missing(host: &HostView, config: &Config) -> bool {
    host.runs(Service::Novncproxy) == Some(Basis::Told)
        && all_read(host)
        && config.get("DEFAULT", "transport_url").is_set()
        && !config.get("DEFAULT", "config_source").is_set()
}

/// Whoever has this very database as its API database.
fn api_database<'c, 'e>(case: &'c Case<'e>, own: &Peer) -> Option<(&'c HostView<'e>, Setting)> {
    case.hosts.iter().find_map(|host| {
        host.roles.iter().find_map(|(service, _)| {
            let setting = host.config(*service, case.releases.newest())?.get("api_database", "connection");
            (Peer::of(&setting)? == *own).then_some((host, setting))
        })
    })
}

/// A conductor of another database, if no conductor that was seen writes to the proxy's. The one that serves all cells, and
/// so has cell0, writes no tokens.
fn other_cell<'c, 'e>(case: &'c Case<'e>, own: &Peer) -> Option<(&'c HostView<'e>, Setting, Peer)> {
    let conductors: Vec<_> = case
        .running(Service::Conductor, Basis::Told)
        .into_iter()
        .filter_map(|host| {
            let setting = host.config(Service::Conductor, case.releases.newest())?.get("database", "connection");
            let peer = Peer::of(&setting).filter(|peer| !peer.path.ends_with("cell0"))?;
            Some((host, setting, peer))
        })
        .collect();
    if conductors.iter().any(|(.., peer)| peer.path == own.path) {
        return None;
    }
    conductors.into_iter().next()
}

fn finding(case: &Case, host: &HostView, setting: &Setting, holds: &[u16], wrong: &Wrong) -> Finding {
    let basis = host.runs(Service::Novncproxy).unwrap_or(Basis::Maybe);
    let told = basis == Basis::Told && holds.len() == case.releases.candidates.len();
    let severity = if told { wrong.severity } else { Severity::Note };
    let mut draft = Draft::new(&META, severity, format!("nova-novncproxy on {} {}", host.name(), wrong.text))
        .releases(Case::span(holds))
        .confidence(if told { wrong.confidence.min(confidence(basis)) } else { Confidence::Possible })
        .host(host.host)
        .service(Service::Novncproxy)
        .remedy(proxy_remedy(format!(
            "in the nova.conf that nova-novncproxy on {} reads, give [database] connection the database of its cell",
            host.name()
        )));
    draft = match (host.entry(setting), at_section(host, Service::Novncproxy, "DEFAULT")) {
        (Some((file, entry)), _) => draft.at_value(file, entry),
        (None, Some((file, span))) => draft.at(file, span, None),
        (None, None) => draft,
    };
    if let Some((other, line, text)) = &wrong.shown
        && let Some((file, entry)) = other.entry(line)
    {
        draft = draft.also(other.host, file, entry, text.clone());
    }
    if basis != Basis::Told {
        draft = draft.seen("whether the proxy reads this file is not known: --config NAME:novncproxy=PATH settles it");
    } else if !told {
        draft = draft.seen("up to queens (17) the proxy reads no database: --release NAME settles it");
    }
    draft.done()
}

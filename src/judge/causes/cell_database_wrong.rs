//! nova-novncproxy reads another database than the one in which tokens are written.

use super::Cause;
use super::cell_words::{Mates, Of};
use super::console_words::{at_section, confidence, proxies, proxy_remedy};
use super::database_words::{from_log, logged, of_api};
use super::peer_words::{Peer, all_read, some_database};
use super::wire_words::ended_at_once;
use crate::evidence::api::KnownToken;
use crate::evidence::database::{CELL0, TokenSought};
use crate::evidence::log::Failure;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Severity, Symptom};
use crate::judge::case::{Case, HostView, SessionView, label};
use crate::judge::find::Draft;
use crate::judge::words::list;
use crate::oslo::config::{Config, Setting};
use std::sync::Arc;

const META: CauseMeta = CauseMeta {
    id: "cell-database-wrong",
    home: 14,
    releases: "18-34",
    severity: Severity::Error,
    field: &["B1"],
    title: "nova-novncproxy reads a database that has no console tokens",
    needs: &[Need::Config, Need::Database, Need::Credentials, Need::Logs],
    symptoms: &[Symptom::TokenRefused, Symptom::HangsUp, Symptom::Alternates],
    explanation: "\
From Rocky (18) on a token is a row of console_auth_tokens in the database of the cell that runs the instance: nova-conductor of
that cell writes it, and nova-novncproxy looks it up in its own `[database] connection`
(nova/objects/console_auth_token.py, authorize and validate). The proxy knows no cell mappings. With nova_cell0, or another
cell's database, every good token `is invalid or has expired`; nova_api has no such table, and without a connection there is no
database, so that the log has the database's error. The browser shows code 1006 in each case. The API's own look at the token
goes through all cells and finds it.

Each cell needs proxies of its own: give them the database and the message bus of that cell, and give novncproxy_base_url of
the cell's compute nodes their address.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// First release whose proxy reads the database.
const FIRST: u16 = 18;
/// Last release whose nova-api may know a token by nova-consoleauth.
const LAST_MEMCACHED: u16 = 19;

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let holds = case.releases.within(|release| release >= FIRST);
    if holds.is_empty() {
        return Vec::new();
    }
    let mates = Mates::of(case);
    let mut found: Vec<Finding> = Vec::new();
    for (host, config) in proxies(case, Basis::Guessed) {
        let setting = config.get("database", "connection");
        let wrong = shown(case, host).or_else(|| wrong(case, &mates, host, &config, &setting));
        let Some(wrong) = wrong else { continue };
        found.push(finding(case, host, &setting, &holds, &wrong));
    }
    if found.is_empty() {
        found.extend(by_error(case, &holds));
    }
    found
}

/// The server's own words name the API's database: it has no such table, and should have none.
fn by_error(case: &Case, holds: &[u16]) -> Option<Finding> {
    let (told, text) = logged(case, &[1146], &[]).filter(|(_, text)| of_api(text))?;
    let host = &told.view.host.name;
    let message = format!(
        "nova-novncproxy on {host} looks for tokens in a database that by its name is the API's, which has none"
    );
    let remedy = proxy_remedy(
        "in the nova.conf that nova-novncproxy reads, give [database] connection the database of its cell",
    );
    let mut finding =
        from_log(&META, &told, &text, message.replace(" on  ", " ")).releases(Case::span(holds)).remedy(remedy).done();
    finding.confidence = finding.confidence.min(Confidence::Likely);
    Some(finding)
}

/// What is wrong with the database of a proxy.
struct Wrong<'c, 'e> {
    text: String,
    severity: Severity,
    confidence: Confidence,
    /// Another host's line that shows it.
    shown: Option<(&'c HostView<'e>, Arc<Setting>, String)>,
    /// What the databases show.
    seen: Vec<String>,
}

impl Wrong<'_, '_> {
    fn certain(text: String) -> Self {
        Self { text, severity: Severity::Error, confidence: Confidence::Certain, shown: None, seen: Vec::new() }
    }
}

fn wrong<'c, 'e>(
    case: &'c Case<'e>,
    mates: &Mates<'c, 'e>,
    host: &HostView,
    config: &Config,
    setting: &Setting,
) -> Option<Wrong<'c, 'e>> {
    if !setting.is_set() {
        return missing(case, host, config).then(|| Wrong {
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
    if let Some(odd) = mates.odd(host, Of::Database) {
        let others = list(&odd.mates);
        let text = format!(
            "looks for tokens in {}, and on {others}, with the same message bus and so in the same cell, in {}",
            odd.own, odd.theirs
        );
        let (mate, line) = odd.shown;
        let shown = Some((mate, line, "another database of the same cell".to_owned()));
        return Some(Wrong { severity: odd.severity, confidence: odd.confidence, shown, ..Wrong::certain(text) });
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
        seen: Vec::new(),
    })
}

/// What the databases themselves show: whose the proxy's is, and where the token lies.
fn shown<'c, 'e>(case: &'c Case<'e>, host: &HostView) -> Option<Wrong<'c, 'e>> {
    let proxies = case.databases_of(Service::Novncproxy, "database");
    let own = proxies.iter().find(|view| std::ptr::eq(view.host.host, host.host))?.seen;
    if !own.saw.answered() {
        return None;
    }
    let name = label(own);
    let wrong = |text: String, seen: String| Wrong { seen: vec![seen], ..Wrong::certain(text) };
    if own.saw.has("console_auth_tokens") == Some(false) && own.saw.has("cell_mappings") == Some(true) {
        let text = format!("looks for tokens in {name}, which is the API's database");
        return Some(wrong(text, format!("{name} has cell_mappings, and no table of console tokens")));
    }
    let told = host.runs(Service::Novncproxy) == Some(Basis::Told);
    let is_cell0 = own.saw.named_by.iter().any(|by| by.cell.as_deref() == Some(CELL0));
    if is_cell0 && told {
        let text = format!("looks for tokens in {name}: cell0 runs no instances and has no tokens");
        return Some(wrong(text, format!("the API database names {name} as cell0's")));
    }
    if own.saw.token != Some(TokenSought::Absent) {
        return None;
    }
    if case.row().is_none() {
        return known_elsewhere(case, host, &name, proxies.len());
    }
    let (holder, _) = case.row().filter(|(holder, _)| !std::ptr::eq(*holder, own))?;
    // another proxy serves the cell of this instance; this one is asked only if the url leads to it
    let served = proxies.iter().any(|view| std::ptr::eq(view.seen, holder));
    if served && !is_asked(case, host) {
        return None;
    }
    let cell = case.cell_of(holder).map(|cell| format!(", the database of {}", cell.label())).unwrap_or_default();
    let text = format!("looks for this token in {name}, and it is a row of {}{cell}", label(holder));
    Some(wrong(text, format!("{} has the token's row, {name} has not", label(holder))))
}

/// The URL leads to this very proxy, or it was seen to refuse a token.
fn is_asked(case: &Case, host: &HostView) -> bool {
    let asked = case.evidence.target.url.as_ref().map(|url| url.host.to_lowercase());
    let refuses = |view: &SessionView| {
        std::ptr::eq(view.host, host.host) && matches!(view.failure(), Some(Failure::TokenInvalid { .. }))
    };
    asked.is_some_and(|url| host.own_names.contains(&url)) || case.sessions.iter().any(refuses)
}

/// The token is good by nova-api, which asks every cell, and the proxy's own database has no row for it. No other database was
/// seen to hold it.
fn known_elsewhere<'c, 'e>(case: &Case<'e>, host: &HostView, name: &str, proxies: usize) -> Option<Wrong<'c, 'e>> {
    let api = case.api()?;
    let Some(KnownToken::Known { instance, .. }) = &api.token else { return None };
    // Rocky and Stein may know it by memcached
    let by_memcached = case.releases.candidates.iter().any(|release| *release <= LAST_MEMCACHED);
    if by_memcached || proxies > 1 && !is_asked(case, host) {
        return None;
    }
    let server = api.server.as_ref().filter(|server| instance.as_ref().is_none_or(|instance| *instance == server.id));
    let place = server.and_then(|server| server.host.as_ref()).map(|host| format!(" (its server is on {host})"));
    let text =
        format!("looks for this token in {name}, which has no row for it, and nova-api knows it by another cell");
    let seen = format!(
        "os-console-auth-tokens of nova-api, which asks every cell, knows the token{}",
        place.unwrap_or_default()
    );
    Some(Wrong { confidence: Confidence::Likely, seen: vec![seen], ..Wrong::certain(text) })
}

/// No database where all else of a whole configuration is there. Only where the proxy's own files are known.
fn missing(case: &Case, host: &HostView, config: &Config) -> bool {
    host.runs(Service::Novncproxy) == Some(Basis::Told)
        && all_read(host)
        && some_database(case, "database")
        && config.get("DEFAULT", "transport_url").is_set()
        && !config.get("DEFAULT", "config_source").is_set()
}

/// Whoever has this very database as its API database.
fn api_database<'c, 'e>(case: &'c Case<'e>, own: &Peer) -> Option<(&'c HostView<'e>, Arc<Setting>)> {
    case.hosts.iter().find_map(|host| {
        host.roles.iter().find_map(|(service, _)| {
            let setting = host.config(*service, case.releases.newest())?.get("api_database", "connection");
            (Peer::of(&setting)? == *own).then_some((host, setting))
        })
    })
}

/// A conductor of another database, if no conductor that was seen writes to the proxy's. The one that serves all cells, and
/// so has cell0, writes no tokens.
fn other_cell<'c, 'e>(case: &'c Case<'e>, own: &Peer) -> Option<(&'c HostView<'e>, Arc<Setting>, Peer)> {
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
    // the token lies elsewhere, and the proxy was seen to refuse it
    let refused = !wrong.seen.is_empty()
        && (case.row().is_some() || case.api().is_some_and(|api| matches!(api.token, Some(KnownToken::Known { .. }))))
        && (ended_at_once(case)
            || case.sessions.last().is_some_and(|view| matches!(view.failure(), Some(Failure::TokenInvalid { .. }))));
    let severity = if told || (refused && basis == Basis::Guessed) { wrong.severity } else { Severity::Note };
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
    for seen in &wrong.seen {
        draft = draft.seen(seen.clone());
    }
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

//! A memcached that a controller's list names does not answer.

use super::Cause;
use super::service_words::newest;
use crate::console::token_store::TokenStore;
use crate::evidence::Evidence;
use crate::evidence::dial::DialOutcome;
use crate::evidence::log::{Event, LogEvent};
use crate::evidence::memcached::{Conduct, MemcachedAnswer};
use crate::evidence::probe::Seen;
use crate::evidence::process::Service;
use crate::evidence::site::peer_of;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, StoreView, answer_of, answers};
use crate::judge::find::Draft;
use crate::judge::words::list;

const META: CauseMeta = CauseMeta {
    id: "memcached-node-down",
    home: 10,
    releases: "12-19",
    severity: Severity::Error,
    field: &["A6"],
    title: "a memcached that nova-consoleauth uses does not answer",
    needs: &[Need::Config, Need::Probe, Need::Logs],
    symptoms: &[Symptom::TokenRefused, Symptom::HangsUp, Symptom::Alternates, Symptom::KeepsSilent],
    explanation: "\
python-memcached marks a node that refuses or keeps silent as dead and goes on to another one, so one node of three that is down
from the start breaks no console. Tokens that lie on it when it dies are lost, and so are those written elsewhere meanwhile
when it comes back. With no node left every token is lost, and nova-consoleauth logs not a word: only `Checking Token: ..., False`.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// Last release that tells whether memcached took a token; Mitaka (13) prints the same of each.
const TELLS: u16 = 12;

/// Liberty's nova-consoleauth says that memcached did not take a token.
fn logged(case: &Case) -> Option<Finding> {
    if !case.releases.candidates.iter().all(|release| *release <= TELLS) {
        return None;
    }
    let serves = |line: &LogEvent| matches!(line.event, Event::TokenChecked { known: true });
    let is = |event: &Event| matches!(event, Event::SaveFailed { of_token: true });
    let logged = newest(case, Service::Consoleauth, is, serves)?;
    let message =
        format!("memcached did not take a token from nova-consoleauth on {}: it is down, or out of reach", logged.on());
    let remedy = Remedy::new("let every server of [DEFAULT] memcached_servers answer the controllers")
        .command("echo stats | nc HOST 11211 (from each controller)")
        .verify("open a new console");
    Some(
        Draft::error(&META, message)
            .likely()
            .host(logged.host)
            .service(Service::Consoleauth)
            .at_line(&logged.log.path, logged.line.line)
            .seen(format!("{}: a token failed to save into memcached", logged.at()))
            .remedy(remedy)
            .done(),
    )
}

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let mut down: Vec<&Seen<MemcachedAnswer>> = Vec::new();
    let mut bereft: Vec<&StoreView> = Vec::new();
    for store in &case.stores {
        // the default list that a misspelt option leaves in place is nobody's wish
        if super::explained(before, "cache-option-ignored", case.hosts[store.host].host) {
            continue;
        }
        let asked: Vec<_> = store.servers().iter().filter_map(|server| answer_of(case.evidence, server)).collect();
        let dead: Vec<_> = asked.iter().filter(|seen| !answers(&seen.saw)).copied().collect();
        if !asked.is_empty() && dead.len() == asked.len() && asked.len() == store.servers().len() {
            bereft.push(store);
        }
        for seen in dead {
            if !down.iter().any(|known| known.peer == seen.peer) {
                down.push(seen);
            }
        }
    }
    let Some(first) = down.first() else { return logged(case).into_iter().collect() };
    let reachable = case.evidence.memcached.iter().any(|seen| answers(&seen.saw));
    let hard = down.iter().any(|seen| !out_of_sight(&seen.saw));
    if !reachable && !hard {
        // nothing answers and nothing refuses: this machine may simply have no way there
        return Vec::new();
    }
    let mut confidence = confidence(case.evidence, first);
    let names: Vec<String> = down.iter().map(|seen| format!("{} ({})", seen.peer, words(&seen.saw))).collect();
    let hosts: Vec<&str> = bereft.iter().map(|store| case.hosts[store.host].name()).collect();
    let owner = case.hosts.iter().find(|host| first.for_host.as_deref() == Some(host.host.name.as_str()));
    let plural = if down.len() == 1 { "memcached" } else { "memcacheds" };
    let is_ring = |kind: &TokenStore| matches!(kind, TokenStore::Memcached { .. });
    let (severity, message) = if let Some(store) = bereft.first() {
        (
            case.severity_of_loss(store, &store.holds(is_ring)),
            format!("no memcached of {} answers, so every console token is lost: {}", list(&hosts), list(&names)),
        )
    } else if let Some(known) = homeless(case, &down) {
        confidence = if known { confidence.min(Confidence::Likely) } else { Confidence::Possible };
        (
            Severity::Error,
            format!("the token belongs on {plural} {} of memcache_servers, and no other node has it", list(&names)),
        )
    } else {
        (
            Severity::Warning,
            format!("{plural} {} of memcache_servers: tokens on it were lost when it went", list(&names)),
        )
    };
    let mut draft = Draft::new(&META, severity, message).confidence(confidence).service(Service::Consoleauth);
    if let Some(view) = owner {
        draft = draft.host(view.host);
        let release = case.stores.iter().find_map(|store| store.by_release.last()).map_or(17, |(release, _)| *release);
        let entry = view
            .config(Service::Consoleauth, release)
            .and_then(|config| view.entry(&config.get("cache", "memcache_servers")));
        if let Some((file, entry)) = entry {
            draft = draft.at_value(file, entry);
        }
    }
    for seen in &down {
        draft = draft.seen(format!("{} asked from {}: {}", seen.peer, seen.from, words(&seen.saw)));
    }
    let (host, _) = first.peer.rsplit_once(':').unwrap_or((&first.peer, ""));
    vec![
        draft
            .remedy(
                Remedy::new(format!(
                    "start memcached on {host} and let it listen (-l in /etc/memcached.conf) where memcache_servers says, \
                     or correct the list on every controller"
                ))
                .command(format!("ssh {host} 'systemctl status memcached; ss -ltnp sport = :11211'"))
                .verify("vncdoctor check again, then open a new console"),
            )
            .done(),
    ]
}

/// The token is on none of the nodes that answer, and by every list its place is a node that does not. Whether a log shows
/// that it was ever stored: a token that was never made has a place, too.
fn homeless(case: &Case, down: &[&Seen<MemcachedAnswer>]) -> Option<bool> {
    let token = case.token.as_ref().filter(|token| token.found.is_empty() && !token.lookups.is_empty())?;
    let gone = |server: &str| peer_of(server).is_some_and(|peer| down.iter().any(|seen| seen.peer == peer));
    let nowhere = token.lookups.iter().all(|lookup| gone(&lookup.home) && lookup.finds == Some(false));
    nowhere.then(|| case.token_received().is_some())
}

/// A dial that says more of the way than of the peer.
fn out_of_sight(answer: &MemcachedAnswer) -> bool {
    matches!(
        answer.dial.outcome,
        DialOutcome::TimedOut { .. }
            | DialOutcome::Unreachable { .. }
            | DialOutcome::NameUnknown
            | DialOutcome::NameServerFailed
            | DialOutcome::NameTimedOut { .. }
    )
}

/// Certain from the host itself, likely where a connected peer keeps silent, else possible.
fn confidence(evidence: &Evidence, seen: &Seen<MemcachedAnswer>) -> Confidence {
    let local = evidence.hosts.iter().any(|host| seen.for_host.as_deref() == Some(host.name.as_str()) && host.local);
    match (local, seen.saw.dial.connected()) {
        (true, _) => Confidence::Certain,
        (false, true) => Confidence::Likely,
        (false, false) => Confidence::Possible,
    }
}

/// Why it counts as down.
fn words(answer: &MemcachedAnswer) -> String {
    match &answer.conduct {
        Some(Conduct::Silent { .. }) => "takes connections and does not answer".to_owned(),
        Some(Conduct::Closed { .. }) => "takes connections and hangs up".to_owned(),
        _ => answer.dial.outcome.words(),
    }
}

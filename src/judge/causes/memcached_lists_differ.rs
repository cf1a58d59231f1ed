//! Two controllers would look for the same token on different nodes.

use super::{Cause, story_words};
use crate::console::memcached_ring::Sameness;
use crate::console::memcached_ring::{Agreement, ServerAddr, same_node, same_ring};
use crate::console::token_store::{TokenStore, Which};
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, StoreView};
use crate::judge::find::Draft;
use crate::judge::words::named;

const META: CauseMeta = CauseMeta {
    id: "memcached-lists-differ",
    home: 10,
    releases: "12-19",
    severity: Severity::Error,
    field: &["A4"],
    title: "controllers disagree about the list of memcached nodes",
    needs: &[Need::Config, Need::Token],
    symptoms: &[Symptom::TokenRefused, Symptom::HangsUp, Symptom::Alternates],
    explanation: "\
python-memcached takes a 15 bit hash of the key modulo the length of the list: only the place of a server counts. Two hosts find
each other's tokens if and only if their lists have the same servers in the same order. With three servers, one swapped pair
loses two thirds of the tokens, a reversed list two thirds, a missing server about two thirds. Lists are compared by what they
do: ctl1 and ctl1:11211 are the same, and so are a name and its address where a dial resolved it.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// A host's store and its servers in order.
type Ring<'s> = (&'s StoreView, Vec<ServerAddr>);
/// A ring by its place, and how it agrees with the reference.
type Compared<'s, 'r> = (usize, &'r Ring<'s>, Agreement);

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    if before.iter().any(|finding| finding.cause == "memcached-list-loopback") {
        return Vec::new();
    }
    let rings: Vec<Ring> = case
        .stores
        .iter()
        .filter(|store| !super::explained(before, "cache-option-ignored", case.hosts[store.host].host))
        .map(|store| (store, store.ring()))
        .filter(|(_, ring)| !ring.is_empty())
        .collect();
    let Some(reference) = reference(case, &rings) else { return from_logs(case, before) };
    let (like, unlike): (Vec<_>, Vec<_>) = rings
        .iter()
        .enumerate()
        .map(|(index, ring)| (index, ring, agreement(case, &rings[reference], ring)))
        .partition(|(.., agreement)| !agreement.is_broken());
    let Some((_, (store, ring), worst)) = unlike.first() else { return unknown(case, &rings[reference], &like) };
    let (reference_store, reference_ring) = &rings[reference];
    let host = &case.hosts[store.host];
    let other = &case.hosts[reference_store.host];
    let share = (worst.share_lost() * 100.0).round();
    let mut message = format!(
        "{} and {} look for {share}% of console tokens on different memcached nodes: their memcache_servers differ in \
         members or order",
        host.name(),
        other.name()
    );
    let mut draft_seen = Vec::new();
    if let Some(token) = &case.token {
        let asks = |of: &StoreView| {
            let index = case.stores.iter().position(|candidate| candidate.host == of.host)?;
            token.lookups.iter().find(|lookup| lookup.store == index).map(|lookup| lookup.home.clone())
        };
        if let (Some(a), Some(b)) = (asks(store), asks(reference_store)) {
            let place =
                same_node(ring, reference_ring, token.print.sha1_hash(), &case.names, Case::machines(host, other));
            if place == Sameness::Different {
                let lies = token
                    .found
                    .first()
                    .map(|holding| format!("; the token lies on {}", holding.peer))
                    .unwrap_or_default();
                draft_seen.push(format!(
                    "for token {} {} asks {a} and {} asks {b}{lies}",
                    token.print.short(),
                    host.name(),
                    other.name()
                ));
                message = format!(
                    "{} would ask {a} for this token and {} {b}{lies}: their memcache_servers differ",
                    host.name(),
                    other.name()
                );
            } else {
                draft_seen
                    .push(format!("for token {} both ask {a}, so this one is found by luck", token.print.short()));
            }
        }
    }
    let is_ring = |kind: &TokenStore| matches!(kind, TokenStore::Memcached { .. });
    let holds = store.holds(is_ring);
    let mut draft = Draft::new(&META, case.severity_of_loss(store, &holds), message)
        .releases(Case::span(&holds))
        .host(host.host)
        .service(Service::Consoleauth)
        .remedy(
            Remedy::new(format!(
                "give every controller the same [cache] memcache_servers, in the same order: {}",
                reference_store.servers().join(",")
            ))
            .restart("nova-consoleauth")
            .verify("open a new console, then vncdoctor check --url 'ITS URL' --config NAME=PATH for each controller"),
        );
    if let Some((file, entry)) = line(case, store) {
        draft = draft.at_value(file, entry);
    }
    if let Some((file, entry)) = line(case, reference_store) {
        draft = draft.also(other.host, file, entry, format!("the list of {}", other.name()));
    }
    for (_, (more, _), agreement) in unlike.iter().skip(1) {
        if let Some((file, entry)) = line(case, more) {
            let text = format!("differs too, for {:.0}% of tokens", agreement.share_lost() * 100.0);
            draft = draft.also(case.hosts[more.host].host, file, entry, text);
        }
    }
    for text in draft_seen {
        draft = draft.seen(text);
    }
    draft = draft.seen(format!("{share}% of all keys belong to different nodes by the two lists"));
    vec![super::store_words::with_store_evidence(draft, case).done()]
}

/// The list that most hosts agree with; the first of several.
fn reference(case: &Case, rings: &[Ring]) -> Option<usize> {
    if rings.len() < 2 {
        return None;
    }
    let friends = |index: usize| rings.iter().filter(|ring| !agreement(case, &rings[index], ring).is_broken()).count();
    (0..rings.len()).rev().max_by_key(|index| friends(*index))
}

fn agreement(case: &Case, a: &Ring, b: &Ring) -> Agreement {
    let machines = Case::machines(&case.hosts[a.0.host], &case.hosts[b.0.host]);
    let machines = if a.0.host == b.0.host { crate::console::memcached_ring::Machines::One } else { machines };
    same_ring(&a.1, &b.1, &case.names, machines)
}

fn line<'e>(
    case: &Case<'e>,
    store: &StoreView,
) -> Option<(&'e crate::evidence::host::ConfigFile, &'e crate::oslo::ini::Entry)> {
    let view = &case.hosts[store.host];
    let config = view.config(Service::Consoleauth, store.by_release.last()?.0)?;
    let last = |section: &str, key: &str| {
        view.entries(Service::Consoleauth)
            .filter(|(_, entry)| entry.key == key && crate::oslo::options::is_section(&entry.section, section))
            .last()
    };
    match store.newest() {
        Some(TokenStore::Memcached { from: Which::BackendArgument, .. }) => last("cache", "backend_argument"),
        Some(TokenStore::Memcached { from: Which::DefaultOption, .. }) => last("DEFAULT", "memcached_servers"),
        _ => ["memcache_servers", "backend"].iter().find_map(|name| view.entry(&config.get("cache", name))),
    }
}

/// Nothing contradicts, but a name against an address cannot be compared without resolving it.
fn unknown(case: &Case, reference: &Ring, like: &[Compared]) -> Vec<Finding> {
    let Some((_, (store, _), _)) = like.iter().find(|(.., agreement)| agreement.unknown > 0) else { return Vec::new() };
    let (host, other) = (&case.hosts[store.host], &case.hosts[reference.0.host]);
    let message = format!(
        "whether {} and {} name the same memcached nodes cannot be told: one uses names where the other uses addresses",
        host.name(),
        other.name()
    );
    let holds = store.holds(|kind| matches!(kind, TokenStore::Memcached { .. }));
    let mut draft = Draft::note(&META, message)
        .releases(Case::span(&holds))
        .possible()
        .host(host.host)
        .service(Service::Consoleauth)
        .remedy(Remedy::new("write the same text on every controller, or run vncdoctor where the names resolve"));
    if let Some((file, entry)) = line(case, store) {
        draft = draft.at_value(file, entry);
    }
    vec![draft.done()]
}

/// Without any configuration: some hosts know a token that one took, and some do not.
fn from_logs(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let open = case.stores.is_empty() && before.iter().all(|finding| finding.step != 10);
    let Some(story) = story_words::apart(case).filter(|_| open && story_words::any_known_elsewhere(case)) else {
        return Vec::new();
    };
    let (host, log, at) = story.taker;
    let message = format!(
        "{} took a token that only some of the others know: their lists of memcached nodes may differ",
        named(&host.name)
    );
    vec![
        Draft::new(&META, story_words::severity(case, story), message)
            .possible()
            .host(host)
            .service(Service::Consoleauth)
            .at_line(&log.path, at)
            .seen(story_words::told(story))
            .seen("[cache] memcache_servers of each controller would tell: give --config NAME=PATH for each")
            .remedy(Remedy::new("compare [cache] memcache_servers of the controllers, members and order"))
            .done(),
    ]
}

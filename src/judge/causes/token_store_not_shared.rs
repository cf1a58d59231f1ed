//! Each nova-consoleauth keeps tokens for itself, and no line is to blame but a missing one.

use super::Cause;
use super::console_words::{at_section, at_top};
use super::store_words::{cache_remedy, host_names, stores_of, with_store_evidence};
use super::story_words::{any_known_elsewhere, apart, life, lost, severity as severity_of, told};
use crate::console::token_store::{DictWhy, TokenStore};
use crate::evidence::host::ConfigFile;
use crate::evidence::log::Event;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Severity, Symptom};
use crate::judge::case::{Case, HostView, StoreView, lines};
use crate::judge::find::Draft;
use crate::oslo::ini::Span;

const META: CauseMeta = CauseMeta {
    id: "token-store-not-shared",
    home: 10,
    releases: "12-19",
    severity: Severity::Error,
    field: &["A1"],
    title: "each nova-consoleauth keeps tokens for itself",
    needs: &[Need::Config, Need::Logs],
    symptoms: &[Symptom::TokenRefused, Symptom::HangsUp, Symptom::Alternates],
    explanation: "\
Up to Queens (17), and in Rocky and Stein with `[workarounds] enable_consoleauth`, tokens live in nova-consoleauth's cache.
With nothing in `[cache]`, or with a backend that lives in one process (oslo_cache.dict, dogpile.cache.memory) or in one host's
file (dogpile.cache.dbm), several nova-consoleauth do not know each other's tokens: about one console in N opens.
With a single nova-consoleauth this works, and its tokens are lost when it restarts.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let hit = stores_of(case, before, private);
    let Some((first, holds)) = hit.first() else {
        let apart = kinds_differ(case);
        return if apart.is_empty() { from_logs(case, before) } else { apart };
    };
    let several = case.several_consoleauths();
    let severity = if several { severity(case, first, holds) } else { Severity::Note };
    let names = host_names(case, hit.iter().map(|(store, _)| *store));
    let host = &case.hosts[first.host];
    let (where_kept, option) = match first.newest() {
        Some(TokenStore::ProcessLocal { backend }) => {
            (format!("in one process ([cache] backend = {backend})"), "backend")
        }
        Some(TokenStore::HostLocal { backend }) => {
            (format!("in a file of one host ([cache] backend = {backend})"), "backend")
        }
        Some(TokenStore::ProcessDict { why: DictWhy::SectionIgnored }) => (
            "in the memory of one process (liberty does not read [cache], but [DEFAULT] memcached_servers)".to_owned(),
            "memcache_servers",
        ),
        _ => ("in the memory of one process (nothing in [cache])".to_owned(), ""),
    };
    let message = if several {
        format!("nova-consoleauth on {names} keeps console tokens {where_kept}: the others do not know them")
    } else {
        format!(
            "nova-consoleauth on {names} keeps console tokens {where_kept}: right for a single one, and its tokens are \
             lost when it restarts"
        )
    };
    let mut draft =
        Draft::new(&META, severity, message).releases(Case::span(holds)).host(host.host).service(Service::Consoleauth);
    let mut placed = false;
    for (store, _) in &hit {
        let view = &case.hosts[store.host];
        let setting = store.by_release.last().and_then(|(release, _)| view.config(Service::Consoleauth, *release));
        match setting.filter(|_| !option.is_empty()).and_then(|config| view.entry(&config.get("cache", option))) {
            Some((file, entry)) if !placed && store.host == first.host => {
                draft = draft.at_value(file, entry);
                placed = true;
            }
            Some((file, entry)) => draft = draft.same(view.host, file, entry),
            None if store.host != first.host => draft = draft.also_host(view.host, "the same"),
            None => {}
        }
    }
    if !placed && let Some((file, span)) = lacks_cache(host) {
        draft = draft.at(file, span, None);
    }
    if hit.iter().any(|(store, _)| has_middleware_list(case, store)) {
        draft = draft.seen(
            "[keystone_authtoken] memcached_servers is keystonemiddleware's own: right where it is, and not read for consoles",
        );
    }
    vec![with_store_evidence(draft.remedy(cache_remedy(case, &names, None)), case).done()]
}

/// Where an empty `[cache]` is told: at its header, or at the top of the file that has none.
fn lacks_cache<'e>(host: &HostView<'e>) -> Option<(&'e ConfigFile, Span)> {
    at_section(host, Service::Consoleauth, "cache").or_else(|| at_top(host, Service::Consoleauth))
}

/// Each host keeps tokens where several could find them, and not in the same kind of store.
fn kinds_differ(case: &Case) -> Vec<Finding> {
    let kind = |store: &StoreView| match store.newest() {
        Some(TokenStore::Memcached { .. }) => Some("memcached".to_owned()),
        Some(TokenStore::OtherShared { backend }) => Some(backend.clone()),
        _ => None,
    };
    let kinds: Vec<(&StoreView, String)> = case.stores.iter().filter_map(|store| Some((store, kind(store)?))).collect();
    let Some((usual, usual_kind)) = kinds.first() else { return Vec::new() };
    let Some((odd, odd_kind)) = kinds.iter().find(|(_, kind)| kind != usual_kind) else { return Vec::new() };
    let (host, other) = (&case.hosts[odd.host], &case.hosts[usual.host]);
    let holds: Vec<u16> = odd.by_release.iter().map(|(release, _)| *release).collect();
    let message = format!(
        "{} keeps console tokens in {odd_kind} and {} in {usual_kind}: neither finds the other's",
        host.name(),
        other.name()
    );
    let mut draft = Draft::new(&META, case.severity_of_loss(odd, &holds), message)
        .releases(Case::span(&holds))
        .host(host.host)
        .service(Service::Consoleauth)
        .remedy(cache_remedy(case, "every controller", None));
    let line = |view: &HostView<'_>, store: &StoreView| {
        let (release, _) = store.by_release.last()?;
        Some(view.config(Service::Consoleauth, *release)?.get("cache", "backend"))
    };
    if let Some((file, entry)) = line(host, odd).and_then(|setting| host.entry(&setting)) {
        draft = draft.at_value(file, entry);
    }
    if let Some((file, entry)) = line(other, usual).and_then(|setting| other.entry(&setting)) {
        draft = draft.also(other.host, file, entry, format!("the backend of {}", other.name()));
    }
    vec![draft.done()]
}

/// An empty `[cache]` is right from Rocky on: while such a release is possible, it is worth no more than a note.
fn severity(case: &Case, store: &StoreView, holds: &[u16]) -> Severity {
    let empty = matches!(store.newest(), Some(TokenStore::ProcessDict { .. }));
    match case.severity_of_loss(store, holds) {
        Severity::Warning if empty && case.severity_over(holds) != Severity::Error => Severity::Note,
        severity => severity,
    }
}

fn private(store: &TokenStore) -> bool {
    match store {
        TokenStore::ProcessDict { why } => {
            matches!(why, DictWhy::NothingSet | DictWhy::SectionIgnored | DictWhy::DefaultOptionIgnored)
        }
        TokenStore::ProcessLocal { .. } | TokenStore::HostLocal { .. } => true,
        _ => false,
    }
}

fn has_middleware_list(case: &Case, store: &StoreView) -> bool {
    case.hosts[store.host]
        .entries(Service::Consoleauth)
        .any(|(_, entry)| entry.section == "keystone_authtoken" && entry.key.starts_with("memcache"))
}

/// Logs tell it without any configuration: one took the token, another did not know it, and none ever knew another's.
fn from_logs(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let explained = before.iter().any(|finding| finding.step == 10 && finding.severity > Severity::Note);
    let Some(story) = apart(case).filter(|_| !explained && !any_known_elsewhere(case)) else {
        return if explained { Vec::new() } else { restarted(case).into_iter().collect() };
    };
    let next = if case.stores.is_empty() {
        "which option is to blame stands in nova.conf: give --config NAME=PATH for each controller"
    } else {
        "nova.conf as it is now shares them: nova-consoleauth may run since before that, or with other files"
    };
    let (host, log, line) = story.taker;
    let sure = story.surely_in_time(life(case).0);
    let confidence = if sure { Confidence::Likely } else { Confidence::Possible };
    vec![
        Draft::new(&META, severity_of(case, story), "nova-consoleauth processes do not know each other's tokens")
            .confidence(confidence)
            .host(host)
            .service(Service::Consoleauth)
            .at_line(&log.path, line)
            .seen(told(story))
            .seen(next)
            .remedy(cache_remedy(case, "every controller", None))
            .done(),
    ]
}

/// What nova-consoleauth took it did not know any more after its own restart, which memcached would outlive.
fn restarted(case: &Case) -> Option<Finding> {
    // what its files say of the store is known already
    let (story, _) = lost(case).filter(|_| case.stores.is_empty())?;
    let (host, log, line) = story.taker;
    let asked = story.checks.iter().filter(|check| !check.known).find_map(|check| check.at)?;
    let received = story.received?;
    let is_start = |event: &Event| matches!(event, Event::Started { node, .. } if node == "consoleauth");
    lines(case.evidence).find(|(its, _, line)| {
        its.name == host.name && is_start(&line.event) && line.at.is_some_and(|at| at > received && at < asked)
    })?;
    let message = "nova-consoleauth was restarted between a token and the question for it: kept in its memory, tokens are lost then";
    let draft = Draft::new(&META, severity_of(case, story), message)
        .possible()
        .host(host)
        .service(Service::Consoleauth)
        .at_line(&log.path, line)
        .seen(told(story))
        .seen("with a shared memcached the token would have outlived the restart: --config NAME=PATH says where it is kept");
    Some(draft.remedy(cache_remedy(case, "every controller", None)).done())
}

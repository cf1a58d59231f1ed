//! `[cache] enabled` with the null backend: nothing is ever stored, every token is refused.

use super::Cause;
use super::cache_edit_words::cache_edits;
use super::store_words::{cache_remedy, host_names, with_store_evidence};
use crate::console::token_store::{NullWhy, TokenStore};
use crate::evidence::log::Event;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Severity, Symptom};
use crate::judge::case::{Case, StoreView, lines};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "cache-backend-null",
    home: 10,
    releases: "13-19",
    severity: Severity::Error,
    field: &["A3"],
    title: "the cache is on and its backend stores nothing",
    needs: &[Need::Config, Need::Logs],
    symptoms: &[Symptom::TokenRefused, Symptom::HangsUp],
    explanation: "\
The default of `[cache] backend` is dogpile.cache.null. With `enabled = true` and no backend nova-consoleauth forgets every
token at once and says False to every check, even with one controller. From Newton (14) on it warns at first use: `Cache
enabled with backend dogpile.cache.null.` An empty `memcache_servers` with a memcached backend comes to the same in silence.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let hit: Vec<(&StoreView, Vec<u16>)> = case
        .stores
        .iter()
        .filter(|store| !misspelt(case, store))
        .map(|store| (store, store.holds(|kind| matches!(kind, TokenStore::Null { .. }))))
        .filter(|(_, holds)| !holds.is_empty())
        .collect();
    let Some((first, holds)) = hit.first() else { return from_logs(case) };
    let names = host_names(case, hit.iter().map(|(store, _)| *store));
    let host = &case.hosts[first.host];
    let (what, option) = match first.newest() {
        Some(TokenStore::Null { why: NullWhy::BackendNull }) => ("backend is dogpile.cache.null", "backend"),
        Some(TokenStore::Null { why: NullWhy::NoServers }) => ("memcache_servers is empty", "memcache_servers"),
        _ => ("no backend is set, and the default is dogpile.cache.null", "enabled"),
    };
    let message = format!("[cache] is enabled on {names} and {what}: nova-consoleauth forgets every token at once");
    let mut draft = Draft::new(&META, case.severity_of_loss(first, holds), message)
        .releases(Case::span(holds))
        .host(host.host)
        .service(Service::Consoleauth);
    for (index, (store, _)) in hit.iter().enumerate() {
        let view = &case.hosts[store.host];
        let setting = store.by_release.last().and_then(|(release, _)| view.config(Service::Consoleauth, *release));
        let Some((file, entry)) = setting.and_then(|config| view.entry(&config.get("cache", option))) else { continue };
        draft = if index == 0 { draft.at_value(file, entry) } else { draft.same(view.host, file, entry) };
    }
    if let Some(warned) = warned(case) {
        draft = draft.seen(warned.0);
    }
    let edits = hit.iter().flat_map(|(store, _)| cache_edits(case, store, &[]));
    vec![with_store_evidence(draft.remedy(cache_remedy(case, &names, None).edits(edits)), case).done()]
}

/// The backend is there under another name: then that line is the cause.
fn misspelt(case: &Case, store: &StoreView) -> bool {
    matches!(store.newest(), Some(TokenStore::Null { why: NullWhy::BackendUnset }))
        && super::cache_option_ignored::misspelt_backend(&case.hosts[store.host])
}

/// Where the log says so itself.
fn warned<'e>(case: &Case<'e>) -> Option<(String, &'e crate::evidence::host::Host, &'e str, u32)> {
    lines(case.evidence).filter(|(_, _, line)| matches!(line.event, Event::NullCache { .. })).last().map(
        |(host, log, line)| {
            let text = format!("{} line {}: cache enabled with backend dogpile.cache.null", log.path, line.line);
            (text, host, log.path.as_str(), line.line)
        },
    )
}

/// Without configuration, a recent warning in the log is enough.
fn from_logs(case: &Case) -> Vec<Finding> {
    let configured = case.stores.iter().any(|store| !store.by_release.is_empty());
    match warned(case) {
        Some((text, host, path, line)) if !configured => vec![
            Draft::error(
                &META,
                format!(
                    "nova-consoleauth on {} forgets every token at once: its cache has the null backend",
                    host.name
                ),
            )
            .likely()
            .host(host)
            .service(Service::Consoleauth)
            .at_line(path, line)
            .seen(text)
            .remedy(cache_remedy(case, &host.name, None))
            .done(),
        ],
        _ => Vec::new(),
    }
}

//! Several controllers, each of which asks the memcached on its own loopback.

use super::Cause;
use super::store_words::{cache_remedy, host_names, with_store_evidence};
use crate::console::memcached_ring::{ServerAddr, parse_python_memcached};
use crate::console::token_store::{TokenStore, Which};
use crate::evidence::process::Service;
use crate::evidence::site::is_loopback;
use crate::finding::{CauseMeta, Finding, Need, Severity, Symptom};
use crate::judge::case::{Case, StoreView};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "memcached-list-loopback",
    home: 10,
    releases: "13-19",
    severity: Severity::Error,
    field: &["A4"],
    title: "memcache_servers means each controller's own memcached",
    needs: &[Need::Config],
    symptoms: &[Symptom::TokenRefused, Symptom::HangsUp, Symptom::Alternates],
    explanation: "\
`[cache] memcache_servers` of 127.0.0.1 or localhost (the default is localhost:11211) is a different memcached on every
controller. A token that one nova-consoleauth stores is then unknown to the others. On a site that is one machine it is right,
so this is said only if the same files name another machine, or if the evidence comes from several.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    if case.stores.len() < 2 {
        return Vec::new();
    }
    let hit: Vec<(&StoreView, Vec<u16>, String)> = case
        .stores
        .iter()
        .filter(|store| !super::explained(before, "cache-option-ignored", case.hosts[store.host].host))
        .filter_map(|store| {
            let holds = store.holds(own_memcached);
            let why = case.hosts[store.host].loopback_is_private.clone()?;
            (!holds.is_empty()).then_some((store, holds, why))
        })
        .collect();
    let Some((first, holds, why)) = hit.first() else { return Vec::new() };
    let host = &case.hosts[first.host];
    let names = host_names(case, hit.iter().map(|(store, ..)| *store));
    let default = matches!(first.newest(), Some(TokenStore::Memcached { from: Which::BuiltInDefault, .. }));
    let state = if default { "is not set, so localhost:11211 holds," } else { "names loopback" };
    let message =
        format!("[cache] memcache_servers {state} on {names}: each keeps its tokens where the others never look");
    let mut draft = Draft::new(&META, case.severity_of_loss(first, holds), message)
        .releases(Case::span(holds))
        .host(host.host)
        .service(Service::Consoleauth)
        .seen(format!("{} is no single machine: {why}", host.name()))
        .remedy(cache_remedy(case, &names, Some(&"CTL1:11211,CTL2:11211,CTL3:11211".to_owned())));
    let option = if default { "backend" } else { "memcache_servers" };
    for (index, (store, ..)) in hit.iter().enumerate() {
        let view = &case.hosts[store.host];
        let config = store.by_release.last().and_then(|(release, _)| view.config(Service::Consoleauth, *release));
        let Some((file, entry)) = config.and_then(|config| view.entry(&config.get("cache", option))) else { continue };
        draft = if index == 0 { draft.at_value(file, entry) } else { draft.same(view.host, file, entry) };
    }
    vec![with_store_evidence(draft, case).done()]
}

/// At least one server of the list is loopback or a socket of the host.
fn own_memcached(store: &TokenStore) -> bool {
    let TokenStore::Memcached { servers, .. } = store else { return false };
    servers.iter().any(|server| match parse_python_memcached(server) {
        Ok(ServerAddr::Inet { host, .. }) => is_loopback(&host),
        Ok(ServerAddr::Unix { .. }) => true,
        Err(_) => false,
    })
}

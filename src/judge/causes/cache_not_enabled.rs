//! `[cache]` names servers or a backend, and `enabled` is not true: nova keeps tokens in the memory of each process.

use super::Cause;
use super::cache_edit_words::cache_edits;
use super::store_words::{cache_remedy, host_names, stores_of, with_store_evidence};
use crate::console::token_store::{DictWhy, TokenStore};
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Severity, Symptom};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "cache-not-enabled",
    home: 10,
    releases: "13-19",
    severity: Severity::Error,
    field: &["A3"],
    title: "[cache] is filled in, but enabled is not true",
    needs: &[Need::Config],
    symptoms: &[Symptom::TokenRefused, Symptom::HangsUp, Symptom::Alternates],
    explanation: "\
Nova asks oslo.cache for a shared region only if `[cache] enabled` is true (nova/cache_utils.py, 13 to 19). Without it the
backend and the list of servers are not looked at, and each nova-consoleauth keeps tokens in its own memory: with several
controllers a console opens only when the check reaches the one that took the token. The help text of the old option called
the switch `enable`; the real name is `enabled`.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let hit = stores_of(case, before, switched_off);
    let Some((first, holds)) = hit.first() else { return Vec::new() };
    let several = case.several_consoleauths();
    let severity = if several { case.severity_of_loss(first, holds) } else { Severity::Note };
    let names = host_names(case, hit.iter().map(|(store, _)| *store));
    let host = &case.hosts[first.host];
    let off = first.holds(|kind| matches!(kind, TokenStore::ProcessDict { why: DictWhy::EnabledFalse }));
    let state = if off.is_empty() { "is not set" } else { "is false" };
    let message = format!(
        "[cache] enabled {state} on {names}: nova-consoleauth keeps console tokens in its own memory, whatever else \
         [cache] says"
    );
    let mut draft =
        Draft::new(&META, severity, message).releases(Case::span(holds)).host(host.host).service(Service::Consoleauth);
    for (index, (store, _)) in hit.iter().enumerate() {
        let view = &case.hosts[store.host];
        let entry = ["enabled", "memcache_servers", "backend", "backend_argument"].iter().find_map(|name| {
            let config = view.config(Service::Consoleauth, store.by_release.last()?.0)?;
            view.entry(&config.get("cache", name))
        });
        let Some((file, entry)) = entry else { continue };
        draft = if index == 0 { draft.at_name(file, entry) } else { draft.same(view.host, file, entry) };
    }
    if !several {
        draft = draft.seen("harmless while this is the only nova-consoleauth; its tokens are lost when it restarts");
    }
    let edits = hit.iter().filter(|_| several).flat_map(|(store, _)| cache_edits(case, store, &[]));
    vec![with_store_evidence(draft.remedy(cache_remedy(case, &names, None).edits(edits)), case).done()]
}

fn switched_off(store: &TokenStore) -> bool {
    matches!(store, TokenStore::ProcessDict { why: DictWhy::EnabledUnset | DictWhy::EnabledFalse })
}

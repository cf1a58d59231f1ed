//! What the causes around the token store have in common: the remedy, and the evidence that logs and nodes add.

use crate::console::token_store::TokenStore;
use crate::evidence::log::Event;
use crate::finding::{Finding, Remedy};
use crate::judge::case::{Case, StoreView, lines};
use crate::judge::find::Draft;
use crate::judge::words::list;

/// The stores of a kind, with the releases for which they are. A host whose option is ignored under its name is left out:
/// that line is the cause.
pub(super) fn stores_of<'c>(
    case: &'c Case,
    before: &[Finding],
    kind: fn(&TokenStore) -> bool,
) -> Vec<(&'c StoreView, Vec<u16>)> {
    case.stores
        .iter()
        .filter(|store| !super::explained(before, "cache-option-ignored", case.hosts[store.host].host))
        .map(|store| (store, store.holds(kind)))
        .filter(|(_, holds)| !holds.is_empty())
        .collect()
}

/// `ctl1, ctl2 and ctl3`.
pub(super) fn host_names<'s>(case: &Case, stores: impl Iterator<Item = &'s StoreView>) -> String {
    let names: Vec<&str> = stores.map(|store| case.hosts[store.host].name()).collect();
    list(&names)
}

/// How to share tokens, with the list of servers that is already there.
pub(super) fn cache_remedy(case: &Case, hosts: &str, servers: Option<&String>) -> Remedy {
    let elsewhere = case.stores.iter().map(StoreView::servers).find(|servers| !servers.is_empty());
    let servers = match (servers, elsewhere) {
        (Some(servers), _) if !servers.contains('*') => servers.replace('\n', ""),
        (_, Some(servers)) => servers.join(","),
        _ => "HOST:11211,...".to_owned(),
    };
    Remedy::new(format!(
        "in nova.conf of {hosts}, the same list in the same order on every host:\n[cache]\nenabled = True\n\
         backend = oslo_cache.memcache_pool\nmemcache_servers = {servers}"
    ))
    .restart("nova-consoleauth")
    .verify("open a new console, then vncdoctor check --url 'ITS URL' --config NAME=PATH for each controller")
}

/// What logs say of tokens that one nova-consoleauth took and another did not know.
pub(super) fn with_store_evidence(draft: Draft, case: &Case) -> Draft {
    let draft = match split(case) {
        Some(text) => draft.seen(text),
        None => draft,
    };
    match &case.token {
        Some(token) if token.found.is_empty() && case.evidence.memcached.iter().any(|seen| seen.saw.node.is_some()) => {
            draft.seen(format!(
                "token {} lies on none of the {} memcached nodes that answer",
                token.print.short(),
                case.evidence.memcached.iter().filter(|seen| seen.saw.node.is_some()).count()
            ))
        }
        _ => draft,
    }
}

/// `ctl2 received token 1f2e3d4c; ctl1 and ctl3 did not know it when asked`.
pub(super) fn split(case: &Case) -> Option<String> {
    let asked = case.token.as_ref().map(|token| token.print.sha256.clone());
    let mut received: Vec<(String, &str)> = Vec::new();
    for (host, _, line) in lines(case.evidence) {
        if let (Event::TokenReceived { .. }, Some(token)) = (&line.event, &line.token)
            && asked.as_ref().is_none_or(|asked| *asked == token.sha256)
        {
            received.push((token.sha256.clone(), host.name.as_str()));
        }
    }
    received.into_iter().rev().find_map(|(token, taker)| {
        let mut unknown_to: Vec<&str> = lines(case.evidence)
            .filter(|(host, _, line)| {
                host.name != taker
                    && matches!(line.event, Event::TokenChecked { known: false })
                    && line.token.as_ref().is_some_and(|seen| seen.sha256 == token)
            })
            .map(|(host, ..)| host.name.as_str())
            .collect();
        unknown_to.dedup();
        let short = token.get(..8)?;
        (!unknown_to.is_empty())
            .then(|| format!("logs: {taker} received token {short}; {} did not know it when asked", list(&unknown_to)))
    })
}

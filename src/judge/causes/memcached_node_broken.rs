//! What listens at a memcached's address does not speak its protocol, or not to nova.

use super::Cause;
use crate::evidence::memcached::{Conduct, Found, MemcachedAnswer};
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, StoreView};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "memcached-node-broken",
    home: 10,
    releases: "12-19",
    severity: Severity::Error,
    field: &[],
    title: "what listens at a memcached's address does not answer as memcached",
    needs: &[Need::Config, Need::Probe],
    symptoms: &[Symptom::TokenRefused, Symptom::HangsUp, Symptom::Alternates],
    explanation: "\
A node that answers garbage is not dead for python-memcached: it keeps its place in the list, and every token whose key
belongs to it is lost without a line in a log. The same holds for a memcached that wants TLS or a user name: nova-consoleauth
of its era (15 to 19) speaks plain memcached only.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let listed: Vec<String> = case
        .stores
        .iter()
        .flat_map(StoreView::servers)
        .filter_map(|server| crate::evidence::site::peer_of(server))
        .collect();
    case.evidence
        .memcached
        .iter()
        .filter(|seen| listed.contains(&seen.peer))
        .filter_map(|seen| {
            let what = wrong(&seen.saw)?;
            let share =
                100 / listed.len().max(1).min(case.stores.iter().map(|store| store.servers().len()).max().unwrap_or(1));
            let mut draft = Draft::error(
                &META,
                format!("{} is listed as a memcached and {what}: about {share}% of console tokens are lost", seen.peer),
            )
            .likely()
            .service(Service::Consoleauth)
            .seen(format!("{} asked from {}: {what}", seen.peer, seen.from))
            .remedy(
                Remedy::new(
                    "let a plain memcached answer there, or take the node out of memcache_servers on every controller",
                )
                .restart("nova-consoleauth")
                .verify("vncdoctor check again"),
            );
            if let Some(view) = case.hosts.iter().find(|host| seen.for_host.as_deref() == Some(host.host.name.as_str()))
            {
                draft = draft.host(view.host);
                let release =
                    case.stores.iter().find_map(|store| store.by_release.last()).map_or(17, |(release, _)| *release);
                let entry = view
                    .config(Service::Consoleauth, release)
                    .and_then(|config| view.entry(&config.get("cache", "memcache_servers")));
                if let Some((file, entry)) = entry {
                    draft = draft.at_value(file, entry);
                }
            }
            Some(draft.done())
        })
        .collect()
}

/// What is wrong with the answers, in words.
fn wrong(answer: &MemcachedAnswer) -> Option<String> {
    match answer.conduct.as_ref()? {
        Conduct::AuthRequired { .. } => Some("wants a user name, which nova-consoleauth never sends".to_owned()),
        Conduct::Stranger { protocol, .. } => Some(format!("answers as {}", protocol.words())),
        Conduct::Broken { what, .. } => Some(format!("breaks the protocol ({what})")),
        Conduct::Answered => answer.keys.iter().find_map(|key| match &key.found {
            Found::TooLarge { bytes } => {
                Some(format!("holds {bytes} bytes under the token's key, which no nova writes"))
            }
            Found::Error { text } => Some(format!("answers the token's key with an error ({text})")),
            _ => None,
        }),
        Conduct::Silent { .. } | Conduct::Closed { .. } => None,
    }
}

//! Waves: which probe next, from what was seen so far. A token decides the node, the cached value decides the VNC address.
//! Decisions come from `console` and `oslo` through [`crate::evidence::site`], never from a judgement.

mod apis;
mod back;
mod buses;
mod databases;
mod doors;
mod front;
mod idle;
mod knocks;
mod later;
mod picture;
mod tls;
mod upgrades;

use super::limits::Limits;
use super::memcached::{Answer, Key, ask};
use super::openstack::CloudProblem;
use super::request::{Request, TargetInput};
use super::rfb::papers;
use super::sealed::Sealed;
use crate::console::cached_value::decode;
use crate::console::release::Release;
use crate::console::token_store::KeyForm as StoreKey;
use crate::evidence::memcached::{Found, KeyForm, MemcachedAnswer};
use crate::evidence::probe::{Behalf, Seen};
use crate::evidence::process::Service;
use crate::evidence::site::releases::Releases;
use crate::evidence::site::roles::{Basis, roles};
use crate::evidence::site::stores::store_of;
use crate::evidence::site::{host_of, is_loopback, peer_of};
use crate::evidence::{Evidence, Spared};
use back::VncServer;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use later::Later;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Most memcached nodes asked in one run.
const MOST_NODES: usize = 256;

/// Makes every probe that the evidence permits; everything independent runs at once. Eyes that need the console asked about
/// wait for it, and whoever learns the address of a VNC server has it looked at.
///
/// # Errors
/// What is wrong with credentials or server by the APIs' own answers; nobody else is waited for then.
pub(super) async fn probe(evidence: &mut Evidence, sealed: &Sealed, request: &Request) -> Result<(), CloudProblem> {
    let limits = &request.limits;
    let (nodes, raw) = nodes(evidence);
    let (promise, asked) = Later::promised();
    let vantage = evidence.vantage.machine.clone();
    let buses = buses::buses(evidence, sealed);
    let (tell, servers) = mpsc::unbounded_channel();
    let apis = apis::ask(request, promise, tell.clone(), &vantage);
    let databases = databases::ask(evidence, sealed, asked.clone(), limits, tell.clone());
    let store = store(&nodes, raw, asked.clone(), limits, tell);
    let versions = tls::versions(asked.clone(), limits, &vantage);
    let front = front::front(evidence, asked.clone(), limits);
    let papers = papers::of_this_machine(evidence);
    let looker = back::Looker { limits, vantage: &vantage, papers: papers.as_ref() };
    let looks = back::looks(evidence, servers, &looker);
    let others = async { Ok(tokio::join!(store, databases, front, looks, versions, buses.ask(limits))) };
    let (api, (memcached, databases, (pages, upgrades), mut vnc, versions, answers)) = tokio::try_join!(apis, others)?;
    evidence.api = api;
    if let Some(console) = asked.wait().await {
        evidence.target = console.evidence();
    }
    if vnc.is_empty()
        && let Some((host, port)) = back::logged(evidence)
    {
        vnc.extend(looker.look(&host, port, back::may_dial(evidence, &host)).await);
    }
    evidence.buses = answers;
    evidence.buses_unasked = buses.unasked;
    evidence.spared.extend(buses.spared);
    evidence.memcached = memcached;
    evidence.databases = databases.seen;
    evidence.spared.extend(databases.spared);
    evidence.vnc = vnc;
    evidence.pages = pages;
    evidence.upgrades = upgrades;
    evidence.tls = versions;
    if let Some(file) = &request.screenshot {
        let target = asked.wait().await;
        evidence.picture = Some(picture::take(evidence, target.as_deref(), papers.as_ref(), limits, file).await);
    }
    if let (Some(hold), Some(console)) = (request.idle, asked.wait().await) {
        let held = idle::hold(evidence, &console, hold, limits).await;
        evidence.upgrades.extend(held);
    }
    Ok(())
}

/// Asks every node at once; the VNC server that the token stands for is told as soon as one of them names it.
async fn store(
    nodes: &[(String, Behalf)],
    raw: bool,
    target: Later<Arc<TargetInput>>,
    limits: &Limits,
    tell: mpsc::UnboundedSender<VncServer>,
) -> Vec<Seen<MemcachedAnswer>> {
    let keys = target.wait().await.map(|target| keys(&target, raw)).unwrap_or_default();
    let mut asked: FuturesUnordered<_> =
        nodes.iter().map(|(server, behalf)| ask(server, &keys, limits, behalf)).collect();
    let mut seen = Vec::new();
    while let Some(answer) = asked.next().await {
        let answer = decoded(answer);
        for server in back::named(&answer) {
            // nobody listens only where the looks have ended, and they end last
            let _ = tell.send(server);
        }
        seen.push(answer);
    }
    // the order of the lists, not of the answers, so that two runs read alike
    seen.sort_by_key(|answer| nodes.iter().position(|(server, _)| peer_of(server).as_ref() == Some(&answer.peer)));
    seen
}

/// The keys of the token on the wire. The clear token is sent only where a release uses it as the key.
fn keys(target: &TargetInput, raw: bool) -> Vec<Key> {
    let Some(token) = &target.token else { return Vec::new() };
    let mut keys: Vec<Key> = Key::new(KeyForm::Sha1, token.sha1_key()).into_iter().collect();
    if raw {
        keys.extend(Key::new(KeyForm::Raw, token.raw_key()));
    }
    keys
}

/// Every memcached node that a nova-consoleauth of any fitting release would ask, once, with the host that names it; and
/// whether one of them knows tokens by their clear text.
fn nodes(evidence: &mut Evidence) -> (Vec<(String, Behalf)>, bool) {
    let releases = Releases::of(evidence);
    let mut nodes: Vec<(String, Behalf)> = Vec::new();
    let mut spared = Vec::new();
    let mut raw = false;
    for (host, roles) in evidence.hosts.iter().zip(roles(evidence)) {
        if !roles.iter().any(|(role, basis)| *role == Service::Consoleauth && *basis >= Basis::Guessed) {
            continue;
        }
        let stores = releases
            .candidates
            .iter()
            .filter_map(|number| releases.exact.or_else(|| Release::from_number(*number)))
            .filter_map(|release| store_of(host, Service::Consoleauth, release));
        let mut servers: Vec<String> = Vec::new();
        for store in stores {
            raw |= store.key_form() == Some(StoreKey::Raw);
            servers.extend(store.servers().iter().cloned());
        }
        servers.dedup();
        for server in servers {
            let Some(peer) = peer_of(&server) else { continue };
            let known = nodes.iter().any(|(other, _)| peer_of(other).as_deref() == Some(peer.as_str()));
            if known || nodes.len() >= MOST_NODES {
                continue;
            }
            let own = is_loopback(host_of(&peer)) || peer.starts_with("unix:");
            if own && !evidence.may_dial_loopback(host) {
                spared.push(Spared {
                    for_host: Some(host.name.clone()),
                    peer,
                    why: "loopback of another machine".to_owned(),
                });
                continue;
            }
            let behalf = Behalf {
                from: evidence.vantage.machine.clone(),
                for_host: Some(host.name.clone()),
                because: Some("memcache_servers".to_owned()),
            };
            nodes.push((server, behalf));
        }
    }
    evidence.spared.extend(spared);
    (nodes, raw)
}

/// The evidence of an answer, with what each value says in place of the value.
fn decoded(answer: Answer) -> Seen<MemcachedAnswer> {
    let mut seen = answer.seen;
    for (key, value) in seen.saw.keys.iter_mut().zip(&answer.values) {
        let (Found::Present { flags, .. }, Some(value)) = (&key.found, value) else { continue };
        key.decoded = decode(*flags, value.bytes()).ok().and_then(|cached| serde_json::to_value(cached).ok());
    }
    seen
}

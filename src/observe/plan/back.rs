//! The far end: the VNC server that a token stands for, by its cached value or by the proxy's log.

use crate::console::cached_value::{Cached, Payload};
use crate::evidence::Evidence;
use crate::evidence::log::sessions;
use crate::evidence::memcached::MemcachedAnswer;
use crate::evidence::probe::{Behalf, Seen};
use crate::evidence::process::Service;
use crate::evidence::rfb::RfbAnswer;
use crate::evidence::site::roles::{Basis, roles};
use crate::evidence::site::{is_loopback, is_wildcard};
use crate::observe::limits::Limits;
use crate::observe::rfb;
use crate::observe::rfb::papers::Papers;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

/// Host and port of a VNC server, as a token names it.
pub(super) type VncServer = (String, u16);

/// Looks at every VNC server that is told, once each, as soon as it is told; ends when nobody is left to tell one.
pub(super) async fn looks(
    evidence: &Evidence,
    mut servers: mpsc::UnboundedReceiver<VncServer>,
    looker: &Looker<'_>,
) -> Vec<Seen<RfbAnswer>> {
    let mut looks = FuturesUnordered::new();
    let mut dialled: Vec<VncServer> = Vec::new();
    let mut seen = Vec::new();
    let mut open = true;
    while open || !looks.is_empty() {
        tokio::select! {
            told = servers.recv(), if open => match told {
                None => open = false,
                Some(server) if dialled.contains(&server) => {}
                Some(server) => {
                    dialled.push(server.clone());
                    let may = may_dial(evidence, &server.0);
                    looks.push(async move { looker.look(&server.0, server.1, may).await });
                }
            },
            Some(look) = looks.next() => seen.extend(look),
        }
    }
    seen
}

/// The VNC servers that a node's values name.
pub(super) fn named(answer: &Seen<MemcachedAnswer>) -> Vec<VncServer> {
    answer
        .saw
        .keys
        .iter()
        .filter_map(|key| serde_json::from_value::<Cached>(key.decoded.clone()?).ok())
        .filter_map(|cached| match cached.payload {
            Payload::Console(info) => Some((info.host.clone()?, info.dialable_port()?)),
            _ => None,
        })
        .collect()
}

/// The VNC server that the proxy dialled last for the token, by its log.
pub(super) fn logged(evidence: &Evidence) -> Option<VncServer> {
    let token = evidence.target.token.as_ref()?;
    evidence
        .hosts
        .iter()
        .flat_map(|host| &host.logs)
        .flat_map(|log| sessions(&log.events))
        .filter(|session| session.token.as_ref().is_some_and(|seen| seen.sha256 == token.sha256))
        .filter_map(|session| Some((session.host?, u16::try_from(session.port?).ok().filter(|port| *port > 0)?)))
        .next_back()
}

/// Whether an address that a compute node gave may be dialled from here: another machine's loopback never.
pub(super) fn may_dial(evidence: &Evidence, host: &str) -> bool {
    if is_wildcard(host) {
        return false;
    }
    if !is_loopback(host) {
        return true;
    }
    // loopback of the machine on which the proxy runs
    let proxies: Vec<_> = evidence
        .hosts
        .iter()
        .zip(roles(evidence))
        .filter(|(_, roles)| roles.iter().any(|(role, basis)| *role == Service::Novncproxy && *basis >= Basis::Guessed))
        .collect();
    !proxies.is_empty() && proxies.iter().all(|(host, _)| evidence.may_dial_loopback(host))
}

/// Who looks, how long, and with which papers.
pub(super) struct Looker<'l> {
    pub(super) limits: &'l Limits,
    pub(super) vantage: &'l str,
    pub(super) papers: Option<&'l Papers>,
}

impl Looker<'_> {
    /// A look at a VNC server, up to the security types; with VeNCrypt as far as the papers lead.
    pub(super) async fn look(&self, host: &str, port: u16, may_dial: bool) -> Option<Seen<RfbAnswer>> {
        if !may_dial {
            return None;
        }
        let because = Some("connect_info of the token".to_owned());
        let behalf = Behalf { from: self.vantage.to_owned(), for_host: None, because };
        Some(rfb::look_with(host, port, self.papers, self.limits, &behalf).await)
    }
}

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

/// The VNC servers that a node's values name.
pub(super) fn named(answer: &Seen<MemcachedAnswer>) -> Vec<(String, u16)> {
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
pub(super) fn logged(evidence: &Evidence) -> Option<(String, u16)> {
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

/// A look at it, up to the security types.
pub(super) async fn look(
    host: &str,
    port: u16,
    limits: &Limits,
    vantage: &str,
    may_dial: bool,
) -> Option<Seen<RfbAnswer>> {
    if !may_dial {
        return None;
    }
    let behalf =
        Behalf { from: vantage.to_owned(), for_host: None, because: Some("connect_info of the token".to_owned()) };
    Some(rfb::look(host, port, limits, &behalf).await)
}

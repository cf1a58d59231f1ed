//! Where the token should be by each host's list, and where it is.

use super::{Case, HostView, StoreView, lines};
use crate::console::cached_value::{Cached, Payload};
use crate::console::connect_info::ConnectInfo;
use crate::console::memcached_ring::probe_order;
use crate::console::token::TokenPrint;
use crate::console::token_store::KeyForm as StoreKey;
use crate::evidence::Evidence;
use crate::evidence::host::Host;
use crate::evidence::log::{Event, LogEvent, LogFile};
use crate::evidence::memcached::{Conduct, Found, KeyForm, MemcachedAnswer};
use crate::evidence::probe::Seen;
use crate::evidence::process::Service;

/// What is known of the token.
pub(crate) struct TokenView {
    pub(crate) print: TokenPrint,
    /// Nodes that hold it, by peer as dialled.
    pub(crate) found: Vec<Holding>,
    /// Each nova-consoleauth's look-up, as python-memcached makes it.
    pub(crate) lookups: Vec<Lookup>,
    /// What the cell database's row says, in the form of a connect_info.
    row: Option<ConnectInfo>,
}

/// A node that holds the token.
pub(crate) struct Holding {
    /// `host:port`.
    pub(crate) peer: String,
    /// What the value says, if it could be read.
    pub(crate) cached: Option<Cached>,
}

/// What one host's nova-consoleauth would meet.
pub(crate) struct Lookup {
    /// Index into the case's stores.
    pub(crate) store: usize,
    /// The node that the key belongs to, as the list spells it.
    pub(crate) home: String,
    /// The first node in the client's order that answers; `None` if none does or that is not known.
    pub(crate) asks: Option<String>,
    /// Whether that node holds the token; `None` if it was not asked.
    pub(crate) finds: Option<bool>,
}

impl TokenView {
    /// The connect_info of the token, if a value in memcached or a row could be read.
    pub(crate) fn connect_info(&self) -> Option<&ConnectInfo> {
        let cached = self.found.iter().find_map(|holding| match &holding.cached.as_ref()?.payload {
            Payload::Console(connect_info) => Some(connect_info.as_ref()),
            _ => None,
        });
        cached.or(self.row.as_ref())
    }

    /// When it was written: Unix seconds by the clock of the writer.
    pub(crate) fn written(&self) -> Option<f64> {
        self.found.iter().filter_map(|holding| holding.cached.as_ref()?.ct).max_by(f64::total_cmp)
    }
}

impl<'e> Case<'e> {
    /// The line in which a nova-consoleauth took the target's token.
    pub(crate) fn token_received(&self) -> Option<(&'e Host, &'e LogFile, &'e LogEvent)> {
        let token = self.token.as_ref()?;
        let own = |line: &LogEvent| line.token.as_ref().is_some_and(|seen| seen.sha256 == token.print.sha256);
        lines(self.evidence).find(|(_, _, line)| matches!(line.event, Event::TokenReceived { .. }) && own(line))
    }
}

/// `token_ttl` as a host's nova-consoleauth reads it, in seconds.
pub(crate) fn ttl(host: &HostView, release: u16) -> Option<i64> {
    host.config(Service::Consoleauth, release)?.int("consoleauth", "token_ttl")
}

/// Whether a node answers as python-memcached would see it: dead and mute ones are passed over.
pub(crate) fn answers(answer: &MemcachedAnswer) -> bool {
    answer.dial.connected() && !matches!(answer.conduct, Some(Conduct::Silent { .. } | Conduct::Closed { .. }))
}

/// What was asked of a server, however its list spells it.
pub(crate) fn answer_of<'e>(evidence: &'e Evidence, server: &str) -> Option<&'e Seen<MemcachedAnswer>> {
    let peer = crate::evidence::site::peer_of(server)?;
    evidence.memcached.iter().find(|seen| seen.peer == peer)
}

/// Whether a node holds the token under a form of its key; `None` if it was not asked or did not say.
fn holds(answer: &MemcachedAnswer, form: KeyForm) -> Option<bool> {
    answer.keys.iter().find(|key| key.form == form).and_then(|key| match key.found {
        Found::Absent => Some(false),
        Found::Present { .. } | Found::TooLarge { .. } => Some(true),
        Found::Error { .. } => None,
    })
}

pub(super) fn token(evidence: &Evidence, stores: &[StoreView]) -> Option<TokenView> {
    let print = evidence.target.token.clone()?;
    let found = evidence
        .memcached
        .iter()
        .flat_map(|seen| seen.saw.keys.iter().map(move |key| (seen, key)))
        .filter(|(_, key)| matches!(key.found, Found::Present { .. } | Found::TooLarge { .. }))
        .map(|(seen, key)| Holding {
            peer: seen.peer.clone(),
            cached: key.decoded.clone().and_then(|value| serde_json::from_value(value).ok()),
        })
        .collect();
    let lookups =
        stores.iter().enumerate().filter_map(|(index, store)| lookup(evidence, index, store, &print)).collect();
    Some(TokenView { print, found, lookups, row: super::databases::connect_info(evidence) })
}

fn lookup(evidence: &Evidence, index: usize, store: &StoreView, print: &TokenPrint) -> Option<Lookup> {
    let servers = store.servers();
    let (hash, form) = match store.newest()?.key_form()? {
        StoreKey::Raw => (print.raw_hash, KeyForm::Raw),
        StoreKey::Sha1 => (print.sha1_hash(), KeyForm::Sha1),
    };
    let order = probe_order(hash, servers.len());
    let home = servers.get(*order.first()?)?.clone();
    let mut asks = None;
    let mut finds = None;
    for place in order {
        let server = servers.get(place)?;
        let Some(seen) = answer_of(evidence, server) else { break };
        if answers(&seen.saw) {
            asks = Some(server.clone());
            finds = holds(&seen.saw, form);
            break;
        }
    }
    Some(Lookup { store: index, home, asks, finds })
}

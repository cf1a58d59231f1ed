//! Proxies of one cell, told by what they share: two cells have neither a message bus nor a database in common, so proxies
//! that agree on one of the two have to agree on the other.

use super::console_words::proxies;
use super::peer_words::Peer;
use crate::evidence::site::roles::Basis;
use crate::finding::{Confidence, Severity};
use crate::judge::case::{Case, HostView};
use crate::oslo::config::{Config, Setting};
use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::Arc;

/// What all proxies of a cell have in common.
#[derive(Clone, Copy)]
pub(super) enum Of {
    /// `[DEFAULT] transport_url`.
    Bus,
    /// `[database] connection`.
    Database,
}

/// A proxy whose own files name both.
struct Mate<'c, 'e> {
    host: &'c HostView<'e>,
    bus: (Arc<Setting>, Peer),
    database: (Arc<Setting>, Peer),
}

/// A proxy that shares one of the two with others, and not the other.
pub(super) struct Odd<'c, 'e> {
    /// Where it leads: the name of a database or virtual host, the servers where the names are the same.
    pub(super) own: String,
    /// Where the others lead, who agree with each other.
    pub(super) theirs: String,
    /// The hosts of the others.
    pub(super) mates: Vec<&'c str>,
    /// The first of them, and what its line says.
    pub(super) shown: (&'c HostView<'e>, Arc<Setting>),
    pub(super) severity: Severity,
    pub(super) confidence: Confidence,
}

/// `/` is RabbitMQ's default virtual host, whichever way it is written.
pub(super) fn virtual_host(path: &str) -> String {
    if path.is_empty() || path == "/" { "/".to_owned() } else { path.to_owned() }
}

impl Mate<'_, '_> {
    fn of(&self, of: Of) -> &(Arc<Setting>, Peer) {
        match of {
            Of::Bus => &self.bus,
            Of::Database => &self.database,
        }
    }
}

/// Every proxy that is known to be one and names both, in the order of their hosts.
pub(super) struct Mates<'c, 'e>(Vec<Mate<'c, 'e>>);

impl<'c, 'e> Mates<'c, 'e> {
    pub(super) fn of(case: &'c Case<'e>) -> Self {
        let all = proxies(case, Basis::Told);
        if all.len() < 2 {
            return Self(Vec::new());
        }
        let mate = |(host, config): (&'c HostView<'e>, Rc<Config>)| {
            let (bus, database) = (config.get("DEFAULT", "transport_url"), config.get("database", "connection"));
            let at = Peer::of(&bus)?;
            let at = Peer { path: virtual_host(&at.path), ..at };
            let to = Peer::of(&database)?;
            Some(Mate { host, bus: (bus, at), database: (database, to) })
        };
        Self(all.into_iter().filter_map(mate).collect())
    }

    /// Whether the proxy of this host is odd in this: it shares the other with proxies that agree with each other and not with
    /// it.
    pub(super) fn odd(&self, host: &HostView, of: Of) -> Option<Odd<'c, 'e>> {
        let by = match of {
            Of::Bus => Of::Database,
            Of::Database => Of::Bus,
        };
        let this = self.0.iter().find(|mate| std::ptr::eq(mate.host.host, host.host))?;
        let own = &this.of(of).1;
        let group = self.0.iter().filter(|mate| alike(&mate.of(by).1, &this.of(by).1));
        let (others, same): (Vec<&Mate>, Vec<&Mate>) = group.partition(|mate| differ(&mate.of(of).1, own));
        let first = others.first()?;
        let theirs = &first.of(of).1;
        if others.iter().any(|mate| differ(&mate.of(of).1, theirs)) {
            return None;
        }
        let renamed = own.path != theirs.path;
        let (severity, confidence) = match others.len().cmp(&same.len()) {
            Ordering::Less => return None,
            // told once, of those that come later
            Ordering::Equal if self.place(same.first()?) < self.place(first) => return None,
            Ordering::Greater if renamed => (Severity::Error, Confidence::Likely),
            // of two either may be the wrong one; another address may be a balancer's
            Ordering::Greater | Ordering::Equal => (Severity::Warning, Confidence::Possible),
        };
        let words = |peer: &Peer| if renamed { peer.path.clone() } else { peer.hosts.join(",") };
        Some(Odd {
            own: words(own),
            theirs: words(theirs),
            mates: others.iter().map(|mate| mate.host.name()).collect(),
            shown: (first.host, first.of(of).0.clone()),
            severity,
            confidence,
        })
    }

    fn place(&self, one: &Mate) -> Option<usize> {
        self.0.iter().position(|mate| std::ptr::eq(mate, one))
    }
}

/// The same, as far as two texts can show it.
fn alike(a: &Peer, b: &Peer) -> bool {
    a.path == b.path && a.hosts.iter().any(|host| b.hosts.contains(host))
}

/// Two, for all that the texts show.
fn differ(a: &Peer, b: &Peer) -> bool {
    a.path != b.path || a.apart(b)
}

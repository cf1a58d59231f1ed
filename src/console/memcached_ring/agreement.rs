//! Would two hosts look for a token on the same node?
//!
//! Compared by what python-memcached does with each list, not by its text: a name and its address are one server where
//! the caller knows so, `ctl1` and `ctl1:11211` always. What cannot be known stays unknown.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::{ServerAddr, python_memcached};

/// Do the two lists belong to processes of one machine? Loopback and unix sockets mean something else on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Machines {
    /// The same machine.
    One,
    /// Two machines.
    Two,
}

/// What is known of hosts: the addresses of a name, or further addresses of an address. The caller fills it from what was
/// resolved; an empty one is fine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names(BTreeMap<String, BTreeSet<IpAddr>>);

impl Names {
    /// Adds what a name (or an address) stands for.
    pub fn learn(&mut self, host: &str, addresses: impl IntoIterator<Item = IpAddr>) {
        self.0.entry(host.to_ascii_lowercase()).or_default().extend(addresses);
    }

    /// Addresses of a host as far as known: an address literal is its own.
    fn addresses(&self, host: &str) -> BTreeSet<IpAddr> {
        let host = host.to_ascii_lowercase();
        let mut found = self.0.get(&host).cloned().unwrap_or_default();
        found.extend(literal(&host));
        if host == "localhost" && found.is_empty() {
            found.insert(IpAddr::from([127, 0, 0, 1]));
        }
        found
    }
}

fn literal(host: &str) -> Option<IpAddr> {
    host.parse().ok()
}

/// Are two servers one?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sameness {
    /// The same.
    Same,
    /// Two servers.
    Different,
    /// Unknown: a name against an address or another name, not resolved.
    Unknown,
}

/// Over the 32768 values of the hash's 15 bits: how many look for their key on the same node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Agreement {
    /// Values for which both ask the same server.
    pub same: u32,
    /// Values for which they ask different servers, or one asks none.
    pub different: u32,
    /// Values for which that is unknown.
    pub unknown: u32,
}

impl Agreement {
    /// Values of the hash in all.
    pub const TOTAL: u32 = 32768;

    /// Every token is found by the other host.
    pub fn is_full(&self) -> bool {
        self.same == Self::TOTAL
    }

    /// Some tokens are certainly not found by the other host.
    pub fn is_broken(&self) -> bool {
        self.different > 0
    }

    /// Share of tokens that the other host certainly does not find, 0 to 1.
    pub fn share_lost(&self) -> f64 {
        f64::from(self.different) / f64::from(Self::TOTAL)
    }
}

/// Are these one server, seen from two processes? Two different addresses count as two servers unless `names` says that
/// they belong to one host.
pub fn same_server(a: &ServerAddr, b: &ServerAddr, names: &Names, machines: Machines) -> Sameness {
    match (a, b) {
        (ServerAddr::Unix { path: one }, ServerAddr::Unix { path: two }) => {
            if machines == Machines::One && one == two {
                Sameness::Same
            } else {
                Sameness::Different
            }
        }
        (ServerAddr::Inet { host: one, port: p, .. }, ServerAddr::Inet { host: two, port: q, .. }) => {
            if p == q {
                same_host(one, two, names, machines)
            } else {
                Sameness::Different
            }
        }
        // a process may listen on a socket and on TCP, but memcached's -s turns TCP off
        _ => Sameness::Different,
    }
}

fn same_host(one: &str, two: &str, names: &Names, machines: Machines) -> Sameness {
    let (mine, theirs) = (names.addresses(one), names.addresses(two));
    let is_local = |known: &BTreeSet<IpAddr>| !known.is_empty() && known.iter().all(IpAddr::is_loopback);
    if machines == Machines::Two && (is_local(&mine) || is_local(&theirs)) {
        // each machine's loopback is its own; against an unresolved name nothing is known but that
        return Sameness::Different;
    }
    if one.eq_ignore_ascii_case(two) || !mine.is_disjoint(&theirs) {
        Sameness::Same
    } else if mine.is_empty() || theirs.is_empty() {
        Sameness::Unknown
    } else {
        Sameness::Different
    }
}

/// Do two processes ask the same server for the key that starts with `start_hash`?
pub fn same_node(a: &[ServerAddr], b: &[ServerAddr], start_hash: u16, names: &Names, machines: Machines) -> Sameness {
    let pick = |list: &[ServerAddr]| python_memcached(start_hash, list.len()).and_then(|at| list.get(at).cloned());
    match (pick(a), pick(b)) {
        (Some(one), Some(two)) => same_server(&one, &two, names, machines),
        _ => Sameness::Different,
    }
}

/// Over all keys: would two processes with these lists ask the same server? An empty list keeps nothing, so it agrees
/// with none.
pub fn same_ring(a: &[ServerAddr], b: &[ServerAddr], names: &Names, machines: Machines) -> Agreement {
    let table: Vec<Vec<Sameness>> =
        a.iter().map(|one| b.iter().map(|two| same_server(one, two, names, machines)).collect()).collect();
    let mut agreement = Agreement { same: 0, different: 0, unknown: 0 };
    for bits in 0_u16..32768 {
        let start = bits.max(1);
        let at = python_memcached(start, a.len()).zip(python_memcached(start, b.len()));
        match at.and_then(|(i, j)| table.get(i)?.get(j)) {
            Some(Sameness::Same) => agreement.same += 1,
            Some(Sameness::Unknown) => agreement.unknown += 1,
            Some(Sameness::Different) | None => agreement.different += 1,
        }
    }
    agreement
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::parse_python_memcached;
    use super::*;

    fn list(text: &str) -> Vec<ServerAddr> {
        text.split(',').map(|item| parse_python_memcached(item).unwrap()).collect()
    }

    fn ring(a: &str, b: &str) -> Agreement {
        same_ring(&list(a), &list(b), &Names::default(), Machines::Two)
    }

    #[test]
    fn equal_lists_agree_whatever_the_spelling() {
        assert!(ring("ctl1,ctl2,ctl3", "ctl1:11211,inet:ctl2,CTL3:11211").is_full());
        assert!(ring("10.0.0.1:11211", "10.0.0.1").is_full());
        assert!(ring("inet6:[fd00::1]", "inet6:[fd00:0::1]:11211").is_full());
    }

    #[test]
    fn order_and_length_matter() {
        let swapped = ring("10.0.0.1,10.0.0.2,10.0.0.3", "10.0.0.2,10.0.0.1,10.0.0.3");
        assert!(swapped.is_broken());
        assert_eq!(swapped.unknown, 0);
        // one pair swapped of three: two thirds of the keys
        assert!((swapped.share_lost() - 2.0 / 3.0).abs() < 1e-4);
        // exact: of 0..32767 (0 counts as 1), those that are 2 modulo 3
        assert_eq!(swapped.same, 10922);
        let shorter = ring("10.0.0.1,10.0.0.2,10.0.0.3", "10.0.0.1,10.0.0.2");
        assert!((shorter.share_lost() - 2.0 / 3.0).abs() < 1e-4);
        // reversing three leaves the middle one in place
        let reversed = ring("10.0.0.1,10.0.0.2,10.0.0.3", "10.0.0.3,10.0.0.2,10.0.0.1");
        assert_eq!(reversed.same, 10924);
        assert_eq!(ring("10.0.0.1,10.0.0.1", "10.0.0.1").different, 0);
        assert_eq!(ring("10.0.0.1:1", "10.0.0.1:2").different, Agreement::TOTAL);
    }

    #[test]
    fn names_need_resolving() {
        let unresolved = ring("ctl1,ctl2", "10.0.0.1,10.0.0.2");
        assert_eq!(unresolved.unknown, Agreement::TOTAL);
        let mut names = Names::default();
        names.learn("Ctl1", ["10.0.0.1".parse().unwrap()]);
        names.learn("ctl2", ["10.0.0.2".parse().unwrap()]);
        let both = |a: &str, b: &str| same_ring(&list(a), &list(b), &names, Machines::Two);
        assert!(both("ctl1,ctl2", "10.0.0.1,10.0.0.2").is_full());
        assert_eq!(both("ctl1,ctl2", "10.0.0.2,10.0.0.1").different, Agreement::TOTAL);
        names.learn("192.168.0.1", ["10.0.0.1".parse().unwrap()]);
        assert!(same_ring(&list("192.168.0.1"), &list("ctl1"), &names, Machines::Two).is_full());
    }

    #[test]
    fn loopback_is_shared_on_one_machine_only() {
        let here = |machines| same_ring(&list("localhost"), &list("127.0.0.1"), &Names::default(), machines);
        assert!(here(Machines::One).is_full());
        assert_eq!(here(Machines::Two).different, Agreement::TOTAL);
        assert_eq!(ring("localhost:11211", "localhost:11211").different, Agreement::TOTAL);
        assert_eq!(ring("unix:/run/mc", "unix:/run/mc").different, Agreement::TOTAL);
        let socket = list("unix:/run/mc");
        assert!(same_ring(&socket, &socket, &Names::default(), Machines::One).is_full());
    }

    #[test]
    fn one_token_by_itself() {
        let (a, b) = (list("10.0.0.1,10.0.0.2,10.0.0.3"), list("10.0.0.1,10.0.0.2"));
        let at = |hash| same_node(&a, &b, hash, &Names::default(), Machines::Two);
        // 12747: index 0 of 3, 1 of 2
        assert_eq!(at(12747), Sameness::Different);
        assert_eq!(at(12), Sameness::Same);
        assert_eq!(same_node(&a, &[], 12, &Names::default(), Machines::Two), Sameness::Different);
    }
}

//! What the causes that compare hosts have in common: where a connection leads, and whether two values may be compared.

use crate::evidence::site::hosts_in;
use crate::judge::case::{Case, HostView};
use crate::oslo::config::Setting;
use crate::oslo::options::is_section;
use std::net::IpAddr;

/// Where a database or message bus connection leads, as far as it may be kept.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Peer {
    /// Names and addresses in lower case, without ports, sorted.
    pub(super) hosts: Vec<String>,
    /// What follows the hosts: the name of a database, or a virtual host. Empty without one.
    pub(super) path: String,
}

impl Peer {
    /// Of the connection that a setting has. `None` for a default, a file below a path, a template, and where too much was
    /// taken out.
    pub(super) fn of(setting: &Setting) -> Option<Self> {
        Self::parse(setting.raw.as_deref()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let (_, rest) = text.trim().split_once("://")?;
        if !is_literal(rest) {
            return None;
        }
        let path = rest.split_once('/').map_or("", |(_, path)| path);
        let path = path.split('?').next().unwrap_or_default().to_owned();
        let mut hosts = hosts_in(text);
        hosts.sort();
        hosts.dedup();
        (!hosts.is_empty()).then_some(Self { hosts, path })
    }

    /// None of the hosts is one of the other's, and all are addresses, so that no name can be a second name.
    pub(super) fn apart(&self, other: &Self) -> bool {
        let addresses = |hosts: &[String]| hosts.iter().all(|host| host.parse::<IpAddr>().is_ok());
        addresses(&self.hosts) && addresses(&other.hosts) && !self.hosts.iter().any(|host| other.hosts.contains(host))
    }
}

/// A text that stands for itself: no template, no other option's name, nothing taken out but credentials.
pub(super) fn is_literal(text: &str) -> bool {
    !text.replace("***@", "").contains(['{', '}', '<', '>', '*', '$', '%'])
}

/// Every configuration file of a host could be read, so that what stands in none of them is not set.
pub(super) fn all_read(host: &HostView) -> bool {
    !host.host.unreadable.iter().any(|one| one.what.contains(".conf"))
}

/// Some file of the site names a database of this section: then files were given whole, and one without it lacks it.
pub(super) fn some_database(case: &Case, section: &str) -> bool {
    let mut entries = case.hosts.iter().flat_map(|host| &host.host.files).flat_map(|file| &file.parsed.entries);
    entries.any(|entry| entry.key == "connection" && is_section(&entry.section, section))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Peer;

    #[test]
    fn connections_are_taken_apart() {
        let peer = |text| Peer::parse(text).map(|peer| (peer.hosts.join(" "), peer.path));
        assert_eq!(
            peer("mysql+pymysql://***@10.0.0.10:3306/nova_cell1"),
            Some(("10.0.0.10".into(), "nova_cell1".into()))
        );
        assert_eq!(peer("rabbit://***@B:5672,***@a:5672//"), Some(("a b".into(), "/".into())));
        assert_eq!(peer("rabbit://***@a:5672"), Some(("a".into(), String::new())));
        for text in
            ["***", "sqlite:////var/lib/nova/nova.sqlite", "mysql://***@{{ db }}/nova", "mysql://***@$my_ip/nova"]
        {
            assert_eq!(peer(text), None, "{text}");
        }
    }

    #[test]
    fn only_addresses_are_certainly_apart() {
        let peer = |text| Peer::parse(text).unwrap();
        let one = peer("rabbit://***@10.0.0.1:5672/");
        assert!(one.apart(&peer("rabbit://***@10.0.0.2:5672/")));
        assert!(!one.apart(&peer("rabbit://***@10.0.0.2:5672,***@10.0.0.1:5672/")));
        assert!(!one.apart(&peer("rabbit://***@ctl2:5672/")));
    }
}

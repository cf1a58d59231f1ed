//! What a host's files come to: the effective configuration of a service, the peers the files name, and whose loopback
//! a loopback address is. Both the planner of probes and the judge read evidence through this file, so they agree.

pub mod queues;
pub mod releases;
pub mod roles;
pub mod stores;

use super::Evidence;
use super::host::Host;
use super::process::Service;
use crate::console::memcached_ring::parse_python_memcached;
use crate::oslo::config::{Config, Identity, Program};
use std::net::IpAddr;

/// The program whose rules and defaults oslo.config applies for a service.
pub fn program(service: Service) -> Program {
    match service {
        Service::Consoleauth => Program::Consoleauth,
        Service::Novncproxy => Program::Novncproxy,
        Service::Compute => Program::Compute,
        Service::Api => Program::Api,
        Service::Conductor => Program::Conductor,
        Service::Scheduler | Service::SpiceProxy | Service::SerialProxy => Program::Other,
    }
}

impl Host {
    /// The files that a service reads, in order of precedence: its own list, else the one that is for every service.
    pub fn files_of(&self, service: Service) -> Option<&super::host::ServiceConfig> {
        self.configs
            .iter()
            .find(|config| config.service == Some(service))
            .or_else(|| self.configs.iter().find(|config| config.service.is_none()))
    }

    /// What a service reads, as a Nova of this release reads it. `None` where no file of it was seen.
    pub fn config(&self, service: Service, release: u16) -> Option<Config> {
        let source = self.files_of(service)?;
        let files = source
            .files
            .iter()
            .filter_map(|&index| self.files.get(index))
            .map(|file| (file.path.clone(), file.parsed.clone()))
            .collect();
        Some(Config::new(files, source.env.clone(), program(service), release, Identity::default()))
    }

    /// Hosts that the files name as peers, lower case, without ports. What a host says of itself (`my_ip`, listen and
    /// proxyclient addresses, base URLs) is no peer.
    pub fn named_peers(&self) -> Vec<&str> {
        let entries = self.files.iter().flat_map(|file| &file.parsed.entries);
        let peers = entries.filter(|entry| names_a_peer(&entry.key)).flat_map(|entry| entry.peers(hosts_in));
        let mut peers: Vec<&str> = peers.map(String::as_str).collect();
        peers.sort_unstable();
        peers.dedup();
        peers
    }

    /// Names and addresses that the files give to this host itself.
    pub fn own_names(&self) -> Vec<String> {
        const OWN: [&str; 3] = ["my_ip", "host", "my_block_storage_ip"];
        let entries = self.files.iter().flat_map(|file| OWN.map(|key| file.parsed.assigned("DEFAULT", key)));
        let told = entries.flatten().filter(|entry| !entry.redacted);
        let mut names: Vec<String> = told.map(|entry| entry.value.trim().to_lowercase()).collect();
        names.push(self.name.to_lowercase());
        names
    }

    /// Peers that are other machines: neither loopback nor the host's own names.
    pub fn other_machines(&self) -> Vec<String> {
        self.machines_beside(&self.own_names())
    }

    /// The same of a host with these [`own names`](Self::own_names).
    pub fn machines_beside(&self, own: &[String]) -> Vec<String> {
        let is_own = |peer: &str| own.iter().any(|name| name == peer);
        let peers = self.named_peers().into_iter();
        peers.filter(|peer| !peer.starts_with('$') && !is_own(peer) && !is_loopback(peer)).map(str::to_owned).collect()
    }
}

impl Evidence {
    /// More than one machine was seen: two machine-ids among hosts and vantage.
    pub fn several_machines(&self) -> bool {
        let mut ids: Vec<&String> = self.hosts.iter().filter_map(|host| host.machine_id.as_ref()).collect();
        ids.extend(self.vantage.machine_id.as_ref());
        ids.sort();
        ids.dedup();
        ids.len() > 1
    }

    /// Why a loopback address in this host's files cannot be shared with another host; `None` where the whole site may
    /// be one machine, so that loopback is right.
    pub fn loopback_is_private(&self, host: &Host) -> Option<String> {
        self.is_private_beside(&host.other_machines())
    }

    /// The same of a host whose files name these [`other machines`](Host::other_machines).
    pub fn is_private_beside(&self, others: &[String]) -> Option<String> {
        if self.several_machines() && self.hosts.len() > 1 {
            return Some("the evidence comes from several machines".into());
        }
        let first = others.first()?;
        Some(format!("its files name {first}, another machine"))
    }

    /// Whether a loopback address in this host's files may be dialled from the vantage: it is that machine, or the whole
    /// site is one machine as far as the files tell.
    pub fn may_dial_loopback(&self, host: &Host) -> bool {
        if host.local {
            return true;
        }
        let elsewhere = host.machine_id.is_some() && host.machine_id != self.vantage.machine_id;
        !elsewhere && self.loopback_is_private(host).is_none()
    }
}

/// The peer that a memcached server string stands for, as a dial writes it: `host:port`, `[v6]:port`, `unix:/path`.
/// `None` where python-memcached cannot read the string.
pub fn peer_of(server: &str) -> Option<String> {
    parse_python_memcached(server).ok().map(|address| address.to_string())
}

/// Whether a host name or address is this machine's own and no other's: `127.0.0.0/8`, `::1`, `localhost`.
pub fn is_loopback(host: &str) -> bool {
    const BELOW: &[u8] = b".localhost";
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = host.parse::<IpAddr>() {
        return address.to_canonical().is_loopback();
    }
    let name = host.trim_end_matches('.').as_bytes();
    ["localhost", "localhost.localdomain", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback"]
        .iter()
        .any(|own| name.eq_ignore_ascii_case(own.as_bytes()))
        || name.len() >= BELOW.len() && name[name.len() - BELOW.len()..].eq_ignore_ascii_case(BELOW)
}

/// Whether a host means "every address of this machine": a listen address, never one to dial.
pub fn is_wildcard(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.parse::<IpAddr>().is_ok_and(|address| address.is_unspecified())
}

/// Options whose value names a peer, in whichever section.
fn names_a_peer(key: &str) -> bool {
    matches!(
        key,
        "transport_url"
            | "connection"
            | "slave_connection"
            | "memcache_servers"
            | "memcached_servers"
            | "auth_url"
            | "www_authenticate_uri"
            | "auth_uri"
            | "identity_uri"
            | "api_servers"
            | "endpoint_override"
            | "url"
            | "rabbit_host"
            | "rabbit_hosts"
            | "qpid_hostname"
            | "glance_api_servers"
            | "neutron_url"
            | "glance_host"
            | "sql_connection"
            | "redis_server"
    )
}

/// Hosts in a value: URLs with one or several members, or a list of `host[:port]`.
pub fn hosts_in(value: &str) -> Vec<String> {
    let rest = value.split_once("://").map_or(value, |(_, rest)| rest);
    let authority = if value.contains("://") { rest.split(['/', '?']).next().unwrap_or_default() } else { rest };
    authority
        .split(',')
        .map(|member| member.rsplit_once('@').map_or(member, |(_, host)| host).trim())
        .map(|member| member.split_once("://").map_or(member, |(_, host)| host))
        .map(|member| member.trim_start_matches("inet6:").trim_start_matches("inet:"))
        .map(host_of)
        .filter(|host| !host.is_empty() && !host.starts_with("unix:") && !host.contains('*'))
        .map(str::to_lowercase)
        .collect()
}

/// The host of `host`, `host:port`, `[v6]:port` or a bare IPv6 address.
pub fn host_of(text: &str) -> &str {
    let text = text.split('/').next().unwrap_or_default();
    if let Some(rest) = text.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default();
    }
    match text.matches(':').count() {
        1 => text.split(':').next().unwrap_or_default(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::{hosts_in, is_loopback, is_wildcard};

    #[test]
    fn hosts_are_found_in_every_form() {
        assert_eq!(hosts_in("rabbit://***@10.0.0.1:5672,***@ctl2:5672/"), ["10.0.0.1", "ctl2"]);
        assert_eq!(hosts_in("10.0.0.1:11211, inet6:[fd00::1]:11211"), ["10.0.0.1", "fd00::1"]);
        assert_eq!(hosts_in("http://Controller:35357/v3"), ["controller"]);
        assert_eq!(hosts_in("sqlite:////var/lib/nova.sqlite"), Vec::<String>::new());
        assert_eq!(hosts_in("***"), Vec::<String>::new());
    }

    #[test]
    fn loopback_and_wildcard_are_told_from_the_rest() {
        for host in ["127.0.0.50", "::1", "[::1]", "localhost", "::ffff:127.0.0.1"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["10.0.0.1", "localhost.example", "ctl1", "::2"] {
            assert!(!is_loopback(host), "{host}");
        }
        assert!(is_wildcard("0.0.0.0") && is_wildcard("::") && !is_wildcard("127.0.0.1"));
    }
}

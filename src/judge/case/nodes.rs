//! Hosts that hand out VNC consoles, and their URLs; told once, because every cause around address and URL begins with them.

use super::{Case, HostView};
use crate::console::access_url::AccessUrl;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::oslo::config::{Config, Setting};
use crate::oslo::options::is_section;
use std::sync::Arc;

/// A host that is taken to run nova-compute and to have VNC consoles.
pub(crate) struct VncNode {
    /// Index into the case's hosts.
    pub(crate) host: usize,
    pub(crate) basis: Basis,
    /// It is taken to run the console proxy too, so that the proxy's loopback is its own.
    pub(crate) with_proxy: bool,
}

/// The console URL that such a host sets.
pub(crate) struct NodeUrl {
    /// Index into the case's hosts.
    pub(crate) host: usize,
    pub(crate) setting: Arc<Setting>,
    pub(crate) url: AccessUrl,
}

/// `[vnc] novncproxy_base_url` of every compute node that sets one that can be read.
pub(super) fn node_urls(case: &Case) -> Vec<NodeUrl> {
    let url = |node: &VncNode| {
        let config = case.hosts.get(node.host)?.config(Service::Compute, case.releases.newest())?;
        let setting = config.get("vnc", "novncproxy_base_url");
        let text = setting.value().filter(|_| setting.is_set())?.text();
        let (url, _) = AccessUrl::parse(&text).ok()?;
        Some(NodeUrl { host: node.host, setting, url })
    };
    case.vnc_nodes().iter().filter(|node| node.basis >= Basis::Guessed).filter_map(url).collect()
}

/// Every host that is taken to run nova-compute with VNC switched on.
pub(super) fn vnc_nodes(case: &Case) -> Vec<VncNode> {
    let node = |(index, host): (usize, &HostView)| {
        let basis = host.runs(Service::Compute)?;
        let config = host.config(Service::Compute, case.releases.newest())?;
        has_vnc(host, &config).then(|| VncNode { host: index, basis, with_proxy: serves_proxy(host) })
    };
    case.hosts.iter().enumerate().filter_map(node).collect()
}

/// VNC is on, and the driver's consoles go by `[vnc]`. A site that has spice on and says nothing of VNC uses spice.
fn has_vnc(host: &HostView, config: &Config) -> bool {
    let off = config.bool("vnc", "enabled") == Some(false);
    let driver = config.string("DEFAULT", "compute_driver").unwrap_or_default();
    let no_vnc = ["ironic", "zvm", "powervm", "lxd", "docker"].iter().any(|name| driver.contains(name));
    let silent = !host.entries(Service::Compute).any(|(_, entry)| {
        is_section(&entry.section, "vnc") || (entry.section == "DEFAULT" && entry.key.contains("vnc"))
    });
    let spice = config.bool("spice", "enabled") == Some(true);
    !(off || no_vnc || (silent && spice))
}

/// A guess is not enough: a compute node's file from an installation guide has controller options too, but no database.
fn serves_proxy(host: &HostView) -> bool {
    match host.runs(Service::Novncproxy) {
        Some(Basis::Told) => true,
        Some(_) => host.entries(Service::Novncproxy).any(|(_, entry)| {
            let is_in = |section| is_section(&entry.section, section);
            match entry.key.as_str() {
                "connection" => is_in("database") || is_in("api_database"),
                "novncproxy_host" | "novncproxy_port" => is_in("vnc"),
                _ => false,
            }
        }),
        None => false,
    }
}

//! The balancers whose configuration is at hand, as far as they lead to the console.

use crate::balancer::{At, Directive, Door, Server, doors};
use crate::console::access_url::AccessUrl;
use crate::evidence::host::BalancerFile;
use crate::evidence::site::roles::Basis;
use crate::evidence::site::{is_loopback, is_wildcard};
use crate::finding::{Confidence, Remedy};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::oslo::config::Config;
use std::rc::Rc;

use super::console_words::{base_urls, proxies};

/// The port of nova-novncproxy where none is set.
const PORT: u16 = 6080;

/// A door of a balancer that leads to the console.
pub(super) struct ConsoleDoor<'c, 'e> {
    pub(super) host: &'c HostView<'e>,
    pub(super) door: Door<'e>,
    files: Vec<&'e BalancerFile>,
    /// It is told by the port of the proxies behind it; else by its name alone.
    pub(super) sure: bool,
}

impl<'e> ConsoleDoor<'_, 'e> {
    /// `lb1's HAProxy`.
    pub(super) fn who(&self) -> String {
        format!("{}'s {}", self.host.name(), self.door.kind.word())
    }

    /// The most that a finding about it can be.
    pub(super) fn confidence(&self) -> Confidence {
        if self.sure { Confidence::Certain } else { Confidence::Likely }
    }

    /// The path of the file in which something stands.
    pub(super) fn path(&self, at: At) -> &'e str {
        self.files.get(at.file).map_or("", |file| file.path.as_str())
    }

    /// Puts a place of its files into a draft.
    pub(super) fn at(&self, draft: Draft, at: At) -> Draft {
        draft.host(self.host.host).at_directive(self.path(at), at.directive)
    }

    /// The same, where something is missing: the section that lacks it.
    pub(super) fn at_or_here(&self, draft: Draft, at: Option<At<'e>>) -> Draft {
        self.at(draft, at.unwrap_or(self.door.at))
    }

    /// It listens where a console URL leads.
    pub(super) fn takes(&self, url: &AccessUrl) -> bool {
        self.door.binds.iter().any(|bind| {
            let everywhere = bind.host.is_empty() || bind.host == "*" || is_wildcard(&bind.host);
            let named = !bind.host.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ':');
            let other = !everywhere && !named && url.host.parse::<std::net::IpAddr>().is_ok() && bind.host != url.host;
            bind.takes(url.port) && !other
        })
    }
}

/// Every door of the balancers of a host.
pub(super) fn every_door<'e>(host: &HostView<'e>) -> Vec<Door<'e>> {
    let parsed: Vec<_> = host.host.balancers.iter().map(|file| &file.parsed).collect();
    doors(&parsed)
}

/// Every door that leads to a nova-novncproxy.
pub(super) fn console_doors<'c, 'e>(case: &'c Case<'e>) -> Vec<ConsoleDoor<'c, 'e>> {
    if case.hosts.iter().all(|view| view.host.balancers.is_empty()) {
        return Vec::new();
    }
    let ports = ports(case);
    let mut found = Vec::new();
    for host in &case.hosts {
        let files: Vec<&'e BalancerFile> = host.host.balancers.iter().collect();
        for door in every_door(host) {
            let Some(sure) = leads_to_console(&door, &ports) else { continue };
            found.push(ConsoleDoor { host, door, files: files.clone(), sure });
        }
    }
    found
}

/// Whether a door leads to the console: by the proxies' port behind it, else by a name.
fn leads_to_console(door: &Door, ports: &[u16]) -> Option<bool> {
    let named = |words: &[&str]| {
        door.names.iter().any(|name| {
            let name = name.to_ascii_lowercase().replace(['-', '_'], "");
            words.iter().any(|word| name.contains(word))
        })
    };
    if named(&["spice", "serial", "mks", "xvp"]) || door.servers.is_empty() {
        return None;
    }
    let behind = |server: &Server| match server.port {
        Some(port) => ports.contains(&port),
        None => door.binds.iter().any(|bind| ports.iter().any(|port| bind.takes(*port))),
    };
    if door.servers.iter().any(behind) {
        return Some(true);
    }
    named(&["novnc", "vncproxy"]).then_some(false)
}

/// Where the proxies listen, as far as their files say.
fn ports(case: &Case) -> Vec<u16> {
    let set = |(_, config): (&HostView, Rc<Config>)| u16::try_from(config.int("vnc", "novncproxy_port")?).ok();
    let mut ports: Vec<u16> = proxies(case, Basis::Guessed).into_iter().filter_map(set).collect();
    if ports.is_empty() {
        ports.push(PORT);
    }
    ports
}

/// The proxies that a server of a balancer may be: those of its address, else all of them.
pub(super) fn behind<'c, 'e>(case: &'c Case<'e>, server: &Server) -> Vec<(&'c HostView<'e>, Rc<Config>)> {
    let all = proxies(case, Basis::Guessed);
    let wanted = server.host.to_ascii_lowercase();
    let is = |(host, config): &(&HostView, Rc<Config>)| {
        let mut own = host.own_names.clone();
        own.extend(config.string("vnc", "novncproxy_host").map(|text| text.to_lowercase()));
        own.contains(&wanted) || own.contains(&server.name.to_ascii_lowercase())
    };
    if all.iter().any(is) && !is_loopback(&wanted) { all.into_iter().filter(is).collect() } else { all }
}

/// An upgrade of this run was answered with 101: whatever stands in the files, the way is open.
pub(super) fn passed_through(case: &Case) -> bool {
    case.upgrades().any(|seen| seen.saw.http.as_ref().is_some_and(|http| http.status == 101))
}

/// A browser's Origin was taken: by an upgrade of this run that reached the VNC server with one.
pub(super) fn origin_taken(case: &Case) -> bool {
    case.upgrades().any(|seen| seen.saw.opened() && seen.saw.asked.origin.is_some())
}

/// The URLs that users open: the one that was asked about, and those that compute nodes hand out.
pub(super) fn console_urls(case: &Case) -> Vec<AccessUrl> {
    let mut urls: Vec<AccessUrl> = case.evidence.target.url.iter().cloned().collect();
    urls.extend(base_urls(case).into_iter().map(|base| base.url.clone()));
    urls
}

/// A change of a balancer's file.
pub(super) fn balancer_remedy(door: &ConsoleDoor, text: impl Into<String>) -> Remedy {
    let reload = match door.door.kind {
        crate::balancer::Kind::Haproxy => "haproxy -c -f /etc/haproxy/haproxy.cfg",
        crate::balancer::Kind::Nginx => "nginx -t",
    };
    Remedy::new(text).command(reload).verify("reload the balancer, then vncdoctor check --url 'A NEW URL'")
}

/// A directive as it is quoted within a sentence.
pub(super) fn quoted(directive: &Directive) -> String {
    format!("`{}`", directive.words.join(" "))
}

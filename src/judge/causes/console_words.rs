//! What the causes around address, URL and proxy have in common: who hands out consoles, what an option comes to over the
//! releases that the evidence fits, and how to mend it.

use crate::console::access_url::AccessUrl;
use crate::evidence::host::ConfigFile;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{Confidence, Finding, Remedy, Severity};
use crate::judge::case::{Case, HostView, NodeUrl};
use crate::judge::find::Draft;
use crate::oslo::config::{Config, Outcome, Setting};
use crate::oslo::ini::{Entry, Span};
use crate::oslo::options::is_section;
use crate::oslo::value::Value;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

/// A host that is taken to run nova-compute and to have VNC consoles.
pub(super) struct Compute<'c, 'e> {
    pub(super) host: &'c HostView<'e>,
    pub(super) basis: Basis,
    /// It is taken to run the console proxy too, so that the proxy's loopback is its own.
    pub(super) with_proxy: bool,
}

/// One outcome of an option, and the releases that read it so.
pub(super) struct Reading {
    pub(super) releases: Vec<u16>,
    pub(super) setting: Arc<Setting>,
}

impl Reading {
    /// The value as text, if it has one.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.setting.value {
            Outcome::Value(Value::Text(text)) => Some(text.trim()),
            _ => None,
        }
    }
}

/// Every host that is taken to run nova-compute with VNC switched on.
pub(super) fn computes<'c, 'e>(case: &'c Case<'e>) -> Vec<Compute<'c, 'e>> {
    case.vnc_nodes()
        .iter()
        .filter_map(|node| {
            let host = case.hosts.get(node.host)?;
            Some(Compute { host, basis: node.basis, with_proxy: node.with_proxy })
        })
        .collect()
}

/// The console URL that a compute node sets.
#[derive(Clone, Copy)]
pub(super) struct BaseUrl<'c, 'e> {
    pub(super) host: &'c HostView<'e>,
    pub(super) setting: &'c Setting,
    pub(super) url: &'c AccessUrl,
}

/// `[vnc] novncproxy_base_url` of every compute node that sets one that can be read.
pub(super) fn base_urls<'c, 'e>(case: &'c Case<'e>) -> Vec<BaseUrl<'c, 'e>> {
    let base =
        |node: &'c NodeUrl| Some(BaseUrl { host: case.hosts.get(node.host)?, setting: &node.setting, url: &node.url });
    case.node_urls().iter().filter_map(base).collect()
}

/// Every host that is taken to run the console proxy and whose files were seen, this surely at least.
pub(super) fn proxies<'c, 'e>(case: &'c Case<'e>, basis: Basis) -> Vec<(&'c HostView<'e>, Rc<Config>)> {
    case.running(Service::Novncproxy, basis)
        .into_iter()
        .filter_map(|host| Some((host, host.config(Service::Novncproxy, case.releases.newest())?)))
        .collect()
}

/// An option, by every one of these releases, equal outcomes together. The name may hang on the release.
pub(super) fn readings(
    host: &HostView,
    service: Service,
    releases: &[u16],
    option: impl Fn(u16) -> (&'static str, &'static str),
) -> Vec<Reading> {
    let mut found: Vec<Reading> = Vec::new();
    for &release in releases {
        let (section, name) = option(release);
        let Some(config) = host.config(service, release) else { continue };
        let setting = config.get(section, name);
        match found.iter_mut().find(|one| one.setting.value == setting.value && one.setting.origin == setting.origin) {
            Some(one) => one.releases.push(release),
            None => found.push(Reading { releases: vec![release], setting }),
        }
    }
    found
}

/// The files that a service reads, later ones last.
fn files<'e>(host: &HostView<'e>, service: Service) -> impl DoubleEndedIterator<Item = &'e ConfigFile> {
    let host = host.host;
    let read = host.files_of(service).into_iter().flat_map(|config| &config.files);
    read.filter_map(|&index| host.files.get(index))
}

/// Where a finding about an option that nobody sets may point: its section, else another option of the section.
pub(super) fn at_section<'e>(host: &HostView<'e>, service: Service, section: &str) -> Option<(&'e ConfigFile, Span)> {
    files(host, service).rev().find_map(|file| {
        let header = file.parsed.sections.iter().find(|header| is_section(&header.name, section))?;
        Some((file, header.span))
    })
}

/// The last entry of exactly this spelling that a service reads, whether or not it has an effect.
pub(super) fn last_entry<'e>(
    host: &HostView<'e>,
    service: Service,
    section: &str,
    name: &str,
) -> Option<(&'e ConfigFile, &'e Entry)> {
    files(host, service).rev().find_map(|file| Some((file, file.parsed.last(section, name)?)))
}

/// The other host whose own address this is, by the files of both. A host that names no address of its own may have any.
pub(super) fn owner<'c, 'e>(case: &'c Case<'e>, host: &HostView, address: IpAddr) -> Option<&'c HostView<'e>> {
    let own = |host: &HostView| -> Vec<IpAddr> { host.own_names.iter().filter_map(|name| name.parse().ok()).collect() };
    let mine = own(host);
    if mine.is_empty() || mine.contains(&address) || address.is_loopback() || address.is_unspecified() {
        return None;
    }
    case.hosts.iter().find(|other| !same_machine(host, other) && own(other).contains(&address))
}

/// Two names for one machine.
pub(super) fn same_machine(a: &HostView, b: &HostView) -> bool {
    std::ptr::eq(a.host, b.host) || (a.host.machine_id.is_some() && a.host.machine_id == b.host.machine_id)
}

/// The first header of the first file that a service reads.
pub(super) fn at_top<'e>(host: &HostView<'e>, service: Service) -> Option<(&'e ConfigFile, Span)> {
    files(host, service).find_map(|file| Some((file, file.parsed.sections.first()?.span)))
}

/// Puts a setting's value, the section that lacks it, or the file that lacks the section, into a draft.
pub(super) fn placed(draft: Draft, host: &HostView, service: Service, setting: &Setting) -> Draft {
    match host.entry(setting) {
        Some((file, entry)) => draft.at_value(file, entry),
        None => match at_section(host, service, &setting.section).or_else(|| at_top(host, service)) {
            Some((file, span)) => draft.at(file, span, None),
            None => draft,
        },
    }
}

/// The confidence that a role allows: what is only guessed is not certain.
pub(super) fn confidence(basis: Basis) -> Confidence {
    match basis {
        Basis::Told => Confidence::Certain,
        Basis::Guessed => Confidence::Likely,
        Basis::Maybe => Confidence::Possible,
    }
}

/// The severity that a role allows: a lone file that may belong to a controller is never an error.
pub(super) fn severity(case: &Case, basis: Basis, releases: &[u16]) -> Severity {
    if basis == Basis::Maybe { Severity::Warning } else { case.severity_over(releases) }
}

/// A cause has already spoken of this option of this host.
pub(super) fn spoken(before: &[Finding], cause: &str, host: &HostView, option: &str) -> bool {
    before.iter().any(|finding| {
        finding.cause == cause
            && finding.host.as_deref().unwrap_or_default() == host.host.name
            && finding.place.as_ref().and_then(|place| place.option.as_deref()) == Some(option)
    })
}

/// A change of `[vnc]` on a compute node: what to restart, and how to see that it worked.
pub(super) fn compute_remedy(text: impl Into<String>) -> Remedy {
    Remedy::new(text).restart("nova-compute").verify(
        "ask for a new console URL, then vncdoctor check --url 'ITS URL'; URLs handed out before keep the old value",
    )
}

/// A change on the host of the console proxy.
pub(super) fn proxy_remedy(text: impl Into<String>) -> Remedy {
    Remedy::new(text).restart("nova-novncproxy").verify("open a new console, or vncdoctor check --url 'A NEW URL'")
}

/// `host:port`, with brackets where they are needed.
pub(super) fn authority(host: &str, port: impl std::fmt::Display) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

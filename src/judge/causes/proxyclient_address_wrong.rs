//! A compute node tells the proxy to look for VNC where the proxy cannot find it.

use super::Cause;
use super::console_words::{
    Compute, Reading, authority, compute_remedy, computes, confidence, last_entry, placed, readings, same_machine,
    severity, spoken,
};
use crate::evidence::database::HostCount;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::evidence::site::{is_loopback, is_wildcard};
use crate::finding::{CauseMeta, Finding, Need, Severity, Symptom};
use crate::judge::case::{Case, HostView, label};
use crate::judge::find::Draft;
use crate::judge::words::list;

const META: CauseMeta = CauseMeta {
    id: "proxyclient-address-wrong",
    home: 6,
    releases: "15-34",
    severity: Severity::Error,
    field: &["E1"],
    title: "a compute node names a VNC address where the proxy cannot find it",
    needs: &[Need::Config, Need::Token, Need::Logs, Need::Database],
    symptoms: &[Symptom::HangsUp, Symptom::KeepsSilent],
    explanation: "\
nova-compute answers each request for a console with `[vnc] server_proxyclient_address` (up to Pike (16):
vncserver_proxyclient_address) and the port of the guest; nova-novncproxy dials exactly that (nova/virt/libvirt/driver.py,
get_vnc_console). The default is 127.0.0.1: on a site of several machines the proxy then dials itself, logs `connecting to:
127.0.0.1:5900` and `[Errno 111] ECONNREFUSED`, and the browser shows code 1006. The same comes of 0.0.0.0, which is an address to
listen on, and of another host's address, as when a nova.conf is copied from node to node.

Set it on every compute node to an address of that node which the proxies reach, and restart nova-compute. Only new URLs
have the new address.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// The option by the name of each era.
fn option(release: u16) -> (&'static str, &'static str) {
    if release < 17 { ("vnc", "vncserver_proxyclient_address") } else { ("vnc", "server_proxyclient_address") }
}

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let computes: Vec<Compute> = computes(case).into_iter().filter(by_this_option).collect();
    let mut found: Vec<Finding> = computes.iter().filter_map(|compute| own_loopback(case, compute, before)).collect();
    found.extend(anothers(case, &computes));
    if let Some(told) = told_loopback(case) {
        match found.first_mut() {
            Some(finding) => finding.evidence.push(told.text),
            None if before.iter().any(|f| f.cause == "vnc-option-renamed" && f.severity > Severity::Note) => {}
            None => found.push(from_token(case, &told)),
        }
    }
    found
}

/// Other drivers take the address from elsewhere: VMware from `[vmware] host_ip`.
fn by_this_option(compute: &Compute) -> bool {
    last_entry(compute.host, Service::Compute, "DEFAULT", "compute_driver")
        .is_none_or(|(_, entry)| !entry.value.contains("vmware") && !entry.value.contains("xenapi"))
}

/// Releases that read the option as the file spells it. A file made for another era is the business of another cause.
fn releases(case: &Case, host: &HostView) -> Vec<u16> {
    let written = |section, name| last_entry(host, Service::Compute, section, name).is_some();
    let new = written("vnc", "server_proxyclient_address");
    let old = written("vnc", "vncserver_proxyclient_address") || written("DEFAULT", "vncserver_proxyclient_address");
    case.releases.within(|release| match (old, new) {
        (false, true) => release >= 17,
        (true, false) => release <= 24,
        _ => true,
    })
}

/// Loopback or a wildcard, set or left in place, on a site of several machines.
fn own_loopback(case: &Case, compute: &Compute, before: &[Finding]) -> Option<Finding> {
    let host = compute.host;
    let why = host.loopback_is_private.as_ref()?;
    let read = releases(case, host);
    let (wrong, address) = readings(host, Service::Compute, &read, option)
        .into_iter()
        .find_map(|reading| Some((wrong_address(&reading)?, reading)))
        .map(|(address, reading)| (reading, address))?;
    let set = wrong.setting.is_set();
    if spoken(before, "nova-conf-refused", host, &wrong.setting.name) || renamed(before, host) {
        return None;
    }
    // what was to set it is told by itself
    if !set && case.slipped(host, "vnc", &wrong.setting.name) {
        return None;
    }
    // a file that may be a controller's, or whose host serves the proxy itself, is not accused of a default
    if !set && (compute.basis == Basis::Maybe || compute.with_proxy) {
        return None;
    }
    let name = host.name();
    let message = if set {
        format!("{name} tells the console proxy to look for VNC at {address}, where the proxy finds only itself")
    } else {
        format!(
            "{name} does not set [vnc] {}: the console proxy is told to look for VNC at {address}, its own loopback",
            wrong.setting.name
        )
    };
    let severity = if compute.with_proxy { Severity::Warning } else { covering(case, compute, &read, &wrong) };
    let mut draft = Draft::new(&META, severity, message)
        .releases(Case::span(&wrong.releases))
        .confidence(confidence(compute.basis))
        .host(host.host)
        .service(Service::Compute)
        .seen(format!("{name} is no single machine: {why}"))
        .remedy(remedy(host, &wrong.setting.name));
    if compute.with_proxy {
        draft = draft.seen("right for a proxy on this very host, wrong for every other one");
    } else if compute.basis == Basis::Maybe {
        draft = draft.seen("only nova-compute reads it; whether it runs here is not known");
    }
    Some(placed(draft, host, Service::Compute, &wrong.setting).done())
}

/// Another cause has told that the address stands under a name that is not read.
fn renamed(before: &[Finding], host: &HostView) -> bool {
    ["server_proxyclient_address", "vncserver_proxyclient_address"]
        .iter()
        .any(|name| spoken(before, "vnc-option-renamed", host, name))
}

/// Wrong in every release that reads the file's spelling.
fn covering(case: &Case, compute: &Compute, read: &[u16], wrong: &Reading) -> Severity {
    if wrong.releases.len() == read.len() {
        severity(case, compute.basis, &case.releases.candidates)
    } else {
        Severity::Warning
    }
}

fn wrong_address(reading: &Reading) -> Option<String> {
    reading.text().filter(|text| is_loopback(text) || is_wildcard(text)).map(str::to_owned)
}

/// The address of a compute node: what it reads in the newest release that reads the file's spelling.
fn address(case: &Case, compute: &Compute) -> Option<Reading> {
    let newest = *releases(case, compute.host).last()?;
    readings(compute.host, Service::Compute, &[newest], option)
        .into_iter()
        .next()
        .filter(|reading| reading.setting.is_set())
}

/// The address of another host: of one that runs the proxy, or of another compute node.
fn anothers(case: &Case, computes: &[Compute]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, compute) in computes.iter().enumerate() {
        let Some(reading) = address(case, compute) else { continue };
        let Some(text) = reading.text().filter(|text| !is_loopback(text) && !is_wildcard(text)) else { continue };
        let host = compute.host;
        // of an address that the files give two hosts, as a copied my_ip, nobody is the owner
        let is_own = host.own_names.iter().any(|own| own == &text.to_lowercase());
        let owner = case.hosts.iter().find(|other| {
            !is_own
                && !same_machine(host, other)
                && other.own_names.iter().any(|own| !own.is_empty() && own == &text.to_lowercase())
        });
        let twin = computes[..index].iter().find(|other| {
            !same_machine(host, other.host) && address(case, other).is_some_and(|r| r.text() == Some(text))
        });
        let (message, draft_likely) = match (owner, twin) {
            (Some(owner), _) => (
                format!("{} tells the console proxy to look for VNC at {text}, which is {}", host.name(), owner.name()),
                true,
            ),
            (None, Some(twin)) => (
                format!("{} and {} tell the console proxy the same VNC address {text}", twin.host.name(), host.name()),
                false,
            ),
            (None, None) => continue,
        };
        let sure = draft_likely && compute.basis > Basis::Maybe;
        let severity = if sure { Severity::Error } else { Severity::Warning };
        let draft = Draft::new(&META, severity, message)
            .releases(Case::span(&releases(case, host)))
            .host(host.host)
            .service(Service::Compute)
            .remedy(remedy(host, &reading.setting.name));
        let draft = if sure { draft.likely() } else { draft.possible() };
        found.push(placed(draft, host, Service::Compute, &reading.setting).done());
    }
    found
}

/// What names loopback as the VNC address.
struct ToldLoopback {
    address: String,
    text: String,
    /// The proxy's host may run the guest too; then loopback is right.
    perhaps: bool,
}

/// What the token or the proxy's log names as the VNC address, if that is loopback on a site of several machines.
fn told_loopback(case: &Case) -> Option<ToldLoopback> {
    let private = case.hosts.iter().any(|host| host.loopback_is_private.is_some());
    if !private {
        return None;
    }
    let wrong = |host: &str| is_loopback(host) || is_wildcard(host);
    let info = case.token.as_ref().and_then(|token| token.connect_info());
    if let Some(host) = info.and_then(|info| info.host.as_deref()).filter(|host| wrong(host))
        && !every_compute_is_a_proxy(case)
    {
        let text = format!("the token's connect_info names {host} as the VNC address");
        let perhaps = case.hosts.iter().any(|host| host.runs(Service::Compute).is_some() && serves(host));
        return Some(ToldLoopback { address: host.to_owned(), text, perhaps });
    }
    let perhaps = case.hosts.iter().any(|host| host.runs(Service::Compute).is_some() && serves(host));
    if let Some((name, count)) = counted(case, wrong).filter(|_| !perhaps) {
        let text = format!("{name} has {} console tokens for {} that are good", count.live, count.host);
        return Some(ToldLoopback { address: count.host.clone(), text, perhaps: false });
    }
    let last = case.sessions.last().filter(|view| !view.session.worked && view.session.end.is_some())?;
    let address = last.session.host.as_deref().filter(|host| wrong(host))?.to_owned();
    let own =
        case.hosts.iter().find(|host| std::ptr::eq(host.host, last.host)).and_then(|host| host.runs(Service::Compute));
    if own >= Some(Basis::Guessed) {
        return None;
    }
    let peer = authority(&address, last.session.port.unwrap_or_default());
    Some(ToldLoopback {
        address,
        text: format!("{}: the proxy dials {peer}, itself", last.at()),
        perhaps: own.is_some(),
    })
}

/// An address that tokens of other consoles have in a cell's database.
fn counted<'e>(case: &Case<'e>, wrong: impl Fn(&str) -> bool) -> Option<(String, &'e HostCount)> {
    case.evidence.databases.iter().find_map(|seen| {
        let hosts = &seen.saw.tokens.as_ref()?.hosts;
        let count = hosts.iter().find(|count| count.live > 0 && wrong(&count.host))?;
        Some((label(seen), count))
    })
}

fn serves(host: &HostView) -> bool {
    host.runs(Service::Novncproxy).is_some()
}

/// Then the address may be right.
fn every_compute_is_a_proxy(case: &Case) -> bool {
    let computes = computes(case);
    !computes.is_empty() && computes.iter().all(|compute| compute.with_proxy)
}

fn from_token(case: &Case, told: &ToldLoopback) -> Finding {
    let names: Vec<&str> = case.running(Service::Novncproxy, Basis::Guessed).iter().map(|host| host.name()).collect();
    let proxy = if names.is_empty() {
        "the console proxy".to_owned()
    } else {
        format!("the console proxy on {}", list(&names))
    };
    let message =
        format!("a compute node told {proxy} to look for VNC at {}, where the proxy finds only itself", told.address);
    let draft = Draft::error(&META, message)
        .service(Service::Compute)
        .seen(told.text.clone())
        .seen("which node stands in its nova.conf: give --config NAME=PATH for the compute nodes");
    let draft = if told.perhaps {
        draft.possible().seen("right where the guest runs on the proxy's own host: give --config NAME:compute=PATH")
    } else {
        draft.likely()
    };
    draft
        .remedy(compute_remedy(
            "on the compute node of this instance, in nova.conf:\n[vnc]\nserver_proxyclient_address = ITS ADDRESS, as the proxy reaches it",
        ))
        .done()
}

fn remedy(host: &HostView, name: &str) -> crate::finding::Remedy {
    let has_ip = last_entry(host, Service::Compute, "DEFAULT", "my_ip")
        .is_some_and(|(_, entry)| !is_loopback(entry.value.trim()));
    let value = if has_ip { "$my_ip" } else { "ITS ADDRESS, as the proxy reaches it" };
    compute_remedy(format!("in nova.conf of {}:\n[vnc]\n{name} = {value}", host.name()))
}

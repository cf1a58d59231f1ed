//! QEMU listens for VNC on another address than the one that the proxy is told to dial.

use super::Cause;
use super::console_words::{Compute, compute_remedy, computes, confidence, last_entry, placed, spoken};
use super::guest_words::{Guest, running};
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::evidence::site::{is_loopback, is_wildcard};
use crate::finding::{CauseMeta, Confidence, Finding, Need, Severity, Symptom};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::oslo::config::Setting;
use crate::oslo::value::Value;
use std::net::IpAddr;
use std::sync::Arc;

const META: CauseMeta = CauseMeta {
    id: "vnc-listens-elsewhere",
    home: 5,
    releases: "15-34",
    severity: Severity::Error,
    field: &["E3"],
    title: "QEMU does not listen on the VNC address that the proxy is told",
    needs: &[Need::Config, Need::Host],
    symptoms: &[Symptom::HangsUp],
    explanation: "\
`[vnc] server_listen` (up to Pike (16): vncserver_listen) is written into a guest's domain XML when the guest starts, and QEMU
listens there and nowhere else (nova/virt/libvirt/driver.py: graphics.listen). `[vnc] server_proxyclient_address` is
what nova-novncproxy dials. Both default to 127.0.0.1. If only the second is set, or the first is another address or another address
family, the dial is refused: `[Errno 111] ECONNREFUSED` in the proxy's log, code 1006 in the browser. That is so on one machine too:
a socket on 127.0.0.1 does not take a connection to the machine's other addresses.

Set server_listen to 0.0.0.0 (or `::`), or to the proxyclient address itself, and restart nova-compute. Running guests keep the old
address until a hard reboot.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// First release with the new names.
const NEW_FROM: u16 = 17;

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let renamed = |host: &HostView| super::explained(before, "vnc-option-renamed", host.host);
    let mut found: Vec<Finding> = computes(case)
        .iter()
        .filter(|compute| libvirt(compute.host) && !renamed(compute.host))
        .filter_map(|compute| judge(case, compute, before))
        .collect();
    let gone = |host: &&HostView| !super::explained(before, "vnc-listen-foreign", host.host);
    let baked: Vec<Finding> = case.hosts.iter().filter(gone).filter_map(|host| baked(case, host, &found)).collect();
    found.extend(baked);
    found
}

/// Guests that were started with another listen address than the configuration of now: libvirt tells which.
fn baked(case: &Case, host: &HostView, found: &[Finding]) -> Option<Finding> {
    // the file itself is at fault, and guests follow it
    if super::explained(found, META.id, host.host) {
        return None;
    }
    let (_, option) = options(case.releases.newest());
    let dial = host.config(Service::Compute, case.releases.newest())?.string("vnc", option)?;
    let own = running(case).into_iter().filter(|guest| std::ptr::eq(guest.host, host));
    let wrong: Vec<(Guest, &str, Miss)> = own
        .filter_map(|guest| {
            let listen = guest.domain.vnc()?.listen.as_deref()?;
            let miss = miss(listen, dial.trim()).filter(|miss| *miss != Miss::DialsLoopback)?;
            Some((guest, listen, miss))
        })
        .collect();
    let (guest, listen, miss) = wrong.iter().find(|(guest, ..)| guest.asked == Some(true)).or(wrong.first())?;
    let more = if wrong.len() > 1 { format!(" and {} more", wrong.len() - 1) } else { String::new() };
    let message = format!(
        "{}{more} listens for VNC on {listen} since it was started, and the console proxy is told to dial {dial}",
        guest.name()
    );
    let severity = if *miss == Miss::Other || guest.asked == Some(false) { Severity::Warning } else { Severity::Error };
    let sure = if *miss == Miss::Other { Confidence::Likely } else { Confidence::Certain };
    let remedy =
        compute_remedy("reboot the guest hard: it is then started with the listen address that nova.conf has now")
            .command(format!("virsh --readonly -c qemu:///system dumpxml {}", guest.domain.name));
    let draft = Draft::new(&META, severity, message).confidence(sure).host(host.host).service(Service::Compute);
    Some(guest.place(draft).remedy(remedy).done())
}

/// Other drivers take no listen address from here.
pub(super) fn libvirt(host: &HostView) -> bool {
    last_entry(host, Service::Compute, "DEFAULT", "compute_driver")
        .is_none_or(|(_, entry)| entry.value.contains("libvirt"))
}

/// The options by the names of an era.
pub(super) fn options(release: u16) -> (&'static str, &'static str) {
    if release < NEW_FROM {
        ("vncserver_listen", "vncserver_proxyclient_address")
    } else {
        ("server_listen", "server_proxyclient_address")
    }
}

/// Releases that read the options as the file spells them.
fn releases(case: &Case, host: &HostView) -> Vec<u16> {
    let written = |name| ["vnc", "DEFAULT"].iter().any(|s| last_entry(host, Service::Compute, s, name).is_some());
    let new = written("server_listen") || written("server_proxyclient_address");
    let old = written("vncserver_listen") || written("vncserver_proxyclient_address");
    case.releases.within(|release| match (old, new) {
        (false, true) => release >= NEW_FROM,
        (true, false) => release <= 24,
        _ => true,
    })
}

/// How the two addresses miss each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Miss {
    /// QEMU listens on loopback, and another address is dialled.
    Loopback,
    /// QEMU listens on an address, and loopback is dialled: what a proxy on the same machine gets.
    DialsLoopback,
    /// QEMU listens on every IPv4 address, and an IPv6 address is dialled.
    Family,
    /// Two addresses.
    Other,
}

fn miss(listen: &str, dial: &str) -> Option<Miss> {
    let address = |text: &str| text.parse::<IpAddr>().ok();
    let (listens, dials) = (address(listen), address(dial));
    if is_wildcard(dial) {
        return None;
    }
    match (is_loopback(listen), is_loopback(dial)) {
        (true, true) => None,
        (true, false) => Some(Miss::Loopback),
        (false, true) => (listens.is_some() && !is_wildcard(listen)).then_some(Miss::DialsLoopback),
        (false, false) if is_wildcard(listen) => (listens?.is_ipv4() && dials?.is_ipv6()).then_some(Miss::Family),
        (false, false) => (listens? != dials?).then_some(Miss::Other),
    }
}

fn judge(case: &Case, compute: &Compute, before: &[Finding]) -> Option<Finding> {
    let host = compute.host;
    let read = releases(case, host);
    let mut hits: Vec<u16> = Vec::new();
    let mut first: Option<(Miss, Arc<Setting>, Arc<Setting>)> = None;
    for &release in &read {
        let config = host.config(Service::Compute, release)?;
        let (listen, dial) = options(release);
        let (listen, dial) = (config.get("vnc", listen), config.get("vnc", dial));
        let (Some(here), Some(there)) = (listen.value(), dial.value()) else { continue };
        let Some(miss) = miss(here.text().trim(), there.text().trim()) else { continue };
        hits.push(release);
        first.get_or_insert((miss, listen, dial));
    }
    let (miss, listen, dial) = first?;
    // a file that may be a controller's is not accused of a default
    if compute.basis == Basis::Maybe && !(listen.is_set() && dial.is_set()) {
        return None;
    }
    let slipped = |setting: &Setting| !setting.is_set() && case.slipped(host, "vnc", &setting.name);
    if slipped(&listen) || slipped(&dial) {
        return None;
    }
    let is_told = |name: &str| {
        ["proxyclient-address-wrong", "nova-conf-refused", "vnc-listen-foreign"]
            .iter()
            .any(|cause| spoken(before, cause, host, name))
    };
    if is_told(&dial.name) || is_told(&listen.name) || miss == Miss::DialsLoopback && !dials_itself(before, compute) {
        return None;
    }
    let text = |setting: &Setting| setting.value().map(Value::text).unwrap_or_default();
    let (here, there) = (text(&listen), text(&dial));
    // on a single machine a name may well be loopback's
    let named = there.trim().parse::<IpAddr>().is_err() && !is_loopback(&there);
    if named && host.loopback_is_private.is_none() {
        return None;
    }
    let sure = if named || miss == Miss::Other { Confidence::Likely } else { Confidence::Certain };
    let every = hits.len() == read.len();
    let severity = match miss {
        Miss::Other => Severity::Warning,
        _ if !every || compute.basis == Basis::Maybe => Severity::Warning,
        _ => Severity::Error,
    };
    let unset = if listen.is_set() { "" } else { " is not set" };
    let message = format!(
        "guests of {} listen for VNC on {here} alone ([vnc] {}{unset}), and the console proxy is told to dial {there}",
        host.name(),
        listen.name
    );
    let mut draft = Draft::new(&META, severity, message)
        .releases(Case::span(&hits))
        .confidence(confidence(compute.basis).min(sure))
        .host(host.host)
        .service(Service::Compute)
        .remedy(remedy(host, &listen, miss));
    if let Some((file, entry)) = host.entry(&dial).filter(|_| listen.is_set()) {
        draft = draft.also(host.host, file, entry, "what the proxy dials");
    }
    if miss == Miss::Other {
        draft = draft.seen("right only where something between them translates the one address into the other");
    }
    let at = if listen.is_set() { &listen } else { &dial };
    Some(placed(draft, host, Service::Compute, at).done())
}

/// Loopback is dialled by a proxy on the same machine, and no other cause has said that it is dialled by another one.
fn dials_itself(before: &[Finding], compute: &Compute) -> bool {
    compute.with_proxy && !super::explained(before, "proxyclient-address-wrong", compute.host.host)
}

fn remedy(host: &HostView, listen: &Setting, miss: Miss) -> crate::finding::Remedy {
    let value = if miss == Miss::Family { "::" } else { "0.0.0.0" };
    let mut remedy = compute_remedy(format!(
        "in nova.conf of {}:\n[vnc]\n{} = {value}\nthen reboot running guests hard: each keeps the address it was started with",
        host.name(),
        listen.name
    ));
    remedy.commands.push("virsh domdisplay --all DOMAIN".to_owned());
    remedy
}

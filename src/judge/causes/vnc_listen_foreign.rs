//! QEMU is to listen for VNC on an address that the compute node does not have.

use super::Cause;
use super::console_words::{Compute, compute_remedy, computes, owner, placed, readings};
use super::guest_words::{Guest, running};
use super::vnc_listens_elsewhere::{libvirt, options};
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use std::net::IpAddr;

const META: CauseMeta = CauseMeta {
    id: "vnc-listen-foreign",
    home: 4,
    releases: "15-34",
    severity: Severity::Error,
    field: &["E4"],
    title: "QEMU is to listen for VNC on an address that the compute node does not have",
    needs: &[Need::Config, Need::Host],
    symptoms: &[],
    explanation: "\
`[vnc] server_listen` (up to Pike (16): vncserver_listen) goes into a guest's domain XML, and QEMU binds to it. An address of another
host - a nova.conf that was copied, a host that was renumbered, a guest that migrated with its listen address - cannot be bound:
`Failed to bind socket: Cannot assign requested address`, and the guest does not start. One that runs keeps an address that is
gone, and nobody reaches its console.

This is told on the compute node itself, from the addresses that the kernel shows to nova-compute, and from files where another host's
my_ip is that address. Set server_listen to
0.0.0.0 (or `::`) and restart nova-compute; a hard reboot gives a running guest the new address.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let seen = |compute: &&Compute| compute.basis >= Basis::Guessed && libvirt(compute.host);
    let nodes = computes(case);
    nodes
        .iter()
        .filter(seen)
        .filter_map(|compute| written(case, compute.host).or_else(|| kept(case, compute.host)))
        .collect()
}

/// An address that no interface of the host has; `None` where that cannot be told.
fn foreign(host: &HostView, text: &str) -> Option<IpAddr> {
    let address: IpAddr = text.trim().trim_matches(['[', ']']).parse().ok()?;
    let known = &host.host.addresses;
    let scoped = matches!(address, IpAddr::V6(six) if six.is_unicast_link_local());
    let free = address.is_unspecified() || address.is_loopback() || scoped;
    (!free && !known.is_empty() && !known.contains(&address)).then_some(address)
}

/// An address that another host's file calls its own, where the kernel showed none of this host.
fn anothers<'c, 'e>(case: &'c Case<'e>, host: &HostView, text: &str) -> Option<(IpAddr, &'c HostView<'e>)> {
    let address: IpAddr = text.trim().parse().ok().filter(|_| host.host.addresses.is_empty())?;
    Some((address, owner(case, host, address)?))
}

/// What the kernel showed.
fn has(host: &HostView) -> String {
    let own = host.host.addresses.iter().filter(|address| !address.is_loopback());
    let own: Vec<String> = own.take(8).map(ToString::to_string).collect();
    format!(
        "addresses of {}: {}",
        host.name(),
        if own.is_empty() { "loopback alone".to_owned() } else { own.join(", ") }
    )
}

/// The file says so: no guest starts.
fn written(case: &Case, host: &HostView) -> Option<Finding> {
    let option = |release| ("vnc", options(release).0);
    let all = readings(host, Service::Compute, &case.releases.candidates, option);
    let wrong = |reading: &super::console_words::Reading| {
        let text = reading.setting.value().filter(|_| reading.setting.is_set())?.text();
        foreign(host, &text).or_else(|| anothers(case, host, &text).map(|(address, _)| address))
    };
    let (reading, address) = all.iter().find_map(|reading| Some((reading, wrong(reading)?)))?;
    let every = all.iter().all(|reading| wrong(reading).is_some());
    let name = &reading.setting.name;
    let whose = match anothers(case, host, &address.to_string()) {
        Some((_, other)) => format!("which is {}'s and not {}'s", other.name(), host.name()),
        None => format!("which {} does not have", host.name()),
    };
    let message = format!("[vnc] {name} is {address}, {whose}: QEMU cannot listen there");
    let severity = if every { Severity::Error } else { Severity::Warning };
    let draft = Draft::new(&META, severity, message)
        .likely()
        .releases(Case::span(&reading.releases))
        .host(host.host)
        .service(Service::Compute)
        .seen_too((!host.host.addresses.is_empty()).then(|| has(host)))
        .remedy(remedy(format!("in nova.conf of {}:\n[vnc]\n{name} = {}", host.name(), any(address))));
    Some(placed(draft, host, Service::Compute, &reading.setting).done())
}

/// A guest runs with such an address: the host had it when the guest was started.
fn kept(case: &Case, host: &HostView) -> Option<Finding> {
    let own = running(case).into_iter().filter(|guest| std::ptr::eq(guest.host, host));
    let listens = |guest: &Guest| foreign(host, guest.domain.vnc()?.listen.as_deref()?);
    let wrong: Vec<(Guest, IpAddr)> = own.filter_map(|guest| listens(&guest).map(|address| (guest, address))).collect();
    let (guest, address) = wrong.iter().find(|(guest, _)| guest.asked == Some(true)).or(wrong.first())?;
    let more = if wrong.len() > 1 { format!(" and {} more", wrong.len() - 1) } else { String::new() };
    let message =
        format!("{}{more} listens for VNC on {address}, which the host does not have any longer", guest.name());
    let severity = if guest.asked == Some(false) { Severity::Warning } else { Severity::Error };
    let draft = Draft::new(&META, severity, message).likely().host(host.host).service(Service::Compute).seen(has(host));
    let mend = "reboot the guest hard: it is then started with the listen address that nova.conf has now";
    Some(guest.place(draft).remedy(remedy(mend.to_owned())).done())
}

fn any(address: IpAddr) -> &'static str {
    if address.is_ipv6() { "::" } else { "0.0.0.0" }
}

fn remedy(text: String) -> Remedy {
    compute_remedy(text).command("ip -brief address")
}

//! nova-novncproxy asks on a message bus where nobody listens who could answer.

use super::Cause;
use super::cell_words::{Mates, Odd, Of, virtual_host};
use super::console_words::{placed, proxy_remedy};
use super::peer_words::Peer;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Severity, Symptom};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::judge::words::list;
use crate::oslo::config::Setting;
use std::sync::Arc;

const META: CauseMeta = CauseMeta {
    id: "message-bus-differs",
    home: 14,
    releases: "15-34",
    severity: Severity::Error,
    field: &["B1"],
    title: "nova-novncproxy uses another message bus than those it asks",
    needs: &[Need::Config],
    symptoms: &[Symptom::KeepsSilent],
    explanation: "\
To check a token nova-novncproxy asks nova-consoleauth up to Queens (17), and from Rocky (18) on the nova-compute of the
instance, whether the VNC port is still the guest's (nova/console/websocketproxy.py, _check_console_port). It asks on its own
`[DEFAULT] transport_url` and knows no cell mappings. On another virtual host, or another RabbitMQ, nobody takes the message: after
the 101 the browser waits rpc_response_timeout (60 s), then sees code 1006; the log says `Timed out waiting for a reply`.

A path of `/`, of `//` and none are the same virtual host. The order of several servers does not matter.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// A service that sits on a bus.
struct Seat<'c, 'e> {
    host: &'c HostView<'e>,
    basis: Basis,
    setting: Arc<Setting>,
    bus: Peer,
}

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    if case.reads_alike() {
        return Vec::new();
    }
    let every = |holds: fn(u16) -> bool| case.releases.candidates.iter().all(|release| holds(*release));
    // from pike to queens a cell's computes may rightly have a bus of their own
    let asked = match () {
        () if every(|release| release <= 17) => Service::Consoleauth,
        () if every(|release| release >= 18) => Service::Compute,
        // while a cell of pike or queens is possible, worth no more than a note
        () => Service::Compute,
    };
    let proxies = seats(case, Service::Novncproxy);
    let answering = seats(case, asked);
    let strangers: Vec<&Seat> = answering
        .iter()
        .filter(|seat| !proxies.is_empty() && proxies.iter().all(|proxy| differ(proxy, seat)))
        .collect();
    if let (Some(proxy), Some(first)) = (proxies.first(), strangers.first()) {
        return vec![finding(case, proxy, first, &strangers, asked, one_bus(&proxies) && one_bus(&answering))];
    }
    // up to queens consoleauth answers, which each proxy may have beside it
    if every(|release| release >= 18) {
        let mates = Mates::of(case);
        if let Some((proxy, odd)) = proxies.iter().find_map(|seat| Some((seat, mates.odd(seat.host, Of::Bus)?))) {
            return vec![another_bus(case, proxy, &odd)];
        }
    }
    let apart = answering.iter().find(|seat| !proxies.is_empty() && proxies.iter().all(|p| p.bus.apart(&seat.bus)));
    apart.zip(proxies.first()).map(|(seat, proxy)| other_servers(case, proxy, seat, asked)).into_iter().collect()
}

fn seats<'c, 'e>(case: &'c Case<'e>, service: Service) -> Vec<Seat<'c, 'e>> {
    case.running(service, Basis::Guessed)
        .into_iter()
        .filter_map(|host| {
            let setting = host.config(service, case.releases.newest())?.get("DEFAULT", "transport_url");
            let mut bus = Peer::of(&setting)?;
            bus.path = virtual_host(&bus.path);
            Some(Seat { host, basis: host.runs(service)?, setting, bus })
        })
        .collect()
}

fn differ(a: &Seat, b: &Seat) -> bool {
    a.bus.path != b.bus.path
}

fn one_bus(seats: &[Seat]) -> bool {
    seats.iter().all(|seat| seat.bus.path == seats[0].bus.path)
}

fn finding(case: &Case, proxy: &Seat, first: &Seat, all: &[&Seat], asked: Service, one: bool) -> Finding {
    let names: Vec<&str> = all.iter().map(|seat| seat.host.name()).collect();
    let message = format!(
        "nova-novncproxy on {} asks on the virtual host {} of the message bus, and {} on {} listens on {}",
        proxy.host.name(),
        proxy.bus.path,
        asked.program(),
        list(&names),
        first.bus.path
    );
    // with several buses the site has cells, and another cell's proxy may not have been given
    let told = proxy.basis == Basis::Told && first.basis == Basis::Told;
    let known = asked == Service::Consoleauth || case.releases.candidates.iter().all(|release| *release >= 18);
    let (severity, confidence) = match (known && told, one) {
        (true, true) => (Severity::Error, Confidence::Likely),
        (true, false) => (Severity::Warning, Confidence::Possible),
        (false, _) => (Severity::Note, Confidence::Possible),
    };
    let draft = Draft::new(&META, severity, message)
        .confidence(confidence)
        .releases(Case::span(&case.releases.candidates))
        .host(proxy.host.host)
        .service(Service::Novncproxy)
        .seen("right only if these hosts belong to different cells")
        .remedy(proxy_remedy(format!(
            "in the nova.conf that nova-novncproxy on {} reads, give [DEFAULT] transport_url the bus of its cell",
            proxy.host.name()
        )));
    placed(also(draft, first, asked), proxy.host, Service::Novncproxy, &proxy.setting).done()
}

/// A proxy with its cell's database, on another bus than the other proxies of the cell.
fn another_bus(case: &Case, proxy: &Seat, odd: &Odd) -> Finding {
    let message = format!(
        "nova-novncproxy on {} asks on the message bus {}, and on {}, with the same database and so in the same cell, on {}",
        proxy.host.name(),
        odd.own,
        list(&odd.mates),
        odd.theirs
    );
    let (mate, line) = &odd.shown;
    let mut draft = Draft::new(&META, odd.severity, message)
        .confidence(odd.confidence)
        .releases(Case::span(&case.releases.candidates))
        .host(proxy.host.host)
        .service(Service::Novncproxy)
        .remedy(proxy_remedy("give [DEFAULT] transport_url of all proxies of a cell the bus of that cell"));
    if let Some((file, entry)) = mate.entry(line) {
        draft = draft.also(mate.host, file, entry, "another bus for the same cell");
    }
    placed(draft, proxy.host, Service::Novncproxy, &proxy.setting).done()
}

/// The same virtual host on servers that have no address in common: a balancer's address, or another bus.
fn other_servers(case: &Case, proxy: &Seat, seat: &Seat, asked: Service) -> Finding {
    let message = format!(
        "nova-novncproxy on {} and {} on {} name different servers of the message bus",
        proxy.host.name(),
        asked.program(),
        seat.host.name()
    );
    let draft = Draft::note(&META, message)
        .possible()
        .releases(Case::span(&case.releases.candidates))
        .host(proxy.host.host)
        .service(Service::Novncproxy)
        .seen("right where one of them is the address of a balancer, or of another interface of the same servers")
        .remedy(proxy_remedy("give [DEFAULT] transport_url of both the same servers"));
    placed(also(draft, seat, asked), proxy.host, Service::Novncproxy, &proxy.setting).done()
}

fn also(draft: Draft, seat: &Seat, asked: Service) -> Draft {
    match seat.host.entry(&seat.setting) {
        Some((file, entry)) => draft.also(seat.host.host, file, entry, format!("the bus of {}", asked.program())),
        None => draft,
    }
}

//! What the conversations with the message bus say, sorted as the causes need it: which services are let in, and who consumes.

use crate::evidence::bus::{BusAnswer, BusConduct, QueueFound, Seat};
use crate::evidence::dial::DialOutcome;
use crate::evidence::log::Failure;
use crate::evidence::probe::Seen;
use crate::evidence::process::Service;
use crate::evidence::site::queues::{Queue, queues};
use crate::evidence::site::{host_of, is_loopback};
use crate::evidence::tls::TlsProblem;
use crate::finding::Confidence;
use crate::judge::case::{Case, HostView};

use super::wire_words::{ended_late, kept_silent};

pub(super) type Asked<'e> = &'e Seen<BusAnswer>;

/// What a conversation proves of the services that hold the same login.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    /// They are let in.
    Open,
    /// They are refused, whoever asks: login, virtual host, protocol.
    Refusing,
    /// Nothing answers there, or not in time.
    Dead,
    /// This machine has no way there.
    OutOfSight,
    /// It does not tell: what failed is not asked of nova's services.
    Unknown,
}

pub(super) fn state(answer: &BusAnswer) -> State {
    match &answer.conduct {
        Some(BusConduct::Opened) => State::Open,
        // limits and alarms pass; a configuration of TLS that cannot be followed is no fault of the broker
        Some(BusConduct::Refused { .. } | BusConduct::NotAskable { .. } | BusConduct::NoMechanism) => State::Unknown,
        Some(BusConduct::Silent { .. } | BusConduct::Closed { .. }) => State::Dead,
        Some(_) => State::Refusing,
        None => match answer.tls.as_ref().and_then(|tls| tls.problem.as_ref()) {
            Some(TlsProblem::NotTls) => State::Refusing,
            Some(TlsProblem::Closed | TlsProblem::Silent { .. }) => State::Dead,
            // oslo.messaging verifies by ssl_ca_file alone, and up to 2026.1 (33) no names
            Some(
                TlsProblem::SelfSigned | TlsProblem::UnknownIssuer | TlsProblem::Expired | TlsProblem::NotYetValid,
            ) if answer.own_authorities => State::Refusing,
            Some(_) => State::Unknown,
            None => dialled(&answer.dial.outcome),
        },
    }
}

fn dialled(outcome: &DialOutcome) -> State {
    match outcome {
        DialOutcome::Refused => State::Dead,
        DialOutcome::TimedOut { .. }
        | DialOutcome::Unreachable { .. }
        | DialOutcome::NameUnknown
        | DialOutcome::NameServerFailed
        | DialOutcome::NameTimedOut { .. } => State::OutOfSight,
        _ => State::Unknown,
    }
}

/// Services with the same brokers, logins and virtual hosts.
pub(super) struct Group<'e> {
    pub(super) seats: Vec<Seat>,
    pub(super) asked: Vec<Asked<'e>>,
}

impl Group<'_> {
    pub(super) fn has(&self, service: Service) -> bool {
        self.seats.iter().any(|seat| seat.service == service)
    }
}

/// Every service that sits on a bus, by what it connects to.
pub(super) fn groups<'e>(case: &Case<'e>) -> Vec<Group<'e>> {
    let buses = &case.evidence.buses;
    let mut seats: Vec<&Seat> = buses.iter().flat_map(|seen| &seen.saw.seats).collect();
    seats.sort();
    seats.dedup();
    let mut groups: Vec<(Vec<usize>, Group<'e>)> = Vec::new();
    for seat in seats {
        let own: Vec<usize> = (0..buses.len()).filter(|&index| buses[index].saw.seats.contains(seat)).collect();
        if let Some((_, group)) = groups.iter_mut().find(|(known, _)| *known == own) {
            group.seats.push(seat.clone());
        } else {
            let asked = own.iter().map(|&index| &buses[index]).collect();
            groups.push((own, Group { seats: vec![seat.clone()], asked }));
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// The view of a seat's host.
pub(super) fn view_of<'c, 'e>(case: &'c Case<'e>, seat: &Seat) -> Option<&'c HostView<'e>> {
    case.hosts.iter().find(|view| view.host.name == seat.host)
}

/// How sure a conversation that failed makes us: it was made from here, on the word of another host's file.
pub(super) fn confidence(case: &Case, asked: Asked) -> Confidence {
    let local =
        case.evidence.hosts.iter().any(|host| asked.for_host.as_deref() == Some(host.name.as_str()) && host.local);
    let host = host_of(&asked.peer);
    let named_guest = asked.saw.guest && host.parse::<std::net::IpAddr>().is_err();
    match state(&asked.saw) {
        _ if local => Confidence::Certain,
        // guest gets in from the broker's own machine, and a name may lead there
        State::Refusing if named_guest => Confidence::Possible,
        State::Refusing => Confidence::Likely,
        // what is loopback is dialled only where the site is this machine
        State::Dead if asked.saw.dial.connected() || is_loopback(host) || waits(case) => Confidence::Likely,
        State::OutOfSight if waits(case) => Confidence::Possible,
        _ => Confidence::Possible,
    }
}

/// The proxy was seen to wait for somebody on the bus.
pub(super) fn waits(case: &Case) -> bool {
    let timed_out = case.sessions.iter().rev().find(|view| view.session.end.is_some());
    kept_silent(case)
        || ended_late(case).is_some()
        || timed_out.is_some_and(|view| matches!(view.failure(), Some(Failure::RpcTimeout)))
}

/// A queue that nobody consumes, by all brokers that let us in.
pub(super) struct Idle<'e> {
    pub(super) queue: Queue,
    /// The broker that says so.
    pub(super) asked: Asked<'e>,
    pub(super) found: &'e QueueFound,
}

impl Idle<'_> {
    /// `queue compute.cmp1 at 10.0.0.1:5672 (virtual host /), asked from ops: 0 consumers, 3 messages waiting`
    pub(super) fn words(&self) -> String {
        format!(
            "queue {} at {} (virtual host {}), asked from {}: {}",
            self.queue.name,
            self.asked.peer,
            self.asked.saw.virtual_host,
            self.asked.from,
            self.found.words()
        )
    }

    /// The queue is there, so somebody once consumed it.
    pub(super) fn present(&self) -> bool {
        matches!(self.found, QueueFound::Present { .. })
    }
}

/// The queues of a service that nobody consumes. A broker counts if one of `asking` sits on it: who would wait for an answer. A
/// queue that one broker lacks and another has is another cell's.
pub(super) fn idle<'e>(case: &Case<'e>, service: Service, asking: &[Service]) -> Vec<Idle<'e>> {
    if case.evidence.buses.is_empty() {
        return Vec::new();
    }
    let named = queues(case.evidence, &case.releases).into_iter().filter(|queue| queue.service == service);
    named.filter_map(|queue| one_idle(case, queue, asking)).collect()
}

fn one_idle<'e>(case: &Case<'e>, queue: Queue, asking: &[Service]) -> Option<Idle<'e>> {
    let evidence = case.evidence;
    let owner = queue.host.and_then(|index| evidence.hosts.get(index)).map(|host| host.name.as_str());
    let own = |seat: &Seat| owner == Some(seat.host.as_str()) && seat.service == queue.service;
    let heard: Vec<(Asked<'e>, &'e QueueFound)> = evidence
        .buses
        .iter()
        .filter(|seen| seen.saw.opened())
        .filter(|seen| seen.saw.seats.iter().any(|seat| own(seat) || asking.contains(&seat.service)))
        .filter_map(|seen| Some((seen, seen.saw.queue(&queue.name)?)))
        .collect();
    let is_idle = |found: &QueueFound| matches!(found, QueueFound::Present { consumers: 0, .. } | QueueFound::Absent);
    if heard.is_empty() || !heard.iter().all(|(_, found)| is_idle(found)) {
        return None;
    }
    let present = heard.iter().find(|(_, found)| matches!(found, QueueFound::Present { .. }));
    let (asked, found) = *present.or(heard.first())?;
    Some(Idle { queue, asked, found })
}

/// A broker that lets us in and has a consumer for a queue of a service: its words.
pub(crate) fn consumed<'e>(case: &Case<'e>, service: Service) -> Option<(Asked<'e>, String)> {
    let named = queues(case.evidence, &case.releases);
    let named: Vec<&Queue> = named.iter().filter(|queue| queue.service == service).collect();
    case.evidence.buses.iter().filter(|seen| seen.saw.opened()).find_map(|seen| {
        let queue = named.iter().find(|queue| {
            matches!(seen.saw.queue(&queue.name), Some(QueueFound::Present { consumers, .. }) if *consumers > 0)
        })?;
        Some((seen, format!("{} consumes the queue {}", service.program(), queue.name)))
    })
}

//! A RabbitMQ that a service's transport_url names does not let it in, or does not answer.

use super::Cause;
use super::bus_words::{Asked, Group, State, confidence, groups, state, view_of, waits};
use super::console_words::placed;
use super::service_words::{goes_on, newest};
use super::session_words::{at_session, told};
use super::wire_words::{ended_at_once, opened};
use crate::evidence::bus::BusConduct;
use crate::evidence::log::{Event, Failure};
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::evidence::site::{host_of, is_loopback};
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, SessionView};
use crate::judge::find::Draft;
use crate::judge::words::{list, on};

const META: CauseMeta = CauseMeta {
    id: "message-bus-down",
    home: 14,
    releases: "15-34",
    severity: Severity::Error,
    field: &["B2"],
    title: "a RabbitMQ of transport_url does not let nova's services in",
    needs: &[Need::Config, Need::Bus, Need::Logs],
    symptoms: &[Symptom::HangsUp, Symptom::KeepsSilent],
    explanation: "\
Every question between nova's services goes over RabbitMQ: nova-api asks nova-compute for the console, and before it opens
nova-novncproxy asks whether the VNC port is still the guest's, up to Queens (17) by nova-consoleauth. Of several members of
`[DEFAULT] transport_url` a service takes any that answers, so one that is down breaks nothing while others live. With none left - down,
wrong password, no such virtual host, TLS on one side only - a service tries for ever: the dashboard waits, and the browser sees
silence after the 101. The logs say `AMQP server on HOST:PORT is unreachable` or `ACCESS_REFUSED`.

A console that opens, or ends at once, was not stopped by the bus: who has none waits.

vncdoctor logs in as the service would, opens the virtual host and asks which queues have consumers; nothing is made or sent.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// A session that began no more than so many seconds before the bus was asked tells of the same bus.
const NOW: f64 = 60.0;

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let found: Vec<Finding> = groups(case).iter().filter_map(|group| judge(case, group)).collect();
    if !found.is_empty() {
        return found;
    }
    let by_proxy: Vec<Finding> = logged(case).into_iter().collect();
    if by_proxy.is_empty() { others(case) } else { by_proxy }
}

/// Whoever gets no connection complains at least this often, in seconds; two complaints within it are one story.
const AGAIN: f64 = 60.0;

/// The last thing that another service logged is that it gets no connection to the bus: one that is connected again says so.
fn others(case: &Case) -> Vec<Finding> {
    // what they log of a bus that this run found well is past
    let well = case.evidence.buses.iter().any(|seen| state(&seen.saw) == State::Open);
    if well || case.sessions.last().is_some_and(answered) || opened(case) {
        return Vec::new();
    }
    [(Service::Compute, 3), (Service::Consoleauth, 9), (Service::Conductor, 9)]
        .into_iter()
        .filter_map(|(service, step)| other(case, service, step))
        .collect()
}

/// The services answered one another over the bus for this session.
fn answered(view: &SessionView) -> bool {
    view.session.worked || view.session.target.is_some()
}

fn other(case: &Case, service: Service, step: u8) -> Option<Finding> {
    // nova-conductor's part lies in the past once a token is made, and another node's nova-compute has none
    let past = case.handed_out() && service == Service::Conductor;
    let whose = !case.handed_out() || service != Service::Compute || case.running(service, Basis::Guessed).len() == 1;
    if past {
        return None;
    }
    let is = |event: &Event| matches!(event, Event::BusUnreachable { .. });
    let logged = newest(case, service, is, |line| !is(&line.event))?;
    let (Event::BusUnreachable { peer, text }, Some(at)) = (&logged.line.event, logged.line.at) else { return None };
    // its traceback has the same stamp
    if goes_on(&logged) {
        return None;
    }
    let later = |view: &SessionView| view.session.started.is_some_and(|started| started > at);
    if case.sessions.iter().any(|view| later(view) && answered(view)) {
        return None;
    }
    let before = logged.log.events.iter().filter(|line| is(&line.event)).filter_map(|line| line.at);
    let again = before.into_iter().any(|other| other < at && at - other <= AGAIN);
    let program = service.program();
    let whom = peer.as_deref().map_or_else(String::new, |peer| format!(" at {peer}"));
    let message = format!("{program}{} gets no connection to the message bus{whom}: {text}", on(&logged.host.name));
    let remedy =
        Remedy::new(format!("start RabbitMQ, or let transport_url of {program} lead to the one that its cell uses"))
            .verify("vncdoctor check again, then open a new console");
    Some(
        Draft::error(&META, message)
            .confidence(if again && whose { Confidence::Likely } else { Confidence::Possible })
            .step(if case.handed_out() { 14 } else { step })
            .host(logged.host)
            .service(service)
            .at_line(&logged.log.path, logged.line.line)
            .seen(format!("{}: the newest line of its log says so", logged.at()))
            .remedy(remedy)
            .done(),
    )
}

/// A session of the proxy that waits for the bus to the end of its log.
fn logged(case: &Case) -> Option<Finding> {
    let stuck = |view: &SessionView| {
        let waits = matches!(
            view.session.end,
            Some(Event::BusUnreachable { .. } | Event::HandlerException { failure: Failure::Bus { .. } })
        );
        waits && view.session.target.is_none() && view.session.host.is_none()
    };
    // whoever gets an answer for the token has a bus
    let told = told(case, stuck, |_, later| later.session.target.is_some() || later.session.host.is_some())?;
    let (peer, text) = match &told.view.session.end {
        Some(Event::BusUnreachable { peer, text }) => (peer.as_deref(), text),
        Some(Event::HandlerException { failure: Failure::Bus { text } }) => (None, text),
        _ => return None,
    };
    let whom = peer.map_or_else(String::new, |peer| format!(" at {peer}"));
    let message =
        format!("nova-novncproxy{} gets no connection to the message bus{whom}: {text}", on(&told.view.host.name));
    Some(
        at_session(&META, &told, message)
            .seen(format!("{}: the session waits for RabbitMQ and has no other end", told.view.at()))
            .remedy(
                Remedy::new(
                    "start RabbitMQ, or let transport_url of nova-novncproxy lead to the one that its services use",
                )
                .verify("vncdoctor check again, then open a new console"),
            )
            .done(),
    )
}

fn judge(case: &Case, group: &Group) -> Option<Finding> {
    let down: Vec<Asked> =
        group.asked.iter().copied().filter(|seen| !matches!(state(&seen.saw), State::Open | State::Unknown)).collect();
    let first = *down.first()?;
    let all = down.len() == group.asked.len() && !more_members(case, group);
    let seen_state = |wanted: State| down.iter().any(|seen| state(&seen.saw) == wanted);
    let hard = seen_state(State::Refusing) || seen_state(State::Dead);
    let live = group.asked.iter().any(|seen| state(&seen.saw) == State::Open);
    // nothing answers and nothing refuses: this machine may simply have no way there
    let local = group.seats.iter().any(|seat| view_of(case, seat).is_some_and(|view| view.host.local));
    if (!hard || elsewhere(group, &down)) && !live && !local && !waits(case) {
        return None;
    }
    let confidence = if all {
        down.iter().map(|seen| confidence(case, seen)).min()
    } else {
        down.iter().map(|seen| confidence(case, seen)).max()
    }?;
    let (step, needed) = step(case, group);
    let past = got_past(case, group, &down);
    let severity = if all && needed && past.is_none() { Severity::Error } else { Severity::Warning };
    let who = who(group);
    let names: Vec<String> = down.iter().map(|seen| format!("{} ({})", seen.peer, seen.saw.words())).collect();
    let message = match (all, names.as_slice()) {
        (true, [only]) => format!("{who} cannot use the message bus: {only}"),
        (true, _) => format!("{who} cannot use any member of the message bus: {}", shown(&names)),
        (false, _) => format!("of the message bus of {who} a member is of no use now: {}", shown(&names)),
    };
    let mut draft =
        Draft::new(&META, severity, message).confidence(confidence).step(step).remedy(remedy(first, all, confidence));
    for seen in &down {
        draft = draft.seen(format!("{} asked from {}: {}", seen.peer, seen.from, seen.saw.words()));
    }
    if let Some(past) = past.filter(|_| all && needed) {
        draft = draft.seen(format!("{past}: the message bus is not what breaks this console"));
    }
    if live {
        draft = draft.seen("another member lets the service in, so consoles open");
    }
    let seat = group.seats.iter().find(|seat| seat.service == service_of(group)).or(group.seats.first())?;
    draft = draft.service(seat.service);
    if let Some(view) = view_of(case, seat) {
        draft = draft.host(view.host);
        if let Some(config) = view.config(seat.service, case.releases.newest()) {
            draft = placed(draft, view, seat.service, &config.get("DEFAULT", "transport_url"));
        }
    }
    Some(draft.done())
}

/// At most three members are told by name.
fn shown(names: &[String]) -> String {
    if names.len() <= 3 { list(names) } else { format!("{} and {} more", names[..2].join(", "), names.len() - 2) }
}

/// The loopback of several hosts: nothing listens on this machine's, which need not be one of them.
fn elsewhere(group: &Group, down: &[Asked]) -> bool {
    let several = group.seats.iter().any(|seat| seat.host != group.seats[0].host);
    several && down.iter().all(|seen| state(&seen.saw) == State::Dead && is_loopback(host_of(&seen.peer)))
}

/// What shows that a proxy got past its questions on the bus while this run found it dead: then it has another one, or another
/// proxy has, and this console ends for another reason.
fn got_past(case: &Case, group: &Group, down: &[Asked]) -> Option<String> {
    let asked = down.iter().map(|seen| seen.began).min_by(f64::total_cmp)?;
    if opened(case) {
        return Some("RFB came through the proxy".to_owned());
    }
    // who gets no answer at all tries for ever; whoever is refused may give up
    let waits = down.iter().all(|seen| matches!(state(&seen.saw), State::Dead | State::OutOfSight));
    if waits && ended_at_once(case) {
        return Some("the proxy ended the console at once, and one without a message bus keeps it waiting".to_owned());
    }
    let told = |view: &SessionView| {
        let now = view.own || view.session.started.is_some_and(|started| started >= asked - NOW);
        now && (view.session.target.is_some() || view.session.host.is_some() || view.session.worked)
    };
    let on_it = [Service::Novncproxy, Service::Compute, Service::Consoleauth].into_iter().any(|one| group.has(one));
    let session = case.sessions.iter().rev().find(|view| on_it && told(view))?;
    Some(format!("{}: the proxy was told where the token leads", session.at()))
}

/// Members that nobody asked: this machine's loopback may be another's.
fn more_members(case: &Case, group: &Group) -> bool {
    case.evidence.spared.iter().any(|spared| {
        spared.peer.contains(':')
            && group.seats.iter().any(|seat| spared.for_host.as_deref() == Some(seat.host.as_str()))
            && !case.evidence.memcached.iter().any(|seen| seen.peer == spared.peer)
    })
}

/// The service that is told: the one whose part in a console comes first.
fn service_of(group: &Group) -> Service {
    [Service::Novncproxy, Service::Compute, Service::Api, Service::Consoleauth]
        .into_iter()
        .find(|service| group.has(*service))
        .unwrap_or(Service::Conductor)
}

/// The step that needs the bus now, and whether it does. With a URL at hand the steps before lie in the past.
fn step(case: &Case, group: &Group) -> (u8, bool) {
    let asks_now = [Service::Novncproxy, Service::Compute, Service::Consoleauth].into_iter().any(|one| group.has(one));
    match () {
        () if case.handed_out() => (if asks_now { 14 } else { 3 }, asks_now),
        () if group.has(Service::Api) || group.has(Service::Compute) => (3, true),
        () if group.has(Service::Consoleauth) || group.has(Service::Conductor) => (9, true),
        () => (14, true),
    }
}

fn who(group: &Group) -> String {
    let mut hosts: Vec<&str> =
        group.seats.iter().map(|seat| if seat.host.is_empty() { "this host" } else { seat.host.as_str() }).collect();
    hosts.dedup();
    let mut services: Vec<Service> = group.seats.iter().map(|seat| seat.service).collect();
    services.sort_unstable();
    services.dedup();
    let programs: Vec<&str> = services.iter().map(|service| service.program()).collect();
    let programs = if programs.len() > 2 { "nova".to_owned() } else { list(&programs) };
    let more = hosts.len().saturating_sub(3);
    let hosts = if more > 0 { format!("{} and {more} more hosts", hosts[..3].join(", ")) } else { list(&hosts) };
    format!("{programs} on {hosts}")
}

fn remedy(first: Asked, all: bool, confidence: Confidence) -> Remedy {
    let host = host_of(&first.peer);
    let text = match &first.saw.conduct {
        Some(BusConduct::LoginRefused { .. }) if first.saw.guest => {
            "give transport_url the user that nova has in RabbitMQ: guest may log in from the broker's own machine alone".to_owned()
        }
        Some(BusConduct::LoginRefused { .. }) => {
            "give transport_url the user and password that nova has in RabbitMQ; characters like @ : / % in a password are written \
             %40 %3A %2F %25, and a password with a slash works in no spelling"
                .to_owned()
        }
        Some(BusConduct::NoVirtualHost { .. }) => {
            format!("name an existing virtual host at the end of transport_url, or make {}", first.saw.virtual_host)
        }
        Some(BusConduct::VirtualHostRefused { .. }) => {
            format!("permit the user on the virtual host {}", first.saw.virtual_host)
        }
        Some(BusConduct::Stranger { .. } | BusConduct::OtherVersion { .. } | BusConduct::Broken { .. }) => {
            "let transport_url lead to RabbitMQ's own port: 5672 plain, 5671 with [oslo_messaging_rabbit] ssl = true".to_owned()
        }
        None if first.saw.tls.is_some() => {
            "let both sides agree: [oslo_messaging_rabbit] ssl = true with RabbitMQ's TLS port (5671), or neither".to_owned()
        }
        _ => format!("start RabbitMQ on {host}, or take it out of transport_url"),
    };
    let mut remedy = Remedy::new(text)
        .command(format!("ssh {host} 'rabbitmqctl cluster_status; rabbitmqctl list_users; rabbitmqctl list_vhosts'"))
        .verify("vncdoctor check again, then open a new console");
    if all && confidence == Confidence::Possible {
        remedy = remedy.command(format!("nc -vz {} (on the host whose file names it)", first.peer.replace(':', " ")));
    }
    remedy
}

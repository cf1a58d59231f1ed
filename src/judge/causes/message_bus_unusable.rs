//! A transport_url that names a broker no service can connect to, or none that is RabbitMQ.

use super::Cause;
use super::bus_words::view_of;
use super::console_words::placed;
use crate::evidence::bus::{Seat, Unasked};
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::Case;
use crate::judge::find::Draft;
use crate::judge::words::on;

const META: CauseMeta = CauseMeta {
    id: "message-bus-unusable",
    home: 14,
    releases: "15-34",
    severity: Severity::Error,
    field: &["B2"],
    title: "a broker of transport_url cannot be connected to as it is written",
    needs: &[Need::Config, Need::Bus],
    symptoms: &[Symptom::HangsUp],
    explanation: "\
oslo.messaging takes `[DEFAULT] transport_url` apart and hands kombu a new URL for each member, in which a slash of a user name or a
password is not quoted (oslo_messaging/_drivers/impl_rabbit.py, Connection). kombu then ends the host there: `Port could not be cast to
integer value`, whenever the service gets to that member. %2F does not help, nor does %252F: there is no spelling of a
slash. A service that listens (nova-compute, nova-conductor) ends at its start, one that only asks (nova-api, nova-novncproxy) fails with
each question.

Options of the query (`?heartbeat_rate=3`) must be options of `[oslo_messaging_rabbit]` by their newest names: from Pike (16) on one that
is none, or a value that is none, ends the service when it makes its transport (NoSuchOptError, ValueError).

A bus of another driver than RabbitMQ's is named here and not looked at.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let mut seen: Vec<(&str, &Unasked)> = Vec::new();
    let mut found = Vec::new();
    for unasked in &case.evidence.buses_unasked {
        // once for each host: its services share the line, as a rule
        if seen.contains(&(unasked.seat.host.as_str(), &unasked.why)) {
            continue;
        }
        seen.push((&unasked.seat.host, &unasked.why));
        found.extend(judge(case, &unasked.seat, &unasked.why));
    }
    found
}

fn judge(case: &Case, seat: &Seat, why: &Unasked) -> Option<Finding> {
    let who = format!("{}{}", seat.service.program(), on(&seat.host));
    let draft = match why {
        Unasked::Unusable { member, what } => {
            let other = case.evidence.buses.iter().any(|seen| seen.saw.seats.contains(seat));
            let severity = if other { Severity::Warning } else { Severity::Error };
            let message = format!("member {member} of the message bus of {who} {what}");
            let left = if other { "other members are left to it" } else { "no member is left to it" };
            Draft::new(&META, severity, message).likely().seen(left).remedy(mend(what))
        }
        Unasked::Misfit { what } => {
            let message = format!("transport_url of {who} {what}: the service does not start");
            Draft::error(&META, message).remedy(
                restarts(Remedy::new(
                    "take that option out of the query of transport_url, or write it as the release has it",
                ))
                .verify("vncdoctor check again"),
            )
        }
        Unasked::Driver { name } => {
            let message = format!("the message bus of {who} is no RabbitMQ ({name}), and was not looked at");
            Draft::note(&META, message).likely().remedy(
                Remedy::new(
                    "look at that bus by its own means; where RabbitMQ is meant, transport_url begins with rabbit://",
                )
                .command("openstack compute service list"),
            )
        }
        Unasked::Unreadable { .. } | Unasked::Unknown => return None,
    };
    let draft = draft.service(seat.service);
    let Some(view) = view_of(case, seat) else { return Some(draft.done()) };
    let draft = draft.host(view.host);
    let Some(config) = view.config(seat.service, case.releases.newest()) else { return Some(draft.done()) };
    Some(placed(draft, view, seat.service, &config.get("DEFAULT", "transport_url")).done())
}

fn mend(what: &str) -> Remedy {
    let text = if what.contains("port") {
        "give that member of transport_url a port from 1 to 65535, as HOST:PORT; an IPv6 address stands in brackets"
    } else {
        "give nova's user in RabbitMQ a password without a slash, and write that into transport_url on every host"
    };
    restarts(Remedy::new(text).command("rabbitmqctl list_users")).verify("vncdoctor check again")
}

fn restarts(remedy: Remedy) -> Remedy {
    [Service::Compute, Service::Conductor, Service::Api, Service::Novncproxy]
        .into_iter()
        .fold(remedy, |remedy, service| remedy.restart(service.program()))
}

//! The guest has no VNC display: it was started while VNC was off, or was made without one.

use super::Cause;
use super::console_words::last_entry;
use super::guest_words::{Guest, running};
use super::service_words::{Since, hands_out, newest, since};
use crate::evidence::log::Event;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity};
use crate::judge::case::api::words;
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "guest-without-vnc",
    home: 5,
    releases: "12-34",
    severity: Severity::Error,
    field: &["E6"],
    title: "the guest has no VNC display",
    needs: &[Need::Credentials, Need::Host, Need::Logs],
    symptoms: &[],
    explanation: "\
The libvirt driver looks for <graphics type='vnc'> in the domain of the running guest and answers `Unavailable console type vnc.` (HTTP 400)
where there is none (nova/virt/libvirt/driver.py, get_vnc_console). nova gives a guest its display when it starts it: one that
was started while `[vnc] enabled` was false, or with SPICE in its place, has none until it is rebooted hard. The other answer,
`Unavailable console type novnc.`, comes from `[vnc] enabled = false` now.

Where libvirt's own files of the running guests were seen, they say it without a question to nova.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// The libvirt driver's answer.
const ANSWER: &str = "Unavailable console type vnc.";

/// nova-api's log has it, and no console was handed out since.
fn logged(case: &Case) -> Option<Finding> {
    if case.handed_out() || case.console_asked().is_some() {
        return None;
    }
    let is = |event: &Event| matches!(event, Event::ApiException { text } if text.contains(ANSWER));
    let logged = newest(case, Service::Api, is, hands_out)?;
    let since = since(case, &logged);
    if since == Since::Same {
        return None;
    }
    // one guest among others whose consoles open
    let others = since == Since::Others || logged.log.events.iter().any(hands_out);
    let severity = if others { Severity::Warning } else { Severity::Error };
    Some(
        Draft::new(&META, severity, "a guest has no VNC display: it was started without one")
            .likely()
            .host(logged.host)
            .service(Service::Api)
            .at_line(&logged.log.path, logged.line.line)
            .seen(format!("{}: {ANSWER}", logged.at()))
            .remedy(remedy("DOMAIN"))
            .done(),
    )
}

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    if let Some(told) = told(case).or_else(|| logged(case)) {
        return vec![told];
    }
    case.hosts.iter().filter_map(|host| written(case, host)).collect()
}

/// The libvirt driver says so.
fn told(case: &Case) -> Option<Finding> {
    let seen = case.console_asked().filter(|seen| seen.saw.status() == Some(400))?;
    let message = seen.saw.answer.as_ref().and_then(|answer| answer.message.as_deref()).unwrap_or_default();
    if !message.contains(ANSWER) {
        return None;
    }
    let name = case.api().and_then(|api| api.server.as_ref()).map_or("the server", |server| server.name.as_str());
    Some(
        Draft::error(&META, format!("the guest of {name} has no VNC display: it was started without one"))
            .service(Service::Compute)
            .seen(words(&seen.saw))
            .remedy(remedy("DOMAIN"))
            .done(),
    )
}

/// Guests of nova that run without a VNC display on a node whose files have VNC on.
fn written(case: &Case, host: &HostView) -> Option<Finding> {
    let config = host.config(Service::Compute, case.releases.newest())?;
    let other_driver = last_entry(host, Service::Compute, "DEFAULT", "compute_driver")
        .is_some_and(|(_, entry)| !entry.value.contains("libvirt"));
    if other_driver || config.bool("vnc", "enabled") != Some(true) {
        return None;
    }
    let own = running(case).into_iter().filter(|guest| std::ptr::eq(guest.host, host));
    let bare: Vec<Guest> = own.filter(|guest| guest.domain.vnc().is_none() && is_novas(guest)).collect();
    let guest = bare.iter().find(|guest| guest.asked == Some(true)).or(bare.first())?;
    let more = if bare.len() > 1 { format!(" and {} more", bare.len() - 1) } else { String::new() };
    let has = guest.domain.graphics.first().map(|graphics| graphics.kind.as_str()).filter(|kind| !kind.is_empty());
    let message =
        format!("{}{more} has no VNC display, and [vnc] enabled is true: it was started without one", guest.name());
    let severity = if guest.asked == Some(true) { Severity::Error } else { Severity::Warning };
    // the one that is asked about is known to be nova's; others may be meant to have none
    let sure = if guest.asked == Some(true) { Confidence::Certain } else { Confidence::Likely };
    let draft = Draft::new(&META, severity, message)
        .confidence(sure)
        .host(host.host)
        .service(Service::Compute)
        .seen(format!("graphics of {}: {}", guest.domain.name, has.unwrap_or("none")));
    Some(guest.place(draft).remedy(remedy(&guest.domain.name)).done())
}

/// nova names its domains by `[DEFAULT] instance_name_template`, which hardly anybody changes.
fn is_novas(guest: &Guest) -> bool {
    guest.asked == Some(true) || guest.domain.name.starts_with("instance-")
}

fn remedy(domain: &str) -> Remedy {
    Remedy::new("see that [vnc] enabled is true on the compute node, then reboot the server hard")
        .command(format!("virsh dumpxml {domain} | grep graphics"))
        .verify("ask for the console again once the server is active")
}

//! A compute node that is set up for VNC consoles has them switched off.

use super::Cause;
use super::console_words::{compute_remedy, confidence, last_entry, placed, spoken};
use super::service_words::{Since, hands_out, newest, since};
use crate::evidence::log::Event;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Severity};
use crate::judge::case::api::words;
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "vnc-switched-off",
    home: 4,
    releases: "15-34",
    severity: Severity::Error,
    field: &["E6"],
    title: "VNC is switched off on a compute node that is set up for it",
    needs: &[Need::Config, Need::Credentials, Need::Logs],
    symptoms: &[],
    explanation: "\
With `[vnc] enabled = false` nova-compute answers a request for a VNC console with HTTP 400 `Unavailable console type novnc`
(nova/compute/manager.py, get_vnc_console), and the libvirt driver gives new guests no VNC device at all: after switching it on
they need a hard reboot, and until then the answer is `Unavailable console type vnc`. It is right on nodes without consoles or with
SPICE, MKS or RDP; it is a slip where the same file names the console URL or the VNC addresses.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// nova-compute's answer.
const ANSWER: &str = "Unavailable console type novnc";

/// Options that nobody sets for a node without VNC consoles.
const WANTED: [&str; 4] =
    ["novncproxy_base_url", "server_proxyclient_address", "vncserver_proxyclient_address", "server_listen"];

/// nova-api's log has nova-compute's answer, and no console was handed out since.
fn logged(case: &Case) -> Option<Finding> {
    if case.handed_out() || case.console_asked().is_some() {
        return None;
    }
    let is = |event: &Event| matches!(event, Event::ApiException { text } if text.contains(ANSWER));
    let logged = newest(case, Service::Api, is, hands_out)?;
    let text = "in nova.conf of the server's compute node:\n[vnc]\nenabled = true\nthen reboot guests hard that were started without VNC";
    // where other consoles are handed out, this node may be meant to have none
    let since = since(case, &logged);
    if since == Since::Same {
        return None;
    }
    let others = since == Since::Others || logged.log.events.iter().any(hands_out);
    let severity = if others { Severity::Warning } else { Severity::Error };
    let message = "VNC is switched off on the compute node of a server: nova-api answers 400 for its consoles";
    Some(
        Draft::new(&META, severity, message)
            .likely()
            .host(logged.host)
            .service(Service::Api)
            .at_line(&logged.log.path, logged.line.line)
            .seen(format!("{}: {ANSWER}", logged.at()))
            .seen("right on a node that is to have no VNC consoles; `openstack server show` names it")
            .remedy(compute_remedy(text))
            .done(),
    )
}

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let told = refused(case).or_else(|| logged(case));
    let host = case.api().and_then(|api| api.server.as_ref()?.host.as_deref());
    case.running(Service::Compute, Basis::Guessed)
        .into_iter()
        .filter(|host| !spoken(before, "nova-conf-refused", host, "enabled"))
        // of the server's own host the answer says it
        .filter(|view| told.is_none() || host != Some(view.host.name.as_str()))
        .filter_map(|host| judge(case, host))
        .chain(told.clone())
        .collect()
}

/// nova-compute itself says so: `Unavailable console type novnc.`
fn refused(case: &Case) -> Option<Finding> {
    let seen = case.console_asked().filter(|seen| seen.saw.status() == Some(400))?;
    let message = seen.saw.answer.as_ref()?.message.as_deref()?;
    if !message.contains(ANSWER) {
        return None;
    }
    let name = case.api().and_then(|api| api.server.as_ref()?.host.as_deref()).unwrap_or("the server's compute node");
    let view = case.hosts.iter().find(|view| view.host.name == name);
    let mut draft = Draft::error(
        &META,
        format!("VNC is switched off on {name}: nova-api answers 400 for its consoles"),
    )
    .service(Service::Compute)
    .seen(words(&seen.saw))
    .remedy(
        compute_remedy(format!(
            "in nova.conf of {name}:\n[vnc]\nenabled = true\nthen reboot guests hard that were started without VNC"
        ))
        .verify("ask for the console again"),
    );
    if let Some(view) = view {
        draft = draft.host(view.host);
        let setting = view.config(Service::Compute, case.releases.newest()).map(|config| config.get("vnc", "enabled"));
        if let Some(setting) = setting {
            draft = placed(draft, view, Service::Compute, &setting);
        }
    }
    Some(draft.done())
}

fn judge(case: &Case, host: &HostView) -> Option<Finding> {
    let config = host.config(Service::Compute, case.releases.newest())?;
    let setting = config.get("vnc", "enabled");
    let other = ["spice", "serial_console", "rdp", "mks"].iter().any(|s| config.bool(s, "enabled") == Some(true));
    if config.bool("vnc", "enabled") != Some(false) || other {
        return None;
    }
    let (file, wanted) = WANTED.iter().find_map(|name| {
        ["vnc", "DEFAULT"].iter().find_map(|section| last_entry(host, Service::Compute, section, name))
    })?;
    let message = format!(
        "VNC is switched off on {}, and its files set [{}] {}: the API answers HTTP 400 for consoles of its guests",
        host.name(),
        wanted.section,
        wanted.key
    );
    let draft = Draft::warning(&META, message)
        .releases(Case::span(&case.releases.candidates))
        .confidence(confidence(host.runs(Service::Compute)?).min(Confidence::Likely))
        .host(host.host)
        .service(Service::Compute)
        .also(host.host, file, wanted, "set up for VNC")
        .seen("right on a node that is to have no consoles")
        .remedy(compute_remedy(format!(
            "in nova.conf of {}:\n[vnc]\nenabled = true\nthen reboot guests hard that were started without VNC",
            host.name()
        )));
    Some(placed(draft, host, Service::Compute, &setting).done())
}

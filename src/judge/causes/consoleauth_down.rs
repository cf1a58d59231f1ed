//! No nova-consoleauth runs where one should: no URL can be had.

use super::Cause;
use super::bus_words::idle;
use super::service_words::consoles_open;
use crate::evidence::host::Host;
use crate::evidence::log::{Event, LogEvent, StartFailure};
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::api::words;
use crate::judge::case::{Case, lines};
use crate::judge::find::Draft;
use crate::judge::words::{in_its_time, list, named};

const META: CauseMeta = CauseMeta {
    id: "consoleauth-down",
    home: 9,
    releases: "15-19",
    severity: Severity::Error,
    field: &["A5"],
    title: "nova-consoleauth does not run",
    needs: &[Need::Host, Need::Logs, Need::Credentials, Need::Bus],
    symptoms: &[],
    explanation: "\
Up to Queens (17), and in Rocky and Stein with `[workarounds] enable_consoleauth`, nova-api hands every new token to a
nova-consoleauth and waits rpc_response_timeout (60 s) for it. With none running the console URL cannot be had: the dashboard
waits a minute and says nothing useful. nova-consoleauth ends at start when an option has a bad value, when the cache
backend's Python module is missing, or when the database section is empty. One that runs and cannot use the message bus is as
good as none: RabbitMQ then counts no consumer of its queue.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let era = case.releases.candidates.iter().all(|release| *release <= 17);
    if !era || before.iter().any(|finding| finding.cause == "nova-conf-refused") {
        return Vec::new();
    }
    if before.iter().any(|finding| finding.cause == "message-bus-down" && finding.severity == Severity::Error) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let expected = case.running(Service::Consoleauth, Basis::Told);
    let seen: Vec<_> = expected.iter().filter(|view| view.host.processes_seen).collect();
    let running =
        seen.iter().any(|view| view.host.processes.iter().any(|process| process.service == Service::Consoleauth));
    if let (Some(first), false) = (seen.first(), running)
        && seen.len() == expected.len()
    {
        found.push(
            Draft::error(&META, format!("no nova-consoleauth runs on {}", first.name()))
                .likely()
                .host(first.host)
                .service(Service::Consoleauth)
                .remedy(remedy())
                .done(),
        );
    }
    if found.is_empty() {
        found.extend(by_records(case));
    }
    if found.is_empty()
        && let Some((host, log, line, why)) = died(case)
    {
        let open = consoles_open(case, line);
        let severity = open.as_ref().map_or(Severity::Error, |(open, _)| *open);
        let message = format!("nova-consoleauth on {} ended at start: {why}", named(&host.name));
        found.push(
            Draft::new(&META, severity, in_its_time(severity, message))
                .likely()
                .host(host)
                .service(Service::Consoleauth)
                .at_line(log, line.line)
                .seen_too(open.map(|(_, seen)| seen))
                .remedy(remedy())
                .done(),
        );
    }
    if found.is_empty() {
        found.extend(unheard(case));
    }
    found
}

/// By nova's service records none is alive.
fn by_records(case: &Case) -> Option<Finding> {
    let api = case.api().filter(|api| api.services.is_some())?;
    let records: Vec<_> = api.records("nova-consoleauth").collect();
    // one that hands out a URL is alive, whatever its record says
    let works = case.console_asked().is_some_and(|seen| seen.saw.answered());
    if works || records.iter().any(|record| !record.is_down()) {
        return None;
    }
    let hosts: Vec<&str> = records.iter().map(|record| record.host.as_str()).take(8).collect();
    let message = if hosts.is_empty() {
        "nova has no service record of a nova-consoleauth".to_owned()
    } else {
        format!("nova-consoleauth on {} is down by its service record", list(&hosts))
    };
    let mut draft = Draft::error(&META, message)
        .likely()
        .step(if case.handed_out() && !case.asks_server() { 14 } else { META.home })
        .service(Service::Consoleauth);
    if let Some(seen) = case.console_asked() {
        draft = draft.seen(words(&seen.saw));
    }
    Some(draft.remedy(remedy()).done())
}

/// RabbitMQ counts no consumer of the queue that nova-api and the proxy put their questions into.
fn unheard(case: &Case) -> Option<Finding> {
    let asking = [Service::Consoleauth, Service::Novncproxy, Service::Api];
    let idle = idle(case, Service::Consoleauth, &asking).into_iter().next()?;
    let message = format!(
        "no nova-consoleauth consumes its queue at {} (virtual host {})",
        idle.asked.peer, idle.asked.saw.virtual_host
    );
    let draft = Draft::error(&META, message)
        // what is down now is needed where the token is checked, once it is handed out
        .step(if case.handed_out() { 14 } else { META.home })
        .service(Service::Consoleauth)
        .seen(idle.words());
    let draft = if idle.present() { draft } else { draft.likely() };
    let draft = match case.running(Service::Consoleauth, Basis::Guessed).first() {
        Some(view) => draft.host(view.host),
        None => draft,
    };
    Some(draft.remedy(remedy()).done())
}

/// The last thing a nova-consoleauth logged is why it does not start.
fn died<'e>(case: &Case<'e>) -> Option<(&'e Host, &'e str, &'e LogEvent, String)> {
    let last = lines(case.evidence).filter(|(_, _, line)| line.service == Some(Service::Consoleauth)).last()?;
    let (host, log, line) = last;
    let Event::StartFailed { failure } = &line.event else { return None };
    let why = match failure {
        StartFailure::ModuleMissing { module } => format!("the Python module {module} is missing"),
        StartFailure::ConfigValue { option: Some(option) } => {
            format!("{option} has a value that its type does not allow")
        }
        StartFailure::ConfigValue { .. } => "an option has a value that its type does not allow".to_owned(),
        StartFailure::ConfigParse { file, .. } => format!("{file} cannot be parsed"),
        StartFailure::Config { error } => format!("configuration error {error}"),
        StartFailure::Database { .. } => "the database cannot be used".to_owned(),
        _ => "see the log".to_owned(),
    };
    Some((host, log.path.as_str(), line, why))
}

fn remedy() -> Remedy {
    Remedy::new("start nova-consoleauth; one is enough where tokens are not shared")
        .command(
            "systemctl status openstack-nova-consoleauth nova-consoleauth; journalctl -n 50 -u '*nova-consoleauth*'",
        )
        .verify("openstack compute service list --service nova-consoleauth, then open a console")
}

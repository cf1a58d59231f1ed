//! Whether a service was seen at work, whatever its files say now.

use super::session_words::accepted;
use crate::evidence::log::{Event, LogEvent, LogFile};
use crate::evidence::process::Service;
use crate::evidence::site::host_of;
use crate::evidence::site::roles::Basis;
use crate::finding::Severity;
use crate::judge::case::{Case, HostView, lines};

/// A log tells of now for this long, in seconds.
const RECENT: f64 = 86_400.0;

/// What shows a service of this host at work, in words; `None` if nothing does.
pub(super) fn at_work(case: &Case, host: &HostView, service: Service) -> Option<String> {
    let program = service.program();
    if host.host.processes.iter().any(|process| process.service == service) {
        return Some(format!("a {program} runs on {}", host.name()));
    }
    if let Some((log, line)) = last_line(case, host, service)
        && !matches!(line.event, Event::StartFailed { .. })
        && line.at.is_none_or(|at| case.evidence.ended - at < RECENT)
    {
        return Some(format!("{}:{}: {program} was at work", log.path, line.line));
    }
    // the only compute node that is known made the token, or answered for its port
    let only = service == Service::Compute && case.running(Service::Compute, Basis::Maybe).len() == 1;
    let answered = case.handed_out() || case.sessions.iter().any(accepted);
    (only && answered).then(|| format!("a console URL was handed out, so {program} answered"))
}

/// How bad it is that a proxy did not start once: nothing where a console opens through it since, and less where one opens
/// and which of several proxies it went through is not known.
pub(super) fn severity_of_start(case: &Case, host: &HostView, line: &LogEvent) -> Option<Severity> {
    let began = case.evidence.upgrades.iter().filter(|seen| seen.saw.opened()).map(|seen| (seen, seen.began));
    let mut since = began.filter(|(_, began)| line.at.is_none_or(|at| *began >= at)).map(|(seen, _)| seen).peekable();
    if since.peek().is_none() {
        return Some(Severity::Error);
    }
    let alone = case.running(Service::Novncproxy, Basis::Guessed).len() <= 1;
    let here = |peer: &str| host.own_names.iter().any(|name| *name == host_of(peer).to_lowercase());
    let its = alone || since.any(|seen| here(&seen.peer));
    (!its).then_some(Severity::Warning)
}

/// The last thing that a service of this host logged.
pub(super) fn last_line<'e>(
    case: &Case<'e>,
    host: &HostView<'e>,
    service: Service,
) -> Option<(&'e LogFile, &'e LogEvent)> {
    let of_service = |log: &LogFile, line: &LogEvent| {
        line.service == Some(service) || (line.service.is_none() && log.roles == [service])
    };
    lines(case.evidence)
        .filter(|(owner, log, line)| std::ptr::eq(*owner, host.host) && of_service(log, line))
        .last()
        .map(|(_, log, line)| (log, line))
}

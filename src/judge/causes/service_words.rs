//! What services other than the proxy log of their own troubles, and whether it is over.

use crate::evidence::host::Host;
use crate::evidence::log::{Event, LogEvent, LogFile};
use crate::evidence::process::Service;
use crate::judge::case::{Case, lines};

/// Lines of so many seconds before the newest of all logs tell of now.
const RECENT: f64 = 86_400.0;

/// A line of such a log.
pub(super) struct Logged<'e> {
    pub(super) host: &'e Host,
    pub(super) log: &'e LogFile,
    pub(super) line: &'e LogEvent,
}

impl Logged<'_> {
    /// `ctl1 nova-consoleauth.log:17`.
    pub(super) fn at(&self) -> String {
        format!("{} {}:{}", self.host.name, self.log.path, self.line.line).trim_start().to_owned()
    }

    /// `ctl1`, or `this host` where the log was given without a name.
    pub(super) fn on(&self) -> &str {
        if self.host.name.is_empty() { "this host" } else { &self.host.name }
    }
}

/// A service wrote the line: its logger says so, or the log is of no other.
pub(super) fn wrote(service: Service, log: &LogFile, line: &LogEvent) -> bool {
    line.service == Some(service) || line.service.is_none() && log.roles == [service]
}

/// The newest such line of a service, unless one that shows the trouble gone comes after it in the same log.
pub(super) fn newest<'e>(
    case: &Case<'e>,
    service: Service,
    is: impl Fn(&Event) -> bool,
    cures: impl Fn(&LogEvent) -> bool,
) -> Option<Logged<'e>> {
    let now = lines(case.evidence).filter_map(|(.., line)| line.at).max_by(f64::total_cmp);
    let recent = |line: &LogEvent| now.zip(line.at).is_none_or(|(now, at)| now - at < RECENT);
    let own = lines(case.evidence).filter(|(_, log, line)| wrote(service, log, line) && recent(line));
    let all: Vec<Logged> = own.map(|(host, log, line)| Logged { host, log, line }).collect();
    let index = all.iter().rposition(|logged| is(&logged.line.event))?;
    let later = all[index + 1..].iter().filter(|logged| std::ptr::eq(logged.log, all[index].log));
    if later.into_iter().any(|logged| cures(logged.line)) {
        return None;
    }
    all.into_iter().nth(index)
}

/// nova-consoleauth served a token: whatever was wrong with its store is over.
pub(super) fn serves(line: &LogEvent) -> bool {
    matches!(line.event, Event::TokenReceived { .. } | Event::TokenChecked { known: true })
}

/// nova-api handed out a console.
pub(super) fn hands_out(line: &LogEvent) -> bool {
    matches!(line.event, Event::ConsoleRequested { status: 200, .. })
}

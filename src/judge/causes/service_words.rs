//! What services other than the proxy log of their own troubles, and whether it is over.

use super::wire_words::opened;
use crate::evidence::host::Host;
use crate::evidence::log::{Event, LogEvent, LogFile};
use crate::evidence::process::Service;
use crate::finding::Severity;
use crate::judge::case::{Case, SessionView, lines};
use crate::judge::words::{at_line, named};

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
        at_line(&self.host.name, &self.log.path, self.line.line)
    }

    /// `ctl1`, or `this host` where the log was given without a name.
    pub(super) fn on(&self) -> &str {
        named(&self.host.name)
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
    // lines that tell nothing show how far the logs go, too
    let logs = case.evidence.hosts.iter().flat_map(|host| &host.logs);
    let now = logs.filter_map(|log| log.last).max_by(f64::total_cmp);
    let recent = |line: &LogEvent| now.zip(line.at).is_none_or(|(now, at)| now - at < RECENT);
    let own = lines(case.evidence).filter(|(_, log, line)| wrote(service, log, line) && recent(line));
    let mut all: Vec<Logged> = own.map(|(host, log, line)| Logged { host, log, line }).collect();
    // logs come as they were given, and a rotated part may come after the one that follows it
    if all.iter().all(|logged| logged.line.at.is_some()) {
        all.sort_by(|a, b| a.line.at.unwrap_or_default().total_cmp(&b.line.at.unwrap_or_default()));
    }
    let index = all.iter().rposition(|logged| is(&logged.line.event))?;
    let told = &all[index];
    let mut later = all[index + 1..].iter().filter(|logged| one_log((logged.host, logged.log), (told.host, told.log)));
    if later.any(|logged| cures(logged.line)) {
        return None;
    }
    all.into_iter().nth(index)
}

/// The same file, or parts of one log that was rotated: `X.log.1` and `X.log`.
fn one_log(a: (&Host, &LogFile), b: (&Host, &LogFile)) -> bool {
    let stem = |log: &LogFile| log.path.rfind(".log").map(|end| log.path[..end].to_owned());
    std::ptr::eq(a.1, b.1) || std::ptr::eq(a.0, b.0) && stem(a.1).is_some() && stem(a.1) == stem(b.1)
}

/// A later part of the same log goes on after the line.
pub(super) fn goes_on(logged: &Logged) -> bool {
    let later = |log: &LogFile| log.last.zip(logged.line.at).is_some_and(|(last, at)| last - at > 0.5);
    logged.host.logs.iter().any(|log| one_log((logged.host, log), (logged.host, logged.log)) && later(log))
}

/// Whether consoles came about since such a line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Since {
    /// None that is known of.
    Nothing,
    /// Consoles of other servers, or of which is not known.
    Others,
    /// A console of the very server.
    Same,
}

/// What any nova-api handed out after the line, and what opened in the proxies' logs.
pub(super) fn since(case: &Case, logged: &Logged) -> Since {
    let asks = |line: &&LogEvent| line.request_id.is_some() && line.request_id == logged.line.request_id;
    let instance = logged.log.events.iter().filter(asks).find_map(|line| match &line.event {
        Event::ConsoleRequested { instance, .. } | Event::ServerActed { instance, .. } => instance.as_deref(),
        _ => None,
    });
    let whose = |other: Option<&str>| if instance.is_some() && instance == other { Since::Same } else { Since::Others };
    let handed = lines(case.evidence).filter_map(|(.., line)| match &line.event {
        Event::ConsoleRequested { status: 200, instance } if after(logged.line, line.at) => {
            Some(whose(instance.as_deref()))
        }
        // it may have been another question than for a console, to the same nova-compute
        Event::ServerActed { status: 200, instance: of } if after(logged.line, line.at) => {
            (instance.is_some() && instance == of.as_deref()).then_some(Since::Others)
        }
        _ => None,
    });
    let sessions = opened_since(case, logged.line);
    let opened = sessions.map(|view| whose(view.session.target.as_ref().and_then(|target| target.instance.as_deref())));
    handed.chain(opened).max().unwrap_or(Since::Nothing)
}

fn after(line: &LogEvent, at: Option<f64>) -> bool {
    line.at.zip(at).is_some_and(|(told, at)| at > told)
}

/// Sessions after the line whose token was taken by nova and known to the proxy, and which did not fail.
fn opened_since<'c, 'e>(case: &'c Case<'e>, line: &'c LogEvent) -> impl Iterator<Item = &'c SessionView<'e>> {
    let opens = |view: &SessionView| view.session.worked || view.session.target.is_some() && view.failure().is_none();
    case.sessions.iter().filter(move |view| !view.own && opens(view) && after(line, view.session.started))
}

/// Consoles open although a nova-consoleauth logged its trouble: how bad that leaves it, and the words for it.
pub(super) fn consoles_open(case: &Case, line: &LogEvent) -> Option<(Severity, String)> {
    let seen = if opened(case) {
        "RFB came through the proxy in this run".to_owned()
    } else {
        let view = opened_since(case, line).last()?;
        format!("{}: a console was let in since", view.at())
    };
    let heard = |host: &&Host| {
        let wrote = |log: &LogFile| log.events.iter().any(|line| wrote(Service::Consoleauth, log, line));
        host.logs.iter().any(wrote)
    };
    let several = case.several_consoleauths() || case.evidence.hosts.iter().filter(heard).count() > 1;
    Some((if several { Severity::Warning } else { Severity::Note }, seen))
}

/// nova-consoleauth served a token: whatever was wrong with its store is over.
pub(super) fn serves(line: &LogEvent) -> bool {
    matches!(line.event, Event::TokenReceived { .. } | Event::TokenChecked { known: true })
}

/// nova-api handed out a console.
pub(super) fn hands_out(line: &LogEvent) -> bool {
    matches!(line.event, Event::ConsoleRequested { status: 200, .. })
}

//! Console sessions of the proxies' logs.

use crate::evidence::Evidence;
use crate::evidence::host::Host;
use crate::evidence::log::{Event, Failure, LogEvent, LogFile, Session, sessions as group};
use crate::judge::words::at_line;

/// Seconds before the newest line of all logs for which a session still tells about the present state: without a target,
/// older ones are history. Logs may have been copied long before they are judged, so the present time does not count.
pub(super) const RECENT: f64 = 86_400.0;

/// A session and where it was logged.
pub(crate) struct SessionView<'e> {
    pub(crate) host: &'e Host,
    pub(crate) log: &'e LogFile,
    pub(crate) session: Session,
    /// It began after this run's first upgrade, for the same token: it is most likely our own.
    pub(crate) own: bool,
}

impl SessionView<'_> {
    /// How it failed, if it did.
    pub(crate) fn failure(&self) -> Option<&Failure> {
        match &self.session.end {
            Some(Event::HandlerException { failure }) => Some(failure),
            _ => None,
        }
    }

    /// The line that says how it ended, else its first.
    pub(crate) fn line(&self) -> u32 {
        self.session.end_line.unwrap_or(self.session.line)
    }

    /// `ctl1 nova-novncproxy.log:17`.
    pub(crate) fn at(&self) -> String {
        self.words(self.line())
    }

    /// The same with its first line.
    pub(crate) fn began_at(&self) -> String {
        self.words(self.session.line)
    }

    fn words(&self, line: u32) -> String {
        at_line(&self.host.name, &self.log.path, line)
    }
}

/// Sessions that tell about the target: those of its token if there is one, else every recent one; oldest first.
pub(super) fn sessions(evidence: &Evidence) -> Vec<SessionView<'_>> {
    let token = evidence.target.token.as_ref();
    let newest = evidence.hosts.iter().flat_map(|host| &host.logs).filter_map(|log| log.last).max_by(f64::total_cmp);
    let now = newest.unwrap_or(evidence.ended);
    let ours = evidence.upgrades.first().map(|seen| seen.began);
    let mut found: Vec<SessionView> = evidence
        .hosts
        .iter()
        .flat_map(|host| host.logs.iter().map(move |log| (host, log)))
        .flat_map(|(host, log)| group(&log.events).into_iter().map(move |session| (host, log, session)))
        .map(|(host, log, session)| {
            let own = token.is_some() && ours.zip(session.started).is_some_and(|(ours, started)| started >= ours - 0.5);
            SessionView { host, log, session, own }
        })
        .filter(|view| is_vnc(&view.session))
        .filter(|view| match (token, &view.session.token) {
            (Some(asked), Some(seen)) => asked.sha256 == seen.sha256,
            (Some(_), None) => false,
            (None, _) => view.session.started.is_none_or(|at| now - at < RECENT),
        })
        .collect();
    found.sort_by(|a, b| a.session.started.unwrap_or_default().total_cmp(&b.session.started.unwrap_or_default()));
    without_own_tricks(evidence, found)
}

/// Not of a serial, SPICE or other console, where the log says so.
fn is_vnc(session: &Session) -> bool {
    let kind = session.target.as_ref().and_then(|target| target.console_type.as_deref());
    kind.is_none_or(|kind| matches!(kind, "novnc" | "xvpvnc"))
}

/// Our own upgrades with another Origin than the page's end as they do by our doing: of our own sessions that ended by the
/// Origin only the first counts, which is the page's.
fn without_own_tricks<'e>(evidence: &'e Evidence, mut found: Vec<SessionView<'e>>) -> Vec<SessionView<'e>> {
    let first = evidence.upgrades.first().and_then(|seen| seen.saw.asked.origin.as_ref());
    let tricks = evidence.upgrades.iter().any(|seen| {
        let asked = &seen.saw.asked;
        asked.forwarded_proto.is_some() || asked.origin.is_some() && asked.origin.as_ref() != first
    });
    let by_origin = |view: &SessionView| {
        view.own
            && matches!(view.failure(), Some(Failure::OriginHost | Failure::OriginProtocol | Failure::OriginInvalid))
    };
    if tricks {
        let mut told = false;
        found.retain(|view| !by_origin(view) || !std::mem::replace(&mut told, true));
    }
    found
}

/// Every line of every log, with where it stands.
pub(crate) fn lines(evidence: &Evidence) -> impl Iterator<Item = (&Host, &LogFile, &LogEvent)> {
    evidence
        .hosts
        .iter()
        .flat_map(|host| host.logs.iter().map(move |log| (host, log)))
        .flat_map(|(host, log)| log.events.iter().map(move |line| (host, log, line)))
}

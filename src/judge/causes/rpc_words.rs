//! A session that ended because an answer over the bus never came, and whether nova-consoleauth was heard in between.

use super::refused_words::NO_LUCK;
use super::session_words::{Mixed, is_over, mixed, validated};
use crate::evidence::log::{Event, Failure};
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::Confidence;
use crate::judge::case::{Case, SessionView, lines};

/// Last release whose proxy asks nova-consoleauth in any case, and last one in which it may.
const ALWAYS: u16 = 17;
const WITH_WORKAROUND: u16 = 19;

/// Whom the proxy asks over the bus, in the releases that the evidence fits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// nova-consoleauth, which asks nova-compute in turn.
    Consoleauth,
    /// nova-compute alone.
    Compute,
    /// It depends on the release, or on `[workarounds] enable_consoleauth`.
    Either,
}

/// Rocky and Stein ask nova-consoleauth only with the workaround; a proxy's file that was seen says whether.
pub(super) fn asks(case: &Case) -> Asks {
    let with_workaround = |release: u16| {
        let read = case.running(Service::Novncproxy, Basis::Guessed).into_iter().map(|view| {
            let config = view.config(Service::Novncproxy, release)?;
            config.bool("workarounds", "enable_consoleauth")
        });
        let read: Vec<Option<bool>> = read.collect();
        read.is_empty() || read.iter().any(|on| *on != Some(false))
    };
    let may = |release: &u16| *release <= ALWAYS || *release <= WITH_WORKAROUND && with_workaround(*release);
    let candidates = &case.releases.candidates;
    match candidates.iter().all(|release| *release <= ALWAYS) {
        true => Asks::Consoleauth,
        false if candidates.iter().any(may) => Asks::Either,
        false => Asks::Compute,
    }
}

/// The proxy's time-out that counts.
pub(super) struct Timeout<'c, 'e> {
    pub(super) view: &'c SessionView<'e>,
    /// A nova-consoleauth said True to this token while the proxy waited, or the proxy found it in the database.
    pub(super) checked: bool,
    /// The log of a nova-consoleauth was read.
    pub(super) logs_seen: bool,
    pub(super) confidence: Confidence,
}

/// Sessions of one token that ended so, while others of it opened at the same time: of several who answer, one does not.
pub(super) fn at_times<'c, 'e>(case: &'c Case<'e>) -> Option<Mixed<'c, 'e>> {
    mixed(case, |failure| matches!(failure, Failure::RpcTimeout))
}

/// The newest session, if that is how it ended and no other of its token opened at the same time.
pub(super) fn timed_out<'c, 'e>(case: &'c Case<'e>) -> Option<Timeout<'c, 'e>> {
    if at_times(case).is_some() {
        return None;
    }
    let index = case.sessions.iter().rposition(|view| view.session.end.is_some())?;
    let view = &case.sessions[index];
    // up to Pike (16) the log says nothing of success: a dial shows that all were answered, and of several who answer one may not
    let answered = |view: &&SessionView| view.session.target.is_some() && view.session.host.is_some();
    if case.sessions[index + 1..].iter().filter(answered).count() >= NO_LUCK {
        return None;
    }
    if !matches!(view.failure(), Some(Failure::RpcTimeout)) || is_over(case, view) {
        return None;
    }
    let logs_seen = lines(case.evidence).any(|(_, _, line)| line.service == Some(Service::Consoleauth));
    let begun = view.session.started.unwrap_or_default();
    let until = begun + view.session.seconds.unwrap_or(60.0);
    // half a second of grace: two hosts, two clocks, and stamps of the same moment
    let checked = lines(case.evidence).any(|(_, _, line)| {
        matches!(line.event, Event::TokenChecked { known: true })
            && line.at.is_some_and(|at| at >= begun - 0.5 && at <= until + 0.5)
            && match (&line.token, &view.session.token) {
                (Some(seen), Some(asked)) => seen.sha256 == asked.sha256,
                _ => true,
            }
    });
    let checked = checked || validated(view);
    let confidence = if logs_seen { Confidence::Likely } else { Confidence::Possible };
    Some(Timeout { view, checked, logs_seen, confidence })
}

//! Which console session in the proxies' logs tells of now, and how sure that makes a finding.

use super::vnc_words::works;
use super::wire_words::opened;
use crate::evidence::log::{Event, Failure};
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Confidence, Severity};
use crate::judge::case::{Case, SessionView};
use crate::judge::find::Draft;
use crate::judge::words::in_its_time;

/// The longest a session waits in silence: about 134 s for a host that drops packets, in seconds.
const PATIENCE: f64 = 200.0;

/// Sessions that begin within this many seconds of each other meet the site in one state.
const MOMENT: f64 = 10.0;

/// A failed session that no later one contradicts.
pub(super) struct Told<'c, 'e> {
    pub(super) view: &'c SessionView<'e>,
    /// How bad: one failed console among others that came later is no broken site.
    pub(super) severity: Severity,
    pub(super) confidence: Confidence,
    /// A console of the same token opens now, in these words.
    pub(super) over: Option<&'static str>,
}

/// The newest session that failed so, unless a later one shows the trouble gone.
pub(super) fn told<'c, 'e>(
    case: &'c Case<'e>,
    failed: impl Fn(&SessionView) -> bool,
    cures: impl Fn(&SessionView, &SessionView) -> bool,
) -> Option<Told<'c, 'e>> {
    let index = case.sessions.iter().rposition(&failed)?;
    let view = &case.sessions[index];
    let later = &case.sessions[index + 1..];
    if later.iter().any(|other| cures(view, other)) {
        return None;
    }
    let of_target = case.evidence.target.token.is_some();
    let newest = later.iter().all(|other| other.session.end.is_none() && !other.session.worked);
    let mut severity = if of_target || newest { Severity::Error } else { Severity::Warning };
    let confidence = if of_target { Confidence::Certain } else { Confidence::Likely };
    let mut over = None;
    if is_over(case, view) {
        let several = case.running(Service::Novncproxy, Basis::Guessed).len() > 1;
        (severity, over) = if several {
            (Severity::Warning, Some("a console of this token opens now, and through which proxy is not known"))
        } else {
            (Severity::Note, Some("a console of this token opens now"))
        };
    }
    Some(Told { view, severity, confidence, over })
}

/// This run came past the place where a session of before it failed: what opens now was wrong then.
pub(super) fn is_over(case: &Case, view: &SessionView) -> bool {
    if view.own || case.evidence.target.token.is_none() {
        return false;
    }
    match view.failure() {
        // ours names the URL's own site as its Origin, and one of several stores may know the token
        Some(
            Failure::OriginHost
            | Failure::OriginProtocol
            | Failure::OriginInvalid
            | Failure::TokenInvalid { .. }
            | Failure::TokenEmpty,
        ) => false,
        // the version comes through before the proxy and the VNC server agree
        Some(Failure::SecurityNegotiation { .. } | Failure::SecurityShortRead { .. } | Failure::Other { .. }) => {
            works(case)
        }
        _ => opened(case),
    }
}

/// A finding at the line of a proxy's log.
pub(super) fn at_session(meta: &CauseMeta, told: &Told, message: impl Into<String>) -> Draft {
    Draft::new(meta, told.severity, in_its_time(told.severity, message.into()))
        .confidence(told.confidence)
        .host(told.view.host)
        .service(Service::Novncproxy)
        .at_line(&told.view.log.path, told.view.line())
        .seen_too(told.over.map(str::to_owned))
}

/// Sessions of the target's token that failed so, while others of the same token opened at the same time.
pub(super) struct Mixed<'c, 'e> {
    /// The newest that failed.
    pub(super) view: &'c SessionView<'e>,
    pub(super) failed: usize,
    pub(super) of: usize,
}

/// Browsers with one token fared differently. Up to Pike (16) the log says nothing of success.
pub(super) fn mixed<'c, 'e>(case: &'c Case<'e>, is: impl Fn(&Failure) -> bool) -> Option<Mixed<'c, 'e>> {
    case.evidence.target.token.as_ref()?;
    let browsers = || case.sessions.iter().filter(|view| !view.own);
    let failed: Vec<&SessionView> = browsers().filter(|view| ended_with(view, &is)).collect();
    let opened: Vec<&SessionView> = browsers().filter(|view| view.session.worked).collect();
    let at_once = |view: &SessionView| {
        let times = opened.iter().filter_map(|other| other.session.started.zip(view.session.started));
        times.into_iter().any(|(a, b)| (a - b).abs() <= MOMENT)
    };
    let view = failed.iter().rev().copied().find(|view| at_once(view))?;
    Some(Mixed { view, failed: failed.len(), of: failed.len() + opened.len() })
}

/// Token and Origin of a browser's session were accepted, whatever came later. Our own upgrade names the URL's own site
/// as its Origin and says nothing of another page's.
pub(super) fn accepted(view: &SessionView) -> bool {
    !view.own && (view.session.target.is_some() || view.session.host.is_some() || view.session.worked)
}

/// A session of the same VNC host that opened. Up to Pike (16) the log says nothing of success, so a dial after which
/// nothing failed, for longer than any wait, counts as one.
pub(super) fn opened_there(case: &Case, failed: &SessionView, other: &SessionView) -> bool {
    let same = other.session.host.is_some() && other.session.host == failed.session.host;
    let waited =
        other.session.started.is_some_and(|at| other.log.last.unwrap_or(case.evidence.ended).max(at) - at > PATIENCE);
    same && (other.session.worked || (other.session.end.is_none() && waited))
}

/// Seconds by which lines of one session may stand apart from its first and last.
const GRACE: f64 = 2.0;

/// A moment lies within a session, but for clocks that differ a little.
pub(super) fn within(view: &SessionView, at: f64) -> bool {
    let begun = view.session.started.unwrap_or_default();
    let until = begun + view.session.seconds.unwrap_or_default();
    at >= begun - GRACE && at <= until + GRACE
}

/// The proxy found the token in the cell database (18 on; written at DEBUG): what ends the session comes after.
pub(super) fn validated(view: &SessionView) -> bool {
    writes(view, |event| matches!(event, Event::TokenValidated { .. }))
}

/// The proxy did not find the token in the cell database (18 on; written at DEBUG).
pub(super) fn unknown_to_database(view: &SessionView) -> bool {
    writes(view, |event| *event == Event::TokenUnknown)
}

/// The process of a session wrote such a line in its time.
fn writes(view: &SessionView, is: impl Fn(&Event) -> bool) -> bool {
    view.log.events.iter().any(|line| {
        is(&line.event)
            && line.pid == Some(view.session.pid)
            && line.line >= view.session.line
            && line.at.is_none_or(|at| within(view, at))
    })
}

/// Its end is all that the log has of it, as where only that line was pasted. A whole log has more of those who dial: there the
/// session began before the log did, or was no dial.
pub(super) fn is_bare(view: &SessionView) -> bool {
    let session = &view.session;
    let opened = session.client.is_some() || session.path.is_some() || session.carried.is_some();
    let of_whole = |event: &Event| {
        matches!(event, Event::ProxySettings | Event::ListenOn { .. } | Event::Opened { .. } | Event::Connecting { .. })
    };
    let whole = view.log.events.iter().any(|line| of_whole(&line.event));
    !opened && !whole && session.target.is_none() && session.host.is_none()
}

/// The session ended with one of these.
pub(super) fn ended_with(view: &SessionView, is: impl Fn(&Failure) -> bool) -> bool {
    view.failure().is_some_and(is)
}

//! The proxy's log shows WebSocket requests without a token: the page did not pass it on.

use super::Cause;
use super::console_words::compute_remedy;
use crate::evidence::host::Host;
use crate::evidence::log::{Carried, Event, Failure, LogEvent, LogFile, Session, sessions};
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "token-not-passed",
    home: 12,
    releases: "15-34",
    severity: Severity::Error,
    field: &["C12"],
    title: "the page opens its WebSocket without the token",
    needs: &[Need::Logs],
    symptoms: &[],
    explanation: "\
nova-novncproxy takes the token from the query of the WebSocket's path, else from the cookie `token` (nova/console/websocketproxy.py,
new_websocket_client). A log with `Path: '/websockify'` and `is invalid or has expired`, or `The token '' is ...` (15 to 17), shows a request
that had none: noVNC 1.1 and newer does not read `?token=`, noVNC up to 0.5 sends it as a cookie alone, and a balancer may drop the query.
`Found malformed cookie` is written only where the query had no token: other cookies of the host, from a portal as a rule, that
Python's parser does not take; from Newton on they are skipped, before that they ended the session.

Let the URL carry the token in path (18.2.3, 19.0.3, 20 and newer), or keep noVNC at 1.0.0 or 0.6.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// Sessions of this many seconds before the newest line tell of now.
const RECENT: f64 = 86_400.0;
/// Clocks of the proxy and of this machine may differ by so much, in seconds.
const SKEW: f64 = 2.0;

type View<'e> = (&'e Host, &'e LogFile, Session);

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    if before.iter().any(|finding| finding.severity == Severity::Error) {
        return Vec::new();
    }
    let views = views(case);
    let (bare, with): (Vec<&View>, Vec<&View>) = views
        .iter()
        .filter(|(.., session)| session.end.is_some() || session.target.is_some())
        .partition(|view| is_bare(&view.2));
    let Some((host, log, session)) = bare.last() else { return Vec::new() };
    let alone = with.is_empty();
    let message = "browsers open the WebSocket without a token: the page does not pass it on".to_owned();
    let draft = if alone { Draft::error(&META, message).likely() } else { Draft::warning(&META, message).possible() };
    let mut draft = draft.host(host).service(Service::Novncproxy).at_line(&log.path, session.line).seen(format!(
        "{} of {} console sessions in the logs have no token in their request",
        bare.len(),
        bare.len() + with.len()
    ));
    if let Some(path) = &session.path {
        draft = draft.seen(format!("the request was {path}"));
    }
    if bare.iter().any(|(_, log, session)| log.events.iter().any(|line| is_malformed(line, session))) {
        draft = draft.seen(
            "the browser sends cookies that do not parse (`Found malformed cookie`), so a token in one may be lost",
        );
    }
    vec![
        draft
            .remedy(compute_remedy(
                "let the page have the token where it reads it: noVNC 1.1 and newer from ?path=%3Ftoken%3D..., which nova 18.2.3, 19.0.3, 20 \
                 and newer hand out; a balancer must keep the query",
            ))
            .done(),
    ]
}

/// Console sessions of the newest day in the logs, but those that this run made.
fn views<'e>(case: &Case<'e>) -> Vec<View<'e>> {
    let logs = || case.evidence.hosts.iter().flat_map(|host| host.logs.iter().map(move |log| (host, log)));
    let newest = logs().filter_map(|(_, log)| log.last).max_by(f64::total_cmp).unwrap_or(case.evidence.ended);
    let ours = case.evidence.upgrades.first().map(|seen| seen.began - SKEW);
    let counts =
        |session: &Session| session.started.is_none_or(|at| newest - at < RECENT && ours.is_none_or(|ours| at < ours));
    let mut views: Vec<View> = logs()
        .flat_map(|(host, log)| sessions(&log.events).into_iter().map(move |session| (host, log, session)))
        .filter(|(.., session)| counts(session))
        .collect();
    views.sort_by(|a, b| a.2.started.unwrap_or_default().total_cmp(&b.2.started.unwrap_or_default()));
    views
}

/// Refused, and its request had no token where the proxy looks.
fn is_bare(session: &Session) -> bool {
    let Some(Event::HandlerException { failure }) = &session.end else { return false };
    match failure {
        Failure::TokenEmpty => true,
        Failure::TokenInvalid { .. } => {
            matches!(session.carried, Some(Carried::Nothing | Carried::Empty | Carried::Misplaced))
        }
        _ => false,
    }
}

fn is_malformed(line: &LogEvent, session: &Session) -> bool {
    line.event == Event::MalformedCookie && line.pid == Some(session.pid) && line.line >= session.line
}

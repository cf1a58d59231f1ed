//! A console session ends with an error in the proxy's log that no other cause explains: quoted, not guessed at.

use super::Cause;
use super::session_words::{accepted, at_session, ended_with, opened_there, told};
use crate::evidence::log::Failure;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, SessionView};

const META: CauseMeta = CauseMeta {
    id: "session-failed",
    home: 14,
    releases: "15-34",
    severity: Severity::Error,
    field: &[],
    title: "a console session ends with an error of the proxy's own",
    needs: &[Need::Logs],
    symptoms: &[],
    explanation: "\
Whatever goes wrong after the 101 is an exception in nova-novncproxy, logged as `handler exception: ...` at INFO with its
traceback at DEBUG only (nova/console/websocketproxy.py; websockify's do_websocket_handshake). The browser sees a bare close, code
1006. This is said of a text for which vncdoctor knows no cause: before `connecting to:` it is about the token and what the proxy
asks for it, after that about the VNC server.

Set debug = True for nova-novncproxy, open a console, and read the traceback behind the line.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    if before.iter().any(|finding| finding.severity == Severity::Error) {
        return Vec::new();
    }
    let Some(told) = told(case, |view| ended_with(view, unexplained), |failed, later| cured(case, failed, later))
    else {
        return Vec::new();
    };
    let (view, session) = (told.view, &told.view.session);
    let at_line = |finding: &Finding| {
        finding.place.as_ref().is_some_and(|place| place.file == view.log.path && place.line == view.line())
    };
    if before.iter().any(at_line) {
        return Vec::new();
    }
    let Some(words) = view.failure().map(words) else { return Vec::new() };
    let draft = at_session(
        &META,
        &told,
        format!("a console session ends with an error of nova-novncproxy: {words}"),
    )
    .seen(format!("{}: handler exception: {words}", view.at()))
    .remedy(
        Remedy::new(
            "set [DEFAULT] debug = True in the nova.conf of nova-novncproxy, open a console, and read the traceback",
        )
        .restart("nova-novncproxy")
        .command("grep -B 3 -A 40 'handler exception' /var/log/nova/nova-novncproxy.log | tail -n 60")
        .verify("open a new console"),
    );
    // once it dials, token and Origin are behind it
    vec![if session.host.is_some() { draft.step(15) } else { draft }.done()]
}

/// Errors that are nobody else's. A client that goes away, or does not like the certificate, is no error of the proxy; a
/// refused token or Origin has causes of its own.
fn unexplained(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::NameUnknown
            | Failure::InvalidConnectionInfo
            | Failure::SecurityShortRead { .. }
            | Failure::NotRfb { .. }
            | Failure::SecurityNegotiation { .. }
            | Failure::Database { .. }
            | Failure::DatabaseNotSet
            | Failure::Bus { .. }
            | Failure::Other { .. }
    )
}

/// A later session came past the place where this one failed.
fn cured(case: &Case, failed: &SessionView, later: &SessionView) -> bool {
    if failed.session.host.is_some() { opened_there(case, failed, later) } else { accepted(later) }
}

/// The log's own words, as far as evidence keeps them.
fn words(failure: &Failure) -> String {
    match failure {
        Failure::NameUnknown => "the name of the VNC host does not resolve".to_owned(),
        Failure::InvalidConnectionInfo => "Invalid Connection Info".to_owned(),
        Failure::SecurityShortRead { wanted, got } => {
            format!("the VNC server hangs up in the handshake ({got} of {wanted} bytes)")
        }
        Failure::NotRfb { seen } => format!("the VNC server does not speak RFB: {seen:?}"),
        Failure::SecurityNegotiation { reason, .. } => format!("the security negotiation fails: {reason}"),
        Failure::DatabaseNotSet => "no [database] connection".to_owned(),
        Failure::Database { text, .. } | Failure::Bus { text } | Failure::Other { text } => text.clone(),
        other => format!("{other:?}"),
    }
}

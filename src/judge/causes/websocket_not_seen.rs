//! The console opens from here, and no browser's WebSocket has reached the proxy.

use super::Cause;
use super::wire_words::opened;
use crate::evidence::log::LogFile;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, SessionView};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "websocket-not-seen",
    home: 12,
    releases: "17-34",
    severity: Severity::Note,
    field: &["G2", "G3"],
    title: "no browser's WebSocket reaches the proxy",
    needs: &[Need::Token, Need::Probe, Need::Logs],
    symptoms: &[],
    explanation: "\
vncdoctor opens the console with the token, and the proxies' logs show no other WebSocket with it. If a browser tried, something on its
side kept it: an extension, a very old browser, a VPN or web filter that lets pages through and WebSockets not, a company proxy. Another
browser, or the same one from another network, tells which. This is a note about a site where all is well: a URL that
nobody has opened yet looks the same.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// How long before our own session a log must begin to have had a browser's, in seconds.
const BEFORE: f64 = 60.0;

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let flawless = before.iter().all(|finding| finding.severity == Severity::Note);
    if case.asks_server() || !flawless || !opened(case) {
        return Vec::new();
    }
    // ours stands in the log, so the log is of the proxy that browsers get
    let Some(first) = case.sessions.first().filter(|_| case.sessions.iter().all(|view| view.own)) else {
        return Vec::new();
    };
    if !case.sessions.iter().any(|view| view.session.worked) || !every_proxy_logged(case, first) {
        return Vec::new();
    }
    vec![
        Draft::note(
            &META,
            "the console opens from here, and no browser's WebSocket with this token is in the proxies' logs",
        )
        .possible()
        .host(first.host)
        .service(Service::Novncproxy)
        .at_line(&first.log.path, first.session.line)
        .seen(format!("{}: the first WebSocket with this token is vncdoctor's own", first.began_at()))
        .remedy(
            Remedy::new(
                "if a browser does not get this console, try another browser, without extensions, and another network",
            )
            .verify("the proxy's log shows a WebSocket from the browser's address"),
        )
        .done(),
    ]
}

/// Each proxy that is known has a log that goes back far enough.
fn every_proxy_logged(case: &Case, own: &SessionView) -> bool {
    let Some(ours) = own.session.started else { return false };
    let covers = |log: &LogFile| {
        log.roles.contains(&Service::Novncproxy)
            && !log.cut_short
            && log.first.is_some_and(|first| first <= ours - BEFORE)
    };
    covers(own.log)
        && case.running(Service::Novncproxy, Basis::Maybe).iter().all(|host| host.host.logs.iter().any(covers))
}

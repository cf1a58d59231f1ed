//! The URL's host answers the upgrade with something else than the 101 of a proxy.

use super::Cause;
use crate::evidence::dial::seconds;
use crate::evidence::process::Service;
use crate::evidence::websocket::{HttpAnswer, UpgradeFault, WebsocketAnswer, WebsocketEnd};
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;
use crate::judge::words::list;

const META: CauseMeta = CauseMeta {
    id: "upgrade-refused",
    home: 13,
    releases: "15-34",
    severity: Severity::Error,
    field: &[],
    title: "the WebSocket upgrade is not answered with 101",
    needs: &[Need::Token, Need::Probe],
    symptoms: &[],
    explanation: "\
nova-novncproxy answers an upgrade on any path with 101, whatever the token. Another status comes from it only for a header it does
not take (400: a subprotocol, as with noVNC 1.2 and newer before websockify 0.8); its answers have `Server: WebSockify`. Anything else is
something before it, or in its place: a balancer without a live backend (502, 503), a web server that does not pass the upgrade on
(200, 302, 403, 404, 426), a port of another service.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let explains = |finding: &Finding| finding.step != 12 || finding.cause == "tls-refused";
    let told = before.iter().any(|finding| finding.severity == Severity::Error && explains(finding));
    let Some(seen) = case.upgrades().next().filter(|seen| !told && seen.saw.dial.connected()) else {
        return Vec::new();
    };
    let Some(Trouble { what, mend, sure }) = trouble(&seen.saw) else { return Vec::new() };
    let draft = Draft::error(&META, format!("{} {what}", seen.peer))
        .service(Service::Novncproxy)
        .seen(format!("upgrade of {} from {}", seen.saw.asked.path, seen.from))
        .remedy(Remedy::new(mend).verify("vncdoctor check --url 'THE URL' again: the upgrade is answered with 101"));
    let draft = match seen.saw.http.as_ref().and_then(|http| http.body.as_ref()) {
        Some(body) => draft.seen(format!("it says: {body}")),
        None => draft,
    };
    vec![if sure { draft.likely() } else { draft.possible() }.done()]
}

/// What is wrong with an answer.
struct Trouble {
    what: String,
    mend: &'static str,
    sure: bool,
}

fn trouble(answer: &WebsocketAnswer) -> Option<Trouble> {
    let reach =
        "let the URL's host and port lead to nova-novncproxy, or to a balancer that passes WebSocket upgrades to it";
    let at_13 = |what: String, mend| Trouble { what, mend, sure: true };
    Some(match (answer.end.as_ref()?, &answer.http) {
        (WebsocketEnd::Answered, Some(http)) => at_13(status(http), mend(http)),
        (WebsocketEnd::NotHttp { protocol: Some(protocol), .. }, _) => {
            at_13(format!("answers the upgrade as {}, not as a console proxy", protocol.words()), reach)
        }
        (WebsocketEnd::NotHttp { .. }, _) => at_13("answers the upgrade with what is no HTTP".to_owned(), reach),
        (WebsocketEnd::NoAnswer { after_millis, .. }, _) => Trouble {
            sure: false,
            ..at_13(
                format!("takes the connection and does not answer the upgrade within {}", seconds(*after_millis)),
                "see whether nova-novncproxy hangs or a balancer has no backend; more --timeout tells slow from dead",
            )
        },
        (WebsocketEnd::ClosedBeforeAnswer { .. }, _) => {
            Trouble { sure: false, ..at_13("closes the connection before its answer to the upgrade".to_owned(), reach) }
        }
        (WebsocketEnd::UpgradeBroken { faults }, _) => at_13(
            format!("answers 101 in a way that browsers do not take: {}", faulty(faults)),
            "let whatever stands before nova-novncproxy pass the headers of the upgrade and of its answer unchanged",
        ),
        _ => return None,
    })
}

fn status(http: &HttpAnswer) -> String {
    let reason = http.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let server =
        http.server.as_ref().map_or_else(|| "no Server header".to_owned(), |server| format!("Server: {server}"));
    let by = if http.is_websockify() { "" } else { ", so it is not nova-novncproxy that answers" };
    format!("answers the upgrade with HTTP {}{reason} in place of 101, {server}{by}", http.status)
}

fn mend(http: &HttpAnswer) -> &'static str {
    match http.status {
        400 if http.is_websockify() => {
            "install a noVNC and a websockify of the same years: noVNC 1.2 and newer sends no subprotocol, websockify before 0.9 wants one"
        }
        502..=504 => {
            "see why the balancer has no live nova-novncproxy behind it: its health check, or the service itself"
        }
        _ => {
            "let the web server or balancer before nova-novncproxy pass the header Upgrade on to it, and the answer back"
        }
    }
}

fn faulty(faults: &[UpgradeFault]) -> String {
    let words: Vec<&str> = faults
        .iter()
        .map(|fault| match fault {
            UpgradeFault::NoUpgrade => "no Upgrade: websocket",
            UpgradeFault::NoConnectionUpgrade => "no Connection: Upgrade",
            UpgradeFault::WrongAccept => "a Sec-WebSocket-Accept that does not fit",
            UpgradeFault::SubprotocolNotSelected => "no subprotocol where one was asked for",
            UpgradeFault::SubprotocolNotAsked => "a subprotocol that was not asked for",
            UpgradeFault::ExtensionNotAsked => "an extension that was not asked for",
        })
        .collect();
    list(&words)
}

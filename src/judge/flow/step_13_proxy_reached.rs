//! Step 13: browser → nova-novncproxy. The proxy is reached.

use super::{Step, View};
use crate::evidence::log::Event;
use crate::evidence::websocket::{WebsocketAnswer, WebsocketEnd};
use crate::finding::StepMeta;
use crate::judge::case::{Case, SessionView};

pub(super) const STEP: Step = Step {
    meta: StepMeta {
        number: 13,
        id: "proxy-reached",
        title: "the proxy is reached",
        who: "browser → nova-novncproxy",
        explanation: "\
The page opens a WebSocket. nova-novncproxy answers 101 before it looks at the token, in every release; Origin and token are judged
afterwards, and a refusal is a bare close: code 1006.",
        needs: &[12],
    },
    judge,
};

fn judge(case: &Case) -> View {
    let mut view = match case.upgrades().next() {
        Some(seen) => match &seen.saw.http {
            Some(http) if http.status == 101 => View::pass(format!("{} answers 101", seen.peer)),
            Some(http) => View::unknown(format!("{} answers {} to the upgrade", seen.peer, http.status)),
            None if !seen.saw.dial.connected() => {
                View::unknown(format!("{} cannot be reached from here: {}", seen.peer, seen.saw.dial.outcome))
            }
            None => View::unknown(format!("{} does not answer the upgrade", seen.peer)),
        },
        None => match case.sessions.iter().rev().find(|view| !turned_away(view)).or(case.sessions.last()) {
            Some(view) if turned_away(view) => {
                View::unknown(format!("the proxy turned its clients away ({})", view.at()))
            }
            Some(view) => View::pass(format!("the proxy's log has a session ({})", view.began_at())),
            None if case.evidence.offline => View::skipped("nobody is dialled (--offline)"),
            None => View::skipped("the proxy is not dialled: give --url"),
        },
    };
    for seen in &case.evidence.upgrades {
        view = view.seen(seen, words(&seen.saw));
    }
    view
}

/// It got no 101: its TLS, or what it asked for, did not fit.
fn turned_away(view: &SessionView) -> bool {
    let end = view.session.end.as_ref();
    let refused =
        |end: &Event| matches!(end, Event::HttpError { .. } | Event::NoCertificate { .. } | Event::PlainRefused);
    view.session.client.is_none() && end.is_some_and(refused)
}

/// What an upgrade met, in a sentence.
fn words(answer: &WebsocketAnswer) -> String {
    let asked = &answer.asked;
    let origin =
        asked.origin.as_ref().map_or_else(|| "without Origin".to_owned(), |origin| format!("with Origin {origin}"));
    let forwarded = asked.forwarded_proto.as_ref().map(|scheme| format!(", X-Forwarded-Proto {scheme}"));
    let carried = match (asked.token, asked.cookie) {
        (false, true) => ", the token as a cookie".to_owned(),
        (false, false) => format!(", {} without the token", asked.path),
        _ => String::new(),
    };
    let origin = [origin, forwarded.unwrap_or_default(), carried].concat();
    let banner = answer.rfb.as_ref().and_then(|rfb| rfb.banner.clone());
    let end = match (&answer.http, &answer.end) {
        (None, _) if !answer.dial.connected() => answer.dial.outcome.words(),
        (Some(http), _) if http.status != 101 => format!("HTTP {}", http.status),
        (Some(_), Some(WebsocketEnd::Closed { millis, .. })) if banner.is_none() => {
            format!("101, then hung up after {millis} ms without a close frame (a browser shows 1006)")
        }
        (Some(_), Some(WebsocketEnd::Silent { after_millis, .. })) => {
            format!("101, then silence for {after_millis} ms")
        }
        (Some(_), _) => banner.map_or_else(|| "101, then no VNC".to_owned(), |banner| format!("101, then {banner}")),
        (None, _) => "no HTTP answer".to_owned(),
    };
    let guess = if asked.guess { ", before the page was known, which asks otherwise" } else { "" };
    format!("{origin}{guess}: {end}")
}

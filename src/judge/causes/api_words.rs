//! What went wrong with an API, sorted as the causes need it.

use crate::evidence::api::{Api, Exchange, Question};
use crate::evidence::page::PageEnd;
use crate::evidence::probe::Seen;
use crate::evidence::tls::TlsProblem;
use crate::finding::{Confidence, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::case::api::outcome;

/// The identity API's last word, where it gave no token.
pub(super) fn identity_failed(api: &Api) -> Option<&Seen<Exchange>> {
    let asked = api.exchanges.iter().rev().find(|seen| seen.saw.question.is_identity());
    asked.filter(|_| api.endpoint.is_none())
}

/// The answer of nova-api that nothing could be built on: about the server where one was named, else about anything.
pub(super) fn compute_failed<'e>(case: &Case<'e>) -> Option<&'e Seen<Exchange>> {
    let api = case.api()?;
    let nova = || api.exchanges.iter().filter(|seen| !seen.saw.question.is_identity());
    if case.asks_server() {
        let about = |seen: &&Seen<Exchange>| matches!(seen.saw.question, Question::Server | Question::Servers);
        let wanted = nova().filter(about).find(|seen| !told_off(&seen.saw));
        return wanted.or_else(|| nova().next()).filter(|_| api.server.is_none());
    }
    let first = nova().next()?;
    nova().all(|seen| !seen.saw.answered() && !told_off(&seen.saw)).then_some(first)
}

/// nova-api answers, in its own words, that this user may not.
fn told_off(exchange: &Exchange) -> bool {
    exchange.answer.as_ref().is_some_and(|answer| answer.message.is_some() && matches!(answer.status, 403 | 404))
}

/// It took the connection, TLS and all, and did not answer in time: it may be loaded rather than gone.
pub(super) fn slow(exchange: &Exchange) -> bool {
    let trouble = exchange.tls.as_ref().is_some_and(|tls| tls.problem.is_some());
    exchange.dial.connected() && !trouble && matches!(exchange.end, Some(PageEnd::NoAnswer { .. }))
}

/// What to do about one that is slow.
pub(super) fn patience(service: &str) -> Remedy {
    Remedy::new(format!(
        "look again with more time (--timeout 30); see whether {service} is loaded, and what it waits for"
    ))
}

/// How sure it is that others are not served either: our own dial proves the least, an answer the most.
pub(super) fn sure(exchange: &Exchange) -> Confidence {
    let untrusted = |problem: &TlsProblem| {
        matches!(problem, TlsProblem::SelfSigned | TlsProblem::UnknownIssuer | TlsProblem::NoRoots)
    };
    let problem = exchange.tls.as_ref().and_then(|tls| tls.problem.as_ref());
    match &exchange.answer {
        None if !exchange.dial.connected() || slow(exchange) || problem.is_some_and(untrusted) => Confidence::Possible,
        _ => Confidence::Likely,
    }
}

/// An error where a console was to be asked for; with a URL at hand the asking lies in the past.
pub(super) fn severity(case: &Case) -> Severity {
    if case.handed_out() { Severity::Warning } else { Severity::Error }
}

/// The outcome, short enough for a message: `503 by HAProxy`.
pub(super) fn brief(exchange: &Exchange) -> String {
    match &exchange.answer {
        Some(answer) if (300..400).contains(&answer.status) => format!("{} leads elsewhere", answer.status),
        Some(answer) if answer.cut => format!("{}, and an answer that does not end or ends early", answer.status),
        Some(answer) if answer.status < 300 => format!("{}, and no answer of its kind", answer.status),
        Some(answer) => {
            let by =
                answer.server.as_ref().map(|server| format!(" by {}", server.chars().take(40).collect::<String>()));
            format!("{}{}", answer.status, by.unwrap_or_default())
        }
        None => outcome(exchange).chars().take(160).collect(),
    }
}

/// A command that finds the request in the service's log; without an id nothing is known to look for.
pub(super) fn in_the_log(exchange: &Exchange, log: &str) -> String {
    let id = exchange.answer.as_ref().and_then(|answer| answer.request_id.as_deref());
    format!("grep {} /var/log/{log} | tail -n 20", id.unwrap_or("ERROR"))
}

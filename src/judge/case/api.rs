//! What the identity and compute APIs showed, in sentences that causes and steps share.

use super::Case;
use crate::evidence::api::{Api, Exchange, HttpAnswer, Question, Server};
use crate::evidence::page::PageEnd;
use crate::evidence::probe::Seen;
use crate::evidence::target::TargetKind;

impl<'e> Case<'e> {
    /// What the APIs said, if any was asked.
    pub(crate) fn api(&self) -> Option<&'e Api> {
        self.evidence.api.as_ref()
    }

    /// Nova was asked for a console of a server.
    pub(crate) fn asks_server(&self) -> bool {
        self.evidence.target.kind == TargetKind::Server
    }

    /// The exchange in which a console was asked for.
    pub(crate) fn console_asked(&self) -> Option<&'e Seen<Exchange>> {
        self.api()?.last(Question::Console)
    }
}

/// `GET /v2.1/servers/x: 503 by HAProxy: "..."`.
pub(crate) fn words(exchange: &Exchange) -> String {
    format!("{} {}: {}", exchange.method, exchange.path, outcome(exchange))
}

/// What came of it: `503 by HAProxy: "..."`, `refused (…)`.
pub(crate) fn outcome(exchange: &Exchange) -> String {
    if let Some(answer) = &exchange.answer {
        return answered(answer);
    }
    match &exchange.end {
        None | Some(PageEnd::NotAsked) => exchange.dial.outcome.words(),
        Some(PageEnd::TlsFailed) => {
            let problem = exchange.tls.as_ref().and_then(|tls| tls.problem.as_ref());
            problem.map_or_else(|| "the TLS handshake failed".to_owned(), crate::evidence::tls::TlsProblem::words)
        }
        Some(PageEnd::NoAnswer { after_millis }) => {
            format!("no answer within {}", crate::evidence::dial::seconds(*after_millis))
        }
        Some(PageEnd::Closed { .. }) => "the connection was closed before an answer".to_owned(),
        Some(PageEnd::NotHttp { .. }) => "what answers speaks no HTTP".to_owned(),
        Some(PageEnd::Answered | PageEnd::Other { .. }) => "no answer that can be read".to_owned(),
    }
}

fn answered(answer: &HttpAnswer) -> String {
    let by = answer.server.as_ref().map(|server| format!(" by {server}")).unwrap_or_default();
    let status = answer.status;
    let text = match answer {
        HttpAnswer { location: Some(to), .. } if (300..400).contains(&status) => {
            return format!("{status}{by}, a redirect to {to}");
        }
        HttpAnswer { cut: true, .. } => "an answer that does not end, or ends early".to_owned(),
        HttpAnswer { message: Some(message), .. } => format!("{message:?}"),
        HttpAnswer { first: Some(first), .. } if status < 400 => format!("no JSON but {first:?}"),
        HttpAnswer { first: Some(first), .. } => format!("{first:?}"),
        _ => return format!("{status}{by}"),
    };
    format!("{status}{by}: {text}")
}

/// `web-1 is active`, `web-1 is building, spawning`.
pub(crate) fn state(server: &Server) -> String {
    let mut words = Vec::new();
    if let Some(state) = server.vm_state.as_ref().or(server.status.as_ref()) {
        words.push(state.to_lowercase());
    }
    words.extend(server.task_state.clone());
    // what the hypervisor says, where it is not what the state makes one expect
    match (server.power_state, server.vm_state.as_deref()) {
        (Some(4), Some("active")) => words.push("shut down by itself".to_owned()),
        (Some(6), _) => words.push("crashed".to_owned()),
        _ => {}
    }
    let words = if words.is_empty() { "in a state that is not told".to_owned() } else { words.join(", ") };
    format!("{} is {words}", server.name)
}

/// How the APIs were asked, where it matters for what was seen: `, certificates not verified (--insecure)`.
pub(crate) fn caveat(api: &Api) -> &'static str {
    let secure = api.exchanges.iter().any(|seen| seen.saw.secure);
    if api.login.insecure && secure { ", certificates not verified (--insecure)" } else { "" }
}

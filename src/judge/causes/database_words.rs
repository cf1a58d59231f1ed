//! What the causes about databases have in common: who meets the trouble, how sure that is, and what to do.

use super::session_words::{Told, at_session, ended_with, told};
use crate::evidence::dial::DialOutcome;
use crate::evidence::log::Failure;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Confidence, Remedy, Severity};
use crate::judge::case::{Case, DatabaseView, label, said};
use crate::judge::find::Draft;
use crate::judge::words::list;

/// First release whose proxies and conductors keep tokens in a database.
pub(super) const FIRST: u16 = 18;

/// The databases behind tokens: nova-novncproxy's, which reads them, then nova-conductor's, which writes them; each once.
pub(super) fn token_databases<'c, 'e>(case: &'c Case<'e>) -> Vec<DatabaseView<'c, 'e>> {
    if case.releases.within(|release| release >= FIRST).is_empty() {
        return Vec::new();
    }
    let mut views: Vec<DatabaseView> = Vec::new();
    for service in [Service::Novncproxy, Service::Conductor] {
        for view in case.databases_of(service, "database") {
            if view.basis >= Basis::Guessed && !views.iter().any(|known| std::ptr::eq(known.seen, view.seen)) {
                views.push(view);
            }
        }
    }
    views
}

/// A dial that says more of the way from here than of the peer.
pub(super) fn out_of_sight(outcome: &DialOutcome) -> bool {
    matches!(
        outcome,
        DialOutcome::TimedOut { .. }
            | DialOutcome::Unreachable { .. }
            | DialOutcome::NameUnknown
            | DialOutcome::NameServerFailed
            | DialOutcome::NameTimedOut { .. }
            | DialOutcome::Denied
    )
}

/// A finding about the database of a service; an error where the service surely reads this database in every release.
pub(super) fn draft(
    case: &Case,
    meta: &CauseMeta,
    view: &DatabaseView,
    confidence: Confidence,
    message: &str,
) -> Draft {
    let holds = case.releases.within(|release| release >= FIRST);
    let all = holds.len() == case.releases.candidates.len();
    let severity = match (all, confidence) {
        (false, _) => Severity::Note,
        // nobody asked about a console, and it may be a matter of this machine
        (true, Confidence::Possible) if !case.handed_out() => Severity::Warning,
        (true, _) => Severity::Error,
    };
    let confidence = if view.basis == Basis::Told { confidence } else { confidence.min(Confidence::Likely) };
    // servers end their words with a stop
    let mut draft = Draft::new(meta, severity, message.trim_end_matches('.'))
        .releases(Case::span(&holds))
        .confidence(confidence)
        .host(view.host.host)
        .service(view.service)
        .seen(format!("{} asked from {}: {}", label(view.seen), view.seen.from, said(view.seen)));
    let config = view.host.config(view.service, case.releases.newest());
    if let Some((file, entry)) = config.and_then(|config| view.host.entry(&config.get("database", "connection"))) {
        draft = draft.at_value(file, entry);
    }
    let others: Vec<&str> = view
        .seen
        .saw
        .named_by
        .iter()
        .filter(|by| by.host != view.host.host.name && by.cell.is_none())
        .map(|by| by.host.as_str())
        .collect();
    if !others.is_empty() {
        let mut names = others;
        names.dedup();
        draft = draft.seen(format!("{} reads the same database", list(&names)));
    }
    draft
}

/// `nova-novncproxy on ctl1`.
pub(super) fn who(view: &DatabaseView) -> String {
    format!("{} on {}", view.service.program(), view.host.name())
}

/// Remedy with the service that has to be started anew.
pub(super) fn remedy(view: &DatabaseView, text: impl Into<String>) -> Remedy {
    Remedy::new(text).restart(view.service.program()).verify("vncdoctor check again, then open a new console")
}

/// A session of the proxy's log that the database ended with one of these numbers or words.
pub(super) fn logged<'c, 'e>(case: &'c Case<'e>, numbers: &[u32], words: &[&str]) -> Option<(Told<'c, 'e>, String)> {
    let is = |failure: &Failure| match failure {
        Failure::Database { code: Some(code), .. } if numbers.contains(code) => true,
        Failure::Database { text, .. } => words.iter().any(|word| text.contains(word)),
        _ => false,
    };
    let told =
        told(case, |view| ended_with(view, is), |_, later| later.session.target.is_some() || later.session.worked)?;
    let text = match told.view.failure() {
        Some(Failure::Database { text, .. }) => text.chars().take(160).collect(),
        _ => return None,
    };
    Some((told, text))
}

/// The table of tokens is missed in a database that is named as the API's is.
pub(super) fn of_api(text: &str) -> bool {
    text.contains("_api.console_auth_tokens")
}

/// The same from the log, which is the proxy's own word.
pub(super) fn from_log(meta: &CauseMeta, told: &Told, text: &str, message: String) -> Draft {
    at_session(meta, told, message).seen(format!("{}: {text}", told.view.at()))
}

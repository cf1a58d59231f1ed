//! The token is nowhere, and nothing seen says why: the last resort, with what would settle it.

use super::Cause;
use super::memcached_node_down;
use super::wire_words::opened;
use crate::evidence::api::KnownToken;
use crate::evidence::log::Failure;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, label};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "token-unknown",
    home: 14,
    releases: "12-34",
    severity: Severity::Error,
    field: &["A10"],
    title: "nobody knows the token",
    needs: &[Need::Token, Need::Probe, Need::Database, Need::Logs],
    symptoms: &[Symptom::HangsUp],
    explanation: "\
`The token ... is invalid or has expired` says both and never which: mistyped, of another cloud, made before a restart of the
store, expired long ago, or an old bookmark. A fresh URL settles it: if that opens, the old token was the only thing wrong.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    // a token whose memcached is away may be lost with it, or never have been
    let maybe = |finding: &&Finding| {
        finding.cause == memcached_node_down::CAUSE.meta.id && finding.confidence == Confidence::Possible
    };
    let (away, told): (Vec<&Finding>, Vec<&Finding>) =
        before.iter().filter(|finding| finding.severity == Severity::Error).partition(maybe);
    if case.evidence.target.token.is_none() || !told.is_empty() {
        return Vec::new();
    }
    let refused = case.sessions.iter().rev().find(|view| matches!(view.failure(), Some(Failure::TokenInvalid { .. })));
    let worked = case.sessions.last().is_some_and(|view| view.session.worked);
    let absent = case.token.as_ref().is_some_and(|token| {
        token.found.is_empty()
            && !token.lookups.is_empty()
            && token.lookups.iter().all(|lookup| lookup.finds == Some(false))
    });
    let without = case.without_token();
    let no_row = !without.is_empty() && case.row().is_none() && case.token.as_ref().is_some_and(|t| t.found.is_empty());
    let by_api = case.api().and_then(|api| api.token.as_ref());
    // with a row, by nova-api or by a proxy that opened it, it is known: what refuses it is another matter
    let known = case.row().is_some() || matches!(by_api, Some(KnownToken::Known { .. })) || opened(case);
    if worked || known || (refused.is_none() && !absent && !no_row) {
        return Vec::new();
    }
    // from Rocky on a proxy that reads another cell's database says the same of a good token
    let database = case.releases.candidates.iter().any(|release| *release >= 18);
    let only_database = case.releases.candidates.iter().all(|release| *release >= 18);
    let sure = absent || (no_row && only_database && (case.every_cell_asked() || refused.is_some()));
    let confidence = if (database && !sure) || !away.is_empty() { Confidence::Possible } else { Confidence::Likely };
    let mut draft =
        Draft::error(&META, "the token is unknown to nova: mistyped, expired long ago, or of another cloud")
            .confidence(confidence);
    for seen in without.iter().filter(|_| no_row) {
        let live = seen.saw.tokens.as_ref().map_or(0, |tokens| tokens.rows - tokens.expired.min(tokens.rows));
        draft = draft.seen(format!("{} has no row for it, and {live} tokens that are good", label(seen)));
    }
    if no_row && !case.every_cell_asked() {
        draft = draft.seen("not every cell was asked: [api_database] connection names them");
    }
    if database && !no_row {
        draft = draft.seen(
            "from rocky (18) on a proxy that reads another cell's database, or a guest that moved, reads the same in the log",
        );
    }
    if by_api == Some(&KnownToken::Unknown) {
        draft = draft.seen("nova-api does not know it either");
    }
    if let Some(view) = refused {
        draft = draft
            .host(view.host)
            .at_line(&view.log.path, view.session.line)
            .seen(format!("{}: the proxy refused the token", view.at()));
    }
    if absent {
        draft = draft.seen("no memcached node that nova-consoleauth would ask holds it");
    }
    if case.token_received().is_some() {
        draft = draft.seen("nova-consoleauth received it once, by its log");
    }
    vec![
        draft
            .remedy(
                Remedy::new("open the console again from the dashboard and check the new URL")
                    .verify("vncdoctor check --url 'THE NEW URL' with the same inputs"),
            )
            .done(),
    ]
}

//! The token is nowhere, and nothing seen says why: the last resort, with what would settle it.

use super::open_words::open;
use super::refused_words::share;
use super::session_words::{unknown_to_database, within};
use super::wire_words::opened;
use super::{
    Cause, config_edited_not_restarted, guest_moved, memcached_node_down, story_words, token_expired,
    token_lost_from_memcached,
};
use crate::evidence::api::KnownToken;
use crate::evidence::log::{Event, Failure, LogEvent, LogFile};
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, SessionView, label, lines};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "token-unknown",
    home: 14,
    releases: "12-34",
    severity: Severity::Error,
    field: &["A10"],
    title: "nobody knows the token",
    needs: &[Need::Token, Need::Probe, Need::Database, Need::Logs],
    symptoms: &[Symptom::TokenRefused, Symptom::HangsUp],
    explanation: "\
`The token ... is invalid or has expired` says both and never which: mistyped, of another cloud, made before a restart of the
store, expired long ago, or an old bookmark. A fresh URL settles it: if that opens, the old token was the only thing wrong. A store
that loses tokens reads the same in the proxy's log, so that the log alone leaves candidates. Where most of the tokens that different
browsers brought are refused, a few old tabs are no explanation: of N nova-consoleauth with a store each, (N-1)/N are.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    // a token whose memcached is away may be lost with it, or never have been
    let maybe = |finding: &&Finding| {
        finding.cause == memcached_node_down::CAUSE.meta.id && finding.confidence == Confidence::Possible
    };
    let (away, told): (Vec<&Finding>, Vec<&Finding>) =
        before.iter().filter(|finding| finding.severity == Severity::Error).partition(maybe);
    if !told.is_empty() {
        return Vec::new();
    }
    if case.evidence.target.token.is_none() {
        return of_many(case, before).into_iter().collect();
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
    let no_cell_has_it = no_row && only_database && (case.every_cell_asked() || refused.is_some());
    let sure = no_cell_has_it || never_received(case, refused);
    let candidates = if sure || no_row { Vec::new() } else { candidates(case, before, absent, refused) };
    let confidence = if sure && away.is_empty() { Confidence::Likely } else { Confidence::Possible };
    let message = match (candidates.is_empty(), case.token_received(), absent) {
        (true, None, _) => "the token is unknown to nova: mistyped, expired long ago, or of another cloud",
        (_, Some(_), _) => {
            "nova-consoleauth took the token, and does not know it any more or is not the one that is asked"
        }
        (_, None, true) => {
            "the token is on no memcached that nova-consoleauth asks: it was never written there, or is lost"
        }
        (_, None, false) => "nova-novncproxy refuses the token as unknown or expired, and its log does not say which",
    };
    let mut draft = Draft::error(&META, message).confidence(confidence).between(&candidates);
    for seen in without.iter().filter(|_| no_row) {
        let live = seen.saw.tokens.as_ref().map_or(0, |tokens| tokens.rows - tokens.expired.min(tokens.rows));
        draft = draft.seen(format!("{} has no row for it, and {live} tokens that are good", label(seen)));
    }
    if no_row && !case.every_cell_asked() {
        draft = draft.seen("not every cell was asked: [api_database] connection names them");
    }
    if database && !no_row && !sure {
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
            .at_line(&view.log.path, view.line())
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

/// The causes that the evidence leaves open; none where there is no other.
fn candidates(case: &Case, before: &[Finding], absent: bool, refused: Option<&SessionView>) -> Vec<&'static CauseMeta> {
    let mut open = if absent {
        // by the files as they are now nova-consoleauth would ask there, and expired tokens stay
        vec![&token_lost_from_memcached::CAUSE.meta, &META, &config_edited_not_restarted::CAUSE.meta]
    } else {
        open(case, before, Symptom::TokenRefused)
    };
    if case.token_received().is_some() {
        open.retain(|meta| meta.id != META.id);
    }
    // the proxy's database had no such row, or nova-consoleauth said no before it came to the port
    let denied = |view: &SessionView| {
        let own =
            |line: &LogEvent| line.token == view.session.token && line.event == Event::TokenChecked { known: false };
        lines(case.evidence).any(|(.., line)| own(line) && line.at.is_none_or(|at| within(view, at)))
    };
    if refused.is_some_and(|view| unknown_to_database(view) || denied(view)) {
        open.retain(|meta| meta.id != guest_moved::CAUSE.meta.id);
    }
    // "expired long ago" stands in this one's own words
    let others = |meta: &&CauseMeta| meta.id != META.id && meta.id != token_expired::CAUSE.meta.id;
    if open.iter().copied().any(|meta| others(&meta)) { open } else { Vec::new() }
}

/// The logs of every nova-consoleauth reach back longer than a token lives, and none of them took it.
fn never_received(case: &Case, refused: Option<&SessionView>) -> bool {
    let (life, _) = story_words::life(case);
    let Some(asked) = refused.and_then(|view| view.session.started) else { return false };
    let reaches = |log: &LogFile| {
        log.roles.contains(&Service::Consoleauth) && log.dropped == 0 && log.first.is_some_and(|at| at < asked - life)
    };
    case.token_received().is_none()
        && !case.stores.is_empty()
        && case.running(Service::Consoleauth, Basis::Guessed).iter().all(|view| view.host.logs.iter().any(reaches))
}

/// So many tokens tell of a site, whoever opened them.
const MANY: usize = 8;

/// Without a token that was asked about: most of the tokens that browsers brought were refused.
fn of_many(case: &Case, before: &[Finding]) -> Option<Finding> {
    let share = share(case)?;
    let all = share.refused == share.of;
    let mut open = open(case, before, Symptom::TokenRefused);
    if !all {
        // what loses every token is none of these
        open.retain(|meta| meta.home != 10 || meta.symptoms.contains(&Symptom::Alternates));
    }
    let message = format!(
        "nova-novncproxy refuses {} of the {} newest tokens as unknown or expired: more than old tabs explain",
        share.refused, share.of
    );
    // of few tokens half may be a morning's old tabs
    let severity = if !all && share.of < MANY { Severity::Warning } else { Severity::Error };
    let mut draft = Draft::new(&META, severity, message)
        .possible()
        .host(share.view.host)
        .service(Service::Novncproxy)
        .at_line(&share.view.log.path, share.view.line())
        .between(&open)
        .seen(format!("{}: the proxy refused a token, the newest of {}", share.view.at(), share.refused));
    if !all && case.releases.candidates.iter().any(|release| *release <= 19) {
        draft = draft
            .seen("of N nova-consoleauth with a store each (up to queens), about (N-1)/N of the tokens are refused");
    }
    let remedy = Remedy::new("let vncdoctor see how tokens are kept: nova.conf and nova-consoleauth's log of every controller")
        .command("vncdoctor check --url 'A FRESH URL' --config NAME=/etc/nova/nova.conf --log NAME=/var/log/nova (once for each controller)")
        .verify("five fresh consoles open, one after the other");
    Some(draft.remedy(remedy).done())
}

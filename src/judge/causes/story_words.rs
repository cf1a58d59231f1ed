//! What the tokens in the logs of several nova-consoleauth say together: which trouble is not over yet.

use crate::evidence::log::Event;
use crate::finding::Severity;
use crate::judge::case::{Case, Fate, Story, lines, ttl};
use crate::judge::words::{age, list, named};

/// So many later tokens that other hosts knew are no luck any more: with lists that differ one in three still is.
const NO_LUCK: usize = 5;

/// The life of a token as the first nova-consoleauth reads it, or the default, in seconds; and whether a file says so.
pub(super) fn life(case: &Case) -> (f64, bool) {
    let read = case.stores.iter().find_map(|store| ttl(&case.hosts[store.host], store.by_release.last()?.0));
    (read.map_or(600.0, |seconds| seconds as f64), read.is_some())
}

/// The newest token that some nova-consoleauth did not know although another had taken it, unless that is over.
pub(super) fn apart<'c, 'e>(case: &'c Case<'e>) -> Option<&'c Story<'e>> {
    let (life, _) = life(case);
    let index = case.stories.iter().rposition(|story| matches!(story.fate(life), Fate::TakerAlone | Fate::Parted))?;
    let story = &case.stories[index];
    let later = case.stories[index + 1..].iter().filter(|story| story.known_elsewhere()).count();
    let since = story.checks.last().and_then(|check| check.at).or(story.received).unwrap_or_default();
    let restarted = lines(case.evidence)
        .any(|(.., line)| matches!(line.event, Event::Started { .. }) && line.at.is_some_and(|at| at > since));
    (later < NO_LUCK && !(restarted && later > 0)).then_some(story)
}

/// The newest token that not even the host that took it knew, within its time, unless a later token fared better.
pub(super) fn lost<'c, 'e>(case: &'c Case<'e>) -> Option<(&'c Story<'e>, Option<f64>)> {
    let (life, _) = life(case);
    let index = case.stories.iter().rposition(|story| matches!(story.fate(life), Fate::Lost(_)))?;
    let better = |story: &Story| {
        let known = story.checks.iter().any(|check| check.known);
        known && matches!(story.fate(life), Fate::Known | Fate::Late(_))
    };
    match case.stories[index].fate(life) {
        Fate::Lost(after) if !case.stories[index + 1..].iter().any(better) => Some((&case.stories[index], after)),
        _ => None,
    }
}

/// Whether any host knew a token that another had taken.
pub(super) fn any_known_elsewhere(case: &Case) -> bool {
    case.stories.iter().any(Story::known_elsewhere)
}

/// An error where the proxy was seen to refuse the token, or can do nothing else; from Rocky on it may ask the database.
pub(super) fn severity(case: &Case, story: &Story) -> Severity {
    let no_database = case.releases.candidates.iter().all(|release| *release <= 17);
    if story.refused || no_database { Severity::Error } else { Severity::Warning }
}

/// `logs: ctl2 received token 1f2e3d4c; ctl1 and ctl3 did not know it when asked`.
pub(super) fn told(story: &Story) -> String {
    let mut unknown_to: Vec<&str> =
        story.checks.iter().filter(|check| !check.known).map(|check| named(&check.host.name)).collect();
    unknown_to.sort_unstable();
    unknown_to.dedup();
    let (host, log, line) = story.taker;
    let token = story.token.get(..8).unwrap_or_default();
    format!(
        "{} {}:{line}: nova-consoleauth received token {token}; {} did not know it when asked",
        host.name,
        log.path,
        list(&unknown_to)
    )
    .trim_start()
    .to_owned()
}

/// `, 4 s later`.
pub(super) fn later(after: Option<f64>) -> String {
    after.map(|seconds| format!(", {} later", age(seconds.max(0.0)))).unwrap_or_default()
}

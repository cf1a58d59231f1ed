//! The token is known and older than token_ttl.

use super::{Cause, story_words, token_store_not_shared};
use crate::console::cached_value::{Expiry, effective_ttl};
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, Fate, label, ttl};
use crate::judge::find::Draft;
use crate::judge::words::age;

const META: CauseMeta = CauseMeta {
    id: "token-expired",
    home: 14,
    releases: "12-34",
    severity: Severity::Error,
    field: &["A9"],
    title: "the token is older than token_ttl",
    needs: &[Need::Config, Need::Token, Need::Probe, Need::Database],
    symptoms: &[Symptom::TokenRefused, Symptom::HangsUp],
    explanation: "\
A console URL can be opened for `[consoleauth] token_ttl` seconds (600 by default); an open session is not cut. Up to Stein (19)
memcached keeps an expired token for ever and nova-consoleauth compares the time of writing with its own clock; from Rocky (18)
on the row in the cell database carries the time. Both look the same in the log: `is invalid or has expired`.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// Less than this is too short for a person to open a console, in seconds.
const HASTY: i64 = 30;

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let mut found = from_probe(case);
    let by_clock =
        |finding: &Finding| finding.cause == "conductor-clock-differs" && finding.severity == Severity::Error;
    if found.is_empty() && !before.iter().any(by_clock) {
        found.extend(from_row(case));
    }
    if found.is_empty() {
        found = from_logs(case, before);
    }
    found.extend(born_dead(case));
    found
}

/// From Rocky on a row is good while `expires > now`, and `expires` is the time of making plus token_ttl.
fn born_dead(case: &Case) -> Option<Finding> {
    let holds = case.releases.within(|release| release >= 18);
    let release = *holds.last()?;
    let (view, setting) = case.running(Service::Compute, Basis::Guessed).into_iter().find_map(|view| {
        let config = view.config(Service::Compute, release)?;
        (config.int("consoleauth", "token_ttl") == Some(0)).then(|| (view, config.get("consoleauth", "token_ttl")))
    })?;
    let (file, entry) = view.entry(&setting)?;
    Some(
        Draft::new(
            &META,
            case.severity_over(&holds),
            format!("token_ttl is 0 on {}: every token is expired the moment it is made", view.name()),
        )
        .releases(Case::span(&holds))
        .host(view.host)
        .service(Service::Compute)
        .at_value(file, entry)
        .remedy(
            Remedy::new("take the default of 600 s in [consoleauth] token_ttl of every compute node")
                .restart("nova-compute")
                .verify("open a new console"),
        )
        .done(),
    )
}

/// When the token mattered: at the first upgrade with it, else at the end of the run. A session that is kept quiet may outlive it.
fn asked_at(case: &Case) -> f64 {
    case.evidence.upgrades.first().map_or(case.evidence.ended, |seen| seen.began)
}

/// The row in the cell database tells when it ends.
fn from_row(case: &Case) -> Option<Finding> {
    let (seen, row) = case.row()?;
    let late = asked_at(case) - row.expires as f64;
    if late <= 0.0 {
        return None;
    }
    let life = row.created.map(|created| row.expires - created);
    let good = life.map(|life| format!(", and was good for {life} s")).unwrap_or_default();
    let offset = seen.saw.server.as_ref().and_then(|server| server.clock_offset);
    // our clock may be the one that is wrong
    let by_database = offset.map_or(late, |offset| late + offset);
    let confidence = if by_database > 0.0 { Confidence::Certain } else { Confidence::Possible };
    let hasty = life.is_some_and(|life| life < HASTY);
    let mut draft = Draft::error(&META, format!("the token ended {} ago{good}", age(late)))
        .confidence(confidence)
        .service(Service::Compute)
        .releases("18-34")
        .seen(format!("{} has its row, with an end {} ago by our clock", label(seen), age(late)));
    if let Some(offset) = offset.filter(|offset| offset.abs() >= 2.0) {
        draft = draft.seen(format!("the database's clock is {offset:+.0} s off ours"));
    }
    let reader = case.running(Service::Compute, Basis::Guessed).into_iter().filter(|_| hasty).find_map(|view| {
        let config = view.config(Service::Compute, case.releases.newest())?;
        let setting = config.get("consoleauth", "token_ttl");
        let place = view.entry(&setting).filter(|_| config.int("consoleauth", "token_ttl") == life)?;
        Some((view, place))
    });
    if let Some((view, (file, entry))) = reader {
        draft = draft.host(view.host).at_value(file, entry);
    }
    let text = if hasty {
        "raise [consoleauth] token_ttl on every compute node: a person cannot open a console that fast"
    } else {
        "open the console again from the dashboard: a token is good once made for token_ttl seconds only"
    };
    let remedy = Remedy::new(text).verify("vncdoctor check --url 'THE NEW URL' with the same inputs, within token_ttl");
    Some(draft.remedy(if hasty { remedy.restart("nova-compute") } else { remedy }).done())
}

/// Logs show a token asked for after its time; or lost so soon that only a very short time would explain it.
fn from_logs(case: &Case, before: &[Finding]) -> Vec<Finding> {
    // one of several candidates hides no other
    let settled = |finding: &Finding| {
        finding.cause != token_store_not_shared::CAUSE.meta.id || finding.confidence > Confidence::Possible
    };
    if before.iter().any(|finding| finding.step == 10 && finding.severity == Severity::Error && settled(finding)) {
        return Vec::new();
    }
    let (life, configured) = story_words::life(case);
    let hasty = life < HASTY as f64;
    let Some(story) = case.stories.last() else { return Vec::new() };
    let limit = life.round();
    let (message, confidence) = match story.fate(life) {
        Fate::Late(after) if case.token.is_some() || (configured && hasty) => (
            format!("the token was {} old when it was asked for, and token_ttl is {limit} s", age(after)),
            Confidence::Likely,
        ),
        Fate::Lost(Some(after)) if !configured => (
            format!(
                "a token was unknown {} after it was made: right if token_ttl is shorter than that",
                age(after.max(0.0))
            ),
            Confidence::Possible,
        ),
        _ => return Vec::new(),
    };
    let (host, log, line) = story.taker;
    let mut draft = Draft::new(&META, story_words::severity(case, story), message)
        .confidence(confidence)
        .host(host)
        .service(Service::Consoleauth)
        .at_line(&log.path, line)
        .seen(story_words::told(story));
    let reader = case.stores.first().map(|store| (&case.hosts[store.host], store));
    if let Some((view, store)) = reader.filter(|_| hasty)
        && let Some(config) =
            store.by_release.last().and_then(|(release, _)| view.config(Service::Consoleauth, *release))
        && let Some((file, entry)) = view.entry(&config.get("consoleauth", "token_ttl"))
    {
        draft = draft.host(view.host).at_value(file, entry);
    }
    vec![draft.remedy(remedy(hasty)).done()]
}

fn remedy(hasty: bool) -> Remedy {
    let text = if hasty {
        "raise [consoleauth] token_ttl on every controller: a person cannot open a console that fast"
    } else {
        "open the console again from the dashboard: a token is good once made for token_ttl seconds only"
    };
    let remedy = Remedy::new(text).verify("vncdoctor check --url 'THE NEW URL' with the same inputs, within token_ttl");
    if hasty { remedy.restart("nova-consoleauth") } else { remedy }
}

/// The value in memcached tells when it was written.
fn from_probe(case: &Case) -> Vec<Finding> {
    let Some(token) = &case.token else { return Vec::new() };
    let now = asked_at(case);
    let reader = case.stores.iter().find_map(|store| {
        let view = &case.hosts[store.host];
        Some((view, ttl(view, store.by_release.last()?.0)?))
    });
    let limit = reader.as_ref().map_or(600, |(_, seconds)| *seconds);
    let Some((holding, cached)) = token.found.iter().find_map(|holding| Some((holding, holding.cached.as_ref()?)))
    else {
        return Vec::new();
    };
    let effective = effective_ttl(u64::try_from(limit).unwrap_or_default(), true, None);
    let Expiry::Expired { age: old, .. } = cached.expiry(effective, now) else { return Vec::new() };
    let message =
        format!("the token is {} old and token_ttl is {limit} s: nova-consoleauth takes it as unknown", age(old));
    let mut draft = Draft::error(&META, message).service(Service::Consoleauth).seen(format!(
        "{} holds the token, written {} ago",
        holding.peer,
        age(old)
    ));
    if let Some((view, _)) = reader {
        draft = draft.host(view.host);
        let release = case.stores.first().and_then(|store| store.by_release.last()).map_or(17, |(release, _)| *release);
        let setting = view.config(Service::Consoleauth, release).map(|config| config.get("consoleauth", "token_ttl"));
        if let Some((file, entry)) = setting.and_then(|setting| view.entry(&setting)) {
            draft = draft.at_value(file, entry);
        }
    }
    vec![draft.remedy(remedy(limit < HASTY)).done()]
}

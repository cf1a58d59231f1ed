//! The token is known and older than token_ttl.

use super::Cause;
use crate::console::cached_value::{Expiry, effective_ttl};
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, ttl};
use crate::judge::find::Draft;
use crate::judge::words::age;

const META: CauseMeta = CauseMeta {
    id: "token-expired",
    home: 14,
    releases: "12-34",
    severity: Severity::Error,
    field: &["A9"],
    title: "the token is older than token_ttl",
    needs: &[Need::Config, Need::Token, Need::Probe],
    explanation: "\
A console URL can be opened for `[consoleauth] token_ttl` seconds (600 by default); an open session is not cut. Up to Stein (19)
memcached keeps an expired token for ever and nova-consoleauth compares the time of writing with its own clock; from Rocky (18)
on the row in the cell database carries the time. Both look the same in the log: `is invalid or has expired`.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// Less than this is too short for a person to open a console, in seconds.
const HASTY: i64 = 30;

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let Some(token) = &case.token else { return Vec::new() };
    let now = case.evidence.ended;
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
    let text = if limit < HASTY {
        "raise [consoleauth] token_ttl on every controller: a person cannot open a console that fast"
    } else {
        "open the console again from the dashboard: a token is good once made for token_ttl seconds only"
    };
    if let Some((view, _)) = reader {
        draft = draft.host(view.host);
        let release = case.stores.first().and_then(|store| store.by_release.last()).map_or(17, |(release, _)| *release);
        let setting = view.config(Service::Consoleauth, release).map(|config| config.get("consoleauth", "token_ttl"));
        if let Some((file, entry)) = setting.and_then(|setting| view.entry(&setting)) {
            draft = draft.at_value(file, entry);
        }
    }
    let mut remedy =
        Remedy::new(text).verify("vncdoctor check --url 'THE NEW URL' with the same inputs, within token_ttl");
    if limit < HASTY {
        remedy = remedy.restart("nova-consoleauth");
    }
    vec![draft.remedy(remedy).done()]
}

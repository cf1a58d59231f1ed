//! The token was stored and is gone, or lies where nobody looks any more: a node restarted, came back, or threw it out.

use super::{Cause, memcached_list_loopback, memcached_lists_differ, story_words};
use crate::evidence::memcached::Node;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, TokenView, answer_of, ttl};
use crate::judge::find::Draft;
use crate::judge::words::age;

const META: CauseMeta = CauseMeta {
    id: "token-lost-from-memcached",
    home: 10,
    releases: "12-19",
    severity: Severity::Error,
    field: &["A6"],
    title: "memcached lost the token before its time",
    needs: &[Need::Config, Need::Token, Need::Probe],
    symptoms: &[Symptom::TokenRefused, Symptom::HangsUp],
    explanation: "\
memcached keeps tokens in memory: a restart loses them, and so does a full node that throws old items out (evictions). A node
that was dead when the token was written and is back now is asked again, while the token lies on the node that stood in for it;
nova-consoleauth processes may disagree about that for memcache_dead_retry seconds (300 with the pool).",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let mut explained = before
        .iter()
        .filter(|finding| {
            // lists that differ lose the token in whichever of the releases uses them
            let lists = [memcached_lists_differ::CAUSE.meta.id, memcached_list_loopback::CAUSE.meta.id];
            let says = finding.severity == Severity::Error
                || finding.severity == Severity::Warning && lists.contains(&finding.cause);
            says && matches!(finding.step, 10 | 14)
        })
        .peekable();
    if explained.peek().is_some() {
        // without configuration logs leave several candidates, and each is named
        let open = case.stores.is_empty() && explained.all(|finding| finding.confidence == Confidence::Possible);
        return if open { from_logs(case) } else { Vec::new() };
    }
    let probed = match &case.token {
        Some(token) if token.found.is_empty() => lost(case, token),
        Some(token) => return aside(case, token),
        None => Vec::new(),
    };
    if probed.is_empty() { from_logs(case) } else { probed }
}

/// The host that took the token did not know it any more, or some hosts know it and some do not.
fn from_logs(case: &Case) -> Vec<Finding> {
    let configured = !case.stores.is_empty();
    if configured && !case.stores.iter().any(|store| !store.servers().is_empty()) {
        return Vec::new();
    }
    let (story, message) = match (story_words::lost(case), story_words::apart(case)) {
        (Some((story, after)), _) => {
            let late = story_words::later(after);
            (
                story,
                format!(
                    "{} took a token and did not know it itself{late}: memcached lost it or never got it",
                    story.taker.0.name
                ),
            )
        }
        (None, Some(story)) if story_words::any_known_elsewhere(case) => (
            story,
            format!(
                "{} took a token that only some of the others know: they do not use the same memcached for it",
                story.taker.0.name
            ),
        ),
        _ => return Vec::new(),
    };
    let (host, log, line) = story.taker;
    let mut draft = Draft::new(&META, story_words::severity(case, story), message.trim_start().to_owned())
        .confidence(if configured { Confidence::Likely } else { Confidence::Possible })
        .host(host)
        .service(Service::Consoleauth)
        .at_line(&log.path, line)
        .seen(story_words::told(story));
    if !configured {
        draft = draft.seen("what [cache] and token_ttl say would part it from other causes: give --config NAME=PATH");
    }
    let remedy = Remedy::new("see from each controller that every memcached of [cache] memcache_servers answers, and is not restarted or full")
        .verify("open a new console, then vncdoctor check --url 'ITS URL' --config NAME=PATH for each controller");
    vec![draft.remedy(remedy).done()]
}

/// The token lies on a node that stood in for another, which is asked again.
fn aside(case: &Case, token: &TokenView) -> Vec<Finding> {
    let Some(lookup) = token.lookups.iter().find(|lookup| lookup.finds == Some(false)) else { return Vec::new() };
    let (Some(asks), Some(holding)) = (&lookup.asks, token.found.first()) else { return Vec::new() };
    let host = &case.hosts[case.stores[lookup.store].host];
    let node = answer_of(case.evidence, asks).and_then(|seen| seen.saw.node.clone()).unwrap_or_default();
    let mut draft = Draft::error(
        &META,
        format!(
            "{} asks {asks} for this token, and it lies on {}: {asks} was away when it was written and is back",
            host.name(),
            holding.peer
        ),
    )
    .likely()
    .host(host.host)
    .service(Service::Consoleauth);
    if let Some(uptime) = node.uptime {
        draft = draft.seen(format!("{asks} has been up for {}", age(uptime as f64)));
    }
    if let Some(written) = token.written() {
        draft = draft.seen(format!("the token was written {} ago", age(case.evidence.ended - written)));
    }
    vec![draft.remedy(remedy()).done()]
}

/// The token is on no node: which of them may have lost it.
fn lost(case: &Case, token: &TokenView) -> Vec<Finding> {
    let asked = !token.lookups.is_empty() && token.lookups.iter().all(|lookup| lookup.finds == Some(false));
    if !asked {
        return Vec::new();
    }
    let received = case.token_received();
    let life =
        case.stores.first().and_then(|store| ttl(&case.hosts[store.host], store.by_release.last()?.0)).unwrap_or(600);
    let Some((lookup, node)) = token.lookups.iter().find_map(|lookup| {
        let node = answer_of(case.evidence, &lookup.home)?.saw.node.clone()?;
        suspicious(&node, life, received.and_then(|(_, _, line)| line.at), case.evidence.ended)
            .then_some((lookup, node))
    }) else {
        return Vec::new();
    };
    let host = &case.hosts[case.stores[lookup.store].host];
    let confidence = if received.is_some() { Confidence::Likely } else { Confidence::Possible };
    let mut draft = Draft::error(
        &META,
        format!("the token is on no memcached, and {}, where its key belongs, lost what it held", lookup.home),
    )
    .confidence(confidence)
    .host(host.host)
    .service(Service::Consoleauth);
    if let Some(uptime) = node.uptime {
        draft = draft.seen(format!("{} started {} ago", lookup.home, age(uptime as f64)));
    }
    if let Some(evictions) = node.evictions.filter(|count| *count > 0) {
        draft = draft.seen(format!("{} has thrown out {evictions} items to make room", lookup.home));
    }
    match received {
        Some((host, log, line)) => {
            draft =
                draft.seen(format!("{} {}:{}: nova-consoleauth received the token", host.name, log.path, line.line));
        }
        None => {
            draft = draft.seen("whether nova-consoleauth ever received it would be in its log: give --log NAME=PATH");
        }
    }
    vec![draft.remedy(remedy()).done()]
}

/// Restarted within the life of a token, since it was received if that is known, emptied, or full.
fn suspicious(node: &Node, life: i64, received: Option<f64>, now: f64) -> bool {
    let restarted = node.uptime.is_some_and(|uptime| match received {
        Some(at) => now - (uptime as f64) > at - 1.0,
        None => (uptime as f64) < life as f64,
    });
    restarted || node.evictions.is_some_and(|count| count > 0) || node.cmd_flush.is_some_and(|count| count > 0)
}

fn remedy() -> Remedy {
    Remedy::new(
        "open the console again; if it comes back, find out why that memcached restarts or give it more memory (-m)",
    )
    .verify("vncdoctor check --url 'THE NEW URL' with the same inputs")
}

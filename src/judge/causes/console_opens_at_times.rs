//! One and the same request opens the console on some tries and not on others, or at one proxy and not at another.

use super::Cause;
use super::knock_words::{Apart, apart, by_turns};
use super::open_words::open;
use super::session_words::mixed;
use crate::evidence::log::Failure;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "console-opens-at-times",
    home: 14,
    releases: "15-34",
    severity: Severity::Error,
    field: &["D3"],
    title: "the console opens on some tries and not on others",
    needs: &[Need::Token, Need::Probe],
    symptoms: &[],
    explanation: "\
A console URL that opens now and then has several places behind it, of which some do not know the token. Up to Queens (17), and in
Rocky and Stein with the workaround, each nova-consoleauth answers in its turn: with a store of its own in each of N, one
try in N opens. In every release a balancer may spread the tries over several nova-novncproxy: one of them with another
configuration, cell, bus or certificate refuses its share. vncdoctor repeats an upgrade that is hung up on, and asks each proxy that
the configuration names.

The stores are told by nova.conf of every controller, the proxies by asking each one directly.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    if before.iter().any(|finding| finding.severity == Severity::Error) {
        return Vec::new();
    }
    turns(case, before)
        .or_else(|| apart(case).map(|apart| one_proxy(case, before, &apart)))
        .or_else(|| logged(case, before))
        .into_iter()
        .collect()
}

fn turns(case: &Case, before: &[Finding]) -> Option<Finding> {
    let turns = by_turns(case)?;
    let message =
        format!("{} opens the console in {} of {} tries with the same request", turns.peer, turns.opened, turns.of);
    let mut draft = Draft::error(&META, message).possible().service(Service::Novncproxy).between(&open(
        case,
        before,
        Symptom::Alternates,
    ));
    for side in case.side_upgrades() {
        let what = if side.saw.opened() { "opens it" } else { "does not open it" };
        draft = draft.seen(format!("{} {what} when it is asked directly", side.peer));
    }
    Some(draft.remedy(remedy(case)).done())
}

/// Browsers had one token refused and taken at the same time.
fn logged(case: &Case, before: &[Finding]) -> Option<Finding> {
    let mixed = mixed(case, |failure| matches!(failure, Failure::TokenInvalid { .. }))?;
    let message = format!("{} of {} sessions of this token are refused, the others open", mixed.failed, mixed.of);
    let draft = Draft::error(&META, message)
        .possible()
        .host(mixed.view.host)
        .service(Service::Novncproxy)
        .at_line(&mixed.view.log.path, mixed.view.line())
        .seen(format!("{}: the proxy refused the token", mixed.view.at()))
        .between(&open(case, before, Symptom::Alternates));
    Some(draft.remedy(remedy(case)).done())
}

/// A proxy that refuses what another takes. Where a consoleauth may answer in its turn, that is chance.
fn one_proxy(case: &Case, before: &[Finding], apart: &Apart) -> Finding {
    let (opens, fails) = (apart.opens, apart.fails);
    let message = format!("{} opens the console, {} hangs up on the same request", opens.peer, fails.peer);
    let draft = Draft::error(&META, message).service(Service::Novncproxy);
    let draft = match case.hosts.iter().find(|view| Some(&view.host.name) == fails.for_host.as_ref()) {
        Some(view) => draft.host(view.host),
        None => draft,
    };
    let draft = if may_have_consoleauth(case) {
        draft.possible().between(&open(case, before, Symptom::Alternates))
    } else {
        draft.likely()
    };
    draft.remedy(remedy(case)).done()
}

fn may_have_consoleauth(case: &Case) -> bool {
    case.releases.candidates.iter().any(|release| *release <= 19)
}

fn remedy(case: &Case) -> Remedy {
    let text = if may_have_consoleauth(case) {
        "give every nova-consoleauth the same [cache], and every nova-novncproxy behind the URL the same nova.conf"
    } else {
        "give every nova-novncproxy behind the URL the same nova.conf: database, transport_url, auth_schemes, certificate"
    };
    Remedy::new(text)
        .command("vncdoctor check --url 'A FRESH URL' --config NAME=/etc/nova/nova.conf (once for each controller)")
        .verify("the same URL opens ten times of ten")
}

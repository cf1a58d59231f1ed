//! The proxy refuses the browser because the page's scheme is not the one of the URL that nova made.

use super::Cause;
use super::balancer_words::{ConsoleDoor, balancer_remedy, console_doors, origin_taken};
use super::console_words::{base_urls, placed};
use super::knock_words::{Minds, origin_split};
use super::session_words::{accepted, ended_with, told};

use crate::console::access_url::Scheme;
use crate::evidence::log::Failure;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "origin-protocol-refused",
    home: 13,
    releases: "15-34",
    severity: Severity::Error,
    field: &["C4"],
    title: "the page is https and nova's URL is http, or the other way round",
    needs: &[Need::Logs, Need::Probe, Need::Token],
    symptoms: &[Symptom::HangsUp],
    explanation: "\
nova-novncproxy compares the scheme of the browser's Origin with that of the token's access URL, which is `[vnc]
novncproxy_base_url` of the compute node (nova/console/websocketproxy.py, verify_origin_proto). With TLS at a balancer and a base URL of
http:// every browser is refused after the 101: the log says `Origin header protocol does not match this host.`, the
browser code 1006, and a client without Origin passes. From 18.2.0 and 19 on the header X-Forwarded-Proto, where there is one,
stands in for the Origin's scheme; a balancer in TCP mode cannot add it.

Write https:// in novncproxy_base_url of every compute node and restart nova-compute. Tokens made before keep the old URL.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let host_told = before.iter().any(|f| {
        f.cause == "origin-host-refused" && f.severity == Severity::Error && f.confidence > Confidence::Possible
    });
    let found = logged(case);
    if found.is_some() || host_told {
        return found.into_iter().collect();
    }
    stored(case).or_else(|| probed(case)).or_else(|| balanced(case)).into_iter().collect()
}

/// First release whose proxy takes X-Forwarded-Proto for the Origin's scheme; Rocky's point release 18.2.0 does too.
const FORWARDED: u16 = 18;

/// A balancer's file names another scheme in X-Forwarded-Proto than nova's URL has, or sends browsers on to another.
fn balanced(case: &Case) -> Option<Finding> {
    if origin_taken(case) {
        return None;
    }
    let holds = case.releases.within(|release| release >= FORWARDED);
    let bases = base_urls(case);
    console_doors(case).iter().filter(|door| door.door.http).find_map(|door| {
        let base = bases.iter().find(|base| door.takes(base.url)).or(bases.first())?;
        let secure = base.url.scheme.is_secure();
        let hands_out = format!("{} hands out {}", base.host.name(), base.url.page_url());
        let forwarded = door.door.proto.as_ref().and_then(|(value, at)| Some((said(door, value)?, *at)));
        if let Some((scheme, at)) = forwarded.filter(|(scheme, _)| (*scheme == "https") != secure && !holds.is_empty()) {
            let message = format!(
                "{} says X-Forwarded-Proto: {scheme}, and nova's URL is {}: nova-novncproxy refuses the browser's Origin",
                door.who(),
                base.url.scheme
            );
            let draft = Draft::new(&META, case.severity_over(&holds), message).likely().releases(Case::span(&holds));
            let text = "let X-Forwarded-Proto name the scheme that the browser shows, and novncproxy_base_url of the compute nodes have the same";
            return Some(door.at(draft.seen(hands_out), at).remedy(balancer_remedy(door, text)).done());
        }
        let at = door.door.to_https.filter(|_| !secure && door.takes(base.url) && door.door.proto.is_none())?;
        let message = format!(
            "{} sends browsers on to https, and nova's URL is http: nova-novncproxy refuses the browser's Origin",
            door.who()
        );
        let draft = door.at(Draft::error(&META, message).likely().seen(hands_out), at);
        Some(draft.remedy(remedy()).done())
    })
}

/// The scheme that a value of X-Forwarded-Proto comes to, where that is known.
fn said(door: &ConsoleDoor, value: &str) -> Option<&'static str> {
    let tls = |wanted: bool| !door.door.binds.is_empty() && door.door.binds.iter().all(|bind| bind.tls == wanted);
    match value {
        "https" => Some("https"),
        "http" => Some("http"),
        "$scheme" if tls(true) => Some("https"),
        "$scheme" if tls(false) => Some("http"),
        _ => None,
    }
}

fn logged(case: &Case) -> Option<Finding> {
    let is = |failure: &Failure| matches!(failure, Failure::OriginProtocol);
    // a look of our own without Origin opens, and cures nothing
    let own = origin_split(case).is_some();
    let told = told(case, |view| ended_with(view, is), |_, later| !own && accepted(later))?;
    let view = told.view;
    let draft = Draft::new(
        &META,
        told.severity,
        "nova-novncproxy refuses the browser: the page's scheme is not that of novncproxy_base_url",
    )
    .confidence(told.confidence)
    .host(view.host)
    .service(Service::Novncproxy)
    .at_line(&view.log.path, view.line())
    .seen(format!("{}: Origin header protocol does not match this host", view.at()));
    Some(with_base_url(case, draft).done())
}

/// The page that was asked about has another scheme than the URL kept with the token.
fn stored(case: &Case) -> Option<Finding> {
    let page = case.evidence.target.url.as_ref()?;
    let kept = case.token.as_ref()?.connect_info()?.access_url.as_ref()?;
    if page.scheme.is_secure() == kept.scheme.is_secure() {
        return None;
    }
    let draft = Draft::error(
        &META,
        format!(
            "the page is {} and the token's URL {}: nova-novncproxy refuses the browser's Origin",
            page.scheme, kept.scheme
        ),
    )
    .likely()
    .service(Service::Novncproxy)
    .seen(format!("connect_info of the token: {}", kept.page_url()));
    Some(with_base_url(case, draft).done())
}

/// The same request with Origin is cut off at once, without it a VNC server answers.
fn probed(case: &Case) -> Option<Finding> {
    let split = origin_split(case).filter(|split| split.minds != Minds::Host)?;
    let sure = split.minds == Minds::Scheme;
    let what = if sure { "its scheme is not that of nova's URL" } else { "its host or its scheme is not accepted" };
    let message = format!("{} refuses the browser's Origin {}: {what}", split.peer, split.origin);
    let mut draft = Draft::error(&META, message).service(Service::Novncproxy);
    for words in split.words() {
        draft = draft.seen(words);
    }
    let draft = if sure && split.is_sure() {
        draft.likely()
    } else {
        draft.possible().seen(
            "the line `Origin header protocol does not match this host.` in nova-novncproxy's log says so: give --log",
        )
    };
    Some(with_base_url(case, draft).done())
}

/// The compute nodes' base URL is the line to change, if its scheme is http.
fn with_base_url(case: &Case, draft: Draft) -> Draft {
    match base_urls(case).into_iter().find(|base| base.url.scheme == Scheme::Http) {
        Some(base) => {
            let draft = draft.seen(format!("{} hands out {}", base.host.name(), base.url.page_url()));
            let draft = draft.host(base.host.host).service(Service::Compute);
            placed(draft, base.host, Service::Compute, base.setting).remedy(remedy())
        }
        None => draft.remedy(remedy()),
    }
}

fn remedy() -> Remedy {
    Remedy::new(
        "in nova.conf of every compute node write novncproxy_base_url with the scheme that the browser shows; where a balancer sets \
         X-Forwarded-Proto (honoured from 18.2.0 on) it must name that scheme too",
    )
    .restart("nova-compute")
    .verify("ask for a new console URL and open it: tokens made before keep the old scheme")
}

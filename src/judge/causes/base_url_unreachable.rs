//! The URL that nova hands out names a place where the user's browser cannot get.

use super::Cause;
use super::console_words::{
    Compute, authority, compute_remedy, computes, confidence, placed, readings, severity, spoken,
};
use super::wire_words::url_unreached;
use crate::console::access_url::AccessUrl;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::evidence::site::{is_loopback, is_wildcard};
use crate::finding::{CauseMeta, Finding, Need, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;
use crate::oslo::config::{Outcome, Setting};

const META: CauseMeta = CauseMeta {
    id: "base-url-unreachable",
    home: 8,
    releases: "15-34",
    severity: Severity::Error,
    field: &["C1"],
    title: "the console URL names a place where browsers cannot get",
    needs: &[Need::Config, Need::Token, Need::Probe],
    symptoms: &[],
    explanation: "\
The URL of a console is `[vnc] novncproxy_base_url` of the compute node that runs the instance, plus the token
(nova/compute/manager.py, get_vnc_console). What the controllers have there is not read. The default is
http://127.0.0.1:6080/vnc_auto.html, which is the user's own machine. It has to name the proxy, or the balancer before it, as
browsers reach it: no loopback, no 0.0.0.0, no name that only the cluster resolves, no virtual address that has moved.

Set it on every compute node and restart nova-compute. URLs handed out before keep the old value.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let computes = computes(case);
    let mut found: Vec<Finding> = computes.iter().filter_map(|compute| configured(case, compute, before)).collect();
    if found.is_empty() {
        found.extend(handed_out(case));
        if found.is_empty() {
            found.extend(dialled(case));
        }
    }
    found.extend(differ(case, &computes));
    found
}

/// `[vnc] novncproxy_base_url`, by the rules of every release that the evidence fits.
fn option(_: u16) -> (&'static str, &'static str) {
    ("vnc", "novncproxy_base_url")
}

fn configured(case: &Case, compute: &Compute, before: &[Finding]) -> Option<Finding> {
    let host = compute.host;
    let readings = readings(host, Service::Compute, &case.releases.candidates, option);
    let (what, reading) = readings.iter().find_map(|reading| Some((wrong(compute, &reading.setting)?, reading)))?;
    let set = reading.setting.is_set();
    if spoken(before, "nova-conf-refused", host, "novncproxy_base_url") || (!set && compute.basis == Basis::Maybe) {
        return None;
    }
    // what was to set it is told by itself
    if !set && case.slipped(host, "vnc", "novncproxy_base_url") {
        return None;
    }
    let name = host.name();
    let message = if set {
        format!("{name} hands out console URLs with {}", what.text)
    } else {
        format!("{name} does not set [vnc] novncproxy_base_url: it hands out console URLs with {}", what.text)
    };
    let severity = severity(case, compute.basis, &reading.releases);
    let mut draft = Draft::new(&META, severity, message)
        .releases(Case::span(&reading.releases))
        .confidence(confidence(compute.basis).min(what.confidence))
        .host(host.host)
        .service(Service::Compute)
        .remedy(remedy(&format!("in nova.conf of {name}")));
    if let Some(why) = what.because {
        draft = draft.seen(why);
    }
    if compute.basis == Basis::Maybe {
        draft = draft.seen("only nova-compute reads it; whether it runs here is not known");
    }
    Some(placed(draft, host, Service::Compute, &reading.setting).done())
}

/// What is wrong with a URL, in words.
struct Wrong {
    text: String,
    because: Option<String>,
    confidence: crate::finding::Confidence,
}

fn wrong(compute: &Compute, setting: &Setting) -> Option<Wrong> {
    use crate::finding::Confidence::{Certain, Likely};
    let text = match &setting.value {
        Outcome::Value(value) => value.text(),
        Outcome::Refused(_) => {
            let text = "none: nova refuses novncproxy_base_url, which is no URL".to_owned();
            return Some(Wrong { text, because: None, confidence: Certain });
        }
        Outcome::Unknown(_) => return None,
    };
    let host = match AccessUrl::parse(&text) {
        Ok((url, _)) => url.host,
        Err(problem) => return Some(Wrong { text: format!("no use: {problem}"), because: None, confidence: Certain }),
    };
    if is_wildcard(&host) {
        let text = format!("{host}, an address to listen on that no browser can dial");
        return Some(Wrong { text, because: None, confidence: Certain });
    }
    if is_loopback(&host) {
        let why = compute.host.loopback_is_private.as_ref()?;
        let because = Some(format!("{} is no single machine: {why}", compute.host.name()));
        return Some(Wrong { text: format!("{host}, the user's own machine"), because, confidence: Certain });
    }
    let inner = host.to_lowercase();
    let inner = inner.trim_end_matches('.').trim_end_matches(".cluster.local");
    if inner.rsplit_once('.').is_some_and(|(_, last)| last == "svc") {
        let text = format!("{host}, a name that only the cluster resolves");
        return Some(Wrong { text, because: None, confidence: Likely });
    }
    None
}

/// The URL that was asked about, or the one that the token's value holds.
fn handed_out(case: &Case) -> Option<Finding> {
    let held = case.token.as_ref().and_then(|token| token.connect_info()).and_then(|info| info.access_url.as_ref());
    let url = case.evidence.target.url.as_ref().or(held)?;
    let private = case.hosts.iter().find_map(|host| host.loopback_is_private.clone());
    let (what, why) = match &url.host {
        host if is_wildcard(host) => ("an address to listen on that no browser can dial".to_owned(), None),
        host if is_loopback(host) => ("the user's own machine".to_owned(), Some(private?)),
        _ => return None,
    };
    let mut draft = Draft::error(&META, format!("the console URL names {}, {what}", url.host))
        .service(Service::Compute)
        .likely()
        .remedy(remedy("on the compute node of this instance, in nova.conf"));
    if let Some(why) = why {
        draft = draft.seen(format!("the site is no single machine: {why}"));
    }
    Some(draft.done())
}

/// The URL's host could not be dialled from here. Where only files name it, users may have a way that we have not.
fn dialled(case: &Case) -> Option<Finding> {
    let dial = url_unreached(case)?;
    let message =
        format!("{}, where the console URL leads, is not reached: {}", authority(&dial.host, dial.port), dial.words);
    let severity = if dial.given { Severity::Error } else { Severity::Note };
    let draft = Draft::new(&META, severity, message)
        .service(Service::Compute)
        .seen(format!("dialled from {}: {}", dial.from, dial.words));
    let draft = if dial.given {
        draft.likely()
    } else {
        draft.possible().seen("users may reach it where this machine does not")
    };
    Some(draft.remedy(remedy("on every compute node, in nova.conf")).done())
}

/// Compute nodes may well serve several fronts, but it is worth knowing.
fn differ(case: &Case, computes: &[Compute]) -> Option<Finding> {
    let release = [case.releases.newest()];
    let values: Vec<(&Compute, String)> = computes
        .iter()
        .filter(|compute| compute.basis > Basis::Maybe)
        .filter_map(|compute| {
            let reading = readings(compute.host, Service::Compute, &release, option).into_iter().next()?;
            let text = reading.text()?.to_owned();
            reading.setting.is_set().then_some((compute, text))
        })
        .collect();
    let (first, url) = values.first()?;
    let (other, unlike) = values.iter().find(|(_, text)| text != url)?;
    let message =
        format!("{} and {} hand out different console URLs: {url} and {unlike}", first.host.name(), other.host.name());
    let reading = readings(other.host, Service::Compute, &release, option).into_iter().next()?;
    let draft = Draft::note(&META, message)
        .host(other.host.host)
        .service(Service::Compute)
        .remedy(compute_remedy("if that is not meant, give every compute node the same [vnc] novncproxy_base_url"));
    Some(placed(draft, other.host, Service::Compute, &reading.setting).done())
}

fn remedy(place: &str) -> crate::finding::Remedy {
    compute_remedy(format!(
        "{place}:\n[vnc]\nnovncproxy_base_url = http://NAME-USERS-REACH:6080/vnc_auto.html (or https, and vnc_lite.html with noVNC 1.0 and newer)"
    ))
}

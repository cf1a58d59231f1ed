//! The proxy refuses the browser because the page's host is not the host it was asked as.

use super::Cause;
use super::console_words::{proxies, proxy_remedy};
use super::knock_words::{Minds, origin_split};
use super::session_words::{accepted, ended_with, told};

use crate::evidence::host::ConfigFile;
use crate::evidence::log::Failure;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::judge::words::list;
use crate::oslo::ini::Entry;

const META: CauseMeta = CauseMeta {
    id: "origin-host-refused",
    home: 13,
    releases: "15-34",
    severity: Severity::Error,
    field: &["C5"],
    title: "the proxy takes the browser for a page of another site",
    needs: &[Need::Logs, Need::Probe, Need::Config],
    explanation: "\
A browser names the page's site in the header Origin. nova-novncproxy takes only a host that is the one in the Host header, or
one listed in `[console] allowed_origins` (nova/console/websocketproxy.py, verify_origin and new_websocket_client). It looks after
the 101 and after the token: the log says `Origin header does not match this host.`, the browser code 1006. A balancer that
writes its own Host header does that, and so does a page of another portal. A client without Origin passes, so a test
with a script works.

Entries of allowed_origins are host names and nothing else: with a scheme, a port, a path or a `*` they never match. Let the
balancer keep the Host header, or list the name that the browser shows, on every host that runs nova-novncproxy.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let misspelt = misspelt(case);
    // an entry that never matches is the reason once a refusal is seen
    match (logged(case).or_else(|| probed(case)), misspelt.first()) {
        (Some(refused), Some(entry)) => vec![
            refused
                .host(entry.host.host)
                .at_value(entry.file, entry.entry)
                .seen(entry.message())
                .remedy(entry.remedy())
                .done(),
        ],
        (Some(refused), None) => vec![refused.done()],
        (None, _) => misspelt.iter().map(Misspelt::finding).collect(),
    }
}

fn logged(case: &Case) -> Option<Draft> {
    let is = |failure: &Failure| matches!(failure, Failure::OriginHost | Failure::OriginInvalid);
    // a look of our own without Origin opens, and cures nothing
    let own = origin_split(case).is_some();
    let told = told(case, |view| ended_with(view, is), |_, later| !own && accepted(later))?;
    let host = told.view.host;
    Some(
        Draft::new(&META, told.severity, format!("nova-novncproxy on {} refuses the browser's Origin: its host is neither the Host header's nor in allowed_origins", named(&host.name)))
            .confidence(told.confidence)
            .host(host)
            .service(Service::Novncproxy)
            .at_line(&told.view.log.path, told.view.session.line)
            .seen(format!("{}: Origin header does not match this host", told.view.at()))
            .remedy(remedy(case)),
    )
}

/// The same request with Origin is cut off at once, without it a VNC server answers.
fn probed(case: &Case) -> Option<Draft> {
    let split = origin_split(case).filter(|split| split.minds != Minds::Scheme)?;
    let what = if split.minds == Minds::Either {
        "its host or its scheme is not accepted"
    } else {
        "its host is not accepted"
    };
    let message = match &split.known_as {
        Some(host) => format!(
            "{} refuses the browser's Origin {}: the Host header that reaches it names {host}",
            split.peer, split.origin
        ),
        None => format!("{} refuses the browser's Origin {}: {what}", split.peer, split.origin),
    };
    let mut draft = Draft::error(&META, message).service(Service::Novncproxy);
    for words in split.words() {
        draft = draft.seen(words);
    }
    let draft = if split.minds == Minds::Either || !split.is_sure() {
        draft.possible().seen(
            "the line `Origin header ... does not match this host` in nova-novncproxy's log says which: give --log",
        )
    } else {
        draft.likely()
    };
    Some(draft.remedy(remedy(case)))
}

/// Entries of allowed_origins that are no bare host names.
struct Misspelt<'c, 'e> {
    host: &'c HostView<'e>,
    file: &'e ConfigFile,
    entry: &'e Entry,
    odd: Vec<String>,
}

impl Misspelt<'_, '_> {
    fn message(&self) -> String {
        let verb = if self.odd.len() == 1 { "matches" } else { "match" };
        format!("allowed_origins of {} takes bare host names: {} never {verb}", self.host.name(), list(&self.odd))
    }

    fn remedy(&self) -> Remedy {
        let bare: Vec<String> = self.odd.iter().map(|item| bare(item)).collect();
        proxy_remedy(format!("write host names without scheme, port and path: {}", list(&bare)))
    }

    fn finding(&self) -> Finding {
        Draft::warning(&META, self.message())
            .likely()
            .host(self.host.host)
            .service(Service::Novncproxy)
            .at_value(self.file, self.entry)
            .remedy(self.remedy())
            .done()
    }
}

fn misspelt<'c, 'e>(case: &'c Case<'e>) -> Vec<Misspelt<'c, 'e>> {
    let mut found = Vec::new();
    for (host, config) in proxies(case, Basis::Guessed) {
        let setting = config.get("console", "allowed_origins");
        let Some(items) = config.list("console", "allowed_origins") else { continue };
        let odd: Vec<String> = items.into_iter().filter(|item| !is_bare_host(item)).collect();
        let (Some((file, entry)), false) = (host.entry(&setting), odd.is_empty()) else { continue };
        found.push(Misspelt { host, file, entry, odd });
    }
    found
}

/// nova compares with `urlparse(origin).hostname`: lower case, an IPv6 address without brackets.
fn is_bare_host(item: &str) -> bool {
    let plain = !item.is_empty() && !item.contains(|c: char| c.is_whitespace() || "/*?#@[]\"'".contains(c));
    let port = item.matches(':').count() == 1;
    plain && !port
}

fn bare(item: &str) -> String {
    let rest = item.split_once("://").map_or(item, |(_, rest)| rest);
    let host = crate::evidence::site::host_of(rest.trim_matches(['"', '\'']));
    if host.is_empty() || host.contains('*') { "each name by itself".to_owned() } else { host.to_lowercase() }
}

fn named(host: &str) -> &str {
    if host.is_empty() { "this host" } else { host }
}

fn remedy(case: &Case) -> Remedy {
    let seen = case.evidence.target.url.as_ref().map_or("NAME-IN-THE-BROWSER", |url| url.host.as_str());
    let text = format!(
        "let the balancer pass the Host header unchanged, or on every host that runs nova-novncproxy:\n[console]\nallowed_origins = {seen}"
    );
    proxy_remedy(text)
}

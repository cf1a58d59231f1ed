//! The proxy refuses the browser because the page's host is not the host it was asked as.

use super::Cause;
use super::balancer_words::{ConsoleDoor, balancer_remedy, console_doors, console_urls, origin_taken};
use super::console_words::{proxies, proxy_remedy};
use super::knock_words::{Minds, origin_split};
use super::session_words::{accepted, ended_with, told};
use crate::balancer::{At, HostHeader, Kind};
use crate::evidence::host::ConfigFile;
use crate::evidence::log::Failure;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::judge::words::{list, named};
use crate::oslo::ini::Entry;

const META: CauseMeta = CauseMeta {
    id: "origin-host-refused",
    home: 13,
    releases: "15-34",
    severity: Severity::Error,
    field: &["C5"],
    title: "the proxy takes the browser for a page of another site",
    needs: &[Need::Logs, Need::Probe, Need::Config],
    symptoms: &[Symptom::HangsUp],
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
    let rewritten = rewritten(case);
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
        (Some(refused), None) => vec![
            match &rewritten {
                Some(rewritten) => rewritten.explains(refused),
                None => refused,
            }
            .done(),
        ],
        (None, None) => rewritten.iter().map(Rewritten::finding).collect(),
        (None, Some(_)) => misspelt.iter().map(Misspelt::finding).collect(),
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
            .at_line(&told.view.log.path, told.view.line())
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

/// A balancer that asks the proxy as another host than the browser does.
struct Rewritten<'c, 'e> {
    door: ConsoleDoor<'c, 'e>,
    to: String,
    at: Option<At<'e>>,
    /// The host that browsers name, where a URL tells it.
    asked: Option<String>,
    /// What the proxies allow was seen.
    sure: bool,
}

impl Rewritten<'_, '_> {
    fn words(&self) -> String {
        let default = if self.at.is_none() { ", its default" } else { "" };
        let asked = self.asked.as_ref().map(|host| format!(", and browsers come from {host}")).unwrap_or_default();
        format!("{} asks nova-novncproxy as {:?}{default}{asked}", self.door.who(), self.to)
    }

    fn remedy(&self) -> Remedy {
        let keep = match self.door.door.kind {
            Kind::Haproxy => "take the rule out that sets Host",
            Kind::Nginx => "write `proxy_set_header Host $host;` in the location",
        };
        let name = self.asked.as_deref().unwrap_or("NAME-IN-THE-BROWSER");
        balancer_remedy(
            &self.door,
            format!("{keep}, or list {name} in [console] allowed_origins of every nova-novncproxy"),
        )
    }

    /// A refusal that was seen has its line.
    fn explains(&self, refused: Draft) -> Draft {
        self.door.at_or_here(refused.likely().seen(self.words()), self.at).remedy(self.remedy())
    }

    fn finding(&self) -> Finding {
        let message = format!("{}: the proxy refuses the browser's Origin", self.words());
        let draft = if self.sure { Draft::error(&META, message) } else { Draft::warning(&META, message) };
        let draft = match (self.sure, &self.asked) {
            (true, Some(_)) => draft.confidence(self.door.confidence()),
            (true, None) => draft.likely(),
            (false, _) => draft
                .possible()
                .seen("[console] allowed_origins of the proxies may list the browser's host: give --config of them"),
        };
        self.door.at_or_here(draft, self.at).remedy(self.remedy()).done()
    }
}

fn rewritten<'c, 'e>(case: &'c Case<'e>) -> Option<Rewritten<'c, 'e>> {
    if origin_taken(case) {
        return None;
    }
    let proxies = proxies(case, Basis::Guessed);
    let allowed: Vec<String> =
        proxies.iter().flat_map(|(_, config)| config.list("console", "allowed_origins").unwrap_or_default()).collect();
    let urls = console_urls(case);
    console_doors(case).into_iter().filter(|door| door.door.http).find_map(|door| {
        let HostHeader::Set { to, at } = door.door.host.clone() else { return None };
        let here: Vec<&str> = urls.iter().filter(|url| door.takes(url)).map(|url| url.host.as_str()).collect();
        let fits =
            |host: &str| host.eq_ignore_ascii_case(&to) || allowed.iter().any(|one| one.eq_ignore_ascii_case(host));
        let asked = here.iter().find(|host| !fits(host)).map(|host| (*host).to_owned());
        // without a URL, a host that is one of the balancer's own names may be the browser's
        let own = asked.is_none()
            && (!here.is_empty()
                || !allowed.is_empty()
                || door.door.names.iter().any(|name| fits(name) && at.is_some()));
        (!own).then_some(Rewritten { door, to, at, asked, sure: !proxies.is_empty() })
    })
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

fn remedy(case: &Case) -> Remedy {
    let seen = case.evidence.target.url.as_ref().map_or("NAME-IN-THE-BROWSER", |url| url.host.as_str());
    let text = format!(
        "let the balancer pass the Host header unchanged, or on every host that runs nova-novncproxy:\n[console]\nallowed_origins = {seen}"
    );
    proxy_remedy(text)
}

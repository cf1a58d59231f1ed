//! Which releases the evidence fits: one where it was told, else every one that is not excluded.

use crate::console::access_url::{ConsoleType, TokenIn};
use crate::console::microversion::Microversion;
use crate::console::release::Release;
use crate::evidence::Evidence;
use crate::evidence::host::{Host, ServiceConfig};
use crate::evidence::log::{Event, Failure};
use crate::evidence::memcached::Found;
use crate::evidence::process::Service;

/// The releases to judge by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Releases {
    /// Every release that the evidence fits, ascending; never empty.
    pub candidates: Vec<u16>,
    /// The one that was told, with its point version if that was.
    pub exact: Option<Release>,
    /// By whom: flag, package, logs, api, page, config or unknown.
    pub from: &'static str,
}

/// Oldest release whose configuration is judged.
const OLDEST: u16 = 15;

impl Releases {
    /// Told by the flag, else by packages, else by what services log at start, else by nova-api's newest microversion, which
    /// some releases share; else narrowed by the URL's form, by configuration, by where the token lies and by what proxies log.
    pub fn of(evidence: &Evidence) -> Self {
        let told = evidence
            .release
            .map(|release| (release, "flag"))
            .or_else(|| packaged(evidence).map(|release| (release, "package")))
            .or_else(|| logged(evidence).map(|release| (release, "logs")));
        if let Some((release, from)) = told {
            return Self { candidates: vec![release.number], exact: Some(release), from };
        }
        let mut candidates: Vec<u16> = (OLDEST..=Release::NEWEST).collect();
        let mut from = "unknown";
        let spoken = spoken(evidence);
        if let [only] = spoken[..]
            && let Some(release) = Release::from_number(only)
        {
            return Self { candidates: vec![only], exact: Some(release), from: "api" };
        }
        if candidates.iter().any(|number| spoken.contains(number)) {
            candidates.retain(|number| spoken.contains(number));
            from = "api";
        }
        if token_in_query(evidence) {
            from = narrow(&mut candidates, from, "page", |number| number <= 19);
        }
        if runs_consoleauth(evidence) || token_in_memcached(evidence) {
            from = narrow(&mut candidates, from, "config", |number| number <= 19);
        }
        if let Some((first, last)) = spoken_of(evidence) {
            from = narrow(&mut candidates, from, "logs", |number| (first..=last).contains(&number));
        }
        if workaround_named(evidence) {
            from = narrow(&mut candidates, from, "config", |number| number == 18 || number == 19);
        }
        Self { candidates, exact: None, from }
    }

    /// The candidates within a range, as `14-17`; `None` if none is.
    pub fn within(&self, holds: impl Fn(u16) -> bool) -> Vec<u16> {
        self.candidates.iter().copied().filter(|&number| holds(number)).collect()
    }

    /// The newest candidate: where releases do not differ, it stands for all.
    pub fn newest(&self) -> u16 {
        self.candidates.last().copied().unwrap_or(Release::NEWEST)
    }
}

/// Keeps the candidates that configuration fits, unless none is left: what the API told is sure, and a leftover of an older
/// release is none of it.
fn narrow(candidates: &mut Vec<u16>, from: &'static str, by: &'static str, fits: impl Fn(u16) -> bool) -> &'static str {
    if !candidates.iter().any(|number| fits(*number)) {
        return from;
    }
    candidates.retain(|number| fits(*number));
    by
}

/// The URL is in the form that nova made up to Stein: from Train (20) on, and in the last of Rocky and Stein, the token stands in
/// `path=` (nova/compute/manager.py, get_vnc_console; nova/objects/console_auth_token.py, access_url).
fn token_in_query(evidence: &Evidence) -> bool {
    let url = evidence.target.url.as_ref();
    url.is_some_and(|url| url.token_in == TokenIn::Query && url.console_type == ConsoleType::Novnc)
}

/// A memcached holds the token: nova-consoleauth, which ends with Stein (19), wrote it there.
fn token_in_memcached(evidence: &Evidence) -> bool {
    let keys = evidence.memcached.iter().flat_map(|seen| &seen.saw.keys);
    keys.into_iter().any(|key| matches!(key.found, Found::Present { .. } | Found::TooLarge { .. }))
}

/// The releases that write what the newest telling line of the proxies' logs says. A line that hides the token counts only where
/// the same log shows tokens elsewhere: somebody may have hidden them since.
fn spoken_of(evidence: &Evidence) -> Option<(u16, u16)> {
    let logs = evidence.hosts.iter().flat_map(|host| &host.logs);
    let telling = logs.flat_map(|log| {
        let open = log.events.iter().any(|line| matches!(line.event, Event::Path { .. }) && line.token.is_some());
        log.events.iter().filter_map(move |line| Some((line.at, tells(&line.event, open)?)))
    });
    let newest = telling.max_by(|a, b| a.0.unwrap_or_default().total_cmp(&b.0.unwrap_or_default()));
    newest.map(|(_, span)| span)
}

/// The releases in which nova-novncproxy refuses a token with such a line: it hides the token from Rocky (18) on, and reads the
/// cell database itself (nova/console/websocketproxy.py, nova/objects/console_auth_token.py).
fn tells(event: &Event, open: bool) -> Option<(u16, u16)> {
    match event {
        Event::HandlerException { failure: Failure::TokenInvalid { masked: false } | Failure::TokenEmpty } => {
            Some((OLDEST, 17))
        }
        Event::HandlerException { failure: Failure::TokenInvalid { masked: true } } if open => {
            Some((18, Release::NEWEST))
        }
        Event::TokenValidated { .. } | Event::TokenAuthorized { .. } | Event::TokenUnknown => {
            Some((18, Release::NEWEST))
        }
        Event::SessionLimit { .. } => Some((29, Release::NEWEST)),
        _ => None,
    }
}

/// The releases that end with nova-api's newest microversion.
fn spoken(evidence: &Evidence) -> Vec<u16> {
    let versions = evidence.api.as_ref().and_then(|api| api.microversions.as_ref());
    versions.and_then(|known| known.newest.parse::<Microversion>().ok()).map(Microversion::releases).unwrap_or_default()
}

/// `14-17, 19` for a list of release numbers.
pub fn span(numbers: &[u16]) -> String {
    let mut parts: Vec<(u16, u16)> = Vec::new();
    for &number in numbers {
        match parts.last_mut() {
            Some((_, end)) if *end + 1 == number => *end = number,
            _ => parts.push((number, number)),
        }
    }
    let words: Vec<String> = parts
        .into_iter()
        .map(|(start, end)| if start == end { start.to_string() } else { format!("{start}-{end}") })
        .collect();
    words.join(", ")
}

/// The version of nova that packages name; the oldest of several, which is the one that lags in an upgrade.
fn packaged(evidence: &Evidence) -> Option<Release> {
    evidence.hosts.iter().flat_map(packages).min_by_key(|release| (release.number, release.point))
}

/// The version that the newest start line in any log names.
fn logged(evidence: &Evidence) -> Option<Release> {
    let all = evidence.hosts.iter().flat_map(starts).map(|(at, release)| (at.unwrap_or_default(), release));
    all.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, release)| release)
}

/// nova on one host: by its packages where all are of one release, else by the newest start line with a time.
pub fn of_host(host: &Host) -> Option<Release> {
    let packaged: Vec<Release> = packages(host).collect();
    if let Some(first) = packaged.first() {
        return packaged.iter().all(|one| one.number == first.number).then_some(*first);
    }
    let timed = starts(host).filter_map(|(at, release)| Some((at?, release)));
    timed.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, release)| release)
}

/// The versions of nova that a host's packages name.
fn packages(host: &Host) -> impl Iterator<Item = Release> {
    let nova = host.packages.iter().filter(|package| package.name.contains("nova") && !package.name.contains("novnc"));
    nova.filter_map(|package| Release::parse(&package.upstream).ok())
}

/// The versions that services of a host log at their start, and when.
fn starts(host: &Host) -> impl Iterator<Item = (Option<f64>, Release)> {
    host.logs.iter().flat_map(|log| &log.events).filter_map(|line| match &line.event {
        Event::Started { version, .. } => Some((line.at, Release::parse(version).ok()?)),
        _ => None,
    })
}

/// Whether a nova-consoleauth is named, runs or logs: the service ends with Stein (19).
fn runs_consoleauth(evidence: &Evidence) -> bool {
    evidence.hosts.iter().any(|host| {
        host.configs.iter().any(names_consoleauth)
            || host.processes.iter().any(|process| process.service == Service::Consoleauth)
            || host.logs.iter().any(|log| log.roles.contains(&Service::Consoleauth))
    })
}

/// Whether a configuration is nova-consoleauth's own. `controller` and `all` name it among others, whatever the release.
pub fn names_consoleauth(config: &ServiceConfig) -> bool {
    config.service == Some(Service::Consoleauth) && config.told_by.as_deref() != Some("flag-group")
}

/// Whether a file holds `[workarounds] enable_consoleauth`, which only Rocky and Stein know.
fn workaround_named(evidence: &Evidence) -> bool {
    evidence
        .hosts
        .iter()
        .flat_map(|host| &host.files)
        .flat_map(|file| &file.parsed.entries)
        .any(|entry| entry.section.eq_ignore_ascii_case("workarounds") && entry.key == "enable_consoleauth")
}

#[cfg(test)]
mod tests {
    use super::{Releases, span};
    use crate::console::access_url::AccessUrl;
    use crate::evidence::Evidence;
    use crate::evidence::host::Host;
    use crate::evidence::log::{Carried, Event, Failure, LogEvent, LogFile, TokenPrint};

    #[test]
    fn the_urls_form_tells_old_releases() {
        let of = |text: &str| {
            let mut evidence = Evidence::empty(1);
            evidence.target.url = AccessUrl::parse(text).ok().map(|(url, _)| url);
            Releases::of(&evidence)
        };
        let token = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11";
        let old = of(&format!("http://h:6080/vnc_auto.html?token={token}"));
        assert_eq!((old.candidates, old.from), (vec![15, 16, 17, 18, 19], "page"));
        // some have taken the newer form into older releases
        let new = of(&format!("http://h:6080/vnc_lite.html?path=%3Ftoken%3D{token}"));
        assert_eq!((new.candidates.first(), new.from), (Some(&15), "unknown"));
    }

    #[test]
    fn a_token_that_is_shown_or_hidden_tells_the_era() {
        let line = |at: f64, event: Event, token: bool| LogEvent {
            line: 1,
            at: Some(at),
            zone_known: false,
            pid: Some(7),
            service: None,
            request_id: None,
            event,
            token: token.then(|| TokenPrint { sha1: String::new(), sha256: String::new(), strange: false }),
        };
        let refused = |masked| Event::HandlerException { failure: Failure::TokenInvalid { masked } };
        let path = || Event::Path { path: "/".to_owned(), carried: Carried::Token };
        let of = |events: Vec<LogEvent>| {
            let mut evidence = Evidence::empty(1);
            let logs = vec![LogFile { events, ..LogFile::default() }];
            evidence.hosts.push(Host { logs, ..Host::default() });
            Releases::of(&evidence).candidates
        };
        assert_eq!(of(vec![line(1.0, refused(false), true)]), [15, 16, 17]);
        assert_eq!(of(vec![line(1.0, path(), true), line(2.0, refused(true), false)]).first(), Some(&18));
        // an upgrade lies between the two
        assert_eq!(of(vec![line(1.0, refused(false), true), line(2.0, Event::TokenUnknown, false)]).first(), Some(&18));
        // somebody has hidden the tokens of this log
        assert_eq!(of(vec![line(1.0, path(), false), line(2.0, refused(true), false)]).first(), Some(&15));
    }

    #[test]
    fn spans_are_written_as_ranges() {
        assert_eq!(span(&[15, 16, 17]), "15-17");
        assert_eq!(span(&[15, 17, 18]), "15, 17-18");
        assert_eq!(span(&[34]), "34");
        assert_eq!(span(&[]), "");
    }
}

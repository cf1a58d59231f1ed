//! The console URL lies below a path, or has arguments, and the release does not carry them through.

use super::Cause;
use super::console_words::{BaseUrl, base_urls, compute_remedy, confidence, placed};
use super::peer_words::is_literal;
use crate::console::access_url::{TokenIn, token_carrier};
use crate::console::release::Release;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "base-url-subpath",
    home: 8,
    releases: "18-34",
    severity: Severity::Warning,
    field: &["C10"],
    title: "a sub-path or argument of the console URL is lost",
    needs: &[Need::Config],
    symptoms: &[],
    explanation: "\
nova 18.2.3, 19.0.2 and Train (20) to 2024.2 (30) append `?path=%3Ftoken%3DTOKEN` to novncproxy_base_url, whatever stands there
(nova/objects/console_auth_token.py, access_url). A base URL that already has `?path=PREFIX` gets a second one; noVNC reads the last
(readQueryVariable), so the WebSocket goes to /?token=TOKEN without the prefix. The proxy takes any path; an ingress that routes by it
answers 404. Another argument at the end swallows the appended text: autoconnect=true becomes `true?path=...`. From 2025.1 (31) on
arguments are kept and path is extended. Up to Queens (17) `?token=` is appended, which ends up inside path and works.

A page below a path opens its WebSocket at the root all the same (vnc.html of noVNC 1.6 beside the page): whatever stands before the
proxy has to route both.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// First release that keeps the arguments of the base URL.
const KEPT_FROM: u16 = 31;

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    base_urls(case).iter().filter_map(|base| arguments(case, base).or_else(|| below(case, base))).collect()
}

/// The names of the arguments of a URL, in order.
fn argument_names(url: &str) -> Vec<String> {
    let Some((_, query)) = url.split_once('?') else { return Vec::new() };
    let query = query.split('#').next().unwrap_or_default();
    query
        .split('&')
        .filter_map(|pair| pair.split('=').next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Releases that append a second query.
fn losing(case: &Case) -> Vec<u16> {
    case.releases.within(|number| {
        let release = case.releases.exact.or_else(|| Release::from_number(number));
        let by_path = release.is_none_or(|release| token_carrier(release) != Some(TokenIn::Query));
        (18..KEPT_FROM).contains(&number) && by_path
    })
}

fn arguments(case: &Case, base: &BaseUrl) -> Option<Finding> {
    let raw = base.setting.raw.as_deref().filter(|raw| is_literal(raw))?;
    let names = argument_names(raw);
    let last = names.last()?;
    let holds = losing(case);
    if holds.is_empty() {
        return None;
    }
    let prefix = names.iter().any(|name| name == "path");
    let every = holds.len() == case.releases.candidates.len();
    let (name, span) = (base.host.name(), Case::span(&holds));
    let message = if prefix {
        format!("[vnc] novncproxy_base_url of {name} has an argument path, which nova {span} overrides with its own")
    } else {
        format!(
            "[vnc] novncproxy_base_url of {name} ends in an argument {last}, which nova {span} spoils by what it appends"
        )
    };
    let severity = if prefix && every { Severity::Warning } else { Severity::Note };
    let most = if every { Confidence::Likely } else { Confidence::Possible };
    let mut draft = Draft::new(&META, severity, message)
        .releases(span)
        .confidence(confidence(base.host.runs(Service::Compute)?).min(most))
        .host(base.host.host)
        .service(Service::Compute)
        .remedy(compute_remedy(if prefix {
            "before 2025.1 serve the proxy under a name of its own, or route /?token=... to it as well, and leave out path"
        } else {
            "leave out the argument; the page then takes its default"
        }));
    if !every {
        draft = draft.seen("--release NAME settles it");
    }
    Some(placed(draft, base.host, Service::Compute, base.setting).done())
}

/// A page below a path, whose WebSocket goes to the root.
fn below(case: &Case, base: &BaseUrl) -> Option<Finding> {
    let raw = base.setting.raw.as_deref()?;
    let (folder, _) = base.url.page.trim_start_matches('/').rsplit_once('/')?;
    if folder.is_empty() || argument_names(raw).iter().any(|name| name == "path") {
        return None;
    }
    let newer = case.releases.candidates.iter().all(|release| *release >= KEPT_FROM);
    let mend = if newer { format!(", or add ?path={folder} to the URL") } else { String::new() };
    let draft = Draft::note(
        &META,
        format!("console pages of {} lie below /{folder}/, and they open their WebSocket at /", base.host.name()),
    )
    .possible()
    .host(base.host.host)
    .service(Service::Compute)
    .seen("right if the balancer leads / to the proxy too, or the page is vnc.html of noVNC 1.6 or newer")
    .remedy(compute_remedy(format!("let what stands before nova-novncproxy route /?token=... to it as well{mend}")));
    Some(placed(draft, base.host, Service::Compute, base.setting).done())
}

#[cfg(test)]
mod tests {
    use super::argument_names;

    #[test]
    fn arguments_are_named_in_order() {
        assert_eq!(argument_names("https://h/a/vnc_lite.html?scale=true&path=novnc"), ["scale", "path"]);
        assert!(argument_names("https://h/vnc_lite.html?").is_empty() && argument_names("https://h/x#?a=b").len() == 1);
    }
}

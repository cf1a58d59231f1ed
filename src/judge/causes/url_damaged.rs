//! The console URL was damaged between nova and the browser, or nova makes it damaged.

use super::Cause;
use super::console_words::{Compute, compute_remedy, computes, confidence, placed, spoken};
use super::value_words::comment_at;
use crate::console::access_url::{AccessUrl, Damage};
use crate::console::release::Release;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "url-damaged",
    home: 11,
    releases: "15-34",
    severity: Severity::Error,
    field: &["C11"],
    title: "the console URL is damaged",
    needs: &[Need::Token, Need::Config],
    symptoms: &[],
    explanation: "\
nova's URL is novncproxy_base_url and `?token=TOKEN`, from 18.2.3, 19.0.2 and Train (20) on `?path=%3Ftoken%3DTOKEN`. Encoded once
more (`%253F`) the page asks for a path without a token; with `//` before the page's name nova answers HTTP 400 (21.2.3, 22.3.0, 23.0.2
and 24 on); without a scheme the browser guesses one, and nova compares its guess. Portals and chat programs do such things, and so
does a base URL with a slash too many. Marks that only copying leaves (quotes, text around the URL) are noted and no more.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// What a damage does to a console.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Harm {
    /// A mark of copying: the browser had the whole URL.
    Copied,
    /// Some browsers or releases bear it.
    Maybe,
    /// A page opened by this URL gets no console.
    Breaks,
}

fn harm(case: &Case, damage: Damage) -> Harm {
    match damage {
        Damage::LeadingText
        | Damage::Wrapped
        | Damage::FollowingText
        | Damage::Whitespace
        | Damage::InvisibleCharacter
        | Damage::TypographicDash
        | Damage::HtmlEscaped
        | Damage::Backslash
        | Damage::SchemeSlashes
        | Damage::TokenTwice
        | Damage::TrailingJunk
        | Damage::UnbracketedIpv6
        | Damage::Userinfo => Harm::Copied,
        // an address bar hides the scheme
        Damage::MissingScheme | Damage::SecondQuestionMark => Harm::Maybe,
        Damage::DoubleSlash => double_slash(case),
        Damage::DoubleEncoded
        | Damage::EncodedQuestionMark
        | Damage::EncodedEquals
        | Damage::BrokenPercent
        | Damage::PathWithoutQuestionMark
        | Damage::PathOnOtherConsole
        | Damage::Fragment
        | Damage::TokensDiffer
        | Damage::TruncatedToken
        | Damage::CapitalToken => Harm::Breaks,
    }
}

/// `URI must not start with //`: the fix of CVE-2021-3654, in these point releases and all newer ones.
fn double_slash(case: &Case) -> Harm {
    const FIXED: [(u16, (u16, u16)); 3] = [(21, (2, 3)), (22, (3, 0)), (23, (0, 2))];
    let refuses = |release: Release| {
        FIXED
            .iter()
            .find(|(number, _)| *number == release.number)
            .map_or(Some(release.number >= 24), |(number, point)| release.is_at_least(*number, *point))
    };
    let known: Vec<Option<bool>> = case
        .releases
        .candidates
        .iter()
        .filter_map(|&number| case.releases.exact.or_else(|| Release::from_number(number)))
        .map(refuses)
        .collect();
    match () {
        () if known.iter().all(|refused| *refused == Some(true)) => Harm::Breaks,
        () if known.iter().all(|refused| *refused == Some(false)) => Harm::Copied,
        () => Harm::Maybe,
    }
}

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let mut found: Vec<Finding> =
        computes(case).iter().filter_map(|compute| configured(case, compute, before)).take(1).collect();
    if found.is_empty() {
        found.extend(stored(case));
    }
    // a damage that leaves no token is told where the token is judged
    if found.is_empty() && !before.iter().any(|finding| finding.cause == "not-a-console-token") {
        found.extend(pasted(case));
    }
    found
}

/// The damage that harms most.
fn worst(damages: &[Damage], harm: impl Fn(Damage) -> Harm) -> Option<(Harm, Damage)> {
    damages.iter().rev().map(|&damage| (harm(damage), damage)).max_by_key(|(harm, _)| *harm)
}

/// In a base URL: nova puts the token behind what is there, so that a spoilt path leads elsewhere with it, and the proxy takes any.
fn before_token(case: &Case, damage: Damage) -> Harm {
    match damage {
        Damage::DoubleEncoded | Damage::PathWithoutQuestionMark => Harm::Maybe,
        other => harm(case, other),
    }
}

/// The base URL itself makes a damaged URL.
fn configured(case: &Case, compute: &Compute, before: &[Finding]) -> Option<Finding> {
    if spoken(before, "nova-conf-refused", compute.host, "novncproxy_base_url") {
        return None;
    }
    let config = compute.host.config(Service::Compute, case.releases.newest())?;
    let setting = config.get("vnc", "novncproxy_base_url");
    let text = setting.value().filter(|_| setting.is_set())?.text();
    // a comment behind it is the matter of comment-in-value
    let (url, _) = AccessUrl::parse(text.trim()).ok().filter(|_| comment_at(text.trim()).is_none())?;
    let (harm, damage) = worst(&url.damages, |damage| before_token(case, damage))?;
    let severity = match harm {
        _ if compute.basis == Basis::Maybe => Severity::Note,
        Harm::Breaks => Severity::Error,
        Harm::Maybe => Severity::Warning,
        Harm::Copied => Severity::Note,
    };
    let draft = Draft::new(
        &META,
        severity,
        format!("[vnc] novncproxy_base_url of {} is damaged: {damage}", compute.host.name()),
    )
    .confidence(confidence(compute.basis))
    .host(compute.host.host)
    .service(Service::Compute)
    .remedy(compute_remedy(format!(
        "in nova.conf of {} write [vnc] novncproxy_base_url as scheme://host:port/page.html",
        compute.host.name()
    )));
    Some(placed(draft, compute.host, Service::Compute, &setting).done())
}

/// The URL that nova keeps with the token.
fn stored(case: &Case) -> Option<Finding> {
    let url = case.token.as_ref()?.connect_info()?.access_url.as_ref()?;
    let (harm, damage) = worst(&url.damages, |damage| harm(case, damage)).filter(|(harm, _)| *harm > Harm::Copied)?;
    let severity = if harm == Harm::Breaks { Severity::Error } else { Severity::Warning };
    Some(
        Draft::new(&META, severity, format!("nova itself makes a damaged console URL: {damage}"))
            .likely()
            .service(Service::Compute)
            .seen(format!("connect_info of the token: {}", url.page_url()))
            .remedy(compute_remedy("mend [vnc] novncproxy_base_url on the compute nodes"))
            .done(),
    )
}

/// The URL as it was given to us.
fn pasted(case: &Case) -> Option<Finding> {
    let url = case.evidence.target.url.as_ref()?;
    let (harm, damage) = worst(&url.damages, |damage| harm(case, damage))?;
    let draft = match harm {
        Harm::Breaks => Draft::error(&META, format!("the console URL is damaged: {damage}")).likely(),
        Harm::Maybe => Draft::warning(&META, format!("the console URL may be damaged: {damage}")).possible(),
        Harm::Copied => Draft::note(&META, format!("the console URL was changed by copying: {damage}")),
    };
    let mut draft = draft.seen("judged is the URL as it was meant");
    for other in url.damages.iter().filter(|other| **other != damage) {
        draft = draft.seen(other.to_string());
    }
    let remedy =
        Remedy::new("open the URL exactly as nova gives it: openstack console url show --novnc SERVER -f value -c url")
            .verify("the same URL, in quotes: vncdoctor check --url 'URL'");
    Some(draft.remedy(remedy).done())
}

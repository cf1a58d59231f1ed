//! The page belongs to a noVNC that does not, or may not, read the token the way this nova hands it out.

use super::Cause;
use super::console_words::{base_urls, compute_remedy, placed};
use crate::console::access_url::{TokenIn, token_carrier};
use crate::console::release::Release;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "novnc-too-new",
    home: 8,
    releases: "15-19",
    severity: Severity::Error,
    field: &["C7"],
    title: "the page belongs to a noVNC that is too new for this nova",
    needs: &[Need::Config, Need::Probe],
    symptoms: &[],
    explanation: "\
nova up to 18.2.2, and 19.0.0 and 19.0.1, hands out `PAGE?token=TOKEN`. noVNC 1.1.0 and newer reads no such argument and sets no cookie:
it asks for /websockify without a token, the log says `The token '' is invalid or has expired` and the browser shows code 1006
(LP#1822676). vnc_lite.html came with noVNC 1.0.0, so with such a nova it works with 1.0.0 and with nothing newer. noVNC 1.2 and newer
also sends no sub-protocol, which websockify 0.8 of those releases refuses with HTTP 400. vnc.html of noVNC 1.0 does not read it either, and
where a distribution links vnc_auto.html to vnc.html, that page does not.

Keep noVNC at 1.0.0 or at 0.6 with vnc_auto.html, or take 18.2.3, 19.0.3 or Train (20) on the compute nodes.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    by_page(case).map_or_else(|| by_release(case), |found| vec![found])
}

/// The page of a URL with `?token=` reads no such argument.
fn by_page(case: &Case) -> Option<Finding> {
    case.evidence.target.url.as_ref().filter(|url| url.token_in == TokenIn::Query)?;
    let seen = case.pages().next()?;
    let novnc = seen.saw.page.as_ref().filter(|page| page.status == 200)?.novnc.as_ref()?;
    let scripts = || case.pages().skip(1).filter_map(|seen| seen.saw.page.as_ref()?.novnc.as_ref());
    if novnc.reads_token != Some(false) || scripts().any(|script| script.reads_token == Some(true)) {
        return None;
    }
    let told = scripts().chain([novnc]).min_by_key(|one| one.span().map_or(u16::MAX, |(from, to)| to - from))?;
    let message = format!(
        "the page {} of noVNC {} does not read ?token=: its WebSocket comes without a token",
        seen.saw.place(),
        told.generation
    );
    let draft = Draft::error(&META, message)
        .likely()
        .service(Service::Compute)
        .seen(format!("GET {} from {}: no script in it reads an argument token", seen.saw.place(), seen.from))
        .remedy(compute_remedy(
            "keep noVNC at 1.0.0 with vnc_lite.html on the hosts of nova-novncproxy, or take a nova that puts the token into path (18.2.3, \
             19.0.3, 20 and newer) on the compute nodes",
        ));
    Some(draft.done())
}

fn by_release(case: &Case) -> Vec<Finding> {
    let by_query = |number: &u16| {
        let release = case.releases.exact.or_else(|| Release::from_number(*number));
        release.and_then(token_carrier) == Some(TokenIn::Query)
    };
    if !case.releases.candidates.iter().all(by_query) {
        return Vec::new();
    }
    let Some(base) = base_urls(case).into_iter().find(|base| base.url.page.ends_with("/vnc_lite.html")) else {
        return Vec::new();
    };
    let draft = Draft::note(
        &META,
        format!(
            "{} hands out vnc_lite.html?token=..., which noVNC 1.0 reads and 1.1 and newer do not",
            base.host.name()
        ),
    )
    .possible()
    .releases(Case::span(&case.releases.candidates))
    .host(base.host.host)
    .service(Service::Compute)
    .seen("which noVNC the proxies have is not in nova.conf: vncdoctor check --url 'A CONSOLE URL' looks at the page")
    .remedy(compute_remedy(
        "keep noVNC at 1.0.0 on the hosts of nova-novncproxy, or take a nova that puts the token into path",
    ));
    vec![placed(draft, base.host, Service::Compute, base.setting).done()]
}

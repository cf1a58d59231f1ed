//! The page belongs to a noVNC that may not read the token the way this nova hands it out.

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
    severity: Severity::Note,
    field: &["C7"],
    title: "the page may belong to a noVNC that is too new for this nova",
    needs: &[Need::Config],
    explanation: "\
nova up to 18.2.2, and 19.0.0 and 19.0.1, hands out `PAGE?token=TOKEN`. noVNC 1.1.0 and newer reads no such argument and sets no cookie:
it asks for /websockify without a token, the log says `The token '' is invalid or has expired` and the browser shows code 1006
(LP#1822676). vnc_lite.html came with noVNC 1.0.0, so with such a nova it works with 1.0.0 and with nothing newer. noVNC 1.2 and newer
also sends no sub-protocol, which websockify 0.8 of those releases refuses with HTTP 400.

Keep noVNC at 1.0.0 or at 0.6 with vnc_auto.html, or take 18.2.3, 19.0.3 or Train (20) on the compute nodes.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
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
    vec![placed(draft, base.host, Service::Compute, &base.setting).done()]
}

//! The page that the console URL names is gone, and the same noVNC has another one.

use super::Cause;
use super::console_words::{base_urls, compute_remedy, placed};
use super::wire_words::page_missing;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "console-page-missing",
    home: 8,
    releases: "15-34",
    severity: Severity::Error,
    field: &["C8"],
    title: "the console URL names a page that this noVNC does not have",
    needs: &[Need::Probe, Need::Config],
    symptoms: &[],
    explanation: "\
`[vnc] novncproxy_base_url` ends in the name of a noVNC page, by default vnc_auto.html in every release of nova. noVNC up to 0.6 has
vnc_auto.html; 1.0 and newer have vnc_lite.html and vnc.html, and only some distributions keep a link. The browser then shows 404
(`code 404, message File not found` in nova-novncproxy's log), not code 1006; the WebSocket itself is healthy.

Write the name that the proxy has into novncproxy_base_url of every compute node: vnc_lite.html for noVNC 1.0 and newer.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let Some(missing) = page_missing(case) else { return Vec::new() };
    // without any page the files are missing, which is another cause
    let Some(there) = &missing.instead else { return Vec::new() };
    let message = format!("{} has no page {} (HTTP 404) and has {there}", missing.peer, missing.page);
    let draft = Draft::error(&META, message)
        .service(Service::Compute)
        .seen(format!("GET {} from {}: 404", missing.page, missing.from))
        .seen(format!("GET {there}: 200"))
        .remedy(compute_remedy(format!("in nova.conf of every compute node end [vnc] novncproxy_base_url in {there}")));
    let draft = match base_urls(case).into_iter().find(|base| base.url.page == missing.page) {
        Some(base) => placed(draft.host(base.host.host), base.host, Service::Compute, base.setting),
        None => draft,
    };
    vec![draft.done()]
}

//! The console page forbids the dashboard to show it in a frame.

use super::Cause;
use crate::evidence::page::Page;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "frame-refused",
    home: 12,
    releases: "15-34",
    severity: Severity::Warning,
    field: &["D9"],
    title: "a header keeps the console page out of the dashboard's frame",
    needs: &[Need::Probe],
    symptoms: &[],
    explanation: "\
The dashboard shows the console page in a frame of its own page. A balancer that adds `X-Frame-Options: DENY` or `SAMEORIGIN`, or a
`Content-Security-Policy` with `frame-ancestors 'none'` or `'self'`, makes browsers leave that frame empty wherever the console has another
scheme, host or port than the dashboard. Opened in a window of its own the same URL works. nova-novncproxy sends neither header.

Let the balancer leave both out for the console, or name the dashboard in frame-ancestors.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let Some(seen) = case.pages().next() else { return Vec::new() };
    let Some(header) = seen.saw.page.as_ref().filter(|page| page.status == 200).and_then(refusal) else {
        return Vec::new();
    };
    let message = format!("the console page of {} does not let a dashboard show it in a frame: {header}", seen.peer);
    // on a port of its own the console is another site than the dashboard for certain
    let url = case.evidence.target.url.as_ref();
    let apart = url.is_some_and(|url| url.port != url.scheme.default_port());
    let draft = if apart { Draft::warning(&META, message) } else { Draft::note(&META, message) };
    vec![
        draft
            .possible()
            .seen("right only where the dashboard has the same scheme, host and port, or opens consoles in a window")
            .remedy(Remedy::new(
                "let what stands before nova-novncproxy leave X-Frame-Options out for the console, and name the dashboard in frame-ancestors",
            ))
            .done(),
    ]
}

/// The header that refuses every other site. `frame-ancestors` counts more than `X-Frame-Options` (CSP level 2, section 7.7.1).
fn refusal(page: &Page) -> Option<String> {
    if let Some(ancestors) = &page.frame_ancestors {
        let alone =
            ancestors.split_whitespace().all(|one| matches!(one.to_ascii_lowercase().as_str(), "'none'" | "'self'"));
        return alone.then(|| format!("Content-Security-Policy: frame-ancestors {ancestors}"));
    }
    let options = page.x_frame_options.as_ref()?;
    let refuses =
        options.split(',').any(|one| matches!(one.trim().to_ascii_uppercase().as_str(), "DENY" | "SAMEORIGIN"));
    refuses.then(|| format!("X-Frame-Options: {options}"))
}

//! noVNC's files are not where the proxy looks for them, or only some are.

use super::Cause;
use super::console_words::{placed, proxies, proxy_remedy};
use crate::evidence::page::{Page, PageAnswer};
use crate::evidence::probe::Seen;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Finding, Need, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "page-files-missing",
    home: 12,
    releases: "15-34",
    severity: Severity::Error,
    field: &["C9"],
    title: "noVNC's files are missing on the proxy",
    needs: &[Need::Probe],
    symptoms: &[],
    explanation: "\
nova-novncproxy serves noVNC's files from `[DEFAULT] web`, /usr/share/novnc by default. Is the package not installed, half installed or
unreadable for the service's user, the page gives 404, or the page is there and its scripts are not: `core/rfb.js`, `app/ui.js`,
`include/rfb.js` in noVNC up to 0.6. An empty web turns the files off: every GET gives 405. Where a web server in front serves the files,
they are missing there. The WebSocket may work all the same; the browser shows an error page, or a page that never connects.

Install noVNC whole on every host that runs nova-novncproxy, and let web name the folder that has vnc_lite.html in it.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    if before.iter().any(|finding| finding.cause == "console-page-missing" && finding.severity == Severity::Error) {
        return Vec::new();
    }
    script(case).or_else(|| page(case)).into_iter().collect()
}

/// The page is noVNC's, and a script that it loads is not there.
fn script(case: &Case) -> Option<Finding> {
    let page = case.pages().next()?;
    let novnc = page.saw.page.as_ref().filter(|page| page.status == 200)?.novnc.as_ref()?;
    let wanted = |seen: &&Seen<PageAnswer>| novnc.scripts.iter().any(|script| seen.saw.place().ends_with(script));
    let (gone, why) = case.pages().filter(wanted).find_map(|seen| Some((seen, lacking(seen.saw.page.as_ref()?)?)))?;
    let message =
        format!("{} has the page {} and not its script {}: {why}", page.peer, page.saw.place(), gone.saw.place());
    Some(finding(
        case,
        Draft::error(&META, message).seen(format!("GET {} from {}: {why}", gone.saw.place(), gone.from)),
    ))
}

/// Why what came is no script.
fn lacking(page: &Page) -> Option<String> {
    let html = page.content_type.as_ref().is_some_and(|kind| kind.contains("html"));
    match page.status {
        401 | 403 | 404 | 405 | 410 | 500..=599 => Some(format!("HTTP {}", page.status)),
        200 if html && page.novnc.is_none() => Some("an HTML page in its place".to_owned()),
        _ => None,
    }
}

/// No page at all, from the proxy itself or from what serves its files.
fn page(case: &Case) -> Option<Finding> {
    let first = case.pages().next()?;
    let page = first.saw.page.as_ref()?;
    let by_proxy = page.server.as_ref().is_some_and(|server| server.to_ascii_lowercase().contains("websockify"));
    let reaches_proxy = case.upgrades().any(|seen| seen.saw.http.as_ref().is_some_and(|http| http.status == 101));
    if !by_proxy && !reaches_proxy {
        return None;
    }
    let none_else = !case.pages().skip(1).any(|seen| seen.saw.status() == Some(200));
    let what = match page.status {
        404 if none_else && case.pages().count() > 1 => "has none of noVNC's pages (HTTP 404)",
        405 if by_proxy => "serves no files at all (HTTP 405): [DEFAULT] web is empty",
        403 => "may not read noVNC's pages (HTTP 403)",
        500..=599 if by_proxy => "fails to read noVNC's pages",
        _ => return None,
    };
    let server = page.server.as_ref().map_or("no Server header".to_owned(), |server| format!("Server: {server}"));
    let draft = Draft::error(&META, format!("{} {what}", first.peer)).seen(format!(
        "GET {} from {}: {}, {server}",
        first.saw.place(),
        first.from,
        page.status
    ));
    Some(finding(case, draft))
}

fn finding(case: &Case, draft: Draft) -> Finding {
    let draft = draft.likely().service(Service::Novncproxy);
    let web = proxies(case, Basis::Guessed).into_iter().find(|(_, config)| config.get("DEFAULT", "web").is_set());
    let draft = match &web {
        Some((host, config)) => placed(draft.host(host.host), host, Service::Novncproxy, &config.get("DEFAULT", "web")),
        None => draft,
    };
    draft
        .remedy(
            proxy_remedy(
                "install noVNC whole on every host that runs nova-novncproxy, readable for nova, and let [DEFAULT] web name its folder",
            )
            .command("ls -l /usr/share/novnc /usr/share/novnc/core"),
        )
        .done()
}

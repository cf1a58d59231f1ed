//! The near end: the console page and the WebSocket upgrade, as a browser makes them.
//!
//! Page and upgrade are asked for at once. A page that answers in a moment says how the first upgrade asks; where it is slower,
//! the first upgrade asks as the URL lets guess, and `knocks` tries again where the page then turns out to ask otherwise.

use super::doors::{self, backends};
use super::knocks::{Learned, Page, Site, knocks};
use super::later::{Later, Promise};
use crate::console::access_url::{AccessUrl, TokenIn};
use crate::evidence::Evidence;
use crate::evidence::page::{Novnc, PageAnswer, PageEnd};
use crate::evidence::probe::{Behalf, Seen};
use crate::evidence::process::Service;
use crate::evidence::site::releases::Releases;
use crate::evidence::site::roles::{Basis, roles};
use crate::evidence::site::{is_loopback, is_wildcard};
use crate::evidence::websocket::WebsocketAnswer;
use crate::observe::limits::Limits;
use crate::observe::page;
use crate::observe::request::TargetInput;
use crate::observe::tls::Trust;
use futures_util::future::join_all;
use std::sync::Arc;
use std::time::Duration;

/// Page names of noVNC's eras.
const PAGES: [&str; 3] = ["vnc_lite.html", "vnc_auto.html", "vnc.html"];
/// Most base URLs of compute nodes looked at without a URL from the user.
const MOST_BASE_URLS: usize = 4;
/// For how long the first upgrade waits for the page: a port that is no proxy's gives itself away in it, as a rule, and does
/// not hear the token then.
const MOMENT: Duration = Duration::from_millis(50);

type Seens = (Vec<Seen<PageAnswer>>, Vec<Seen<WebsocketAnswer>>);

/// The URL's page and upgrades; without a URL the pages that compute nodes would hand out.
pub(super) async fn front(evidence: &Evidence, target: Later<Arc<TargetInput>>, limits: &Limits) -> Seens {
    let target = target.wait().await.unwrap_or_default();
    let vantage = evidence.vantage.machine.clone();
    let Some(url) = &target.url else {
        let looks = base_urls(evidence).into_iter().map(|(url, host)| {
            let behalf =
                Behalf { from: vantage.clone(), for_host: Some(host), because: Some("novncproxy_base_url".to_owned()) };
            let (tell, _) = Later::promised();
            async move { pages(&url, limits, &behalf, tell).await }
        });
        return (join_all(looks).await.into_iter().flatten().collect(), Vec::new());
    };
    let behalf = Behalf { from: vantage, for_host: None, because: Some("the url".to_owned()) };
    let (tell, learned) = Later::promised();
    let tries = upgrades(evidence, &target, url, limits, &behalf, learned);
    let (mut pages, (others, upgrades)) = tokio::join!(pages(url, limits, &behalf, tell), tries);
    pages.extend(others);
    (pages, upgrades)
}

/// The page, and the scripts that it loads; its siblings under other names if it is not there.
async fn pages(url: &AccessUrl, limits: &Limits, behalf: &Behalf, tell: Promise<Learned>) -> Vec<Seen<PageAnswer>> {
    let trust = Trust::system();
    let look = |path: String| {
        let trust = trust.clone();
        async move { page::look(url.scheme.is_secure(), &url.host, url.port, &path, &trust, limits, behalf).await }
    };
    let first = look(url.page.clone()).await;
    let (folder, name) = url.page.rsplit_once('/').unwrap_or(("", &url.page));
    let page = first.saw.page.as_ref();
    let novnc = page.and_then(|page| page.novnc.clone());
    let mut learned = Learned {
        novnc: novnc.clone(),
        stranger: matches!(first.saw.end, Some(PageEnd::NotHttp { .. })),
        websockify: doors::is_proxy(&first),
    };
    let paths: Vec<String> = match page.map(|page| page.status) {
        Some(200) => novnc.iter().flat_map(|novnc| &novnc.scripts).map(|script| format!("{folder}/{script}")).collect(),
        Some(404) => elsewhere(folder, name),
        _ => Vec::new(),
    };
    let mut seen = vec![first];
    seen.extend(join_all(paths.into_iter().map(look)).await);
    learned.novnc = closest(learned.novnc, &seen[1..]);
    tell.tell(learned);
    seen
}

/// Where else a page may be: under another name, or at the root, where nova-novncproxy serves it.
fn elsewhere(folder: &str, name: &str) -> Vec<String> {
    let beside = PAGES.iter().filter(|page| **page != name).map(|page| format!("{folder}/{page}"));
    let root = PAGES.iter().filter(|_| !folder.is_empty()).map(|page| format!("/{page}"));
    beside.chain(root).collect()
}

/// The page's noVNC, by its script where that is told more closely.
fn closest(novnc: Option<Novnc>, scripts: &[Seen<PageAnswer>]) -> Option<Novnc> {
    let width = |novnc: &Novnc| novnc.span().map_or(u16::MAX, |(oldest, newest)| newest - oldest);
    let told = scripts.iter().filter_map(|seen| seen.saw.page.as_ref()?.novnc.as_ref());
    let page = novnc?;
    let script = told.min_by_key(|novnc| width(novnc)).filter(|script| width(script) < width(&page));
    Some(script.cloned().unwrap_or(page))
}

async fn upgrades(
    evidence: &Evidence,
    target: &TargetInput,
    url: &AccessUrl,
    limits: &Limits,
    behalf: &Behalf,
    learned: Later<Learned>,
) -> Seens {
    let Some(token) = target.token.as_ref().filter(|_| url.token_in != TokenIn::Nowhere) else { return <_>::default() };
    let backends = backends(evidence, url);
    let mut hosts: Vec<String> = base_urls(evidence).into_iter().map(|(base, _)| base.host).collect();
    hosts.extend(backends.iter().map(|backend| backend.host.clone()));
    let early = tokio::time::timeout(MOMENT, learned.wait()).await.ok().flatten();
    let (tell, proxies) = Later::promised();
    let site = Site {
        url,
        token: Some(token).filter(|_| !early.as_ref().is_some_and(|early| early.stranger)),
        page: early.map_or(Page::Awaited(learned), |early| Page::Seen(early.novnc)),
        backends: proxies,
        hosts,
        may_alternate: may_alternate(evidence),
        may_forward: may_forward(evidence),
    };
    let looks = async {
        let looks = doors::look(backends, &url.page, limits).await;
        let proxies = looks.iter().filter(|(_, seen)| doors::is_proxy(seen)).map(|(backend, _)| backend.clone());
        tell.tell(proxies.collect());
        looks.into_iter().map(|(_, seen)| seen).collect()
    };
    tokio::join!(looks, knocks(site, limits, behalf))
}

/// Repeating can tell something, but for one known proxy of a release that keeps tokens in the database.
fn may_alternate(evidence: &Evidence) -> bool {
    let proxies = roles(evidence)
        .iter()
        .filter(|roles| roles.iter().any(|(role, basis)| *role == Service::Novncproxy && *basis >= Basis::Guessed))
        .count();
    proxies != 1 || Releases::of(evidence).candidates.iter().any(|number| *number <= 19)
}

/// 18.2.0 and newer read `X-Forwarded-Proto`.
fn may_forward(evidence: &Evidence) -> bool {
    let releases = Releases::of(evidence);
    match releases.exact {
        Some(release) => release.number > 18 || release.is_at_least(18, (2, 0)) != Some(false),
        None => releases.newest() >= 18,
    }
}

/// What compute nodes hand out, once each, with the node; loopback only where it is this machine's.
fn base_urls(evidence: &Evidence) -> Vec<(AccessUrl, String)> {
    let release = Releases::of(evidence).newest().max(15);
    let mut urls: Vec<(AccessUrl, String)> = Vec::new();
    for (host, roles) in evidence.hosts.iter().zip(roles(evidence)) {
        let compute = roles.iter().any(|(role, basis)| *role == Service::Compute && *basis >= Basis::Guessed);
        let Some(config) = compute.then(|| host.config(Service::Compute, release)).flatten() else { continue };
        if !config.get("vnc", "novncproxy_base_url").is_set() {
            continue;
        }
        let Some(text) = config.string("vnc", "novncproxy_base_url") else { continue };
        let Ok((url, _)) = AccessUrl::parse(&text) else { continue };
        let own = is_loopback(&url.host);
        let reachable = !is_wildcard(&url.host) && (!own || evidence.may_dial_loopback(host));
        if reachable && urls.len() < MOST_BASE_URLS && !urls.iter().any(|(known, _)| *known == url) {
            urls.push((url, host.name.clone()));
        }
    }
    urls
}

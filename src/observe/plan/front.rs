//! The near end: the console page and the WebSocket upgrade, as a browser makes them.
//!
//! Each upgrade forks a process of the proxy, so there are two at most: with the browser's Origin, and without one if the
//! first was hung up on at once, which tells a refused Origin from everything else.

use super::later::Later;
use crate::console::access_url::{AccessUrl, NoVnc, TokenIn};
use crate::evidence::Evidence;
use crate::evidence::page::PageAnswer;
use crate::evidence::probe::{Behalf, Seen};
use crate::evidence::process::Service;
use crate::evidence::site::releases::Releases;
use crate::evidence::site::roles::{Basis, roles};
use crate::evidence::site::{is_loopback, is_wildcard};
use crate::evidence::websocket::{WebsocketAnswer, WebsocketEnd};
use crate::observe::limits::Limits;
use crate::observe::page;
use crate::observe::request::TargetInput;
use crate::observe::tls::Trust;
use crate::observe::websocket::{Era, Upgrade, knock};
use futures_util::future::join_all;
use std::sync::Arc;

/// Page names of noVNC's eras.
const PAGES: [&str; 3] = ["vnc_lite.html", "vnc_auto.html", "vnc.html"];
/// Most base URLs of compute nodes looked at without a URL from the user.
const MOST_BASE_URLS: usize = 4;

type Seens = (Vec<Seen<PageAnswer>>, Vec<Seen<WebsocketAnswer>>);

/// The URL's page and upgrade; without a URL the pages that compute nodes would hand out.
pub(super) async fn front(evidence: &Evidence, target: Later<Arc<TargetInput>>, limits: &Limits) -> Seens {
    let target = target.wait().await.unwrap_or_default();
    let vantage = evidence.vantage.machine.clone();
    let Some(url) = &target.url else {
        let looks = base_urls(evidence).into_iter().map(|(url, host)| {
            let behalf =
                Behalf { from: vantage.clone(), for_host: Some(host), because: Some("novncproxy_base_url".to_owned()) };
            async move { pages(&url, limits, &behalf).await }
        });
        return (join_all(looks).await.into_iter().flatten().collect(), Vec::new());
    };
    let behalf = Behalf { from: vantage, for_host: None, because: Some("the url".to_owned()) };
    tokio::join!(pages(url, limits, &behalf), upgrades(url, &target, limits, &behalf))
}

/// The page; and its siblings under other names if it is not there.
async fn pages(url: &AccessUrl, limits: &Limits, behalf: &Behalf) -> Vec<Seen<PageAnswer>> {
    let trust = Trust::system();
    let secure = url.scheme.is_secure();
    let first = page::look(secure, &url.host, url.port, &url.page, &trust, limits, behalf).await;
    let missing = first.saw.page.as_ref().is_some_and(|page| page.status == 404);
    let mut seen = vec![first];
    if missing {
        let (folder, name) = url.page.rsplit_once('/').unwrap_or(("", &url.page));
        let others = PAGES.iter().filter(|page| **page != name).map(|page| format!("{folder}/{page}"));
        let looks = others.map(|path| {
            let trust = trust.clone();
            async move { page::look(secure, &url.host, url.port, &path, &trust, limits, behalf).await }
        });
        seen.extend(join_all(looks).await);
    }
    seen
}

async fn upgrades(
    url: &AccessUrl,
    target: &TargetInput,
    limits: &Limits,
    behalf: &Behalf,
) -> Vec<Seen<WebsocketAnswer>> {
    let Some(token) = target.token.as_ref().filter(|_| url.token_in != TokenIn::Nowhere) else { return Vec::new() };
    let trust = Trust::system();
    // the path of an era that carries the token in the request: what is asked is whether the token is good
    let asked = url.websocket_path(token, NoVnc::From06To10);
    let path = asked.split_once("?token=").map_or(asked.as_str(), |(path, _)| path);
    let upgrade = Upgrade::of_era(Era::V11, url.scheme.is_secure(), &url.host, url.port, path, Some(token.raw_key()));
    let first = knock(&upgrade, &trust, limits, behalf).await;
    let hung_up = matches!(first.saw.end, Some(WebsocketEnd::Closed { .. })) && first.saw.rfb.is_none();
    let mut seen = vec![first];
    if hung_up {
        let bare = Upgrade { origin: None, ..upgrade };
        seen.push(knock(&bare, &trust, limits, behalf).await);
    }
    seen
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

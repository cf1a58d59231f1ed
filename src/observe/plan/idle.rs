//! A console that opened is opened once more and kept quiet, to see when something on the way cuts it.

use crate::evidence::Evidence;
use crate::evidence::probe::{Behalf, Seen};
use crate::evidence::websocket::{WebsocketAnswer, WebsocketEnd};
use crate::observe::dial::peer;
use crate::observe::limits::Limits;
use crate::observe::request::TargetInput;
use crate::observe::rfb::Depth;
use crate::observe::tls::Trust;
use crate::observe::websocket::{Upgrade, knock};
use std::time::Duration;

/// Most upgrades of one run: each forks a process of the proxy.
const MOST_UPGRADES: usize = 12;

/// The same upgrade as the first that reached the VNC server, held for `hold`; nothing where none did.
pub(super) async fn hold(
    evidence: &Evidence,
    target: &TargetInput,
    hold: Duration,
    limits: &Limits,
) -> Option<Seen<WebsocketAnswer>> {
    let token = target.token.as_ref()?;
    let opened = |seen: &&Seen<WebsocketAnswer>| {
        seen.saw.end == Some(WebsocketEnd::Told)
            && seen.saw.rfb.as_ref().and_then(|rfb| rfb.result.as_ref()).is_some_and(|result| result.code == 0)
    };
    let url = target.url.as_ref()?;
    let through = peer(&url.host, url.port);
    let plain = |seen: &&Seen<WebsocketAnswer>| seen.peer == through && seen.saw.asked.forwarded_proto.is_none();
    let mut upgrades = evidence.upgrades.iter().filter(plain);
    let seen = upgrades.find(opened).filter(|_| evidence.upgrades.len() < MOST_UPGRADES)?;
    let asked = &seen.saw.asked;
    let path = ["?token=***", "&token=***"].iter().fold(asked.path.clone(), |path, token| path.replace(token, ""));
    let upgrade = Upgrade {
        secure: asked.secure,
        host: url.host.clone(),
        port: url.port,
        at: None,
        path,
        token: asked.token.then(|| token.raw_key().to_owned()),
        host_header: Some(asked.host.clone()),
        origin: asked.origin.clone(),
        forwarded_proto: None,
        subprotocol: asked.subprotocol.clone(),
        cookie: asked.cookie.then(|| token.raw_key().to_owned()),
        depth: Depth::Result,
        hold: Some(hold),
    };
    let behalf =
        Behalf { from: seen.from.clone(), for_host: seen.for_host.clone(), because: Some("--idle".to_owned()) };
    Some(knock(&upgrade, &Trust::system(), limits, &behalf).await)
}

//! The picture that was asked for: through the proxy where there is a URL, else of a VNC server that was looked at.

use std::path::Path;

use crate::console::access_url::{NoVnc, TokenIn};
use crate::evidence::Evidence;
use crate::evidence::picture::Picture;
use crate::evidence::probe::{Behalf, Seen};
use crate::evidence::rfb::RfbAnswer;
use crate::observe::dial::peer;
use crate::observe::limits::{Limits, Watch};
use crate::observe::request::TargetInput;
use crate::observe::rfb::papers::Papers;
use crate::observe::rfb::picture::{Shot, directly, through};
use crate::observe::tls::Trust;
use crate::observe::websocket::{Era, Upgrade};

/// Takes it and writes it to `file`, and to nowhere else.
pub(super) async fn take(
    evidence: &Evidence,
    target: Option<&TargetInput>,
    papers: Option<&Papers>,
    limits: &Limits,
    file: &Path,
) -> Seen<Picture> {
    let watch = Watch::start();
    let upgrade = target.and_then(upgrade);
    let through_proxy = upgrade.is_some();
    let (asked, because, shot) = match (upgrade, evidence.vnc.iter().find_map(server)) {
        (Some(upgrade), _) => {
            let shot = through(&upgrade, &Trust::system(), limits).await;
            (peer(&upgrade.host, upgrade.port), "the url", shot)
        }
        (None, Some((host, port))) => {
            (peer(&host, port), "connect_info of the token", directly(&host, port, papers, limits).await)
        }
        (None, None) => {
            (String::new(), "", Err("no VNC server is known: give --url, or --token with --config".to_owned()))
        }
    };
    let mut picture = Picture { file: file.display().to_string(), through_proxy, ..Picture::default() };
    match shot {
        Ok(shot) => keep(&mut picture, &shot, file),
        Err(problem) => picture.problem = Some(problem),
    }
    let behalf = Behalf {
        from: evidence.vantage.machine.clone(),
        for_host: None,
        because: Some(because.to_owned()).filter(|because| !because.is_empty()),
    };
    watch.seen(&behalf, asked, picture)
}

fn keep(picture: &mut Picture, shot: &Shot, file: &Path) {
    picture.width = Some(shot.width);
    picture.height = Some(shot.height);
    picture.uniform.clone_from(&shot.uniform);
    picture.missing = shot.missing;
    picture.unwritten = std::fs::write(file, &shot.png).err().map(|error| {
        let words = error.to_string().to_lowercase();
        words.split(" (os error").next().unwrap_or_default().to_owned()
    });
}

/// The upgrade of a browser that opened the URL.
fn upgrade(target: &TargetInput) -> Option<Upgrade> {
    let url = target.url.as_ref().filter(|url| url.token_in != TokenIn::Nowhere)?;
    let token = target.token.as_ref()?;
    let asked = url.websocket_path(token, NoVnc::From06To10);
    let path = asked.split_once("?token=").map_or(asked.as_str(), |(path, _)| path);
    Some(Upgrade::of_era(Era::V11, url.scheme.is_secure(), &url.host, url.port, path, Some(token.raw_key())))
}

/// Host and port of a VNC server that was reached.
fn server(seen: &Seen<RfbAnswer>) -> Option<(String, u16)> {
    let (host, port) = seen.peer.rsplit_once(':').filter(|_| seen.saw.dial.connected())?;
    Some((host.to_owned(), port.parse().ok()?))
}

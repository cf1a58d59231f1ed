//! Upgrades that are refused, broken, cut short or answered by a stranger.

use std::time::Duration;

use vncdoctor::evidence::dial::DialOutcome;
use vncdoctor::evidence::rfb::{Message, SecurityResult};
use vncdoctor::evidence::stranger::Stranger;
use vncdoctor::evidence::websocket::{UpgradeFault, WebsocketAnswer, WebsocketEnd};
use vncdoctor::observe::tls::Trust;
use vncdoctor::observe::websocket::{Era, Upgrade};

use crate::fakes::{Fake, GOOD, Script, frame};
use crate::parts::free_port;
use crate::parts::memcached::Memcached;
use crate::parts::qemu::Qemu;
use crate::websocket::{TOKEN, plain, try_it};

async fn fake(script: Script) -> WebsocketAnswer {
    let fake = Fake::start(script).await;
    plain(Era::V11, fake.port).await
}

/// What follows a good 101 that goes on with `frames`.
async fn after(frames: &[Vec<u8>], close: bool) -> WebsocketAnswer {
    fake(Script::Upgraded { headers: GOOD, frames: frames.concat(), close }).await
}

#[tokio::test]
async fn an_answer_that_is_no_101_is_quoted_without_the_token() {
    let said = format!(
        "HTTP/1.1 302 Found\r\nServer: nginx\r\nVia: 1.1 lb\r\nLocation: https://x/login?next={TOKEN}\r\n\r\n<html>{TOKEN}</html>"
    );
    let seen = fake(Script::Once(said.into_bytes())).await;
    assert_eq!(seen.end, Some(WebsocketEnd::Answered));
    let http = seen.http.unwrap();
    assert_eq!((http.status, http.reason.as_deref(), http.server.as_deref()), (302, Some("Found"), Some("nginx")));
    assert_eq!(http.location.as_deref(), Some("https://x/login?next=***"));
    assert_eq!((http.via.as_deref(), http.body.as_deref()), (Some("1.1 lb"), Some("<html>***</html>")));
}

#[tokio::test]
async fn a_101_that_a_browser_refuses_is_refused_for_its_reason() {
    let faults = async |headers| match fake(Script::Upgraded { headers, frames: Vec::new(), close: false }).await.end {
        Some(WebsocketEnd::UpgradeBroken { faults }) => faults,
        other => panic!("{headers}: {other:?}"),
    };
    let dropped = "Upgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: binary\r\n";
    assert_eq!(faults(dropped).await, [UpgradeFault::NoConnectionUpgrade]);
    let made_up =
        "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: x\r\nSec-WebSocket-Protocol: base64\r\n";
    assert_eq!(faults(made_up).await, [UpgradeFault::WrongAccept, UpgradeFault::SubprotocolNotAsked]);
    let unselected = "Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n";
    assert_eq!(faults(unselected).await, [UpgradeFault::SubprotocolNotSelected]);
}

#[tokio::test]
async fn novas_ways_to_end_after_the_101_are_told_apart() {
    let banner = frame(2, b"RFB 003.008\n");
    // Bad token, wrong origin, closed VNC port: no frame, a bare end.
    let seen = after(&[], true).await;
    let Some(WebsocketEnd::Closed { waiting_for: Message::Banner, error: None, .. }) = seen.end else {
        panic!("{:?}", seen.end);
    };
    assert!(seen.frames.is_empty());
    // From Queens on, a password on the VNC server: the proxy offers "none" and refuses it.
    let refusal = [&[0, 0, 0, 1, 0, 0, 0, 40], b"Unable to negotiate security with server".as_slice()].concat();
    let seen = after(&[banner.clone(), frame(2, &[1, 1]), frame(2, &refusal)], true).await;
    assert_eq!(seen.end, Some(WebsocketEnd::Told));
    let result = seen.rfb.unwrap().result.unwrap();
    assert_eq!((result.code, result.reason.as_deref()), (1, Some("Unable to negotiate security with server")));
    // An RFB 3.3 server behind it: an empty frame, then a close frame.
    let seen = after(&[frame(2, b""), frame(8, &[3, 0xe8])], true).await;
    let normal = WebsocketEnd::CloseFrame { code: Some(1000), reason: String::new(), waiting_for: Message::Banner };
    assert_eq!((seen.end, seen.frames.len()), (Some(normal), 2));
    // A banner, then the end: the security types do not agree.
    let seen = after(&[banner], true).await;
    let Some(WebsocketEnd::Closed { waiting_for: Message::SecurityTypes, .. }) = seen.end else { panic!("types") };
    assert_eq!(seen.rfb.unwrap().banner.as_deref(), Some("RFB 003.008"));
    // The token check waits for a silent service.
    let silent = WebsocketEnd::Silent { waiting_for: Message::Banner, after_millis: 800 };
    assert_eq!(after(&[], false).await.end, Some(silent));
}

#[tokio::test]
async fn a_banner_in_pieces_and_frames_at_once_are_read() {
    let pieces =
        [frame(2, b"RFB"), frame(2, b""), frame(2, b" 003.008"), frame(9, b"ping"), frame(2, b"\n\x01\x01\0\0\0\0")];
    let seen = after(&pieces, false).await;
    assert_eq!(seen.end, Some(WebsocketEnd::Told));
    assert_eq!(seen.rfb.unwrap().result, Some(SecurityResult { code: 0, reason: None }));
    assert_eq!(seen.frames.iter().map(|frame| frame.opcode).collect::<Vec<_>>(), [2, 2, 2, 9, 2]);
}

#[tokio::test]
async fn frames_of_strangers_end_it() {
    let seen = after(&[frame(1, format!("hello {TOKEN}").as_bytes())], false).await;
    let Some(WebsocketEnd::NotRfb { protocol: None, first }) = seen.end else { panic!("{:?}", seen.end) };
    assert_eq!((first.as_str(), seen.frames[0].hex.as_str()), ("hello ***", ""));
    let seen = after(&[frame(2, b"SSH-2.0-x\r\n")], false).await;
    assert!(matches!(seen.end, Some(WebsocketEnd::NotRfb { protocol: Some(Stranger::Ssh), .. })), "{:?}", seen.end);
    // A masked frame, a reserved opcode, a frame of a gigabyte, and no end of pings.
    for odd in [vec![0x82, 0x81, 0, 0, 0, 0, 7], vec![0x83, 0], vec![0x82, 127, 0, 0, 0, 0, 0x40, 0, 0, 0]] {
        let seen = after(&[odd], false).await;
        assert!(matches!(seen.end, Some(WebsocketEnd::Broken { .. })), "{:?}", seen.end);
    }
    let seen = after(&vec![frame(9, b"x"); 200], false).await;
    assert!(matches!(seen.end, Some(WebsocketEnd::Broken { .. })), "{:?}", seen.end);
    assert_eq!(seen.frames.len(), 32);
}

#[tokio::test]
async fn peers_that_are_no_web_server_are_told_apart() {
    let qemu = Qemu::start("");
    let vnc = plain(Era::V11, qemu.port).await.end;
    let expected = WebsocketEnd::NotHttp { protocol: Some(Stranger::Rfb), first: "RFB 003.008\\n".to_owned() };
    assert_eq!(vnc, Some(expected));
    let memcached = Memcached::start();
    let port = memcached.address.rsplit_once(':').unwrap().1.parse().unwrap();
    let end = plain(Era::V11, port).await.end;
    assert!(
        matches!(
            end,
            Some(
                WebsocketEnd::NotHttp { protocol: Some(Stranger::Memcached), .. }
                    | WebsocketEnd::ClosedBeforeAnswer { .. }
            )
        ),
        "{end:?}"
    );
    let tls = fake(Script::Once(vec![0x15, 3, 1, 0, 2, 2, 70])).await.end;
    assert!(matches!(tls, Some(WebsocketEnd::NotHttp { protocol: Some(Stranger::Tls), .. })), "{tls:?}");
    assert_eq!(plain(Era::V11, free_port()).await.dial.outcome, DialOutcome::Refused);
}

#[tokio::test]
async fn silent_closing_dripping_and_endless_peers_end_in_time() {
    let silent = |bytes| Some(WebsocketEnd::NoAnswer { after_millis: 1500, bytes });
    assert_eq!(fake(Script::Mute).await.end, silent(0));
    let closed = fake(Script::CloseAtOnce).await.end;
    assert!(matches!(closed, Some(WebsocketEnd::ClosedBeforeAnswer { bytes: 0, .. })), "{closed:?}");
    let reset = fake(Script::Reset).await.end;
    assert!(matches!(reset, Some(WebsocketEnd::ClosedBeforeAnswer { error: Some(_), .. })), "{reset:?}");
    let half = fake(Script::Once(b"HTTP/1.1 101 Switching".to_vec())).await.end;
    assert_eq!(half, Some(WebsocketEnd::ClosedBeforeAnswer { bytes: 22, error: None }));
    let dripped = fake(Script::Drip(b"HTTP/1.1 101 Switching".to_vec(), Duration::from_millis(200))).await.end;
    assert!(matches!(dripped, Some(WebsocketEnd::NoAnswer { .. })), "{dripped:?}");
    let endless = fake(Script::Endless(b"HTTP/1.1 200 OK\r\nX: y\r\n".to_vec())).await.end;
    assert!(matches!(endless, Some(WebsocketEnd::NotHttp { .. })), "{endless:?}");
}

#[tokio::test]
async fn a_request_that_cannot_be_written_is_not_sent() {
    let fake = Fake::start(Script::Mute).await;
    let upgrade = Upgrade::of_era(Era::V11, false, "127.0.0.1", fake.port, "/", Some("a\r\nX: y"));
    assert_eq!(try_it(&upgrade, &Trust::system()).await.end, Some(WebsocketEnd::NotAsked));
    assert_eq!(fake.heard(), "");
}

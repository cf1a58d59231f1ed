//! The upgrade: real websockifys of three years before a real QEMU, and peers of every other kind.

use std::time::{Duration, Instant};

use vncdoctor::evidence::probe::{Behalf, Seen};
use vncdoctor::evidence::rfb::{Message, SecurityResult};
use vncdoctor::evidence::tls::TlsProblem;
use vncdoctor::evidence::websocket::{WebsocketAnswer, WebsocketEnd};
use vncdoctor::observe::limits::Limits;
use vncdoctor::observe::tls::Trust;
use vncdoctor::observe::websocket::{Era, Upgrade, knock};

use crate::fakes::{Fake, Script};
use crate::parts::certificate::Authority;
use crate::parts::free_port;
use crate::parts::qemu::Qemu;
use crate::parts::websockify::Websockify;

pub const TOKEN: &str = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11";

fn limits() -> Limits {
    Limits { timeout: Duration::from_millis(1500), patience: Duration::from_millis(800) }
}

pub async fn try_it(upgrade: &Upgrade, trust: &Trust) -> WebsocketAnswer {
    let before = Instant::now();
    let seen = knock(upgrade, trust, &limits(), &Behalf::default()).await;
    // Dial, TLS, answer, three messages and a goodbye: nothing stretches that.
    assert!(before.elapsed() < Duration::from_millis(3 * 1500 + 3 * 800 + 900), "{:?}", before.elapsed());
    let saved = serde_json::to_string(&seen).unwrap();
    assert!(!saved.contains(TOKEN) && !saved.contains("0c3b1a52"), "{saved}");
    assert_eq!(serde_json::from_str::<Seen<WebsocketAnswer>>(&saved).unwrap(), seen);
    seen.saw
}

pub async fn plain(era: Era, port: u16) -> WebsocketAnswer {
    let upgrade = Upgrade::of_era(era, false, "127.0.0.1", port, "/websockify", Some(TOKEN));
    try_it(&upgrade, &Trust::system()).await
}

#[tokio::test]
async fn every_websockify_lets_every_era_in_that_it_should() {
    let qemu = Qemu::start("");
    for version in ["0.8.0", "0.9.0", "0.10.0", "0.11.0", "0.12.0", "0.13.0"] {
        let proxy = Websockify::start(version, qemu.port, &[], None);
        for era in [Era::UpTo05, Era::From06, Era::V11, Era::From12] {
            let seen = plain(era, proxy.port).await;
            let context = format!("{version} {era:?}: {seen:?}");
            let http = seen.http.unwrap();
            if version == "0.8.0" && era == Era::From12 {
                // websockify 0.8 wants a subprotocol, noVNC from 1.2 on asks for none.
                assert_eq!((http.status, seen.end), (400, Some(WebsocketEnd::Answered)), "{context}");
                continue;
            }
            assert_eq!((http.status, seen.end), (101, Some(WebsocketEnd::Told)), "{context}");
            assert_eq!(http.subprotocol.as_deref(), era.subprotocol().map(|_| "binary"), "{context}");
            // The 101 of 0.9 and 0.10 has no Server header, though their refusals have one.
            let server = http.server.as_deref();
            let server = server.map(|server| server.starts_with("WebSockify Python/"));
            assert_eq!(server, (!["0.9.0", "0.10.0"].contains(&version)).then_some(true), "{context}");
            let rfb = seen.rfb.unwrap();
            assert_eq!(rfb.banner.as_deref(), Some("RFB 003.008"), "{context}");
            assert_eq!(rfb.security_types.unwrap()[0].number, 1, "{context}");
            assert_eq!(rfb.result, Some(SecurityResult { code: 0, reason: None }), "{context}");
            assert_eq!((seen.frames[0].opcode, seen.frames[0].bytes), (2, 12), "{context}");
            assert_eq!(seen.frames[0].hex, "524642203030332e3030380a");
        }
    }
}

#[tokio::test]
async fn a_password_is_read_through_websockify_and_not_answered() {
    let qemu = Qemu::start(",password=on");
    let proxy = Websockify::start("0.13.0", qemu.port, &[], None);
    let seen = plain(Era::V11, proxy.port).await;
    assert_eq!(seen.end, Some(WebsocketEnd::Told));
    let rfb = seen.rfb.unwrap();
    assert_eq!((rfb.security_types.unwrap()[0].number, rfb.result), (2, None));
}

#[tokio::test]
async fn a_closed_and_a_frozen_vnc_server_end_differently() {
    let proxy = Websockify::start("0.13.0", free_port(), &[], None);
    let seen = plain(Era::V11, proxy.port).await;
    assert_eq!(seen.http.unwrap().status, 101);
    let Some(WebsocketEnd::CloseFrame { code, reason, waiting_for }) = seen.end else { panic!("{:?}", seen.end) };
    assert_eq!((code, waiting_for), (Some(1011), Message::Banner));
    assert_eq!(reason, "Failed to connect to downstream server");

    let qemu = Qemu::start("");
    qemu.process.signal("STOP");
    let proxy = Websockify::start("0.13.0", qemu.port, &[], None);
    let seen = plain(Era::V11, proxy.port).await;
    assert_eq!(seen.end, Some(WebsocketEnd::Silent { waiting_for: Message::Banner, after_millis: 800 }));
    assert_eq!(seen.rfb, None);
}

#[tokio::test]
async fn nothing_stays_open_at_the_vnc_server() {
    // QEMU keeps at most 32 clients that have not finished their handshake.
    let qemu = Qemu::start("");
    let proxy = Websockify::start("0.13.0", qemu.port, &[], None);
    for _ in 0..40 {
        assert_eq!(plain(Era::V11, proxy.port).await.end, Some(WebsocketEnd::Told));
    }
}

#[tokio::test]
async fn certificates_are_judged_as_a_browser_judges_them() {
    let qemu = Qemu::start("");
    let authority = Authority::new();
    let trusting = Trust::with_file(&authority.file()).unwrap();
    let knock_at = async |pem: &std::path::Path, trust: &Trust| {
        let proxy = Websockify::start("0.13.0", qemu.port, &["--cert", pem.to_str().unwrap()], None);
        let upgrade = Upgrade::of_era(Era::From12, true, "127.0.0.1", proxy.port, "/", Some(TOKEN));
        try_it(&upgrade, trust).await
    };
    let good = authority.sign("good", "IP:127.0.0.1", None);
    let seen = knock_at(&good, &trusting).await;
    assert_eq!(seen.end, Some(WebsocketEnd::Told), "{seen:?}");
    assert_eq!(seen.tls.unwrap().version.as_deref(), Some("TLSv1.3"));
    assert!(seen.asked.secure);

    let problem = async |pem: &std::path::Path, trust: &Trust| {
        let seen = knock_at(pem, trust).await;
        assert_eq!(seen.end, Some(WebsocketEnd::TlsFailed));
        seen.tls.unwrap().problem.unwrap()
    };
    assert_eq!(problem(&good, &Trust::system()).await, TlsProblem::UnknownIssuer);
    assert_eq!(problem(&authority.self_signed("IP:127.0.0.1"), &trusting).await, TlsProblem::SelfSigned);
    let expired = authority.sign("expired", "IP:127.0.0.1", Some("20200201000000Z"));
    assert_eq!(problem(&expired, &trusting).await, TlsProblem::Expired);
    let TlsProblem::NameMismatch { names } =
        problem(&authority.sign("other", "DNS:console.example", None), &trusting).await
    else {
        panic!("a certificate for another name");
    };
    assert!(names.iter().any(|name| name.contains("console.example")), "{names:?}");
}

#[tokio::test]
async fn tls_and_plain_ports_that_are_mixed_up_are_told() {
    let qemu = Qemu::start("");
    let secure = async |port| {
        let upgrade = Upgrade::of_era(Era::V11, true, "127.0.0.1", port, "/", None);
        let seen = try_it(&upgrade, &Trust::system()).await;
        assert_eq!(seen.end, Some(WebsocketEnd::TlsFailed));
        seen.tls.unwrap().problem.unwrap()
    };
    // websockify without a certificate drops a TLS client.
    let folder = tempfile::tempdir().unwrap();
    let proxy = Websockify::start("0.13.0", qemu.port, &[], Some(folder.path()));
    assert_eq!(secure(proxy.port).await, TlsProblem::Closed);
    // A web server answers a TLS client in plain HTTP.
    let web = Fake::start(Script::Once(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())).await;
    assert_eq!(secure(web.port).await, TlsProblem::NotTls);
    let mute = Fake::start(Script::Mute).await;
    assert_eq!(secure(mute.port).await, TlsProblem::Silent { after_millis: 1500 });
    // websockify that wants TLS drops a plain client.
    let authority = Authority::new();
    let pem = authority.self_signed("IP:127.0.0.1");
    let proxy = Websockify::start("0.13.0", qemu.port, &["--cert", pem.to_str().unwrap(), "--ssl-only"], None);
    let Some(WebsocketEnd::ClosedBeforeAnswer { bytes: 0, .. }) = plain(Era::V11, proxy.port).await.end else {
        panic!("a plain client of a TLS port");
    };
}

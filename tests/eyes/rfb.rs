//! VNC servers: a real QEMU in three settings, and peers that are none.

use std::time::{Duration, Instant};

use vncdoctor::evidence::dial::DialOutcome;
use vncdoctor::evidence::probe::{Behalf, Seen};
use vncdoctor::evidence::rfb::{Message, RfbAnswer, RfbEnd};
use vncdoctor::evidence::stranger::Stranger;
use vncdoctor::observe::limits::Limits;
use vncdoctor::observe::rfb::look;

use crate::fakes::{Fake, Script};
use crate::parts::free_port;
use crate::parts::memcached::Memcached;
use crate::parts::qemu::Qemu;

async fn see(port: u16) -> RfbAnswer {
    let limits = Limits { timeout: Duration::from_millis(700), ..Limits::default() };
    let before = Instant::now();
    let seen = look("127.0.0.1", port, &limits, &Behalf::default()).await;
    assert!(before.elapsed() < Duration::from_millis(2800), "{:?}", before.elapsed());
    let saved = serde_json::to_string(&seen).unwrap();
    assert_eq!(serde_json::from_str::<Seen<RfbAnswer>>(&saved).unwrap(), seen);
    seen.saw
}

async fn end(script: Script) -> RfbEnd {
    let fake = Fake::start(script).await;
    see(fake.port).await.end.unwrap()
}

#[tokio::test]
async fn a_healthy_qemu_offers_none() {
    let qemu = Qemu::start("");
    for _ in 0..2 {
        let seen = see(qemu.port).await;
        assert_eq!(seen.end, Some(RfbEnd::Told));
        let greeting = seen.greeting.unwrap();
        assert_eq!(greeting.banner.as_deref(), Some("RFB 003.008"));
        assert_eq!(greeting.offered(), Some(vec![1]));
    }
}

#[tokio::test]
async fn a_qemu_with_a_password_offers_type_two_alone() {
    let qemu = Qemu::start(",password=on");
    assert_eq!(see(qemu.port).await.greeting.unwrap().offered(), Some(vec![2]));
}

#[tokio::test]
async fn a_frozen_qemu_is_silent_and_a_stopped_one_refuses() {
    let mut qemu = Qemu::start("");
    qemu.process.signal("STOP");
    let silent = RfbEnd::Silent { waiting_for: Message::Banner, after_millis: 700 };
    assert_eq!(see(qemu.port).await.end, Some(silent));
    qemu.process.kill();
    let seen = see(qemu.port).await;
    assert_eq!((seen.dial.outcome, seen.end), (DialOutcome::Refused, None));
    assert_eq!(see(free_port()).await.dial.outcome, DialOutcome::Refused);
}

#[tokio::test]
async fn peers_that_are_no_vnc_server_are_told_apart() {
    let ssh = end(Script::Greet(b"SSH-2.0-OpenSSH_9.2p1\r\n".to_vec())).await;
    let first = "SSH-2.0-OpenSSH_9.2p1\\r\\n".to_owned();
    assert_eq!(ssh, RfbEnd::NotRfb { protocol: Some(Stranger::Ssh), first });
    let RfbEnd::NotRfb { protocol: None, first } = end(Script::Greet(vec![7, 200, 0])).await else { panic!("binary") };
    assert_eq!(first, "...");
    // memcached waits for the client to speak, as a web server does.
    let memcached = Memcached::start();
    let port = memcached.address.rsplit_once(':').unwrap().1.parse().unwrap();
    let first = "ERROR\\r\\n".to_owned();
    let Some(RfbEnd::NotRfbWhenAsked { protocol: Some(Stranger::Memcached), first: said }) = see(port).await.end else {
        panic!("memcached")
    };
    assert!(said.starts_with(&first), "{said}");
    let web = Fake::start(Script::Once(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())).await;
    let asked = see(web.port).await.end;
    assert!(matches!(asked, Some(RfbEnd::NotRfbWhenAsked { protocol: Some(Stranger::Http), .. })), "{asked:?}");
    let silent = RfbEnd::Silent { waiting_for: Message::Banner, after_millis: 700 };
    assert_eq!(end(Script::Mute).await, silent);
}

#[tokio::test]
async fn a_server_that_closes_is_told_by_where_it_closes() {
    let closed = |waiting_for, bytes| RfbEnd::Closed { waiting_for, bytes, error: None };
    assert_eq!(end(Script::CloseAtOnce).await, closed(Message::Banner, 0));
    assert_eq!(end(Script::GreetAndClose(b"RFB 0".to_vec())).await, closed(Message::Banner, 5));
    assert_eq!(end(Script::GreetAndClose(b"RFB 003.008\n".to_vec())).await, closed(Message::SecurityTypes, 0));
}

#[tokio::test]
async fn a_full_server_gives_its_reason() {
    let fake = Fake::start(Script::GreetAndClose(b"RFB 003.008\n\0\0\0\0\x14Too many connections".to_vec())).await;
    let seen = see(fake.port).await;
    assert_eq!(seen.end, Some(RfbEnd::Told));
    assert_eq!(seen.greeting.unwrap().refusal.as_deref(), Some("Too many connections"));
    // The version alone was sent: nothing was chosen, no ClientInit.
    assert_eq!(fake.heard_until("\n").await, "RFB 003.008\n");
}

#[tokio::test]
async fn dripping_and_endless_servers_end_in_time() {
    let dripped = end(Script::Drip(b"RFB 003.008\n\x01\x01".to_vec(), Duration::from_millis(300))).await;
    assert!(matches!(dripped, RfbEnd::Silent { waiting_for: Message::Banner, .. }), "{dripped:?}");
    let endless = end(Script::Endless(b"RFB 003.008\n".to_vec())).await;
    assert!(
        matches!(endless, RfbEnd::Silent { waiting_for: Message::SecurityTypes, .. } | RfbEnd::Told),
        "{endless:?}"
    );
}

//! Memcached nodes that break the protocol, and peers that speak another.

use std::time::Duration;

use vncdoctor::evidence::memcached::{Conduct, Found};
use vncdoctor::evidence::stranger::Stranger;
use vncdoctor::observe::memcached::Answer;

use crate::fakes::{Fake, Script};
use crate::memcached::{SHA1, TOKEN, conduct, look};

/// A fake that answers `version` and `stats` well and `mg` so.
async fn meta(answer: &[u8]) -> Answer {
    let fake = Fake::start(Script::Answers(vec![
        ("version", b"VERSION 1.6.18\r\n".to_vec()),
        ("stats", b"STAT uptime 7\r\nEND\r\n".to_vec()),
        ("mg", answer.to_vec()),
        ("quit", Vec::new()),
    ]))
    .await;
    look(&fake.address).await
}

/// A fake of the years before 1.6 that answers `get` so.
async fn classic(answer: &[u8]) -> Answer {
    let fake = Fake::start(Script::Answers(vec![
        ("version", b"VERSION 1.4.25\r\n".to_vec()),
        ("stats", b"STAT time 100\r\nSTAT uptime 7\r\nEND\r\n".to_vec()),
        ("mg", b"ERROR\r\n".to_vec()),
        ("get", answer.to_vec()),
        ("quit", Vec::new()),
    ]))
    .await;
    look(&fake.address).await
}

#[tokio::test]
async fn a_server_before_the_meta_protocol_is_asked_with_get() {
    let hit = format!("VALUE {SHA1} 1 3\r\nabc\r\nEND\r\n");
    let fake = Fake::start(Script::Answers(vec![
        ("version", b"VERSION 1.4.25\r\n".to_vec()),
        ("stats", b"STAT time 100\r\nSTAT uptime 7\r\nEND\r\n".to_vec()),
        ("mg", b"ERROR\r\n".to_vec()),
        ("get aecf", hit.into_bytes()),
        ("get ", b"END\r\n".to_vec()),
        ("quit", Vec::new()),
    ]))
    .await;
    let answer = look(&fake.address).await;
    let seen = answer.seen.saw;
    assert_eq!(seen.conduct, Some(Conduct::Answered));
    let present = Found::Present { flags: 1, bytes: 3, ttl: None, last_access: None, fetched: None };
    assert_eq!(seen.keys.iter().map(|key| key.found.clone()).collect::<Vec<_>>(), [present, Found::Absent]);
    assert_eq!(answer.values[0].as_ref().unwrap().bytes(), b"abc");
    let node = seen.node.unwrap();
    assert_eq!((node.time, node.uptime), (Some(100), Some(7)));
    assert!(node.clock_offset.unwrap() < -1e9, "the clock of 1970");
    // Reading commands only, and `mg` once.
    let heard = fake.heard_until("quit\r\n").await;
    let commands: Vec<&str> = heard.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(commands, ["version", "stats", "mg", "get", "get", "quit"]);
}

#[tokio::test]
async fn silence_closing_and_dripping_end_in_time() {
    let silent = |bytes| Conduct::Silent { waiting_for: "version".to_owned(), after_millis: 1000, bytes };
    assert_eq!(conduct(Script::Mute).await, silent(0));
    let Conduct::Silent { bytes, .. } =
        conduct(Script::Drip(b"VERSION 1.6.18 and no end".to_vec(), Duration::from_millis(90))).await
    else {
        panic!("dripping is not silence");
    };
    assert!((2..=12).contains(&bytes), "{bytes}");
    let Conduct::Closed { bytes: 0, waiting_for, .. } = conduct(Script::CloseAtOnce).await else { panic!("closed") };
    assert_eq!(waiting_for, "version");
    let Conduct::Closed { error: Some(error), .. } = conduct(Script::Reset).await else { panic!("reset") };
    assert!(error.contains("reset"), "{error}");
}

#[tokio::test]
async fn garbage_is_told_from_strangers() {
    let Conduct::Broken { what, .. } = conduct(Script::Endless(vec![b'x'; 65536])).await else { panic!("endless") };
    assert_eq!(what, "a line without an end");
    let Conduct::Broken { first, .. } = conduct(Script::Once(format!("gibberish {TOKEN}\r\n").into_bytes())).await
    else {
        panic!("gibberish");
    };
    assert_eq!(first, "gibberish ***");
    let Conduct::Broken { what, .. } = conduct(Script::Answers(vec![
        ("version", b"VERSION 1.6.18\r\n".to_vec()),
        ("stats", b"STAT a 1\r\n".repeat(5000)),
    ]))
    .await
    else {
        panic!("endless stats");
    };
    assert_eq!(what, "endless answer to stats");
    for (bytes, protocol) in [
        (b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n".to_vec(), Stranger::Http),
        (b"-ERR unknown command 'version'\r\n".to_vec(), Stranger::Redis),
        (vec![0x15, 3, 1, 0, 2, 2, 70], Stranger::Tls),
    ] {
        let Conduct::Stranger { protocol: known, .. } = conduct(Script::Once(bytes)).await else {
            panic!("{protocol:?}")
        };
        assert_eq!(known, protocol);
    }
    // A server that speaks first and waits.
    let Conduct::Stranger { protocol, first } = conduct(Script::Greet(b"RFB 003.008\n".to_vec())).await else {
        panic!("vnc")
    };
    assert_eq!((protocol, first.as_str()), (Stranger::Rfb, "RFB 003.008"));
}

#[tokio::test]
async fn a_meta_answer_that_lies_is_a_finding_about_that_node() {
    // What was heard before the lie is kept.
    let lies: [(&[u8], &str); 8] = [
        (b"VA 99999999999999 f1\r\n", "a value of impossible size"),
        (b"VA 99999999999999999999999 f1\r\n", "a value of no valid size"),
        (b"VA -5 f1\r\n", "a value of no valid size"),
        (b"VA x f1\r\n", "a value of no valid size"),
        (b"VA 3 f1 kanother\r\nabc\r\n", "it answers for another key"),
        (b"VA 3 f1\r\nabcdef\r\n", "a value that does not end where the node said"),
        (b"HD\r\n", "not an answer to mg"),
        (b"\xff\xfe\r\n", "not an answer to mg"),
    ];
    for (lie, expected) in lies {
        let seen = meta(lie).await.seen.saw;
        let Some(Conduct::Broken { what, .. }) = &seen.conduct else { panic!("{lie:?}: {seen:?}") };
        assert_eq!(what, expected);
        assert_eq!(seen.node.unwrap().uptime, Some(7));
    }
    let half = meta(b"VA 400 f1\r\nhalf").await.seen.saw;
    assert_eq!(half.conduct, Some(Conduct::Silent { waiting_for: "key".to_owned(), after_millis: 1000, bytes: 4 }));
    let seen = meta(format!("CLIENT_ERROR bad {TOKEN}\r\n").as_bytes()).await.seen.saw;
    assert_eq!(seen.conduct, Some(Conduct::Answered));
    assert_eq!(seen.keys[1].found, Found::Error { text: "CLIENT_ERROR bad ***".to_owned() });
    let seen = meta(b"SERVER_ERROR out of memory\r\n").await.seen.saw;
    assert_eq!(seen.keys[0].found, Found::Error { text: "SERVER_ERROR out of memory".to_owned() });
}

#[tokio::test]
async fn a_classic_answer_that_lies_is_a_finding_about_that_node() {
    let lies: [(String, &str); 6] = [
        (format!("VALUE {SHA1} 1 99999999999999\r\nabc"), "a value of impossible size"),
        (format!("VALUE {SHA1} 1 -3\r\nabc\r\nEND\r\n"), "a value of no valid size"),
        (format!("VALUE {SHA1} x 3\r\nabc\r\nEND\r\n"), "a value of no valid size"),
        ("VALUE other 1 3\r\nabc\r\nEND\r\n".to_owned(), "it answers for another key"),
        (format!("VALUE {SHA1} 1 3\r\nabc\r\nVALUE x"), "no END after the value"),
        ("STORED\r\n".to_owned(), "neither VALUE nor END in the answer to get"),
    ];
    for (lie, expected) in lies {
        let seen = classic(lie.as_bytes()).await.seen.saw;
        match seen.conduct {
            Some(Conduct::Broken { what, .. }) => assert_eq!(what, expected),
            // The last line of one lie never ends.
            Some(Conduct::Silent { .. }) => assert_eq!(expected, "no END after the value"),
            other => panic!("{lie:?}: {other:?}"),
        }
    }
    // Large, but within what a memcached holds: thrown away as it comes, the next key is asked in step.
    let mut large = b"VALUE aecfa2aff668b967d07ea86794e0b97fcd0a8e32 0 100000\r\n".to_vec();
    large.extend(vec![b'x'; 100_000]);
    large.extend(b"\r\nEND\r\n");
    let seen = classic(&large).await.seen.saw;
    assert_eq!(seen.keys[0].found, Found::TooLarge { bytes: 100_000 });
    let Some(Conduct::Broken { what, .. }) = seen.conduct else { panic!("the second key is another one") };
    assert_eq!(what, "it answers for another key");
}

//! Memcached nodes: real ones in every state, and fakes that break the protocol.

use std::time::{Duration, Instant};

use vncdoctor::evidence::dial::DialOutcome;
use vncdoctor::evidence::memcached::{Conduct, Found, KeyForm, MemcachedAnswer};
use vncdoctor::evidence::probe::Behalf;
use vncdoctor::evidence::stranger::Stranger;
use vncdoctor::observe::limits::Limits;
use vncdoctor::observe::memcached::{Answer, Key, Node, ask, ask_all};

use crate::fakes::{Fake, Script};
use crate::parts::memcached::Memcached;
use crate::parts::{free_port, listens};

const TOKEN: &str = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11";
const SHA1: &str = "aecfa2aff668b967d07ea86794e0b97fcd0a8e32";
const VALUE: &[u8] = b"cdogpile.cache.api\nCachedValue\np1\n(S'{\"token\": \"0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11\"}'\n.";

fn limits() -> Limits {
    Limits {
        timeout: Duration::from_secs(1),
        ..Limits::default()
    }
}

fn keys() -> Vec<Key> {
    vec![
        Key::new(KeyForm::Sha1, SHA1).unwrap(),
        Key::new(KeyForm::Raw, TOKEN).unwrap(),
    ]
}

async fn look(server: &str) -> Answer {
    let behalf = Behalf {
        from: "here".to_owned(),
        for_host: Some("ctl1".to_owned()),
        because: None,
    };
    let before = Instant::now();
    let answer = ask(server, &keys(), &limits(), &behalf).await;
    // One time-out for the whole conversation, whatever the peer does; the rest is a busy machine's.
    assert!(
        before.elapsed() < Duration::from_millis(1700),
        "{server}: {:?}",
        before.elapsed()
    );
    let saved = serde_json::to_string(&answer.seen).unwrap();
    assert!(
        !saved.contains(TOKEN) && !saved.contains("CachedValue"),
        "{saved}"
    );
    let loaded: vncdoctor::evidence::probe::Seen<MemcachedAnswer> =
        serde_json::from_str(&saved).unwrap();
    assert_eq!(loaded, answer.seen);
    answer
}

async fn conduct(script: Script) -> Conduct {
    let fake = Fake::start(script).await;
    let answer = look(&fake.address).await;
    assert!(answer.seen.saw.dial.connected());
    answer.seen.saw.conduct.unwrap()
}

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
        (
            "stats",
            b"STAT time 100\r\nSTAT uptime 7\r\nEND\r\n".to_vec(),
        ),
        ("mg", b"ERROR\r\n".to_vec()),
        ("get", answer.to_vec()),
        ("quit", Vec::new()),
    ]))
    .await;
    look(&fake.address).await
}

#[tokio::test]
async fn a_real_node_tells_its_figures_and_its_keys() {
    let node = Memcached::start();
    node.set(SHA1, 1, 0, VALUE);
    let answer = look(&node.address).await;
    assert_eq!(answer.seen.peer, node.address);
    assert_eq!(answer.seen.for_host.as_deref(), Some("ctl1"));
    let seen = answer.seen.saw;
    assert_eq!(seen.conduct, Some(Conduct::Answered));
    let figures = seen.node.unwrap();
    assert!(figures.version.unwrap().starts_with("1."), "a release");
    assert!(figures.uptime.is_some() && figures.max_connections.is_some());
    assert_eq!(
        (
            figures.curr_items,
            figures.evictions,
            figures.listen_disabled_num
        ),
        (Some(1), Some(0), Some(0))
    );
    let offset = figures.clock_offset.unwrap();
    assert!((-3.0..=1.0).contains(&offset), "{offset}");
    assert_eq!(seen.keys.len(), 2);
    let Found::Present {
        flags: 1,
        bytes,
        ttl: Some(-1),
        last_access: Some(_),
        fetched: Some(false),
    } = seen.keys[0].found
    else {
        panic!("{:?}", seen.keys[0]);
    };
    assert_eq!(bytes, VALUE.len() as u64);
    assert_eq!(answer.values[0].as_ref().unwrap().bytes(), VALUE);
    assert_eq!(
        (seen.keys[1].form, &seen.keys[1].found),
        (KeyForm::Raw, &Found::Absent)
    );
    assert!(answer.values[1].is_none());
}

#[tokio::test]
async fn looking_leaves_no_trace_and_no_connection() {
    let node = Memcached::start();
    node.set(SHA1, 1, 600, VALUE);
    for _ in 0..3 {
        let seen = look(&node.address).await.seen.saw;
        let Found::Present {
            ttl: Some(ttl),
            fetched,
            ..
        } = seen.keys[0].found
        else {
            panic!("{seen:?}")
        };
        assert!((590..=600).contains(&ttl), "{ttl}");
        assert_eq!(fetched, Some(false), "the look before this one was noticed");
        // Ours and memcached's own listening ones: nothing is left from the looks before.
        assert!(seen.node.unwrap().curr_connections.unwrap() <= 3);
    }
}

#[tokio::test]
async fn a_unix_socket_is_asked_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.sock");
    let path = path.to_str().unwrap();
    let program = crate::parts::find("memcached", "memcached");
    let mut command = std::process::Command::new(program);
    let _process =
        crate::parts::Process::start(command.args(["-s", path, "-a", "777", "-u", "root"]));
    let until = Instant::now() + Duration::from_secs(10);
    while !std::path::Path::new(path).exists() && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let answer = look(&format!("unix:{path}")).await;
    assert_eq!(
        answer.seen.saw.conduct,
        Some(Conduct::Answered),
        "{:?}",
        answer.seen
    );
    assert_eq!(answer.seen.peer, format!("unix:{path}"));
}

#[tokio::test]
async fn a_killed_a_frozen_and_a_misplaced_node_harm_no_other() {
    let mut killed = Memcached::start();
    killed.process.kill();
    let frozen = Memcached::start();
    frozen.process.signal("STOP");
    // Bound to another address than the one that configuration names.
    let mut elsewhere = Memcached::start_with("127.0.0.77", &[]);
    let port = elsewhere.address.rsplit_once(':').unwrap().1.to_owned();
    assert!(listens(&mut elsewhere.process, &elsewhere.address));
    let well = Memcached::start();
    well.set(SHA1, 1, 0, VALUE);

    let servers = [
        &killed.address,
        &frozen.address,
        &format!("127.0.0.1:{port}"),
        &well.address,
    ];
    let nodes: Vec<Node> = servers
        .iter()
        .map(|server| Node {
            server: (*server).clone(),
            behalf: Behalf::default(),
        })
        .collect();
    let before = Instant::now();
    let seen: Vec<_> = ask_all(&nodes, &keys(), &limits())
        .await
        .into_iter()
        .map(|answer| answer.seen.saw)
        .collect();
    assert!(
        before.elapsed() < Duration::from_millis(1700),
        "{:?}",
        before.elapsed()
    );

    assert_eq!(seen[0].dial.outcome, DialOutcome::Refused);
    assert_eq!(seen[0].conduct, None);
    // The kernel still accepts for a frozen process; it never answers.
    assert_eq!(
        seen[1].conduct,
        Some(Conduct::Silent {
            waiting_for: "version".to_owned(),
            after_millis: 1000,
            bytes: 0
        })
    );
    assert_eq!(seen[2].dial.outcome, DialOutcome::Refused);
    assert!(matches!(seen[3].keys[0].found, Found::Present { .. }));
}

#[tokio::test]
async fn thirty_silent_nodes_cost_one_time_out() {
    let mut fakes = Vec::new();
    for _ in 0..30 {
        fakes.push(Fake::start(Script::Mute).await);
    }
    let nodes: Vec<Node> = fakes
        .iter()
        .map(|fake| Node {
            server: fake.address.clone(),
            behalf: Behalf::default(),
        })
        .collect();
    let before = Instant::now();
    let answers = ask_all(&nodes, &keys(), &limits()).await;
    assert!(
        before.elapsed() < Duration::from_millis(1200),
        "{:?}",
        before.elapsed()
    );
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer.seen.saw.conduct, Some(Conduct::Silent { .. })))
    );
}

#[tokio::test]
async fn a_real_node_that_wants_a_password_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("auth");
    std::fs::write(&file, "nova:secret\n").unwrap();
    let node = Memcached::start_with("127.0.0.1", &["-u", "root", "-Y", file.to_str().unwrap()]);
    let answer = look(&node.address).await;
    let Some(Conduct::AuthRequired { text }) = answer.seen.saw.conduct else {
        panic!("{:?}", answer.seen)
    };
    assert_eq!(text, "CLIENT_ERROR unauthenticated");
}

#[tokio::test]
async fn a_server_before_the_meta_protocol_is_asked_with_get() {
    let hit = format!("VALUE {SHA1} 1 3\r\nabc\r\nEND\r\n");
    let fake = Fake::start(Script::Answers(vec![
        ("version", b"VERSION 1.4.25\r\n".to_vec()),
        (
            "stats",
            b"STAT time 100\r\nSTAT uptime 7\r\nEND\r\n".to_vec(),
        ),
        ("mg", b"ERROR\r\n".to_vec()),
        ("get aecf", hit.into_bytes()),
        ("get ", b"END\r\n".to_vec()),
        ("quit", Vec::new()),
    ]))
    .await;
    let answer = look(&fake.address).await;
    let seen = answer.seen.saw;
    assert_eq!(seen.conduct, Some(Conduct::Answered));
    let present = Found::Present {
        flags: 1,
        bytes: 3,
        ttl: None,
        last_access: None,
        fetched: None,
    };
    assert_eq!(
        seen.keys
            .iter()
            .map(|key| key.found.clone())
            .collect::<Vec<_>>(),
        [present, Found::Absent]
    );
    assert_eq!(answer.values[0].as_ref().unwrap().bytes(), b"abc");
    let node = seen.node.unwrap();
    assert_eq!((node.time, node.uptime), (Some(100), Some(7)));
    assert!(node.clock_offset.unwrap() < -1e9, "the clock of 1970");
    // Reading commands only, and `mg` once.
    let heard = fake.heard_until("quit\r\n").await;
    let commands: Vec<&str> = heard
        .lines()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(commands, ["version", "stats", "mg", "get", "get", "quit"]);
}

#[tokio::test]
async fn silence_closing_and_dripping_end_in_time() {
    let silent = |bytes| Conduct::Silent {
        waiting_for: "version".to_owned(),
        after_millis: 1000,
        bytes,
    };
    assert_eq!(conduct(Script::Mute).await, silent(0));
    let Conduct::Silent { bytes, .. } = conduct(Script::Drip(
        b"VERSION 1.6.18 and no end".to_vec(),
        Duration::from_millis(90),
    ))
    .await
    else {
        panic!("dripping is not silence");
    };
    assert!((2..=12).contains(&bytes), "{bytes}");
    let Conduct::Closed {
        bytes: 0,
        waiting_for,
        ..
    } = conduct(Script::CloseAtOnce).await
    else {
        panic!("closed")
    };
    assert_eq!(waiting_for, "version");
    let Conduct::Closed {
        error: Some(error), ..
    } = conduct(Script::Reset).await
    else {
        panic!("reset")
    };
    assert!(error.contains("reset"), "{error}");
}

#[tokio::test]
async fn garbage_is_told_from_strangers() {
    let Conduct::Broken { what, .. } = conduct(Script::Endless(vec![b'x'; 65536])).await else {
        panic!("endless")
    };
    assert_eq!(what, "a line without an end");
    let Conduct::Broken { first, .. } =
        conduct(Script::Once(format!("gibberish {TOKEN}\r\n").into_bytes())).await
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
        (
            b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n".to_vec(),
            Stranger::Http,
        ),
        (
            b"-ERR unknown command 'version'\r\n".to_vec(),
            Stranger::Redis,
        ),
        (vec![0x15, 3, 1, 0, 2, 2, 70], Stranger::Tls),
    ] {
        let Conduct::Stranger {
            protocol: known, ..
        } = conduct(Script::Once(bytes)).await
        else {
            panic!("{protocol:?}")
        };
        assert_eq!(known, protocol);
    }
    // A server that speaks first and waits.
    let Conduct::Stranger { protocol, first } =
        conduct(Script::Greet(b"RFB 003.008\n".to_vec())).await
    else {
        panic!("vnc")
    };
    assert_eq!((protocol, first.as_str()), (Stranger::Rfb, "RFB 003.008"));
}

#[tokio::test]
async fn a_meta_answer_that_lies_is_a_finding_about_that_node() {
    // What was heard before the lie is kept.
    let lies: [(&[u8], &str); 8] = [
        (b"VA 99999999999999 f1\r\n", "a value of impossible size"),
        (
            b"VA 99999999999999999999999 f1\r\n",
            "a value of no valid size",
        ),
        (b"VA -5 f1\r\n", "a value of no valid size"),
        (b"VA x f1\r\n", "a value of no valid size"),
        (b"VA 3 f1 kanother\r\nabc\r\n", "it answers for another key"),
        (
            b"VA 3 f1\r\nabcdef\r\n",
            "a value that does not end where the node said",
        ),
        (b"HD\r\n", "not an answer to mg"),
        (b"\xff\xfe\r\n", "not an answer to mg"),
    ];
    for (lie, expected) in lies {
        let seen = meta(lie).await.seen.saw;
        let Some(Conduct::Broken { what, .. }) = &seen.conduct else {
            panic!("{lie:?}: {seen:?}")
        };
        assert_eq!(what, expected);
        assert_eq!(seen.node.unwrap().uptime, Some(7));
    }
    let half = meta(b"VA 400 f1\r\nhalf").await.seen.saw;
    assert_eq!(
        half.conduct,
        Some(Conduct::Silent {
            waiting_for: "key".to_owned(),
            after_millis: 1000,
            bytes: 4
        })
    );
    let seen = meta(format!("CLIENT_ERROR bad {TOKEN}\r\n").as_bytes())
        .await
        .seen
        .saw;
    assert_eq!(seen.conduct, Some(Conduct::Answered));
    assert_eq!(
        seen.keys[1].found,
        Found::Error {
            text: "CLIENT_ERROR bad ***".to_owned()
        }
    );
    let seen = meta(b"SERVER_ERROR out of memory\r\n").await.seen.saw;
    assert_eq!(
        seen.keys[0].found,
        Found::Error {
            text: "SERVER_ERROR out of memory".to_owned()
        }
    );
}

#[tokio::test]
async fn a_classic_answer_that_lies_is_a_finding_about_that_node() {
    let lies: [(String, &str); 6] = [
        (
            format!("VALUE {SHA1} 1 99999999999999\r\nabc"),
            "a value of impossible size",
        ),
        (
            format!("VALUE {SHA1} 1 -3\r\nabc\r\nEND\r\n"),
            "a value of no valid size",
        ),
        (
            format!("VALUE {SHA1} x 3\r\nabc\r\nEND\r\n"),
            "a value of no valid size",
        ),
        (
            "VALUE other 1 3\r\nabc\r\nEND\r\n".to_owned(),
            "it answers for another key",
        ),
        (
            format!("VALUE {SHA1} 1 3\r\nabc\r\nVALUE x"),
            "no END after the value",
        ),
        (
            "STORED\r\n".to_owned(),
            "neither VALUE nor END in the answer to get",
        ),
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
    let Some(Conduct::Broken { what, .. }) = seen.conduct else {
        panic!("the second key is another one")
    };
    assert_eq!(what, "it answers for another key");
}

#[tokio::test]
async fn a_server_that_is_no_address_is_said_to_be_none() {
    for text in ["", "ctl1:port", "[::1"] {
        assert_eq!(
            look(text).await.seen.saw.dial.outcome,
            DialOutcome::NotAnAddress
        );
    }
    let refused = look(&format!("127.0.0.1:{}", free_port())).await;
    assert_eq!(refused.seen.saw.dial.outcome, DialOutcome::Refused);
}

//! Memcached nodes: real ones in every state, and fakes that break the protocol.

use std::time::{Duration, Instant};

use vncdoctor::evidence::dial::DialOutcome;
use vncdoctor::evidence::memcached::{Conduct, Found, KeyForm, MemcachedAnswer};
use vncdoctor::evidence::probe::Behalf;
use vncdoctor::observe::limits::Limits;
use vncdoctor::observe::memcached::{Answer, Key, Node, ask, ask_all};

use crate::fakes::{Fake, Script};
use crate::parts::certificate::Authority;
use crate::parts::memcached::Memcached;
use crate::parts::{free_port, listens};

pub const TOKEN: &str = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11";
pub const SHA1: &str = "aecfa2aff668b967d07ea86794e0b97fcd0a8e32";
const VALUE: &[u8] =
    b"cdogpile.cache.api\nCachedValue\np1\n(S'{\"token\": \"0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11\"}'\n.";

fn limits() -> Limits {
    Limits { timeout: Duration::from_secs(1), ..Limits::default() }
}

fn keys() -> Vec<Key> {
    vec![Key::new(KeyForm::Sha1, SHA1).unwrap(), Key::new(KeyForm::Raw, TOKEN).unwrap()]
}

pub async fn look(server: &str) -> Answer {
    let behalf = Behalf { from: "here".to_owned(), for_host: Some("ctl1".to_owned()), because: None };
    let before = Instant::now();
    let answer = ask(server, &keys(), &limits(), &behalf).await;
    // One time-out for the whole conversation, whatever the peer does; the rest is a busy machine's.
    assert!(before.elapsed() < Duration::from_millis(1700), "{server}: {:?}", before.elapsed());
    let saved = serde_json::to_string(&answer.seen).unwrap();
    assert!(!saved.contains(TOKEN) && !saved.contains("CachedValue"), "{saved}");
    let loaded: vncdoctor::evidence::probe::Seen<MemcachedAnswer> = serde_json::from_str(&saved).unwrap();
    assert_eq!(loaded, answer.seen);
    answer
}

pub async fn conduct(script: Script) -> Conduct {
    let fake = Fake::start(script).await;
    let answer = look(&fake.address).await;
    assert!(answer.seen.saw.dial.connected());
    answer.seen.saw.conduct.unwrap()
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
    assert_eq!((figures.curr_items, figures.evictions, figures.listen_disabled_num), (Some(1), Some(0), Some(0)));
    let offset = figures.clock_offset.unwrap();
    assert!((-3.0..=1.0).contains(&offset), "{offset}");
    assert_eq!(seen.keys.len(), 2);
    let Found::Present { flags: 1, bytes, ttl: Some(-1), last_access: Some(_), fetched: Some(false) } =
        seen.keys[0].found
    else {
        panic!("{:?}", seen.keys[0]);
    };
    assert_eq!(bytes, VALUE.len() as u64);
    assert_eq!(answer.values[0].as_ref().unwrap().bytes(), VALUE);
    assert_eq!((seen.keys[1].form, &seen.keys[1].found), (KeyForm::Raw, &Found::Absent));
    assert!(answer.values[1].is_none());
}

#[tokio::test]
pub async fn looking_leaves_no_trace_and_no_connection() {
    let node = Memcached::start();
    node.set(SHA1, 1, 600, VALUE);
    for _ in 0..3 {
        let seen = look(&node.address).await.seen.saw;
        let Found::Present { ttl: Some(ttl), fetched, .. } = seen.keys[0].found else { panic!("{seen:?}") };
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
    let _process = crate::parts::Process::start(command.args(["-s", path, "-a", "777", "-u", "root"]));
    let until = Instant::now() + Duration::from_secs(10);
    while !std::path::Path::new(path).exists() && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let answer = look(&format!("unix:{path}")).await;
    assert_eq!(answer.seen.saw.conduct, Some(Conduct::Answered), "{:?}", answer.seen);
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

    let servers = [&killed.address, &frozen.address, &format!("127.0.0.1:{port}"), &well.address];
    let nodes: Vec<Node> =
        servers.iter().map(|server| Node { server: (*server).clone(), behalf: Behalf::default() }).collect();
    let before = Instant::now();
    let seen: Vec<_> = ask_all(&nodes, &keys(), &limits()).await.into_iter().map(|answer| answer.seen.saw).collect();
    assert!(before.elapsed() < Duration::from_millis(1700), "{:?}", before.elapsed());

    assert_eq!(seen[0].dial.outcome, DialOutcome::Refused);
    assert_eq!(seen[0].conduct, None);
    // The kernel still accepts for a frozen process; it never answers.
    assert_eq!(
        seen[1].conduct,
        Some(Conduct::Silent { waiting_for: "version".to_owned(), after_millis: 1000, bytes: 0 })
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
    let nodes: Vec<Node> =
        fakes.iter().map(|fake| Node { server: fake.address.clone(), behalf: Behalf::default() }).collect();
    let before = Instant::now();
    let answers = ask_all(&nodes, &keys(), &limits()).await;
    assert!(before.elapsed() < Duration::from_millis(1200), "{:?}", before.elapsed());
    assert!(answers.iter().all(|answer| matches!(answer.seen.saw.conduct, Some(Conduct::Silent { .. }))));
}

#[tokio::test]
async fn a_real_node_that_wants_a_password_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("auth");
    std::fs::write(&file, "nova:secret\n").unwrap();
    let node = Memcached::start_with("127.0.0.1", &["-u", "root", "-Y", file.to_str().unwrap()]);
    let answer = look(&node.address).await;
    let Some(Conduct::AuthRequired { text }) = answer.seen.saw.conduct else { panic!("{:?}", answer.seen) };
    assert_eq!(text, "CLIENT_ERROR unauthenticated");
}

#[tokio::test]
async fn a_real_node_that_wants_tls_drops_us() {
    let authority = Authority::new();
    let pem = authority.self_signed("IP:127.0.0.1");
    let pem = pem.to_str().unwrap();
    let files = format!("ssl_chain_cert={pem},ssl_key={pem}");
    let node = Memcached::start_with("127.0.0.1", &["-u", "root", "-Z", "-o", &files]);
    let seen = look(&node.address).await.seen.saw;
    let Some(Conduct::Closed { waiting_for, bytes: 0, .. }) = seen.conduct else { panic!("{seen:?}") };
    assert_eq!(waiting_for, "version");
}

#[tokio::test]
async fn a_server_that_is_no_address_is_said_to_be_none() {
    for text in ["", "ctl1:port", "[::1"] {
        assert_eq!(look(text).await.seen.saw.dial.outcome, DialOutcome::NotAnAddress);
    }
    let refused = look(&format!("127.0.0.1:{}", free_port())).await;
    assert_eq!(refused.seen.saw.dial.outcome, DialOutcome::Refused);
}

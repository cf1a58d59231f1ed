//! Nodes of memcache_servers that speak no memcached, or badly: a finding about each, in time, and no harm to the others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, missing_docs)]

#[path = "fakes/mod.rs"]
mod fakes;
#[path = "parts/mod.rs"]
mod parts;
mod scenario;

use std::time::Duration;

use fakes::{Fake, Script};
use parts::memcached::Memcached;
use parts::qemu::Qemu;
use scenario::{SHA1, Scene, connect_info, now, order, pickled, pool};

/// Nodes that speak no memcached, and the cause that names them.
fn hostile() -> Vec<(&'static str, Script, &'static str)> {
    let talks = |key: Vec<u8>| {
        Script::Answers(vec![
            ("version", b"VERSION 1.6.18\r\n".to_vec()),
            ("stats", b"STAT uptime 9999999\r\nEND\r\n".to_vec()),
            ("mg", b"ERROR\r\n".to_vec()),
            ("get", key),
        ])
    };
    let (broken, down) = ("memcached-node-broken", "memcached-node-down");
    vec![
        ("garbage", Script::Once((0..=255).cycle().take(3000).collect()), broken),
        ("half a value", talks(format!("VALUE {SHA1} 1 400\r\nabc").into_bytes()), down),
        ("a value of impossible size", talks(format!("VALUE {SHA1} 0 99999999999999\r\n").into_bytes()), broken),
        ("silence", Script::Mute, down),
        ("an endless line", Script::Endless(vec![b'x'; 4096]), broken),
        ("a bare close", Script::CloseAtOnce, down),
        ("a reset", Script::Reset, down),
        ("http", Script::Once(b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n".to_vec()), broken),
        ("redis", Script::Once(b"-ERR unknown command 'version'\r\n".to_vec()), broken),
        ("tls", Script::Once(vec![0x15, 3, 1, 0, 2, 2, 70]), broken),
        ("ssh", Script::Greet(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()), broken),
        ("a drip", Script::Drip(b"VERSION 1.6.18 and so on".repeat(40), Duration::from_millis(100)), down),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_node_is_a_finding_about_that_node_and_harms_no_other() {
    let vnc = Qemu::start("");
    for (what, script, cause) in hostile() {
        let nodes = [Memcached::start(), Memcached::start()];
        let fake = Fake::start(script).await;
        // the token's home is a good node
        let mut servers = [nodes[0].address.as_str(), nodes[1].address.as_str(), fake.address.as_str()];
        let home = order(SHA1, 3)[0];
        if home == 2 {
            servers.swap(1, 2);
        }
        let holder = nodes.iter().find(|node| node.address == servers[home]).unwrap();
        holder.set(SHA1, 1, 0, &pickled(&connect_info("127.0.0.1", vnc.port.into()), now() - 5.0));
        let report = Scene::three(&pool(&servers)).check_token();
        report.within(1.2);
        let finding = report.finding(cause);
        assert!(finding["message"].as_str().unwrap().contains(&fake.address), "{what}: {report}");
        assert_eq!(finding["step"], 10, "{what}");
        assert!(report.findings().iter().all(|f| f["cause"] == cause), "{what}: {report}");
        assert_eq!(report.code, i32::from(cause == "memcached-node-broken"), "{what}: {report}");
        assert_eq!(report.status(15), "pass", "{what}: {report}");
        let evidence = report.steps()[9]["evidence"].to_string();
        assert_eq!(evidence.matches("memcached 1.").count(), 2, "{what}: {evidence}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_of_hostile_nodes_alone_ends_in_time() {
    let mut fakes = Vec::new();
    for (_, script, _) in hostile() {
        fakes.push(Fake::start(script).await);
    }
    let servers: Vec<&str> = fakes.iter().map(|fake| fake.address.as_str()).collect();
    let report = Scene::three(&pool(&servers)).check_token();
    report.within(1.2);
    assert_eq!(report.code, 1, "{report}");
    assert_eq!(report.json["verdict"]["step"], 10, "{report}");
    let broken = hostile().iter().filter(|(.., cause)| *cause == "memcached-node-broken").count();
    assert_eq!(
        report.causes("error").iter().filter(|cause| **cause == "memcached-node-broken").count(),
        broken,
        "{report}"
    );
}

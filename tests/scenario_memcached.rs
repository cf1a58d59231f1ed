//! Consoles whose tokens lie in memcached: the built program against real memcacheds and a real VNC server, and against
//! nodes that are none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, missing_docs)]

#[path = "fakes/mod.rs"]
mod fakes;
#[path = "parts/mod.rs"]
mod parts;
mod scenario;

use std::sync::atomic::Ordering;

use fakes::{Fake, Script};
use parts::free_port;
use parts::memcached::Memcached;
use parts::qemu::Qemu;
use scenario::{SHA1, Scene, TOKEN, connect_info, controller, now, order, pickled, pool, store};

fn three_nodes() -> [Memcached; 3] {
    [Memcached::start(), Memcached::start(), Memcached::start()]
}

fn addresses(nodes: &[Memcached]) -> Vec<&str> {
    nodes.iter().map(|node| node.address.as_str()).collect()
}

fn all(nodes: &[Memcached]) -> Vec<&Memcached> {
    nodes.iter().collect()
}

#[test]
fn a_healthy_site_is_left_in_peace() {
    let (nodes, vnc) = (three_nodes(), Qemu::start(""));
    let place = store(&all(&nodes), "127.0.0.1", vnc.port.into(), 5.0);
    let scene = Scene::three(&pool(&addresses(&nodes)));
    let report = scene.check_token();
    report.is_silent().within(1.0);
    assert_eq!((report.status(10), report.status(15)), ("pass", "pass"), "{report}");
    let home = &nodes[place].address;
    let step = &report.steps()[9];
    assert!(step["reason"].as_str().unwrap().contains(home.as_str()), "{step}");
    let peers: Vec<&str> = step["evidence"].as_array().unwrap().iter().map(|e| e["peer"].as_str().unwrap()).collect();
    assert_eq!(peers, addresses(&nodes));
    assert_eq!(report.json["verdict"]["status"], "pass");
    // without a token there is nothing to say either
    scene.check(&[]).is_silent();
}

#[test]
fn lists_in_another_order_are_told_with_both_lines_and_the_node_that_has_the_token() {
    let nodes = three_nodes();
    let [a, b, c] = [0, 1, 2].map(|index| nodes[index].address.as_str());
    let place = store(&all(&nodes), "127.0.0.1", free_port().into(), 5.0);
    assert_eq!(place, 0);
    let scene = Scene::of(&[pool(&[a, b, c]), pool(&[b, a, c]), pool(&[a, b, c])]);
    let report = scene.check_token();
    report.leads_to(10, "A4").says(&[&format!("ctl2 would ask {b} for this token"), &format!("the token lies on {a}")]);
    let finding = report.finding("memcached-lists-differ");
    assert_eq!((finding["host"].as_str(), finding["line"].as_u64()), (Some("ctl2"), Some(7)), "{finding}");
    assert!(finding["file"].as_str().unwrap().ends_with("ctl2/nova.conf"));
    assert_eq!(finding["option"], "memcache_servers");
    let related = &finding["related"][0];
    assert_eq!((related["host"].as_str(), related["line"].as_u64()), (Some("ctl1"), Some(7)), "{finding}");
    // without a token it is the same cause
    scene.check(&[]).is(10, "A4").says(&["ctl2 and ctl1 look for"]);
}

#[test]
fn a_missing_member_moves_tokens_too() {
    let nodes = three_nodes();
    let servers = addresses(&nodes);
    let report = Scene::of(&[pool(&servers), pool(&servers[..2]), pool(&servers)]).check(&[]);
    report.is(10, "A4");
    assert_eq!(report.finding("memcached-lists-differ")["host"], "ctl2");
}

#[test]
fn one_of_three_down_from_the_start_breaks_no_console() {
    let (mut nodes, vnc) = (three_nodes(), Qemu::start(""));
    // the token's home is dead, so it was written to the next node of the order, and is found there
    let tries = order(SHA1, 3);
    nodes[tries[0]].process.kill();
    nodes[tries[1]].set(SHA1, 1, 0, &pickled(&connect_info("127.0.0.1", vnc.port.into()), now() - 5.0));
    let report = Scene::three(&pool(&addresses(&nodes))).check_token();
    assert_eq!((report.code, report.json["verdict"]["status"].as_str()), (0, Some("warn")), "{report}");
    assert_eq!(report.causes("error"), Vec::<&str>::new());
    assert_eq!(report.causes("warning"), ["memcached-node-down"], "{report}");
    report.says(&[&nodes[tries[0]].address, "refused"]);
    assert_eq!((report.status(10), report.status(15)), ("warn", "pass"), "{report}");
}

#[test]
fn with_all_nodes_down_every_token_is_lost() {
    let mut nodes = three_nodes();
    for node in &mut nodes {
        node.process.kill();
    }
    let scene = Scene::three(&pool(&addresses(&nodes)));
    scene.check(&[]).is(10, "A6").says(&["ctl1, ctl2 and ctl3", "every console token is lost"]);
    scene.check_token().is(10, "A6");
}

#[test]
fn a_frozen_node_costs_one_timeout() {
    let (nodes, vnc) = (three_nodes(), Qemu::start(""));
    let place = store(&all(&nodes), "127.0.0.1", vnc.port.into(), 5.0);
    let frozen = (place + 1) % 3;
    nodes[frozen].process.signal("STOP");
    let report = Scene::three(&pool(&addresses(&nodes))).check_token();
    nodes[frozen].process.signal("CONT");
    assert_eq!(report.code, 0, "{report}");
    assert_eq!(report.causes("warning"), ["memcached-node-down"], "{report}");
    report.within(1.2).says(&[&nodes[frozen].address, "takes connections and does not answer"]);
    assert_eq!(report.status(15), "pass", "{report}");
}

#[test]
fn a_node_bound_elsewhere_is_a_node_that_is_down() {
    let elsewhere = Memcached::start_with("127.0.0.2", &[]);
    let port = elsewhere.address.rsplit_once(':').unwrap().1;
    let nodes = [Memcached::start(), Memcached::start()];
    let wrong = format!("127.0.0.1:{port}");
    let servers = [&nodes[0].address, &wrong, &nodes[1].address].map(String::as_str);
    let report = Scene::three(&pool(&servers)).check(&[]);
    assert_eq!((report.code, report.causes("warning")), (0, vec!["memcached-node-down"]), "{report}");
    report.says(&[&wrong, "refused", "-l"]);
    let alone = Scene::three(&pool(&[&wrong])).check(&[]);
    alone.is(10, "A6").says(&[&wrong]);
}

#[test]
fn a_token_on_the_stand_in_is_lost_once_its_home_is_back() {
    let nodes = three_nodes();
    let tries = order(SHA1, 3);
    nodes[tries[1]].set(SHA1, 1, 0, &pickled(&connect_info("127.0.0.1", 5901), now() - 20.0));
    let report = Scene::three(&pool(&addresses(&nodes))).check_token();
    report.leads_to(10, "A6").says(&[
        &format!("ctl1 asks {} for this token", nodes[tries[0]].address),
        &format!("it lies on {}", nodes[tries[1]].address),
        "is back",
    ]);
    assert_eq!(report.json["verdict"]["cause"], "token-lost-from-memcached");
}

#[test]
fn a_token_that_no_node_holds_was_lost_by_a_node_that_is_young() {
    let nodes = three_nodes();
    let report = Scene::three(&pool(&addresses(&nodes))).check_token();
    // all three started a moment ago: the home node may have lost it, or it never was
    let verdict = &report.json["verdict"];
    assert_eq!((report.code, verdict["status"].as_str()), (1, Some("fail")), "{report}");
    let lost = report.finding("token-lost-from-memcached");
    assert_eq!((lost["step"].as_u64(), lost["confidence"].as_str()), (Some(10), Some("possible")), "{report}");
    assert_eq!(scenario::rows("token-lost-from-memcached"), ["A6"]);
    report.says(&[&nodes[order(SHA1, 3)[0]].address, "started"]);
}

/// A node that has been up for a month, never emptied and never full, and holds nothing.
fn old_node() -> Script {
    let stats =
        "STAT pid 1\r\nSTAT uptime 2592000\r\nSTAT evictions 0\r\nSTAT cmd_flush 0\r\nSTAT curr_items 12\r\nEND\r\n";
    Script::Answers(vec![
        ("version", b"VERSION 1.6.18\r\n".to_vec()),
        ("stats", stats.into()),
        ("mg", b"EN\r\n".to_vec()),
        ("get", b"END\r\n".to_vec()),
        ("quit", Vec::new()),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_no_old_healthy_node_holds_is_lost_or_was_never_there() {
    let nodes = [Fake::start(old_node()).await, Fake::start(old_node()).await, Fake::start(old_node()).await];
    let servers: Vec<&str> = nodes.iter().map(|node| node.address.as_str()).collect();
    let report = Scene::three(&pool(&servers)).check_token();
    report
        .is_open(&[(10, "token-lost-from-memcached"), (13, "config-edited-not-restarted"), (14, "token-unknown")])
        .says(&["no memcached node that nova-consoleauth would ask holds it", "never written"]);
    assert!(report.causes("warning").is_empty(), "{report}");
}

#[test]
fn an_old_token_is_expired_by_the_ttl_that_is_set() {
    let (nodes, vnc) = (three_nodes(), Qemu::start(""));
    store(&all(&nodes), "127.0.0.1", vnc.port.into(), 700.0);
    let conf = pool(&addresses(&nodes));
    let scene = Scene::three(&conf);
    scene.check_token().is(14, "A9").says(&["token_ttl is 600 s"]);
    let longer = format!("{conf}[consoleauth]\ntoken_ttl = 3600\n");
    Scene::three(&longer).check_token().is_silent();
    let shorter = format!("{conf}[consoleauth]\ntoken_ttl = 60\n");
    let report = Scene::three(&shorter).check_token();
    report.is(14, "A9").says(&["token_ttl is 60 s"]);
    let finding = report.finding("token-expired");
    assert_eq!((finding["option"].as_str(), finding["line"].as_u64()), (Some("token_ttl"), Some(9)), "{finding}");
}

#[test]
fn a_closed_vnc_port_is_step_15() {
    let nodes = three_nodes();
    let port = free_port();
    store(&all(&nodes), "127.0.0.1", port.into(), 5.0);
    let report = Scene::three(&pool(&addresses(&nodes))).check_token();
    report.says(&[&format!("nothing listens at 127.0.0.1:{port}"), "refused"]);
    let finding = report.finding("vnc-port-closed");
    assert_eq!((finding["step"].as_u64(), scenario::rows("vnc-port-closed").len()), (Some(15), 0));
    assert_eq!((report.code, report.json["verdict"]["step"].as_u64()), (1, Some(15)), "{report}");
    assert_eq!(report.status(10), "pass", "{report}");
}

#[test]
fn an_instance_that_is_off_has_port_minus_one() {
    let nodes = three_nodes();
    store(&all(&nodes), "127.0.0.1", -1, 5.0);
    Scene::three(&pool(&addresses(&nodes))).check_token().is(6, "").says(&["not running", "-1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_loopback_of_other_machines_is_never_dialled() {
    let (node, vnc) = (Fake::start(old_node()).await, Fake::start(Script::Mute).await);
    let conf = pool(&[&node.address]) + "[database]\nconnection = mysql+pymysql://nova:secret@10.255.255.1/nova\n";
    let report = Scene::three(&conf).check_token();
    assert_eq!(node.accepted.load(Ordering::SeqCst), 0, "{report}");
    assert_eq!(vnc.accepted.load(Ordering::SeqCst), 0);
    report.leads_to(10, "A4").says(&["10.255.255.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn connect_info_of_another_machines_loopback_is_not_dialled() {
    let vnc = Fake::start(Script::Greet(b"RFB 003.008\n".to_vec())).await;
    let nodes = three_nodes();
    store(&all(&nodes), "127.0.0.1", vnc.port.into(), 5.0);
    // the controllers are this machine; the proxy's files name another one
    let mut scene = Scene::of(&[]);
    scene.host("ctl1:consoleauth", &pool(&addresses(&nodes)));
    scene.host("prx1:novncproxy", "[DEFAULT]\ntransport_url = rabbit://nova:secret@10.255.255.1:5672/\n");
    let report = scene.check_token();
    assert_eq!(vnc.accepted.load(Ordering::SeqCst), 0, "{report}");
    assert_eq!(report.status(10), "pass", "{report}");
    report.leads_to(6, "E1").says(&["127.0.0.1"]);
}

#[test]
fn one_wrong_controller_among_right_ones_is_named() {
    let nodes = three_nodes();
    let servers = addresses(&nodes).join(",");
    let right = pool(&addresses(&nodes));
    let cases = [
        // (nova.conf of ctl2, row, line that is to change)
        (
            controller(&format!("enabled = True\nbackend = oslo_cache.memcache_pool\nmemcached_servers = {servers}")),
            "A2",
            7,
        ),
        (
            controller(&format!("enable = True\nbackend = oslo_cache.memcache_pool\nmemcache_servers = {servers}")),
            "A2",
            5,
        ),
        (format!("[DEFAULT]\nmemcached_servers = {servers}\n"), "A2", 2),
        (controller(&format!("enabled = True\nmemcache_servers = {servers}")), "A3", 5),
        (controller(&format!("enabled = True\nbackend = dogpile.cache.null\nmemcache_servers = {servers}")), "A3", 6),
        (
            controller(&format!("enabled = False\nbackend = oslo_cache.memcache_pool\nmemcache_servers = {servers}")),
            "A3",
            5,
        ),
        (controller("enabled = True\nbackend = oslo_cache.dict"), "A1", 6),
    ];
    for (wrong, row, line) in cases {
        let report = Scene::of(&[right.clone(), wrong.clone(), right.clone()]).check(&[]);
        report.leads_to(10, row);
        let cause = report.json["verdict"]["cause"].as_str().unwrap();
        let finding = report.finding(cause);
        assert_eq!(finding["host"], "ctl2", "{wrong}\n{report}");
        assert_eq!(finding["line"].as_u64(), Some(line), "{wrong}\n{report}");
        assert!(report.causes("error").iter().all(|error| *error == cause), "{wrong}\n{report}");
    }
}

#[test]
fn the_middlewares_own_list_is_never_accused() {
    let nodes = three_nodes();
    let own = format!("[keystone_authtoken]\nmemcached_servers = {}\n", addresses(&nodes)[0]);
    Scene::three(&(pool(&addresses(&nodes)) + &own)).check(&[]).is_silent();
}

#[test]
fn liberty_and_mitaka_are_asked_for_the_token_itself() {
    let nodes = three_nodes();
    let place = order(TOKEN, 3)[0];
    nodes[place].set(TOKEN, 0, 600, connect_info("127.0.0.1", free_port().into()).as_bytes());
    let conf = format!("[DEFAULT]\nmemcached_servers = {}\n", addresses(&nodes).join(","));
    let report = Scene::three(&conf).release("liberty").check_token();
    assert_eq!(report.status(10), "pass", "{report}");
    assert!(report.steps()[9]["reason"].as_str().unwrap().contains(&nodes[place].address), "{report}");
    assert_eq!(report.json["verdict"]["step"], 15, "{report}");
    // Mitaka keeps the key and pickles the value
    nodes[place].set(TOKEN, 1, 0, &pickled(&connect_info("127.0.0.1", free_port().into()), now() - 5.0));
    let report = Scene::three(&conf).release("13").check_token();
    assert_eq!((report.status(10), report.json["verdict"]["step"].as_u64()), ("pass", Some(15)), "{report}");
    // with [cache] Mitaka mangles the key
    nodes[place].set(TOKEN, 1, 0, b"x");
    store(&all(&nodes), "127.0.0.1", free_port().into(), 5.0);
    let report = Scene::three(&pool(&addresses(&nodes))).release("13").check_token();
    assert_eq!((report.status(10), report.json["verdict"]["step"].as_u64()), ("pass", Some(15)), "{report}");
}

#[test]
fn other_spellings_of_the_same_nodes_are_no_difference() {
    let (nodes, vnc) = (three_nodes(), Qemu::start(""));
    store(&all(&nodes), "127.0.0.1", vnc.port.into(), 5.0);
    let plain = addresses(&nodes);
    let named: Vec<String> = plain.iter().map(|address| address.replace("127.0.0.1", "localhost")).collect();
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    let inet: Vec<String> = plain.iter().map(|address| format!("inet:{address}")).collect();
    let inet: Vec<&str> = inet.iter().map(String::as_str).collect();
    let spaced = pool(&plain).replace(',', " ,  ");
    let scene = Scene::of(&[pool(&plain), pool(&named), pool(&inet), spaced]);
    scene.check_token().is_silent();
    scene.check(&[]).is_silent();
}

#[test]
fn a_backend_argument_url_is_the_list_that_counts() {
    let node = Memcached::start();
    let vnc = Qemu::start("");
    let unused = format!("127.0.0.1:{}", free_port());
    store(&[&node], "127.0.0.1", vnc.port.into(), 5.0);
    let conf = |argument: &str| {
        controller(&format!(
            "enabled = True\nbackend = dogpile.cache.memcached\nmemcache_servers = {unused}\nbackend_argument = url:{argument}"
        ))
    };
    Scene::three(&conf(&node.address)).check_token().is_silent();
    let other = Memcached::start();
    let report = Scene::of(&[conf(&node.address), conf(&other.address), conf(&node.address)]).check(&[]);
    report.is(10, "A4");
    let finding = report.finding("memcached-lists-differ");
    assert_eq!((finding["host"].as_str(), finding["option"].as_str()), (Some("ctl2"), Some("backend_argument")));
}

#[test]
fn a_node_listed_twice_is_asked_once_and_is_no_difference() {
    let (nodes, vnc) = (three_nodes(), Qemu::start(""));
    let list = [&nodes[0].address, &nodes[1].address, &nodes[0].address].map(String::as_str);
    store(&[&nodes[0], &nodes[1], &nodes[0]], "127.0.0.1", vnc.port.into(), 5.0);
    let report = Scene::three(&pool(&list)).check_token();
    report.is_silent();
    assert_eq!(report.steps()[9]["evidence"].as_array().unwrap().len(), 2, "{report}");
}

#[test]
fn an_ipv6_node_is_asked_in_python_memcacheds_spelling() {
    let node = Memcached::start_with("::1", &[]);
    let vnc = Qemu::start("");
    node.set(SHA1, 1, 0, &pickled(&connect_info("127.0.0.1", vnc.port.into()), now() - 5.0));
    let report = Scene::three(&pool(&[&format!("inet6:{}", node.address)])).check_token();
    report.is_silent();
    assert_eq!((report.status(10), report.status(15)), ("pass", "pass"), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_the_time_before_meta_commands_is_asked_with_get() {
    let vnc = Qemu::start("");
    let value = pickled(&connect_info("127.0.0.1", vnc.port.into()), now() - 5.0);
    let mut answer = format!("VALUE {SHA1} 1 {}\r\n", value.len()).into_bytes();
    answer.extend(value);
    answer.extend(b"\r\nEND\r\n");
    let node = Fake::start(Script::Answers(vec![
        ("version", b"VERSION 1.4.25\r\n".to_vec()),
        ("stats", b"STAT uptime 99999\r\nSTAT evictions 0\r\nEND\r\n".to_vec()),
        ("mg", b"ERROR\r\n".to_vec()),
        ("get", answer),
        ("quit", Vec::new()),
    ]))
    .await;
    let report = Scene::three(&pool(&[&node.address])).check_token();
    report.is_silent();
    assert_eq!((report.status(10), report.status(15)), ("pass", "pass"), "{report}");
}

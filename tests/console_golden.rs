//! console/ against recorded answers of the real libraries and the real legacy cloud (fixtures/console). Needs nothing
//! installed; `tests/install/console --golden` writes the library's part again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "console/check.rs"]
mod check;

use check::{Quirks, rows, text, unhex};
use serde_json::Value;
use std::collections::BTreeMap;
use vncdoctor::console::access_url::AccessUrl;
use vncdoctor::console::cached_value::{Expiry, Payload, decode};
use vncdoctor::console::memcached_ring::{
    Machines, Names, Sameness, ServerAddr, node_with_dead, parse_python_memcached, same_node, start_hash,
};
use vncdoctor::console::token::Token;

fn fixture(name: &str) -> Value {
    let path = format!("{}/fixtures/console/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(&path).expect(&path)).expect(&path)
}

#[test]
fn nodes_of_python_memcached() {
    let quirks = Quirks { keeps_zero: false, cannot_rehash: false };
    assert_eq!(check::nodes(&fixture("nodes"), &quirks).0, 40);
}

#[test]
fn nodes_of_pymemcache() {
    assert!(check::pymemcache_nodes(&fixture("rendezvous")) >= 280);
}

#[test]
fn server_strings() {
    assert!(check::servers(&fixture("servers-python-memcached")) > 60);
    assert!(check::servers(&fixture("servers-pymemcache")) > 60);
}

#[test]
fn values_of_the_libraries() {
    for (name, count) in [("values-python27", 33), ("values-dogpile-0.6.8", 66), ("values-dogpile-1.5.0", 76)] {
        assert_eq!(check::values(&fixture(name)), count, "{name}");
    }
}

#[test]
fn values_of_real_consoles() {
    let document = fixture("recorded-values");
    let (mut consoles, mut instances) = (0, 0);
    for row in rows(&document, "values") {
        let bytes = unhex(text(row, "hex"));
        let cached = decode(u32::try_from(row["flags"].as_u64().unwrap()).unwrap(), &bytes).unwrap();
        let ct = cached.ct.unwrap();
        assert!(matches!(cached.expiry(Some(600), ct + 600.5), Expiry::Expired { .. }));
        assert!(matches!(cached.expiry(Some(600), ct + 599.5), Expiry::Valid { .. }));
        match &cached.payload {
            Payload::Console(info) => {
                let token = info.token.as_ref().unwrap();
                assert_eq!(token.sha1, text(row, "key"));
                assert_eq!((info.host.as_deref(), info.dialable_port()), (Some("127.0.0.50"), Some(25950)));
                assert_eq!(info.access_url_has_this_token, Some(true));
                assert_eq!(info.access_url.as_ref().unwrap().damages, []);
                consoles += 1;
            }
            Payload::InstanceTokens(tokens) => {
                assert!(!tokens.is_empty());
                instances += 1;
            }
            Payload::Other => panic!("{row}"),
        }
    }
    println!("{consoles} tokens and {instances} instances of real consoles");
    assert_eq!((consoles + instances, rows(&document, "values").len()), (97, 97));
}

/// 360 tokens of three nova-consoleauth: where each lay, and who found it.
#[test]
fn nodes_of_real_consoles() {
    let document = fixture("recorded-nodes");
    let mut tokens = 0;
    for (fault, cloud) in document["faults"].as_object().unwrap() {
        let lists: BTreeMap<&str, Vec<ServerAddr>> = cloud["lists"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(host, list)| {
                let servers =
                    list.as_array().unwrap().iter().map(|s| parse_python_memcached(s.as_str().unwrap()).unwrap());
                (host.as_str(), servers.collect())
            })
            .collect();
        let is_dead = |server: &ServerAddr| rows(cloud, "dead").iter().any(|dead| dead == &server.to_string());
        let asked = |host: &str, hash: u16| {
            let list = &lists[host];
            let dead: Vec<bool> = list.iter().map(is_dead).collect();
            list[node_with_dead(hash, list.len(), &dead).unwrap()].clone()
        };
        for row in rows(cloud, "rows") {
            let token = Token::parse(text(row, "token")).unwrap();
            assert_eq!(token.sha1_key(), text(row, "key"));
            let hash = start_hash(token.sha1_key().as_bytes());
            let taken_by = text(row, "taken_by");
            assert_eq!(row["on"], serde_json::json!([asked(taken_by, hash).to_string()]), "{fault}");
            let finders: Vec<&str> =
                lists.keys().copied().filter(|host| asked(host, hash) == asked(taken_by, hash)).collect();
            assert_eq!(row["found_by"], serde_json::json!(finders), "{fault}");
            if rows(cloud, "dead").is_empty() {
                for host in lists.keys() {
                    let same = same_node(&lists[taken_by], &lists[host], hash, &Names::default(), Machines::One);
                    assert_eq!(same == Sameness::Same, finders.contains(host), "{fault}");
                }
            }
            tokens += 1;
        }
    }
    assert_eq!(tokens, 360);
}

#[test]
fn urls_of_real_novas_have_no_damage() {
    let token = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11";
    for row in rows(&fixture("urls"), "urls") {
        let url = text(row, "url").replace("=T", &format!("={token}")).replace("%3DT", &format!("%3D{token}"));
        let (parsed, found) = AccessUrl::parse(&url).unwrap();
        assert_eq!(parsed.damages, [], "{url}");
        assert_eq!(found.unwrap().unwrap(), Token::parse(token).unwrap(), "{url}");
    }
}

//! Compares what a real library printed (tests/console/*.py) with this tool's answer.

use serde_json::Value;
use vncdoctor::console::cached_value::{Cached, Form, Payload, decode};
use vncdoctor::console::memcached_ring::{
    ServerAddr, ServerProblem, murmur3_32, node_with_dead, parse_pymemcache, parse_python_memcached, pymemcache_node,
    rendezvous, start_hash,
};
use vncdoctor::console::token::TokenPrint;

const TOKEN: &str = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11";

pub(crate) fn rows<'a>(document: &'a Value, name: &str) -> &'a [Value] {
    document[name].as_array().unwrap_or_else(|| panic!("no {name}"))
}

pub(crate) fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_else(|| panic!("no {name} in {row}"))
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("no number: {value}"))
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).expect("hex")).collect()
}

/// What of python-memcached parts from 1.53-1.59 on Python 2.
pub(crate) struct Quirks {
    /// 1.60 and newer keep a hash of 0: keys that meet one are not compared.
    pub(crate) keeps_zero: bool,
    /// 1.57 on Python 3 raises where it has to rehash.
    pub(crate) cannot_rehash: bool,
}

/// Keys and choices that agreed.
pub(crate) fn nodes(document: &Value, quirks: &Quirks) -> (usize, usize) {
    let (mut keys, mut choices) = (0, 0);
    for row in rows(document, "rows") {
        if quirks.keeps_zero && row["zero"] == true {
            continue;
        }
        let key = text(row, "key");
        let hash = start_hash(key.as_bytes());
        assert_eq!(i64::from(hash), number(&row["hash"]), "{key}");
        keys += 1;
        for (n, pairs) in row["choices"].as_object().expect("choices") {
            let n: usize = n.parse().expect("length of a list");
            for pair in pairs.as_array().expect("choices") {
                let (mask, real) = (number(&pair[0]), number(&pair[1]));
                let dead: Vec<bool> = (0..n).map(|at| mask >> at & 1 == 1).collect();
                let ours = node_with_dead(hash, n, &dead).map_or(-1, |at| i64::try_from(at).expect("small"));
                if quirks.cannot_rehash && real == -2 {
                    assert!(dead[usize::from(hash) % n], "{key} {n} {mask}: raised with its home alive");
                    continue;
                }
                assert_eq!(ours, real, "{key}: {n} servers, dead {mask:b}");
                choices += 1;
            }
        }
    }
    (keys, choices)
}

/// Choices that agreed.
pub(crate) fn pymemcache_nodes(document: &Value) -> usize {
    let names: Vec<String> =
        rows(document, "nodes").iter().map(|node| node.as_str().expect("a node").to_owned()).collect();
    let mut choices = 0;
    for row in rows(document, "rows") {
        let key = text(row, "key");
        assert_eq!(i64::from(murmur3_32(key)), number(&row["murmur"]), "{key}");
        for (at, real) in rows(row, "choices").iter().enumerate() {
            let ours = rendezvous(key, &names[..=at]).map(|at| i64::try_from(at).expect("small"));
            assert_eq!(ours, Some(number(real)), "{key}: {} servers", at + 1);
            choices += 1;
        }
    }
    choices
}

/// Server strings that agreed.
pub(crate) fn servers(document: &Value) -> usize {
    let library = text(document, "library");
    let parse: fn(&str) -> Result<ServerAddr, ServerProblem> = match library {
        "python_memcached" => parse_python_memcached,
        "pymemcache" => parse_pymemcache,
        other => panic!("unknown library {other}"),
    };
    for row in rows(document, "rows") {
        let server = text(row, "text");
        let real = &row["server"];
        let in_range = |port: &Value| port.as_str().is_some_and(|port| port.parse::<u16>().is_ok());
        match parse(server) {
            Ok(ServerAddr::Unix { path }) => assert_eq!(real["unix"], path, "{library} {server:?}"),
            Ok(ref parsed @ ServerAddr::Inet { ref host, port, v6 }) => {
                assert_eq!(real["host"], *host, "{library} {server:?}");
                assert_eq!(real["port"], port.to_string(), "{library} {server:?}");
                if let Some(real_v6) = real["v6"].as_bool() {
                    assert_eq!(real_v6, v6, "{library} {server:?}");
                }
                assert_eq!(pymemcache_node(parsed), format!("{host}:{port}"));
            }
            Err(ServerProblem::PortOutOfRange(_)) => {
                assert!(!in_range(&real["port"]) && real["port"].is_string(), "{library} {server:?}: {row}");
            }
            Err(_) => assert!(row["error"].is_string(), "{library} takes {server:?}: {row}"),
        }
    }
    rows(document, "rows").len()
}

/// Values that agreed.
pub(crate) fn values(document: &Value) -> usize {
    let version = number(&document["value_version"]);
    let print = TokenPrint::of_text(TOKEN);
    for row in rows(document, "rows") {
        let name = format!("{} {} protocol {}", text(row, "name"), text(row, "writer"), row["protocol"]);
        assert_eq!(text(row, "key"), print.sha1, "{name}");
        let flags = u32::try_from(number(&row["flags"])).expect("flags");
        let cached = decode(flags, &unhex(text(row, "hex"))).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        let protocol = match number(&row["protocol"]) {
            0 | 1 => 0,
            other => u8::try_from(other).expect("protocol"),
        };
        assert_eq!((cached.form, cached.v), (Form::Pickle { protocol }, Some(version)), "{name}");
        let ct = cached.ct.unwrap_or_else(|| panic!("{name}: no ct"));
        // protocol 0 of python 2 writes 17 digits, so that nothing is lost
        let (before, after) = (row["before"].as_f64().expect("time"), row["after"].as_f64().expect("time"));
        // two clocks of Python round the same moment differently, by a last digit
        let near = 1e-6;
        assert!((before - near..=after + near).contains(&ct), "{name}: {before} <= {ct} <= {after}");
        payload(text(row, "name"), &cached, &print);
        let shown = format!("{cached:?} {}", serde_json::to_string(&cached).expect("json"));
        assert!(!shown.contains(TOKEN), "{name}: {shown}");
    }
    rows(document, "rows").len()
}

fn payload(name: &str, cached: &Cached, print: &TokenPrint) {
    match (&cached.payload, name.split('-').next()) {
        (Payload::Console(info), Some("console")) => {
            assert!(info.token_matches(print), "{name}");
            assert_eq!((info.host.as_deref(), info.port), (Some("10.0.0.21"), Some(5901)), "{name}");
            if name != "console-raw-unicode" {
                assert_eq!(info.access_url_has_this_token, Some(true), "{name}");
            }
        }
        (Payload::InstanceTokens(tokens), Some("instance")) => {
            assert_eq!(tokens.len(), if name == "instance" { 2 } else { 0 }, "{name}");
            assert!(tokens.first().is_none_or(|first| first == print), "{name}");
        }
        (Payload::Other, Some("other")) => {}
        (other, _) => panic!("{name}: {other:?}"),
    }
}

//! The static option table says what `data/nova-options.json` says: a stale `data/options.rs` fails here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use serde_json::Value as Json;
use vncdoctor::oslo::options::{self, Default, lookup, normalized};
use vncdoctor::oslo::value::Kind;

fn number(text: &Json) -> u16 {
    text.as_str().map_or_else(|| text.as_u64().unwrap() as u16, |t| t.parse().unwrap())
}

fn kind(name: &str) -> Kind {
    match name {
        "string" => Kind::Text,
        "boolean" => Kind::Boolean,
        "integer" => Kind::Integer,
        "float" => Kind::Float,
        "port" => Kind::Port,
        "list" => Kind::List,
        "dict" => Kind::Dict,
        "ip" => Kind::Ip,
        "host-address" => Kind::HostAddress,
        "host-domain" => Kind::HostDomain,
        "uri" => Kind::Uri,
        "multi-string" => Kind::MultiText,
        "multi-dict" => Kind::MultiDict,
        other => panic!("unknown type {other}"),
    }
}

/// The entry of a history that counts in a release.
fn at(history: &[Json], release: u16) -> &Json {
    history.iter().rev().find(|h| number(&h["from_release"]) <= release).unwrap_or(&history[0])
}

fn same_default(ours: Default, theirs: &Json) -> bool {
    match ours {
        Default::None => theirs.is_null(),
        Default::Boolean(b) => theirs == b,
        Default::Integer(i) => theirs == i,
        Default::Float(f) => theirs.as_f64() == Some(f),
        Default::Text(t) => theirs == t,
        Default::List(l) => theirs.as_array().unwrap().iter().eq(l.iter()),
        Default::Dict => theirs.as_object().is_some_and(serde_json::Map::is_empty),
    }
}

#[test]
fn table_is_fresh() {
    let document: Json = serde_json::from_str(include_str!("../data/nova-options.json")).unwrap();
    let options = document["options"].as_array().unwrap();
    assert_eq!(options.len() + 1, options::all().len());
    for theirs in options {
        let (section, name) = (theirs["section"].as_str().unwrap(), theirs["name"].as_str().unwrap());
        let ours = lookup(section, name).unwrap_or_else(|| panic!("[{section}] {name} is missing"));
        let label = ours.label();
        let absent: Vec<_> = theirs["absent_in"].as_array().into_iter().flatten().map(number).collect();
        let (first, last) = (number(&theirs["first_release"]), number(&theirs["last_release"]));
        assert_eq!(ours.secret, theirs["secret"] == true, "{label}");
        let defaults = theirs["default_history"].as_array().cloned();
        let defaults =
            defaults.unwrap_or_else(|| vec![serde_json::json!({"from_release": 0, "default": theirs["default"]})]);
        for release in 15..=34 {
            let known = (first..=last).contains(&release) && !absent.contains(&release);
            assert_eq!(ours.is_in(release), known, "{label} in {release}");
            if !known {
                continue;
            }
            let shape = at(theirs["types"].as_array().unwrap(), release);
            assert_eq!(ours.shape(release).kind, kind(shape["type"].as_str().unwrap()), "{label} in {release}");
            let choices = shape["choices"].as_array().into_iter().flatten().filter(|c| !c.is_null());
            assert!(choices.eq(ours.shape(release).choices.iter()), "{label} in {release}");
            assert_eq!(ours.shape(release).min, shape["min"].as_f64(), "{label} in {release}");
            assert_eq!(ours.shape(release).max, shape["max"].as_f64(), "{label} in {release}");
            assert!(same_default(ours.default(release), &at(&defaults, release)["default"]), "{label} in {release}");
            let old = theirs["deprecated_names"].as_array().unwrap().iter();
            let old = old.filter(|d| (number(&d["first_release"])..=number(&d["last_release"])).contains(&release));
            let old: Vec<_> =
                old.map(|d| (normalized(d["section"].as_str().unwrap()), d["name"].as_str().unwrap())).collect();
            let aliases = ours.aliases_in(release).map(|a| (a.section.into(), a.name));
            assert!(old.into_iter().eq(aliases), "{label} in {release}");
        }
    }
}

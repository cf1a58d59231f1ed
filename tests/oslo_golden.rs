//! Our reader against what the real oslo.config 5.2.1 and 10.7.0 answered, checked in as `fixtures/oslo/*.json`.
//!
//! `fixtures/oslo/regenerate.py` writes those files anew from the real libraries.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "oslo/answer.rs"]
mod answer;

use answer::{agree, latin1, same_structure, structure};
use serde_json::Value as Json;
use vncdoctor::oslo::config::{Config, Identity, Program};
use vncdoctor::oslo::ini::parse;

const RELEASES: [u16; 2] = [17, 34];

fn rows(text: &str) -> Vec<Json> {
    let rows: Vec<Json> = serde_json::from_str(text).expect("a golden file is json");
    assert!(!rows.is_empty());
    rows
}

fn bytes(text: &Json) -> Vec<u8> {
    text.as_str().unwrap().chars().map(|c| c as u8).collect()
}

fn config(files: &[Vec<u8>], env: &Json, release: u16) -> Config {
    let files = files.iter().enumerate().map(|(n, f)| (n.to_string(), parse(f))).collect();
    let env = env.as_object().into_iter().flatten();
    let env = env.map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned())).collect();
    let identity = Identity { my_ip: Some("10.9.8.7".into()), host: Some("this-host".into()) };
    Config::new(files, env, Program::Compute, release, identity)
}

#[test]
fn files_by_hand_are_read_alike() {
    let rows = rows(include_str!("../fixtures/oslo/hand.json"));
    assert!(rows.len() >= 81, "{} cases", rows.len());
    for row in rows {
        let text = bytes(&row["text"]);
        assert_eq!(latin1(&text), row["text"].as_str().unwrap());
        let ours = structure(&parse(&text));
        assert!(same_structure(&ours, &row["result"]), "{}: ours {ours}, theirs {}", row["name"], row["result"]);
    }
}

#[test]
fn programs_see_the_same() {
    for row in rows(include_str!("../fixtures/oslo/meaning.json")) {
        let files: Vec<_> = row["files"].as_array().unwrap().iter().map(bytes).collect();
        for release in RELEASES {
            let config = config(&files, &row["env"], release);
            let asked = row["get"].as_array().unwrap().iter();
            for (option, theirs) in asked.zip(row[release.to_string()].as_array().unwrap()) {
                let ours = config.get(option[0].as_str().unwrap(), option[1].as_str().unwrap());
                assert!(
                    agree(&ours.value, theirs),
                    "{release} {}: ours {:?}, theirs {theirs}",
                    row["name"],
                    ours.value
                );
            }
        }
    }
}

#[test]
fn values_of_every_type_are_converted_alike() {
    for row in rows(include_str!("../fixtures/oslo/values.json")) {
        let (section, name) = (row["option"][0].as_str().unwrap(), row["option"][1].as_str().unwrap());
        let text = row["text"].as_str().unwrap().replace('\n', "\n ");
        let file = format!("[{section}]\n{name} = {text}\n").into_bytes();
        for release in RELEASES {
            let ours = config(std::slice::from_ref(&file), &Json::Null, release).get(section, name);
            // an option that the release does not have is nobody's
            if !ours.known {
                continue;
            }
            let theirs = &row[release.to_string()];
            assert!(
                agree(&ours.value, theirs),
                "{release} [{section}] {name} = {text:?}: ours {:?}, theirs {theirs}",
                ours.value
            );
        }
    }
}

/// `make_url` of SQLAlchemy 1.3.24 (up to Wallaby) and of 1.4.54 and 2.0.51, which read alike.
#[test]
fn database_connections_are_read_alike() {
    let rows = rows(include_str!("../fixtures/oslo/db_urls.json"));
    assert!(rows.len() > 2500, "{} cases", rows.len());
    let mut apart = Vec::new();
    for row in rows {
        let text = row[0].as_str().unwrap();
        for (release, wanted) in [(23, &row[1]), (24, &row[2])] {
            let read = vncdoctor::oslo::db_url::DbUrl::parse(text, release).map_or(Json::Null, |url| {
                let mut query: Vec<Json> = Vec::new();
                for name in url.parameter_names() {
                    query.extend(url.parameters(name).map(|value| serde_json::json!([name, value])));
                }
                serde_json::json!([url.scheme, url.user, url.password(), url.host, url.port, url.database, query])
            });
            if read != *wanted {
                apart.push(format!("{text:?} in {release}: {read} for {wanted}"));
            }
        }
    }
    assert!(apart.is_empty(), "{} differ\n{}", apart.len(), apart.join("\n"));
}

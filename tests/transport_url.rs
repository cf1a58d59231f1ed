//! Our reader of transport_url against what the real oslo.messaging 5.17.3, 5.35.6 and 17.3.0 and kombu answered, checked in
//! as `fixtures/bus/urls-*.json`. `tests/install/bus --golden` writes those files anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use serde_json::{Value, json};
use vncdoctor::oslo::secret::Secret;
use vncdoctor::oslo::transport_url::TransportUrl;

fn text(secret: Option<&Secret>) -> Value {
    secret.map_or(Value::Null, |secret| secret.reveal().into())
}

/// Our answer in the words of theirs.
fn ours(url: &str, release: u16) -> Value {
    let Ok(read) = TransportUrl::parse(url, release) else { return json!({"url": url, "error": true}) };
    let members: Vec<Value> = read
        .members
        .iter()
        .map(|member| {
            json!({
                "host": member.host, "port": member.port,
                "username": text(member.username.as_ref()), "password": text(member.password.as_ref()),
            })
        })
        .collect();
    let brokers: Vec<Value> = if members.is_empty() { Vec::new() } else { brokers(&read) };
    json!({
        "url": url, "driver": read.driver, "virtual_host": read.virtual_host, "members": members, "query": read.query,
        "brokers": brokers,
    })
}

/// Theirs, without what kombu makes of a slash in a user: its beginning becomes the host, and all the rest the virtual host.
fn without_slashes(theirs: &Value) -> Value {
    let mut theirs = theirs.clone();
    let members = theirs["members"].as_array().cloned().unwrap_or_default();
    for (index, member) in members.iter().enumerate() {
        if member["username"].as_str().is_some_and(|user| user.contains('/')) {
            theirs["brokers"][index] = Value::Null;
        }
    }
    theirs
}

fn brokers(read: &TransportUrl) -> Vec<Value> {
    let one = |broker: vncdoctor::oslo::transport_url::Broker| {
        json!({
            "host": broker.host, "port": broker.port, "username": broker.username.reveal(),
            "password": broker.password.reveal(), "virtual_host": broker.virtual_host,
        })
    };
    read.brokers(None).into_iter().map(|broker| broker.map_or(Value::Null, one)).collect()
}

#[test]
fn read_as_oslo_messaging_reads_it() {
    let files = [
        include_str!("../fixtures/bus/urls-15.json"),
        include_str!("../fixtures/bus/urls-17.json"),
        include_str!("../fixtures/bus/urls-34.json"),
    ];
    let mut differences = Vec::new();
    let (mut read, mut refused) = (0, 0);
    for file in files {
        let golden: Value = serde_json::from_str(file).unwrap();
        let release = u16::try_from(golden["release"].as_u64().unwrap()).unwrap();
        for theirs in golden["rows"].as_array().unwrap() {
            let ours = ours(theirs["url"].as_str().unwrap(), release);
            if theirs["error"] == true {
                refused += 1;
            } else {
                read += 1;
            }
            let theirs = without_slashes(theirs);
            if ours != theirs {
                differences.push(format!("{release}:\n  ours   {ours}\n  theirs {theirs}"));
            }
        }
    }
    let shown: Vec<_> = differences.iter().take(12).map(String::as_str).collect();
    assert!(differences.is_empty(), "{} differences, the first:\n{}", differences.len(), shown.join("\n"));
    assert!(read > 500 && refused > 100, "{read} read, {refused} refused");
}

#[test]
fn a_url_without_members_leads_to_this_machine_as_guest() {
    let brokers = TransportUrl::parse("rabbit://", 34).unwrap().brokers(None);
    let broker = brokers[0].as_ref().unwrap();
    assert_eq!((broker.host.as_str(), broker.port, broker.virtual_host.as_str()), ("localhost", 5672, "/"));
    assert_eq!((broker.username.reveal(), broker.password.reveal()), ("guest", "guest"));
}

//! Lines of every release, and lines like them.

use super::*;

const TOKEN: &str = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11";

#[test]
fn consoleauth_of_both_eras() {
    let old = consoleauth(&format!(
        "Received Token: {TOKEN}, {{'host': u'10.0.0.21', 'port': u'5901', 'token': u'{TOKEN}'}}"
    ));
    let new = consoleauth(&format!(
        "Received Token: {{'token': '***', 'host': '10.0.0.21', 'port': '5901', 'access_url': 'http://c:6080/x?token={TOKEN}'}}"
    ));
    for told in [old, new] {
        assert!(
            matches!(&told, Some((Event::TokenReceived { target }, token)) if target.port == Some(5901) && *token == clean::print(TOKEN)),
            "{told:?}"
        );
    }
    assert_eq!(
        consoleauth(&format!("Checking Token: {TOKEN}, False")),
        Some((Event::TokenChecked { known: false }, clean::print(TOKEN)))
    );
    assert_eq!(consoleauth("Checking Token: , False"), Some((Event::TokenChecked { known: false }, None)));
    assert_eq!(consoleauth("Checking that token is known: True"), Some((Event::TokenChecked { known: true }, None)));
    assert_eq!(
        consoleauth(&format!("Token: {TOKEN} failed to save into memcached.")),
        Some((Event::SaveFailed { of_token: true }, clean::print(TOKEN)))
    );
    assert_eq!(
        consoleauth("Instance: x failed to save into memcached"),
        Some((Event::SaveFailed { of_token: false }, None))
    );
    assert_eq!(
        consoleauth("The nova-consoleauth service is deprecated as console token"),
        Some((Event::ConsoleauthDeprecated, None))
    );
    for other in [
        "Checking Token: x, Maybe",
        "Checking that token is known: ",
        "Received",
        "The nova-consoleauth service is fine",
        "Reloading compute RPC API",
    ] {
        assert_eq!(consoleauth(other), None, "{other}");
    }
}

#[test]
fn cache_start_and_security() {
    assert!(matches!(cache("Cache enabled with backend dogpile.cache.null."), Some((Event::NullCache { .. }, None))));
    assert_eq!(cache("Cache enabled with backend dogpile.cache.memcached."), None);
    let started = Event::Started { node: "consoleauth".to_owned(), version: "17.0.13".to_owned() };
    assert_eq!(start("Starting consoleauth node (version 17.0.13)"), Some((started, None)));
    assert_eq!(start("Starting consoleauth"), None);
    assert_eq!(
        security("Finished security handshake, resuming normal proxy mode using secured socket"),
        Some((Event::SecurityFinished, None))
    );
    assert_eq!(security("VeNCrypt security handshake accepted"), Some((Event::VencryptAccepted, None)));
    assert_eq!(
        security("The server sent security types [1, 19]"),
        Some((Event::SecurityTypes { types: vec![1, 19] }, None))
    );
    assert_eq!(security("Server sent security types: 1 (NONE)"), Some((Event::SecurityTypes { types: vec![1] }, None)));
    assert_eq!(security("Got version string 'RFB 003.008' from compute node"), None);
}

#[test]
fn the_database_era() {
    let object = "ConsoleAuthToken(host='10.0.0.21',port=5901,token='***')";
    assert!(
        matches!(database_token(&format!("Authorized token with expiry 1795347170 for console connection {object}")), Some((Event::TokenAuthorized { expires: 1_795_347_170, target }, None)) if target.port == Some(5901))
    );
    assert!(matches!(
        database_token(&format!("Validated token - console connection is {object}")),
        Some((Event::TokenValidated { .. }, None))
    ));
    assert_eq!(database_token("Token validation failed"), Some((Event::TokenUnknown, None)));
    assert_eq!(database_token("Authorized token with expiry soon"), None);
    let instance = "a1e0c9f2-5a3e-4d0c-8a51-0d9a6c2b7e01";
    assert_eq!(
        compute(&format!("[instance: {instance}] Getting vnc console")),
        Some((Event::GettingConsole { instance: Some(instance.to_owned()) }, None))
    );
    assert_eq!(compute("[instance: x] Getting spice console"), None);
}

#[test]
fn the_api() {
    let instance = "a1e0c9f2-5a3e-4d0c-8a51-0d9a6c2b7e01";
    let asked = api(&format!(
        "127.0.0.1 \"POST /v2.1/servers/{instance}/remote-consoles\" status: 200 len: 184 microversion: 2.6 time: 0.4"
    ));
    assert_eq!(asked, Some((Event::ConsoleRequested { status: 200, instance: Some(instance.to_owned()) }, None)));
    let acted =
        |status| api(&format!("10.0.0.9 \"POST /v2.1/servers/{instance}/action HTTP/1.1\" status: {status} len: 5"));
    assert_eq!(acted(200), Some((Event::ServerActed { status: 200, instance: Some(instance.to_owned()) }, None)));
    assert_eq!(acted(202), None);
    let token = api(&format!("127.0.0.1 \"GET /v2.1/os-console-auth-tokens/{TOKEN}\" status: 404 len: 1"));
    assert_eq!(token, Some((Event::TokenAsked { status: 404 }, clean::print(TOKEN))));
    assert_eq!(
        api("HTTP exception thrown: Token not found"),
        Some((Event::ApiException { text: "Token not found".to_owned() }, None))
    );
    assert_eq!(api("127.0.0.1 \"GET /v2.1/servers\" status: 200 len: 1"), None);
}

#[test]
fn the_bus_and_the_database() {
    let down = bus(
        "[0a] AMQP server on 10.0.0.5:5672 is unreachable: [Errno 111] Connection refused. Trying again in 1 seconds.: ConnectionRefusedError: x",
    );
    assert_eq!(
        down,
        Some((
            Event::BusUnreachable {
                peer: Some("10.0.0.5:5672".to_owned()),
                text: "[Errno 111] Connection refused".to_owned()
            },
            None
        ))
    );
    assert!(matches!(
        bus("Connection failed: [Errno 111] ECONNREFUSED (retrying in 1.0 seconds): x"),
        Some((Event::BusUnreachable { peer: None, .. }, None))
    ));
    assert_eq!(
        bus("Exception during message handling: MessagingTimeout: Timed out waiting for a reply to message ID 0a"),
        Some((Event::RpcTimeout, None))
    );
    assert!(
        matches!(bus("Exception during message handling: ImportError: No module named memcache"), Some((Event::RpcFailed { text }, None)) if text == "ImportError: No module named memcache")
    );
    assert_eq!(bus("Reconnected to AMQP server"), None);
    let retry = database(
        "SQL connection failed. 10 attempts left.: oslo_db.exception.DBConnectionError: (pymysql.err.OperationalError) (2003, \"x\")",
    );
    assert!(matches!(retry, Some((Event::DatabaseRetry { attempts: 10, .. }, None))));
    assert_eq!(database("SQL connection established"), None);
    let lost = database(
        "Unexpected error while reporting service status: OperationalError: (pymysql.err.OperationalError) (1045, 'x')",
    );
    assert!(matches!(lost, Some((Event::DatabaseError { code: Some(1045), .. }, None))));
}

#[test]
fn what_ends_a_program() {
    assert!(matches!(ended("Unhandled error: KeyError: 'x'", false), Some((Event::StartFailed { .. }, None))));
    assert_eq!(ended("  File \"x.py\", line 1, in main", true), None);
}

//! Consoles whose tokens are rows of a cell's database: the built program against real MariaDB, PostgreSQL and SQLite, and
//! against peers that are none of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, missing_docs)]

#[path = "fakes/mod.rs"]
mod fakes;
#[path = "parts/mod.rs"]
mod parts;
mod scenario;

use std::time::Duration;

use fakes::mysql::MySql8;
use fakes::{Fake, Script};
use parts::certificate::Authority;
use parts::database::{API, CELL, ESCAPED, MariaDb, PASSWORD, Postgres, USER, give};
use parts::free_port;
use parts::qemu::Qemu;
use scenario::{Report, Scene, now};

/// sha256 of the scenes' token.
const SHA256: &str = "21487ec98f7ea5f470a73cf6fa99083a7620024d605af6a2421237a2f0d576d5";
const INSTANCE: &str = "a1e0c9f2-5a3e-4d0c-8a51-0d9a6c2b7e01";
const CELL1: &str = "b2d1a6ac-0000-4000-8000-000000000001";

/// The proxy's nova.conf.
fn proxy(connection: &str) -> String {
    format!("[database]\nconnection = {connection}\n")
}

/// A scene of Caracal with a proxy that reads this database.
fn scene(connection: &str) -> Scene {
    let mut scene = Scene::of(&[]).release("29");
    scene.host("ctl1:novncproxy", &proxy(connection));
    scene
}

/// The same with nova-api beside it.
fn with_api(mut scene: Scene, connection: &str) -> Scene {
    scene.host("ctl2:api", &format!("[api_database]\nconnection = {connection}\n"));
    scene
}

/// The row of the token, `age` seconds old, with a VNC server at this port.
fn row(port: u16, age: i64) -> String {
    let made = now() as i64 - age;
    format!(
        "INSERT INTO console_auth_tokens (created_at, token_hash, console_type, host, port, instance_uuid, expires, access_url_base) \
         VALUES ('{}', '{SHA256}', 'novnc', '127.0.0.1', {port}, '{INSTANCE}', {}, 'http://console.example:6080/vnc_lite.html')",
        stamp(made),
        made + 600
    )
}

/// Unix seconds as nova writes them: UTC without a zone.
fn stamp(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).unwrap().strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Neither password nor user, in any spelling.
fn keeps_the_secret(report: &Report) {
    let text = report.json.to_string();
    for secret in [PASSWORD, ESCAPED, "se:cr", "cr%40t", &format!("{USER}:"), &format!("'{USER}'")] {
        assert!(!text.contains(secret), "{secret} in {report}");
    }
}

fn reason(report: &Report, step: usize) -> String {
    report.steps()[step - 1]["reason"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn mariadb_tells_whose_it_is_and_what_of_the_token() {
    let mut server = MariaDb::start();
    let vnc = Qemu::start("");
    for cell in ["nova_cell0", "nova_cell1", "nova_cell2"] {
        server.database(cell, CELL);
    }
    server.database("nova_api", API);
    server.database("nova_old", "CREATE TABLE instances (uuid VARCHAR(36) NOT NULL)");
    let template = "{scheme}://{username}:{password}@{hostname}:{port}/nova_cell0?{query}";
    let mappings = format!(
        "INSERT INTO cell_mappings VALUES (1, '00000000-0000-0000-0000-000000000000', 'cell0', 'none:///', '{template}', 0), \
         (2, '{CELL1}', 'cell1', 'rabbit://guest:{ESCAPED}@127.0.0.1:1/', '{}', 0); \
         INSERT INTO instance_mappings VALUES (1, '{INSTANCE}', 2)",
        server.url("nova_cell1")
    );
    server.run("nova_api", &mappings);
    server.run("nova_cell1", &row(vnc.port, 60));
    let log = server.folder.path().join("queries");
    server.run("", &format!("SET GLOBAL general_log_file = '{}'; SET GLOBAL general_log = 1", log.display()));

    // healthy: the row is found, its VNC server answers
    let healthy = with_api(scene(&server.url("nova_cell1")), &server.url("nova_api"));
    let report = healthy.check_token();
    keeps_the_secret(&report);
    report.is_silent().within(1.0);
    assert_eq!((report.status(10), report.status(14), report.status(15)), ("pass", "pass", "pass"), "{report}");
    assert!(reason(&report, 10).contains("the database of cell1, and ends in"), "{report}");
    healthy.check(&[]).is_silent();
    server.run("", "SET GLOBAL general_log = 0");
    reads_only(&std::fs::read_to_string(&log).unwrap());

    // the same by the server's Unix socket
    let socket = format!("mysql+mysqldb://{USER}:{ESCAPED}@localhost/nova_cell1?unix_socket={}", server.socket());
    scene(&socket).check_token().is_silent();

    // and by an IPv6 address in brackets
    let six = scene(&server.url("nova_cell1").replace("127.0.0.1", "[::1]")).check_token();
    six.is_silent();
    assert!(six.json.to_string().contains(&format!("[::1]:{}", server.port)), "{six}");

    // a bundle says what the run said
    let bundle = healthy.path("bundle.json");
    let bundle = bundle.to_str().unwrap();
    saves_the_same(&healthy, bundle);

    let wrong_cell = with_api(scene(&server.url("nova_cell2")), &server.url("nova_api")).check_token();
    wrong_cell.is(14, "B1").says(&["it is a row of nova_cell1", "the database of cell1"]);
    assert_eq!(wrong_cell.finding("cell-database-wrong")["confidence"], "certain");
    let api = scene(&server.url("nova_api")).check_token();
    api.is(14, "B1").says(&["which is the API's database"]);

    let old = scene(&server.url("nova_old")).check_token();
    old.is(14, "").says(&["which has no table console_auth_tokens"]);
    let none = scene(&server.url("nova_none")).check_token();
    none.is(14, "B2");
    assert_eq!(none.causes("error"), ["database-missing"], "{none}");
    let password = scene(&server.url("nova_cell1").replace(ESCAPED, "other")).check_token();
    password.is(14, "B2").says(&["(1045)"]);
    keeps_the_secret(&password);
    let tls = scene(&format!("{}&ssl_cert=/nonexistent", server.url("nova_cell1"))).check_token();
    assert_eq!(tls.causes("error"), ["database-tls-refused"], "{tls}");

    server.run(
        "nova_cell1",
        "UPDATE console_auth_tokens SET created_at = created_at - INTERVAL 20 MINUTE, expires = expires - 1200",
    );
    healthy.check_token().is(14, "A9").says(&["the token ended", "and was good for 600 s"]);
    server.run("nova_cell1", "DELETE FROM console_auth_tokens");
    healthy.check_token().is(14, "A10");

    asks_for_tls(&mut server, vnc.port);
    let port = server.port;
    drop(server);
    let gone = scene(&format!("mysql://{USER}:{ESCAPED}@127.0.0.1:{port}/nova_cell1")).check_token();
    gone.is(14, "B2").says(&["refused"]);
    keeps_the_secret(&gone);
}

/// A session that cannot write, and no statement that would.
fn reads_only(log: &str) {
    assert!(log.contains("SET SESSION TRANSACTION READ ONLY"), "{log}");
    let queries =
        log.lines().filter_map(|line| line.split_once("Query\t")).map(|(_, query)| query.to_ascii_uppercase());
    let known = ["SELECT", "SET SESSION", "SET SQL_MODE", "SET TIME_ZONE", "SET NAMES", "SET GLOBAL GENERAL_LOG"];
    let foreign: Vec<String> = queries.filter(|query| !known.iter().any(|known| query.starts_with(known))).collect();
    assert_eq!(foreign, Vec::<String>::new());
}

fn saves_the_same(scene: &Scene, bundle: &str) {
    let live = scene.check_token();
    scene.collect(bundle);
    let saved = std::fs::read_to_string(bundle).unwrap();
    for secret in [PASSWORD, ESCAPED, "cr%40t"] {
        assert!(!saved.contains(secret), "{secret} in {saved}");
    }
    let again = scenario::run(&["check", "--format", "json", "--bundle", bundle]);
    let statuses = |report: &Report| (1..=15).map(|step| report.status(step).to_owned()).collect::<Vec<_>>();
    assert_eq!(statuses(&again), statuses(&live), "{again}");
    assert_eq!(again.findings().len(), live.findings().len(), "{again}");
}

/// The same server with TLS, and with nothing else.
fn asks_for_tls(server: &mut MariaDb, vnc: u16) {
    let authority = Authority::new();
    let pem = server.folder.path().join("server.pem");
    std::fs::copy(authority.sign("db", "IP:127.0.0.1", None), &pem).unwrap();
    let ca = server.folder.path().join("ca.pem");
    std::fs::copy(authority.file(), &ca).unwrap();
    for file in [&pem, &ca] {
        give(file);
    }
    let tls = |name: &str, file: &std::path::Path| format!("--ssl-{name}={}", file.display());
    server.restart(&[tls("cert", &pem), tls("key", &pem), tls("ca", &ca), "--require-secure-transport".to_owned()]);
    server.run("nova_cell1", &row(vnc, 60));
    let url = server.url("nova_cell1");
    scene(&format!("{url}&ssl_ca={}", ca.display())).check_token().is_silent();
    let other = Authority::new();
    let untrusted = scene(&format!("{url}&ssl_ca={}", other.file().display())).check_token();
    assert_eq!(untrusted.causes("error"), ["database-tls-refused"], "{untrusted}");
    let plain = scene(&url).check_token();
    assert_eq!(plain.causes("error"), ["database-tls-refused"], "{plain}");
}

#[test]
fn postgresql_is_asked_alike() {
    let server = Postgres::start();
    let vnc = Qemu::start("");
    server.database("nova_cell1", CELL);
    server.database("nova_old", "CREATE TABLE instances (uuid VARCHAR(36) NOT NULL)");
    server.run("nova_cell1", &row(vnc.port, 60));
    let report = scene(&server.url("nova_cell1")).check_token();
    keeps_the_secret(&report);
    report.is_silent().within(1.0);
    assert_eq!((report.status(10), report.status(15)), ("pass", "pass"), "{report}");
    let socket = format!(
        "postgresql://{USER}:{ESCAPED}@/nova_cell1?host={}&port={}",
        server.folder.path().display(),
        server.port
    );
    scene(&socket).check_token().is_silent();
    let second = format!(
        "postgresql://{USER}:{ESCAPED}@/nova_cell1?host=127.0.0.1:{}&host=127.0.0.1:{}",
        free_port(),
        server.port
    );
    scene(&second).check_token().is_silent();
    let six = scene(&server.url("nova_cell1").replace("127.0.0.1", "[::1]")).check_token();
    six.is_silent();
    assert!(six.json.to_string().contains(&format!("[::1]:{}", server.port)), "{six}");
    let password = scene(&server.url("nova_cell1").replace(ESCAPED, "other")).check_token();
    password.is(14, "B2").says(&["28P01"]);
    assert_eq!(password.finding("database-login-refused")["confidence"], "likely");
    let none = scene(&server.url("nova_none")).check_token();
    assert_eq!(none.causes("error"), ["database-missing"], "{none}");
    scene(&server.url("nova_old")).check_token().is(14, "");
    let tls = scene(&format!("{}?sslmode=require", server.url("nova_cell1"))).check_token();
    assert_eq!(tls.causes("error"), ["database-tls-refused"], "{tls}");
    server.run("nova_cell1", "UPDATE console_auth_tokens SET expires = expires - 1200");
    scene(&server.url("nova_cell1")).check_token().is(14, "A9");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_sqlite_file_is_opened_for_reading() {
    use sqlx::{ConnectOptions, Connection, Executor};
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("nova.sqlite");
    let vnc = Qemu::start("");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    let sql = CELL.replace("{id}", "id INTEGER PRIMARY KEY").replace("{time}", "DATETIME") + &row(vnc.port, 60);
    connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql))).await.unwrap();
    connection.close().await.unwrap();
    let before = std::fs::read(&file).unwrap();
    let report = scene(&format!("sqlite:///{}", file.display())).check_token();
    report.is_silent();
    assert_eq!((report.status(10), report.status(15)), ("pass", "pass"), "{report}");
    assert!(std::fs::read(&file).unwrap() == before, "the file was written");
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["nova.sqlite"]);
    let missing = scene(&format!("sqlite:///{}/none.sqlite", dir.path().display())).check_token();
    missing.is(14, "B2").says(&["no such file or directory"]);
    assert!(!dir.path().join("none.sqlite").exists());
}

/// Peers that are no database, or a bad one.
fn hostile() -> Vec<(&'static str, Script)> {
    let greeting = b"\x4a\0\0\0\x0a10.11.6-MariaDB\0".to_vec();
    let packets = [vec![0xff, 0xff, 0, 0], vec![0; 0xffff]].concat();
    vec![
        ("silence", Script::Mute),
        ("a bare close", Script::CloseAtOnce),
        ("a reset", Script::Reset),
        ("half a greeting", Script::Greet(greeting.clone())),
        ("half a greeting and a close", Script::GreetAndClose(greeting)),
        ("an empty packet", Script::Greet(vec![0, 0, 0, 0])),
        ("an error without words", Script::Greet(vec![1, 0, 0, 0, 0xff])),
        ("http", Script::Once(b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n".to_vec())),
        ("http that speaks first", Script::Greet(b"HTTP/1.1 408 Request Timeout\r\n\r\n".to_vec())),
        ("memcached", Script::Once(b"ERROR\r\n".to_vec())),
        ("ssh", Script::Greet(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())),
        ("endless text", Script::Endless(vec![b'R'; 65_536])),
        ("endless packets", Script::Endless(packets)),
        ("a message of two gigabytes", Script::Once(b"R\x7f\xff\xff\xff".to_vec())),
        ("a message shorter than its length", Script::Once(b"R\0\0\0\x01".to_vec())),
        ("tls and no more", Script::Once(b"S".to_vec())),
        ("a drip", Script::Drip(vec![0x0a; 400], Duration::from_millis(100))),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_is_no_database_is_named_in_time() {
    for (what, script) in hostile() {
        let fake = Fake::start(script).await;
        for scheme in ["mysql+pymysql", "postgresql+psycopg2"] {
            let url = format!("{scheme}://{USER}:{ESCAPED}@{}/nova_cell1", fake.address);
            let report = tokio::task::block_in_place(|| scene(&url).check_token());
            report.within(1.2);
            keeps_the_secret(&report);
            let causes = report.causes("error");
            assert!(
                causes == ["database-unreachable"] || causes == ["database-tls-refused"],
                "{what}, {scheme}: {report}"
            );
            assert!(report.json.to_string().contains(&fake.address), "{what}: {report}");
        }
    }
}

#[test]
fn a_connection_that_cannot_be_read_is_told_without_its_password() {
    for url in
        ["hunter2", "mysql://nova:hunter2:x@db1:hunter2/nova", "oracle://nova:hunter2@127.0.0.1/nova", "sqlite://"]
    {
        let report = scene(url).check_token();
        assert!(!report.json.to_string().contains("hunter2"), "{report}");
        assert!(matches!(report.code, 0 | 1 | 3), "{report}");
    }
    let report = scene("mysql://nova:hunter2@127.0.0.1:hunter2/nova").check_token();
    report.is(14, "B2").says(&["its port is no number"]);
}

/// What one database answered, as it is saved.
fn saved(scene: &Scene) -> serde_json::Value {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seen.json").display().to_string();
    scene.collect(&file);
    let bundle: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    bundle["databases"][0]["saw"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn mysql_8_is_logged_in_to_by_its_own_way() {
    let authority = Authority::new();
    let pem = authority.self_signed("IP:127.0.0.1");
    for (cached, tls, heard, conduct, encrypted) in [
        // what the server has cached needs neither
        (true, false, [].as_slice(), "answered", false),
        // RSA is not spoken: the same login goes inside TLS
        (false, true, &["key asked", "tls", "clear password"], "answered", true),
        (false, false, &["key asked"], "login-unknown", false),
    ] {
        let server = MySql8::start(PASSWORD, cached, tls.then_some(pem.as_path())).await;
        let url = format!("mysql+pymysql://{USER}:{ESCAPED}@127.0.0.1:{}/nova_cell1", server.port);
        let scene = scene(&url);
        let saw = tokio::task::block_in_place(|| saved(&scene));
        assert_eq!(
            (saw["conduct"]["kind"].as_str(), saw["encrypted"].as_bool()),
            (Some(conduct), Some(encrypted)),
            "{saw}"
        );
        assert_eq!(server.heard(), heard, "{saw}");
        if conduct == "login-unknown" {
            assert!(saw["conduct"]["text"].as_str().unwrap().starts_with("caching_sha2_password: "), "{saw}");
            let report = tokio::task::block_in_place(|| scene.check_token());
            assert!(report.causes("error").is_empty(), "a login that is not known accuses nobody: {report}");
        }
    }
    // a wrong password is told as one, by whichever way
    let server = MySql8::start("another", false, Some(&pem)).await;
    let url = format!("mysql+pymysql://{USER}:{ESCAPED}@127.0.0.1:{}/nova_cell1", server.port);
    let report = tokio::task::block_in_place(|| scene(&url).check_token());
    keeps_the_secret(&report);
    assert_eq!(report.causes("error"), ["database-login-refused"], "{report}");
}

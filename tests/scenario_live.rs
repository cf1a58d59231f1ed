//! `--server`: the built program against a cloud's APIs and a console proxy behind them, healthy and broken in every way that
//! shows over the wire.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, missing_docs)]

#[path = "fakes/mod.rs"]
mod fakes;
#[path = "parts/mod.rs"]
mod parts;
mod scenario;

use fakes::cloud::{
    Answer, Cloud, KEYSTONE_TOKEN, PASSWORD, Route, SERVER, Then as Answers, server, server_in, version,
};
use fakes::{Fake, Script, Then, vnc};
use parts::haproxy::Haproxy;
use scenario::{Report, TOKEN};
use serde_json::json;
use std::process::{Command, Output};

const IDENTITY: Route = ("GET", "/identity/");
const TOKENS: Route = ("POST", "/identity/v3/auth/tokens");
const VERSIONS: Route = ("GET", "/compute/v2.1/");
const SERVERS: Route = ("GET", "/compute/v2.1/servers/detail");
const CONSOLES: Route = ("POST", "/compute/v2.1/servers/");

/// Runs the program with `OS_*` of a cloud and nothing else of the environment.
fn output(variables: &[(&'static str, String)], args: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_vncdoctor"));
    command.args(args).env_clear().env("NO_COLOR", "1").env("HOME", folder.path()).current_dir(folder.path());
    let done = command.envs(variables.iter().cloned()).output().unwrap();
    let text = [done.stdout.as_slice(), done.stderr.as_slice()].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    for secret in [PASSWORD, KEYSTONE_TOKEN, TOKEN] {
        assert!(!text.contains(secret), "a secret in {text}");
    }
    done
}

/// A report of a server's console.
fn check(cloud: &Cloud, more: &[&str]) -> Report {
    let args = ["check", "--format", "json", "--timeout", "2", "--patience", "1", "--server", "web-1"];
    let began = std::time::Instant::now();
    let done = output(&cloud.variables(), &[&args[..], more].concat());
    let (out, err) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
    assert!(err.is_empty(), "{err}");
    let json = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"));
    Report { code: done.status.code().unwrap(), json, took: began.elapsed() }
}

/// A console that opens, and the cloud that hands out its URL.
async fn healthy() -> (Cloud, Fake) {
    let proxy = Fake::start(Script::Proxy { pages: &["/vnc_lite.html"], then: Then::Frames(vnc()) }).await;
    let url = format!("http://127.0.0.1:{}/vnc_lite.html?path=%3Ftoken%3D{TOKEN}", proxy.port);
    (Cloud::start(&url).await, proxy)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_server_walks_all_fifteen_steps() {
    let (cloud, _proxy) = healthy().await;
    let report = check(&cloud, &[]);
    report.is_silent();
    assert_eq!(report.json["target"]["kind"], "server");
    assert_eq!(report.json["release"]["from"], "api", "{report}");
    assert_eq!(report.json["release"]["number"], 34);
    for step in 1..=15 {
        assert_eq!(report.status(step), "pass", "step {step}: {report}");
    }
}

/// One line on stderr, nothing on stdout, exit 2.
fn refused(variables: &[(&'static str, String)], args: &[&str], words: &[&str]) {
    let done = output(variables, &[&["check", "--timeout", "2"][..], args].concat());
    let err = String::from_utf8(done.stderr).unwrap();
    assert_eq!((done.status.code(), done.stdout.is_empty(), err.lines().count()), (Some(2), true, 1), "{err}");
    for word in words {
        assert!(err.contains(word), "{word:?} is not in {err}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_are_bad_usage() {
    let (cloud, _proxy) = healthy().await;
    let body = json!({"error": {"code": 401, "message": "The request you have made requires authentication."}});
    cloud.on(TOKENS, Answer::json(401, &body));
    refused(
        &cloud.variables(),
        &["--server", "web-1"],
        &["refuses the credentials of OS_*", "401", "requires authentication"],
    );
    refused(&[], &["--server", "web-1"], &["no credentials", "OS_AUTH_URL"]);
    let half: Vec<_> = cloud.variables().into_iter().filter(|(name, _)| *name != "OS_PASSWORD").collect();
    refused(&half, &["--server", "web-1"], &["OS_PASSWORD is not set"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_one_is_bad_usage() {
    let (cloud, _proxy) = healthy().await;
    refused(&cloud.variables(), &["--server", "web-2"], &["--server web-2", "no such server", "project demo"]);
    let mut other = server();
    other["id"] = json!("b1e0c9f2-5a3e-4d0c-8a51-0d9a6c2b7e01");
    cloud.on(SERVERS, Answer::json(200, &json!({"servers": [server(), other]})));
    refused(&cloud.variables(), &["--server", "web-1"], &["2 servers have this name", "b1e0c9f2"]);
    cloud.on(("GET", "/compute/v2.1/servers/"), Answer::fault(404, "itemNotFound", "Instance x could not be found."));
    refused(&cloud.variables(), &["--server", SERVER], &["no such server"]);
    let mut region = cloud.variables();
    region.push(("OS_REGION_NAME", "RegionTwo".to_owned()));
    refused(&region, &["--server", "web-1"], &["no region \"RegionTwo\"", "RegionOne"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn clouds_yaml_is_read_as_the_sdk_reads_it() {
    let (cloud, _proxy) = healthy().await;
    let folder = tempfile::tempdir().unwrap();
    let home = |name: &str| folder.path().join(name);
    let (file, secure) = (home("clouds.yaml"), home("secure.yaml"));
    let text = format!(
        "clouds:\n  lab:\n    auth:\n      auth_url: http://127.0.0.1:{}/identity/v3\n      username: demo\n      project_name: demo\n    region_name: RegionOne\n    interface: public\n",
        cloud.port
    );
    std::fs::write(&file, text).unwrap();
    std::fs::write(&secure, format!("clouds:\n  lab:\n    auth:\n      password: {PASSWORD}\n")).unwrap();
    let variables = [
        ("OS_CLIENT_CONFIG_FILE", file.display().to_string()),
        ("OS_CLIENT_SECURE_FILE", secure.display().to_string()),
    ];
    let done = output(&variables, &["check", "--server", "web-1", "--os-cloud", "lab", "--format", "json", "-v"]);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    let asked = cloud.asked("POST /identity/v3/auth/tokens").pop().unwrap();
    assert!(asked.contains(PASSWORD) && asked.contains(r#""domain":{"id":"default"}"#), "{asked}");
    refused(&variables, &["--server", "web-1", "--os-cloud", "labb"], &["no such cloud", "did you mean \"lab\"?"]);
    refused(&[], &["--os-cloud", "lab"], &["there is no clouds.yaml"]);
    std::fs::write(&file, format!("clouds: [\n  password: {PASSWORD}\n")).unwrap();
    refused(&variables, &["--os-cloud", "lab"], &["clouds.yaml", "not YAML"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_answers_end_in_time_and_in_words() {
    type Case = (Route, Answer, u64, &'static str);
    let login = "<html><body><form action=/login>";
    let good = |route: Route| if route == VERSIONS { version("2.104") } else { json!({"servers": [server()]}) };
    let cases: Vec<Case> = vec![
        (IDENTITY, Answer::html(200, login), 2, "identity-unreachable"),
        (
            IDENTITY,
            Answer::json(302, &json!({})).header("Location: https://sso.example/login?next=x"),
            2,
            "identity-unreachable",
        ),
        (TOKENS, Answer::html(503, "<h1>503 Service Unavailable</h1>"), 2, "identity-unreachable"),
        (TOKENS, Answer::json(201, &json!({"token": {}})).then(Answers::Endless), 2, "identity-unreachable"),
        (SERVERS, Answer::html(200, login), 2, "compute-api-unreachable"),
        (SERVERS, Answer::json(200, &good(SERVERS)).then(Answers::Half), 2, "compute-api-unreachable"),
        (SERVERS, Answer::json(200, &good(SERVERS)).then(Answers::Endless), 2, "compute-api-unreachable"),
        (SERVERS, Answer::json(200, &good(SERVERS)).then(Answers::Mute), 2, "compute-api-unreachable"),
        (CONSOLES, Answer::html(200, login), 3, "console-request-failed"),
        (CONSOLES, Answer::json(200, &json!({"remote_console": {"url": ""}})), 3, "console-request-failed"),
        (
            CONSOLES,
            Answer::fault(501, "notImplemented", "The requested functionality is not supported."),
            4,
            "driver-without-vnc",
        ),
        (CONSOLES, Answer::fault(400, "badRequest", "Unavailable console type novnc."), 4, "vnc-switched-off"),
        (CONSOLES, Answer::fault(400, "badRequest", "Unavailable console type vnc."), 5, "guest-without-vnc"),
        (
            CONSOLES,
            Answer::fault(
                500,
                "computeFault",
                "Unexpected API Error. Please report this.\n<class 'oslo_messaging.exceptions.MessagingTimeout'>",
            ),
            3,
            "console-request-timed-out",
        ),
        (CONSOLES, Answer::json(200, &json!({})).then(Answers::Mute), 3, "console-request-timed-out"),
    ];
    for (route, answer, step, cause) in cases {
        let (cloud, _proxy) = healthy().await;
        cloud.on(route, answer.clone());
        let report = check(&cloud, &[]);
        let verdict = &report.json["verdict"];
        assert_eq!(
            (report.code, verdict["step"].as_u64(), verdict["cause"].as_str()),
            (1, Some(step), Some(cause)),
            "{answer:?} {report}"
        );
        assert!(report.took.as_secs() < 12, "{:?}: {report}", report.took);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_takes_its_time_is_called_slow() {
    for (route, who) in [(SERVERS, "nova-api"), (TOKENS, "the identity API")] {
        let (cloud, _proxy) = healthy().await;
        cloud.on(route, Answer::json(200, &json!({"servers": [server()]})).then(Answers::Mute));
        let report = check(&cloud, &[]);
        report.says(&[who, "takes the connection and is slow or hangs", "--timeout 30"]);
        assert_eq!(report.findings()[0]["confidence"], "possible", "{report}");
    }
}

/// A line of a proxy about this run's token, by a clock that differs by so many seconds.
fn line_about(token: &str, skew: i64) -> tempfile::NamedTempFile {
    let at = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(skew);
    let stamp = at.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S.000").to_string();
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = format!("{stamp} 77 INFO nova.console.websocketproxy [-] 127.0.0.1: Path: '/?token={token}'\n");
    std::fs::write(file.path(), text).unwrap();
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxys_clock_is_told_by_what_it_writes_of_this_runs_token() {
    let (cloud, _proxy) = healthy().await;
    let found = |token: &str, skew: i64| {
        let log = line_about(token, skew);
        let report = check(&cloud, &["--log", &format!("ctl1={}", log.path().display())]);
        let clocks = report.findings().iter().filter(|finding| finding["cause"] == "service-clock-differs");
        clocks.map(|finding| finding["message"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let ahead = found(TOKEN, 400);
    assert!(ahead.len() == 1 && ahead[0].contains("nova-novncproxy on ctl1 is 7 min ahead"), "{ahead:?}");
    let behind = found(TOKEN, -400);
    assert!(behind.len() == 1 && behind[0].contains("behind"), "{behind:?}");
    // in time; a time zone; another token, which an old log is full of
    for (token, skew) in [(TOKEN, 0), (TOKEN, 3600), ("1c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11", 400)] {
        assert_eq!(found(token, skew), Vec::<String>::new(), "{skew}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_deleted_while_asked_is_told() {
    let (cloud, _proxy) = healthy().await;
    let gone = Answer::fault(404, "itemNotFound", "Instance x could not be found.");
    cloud.on(CONSOLES, gone.clone());
    cloud.on(("GET", "/compute/v2.1/servers/"), gone);
    check(&cloud, &[]).leads_to(1, "E9").says(&["deleted"]);
    let (cloud, _proxy) = healthy().await;
    let building = server_in("BUILD", "building", Some("spawning"), 0);
    cloud.on(CONSOLES, Answer::fault(409, "conflictingRequest", "Instance x is not ready"));
    cloud.on(("GET", "/compute/v2.1/servers/"), Answer::json(200, &json!({"server": building})));
    check(&cloud, &[]).leads_to(1, "E9").says(&["building, spawning"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_call_fits_the_microversion() {
    for (newest, call, release) in
        [("2.5", "/action", None), ("2.60", "/remote-consoles", Some(17)), ("2.87", "/remote-consoles", None)]
    {
        let (cloud, _proxy) = healthy().await;
        cloud.on(VERSIONS, Answer::json(200, &version(newest)));
        let report = check(&cloud, &[]);
        let asked = cloud.asked(&format!("POST /compute/v2.1/servers/{SERVER}{call}"));
        assert_eq!(asked.len(), 1, "{newest}: {report}");
        assert_eq!(asked[0].contains("compute 2.6"), newest != "2.5", "{asked:?}");
        assert_eq!(report.json["release"]["number"].as_u64(), release, "{report}");
        assert_eq!(report.status(15), "pass", "{report}");
        let asks_token = !cloud.asked("GET /compute/v2.1/os-console-auth-tokens/").is_empty();
        assert_eq!(asks_token, newest != "2.5");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_rights_are_no_fault() {
    let (cloud, _proxy) = healthy().await;
    let forbidden =
        |what: &str| Answer::fault(403, "forbidden", &format!("Policy doesn't allow {what} to be performed."));
    cloud.on(("GET", "/compute/v2.1/os-services"), forbidden("os_compute_api:os-services:list"));
    cloud.on(("GET", "/compute/v2.1/os-console-auth-tokens/"), forbidden("os_compute_api:os-console-auth-tokens"));
    check(&cloud, &[]).is_silent();
    cloud.on(CONSOLES, forbidden("os_compute_api:os-remote-consoles"));
    let report = check(&cloud, &[]);
    assert!(report.causes("error").is_empty(), "{report}");
    assert_eq!(report.code, 3, "{report}");
    assert!(report.json["steps"][2]["reason"].as_str().unwrap().contains("403"), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_beside_a_url_ask_what_its_token_is() {
    let (cloud, proxy) = healthy().await;
    let url = format!("http://127.0.0.1:{}/vnc_lite.html?path=%3Ftoken%3D{TOKEN}", proxy.port);
    let args =
        ["check", "--format", "json", "--timeout", "2", "--patience", "1", "--os-cloud", "envvars", "--url", &url];
    let done = output(&cloud.variables(), &args);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(cloud.asked("GET /compute/v2.1/os-console-auth-tokens/").len(), 1);
    assert!(cloud.asked("POST /compute/").is_empty(), "no token is made where no server is named");
    let out = String::from_utf8(done.stdout).unwrap();
    assert!(out.contains("by nova-api the token stands for 192.0.2.7:5900"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_is_shown_on_request() {
    let (cloud, _proxy) = healthy().await;
    let done = output(&cloud.variables(), &["check", "--server", "web-1", "-v"]);
    let out = String::from_utf8(done.stdout).unwrap();
    let lines: Vec<&str> = out.lines().skip_while(|line| *line != "timeline").collect();
    assert!(lines.iter().any(|line| line.contains("POST /identity/v3/auth/tokens")), "{out}");
    assert!(lines.iter().any(|line| line.contains("websocket")), "{out}");
}

/// TLS before a plain port.
fn tls(pem: &std::path::Path, port: u16) -> Haproxy {
    Haproxy::start(&format!(
        "defaults\n mode tcp\n timeout connect 5s\n timeout client 60s\n timeout server 60s\n\
         listen api\n bind 127.0.0.1:PORT ssl crt {}\n server cloud 127.0.0.1:{port}\n",
        pem.display()
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn insecure_is_said_aloud() {
    let authority = parts::certificate::Authority::new();
    let pem = authority.self_signed("IP:127.0.0.1");
    let variables = |port: u16| {
        vec![
            ("OS_AUTH_URL", format!("https://127.0.0.1:{port}/identity/v3")),
            ("OS_USERNAME", "demo".to_owned()),
            ("OS_PASSWORD", PASSWORD.to_owned()),
            ("OS_PROJECT_NAME", "demo".to_owned()),
        ]
    };
    let (cloud, _proxy) = healthy().await;
    let front = tls(&pem, cloud.port);
    let mut strict = variables(front.port);
    let done = output(&strict, &["check", "--server", "web-1", "--format", "json"]);
    let out = String::from_utf8(done.stdout).unwrap();
    assert!(out.contains("identity-unreachable") && out.contains("--insecure"), "{out}");
    let done = output(&strict, &["check", "--server", "web-1", "--format", "json", "--insecure"]);
    let out = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.code() == Some(0) && out.contains("certificates not verified (--insecure)"), "{out}");
    strict.push(("OS_CACERT", authority.file().display().to_string()));
    let signed = authority.sign("api", "IP:127.0.0.1", None);
    let front = tls(&signed, cloud.port);
    strict[0].1 = format!("https://127.0.0.1:{}/identity/v3", front.port);
    assert_eq!(output(&strict, &["check", "--server", "web-1"]).status.code(), Some(0));
}

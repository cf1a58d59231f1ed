//! No secret of the input appears in any output: configurations, logs and URLs with passwords and tokens in every place
//! where sites have them, and where a typo puts them, through the library and through the program.
#![allow(clippy::format_push_string, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::fmt::Write as _;
use std::path::Path;
use vncdoctor::console::access_url::AccessUrl;
use vncdoctor::console::release::Release;
use vncdoctor::evidence::bundle;
use vncdoctor::evidence::target::TargetKind;
use vncdoctor::judge;
use vncdoctor::judge::causes::CAUSES;
use vncdoctor::observe::examine;
use vncdoctor::observe::limits::Limits;
use vncdoctor::observe::request::{ConfigInput, LogInput, Request, TargetInput};
use vncdoctor::report::{Around, Palette, github, human, json, junit, markdown, sarif, short};

/// Section and line of a nova.conf. `{s}` is a password, `{u}` one that a URL can hold, `{w}` one without punctuation.
const OPTIONS: &[(&str, &str)] = &[
    ("DEFAULT", "transport_url = rabbit://openstack:{s}@10.0.0.11:5672/"),
    ("DEFAULT", "transport_url = rabbit://a:{s}@10.0.0.11:5672,b:{s}@10.0.0.12:5672//nova"),
    ("DEFAULT", "transport_ulr = rabbit://openstack:{s}@10.0.0.11:5672/"),
    ("DEFAULT", "transport-url = rabbit://openstack:{s}@10.0.0.11:5672/"),
    ("DEFAULT", "transport_url: rabbit://openstack:{s}@10.0.0.11:5672/"),
    ("DEFAULT", "transport_url = rabbit://openstack:\n    {s}@10.0.0.11:5672/"),
    ("DEFAULT", "transport_url = \"rabbit://openstack:{s}@10.0.0.11/\""),
    ("DEFAULT", "rabbit_password = {s}"),
    ("DEFAULT", "rabbit_pasword = {s}"),
    ("DEFAULT", "sql_connection = mysql://nova:{s}@10.0.0.10/nova"),
    ("DEFAULT", "rabbit://openstack:{s}@10.0.0.11:5672/"),
    ("DEFAULT", "openstack {s}"),
    ("DEFAULT", "password {s} = yes"),
    ("DEFAULT", "    {s}"),
    ("DEFAULT", "# transport_url = rabbit://openstack:{s}@10.0.0.11/"),
    ("DEFAULT", "my_ip = $transport_url"),
    ("DEFAULT", "# vncdoctor: ignore cache-option-ignored -- {s}"),
    ("DEFAULT", "# vncdoctor: ignore[cache-option-ignored] {s}"),
    ("DEFAULT", "# vncdoctor: all is well, the password is {s}"),
    ("database", "connection = mysql+pymysql://nova:{s}@10.0.0.10/nova?charset=utf8"),
    ("database", "connectoin = mysql+pymysql://nova:{s}@10.0.0.10/nova"),
    ("databse", "connection = mysql+pymysql://nova:{s}@10.0.0.10/nova"),
    ("api_database", "slave_connection = mysql+pymysql://nova:{s}@10.0.0.10/nova"),
    ("keystone_authtoken", "password = {s}"),
    ("keystone_authtoken", "passwrod = {s}"),
    ("keystone_authtoken", "memcache_secret_key = {s}"),
    ("keystone_authtoken", "auth_url = http://nova:{s}@10.0.0.10:5000/v3"),
    ("service_user", "password = {s}"),
    ("neutron", "metadata_proxy_shared_secret = {s}"),
    ("neutron", "metadata_proxy_shared_secert = {s}"),
    ("placement", "password = {s}"),
    ("cache", "memcache_password = {s}"),
    ("cache", "memcache_pasword = {s}"),
    ("cache", "memcached_servers = nova:{s}@10.0.0.11:11211"),
    ("cache", "memcache_servers = redis://nova:{s}@10.0.0.11:11211"),
    ("cache", "backend_argument = url:redis://:{s}@10.0.0.11:6379"),
    ("vnc", "novncproxy_base_url = http://nova:{s}@203.0.113.10:6080/vnc_auto.html"),
    ("vnc", "novncproxy_base_url = http://203.0.113.10:6080/vnc_auto.html?token={w}"),
    ("vnc", "novncproxy_base_url = http://203.0.113.10:6080/vnc_auto.html?password={w}"),
    ("vnc", "vncserver_password = {s}"),
    ("vnc", "server_proxyclient_address = $transport_url"),
    ("vnc", "novncproxy_base_url = ${database.connection}"),
    ("vnc", "novncproxy_host = ${keystone_authtoken.password}"),
    ("oslo_messaging_rabbit", "rabbit_password = {s}"),
    ("oslo_messaging_notifications", "transport_url = rabbit://openstack:{s}@10.0.0.11/"),
    ("workarounds", "enable_consoleauth_password = {s}"),
];

/// Lines of logs; `{u}` is a password, `{t}` a token.
const LINES: &[&str] = &[
    "INFO nova.console.websocketproxy [-] 10.0.0.9 - - [22/Nov/2026 11:16:15] 10.0.0.9: Path: '/websockify?token={t}'",
    "INFO nova.console.websocketproxy [-] 10.0.0.9 - - [22/Nov/2026 11:16:15] \"GET /websockify?token={t} HTTP/1.1\" 101 -",
    "INFO nova.console.websocketproxy [req-1 - - - - -] handler exception: The token '{t}' is invalid or has expired",
    "INFO nova.console.websocketproxy [req-1 - - - - -]   2: connect info: {u'instance_uuid': u'a3fa9f57-f999-4b3c-8f0e-1c2d3e4f5a6b', \
     u'internal_access_path': None, u'last_activity_at': 1574421375.0, u'console_type': u'novnc', u'host': u'10.0.0.21', \
     u'token': u'{t}', u'access_url': u'http://203.0.113.10:6080/vnc_auto.html?token={t}', u'port': u'5900'}",
    "INFO nova.consoleauth.manager [req-1 - - - - -] Received Token: {t}, {'console_type': u'novnc', 'token': u'{t}'}",
    "INFO nova.consoleauth.manager [req-1 - - - - -] Checking Token: {t}, False",
    "ERROR oslo.messaging._drivers.impl_rabbit [-] AMQP server on rabbit://openstack:{u}@10.0.0.11:5672 is unreachable",
    "ERROR oslo_db.sqlalchemy.engines [-] Database connection was found disconnected: mysql+pymysql://nova:{u}@10.0.0.10/nova",
    "DEBUG oslo_service.service [-] transport_url = rabbit://openstack:{u}@10.0.0.11:5672/",
    "INFO nova.console.websocketproxy [req-1 - - - - -] handler exception: rabbit://openstack:{u}@10.0.0.11 is unreachable",
    "ERROR nova.console.websocketproxy [-] Unexpected error: no route to mysql+pymysql://nova:{u}@10.0.0.10/nova",
    "ERROR nova [-] Unhandled error: OperationalError: (1045, \"Access denied for user 'nova'\") password={w}",
    "CRITICAL nova [-] Unhandled error: ConfigFileValueError: Value for option transport_url is not valid: rabbit://a:{u}@h/",
];

/// Forms of a console's URL.
const URLS: &[&str] = &[
    "http://203.0.113.10:6080/vnc_auto.html?token={t}",
    "https://203.0.113.10:6080/vnc_lite.html?path=%3Ftoken%3D{t}",
    "https://203.0.113.10:6080/vnc_lite.html?path=%253Ftoken%253D{t}",
    "http://203.0.113.10:6080/vnc_auto.html?token={t}&title=web({w})",
    "http://nova:{u}@203.0.113.10:6080/vnc_auto.html?token={t}",
    "http://203.0.113.10:6080/vnc_auto.html?token=gAAAAAB{w}",
    "http://203.0.113.10:6080/vnc_auto.html?token={t}&password={w}",
    "http://203.0.113.10:6080/vnc_auto.html#token={t}",
];

/// A text with a password in its place, and whether it had one.
fn filled(text: &str, password: &str) -> (String, bool) {
    let in_url: String = password.chars().filter(|c| !" '".contains(*c)).collect();
    let word: String = password.chars().filter(char::is_ascii_alphanumeric).collect();
    let full = text.replace("{s}", password).replace("{u}", &in_url).replace("{w}", &word);
    let held = full != text;
    (full, held)
}

/// A site with secrets, and the pieces that no output may hold.
#[derive(Debug, Clone)]
struct Leaky {
    conf: String,
    log: String,
    url: String,
    release: u16,
    secrets: Vec<String>,
}

/// A password: two long words that nothing else says, and what often stands between.
fn password() -> impl Strategy<Value = (String, Vec<String>)> {
    ("[a-z]{5}[A-Z]{4}[0-9]{2}", "[!%^&*:/@#=?,;+' -]{0,2}", "[A-Z]{4}[a-z]{5}[0-9]{2}")
        .prop_map(|(a, between, b)| (format!("{a}{between}{b}"), vec![a, b]))
}

fn leaky() -> impl Strategy<Value = Leaky> {
    let options = prop::collection::vec((prop::sample::select(OPTIONS), password()), 1..8);
    let lines = prop::collection::vec((prop::sample::select(LINES), password(), "[0-9a-f]{8}"), 0..6);
    let url = (prop::sample::select(URLS), password(), "[0-9a-f]{8}");
    (options, lines, url, 15u16..=34).prop_map(|(options, lines, url, release)| {
        let mut secrets = Vec::new();
        let mut conf = String::new();
        for ((section, line), (password, parts)) in options {
            let (line, held) = filled(line, &password);
            write!(conf, "[{section}]\n{line}\n").unwrap();
            if held {
                secrets.extend(parts);
            }
        }
        // what the references above lead to
        let known = "xkcdNINEthreeSIX";
        write!(
            conf,
            "[keystone_authtoken]\npassword = {known}\n[database]\nconnection = mysql://nova:{known}@db/nova\n"
        )
        .unwrap();
        write!(conf, "[DEFAULT]\ntransport_url = rabbit://openstack:{known}@10.0.0.11/\n").unwrap();
        secrets.push(known.to_owned());
        let mut log = String::from(
            "2026-11-22 11:15:48.498 22367 INFO nova.service [-] Starting consoleauth node (version 17.0.13)\n",
        );
        let mut fill = |text: &str, (password, parts): (String, Vec<String>), start: &str| {
            let token = format!("{start}-9c0e-4f6e-8e3a-0f2f8b7c1a11");
            if text.contains("{t}") {
                secrets.push(format!("{start}-9c0e"));
            }
            let (text, held) = filled(text, &password);
            if held {
                secrets.extend(parts);
            }
            text.replace("{t}", &token)
        };
        for (index, (line, password, start)) in lines.into_iter().enumerate() {
            let line = fill(line, password, &start);
            writeln!(log, "2026-11-22 11:16:{index:02}.498 22367 {line}").unwrap();
        }
        let url = fill(url.0, url.1, &url.2);
        Leaky { conf, log, url, release, secrets }
    })
}

impl Leaky {
    fn write(&self, dir: &Path) {
        cli::write(dir, "nova.conf", &self.conf);
        cli::write(dir, "proxy.log", &self.log);
    }

    /// Fails if a text holds a piece of a secret.
    fn keeps(&self, what: &str, text: &str) -> Result<(), TestCaseError> {
        for secret in &self.secrets {
            prop_assert!(
                !text.contains(secret.as_str()),
                "{what} shows {secret:?} of\n{self:#?}\n{}",
                around(text, secret)
            );
        }
        Ok(())
    }
}

/// The line that leaks.
fn around<'t>(text: &'t str, secret: &str) -> &'t str {
    text.lines().find(|line| line.contains(secret)).unwrap_or_default()
}

#[test]
fn the_library_keeps_every_secret() {
    let mut runner = TestRunner::new(Config { cases: 200, failure_persistence: None, ..Config::default() });
    let result = runner.run(&leaky(), |leaky| {
        let dir = tempfile::tempdir().unwrap();
        leaky.write(dir.path());
        let (url, token, not_a_token) = match AccessUrl::parse(&leaky.url) {
            Ok((url, Some(Ok(token)))) => (Some(url), Some(token), None),
            Ok((url, Some(Err(other)))) => (Some(url), None, Some(other.to_string())),
            Ok((url, None)) => (Some(url), None, None),
            Err(problem) => {
                leaky.keeps("the refusal of the url", &problem.to_string())?;
                (None, None, None)
            }
        };
        let kind = if url.is_some() { TargetKind::Url } else { TargetKind::None };
        let request = Request {
            configs: vec![ConfigInput {
                name: "ctl1".to_owned(),
                services: Vec::new(),
                group: false,
                path: dir.path().join("nova.conf"),
            }],
            logs: vec![LogInput { name: "ctl1".to_owned(), path: dir.path().join("proxy.log") }],
            target: TargetInput { kind, token, url, not_a_token }.into(),
            cloud: None,
            release: Release::from_number(leaky.release),
            limits: Limits::default(),
            screenshot: None,
            idle: None,
            offline: true,
            processes: false,
            this_machine: false,
        };
        let evidence = examine(&request).unwrap();
        leaky.keeps("the bundle", &bundle::save(&evidence).unwrap())?;
        leaky.keeps("the request's own words", &format!("{request:?}"))?;
        let selection = judge::Selection::default();
        for report in [judge::check(&evidence, &selection), judge::findings_only("lint", &evidence, &selection)] {
            leaky.keeps("json", &json::render(&report).unwrap())?;
            leaky.keeps("human", &human::render(&report, Palette::new(false), 2, &Around::default()))?;
            leaky.keeps("short", &short::render(&report, &Around::default()))?;
            let causes: Vec<_> = CAUSES.iter().map(|cause| cause.meta).collect();
            leaky.keeps("sarif", &sarif::render(&report, &causes, &[], &Around::default()).unwrap())?;
            leaky.keeps("junit", &junit::render(&report, &Around::default()))?;
            leaky.keeps("github", &github::render(&report))?;
            leaky.keeps("markdown", &markdown::render(&report, &Around::default()))?;
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn the_program_keeps_every_secret() {
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    let result = runner.run(&leaky(), |leaky| {
        let dir = tempfile::tempdir().unwrap();
        leaky.write(dir.path());
        let release = leaky.release.to_string();
        let inputs = ["--config", "ctl1:all=nova.conf", "--log", "ctl1=proxy.log", "--release", &release];
        let site = [&inputs[..], &["--offline", "--url", &leaky.url]].concat();
        for format in ["human", "short", "json", "sarif", "junit", "github", "markdown"] {
            // a list has no other forms
            let list = if ["human", "short", "json"].contains(&format) { format } else { "json" };
            let runs: [&[&str]; 5] = [
                &["check", "-v", "--format", format],
                &["lint", "nova.conf", "-v", "--format", format],
                &["logs", "proxy.log", "--url", &leaky.url, "--format", format],
                &["config", "nova.conf", "--all", "--format", list],
                &["config", "--format", list, "--release", &release, "--config", "cmp1:compute=nova.conf"],
            ];
            for (index, args) in runs.into_iter().enumerate() {
                let args = if index == 0 { [args, &site].concat() } else { args.to_vec() };
                let ran = cli::run(dir.path(), &args);
                assert!(ran.code.is_some_and(|code| code != 70), "{args:?} {}", ran.stderr);
                leaky.keeps(&format!("{args:?}"), &ran.stdout)?;
                leaky.keeps(&format!("stderr of {args:?}"), &ran.stderr)?;
            }
        }
        let ran = cli::run(dir.path(), &[&["collect"], &site[..]].concat());
        leaky.keeps("collect", &ran.stdout)?;
        leaky.keeps("stderr of collect", &ran.stderr)?;
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn arguments_in_a_wrong_place_are_not_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("http://203.0.113.10:6080/vnc_auto.html?token={}", cli::TOKEN);
    for args in [
        &["check", &url][..],
        &["--url", &url],
        &["check", "--offline", "--token", &url],
        &["check", "--offline", "--url", &url, "--token", cli::TOKEN],
        &["check", "--offline", "--token", "2D5A9F04-9c0e-4f6e-8e3a-0f2f8b7c1a11"],
    ] {
        let ran = cli::run(dir.path(), args);
        assert_eq!(ran.code, Some(2), "{args:?}");
        assert!(!ran.stderr.to_lowercase().contains("9c0e-4f6e"), "{}", ran.stderr);
    }
}

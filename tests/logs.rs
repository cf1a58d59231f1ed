//! Logs that real services wrote, and logs that nobody would write.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use vncdoctor::evidence::log::{Carried, Event, Failure, LogFile, Session, StartFailure};
use vncdoctor::evidence::process::Service;
use vncdoctor::observe::discover::PathProblem;
use vncdoctor::observe::logs::{self, Clock, Reading};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/logs").join(name)
}

fn utc() -> Clock {
    Clock { zone: TimeZone::UTC, latest: Some(1_795_400_000.0) }
}

fn reading() -> Reading {
    Reading { clock: utc(), ..Reading::until(Instant::now() + Duration::from_mins(1)) }
}

fn read(name: &str) -> LogFile {
    logs::read(&fixture(name), &reading()).unwrap()
}

fn sessions(name: &str) -> Vec<Session> {
    vncdoctor::evidence::log::sessions(&read(name).events)
}

fn failure(session: &Session) -> Option<&Failure> {
    match session.end.as_ref()? {
        Event::HandlerException { failure } => Some(failure),
        _ => None,
    }
}

#[test]
fn the_reported_failure_is_all_there() {
    let proxy = read("queens-typo/ctl1.nova-novncproxy.log");
    assert_eq!((logs::role(&proxy), proxy.lines), (Some(Service::Novncproxy), 43));
    let found = vncdoctor::evidence::log::sessions(&proxy.events);
    assert_eq!((found.len(), found.iter().filter(|session| session.worked).count()), (8, 2));
    let refused =
        found.iter().find(|session| failure(session) == Some(&Failure::TokenInvalid { masked: false })).unwrap();
    // The token that the proxy was refused is one that a consoleauth did not know, and another one did receive.
    let token = refused.token.clone().unwrap();
    let mut received = Vec::new();
    let mut unknown = Vec::new();
    for host in ["ctl1", "ctl2"] {
        let log = read(&format!("queens-typo/{host}.nova-consoleauth.log"));
        assert_eq!(logs::role(&log), Some(Service::Consoleauth));
        for event in log.events {
            match event.event {
                Event::TokenReceived { .. } if event.token.as_ref() == Some(&token) => {
                    received.push(host);
                }
                Event::TokenChecked { known: false } if event.token.as_ref() == Some(&token) => {
                    unknown.push(host);
                }
                _ => {}
            }
        }
    }
    assert!(
        received.len() <= 1 && !unknown.is_empty() && !unknown.contains(received.first().unwrap_or(&"ctl3")),
        "{received:?} {unknown:?}"
    );
}

#[test]
fn a_healthy_log_tells_what_each_session_was() {
    let found = sessions("queens-healthy/ctl1.nova-novncproxy.log");
    let worked: Vec<_> = found.iter().filter(|session| session.worked).collect();
    assert_eq!((found.len(), worked.len()), (8, 6));
    for session in worked {
        let target = session.target.as_ref().unwrap();
        assert_eq!((session.host.as_deref(), session.port), (Some("127.0.0.50"), Some(25950)));
        assert_eq!((target.host.as_deref(), target.port), (Some("127.0.0.50"), Some(25950)));
        assert_eq!(
            target.url.as_ref().map(|url| (url.host.as_str(), url.page.as_str())),
            Some(("127.0.0.1", "/vnc_auto.html"))
        );
        assert!(session.token.is_some() && session.seconds.unwrap() < 5.0);
        assert!(matches!(session.carried, Some(Carried::Token | Carried::Nothing)), "a cookie carried it");
    }
    let consoleauth = read("queens-healthy/ctl1.nova-consoleauth.log");
    let started = Event::Started { node: "consoleauth".to_owned(), version: "17.0.13".to_owned() };
    assert!(
        consoleauth.events.iter().any(|event| event.event == started && event.service == Some(Service::Consoleauth))
    );
}

#[test]
fn each_fault_of_the_real_clouds_ends_its_sessions_in_its_own_way() {
    let expect = |name: &str, wanted: &dyn Fn(&Failure) -> bool| {
        let found = sessions(name);
        let ends: Vec<_> = found.iter().filter_map(failure).collect();
        assert!(!ends.is_empty() && ends.iter().all(|end| wanted(end)), "{name}: {ends:?}");
        found
    };
    expect("queens-compute-down/ctl1.nova-novncproxy.log", &|end| *end == Failure::RpcTimeout);
    expect("queens-origin-host/ctl1.nova-novncproxy.log", &|end| *end == Failure::OriginHost);
    expect("queens-vnc-closed/ctl1.nova-novncproxy.log", &|end| *end == Failure::ConnRefused);
    expect("stein-typo/ctl1.nova-novncproxy.log", &|end| *end == Failure::TokenInvalid { masked: true });
    expect("2026.2-expired-token/nova-proxy.log", &|end| *end == Failure::TokenInvalid { masked: true });
    expect("2026.2-origin-proto/nova-proxy.log", &|end| *end == Failure::OriginProtocol);
    expect("2026.2-vnc-closed/nova-proxy.log", &|end| *end == Failure::ConnRefused);
    expect("2026.2-compute-down/nova-proxy.log", &|end| *end == Failure::RpcTimeout);
    expect(
        "2026.2-tls-self-signed/nova-proxy.log",
        &|end| matches!(end, Failure::Tls { code } if code.contains("ALERT")),
    );
    let password = |end: &Failure| matches!(end, Failure::SecurityNegotiation { allowed, offered, .. } if *allowed == [1] && *offered == [2]);
    expect("2026.2-vnc-password/nova-proxy.log", &password);
    let database =
        expect("2026.2-db-down/nova-proxy.log", &|end| matches!(end, Failure::Database { code: Some(2003), .. }));
    assert!(database[0].seconds.unwrap() > 90.0);
    let dropped = expect("2026.2-vnc-blackhole/nova-proxy.log", &|end| *end == Failure::TimedOut);
    assert!((dropped[0].seconds.unwrap() - 134.5).abs() < 1.0 && dropped[1].end.is_none());
}

#[test]
fn what_has_no_handler_exception() {
    let silent = sessions("2026.2-rabbit-down/nova-proxy.log");
    assert!(matches!(silent[0].end, Some(Event::BusUnreachable { .. })), "{silent:?}");
    let plain = sessions("2026.2-tls-only-http-url/nova-proxy.log");
    assert!(plain.iter().all(|session| session.end == Some(Event::PlainRefused)) && !plain.is_empty());
    assert!(sessions("2026.2-vnc-tls-vencrypt/nova-proxy.log").iter().all(|session| session.worked));
    let taken = read("2026.2-port-taken-http/nova-proxy.log");
    let in_use = Event::StartFailed { failure: StartFailure::AddressInUse };
    assert_eq!(taken.events.iter().filter(|event| event.event == in_use).count(), 1);
    let null = read("queens-backend-null/ctl1.nova-consoleauth.log");
    assert!(null.events.iter().any(|event| matches!(event.event, Event::NullCache { .. })));
}

#[test]
fn the_same_lines_in_every_wrapping() {
    let log = read("shapes.log");
    let pids: Vec<_> =
        log.events.iter().map(|event| (event.pid, event.at.unwrap().round() as i64 - 1_795_347_255)).collect();
    assert_eq!(
        pids,
        [
            (Some(14161), 0),
            (Some(14161), 1),
            (Some(14161), 2),
            (Some(14161), 3),
            (Some(14170), 5),
            (Some(77), 5),
            (Some(88), 6),
            (None, 7)
        ]
    );
    let found = vncdoctor::evidence::log::sessions(&log.events);
    assert_eq!(failure(&found[0]), Some(&Failure::HostUnreachable));
    assert_eq!(
        (found[0].host.as_deref(), found[0].port, found[0].carried),
        (Some("10.0.0.21"), Some(5901), Some(Carried::Token))
    );
    let option = StartFailure::ConfigValue { option: Some("backend".to_owned()) };
    assert_eq!(
        log.events.iter().filter(|event| event.event == Event::StartFailed { failure: option.clone() }).count(),
        1,
        "told once"
    );
    let page = StartFailure::WebRootMissing { dir: "/usr/share/novnc".to_owned() };
    assert_eq!(log.events.last().unwrap().event, Event::StartFailed { failure: page });
    assert_eq!(log.events[5].service, Some(Service::Consoleauth));
    assert!(log.roles.contains(&Service::Novncproxy) && logs::role(&log).is_none());
}

#[test]
fn zones_are_known_or_said_to_be_assumed() {
    let line = "2026-11-22 11:34:15.112 1 INFO nova.console.websocketproxy [-] handler exception: timed out";
    let at = |zone: TimeZone, text: &str| {
        let event = logs::parse(text, &Clock { zone, latest: None }).events.remove(0);
        (event.at.unwrap(), event.zone_known)
    };
    let (utc, known) = at(TimeZone::UTC, line);
    let (east, _) = at(TimeZone::fixed(jiff::tz::offset(2)), line);
    assert!(!known && (utc - east - 7200.0).abs() < 0.001);
    let (stamped, known) = at(TimeZone::fixed(jiff::tz::offset(2)), &format!("2026-11-22T11:34:15.112Z {line}"));
    assert!(known && (stamped - utc).abs() < 0.001);
}

#[test]
fn long_lines_and_long_files_are_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("nova-novncproxy.log");
    let line = "2026-11-22 11:34:15.112 7 INFO nova.console.websocketproxy [-] handler exception: timed out\n";
    let mut text = format!("{}{}\n", line.trim_end(), "x".repeat(300_000));
    for _ in 0..1000 {
        text.push_str(line);
    }
    std::fs::write(&path, &text).unwrap();
    let whole = logs::read(&path, &reading()).unwrap();
    assert_eq!((whole.lines, whole.events.len(), whole.from_byte, whole.cut_short), (1001, 1001, 0, false));
    let tail = logs::read(&path, &Reading { tail: 10 * line.len() as u64 + 5, ..reading() }).unwrap();
    assert_eq!((tail.lines, tail.from_byte > 0), (10, true));
    assert_eq!(tail.last, whole.last);
    for _ in 0..10_000 {
        text.push_str(line);
    }
    std::fs::write(&path, &text).unwrap();
    let late = logs::read(&path, &Reading { deadline: Instant::now(), ..reading() }).unwrap();
    assert!(late.cut_short && late.lines < 5000 && !late.events.is_empty());
}

#[test]
fn only_the_newest_events_are_kept() {
    let mut text = String::new();
    for pid in 0..logs::MAX_EVENTS + 10 {
        writeln!(
            text,
            "2026-11-22 11:34:15.112 {pid} INFO nova.console.websocketproxy [-] handler exception: timed out"
        )
        .unwrap();
    }
    let log = logs::parse(&text, &utc());
    assert_eq!((log.events.len(), log.dropped, log.events[0].pid), (logs::MAX_EVENTS, 10, Some(10)));
}

#[test]
fn what_is_no_log_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let packed = dir.path().join("nova-novncproxy.log.gz");
    std::fs::write(&packed, b"\x1f\x8b\x08\0\0\0\0\0").unwrap();
    assert_eq!(logs::read(&packed, &reading()).unwrap_err(), PathProblem::Compressed(packed));
    assert_eq!(logs::look(dir.path()).unwrap_err(), PathProblem::NoLogs(dir.path().to_owned()));
    let missing = dir.path().join("missing.log");
    assert_eq!(logs::look(&missing).unwrap_err(), PathProblem::Missing(missing.clone()));
    assert_eq!(logs::read(dir.path(), &reading()).unwrap_err(), PathProblem::Directory(dir.path().to_owned()));
    assert!(matches!(logs::look(Path::new("/dev/null")), Err(PathProblem::NotAFile { .. })));
}

#[test]
fn a_directory_stands_for_its_nova_logs() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("var/log/kolla/nova")).unwrap();
    for name in ["nova-novncproxy.log", "nova-consoleauth.log", "nova-novncproxy.log.1", "README", "apache.log"] {
        std::fs::write(dir.path().join("var/log/kolla/nova").join(name), "").unwrap();
    }
    std::fs::write(dir.path().join("n-cauth.log"), "").unwrap();
    let found = logs::look(dir.path()).unwrap();
    let names: Vec<_> = found.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["n-cauth.log", "nova-consoleauth.log", "nova-novncproxy.log"]);
    let older = logs::rotated(dir.path());
    let older: Vec<_> = older.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(older, ["nova-novncproxy.log.1"]);
    let one = fixture("shapes.log");
    assert_eq!(logs::look(&one).unwrap(), [one]);
}

#[test]
fn no_token_of_the_fixtures_is_in_the_evidence() {
    let mut tokens = 0;
    for path in logs::look(&fixture("")).unwrap().into_iter().chain([fixture("shapes.log")]) {
        let text = std::fs::read_to_string(&path).unwrap();
        let saved = serde_json::to_string(&logs::read(&path, &reading()).unwrap()).unwrap();
        for (at, _) in
            text.match_indices("token=").chain(text.match_indices("token%3D")).chain(text.match_indices("Token: "))
        {
            let token: String =
                text[at..].chars().skip_while(|symbol| !matches!(symbol, '=' | 'D' | ' ')).skip(1).take(36).collect();
            if token.matches('-').count() == 4 {
                tokens += 1;
                assert!(!saved.contains(&token), "{}: {token}", path.display());
            }
        }
    }
    assert!(tokens > 50, "{tokens}");
}

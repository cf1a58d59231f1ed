//! Logs of what is over: a console opens now, and the proxy's log tells of a failure before.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, missing_docs, dead_code)]

mod fakes;
#[path = "parts/mod.rs"]
mod parts;
mod scenario;

use fakes::{Fake, Script, Then, frame, vnc};
use scenario::{Report, TOKEN, run};

const SAME: &str = "a console of this token opens now";

/// A console that opens, or does not, and what a check of it says with these lines in the proxy's log.
async fn checked(then: Then, lines: &[&str], hosts: &[&str]) -> Report {
    checked_of("nova-novncproxy.log", "29", then, lines, hosts).await
}

/// The same with another log and release.
async fn checked_of(log: &str, release: &str, then: Then, lines: &[&str], hosts: &[&str]) -> Report {
    let proxy = Fake::start(Script::Proxy { pages: &["/vnc_lite.html"], then }).await;
    let url = format!("http://127.0.0.1:{}/vnc_lite.html?path=%3Ftoken%3D{TOKEN}", proxy.port);
    let dir = tempfile::tempdir().unwrap();
    let text: String = lines.iter().flat_map(|line| ["2026-03-01 11:20:15.100 201 ", line, "\n"]).collect();
    let path = dir.path().join(log);
    std::fs::write(&path, text).unwrap();
    let mut args =
        ["check", "--format", "json", "--timeout", "2", "--patience", "1", "--release", release, "--url", &url]
            .map(str::to_owned)
            .to_vec();
    for host in hosts {
        args.extend(["--log".to_owned(), format!("{host}={}", path.display())]);
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    run(&args)
}

const IN_USE: &str = "CRITICAL nova [-] Unhandled error: OSError: [Errno 98] Address already in use";
const MODULE: &str = "CRITICAL nova [-] Unhandled error: ModuleNotFoundError: No module named 'numpy'";

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_failed_is_over_once_a_console_opens() {
    for (line, cause) in [(IN_USE, "novncproxy-bind"), (MODULE, "novncproxy-not-running")] {
        let report = checked(Then::Frames(vnc()), &[line], &["ctl1"]).await;
        report.is_silent();
        assert_eq!(report.status(13), "pass", "{report}");
        // of two proxies the other one may be down still
        let report = checked(Then::Frames(vnc()), &[line], &["ctl1", "ctl2"]).await;
        assert_eq!((report.code, report.causes("error").len()), (0, 0), "{report}");
        assert_eq!(report.causes("warning"), [cause, cause], "{report}");
        // the wire says 101 and nothing of the end
        let report = checked(Then::HangUp, &[line], &["ctl1"]).await;
        assert!(report.causes("error").contains(&cause), "{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_of_nova_consoleauth_is_over_once_a_console_opens() {
    const RAISED: &str =
        "ERROR oslo_messaging.rpc.server [-] Exception during message handling: ImportError: No module named memcache";
    const ENDED: &str = "CRITICAL nova [-] Unhandled error: ImportError: No module named memcache";
    for (line, cause) in [(RAISED, "cache-backend-unfit"), (ENDED, "consoleauth-down")] {
        let log = "nova-consoleauth.log";
        let report = checked_of(log, "17", Then::Frames(vnc()), &[line], &["ctl1"]).await;
        assert_eq!((report.code, report.causes("note")), (0, vec![cause]), "{report}");
        let report = checked_of(log, "17", Then::HangUp, &[line], &["ctl1"]).await;
        assert!(report.causes("error").contains(&cause), "{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_failed_is_over_once_the_same_token_opens() {
    const LOGGER: &str = "INFO nova.console.websocketproxy [-]";
    let path = format!("{LOGGER} 192.0.2.7 - - [01/Mar/2026 11:20:15] 192.0.2.7: Path: '/?token={TOKEN}'");
    let dial = format!("{LOGGER}   3: connecting to: 10.0.0.21:5901");
    let cases = [
        ("[Errno 111] ECONNREFUSED", "vnc-port-closed", true),
        ("[Errno 110] ETIMEDOUT", "vnc-firewalled", true),
        ("[Errno -2] Name or service not known", "vnc-name-unresolved", true),
        (
            "Failed to negotiate security type with server: No compute auth available: No matching auth scheme: allowed types: '1', desired types: '2'",
            "vnc-password-wanted",
            true,
        ),
        (
            "(pymysql.err.OperationalError) (2003, \"Can't connect to MySQL server on '10.0.0.5'\")",
            "database-unreachable",
            false,
        ),
    ];
    for (error, cause, dials) in cases {
        let end = format!("{LOGGER} handler exception: {error}");
        let lines: Vec<&str> =
            [Some(path.as_str()), dials.then_some(dial.as_str()), Some(&end)].into_iter().flatten().collect();
        let report = checked(Then::Frames(vnc()), &lines, &["ctl1"]).await;
        assert_eq!((report.code, report.causes("error").len(), report.causes("warning").len()), (0, 0, 0), "{report}");
        let note = report.finding(cause);
        assert!(note["message"].as_str().unwrap().starts_with("earlier, and not now: "), "{report}");
        assert!(note["evidence"][0].as_str().unwrap().contains(SAME), "{report}");
        // no console opens: the log is the best that is known
        let report = checked(Then::HangUp, &lines, &["ctl1"]).await;
        assert!(report.causes("error").contains(&cause), "{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_alone_does_not_say_that_proxy_and_server_agree() {
    const LOGGER: &str = "INFO nova.console.websocketproxy [-]";
    let error = "Failed to negotiate security type with server: No compute auth available: No matching auth scheme: allowed types: '1', desired types: '2'";
    let path = format!("{LOGGER} 192.0.2.7 - - [01/Mar/2026 11:20:15] 192.0.2.7: Path: '/?token={TOKEN}'");
    let lines = [path.as_str(), &format!("{LOGGER} handler exception: {error}")];
    let refused =
        [frame(2, b"RFB 003.008\n"), frame(2, &[1, 1]), frame(2, &[0, 0, 0, 1, 0, 0, 0, 2, b'n', b'o'])].concat();
    let report = checked(Then::Frames(refused), &lines, &["ctl1"]).await;
    assert_eq!(report.causes("error"), ["vnc-password-wanted"], "{report}");
}

//! What one log comes to, judged as an operator gives it: alone, offline. Each text has a look-alike that accuses nobody.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, missing_docs)]

mod cli;

use serde_json::Value;
use std::fmt::Write;

const IN_USE: &str =
    "2026-11-22 11:30:00.000 301 CRITICAL nova [-] Unhandled error: OSError: [Errno 98] Address already in use\n";
const ACCEPTED: &str = "ConsoleAuthToken(access_url_base='http://ctl.example:6080/vnc_lite.html',console_type='novnc',\
                        host='10.0.0.21',instance_uuid=d2a0d7cb-c7b8-4cfb-9755-3a9471a5c1f0,port=5901,token='***')";

/// A line of the proxies' logger, by the process 201.
fn line(second: u32, text: &str) -> String {
    format!("2026-11-22 11:20:{second:02}.100 201 INFO nova.console.websocketproxy [-] {text}\n")
}

/// What the proxy says of a connection.
fn client(second: u32, text: &str) -> String {
    line(second, &format!("192.0.2.7 - - [22/Nov/2026 11:20:{second:02}] {text}"))
}

/// A proxy that starts.
fn started(second: u32) -> String {
    let texts = ["WebSocket server settings:", "  - Listen on 0.0.0.0:6080", "  - No SSL/TLS support (no cert file)"];
    texts.map(|text| line(second, text)).concat()
}

/// A session of the proxy that ends with this error.
fn session(error: &str) -> String {
    dialled() + &line(9, &format!("handler exception: {error}"))
}

/// A session up to the dial.
fn dialled() -> String {
    [
        client(2, "192.0.2.7: Plain non-SSL (ws://) WebSocket connection"),
        client(2, &format!("192.0.2.7: Path: '/?token={}'", cli::TOKEN)),
        line(3, &format!("  3: connect info: {ACCEPTED}")),
        line(3, "  3: connecting to: 10.0.0.21:5901"),
    ]
    .concat()
}

/// Exit code and findings, `severity cause line`.
fn said(logs: &[(&str, &str)], more: &[&str]) -> (i32, Vec<String>) {
    let (code, report) = report(logs, more);
    let findings = report["findings"].as_array().unwrap().iter();
    let words = |one: &Value| format!("{} {} {}", one["severity"], one["cause"], one["line"]).replace('"', "");
    (code, findings.map(words).collect())
}

fn report(logs: &[(&str, &str)], more: &[&str]) -> (i32, Value) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("log")).unwrap();
    for (name, text) in logs {
        cli::write(dir.path(), &format!("log/{name}"), text);
    }
    let path = if logs.len() == 1 { format!("log/{}", logs[0].0) } else { "log".to_owned() };
    let ran = cli::run(dir.path(), &[&["check", "--offline", "--format", "json", "--log", &path], more].concat());
    (ran.code.unwrap(), ran.json())
}

const UNKNOWN: (i32, Vec<String>) = (3, Vec::new());

fn told(code: i32, finding: &str) -> (i32, Vec<String>) {
    (code, vec![finding.to_owned()])
}

#[test]
fn a_port_that_is_taken_is_the_proxys_only_in_the_proxys_log() {
    let proxys = told(1, "error novncproxy-bind 1");
    assert_eq!(said(&[("nova-novncproxy.log", IN_USE)], &[]), proxys);
    assert_eq!(said(&[("ctl1.nova-novncproxy.log.1", IN_USE)], &[]), proxys);
    for name in ["nova-scheduler.log", "nova-api.log", "nova-metadata-api.log", "nova-compute.log", "x.log"] {
        assert_eq!(said(&[(name, IN_USE)], &[]), UNKNOWN, "{name}");
    }
    for name in ["nova-spicehtml5proxy.log", "nova-serialproxy.log"] {
        assert_eq!(said(&[(name, &(started(1) + IN_USE))], &[]), UNKNOWN, "{name}");
    }
    // beside a proxy that is well
    let healthy = dialled() + &line(4, "x");
    let both = [("nova-novncproxy.log", healthy.as_str()), ("nova-scheduler.log", IN_USE)];
    assert_eq!(said(&both, &[]), (0, Vec::new()));
    // in a syslog by its tag
    let tagged = |tag: &str| format!("Nov 22 11:30:00 ctl1 {tag}[301]: OSError: [Errno 98] Address already in use\n");
    assert_eq!(said(&[("syslog", &tagged("nova-novncproxy"))], &[]), proxys);
    assert_eq!(said(&[("syslog", &tagged("apache2"))], &[]), UNKNOWN);
    let mixed =
        "Nov 22 11:00:00 ctl1 nova-novncproxy[9]: INFO nova.console.websocketproxy [-] WebSocket server settings:\n";
    assert_eq!(said(&[("syslog", &(mixed.to_owned() + &tagged("apache2")))], &[]), UNKNOWN);
}

#[test]
fn the_files_name_says_whose_last_words_they_are() {
    let proxy = told(1, "error novncproxy-not-running 1");
    let module =
        "2026-11-22 11:30:00.000 301 CRITICAL nova [-] Unhandled error: ModuleNotFoundError: No module named 'numpy'\n";
    for words in
        [module, "Can not find html/js files at /usr/share/novnc.\n", "SSL only and /etc/nova/c.pem not found\n"]
    {
        assert_eq!(said(&[("nova-novncproxy.log", words)], &[]), proxy, "{words}");
        assert_eq!(said(&[("nova-compute.log", words)], &[]), UNKNOWN, "{words}");
    }
    let consoleauth = told(1, "error consoleauth-down 1");
    assert_eq!(said(&[("ctl1.nova-consoleauth.log", module)], &["--release", "17"]), consoleauth);
}

#[test]
fn a_path_after_permission_denied_is_a_file() {
    let denied = |rest: &str| {
        let error = format!("PermissionError: [Errno 13] Permission denied{rest}");
        started(1) + &format!("2026-11-22 11:30:00.000 301 CRITICAL nova [-] Unhandled error: {error}\n")
    };
    let key = denied(": '/etc/nova/ssl/key.pem'");
    let (code, report) = report(&[("nova-novncproxy.log", &key)], &[]);
    assert_eq!((code, &report["findings"][0]["cause"]), (1, &"novncproxy-not-running".into()), "{report:#}");
    assert!(report["findings"][0]["message"].as_str().unwrap().contains("may not open /etc/nova/ssl/key.pem"));
    assert_eq!(said(&[("nova-novncproxy.log", &denied(""))], &[]), told(1, "error novncproxy-bind 4"));
}

#[test]
fn whoever_is_visited_listens() {
    let restarted = IN_USE.replace("11-22", "11-20") + &started(1);
    let visits = [
        "192.0.2.9: ignoring empty handshake",
        "192.0.2.9 - - [22/Nov/2026 11:20:05] code 404, message File not found",
    ];
    for visit in visits {
        assert_eq!(said(&[("nova-novncproxy.log", &(restarted.clone() + &line(5, visit)))], &[]).1, [""; 0], "{visit}");
    }
    // it said that it would listen, and not that it could not, as it did before
    assert_eq!(said(&[("nova-novncproxy.log", &restarted)], &[]), UNKNOWN);
    let again = started(1) + &IN_USE.replace("11-22", "11-23");
    let (code, found) = said(&[("nova-novncproxy.log", &again)], &[]);
    assert!(code == 1 && found.len() == 1 && found[0].starts_with("error novncproxy-bind "), "{found:?}");
}

#[test]
fn sessions_of_other_consoles_are_not_vncs() {
    let refused = session("[Errno 111] ECONNREFUSED");
    let name = "nova-novncproxy.log";
    assert_eq!(said(&[(name, &refused)], &[]), told(1, "error vnc-port-closed 5"));
    for other in ["nova-serialproxy.log", "nova-spicehtml5proxy.log"] {
        assert_eq!(said(&[(other, &refused)], &[]), UNKNOWN, "{other}");
    }
    for kind in ["serial", "spice-html5"] {
        let other = refused.replace("console_type='novnc'", &format!("console_type='{kind}'"));
        assert_eq!(said(&[("x.log", &other)], &[]), UNKNOWN, "{kind}");
        // the proxy of VNC may be given another console's token; what becomes of it is not VNC's
        assert_eq!(said(&[(name, &other)], &[]), UNKNOWN, "{kind}");
    }
}

#[test]
fn a_host_without_a_name_has_one_in_sentences() {
    let down = session("(pymysql.err.OperationalError) (2003, \"Can't connect to MySQL server on '10.0.0.5'\")");
    let (_, report) = report(&[("nova-novncproxy.log", &down)], &[]);
    assert_eq!(report["findings"][0]["message"], "nova-novncproxy on this host cannot reach its database");
}

#[test]
fn clients_that_are_turned_away_before_the_101_are_told() {
    let name = "nova-novncproxy.log";
    for words in ["Client must support 'binary' or 'base64' protocol", "Invalid protocol selected"] {
        let refused = started(1) + &client(2, &format!("code 400, message {words}"));
        assert_eq!(said(&[(name, &refused)], &[]), told(1, "error subprotocol-refused 4"), "{words}");
        // a script among browsers
        let among = dialled() + &refused.replace(" 201 ", " 301 ");
        assert_eq!(said(&[(name, &among)], &[]), told(0, "warning subprotocol-refused 8"), "{words}");
        // mended
        let mended = refused.replace(" 201 ", " 101 ") + &dialled();
        assert_eq!(said(&[(name, &mended)], &[]), (0, Vec::new()), "{words}");
    }
    let other = started(1) + &client(2, "code 400, message Unsupported WebSocket version");
    assert_eq!(said(&[(name, &other)], &[]).1, [""; 0]);

    let plain = started(1) + &line(2, "192.0.2.7: non-SSL connection received but disallowed");
    assert_eq!(said(&[(name, &plain)], &[]), told(0, "warning scheme-mismatch 4"));
    let tls = |path: &str| started(1) + &line(2, &format!("192.0.2.7: SSL connection but '{path}' not found"));
    assert_eq!(said(&[(name, &tls("/self.pem"))], &[]), told(0, "warning scheme-mismatch 4"));
    let (_, report) = report(&[(name, &plain)], &[]);
    assert_eq!(report["steps"][12]["status"], "unknown", "nobody got a 101: {report:#}");
    // every few seconds, as a balancer's check
    let checks: String =
        (2..9).map(|second| line(second, "192.0.2.7: non-SSL connection received but disallowed")).collect();
    let checks = checks.lines().enumerate().map(|(at, line)| line.replace(" 201 ", &format!(" 3{at:02} ")) + "\n");
    assert_eq!(said(&[(name, &checks.collect::<String>())], &[]), told(0, "note scheme-mismatch 7"));
    // somebody set that path
    let set = tls("/etc/nova/console.pem");
    assert_eq!(said(&[(name, &set)], &[]), told(1, "error proxy-certificate-missing 4"));
    // among consoles that open it is somebody's health check
    let checked = |text: &str| dialled() + &text.replace(" 201 ", " 301 ");
    assert_eq!(said(&[(name, &checked(&plain))], &[]), (0, Vec::new()));
    assert_eq!(said(&[(name, &checked(&tls("/self.pem")))], &[]), (0, Vec::new()));
}

#[test]
fn a_line_alone_is_about_the_vnc_port() {
    let alone = |error: &str| line(9, &format!("handler exception: {error}"));
    let name = "nova-novncproxy.log";
    assert_eq!(said(&[(name, &alone("[Errno 111] ECONNREFUSED"))], &[]), told(1, "error vnc-port-closed 1"));
    assert_eq!(said(&[(name, &alone("[Errno 110] ETIMEDOUT"))], &[]), told(1, "error vnc-firewalled 1"));
    // a whole session that never dials fails elsewhere
    let early = client(2, "192.0.2.7: Plain non-SSL (ws://) WebSocket connection") + &alone("[Errno 111] ECONNREFUSED");
    assert_eq!(said(&[(name, &early)], &[]).1, [""; 0]);
    // and one that went away is nobody's
    assert_eq!(said(&[(name, &alone("[Errno 104] ECONNRESET"))], &[]).1, [""; 0]);
}

#[test]
fn errors_of_the_handshake_have_their_causes() {
    let name = "nova-novncproxy.log";
    let lost = "module 'ssl' has no attribute 'wrap_socket'";
    assert_eq!(said(&[(name, &session(lost))], &[]), told(1, "error vencrypt-python-too-new 5"));
    // before the dial it is the TLS of browsers
    let early = line(9, &format!("handler exception: {lost}"));
    assert_eq!(said(&[(name, &early)], &[]), told(1, "error session-failed 1"));
    let negotiated = |reason: &str| session(&format!("Failed to negotiate security type with server: {reason}"));
    let many = negotiated("b'Too many authentication failures'");
    assert_eq!(said(&[(name, &many)], &[]), told(1, "error vnc-security-refused 5"));
    let (_, report) = report(&[(name, &many)], &[]);
    let message = "the VNC server at 10.0.0.21:5901 refuses the proxy: Too many authentication failures";
    assert_eq!(report["findings"][0]["message"], message);
    assert_eq!(said(&[(name, &negotiated("Auth handshake failed"))], &[]).1.len(), 1);
    assert_ne!(said(&[(name, &negotiated("Auth handshake failed"))], &[]), told(1, "error vnc-security-refused 5"));
}

#[test]
fn what_was_put_in_front_of_a_line_is_taken_off() {
    let closed = |line: usize| told(1, &format!("error vnc-port-closed {line}"));
    let text = session("[Errno 111] ECONNREFUSED");
    for front in ["    ", "> ", "/var/log/kolla/nova/nova-novncproxy.log:", "17:", "nova_novncproxy  | "] {
        let wrapped: String = text.lines().flat_map(|line| [front, line, "\n"]).collect();
        assert_eq!(said(&[("x.log", &wrapped)], &[]), closed(5), "{front}");
    }
    let packed = |line: &str| {
        let fields = serde_json::json!({"MESSAGE": line, "_PID": "9", "SYSLOG_IDENTIFIER": "nova-novncproxy", "__REALTIME_TIMESTAMP": "1795346415500000"});
        format!("{fields}\n")
    };
    assert_eq!(said(&[("x.log", &text.lines().map(packed).collect::<String>())], &[]), closed(5));
    let last = packed("Can not find html/js files at /usr/share/novnc.");
    assert_eq!(said(&[("x.log", &last)], &[]), told(1, "error novncproxy-not-running 1"));
    // of another program's file, found beside the proxy's
    let found: String =
        [format!("nova-novncproxy.log:{}", line(1, "WebSocket server settings:")), format!("nova-api.log:{IN_USE}")]
            .concat();
    assert_eq!(said(&[("nova-novncproxy.log", &found)], &[]), UNKNOWN);
}

#[test]
fn lines_without_a_process_are_one_session_by_their_request() {
    let without =
        |text: &str, request: &str| text.replace(" 201 ", " ").replace("[-]", &format!("[req-{request} - - - - -]"));
    let dial = |request| without(&line(3, "  3: connecting to: 10.0.0.21:5901"), request);
    let end = |request| without(&line(9, "handler exception: [Errno 111] ECONNREFUSED"), request);
    let (code, one) = report(&[("nova-novncproxy.log", &(dial("a") + &dial("b") + &end("a")))], &[]);
    assert_eq!((code, &one["findings"][0]["line"]), (1, &3.into()), "{one:#}");
    assert!(one["findings"][0]["message"].as_str().unwrap().contains("10.0.0.21:5901"), "{one:#}");
    // the end of another request is not this one's
    let (code, other) = report(&[("nova-novncproxy.log", &(dial("a") + &end("b")))], &[]);
    assert_eq!((code, other["findings"].as_array().unwrap().len()), (0, 0), "{other:#}");
}

#[test]
fn rotated_logs_beside_the_log_are_said() {
    let dir = tempfile::tempdir().unwrap();
    cli::write(dir.path(), "nova-novncproxy.log", &dialled());
    let args = ["check", "--offline", "--log", ".", "--format", "json"];
    assert_eq!(cli::run(dir.path(), &args).stderr, "");
    cli::write(dir.path(), "nova-novncproxy.log.2.gz", "");
    cli::write(dir.path(), "keystone.log.1", "");
    let stderr = cli::run(dir.path(), &args).stderr;
    assert!(
        stderr.contains(".: 1 rotated log skipped: nova-novncproxy.log.2.gz; unpack") && stderr.lines().count() == 1,
        "{stderr}"
    );
}

/// Sessions that begin so many seconds after one another, each with a token of its own, by clients in turn.
fn refused(count: usize, every: usize, clients: usize, token: impl Fn(usize) -> String) -> String {
    let mut text = started(0);
    for nth in 0..count {
        let seconds = nth * every;
        let at = format!("2026-11-22 12:{:02}:{:02}.100 {}", seconds / 60, seconds % 60, 400 + nth);
        let peer = format!("192.0.2.{}", 7 + nth % clients);
        let lines = [
            format!("{peer} - - [22/Nov/2026 12:00:00] {peer}: Plain non-SSL (ws://) WebSocket connection"),
            format!("{peer} - - [22/Nov/2026 12:00:00] {peer}: Path: '/?token={}'", token(nth)),
            format!("handler exception: The token '{}' is invalid or has expired", token(nth)),
        ];
        for line in lines {
            writeln!(text, "{at} INFO nova.console.websocketproxy [-] {line}").unwrap();
        }
    }
    text
}

#[test]
fn tokens_of_many_browsers_are_counted_and_words_of_scanners_are_not() {
    let of_nova = |nth: usize| format!("2d5a9f04-9c0e-4f6e-8e3a-0f2f8b7c1a{nth:02}");
    let log = |text: &str| said(&[("nova-novncproxy.log", text)], &["--release", "17"]);
    let (code, found) = log(&refused(8, 60, 3, of_nova));
    assert!(code == 1 && found.len() == 1 && found[0].starts_with("error token-unknown"), "{found:?}");
    // one browser's old tabs, all at once
    assert_eq!(log(&refused(8, 0, 1, of_nova)), (0, Vec::new()));
    assert_eq!(log(&refused(8, 60, 3, |nth| format!("FUZZ{nth}"))), (0, Vec::new()));
}

#[test]
fn the_end_of_a_session_that_began_before_the_log_accuses_nobody() {
    let end = line(40, "handler exception: [Errno 110] ETIMEDOUT");
    let (code, found) = said(&[("nova-novncproxy.log", &end)], &[]);
    assert!(code == 1 && found == ["error vnc-firewalled 1"], "{found:?}");
    assert_eq!(said(&[("nova-novncproxy.log", &(started(1) + &end))], &[]).1, Vec::<String>::new());
    let opened = dialled() + &line(40, "handler exception: [Errno 110] ETIMEDOUT").replace(" 201 ", " 202 ");
    assert_eq!(said(&[("nova-novncproxy.log", &opened)], &[]).1, Vec::<String>::new());
}

#[test]
fn lines_of_other_programs_are_not_novas() {
    let fatal = "CRITICAL nova [-] Unhandled error: OSError: [Errno 98] Address already in use";
    let compute = "2026-11-22 11:30:00.000 9 INFO nova.compute.manager [-] Running instance usage audit\n";
    let bus = "ERROR oslo.messaging._drivers.impl_rabbit [-] AMQP server on 10.0.0.5:5672 is unreachable: [Errno 111] \
               ECONNREFUSED. Trying again in 1 seconds.";
    let lines = |front: &str, text: &str| -> String {
        [1, 2, 3].map(|second| format!("{front}2026-11-22 11:31:0{second}.000 77 {text}\n")).concat()
    };
    for front in ["/var/log/neutron/neutron-server.log:", "neutron_agent_1 | ", "/var/log/nova/nova-api.log:"] {
        for text in [fatal, bus] {
            let log = compute.to_owned() + &lines(front, text);
            assert_eq!(said(&[("x.log", &log)], &[]).1, Vec::<String>::new(), "{front}{text}");
            let log = started(1) + &lines(front, text);
            assert_eq!(said(&[("nova-novncproxy.log", &log)], &[]).1, Vec::<String>::new(), "{front}{text}");
        }
    }
    // nova-compute's own complaint is told
    let own = said(&[("x.log", &(compute.to_owned() + &lines("", bus)))], &[]).1;
    assert!(own.len() == 1 && own[0].contains("message-bus-down"), "{own:?}");
}

#[test]
fn a_monitor_that_asks_by_the_clock_is_no_browser() {
    let asked = |seconds: &[u32]| -> String {
        let line = |at: &u32| {
            let stamp = format!("2026-11-22 12:{:02}:{:02}.100 {}", at / 60, at % 60, 400 + at);
            let peer = "192.0.2.9 - - [22/Nov/2026 12:00:00]";
            format!(
                "{stamp} INFO nova.console.websocketproxy [-] {peer} code 400, message Client must support 'binary' or 'base64' protocol\n"
            )
        };
        started(0) + &seconds.iter().map(line).collect::<String>()
    };
    let log = |seconds: &[u32]| said(&[("nova-novncproxy.log", &asked(seconds))], &[]).1;
    assert_eq!(log(&[10, 70, 130, 190, 250, 310, 370]), Vec::<String>::new());
    let users = log(&[10, 23, 200, 240, 900, 2000]);
    assert!(users.len() == 1 && users[0].starts_with("error subprotocol-refused"), "{users:?}");
}

//! Balancers: the built program against a real websockify behind a real HAProxy or nginx, with the balancer's own file and
//! without it. What the wire shows is what each judgement of a file rests on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, missing_docs)]

#[path = "parts/mod.rs"]
mod parts;
mod scenario;

use std::time::Duration;

use parts::certificate::Authority;
use parts::haproxy::Haproxy;
use parts::nginx::Nginx;
use parts::qemu::Qemu;
use parts::websockify::Websockify;
use scenario::{Report, TOKEN, run};

/// A VNC server, a proxy before it, and the folder of its page.
struct Console {
    proxy: Websockify,
    _vnc: Qemu,
    _web: tempfile::TempDir,
}

impl Console {
    /// As nova-novncproxy: no directories are listed.
    fn start(more: &[&str]) -> Self {
        let (vnc, web) = (Qemu::start(""), tempfile::tempdir().unwrap());
        std::fs::write(web.path().join("vnc_lite.html"), "<html><head><title>noVNC</title></head></html>").unwrap();
        let mut arguments = vec!["--file-only", "--web", web.path().to_str().unwrap()];
        arguments.extend(more);
        let proxy = Websockify::start("0.13.0", vnc.port, &arguments, Some(web.path()));
        Self { proxy, _vnc: vnc, _web: web }
    }
}

/// HAProxy before a console; `lines` stand in its one section, `server` behind the server's address.
fn haproxy(console: &Console, lines: &str, server: &str) -> Haproxy {
    Haproxy::start(&format!(
        "defaults\n    mode http\n    timeout connect 2s\n    timeout client 1h\n    timeout server 1h\n\
         listen novncproxy\n    bind 127.0.0.1:PORT\n{lines}    server ctl1 127.0.0.1:{} {server}\n",
        console.proxy.port
    ))
}

/// nginx before a console, with these directives in its location.
fn nginx(console: &Console, lines: &str) -> Nginx {
    Nginx::start(&format!(
        "    server {{\n        listen 127.0.0.1:PORT;\n        location / {{\n            proxy_pass http://127.0.0.1:{};\n{lines}        }}\n    }}",
        console.proxy.port
    ))
}

const PASSED: &str = "proxy_http_version 1.1;\nproxy_set_header Upgrade $http_upgrade;\nproxy_set_header Connection \"upgrade\";\n\
    proxy_set_header Host $host;\n";

fn check(port: u16, more: &[&str]) -> Report {
    let url = format!("http://127.0.0.1:{port}/vnc_lite.html?path=%3Ftoken%3D{TOKEN}");
    let mut args =
        vec!["check", "--format", "json", "--timeout", "4", "--patience", "2", "--release", "2024.1", "--url", &url];
    args.extend(more);
    run(&args)
}

/// With the balancer's file, and a nova.conf that gives the proxy its port.
fn with_file(port: u16, file: &std::path::Path, console: &Console, more: &[&str]) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let conf = folder.path().join("nova.conf");
    std::fs::write(
        &conf,
        format!(
            "[database]\nconnection = sqlite:///x\n[vnc]\nnovncproxy_host = 127.0.0.1\nnovncproxy_port = {}\n",
            console.proxy.port
        ),
    )
    .unwrap();
    let (balancer, proxy) = (format!("lb1={}", file.display()), format!("ctl1:novncproxy={}", conf.display()));
    let mut all = vec!["--config", &balancer, "--config", &proxy];
    all.extend(more);
    check(port, &all)
}

/// `file:line` of the finding of a cause.
fn line(report: &Report, cause: &str) -> u64 {
    report.finding(cause)["line"].as_u64().unwrap()
}

#[test]
fn a_console_behind_a_good_balancer_opens() {
    let console = Console::start(&[]);
    let front = haproxy(&console, "    timeout tunnel 1h\n", "check inter 1s");
    check(front.port, &[]).is_silent();
    with_file(front.port, &front.file, &console, &[]).is_silent();
    let front = nginx(&console, &format!("{PASSED}proxy_read_timeout 1h;\n"));
    with_file(front.port, &front.file, &console, &[]).is_silent();
}

#[test]
fn a_quiet_session_is_timed_until_it_is_cut() {
    let console = Console::start(&[]);
    let front = haproxy(&console, "    timeout tunnel 2s\n", "");
    let report = with_file(front.port, &front.file, &console, &["--idle", "20"]);
    report.is(15, "D2").says(&["quiet for 2 s", "timeout tunnel"]);
    assert_eq!(line(&report, "idle-session-cut"), 8, "{report}");
    assert!(report.took < Duration::from_secs(15), "{:?}", report.took);
    // the time alone, and no file that explains it
    check(front.port, &["--idle", "20"]).is(15, "D2").says(&["is cut when it is quiet"]);
    // a frontend's tunnel time has no effect, and the shorter of the others counts
    let front = Haproxy::start(&format!(
        "defaults\n    mode http\n    timeout connect 2s\nfrontend novncproxy\n    bind 127.0.0.1:PORT\n    timeout client 2s\n    timeout tunnel 1h\n    \
         default_backend proxies\nbackend proxies\n    timeout server 1h\n    server ctl1 127.0.0.1:{}\n",
        console.proxy.port
    ));
    let report = with_file(front.port, &front.file, &console, &["--idle", "20"]);
    report.is(15, "D2").says(&["timeout client"]);
    assert_eq!(line(&report, "idle-session-cut"), 6, "{report}");
    let front = nginx(&console, &format!("{PASSED}proxy_read_timeout 2s;\n"));
    with_file(front.port, &front.file, &console, &["--idle", "20"]).is(15, "D2").says(&["proxy_read_timeout"]);
}

#[test]
fn a_quiet_session_that_lives_is_well() {
    let console = Console::start(&[]);
    let front = haproxy(&console, "    timeout tunnel 1h\n", "");
    let report = check(front.port, &["--idle", "2"]);
    report.is_silent();
    assert_eq!(report.status(15), "pass", "{report}");
    assert!(report.steps()[14].to_string().contains("kept quiet for 2.0 s, and alive"), "{report}");
    assert!(report.took >= Duration::from_secs(2) && report.took < Duration::from_secs(8), "{:?}", report.took);
}

#[test]
fn an_upgrade_that_is_dropped_is_told_by_the_line_that_drops_it() {
    let console = Console::start(&[]);
    let front = haproxy(&console, "    http-request del-header Upgrade\n", "");
    let report = with_file(front.port, &front.file, &console, &[]);
    report.leads_to(13, "D1").says(&["del-header"]);
    assert_eq!(line(&report, "balancer-drops-upgrade"), 8, "{report}");
    let front = nginx(&console, "proxy_http_version 1.1;\nproxy_set_header Host $host;\n");
    with_file(front.port, &front.file, &console, &[]).leads_to(13, "D1").says(&["Upgrade $http_upgrade"]);
    // websockify minds the header Upgrade alone
    let front = nginx(
        &console,
        "proxy_set_header Upgrade $http_upgrade;\nproxy_set_header Host $host;\nproxy_read_timeout 1h;\n",
    );
    with_file(front.port, &front.file, &console, &[]).is_silent();
}

#[test]
fn a_check_that_no_proxy_passes_leaves_the_balancer_without_one() {
    let console = Console::start(&[]);
    let down = |lines: &str, server: &str| {
        let front = haproxy(&console, lines, server);
        // two failed checks
        std::thread::sleep(Duration::from_millis(2500));
        front
    };
    let check_each = "check inter 500 fall 2 rise 1";
    for lines in ["    option httpchk\n", "    option httpchk GET /\n", "    option httpchk HEAD /\n"] {
        let front = down(lines, check_each);
        with_file(front.port, &front.file, &console, &[]).is(13, "D4").says(&["asks", "health"]);
        check(front.port, &[]).is(13, "D4 D8").says(&["HTTP 503", "HAProxy", "not nova-novncproxy"]);
    }
    let front = down("    timeout tunnel 1h\n", "check-ssl verify none check inter 500 fall 2 rise 1");
    with_file(front.port, &front.file, &console, &[]).is(13, "D4").says(&["TLS"]);
    let front =
        down("    timeout tunnel 1h\n    option httpchk HEAD /\n    http-check expect status 404\n", check_each);
    with_file(front.port, &front.file, &console, &[]).is_silent();
    let front = down("    timeout tunnel 1h\n    option httpchk GET /vnc_lite.html\n", check_each);
    with_file(front.port, &front.file, &console, &[]).is_silent();
}

#[test]
fn tls_on_one_side_only_is_told() {
    let authority = Authority::new();
    let pem = authority.self_signed("IP:127.0.0.1");
    let only = Console::start(&["--cert", pem.to_str().unwrap(), "--ssl-only"]);
    let front = haproxy(&only, "", "");
    check(front.port, &[]).is(13, "D4 D8").says(&["HTTP 502", "HAProxy", "hung up"]);
    // one port speaks both
    let both = Console::start(&["--cert", pem.to_str().unwrap()]);
    for server in ["", "ssl verify none"] {
        let front = haproxy(&both, "    timeout tunnel 1h\n", server);
        check(front.port, &[]).is_silent();
    }
    let plain = Console::start(&[]);
    let front = haproxy(&plain, "", "ssl verify none");
    with_file(front.port, &front.file, &plain, &[]).leads_to(13, "D8").says(&["speaks TLS"]);
    let front = haproxy(&plain, "", "send-proxy");
    with_file(front.port, &front.file, &plain, &[]).leads_to(13, "D8").says(&["PROXY protocol"]);
}

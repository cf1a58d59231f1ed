//! Hosts that are not reached, each in its way: the built program in a network namespace whose router drops, refuses or knows no way.
//! The VNC server out of reach, seen directly and through a real websockify; an address among several of the URL's name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, missing_docs)]

#[path = "parts/mod.rs"]
mod parts;
mod scenario;

use std::fmt::Write as _;
use std::path::Path;

use parts::network::{DROPPED, NO_ROUTE, NOBODY, Network, OWN, REJECTED};
use parts::websockify::Websockify;
use parts::{Process, find};
use scenario::{Report, TOKEN, run_by};

const HOSTS: &str = "127.0.0.1 localhost\n";

fn check(network: &Network, more: &[&str]) -> Report {
    let program = network.command(Path::new(env!("CARGO_BIN_EXE_vncdoctor")));
    run_by(program, &[&["check", "--format", "json", "--release", "29"], more].concat())
}

fn url(host: &str) -> String {
    format!("http://{host}:6080/vnc_lite.html?path=%3Ftoken%3D{TOKEN}")
}

/// This machine's name: a file that is given under it stands for the host that looks.
fn own_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap().trim().to_owned()
}

/// The proxy's nova.conf and its log, which ends where it dials this address; the arguments that name them.
fn proxy(dir: &Path, vnc: &str) -> Vec<String> {
    let (conf, log) = (dir.join("nova.conf"), dir.join("proxy.log"));
    std::fs::write(&conf, "[vnc]\nnovncproxy_host = 0.0.0.0\n").unwrap();
    let mut text = String::new();
    for rest in [
        "10.0.0.9 - - [22/Nov/2026 11:02:00] 10.0.0.9: Plain non-SSL (ws://) WebSocket connection".to_owned(),
        format!("10.0.0.9 - - [22/Nov/2026 11:02:00] 10.0.0.9: Path: '/?token={TOKEN}'"),
        format!("  2: connecting to: {vnc}:5900"),
    ] {
        let _ = writeln!(text, "2026-11-22 11:02:00.100 200 INFO nova.console.websocketproxy [-] {rest}");
    }
    std::fs::write(&log, text).unwrap();
    let name = own_name();
    let (conf, log) = (conf.display(), log.display());
    ["--config", &format!("{name}:novncproxy={conf}"), "--log", &format!("{name}={log}")].map(str::to_owned).to_vec()
}

/// A real websockify on the machine that passes consoles on to this address.
fn websockify(network: &Network, web: &Path, vnc: &str) -> Process {
    std::fs::write(web.join("vnc_lite.html"), "<html><head><title>noVNC</title></head></html>").unwrap();
    let mut command = network.command(&Websockify::python("0.13.0"));
    command.args(Websockify::PROGRAM).arg("--web").arg(web).args([format!("{OWN}:6080"), format!("{vnc}:5900")]);
    network.run(&mut command, &[6080])
}

fn qemu(network: &Network) -> Process {
    let mut command = network.command(&find("qemu-system-x86_64", "qemu-system-x86"));
    command.args(["-machine", "none", "-nodefaults", "-display", "none", "-vnc", "127.0.0.1:0"]);
    network.run(&mut command, &[5900])
}

#[test]
fn a_vnc_server_out_of_reach_is_told_from_a_closed_port() {
    let (network, dir) = (Network::start(HOSTS), tempfile::tempdir().unwrap());
    for (address, words) in [
        (DROPPED, "no answer within 4 s"),
        (NOBODY, "no route to host"),
        (NO_ROUTE, "no route to host"),
        (REJECTED, "no route to host"),
    ] {
        let files = proxy(dir.path(), address);
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let report = check(&network, &[&["--timeout", "4", "--token", TOKEN], &files[..]].concat());
        report.is(15, "E5").says(&[&format!("VNC at {address}:5900 is not reached"), words]);
    }
    let files = proxy(dir.path(), OWN);
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let report = check(&network, &[&["--timeout", "4", "--token", TOKEN], &files[..]].concat());
    report.is(15, "").says(&[&format!("{OWN}:5900"), "refused"]);
}

#[test]
fn a_real_proxy_before_a_black_hole_keeps_silent() {
    let (network, dir) = (Network::start(HOSTS), tempfile::tempdir().unwrap());
    let _proxy = websockify(&network, dir.path(), DROPPED);
    let target = url(OWN);
    let asked = ["--timeout", "2", "--patience", "4", "--url", &target];
    check(&network, &asked)
        .leaves_open(&[(14, "compute-silent"), (15, "vnc-firewalled")], &["token-expired", "vnc-port-closed"])
        .says(&["keeps silent for 4 s"]);
    // with the proxy's log the VNC server's address is known: both say the same
    let files = proxy(dir.path(), DROPPED);
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let report = check(&network, &[&asked[..], &files].concat());
    report
        .is(15, "E5")
        .says(&[&format!("VNC at {DROPPED}:5900 is not reached"), "the proxy keeps silent after the 101"]);
}

#[test]
fn a_real_proxy_without_a_route_ends_late_and_is_no_refused_token() {
    let (network, dir) = (Network::start(HOSTS), tempfile::tempdir().unwrap());
    let _proxy = websockify(&network, dir.path(), NOBODY);
    // after the three seconds that the kernel asks for the neighbour; plain websockify then says 1011, which nova never does
    let report = check(&network, &["--timeout", "2", "--patience", "8", "--url", &url(OWN)]);
    report.is(13, "").says(&["1011", "another proxy has the port"]);
}

#[test]
fn an_address_of_the_name_that_is_dead_is_told() {
    let names = [
        (DROPPED, "dropped.example"),
        (OWN, "dropped.example"),
        (NO_ROUTE, "unrouted.example"),
        (OWN, "unrouted.example"),
        (DROPPED, "dead.example"),
        (NO_ROUTE, "dead.example"),
    ];
    let hosts = names.iter().fold(HOSTS.to_owned(), |text, (address, name)| format!("{text}{address} {name}\n"));
    let (network, dir) = (Network::start(&hosts), tempfile::tempdir().unwrap());
    let (_qemu, _proxy) = (qemu(&network), websockify(&network, dir.path(), "127.0.0.1"));
    let ask = |name: &str| check(&network, &["--timeout", "2", "--patience", "2", "--url", &url(name)]);
    let report = ask("dropped.example");
    assert_eq!((report.code, report.causes("warning")), (0, vec!["url-address-dead"]), "{report}");
    assert_eq!(report.status(15), "pass", "{report}");
    report.says(&[&format!("dropped.example stands for {DROPPED} too"), "no answer within 2 s"]);
    // the browser takes the next one at once
    let report = ask("unrouted.example");
    assert_eq!((report.code, report.causes("note")), (0, vec!["url-address-dead"]), "{report}");
    report.says(&["no route to host"]);
    ask("dead.example").is(8, "C1").says(&["dead.example:6080", "is not reached"]);
}

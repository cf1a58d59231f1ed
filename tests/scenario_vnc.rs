//! The last hop against real VNC servers: QEMU with none, a password and TLS of every kind, and one that cannot be reached,
//! seen by the built program with the proxy's configuration and log.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, missing_docs)]

mod cli;
#[path = "parts/mod.rs"]
mod parts;

use std::fmt::Write as _;
use std::path::Path;

use parts::certificate::Authority;
use parts::free_port;
use parts::qemu::Qemu;
use serde_json::Value;

/// A proxy of 2024.1 with this in `[vnc]`, whose log ends where it dials `port`; what vncdoctor makes of it.
fn checked(port: u16, vnc: &str) -> Value {
    let dir = tempfile::tempdir().unwrap();
    site(dir.path(), port, vnc);
    let ran = cli::run(dir.path(), &[&ARGS[..], &["--format", "json"]].concat());
    ran.json()
}

const ARGS: [&str; 11] = [
    "check",
    "--release",
    "29",
    "--timeout",
    "2",
    "--config",
    "ctl1:novncproxy=ctl1.conf",
    "--log",
    "ctl1=proxy.log",
    "--token",
    cli::TOKEN,
];

fn site(dir: &Path, port: u16, vnc: &str) {
    cli::write(dir, "ctl1.conf", &format!("[vnc]\nnovncproxy_host = 0.0.0.0\n{vnc}"));
    let line = |rest: &str| format!("2026-11-22 11:02:00.100 200 INFO nova.console.websocketproxy [-] {rest}\n");
    let log = [
        line("10.0.0.9 - - [22/Nov/2026 11:02:00] 10.0.0.9: Plain non-SSL (ws://) WebSocket connection"),
        line(&format!("10.0.0.9 - - [22/Nov/2026 11:02:00] 10.0.0.9: Path: '/?token={}'", cli::TOKEN)),
        line(&format!("  2: connecting to: 127.0.0.1:{port}")),
    ];
    cli::write(dir, "proxy.log", &log.concat());
}

/// The causes above a note, and what step 15 comes to with all that it says.
fn told(report: &Value) -> (Vec<String>, String, String) {
    let findings = report["findings"].as_array().unwrap();
    let loud = findings.iter().filter(|finding| finding["severity"] != "note");
    let causes = loud.map(|finding| finding["cause"].as_str().unwrap().to_owned()).collect();
    let step = &report["steps"][14];
    let messages: Vec<String> = findings.iter().map(|finding| finding["message"].to_string()).collect();
    (causes, step["status"].as_str().unwrap().to_owned(), format!("{} {}", step["evidence"], messages.join("\n")))
}

/// QEMU with TLS of this directory.
fn with_tls(dir: &Path, verify: bool) -> Qemu {
    let verify = if verify { "yes" } else { "no" };
    let object =
        format!("tls-creds-x509,id=tls0,dir={},endpoint=server,verify-peer={verify},sanity-check=off", dir.display());
    Qemu::with(&["-machine", "none", "-object", &object], ",tls-creds=tls0")
}

/// `[vnc]` of a proxy that takes VeNCrypt alone.
fn vencrypt(authority: &Path, pem: Option<(&Path, &Path)>) -> String {
    let mut text = format!("auth_schemes = vencrypt\nvencrypt_ca_certs = {}\n", authority.display());
    if let Some((cert, key)) = pem {
        let _ = writeln!(text, "vencrypt_client_cert = {}\nvencrypt_client_key = {}", cert.display(), key.display());
    }
    text
}

#[test]
fn a_healthy_server_is_reached() {
    let qemu = Qemu::start("");
    let (causes, status, seen) = told(&checked(qemu.port, ""));
    assert_eq!((causes, status.as_str()), (vec![], "pass"), "{seen}");
    assert!(seen.contains("directly: RFB 003.008, security types 1 (None)"), "{seen}");
}

#[test]
fn a_password_is_named() {
    let qemu = Qemu::start(",password=on");
    let (causes, status, seen) = told(&checked(qemu.port, ""));
    assert_eq!((causes, status.as_str()), (vec!["vnc-password-wanted".to_owned()], "fail"), "{seen}");
    assert!(seen.contains("2 (VNC Authentication)"), "{seen}");
}

#[test]
fn vencrypt_opens_with_the_proxys_certificate() {
    let authority = Authority::new();
    // the name does not fit, and nova does not mind
    let server = authority.sign("server", "DNS:cmp1.example", None);
    let client = authority.sign("client", "DNS:ctl1.example", None);
    let dir = authority.directory("server", &server);
    for (verify, pem) in [(false, None), (true, Some((client.as_path(), client.as_path())))] {
        let qemu = with_tls(&dir, verify);
        let (causes, status, seen) = told(&checked(qemu.port, &vencrypt(&authority.file(), pem)));
        assert_eq!((causes, status.as_str()), (vec![], "pass"), "{seen}");
        assert!(seen.contains("260 (X509None), and opens with the proxy's certificate"), "{seen}");
    }
}

#[test]
fn vencrypt_on_one_side_alone_is_named() {
    let authority = Authority::new();
    let server = authority.sign("server", "IP:127.0.0.1", None);
    let dir = authority.directory("server", &server);
    let qemu = with_tls(&dir, false);
    let (causes, _, seen) = told(&checked(qemu.port, "auth_schemes = none\n"));
    assert_eq!(causes, ["vencrypt-one-sided"], "{seen}");
    assert!(seen.contains("260 (X509None)"), "the subtypes are read without a certificate: {seen}");
    let qemu = Qemu::start("");
    let (causes, _, seen) = told(&checked(qemu.port, &vencrypt(&authority.file(), None)));
    assert_eq!(causes, ["vencrypt-one-sided"], "{seen}");
}

#[test]
fn what_fails_of_vencrypt_is_named() {
    let authority = Authority::new();
    let other = Authority::new();
    let server = authority.sign("server", "IP:127.0.0.1", None);
    let client = authority.sign("client", "DNS:ctl1", None);
    let stranger = other.sign("stranger", "DNS:ctl1", None);
    let dir = authority.directory("server", &server);
    let fails = |qemu: &Qemu, vnc: &str, cause: &str, words: &str| {
        let (causes, status, seen) = told(&checked(qemu.port, vnc));
        assert_eq!((causes, status.as_str()), (vec![cause.to_owned()], "fail"), "{seen}");
        assert!(seen.contains(words), "{words}: {seen}");
    };
    let strict = with_tls(&dir, true);
    let cause = "vencrypt-handshake-fails";
    fails(&strict, &vencrypt(&authority.file(), None), cause, "and the proxy has none");
    let strangers = vencrypt(&authority.file(), Some((&stranger, &stranger)));
    fails(&strict, &strangers, cause, "does not take the proxy's certificate");
    let ours = Some((client.as_path(), client.as_path()));
    fails(&strict, &vencrypt(&other.file(), ours), cause, "no authority in [vnc] vencrypt_ca_certs");
    let mixed = vencrypt(&authority.file(), Some((client.as_path(), stranger.as_path())));
    fails(&strict, &mixed, "vencrypt-files-broken", "is not the key of the certificate");
    let old = authority.sign("old", "IP:127.0.0.1", Some("20210101000000Z"));
    let expired = with_tls(&authority.directory("old", &old), false);
    fails(&expired, &vencrypt(&authority.file(), ours), cause, "expired");
    let anonymous =
        Qemu::with(&["-machine", "none", "-object", "tls-creds-anon,id=tls0,endpoint=server"], ",tls-creds=tls0");
    fails(&anonymous, &vencrypt(&authority.file(), ours), cause, "257 (TLSNone)");
}

#[tokio::test]
async fn a_black_hole_is_told_from_a_closed_port() {
    // a listener that never accepts, its queue filled: the kernel drops further SYNs, as a firewall does
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut held = Vec::new();
    for _ in 0..8 {
        let dial = tokio::net::TcpStream::connect(address);
        if let Ok(Ok(stream)) = tokio::time::timeout(std::time::Duration::from_millis(300), dial).await {
            held.push(stream);
        }
    }
    let port = address.port();
    let report = tokio::task::spawn_blocking(move || checked(port, "")).await.unwrap();
    let (causes, _, seen) = told(&report);
    assert_eq!(causes, ["vnc-firewalled"], "{seen}");
    let (causes, _, seen) = told(&checked(free_port(), ""));
    assert_eq!(causes, ["vnc-port-closed"], "{seen}");
}

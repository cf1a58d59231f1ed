//! Console URLs alone: the built program against a real websockify before a real VNC server, and against proxies that behave
//! as nova-novncproxy does when something is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, missing_docs)]

#[path = "fakes/mod.rs"]
mod fakes;
#[path = "parts/mod.rs"]
mod parts;
mod scenario;

use std::time::Duration;

use fakes::{Fake, Script, Then, frame, vnc};
use parts::certificate::Authority;
use parts::free_port;
use parts::memcached::Memcached;
use parts::qemu::Qemu;
use parts::websockify::Websockify;
use scenario::{Report, Scene, TOKEN, pool, run, store};

/// The URL of a page on a port of this machine, as nova makes it from Train on.
fn url(scheme: &str, port: u16, page: &str) -> String {
    format!("{scheme}://127.0.0.1:{port}/{page}?path=%3Ftoken%3D{TOKEN}")
}

/// `check` of a URL and of nothing else.
fn check(url: &str) -> Report {
    run(&["check", "--format", "json", "--timeout", "2", "--patience", "1", "--url", url])
}

/// The same of a proxy that has the page.
async fn then(then: Then) -> Report {
    let proxy = Fake::start(Script::Proxy { pages: &["/vnc_lite.html"], then }).await;
    check(&url("http", proxy.port, "vnc_lite.html"))
}

/// A folder with a noVNC page.
fn web(pages: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for page in pages {
        std::fs::write(folder.path().join(page), "<html><head><title>noVNC</title></head></html>").unwrap();
    }
    folder
}

#[test]
fn a_real_console_opens() {
    let (vnc, web) = (Qemu::start(""), web(&["vnc_lite.html"]));
    for version in ["0.8.0", "0.9.0", "0.13.0"] {
        let proxy = Websockify::start(version, vnc.port, &["--web", web.path().to_str().unwrap()], None);
        let report = check(&url("http", proxy.port, "vnc_lite.html"));
        report.is_silent();
        for step in 11..=15 {
            assert_eq!(report.status(step), "pass", "{version}: {report}");
        }
        assert_eq!(
            (report.json["verdict"]["status"].as_str(), report.json["verdict"]["message"].as_str()),
            (Some("pass"), Some("the console opens"))
        );
        // the old form of the URL, with the token in the page's own query
        check(&format!("http://127.0.0.1:{}/vnc_lite.html?token={TOKEN}", proxy.port)).is_silent();
    }
}

#[test]
fn a_closed_vnc_port_behind_a_real_proxy_ends_the_console() {
    let web = web(&["vnc_lite.html"]);
    // a port that none of the tests beside this one can be given
    let proxy = Websockify::start("0.13.0", 1, &["--web", web.path().to_str().unwrap()], None);
    let report = check(&url("http", proxy.port, "vnc_lite.html"));
    // plain websockify says 1011, which nova's proxy never does: another proxy
    report.is(13, "").says(&["1011", "another proxy has the port"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hang_up_after_the_101_is_left_open() {
    let report = then(Then::HangUp).await;
    report
        .leaves_open(
            &[
                (6, "proxyclient-address-wrong"),
                (10, "token-store-not-shared"),
                (14, "cell-database-wrong"),
                (14, "guest-moved"),
                (14, "message-bus-down"),
                (14, "token-expired"),
                (14, "token-unknown"),
                (15, "vnc-firewalled"),
                (15, "vnc-port-closed"),
            ],
            &["compute-silent", "origin-host-refused", "origin-protocol-refused", "vnc-server-mute"],
        )
        .says(&["without Origin", "1006", "handler exception"]);
    let provide = report.json["verdict"]["provide"].to_string();
    assert!(provide.contains("--log NAME=") && provide.contains("--config NAME="), "{provide}");
    assert_eq!((report.status(13), report.status(14), report.status(15)), ("pass", "fail", "blocked"), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn memcached_settles_what_a_hang_up_leaves_open() {
    let proxy = Fake::start(Script::Proxy { pages: &["/vnc_lite.html"], then: Then::HangUp }).await;
    let target = url("http", proxy.port, "vnc_lite.html");
    let nodes = [Memcached::start(), Memcached::start(), Memcached::start()];
    let servers: Vec<&str> = nodes.iter().map(|node| node.address.as_str()).collect();
    let scene = Scene::three(&pool(&servers));
    let all: Vec<&Memcached> = nodes.iter().collect();
    // the VNC port is closed
    store(&all, "127.0.0.1", free_port().into(), 5.0);
    scene.check(&["--url", &target]).is(15, "").says(&["nothing listens at"]);
    // the token is too old
    store(&all, "127.0.0.1", free_port().into(), 700.0);
    scene.check(&["--url", &target]).leads_to(14, "A9");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_alone_is_minded_is_told() {
    let report = then(Then::MindOrigin(vnc())).await;
    report.is(13, "C5").says(&["without Origin the VNC server answers"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_part_of_the_origin_that_is_minded_is_found() {
    let proxy = |line| Script::Proxy { pages: &["/vnc_lite.html"], then: Then::Wants(line, vnc()) };
    let scheme = Fake::start(proxy("Origin: https://")).await;
    let report = check(&url("http", scheme.port, "vnc_lite.html"));
    report.is(13, "C4").says(&["with the other scheme", "X-Forwarded-Proto does not help"]);
    let host = Fake::start(proxy("Origin: http://localhost\r\n")).await;
    let report = check(&url("http", host.port, "vnc_lite.html"));
    report.is(13, "C5").says(&["names localhost", "3 times of 3"]);
    // one connection is the page, the others its siblings and at most twelve upgrades
    assert!(host.accepted.load(std::sync::atomic::Ordering::SeqCst) <= 13, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_that_opens_by_turns_is_no_refused_origin() {
    for turns in [[false, true].as_slice(), &[false, true, true], &[false, false, true], &[false, false, false, true]] {
        let report = then(Then::ByTurns(turns, vnc())).await;
        let candidates = [
            (10, "memcached-lists-differ"),
            (10, "token-store-not-shared"),
            (13, "proxies-differ"),
            (14, "cell-database-wrong"),
        ];
        let never = ["token-expired", "token-unknown", "vnc-port-closed"];
        report.says(&["with the same request", "opens the console in"]).leaves_open(&candidates, &never);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_refuses_what_the_others_take_is_named() {
    let page = |then| Script::Proxy { pages: &["/vnc_lite.html"], then };
    let (good, bad) = (Fake::start(page(Then::Frames(vnc()))).await, Fake::start(page(Then::HangUp)).await);
    let conf = |port: u16| format!("[vnc]\nnovncproxy_host = 127.0.0.1\nnovncproxy_port = {port}\n");
    let target = url("http", good.port, "vnc_lite.html");
    let check = |other: u16| {
        let mut scene = Scene::of(&[]).release("2024.1");
        scene.host("ctl1:novncproxy", &conf(good.port));
        scene.host("ctl2:novncproxy", &conf(other));
        scene.check(&["--url", &target])
    };
    let report = check(bad.port);
    report.leads_to(14, "D3").says(&[&format!("127.0.0.1:{}", bad.port), "hangs up on the same request"]);
    assert_eq!(report.finding("console-opens-at-times")["host"], "ctl2", "{report}");
    // all of them take it; one that is off refuses nothing
    check(good.port).is_silent();
    check(free_port()).is_silent();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_is_not_routed_is_told() {
    let report = then(Then::OnlyAt("/websockify", vnc())).await;
    report.is(13, "C10").says(&["its WebSocket at /,", "/websockify leads to the proxy", "nginx"]);
}

/// Debian's noVNC, with what a test does to its copy.
fn debians_novnc(spoil: impl Fn(&std::path::Path)) -> tempfile::TempDir {
    let from = std::path::Path::new("/usr/share/novnc");
    assert!(from.join("core/rfb.js").is_file(), "noVNC is missing: install the Debian package novnc");
    let copy = tempfile::tempdir().unwrap();
    let done = std::process::Command::new("cp").arg("-a").arg(from.join(".")).arg(copy.path()).status().unwrap();
    assert!(done.success());
    spoil(copy.path());
    copy
}

#[test]
fn debians_novnc_page_is_told_by_its_scripts() {
    let (vnc, web) = (Qemu::start(""), debians_novnc(|_| ()));
    let served = |version| Websockify::start(version, vnc.port, &["--web", web.path().to_str().unwrap()], None);
    for version in ["0.9.0", "0.10.0", "0.11.0", "0.12.0", "0.13.0"] {
        let proxy = served(version);
        for page in ["vnc_lite.html", "vnc.html", "vnc_auto.html"] {
            check(&url("http", proxy.port, page)).is_silent();
        }
        // 1.3.0 reads no ?token=, under whatever name
        for page in ["vnc_lite.html", "vnc_auto.html"] {
            let report = check(&format!("http://127.0.0.1:{}/{page}?token={TOKEN}", proxy.port));
            report.is(8, "C7").says(&["noVNC 1.3", "without a token"]);
        }
    }
    // and sends no subprotocol, which websockify 0.8 wants
    let report = check(&url("http", served("0.8.0").port, "vnc_lite.html"));
    report.is(13, "F6").says(&["noVNC 1.3", "HTTP 400", "answered with 101"]);
}

/// The page of noVNC 1.3, as far as it is recognised.
const NEWER: &str =
    "<script type=\"module\">import RFB from './core/rfb.js'; readQueryVariable('path', 'websockify')</script>";
/// That of 0.5, which sends the token as a cookie only.
const OLDER: &str = "<div id=\"noVNC_canvas\"></div><script>WebUtil.getQueryVar('token', null)</script>";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_comes_late_still_says_how_it_asks() {
    let after = Duration::from_millis(400);
    let late = |page, old| async move { Fake::start(Script::Late { page, after, old }).await };
    let upgrades = |proxy: &Fake| proxy.heard().matches("Upgrade: websocket").count();
    // noVNC 1.2 and newer ask for no subprotocol, and websockify 0.8 wants one
    let proxy = late(NEWER, true).await;
    let report = check(&url("http", proxy.port, "vnc_lite.html"));
    report.is(13, "F6").says(&["noVNC 1.3", "HTTP 400", "Client must support"]);
    assert!(report.to_string().contains("before the page was known, which asks otherwise: 101"), "{report}");
    assert_eq!(upgrades(&proxy), 3);
    // a newer one takes both, and is not asked twice
    let proxy = late(NEWER, false).await;
    check(&url("http", proxy.port, "vnc_lite.html")).is_silent();
    assert_eq!(upgrades(&proxy), 1);
    // a page that asks as was guessed is not asked again; one that sends a cookie is
    let proxy = late("<html><title>noVNC</title></html>", true).await;
    check(&url("http", proxy.port, "vnc_lite.html")).is_silent();
    assert_eq!(upgrades(&proxy), 1);
    let proxy = late(OLDER, true).await;
    check(&format!("http://127.0.0.1:{}/vnc_auto.html?token={TOKEN}", proxy.port)).is_silent();
    assert_eq!((upgrades(&proxy), proxy.heard().matches("GET /websockify HTTP").count()), (2, 1));
}

#[test]
fn missing_files_of_novnc_are_told() {
    let vnc = Qemu::start("");
    let served =
        |web: &tempfile::TempDir| Websockify::start("0.13.0", vnc.port, &["--web", web.path().to_str().unwrap()], None);
    let web = debians_novnc(|web| std::fs::remove_dir_all(web.join("core")).unwrap());
    let report = check(&url("http", served(&web).port, "vnc_lite.html"));
    report.is(12, "C9").says(&["/core/rfb.js", "HTTP 404"]);
    let web = debians_novnc(|web| {
        for page in ["vnc.html", "vnc_lite.html", "vnc_auto.html"] {
            std::fs::remove_file(web.join(page)).unwrap();
        }
    });
    check(&url("http", served(&web).port, "vnc_lite.html")).is(12, "C9").says(&["none of noVNC's pages"]);
    // without --web there are no files at all
    let bare = Websockify::start("0.13.0", vnc.port, &[], None);
    check(&url("http", bare.port, "vnc_lite.html")).is(12, "C9").says(&["HTTP 405"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_under_another_name_is_named() {
    let proxy = Fake::start(Script::Proxy { pages: &["/vnc_lite.html"], then: Then::Frames(vnc()) }).await;
    let report = check(&url("http", proxy.port, "vnc_auto.html"));
    report.is(8, "C8").says(&["vnc_auto.html", "vnc_lite.html"]);
    assert_eq!(report.status(15), "pass", "{report}");
}

#[test]
fn a_page_below_a_folder_that_the_proxy_does_not_have_is_found_at_its_root() {
    let vnc = Qemu::start("");
    let web = debians_novnc(|_| ());
    let proxy = Websockify::start("0.13.0", vnc.port, &["--web", web.path().to_str().unwrap()], None);
    check(&url("http", proxy.port, "novnc/vnc_lite.html"))
        .is(8, "C8")
        .says(&["no page /novnc/vnc_lite.html", "has /vnc_lite.html"]);
}

/// What the cause `websockify-too-new` knows of websockify, asked of the real ones.
#[test]
fn websockify_lost_what_nova_up_to_stein_dials_with() {
    for (version, says) in [
        ("0.8.0", ""),
        ("0.9.0", "module 'websockify' has no attribute 'WebSocketServer'"),
        ("0.13.0", "module 'websockify' has no attribute 'WebSocketServer'"),
    ] {
        let asked = ["-c", "import websockify; websockify.WebSocketServer.socket"];
        let done = std::process::Command::new(Websockify::python(version)).args(asked).output().unwrap();
        let said = String::from_utf8(done.stderr).unwrap();
        assert_eq!((done.status.success(), said.contains(says)), (says.is_empty(), true), "{version}: {said}");
    }
}

#[test]
fn nothing_listens_at_the_url() {
    let port = free_port();
    // a loopback URL may lead to the user's own machine in place of the proxy's: neither is chosen
    check(&url("http", port, "vnc_lite.html"))
        .is_open(&[(8, "base-url-unreachable"), (13, "novncproxy-not-running")])
        .says(&[&format!("127.0.0.1:{port}"), "refused"]);
}

#[test]
fn a_name_without_an_address_is_step_8() {
    let report = check(&format!("http://console.invalid:6080/vnc_lite.html?path=%3Ftoken%3D{TOKEN}"));
    report.is(8, "C1").says(&["console.invalid:6080"]);
}

#[test]
fn tls_and_plain_mixed_up_are_told_by_real_proxies() {
    let (vnc, web, authority) = (Qemu::start(""), web(&["vnc_lite.html"]), Authority::new());
    let folder = web.path().to_str().unwrap();
    let plain = Websockify::start("0.13.0", vnc.port, &["--web", folder], Some(web.path()));
    check(&url("https", plain.port, "vnc_lite.html")).leads_to(8, "C3").says(&["https"]);
    let pem = authority.self_signed("IP:127.0.0.1");
    let cert = pem.to_str().unwrap();
    let only = Websockify::start("0.13.0", vnc.port, &["--web", folder, "--cert", cert, "--ssl-only"], None);
    check(&url("http", only.port, "vnc_lite.html")).leads_to(8, "C3").says(&["takes only TLS"]);
    // a certificate that no browser takes
    check(&url("https", only.port, "vnc_lite.html")).is(12, "D6").says(&["self-signed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_after_the_101_is_left_open_and_asks_for_patience() {
    let report = then(Then::Wait).await;
    report
        .leaves_open(
            &[
                (14, "compute-silent"),
                (14, "consoleauth-silent"),
                (14, "message-bus-down"),
                (15, "vnc-firewalled"),
                (15, "vnc-server-mute"),
            ],
            &["token-expired", "vnc-port-closed"],
        )
        .says(&["keeps silent for 1 s"]);
    assert!(report.json["verdict"]["provide"][0].as_str().unwrap().contains("--patience"), "{report}");
    let late =
        Fake::start(Script::Proxy { pages: &["/vnc_lite.html"], then: Then::HangUpAfter(Duration::from_millis(3500)) })
            .await;
    let target = url("http", late.port, "vnc_lite.html");
    let report = run(&["check", "--format", "json", "--patience", "8", "--release", "2024.1", "--url", &target]);
    report
        .leaves_open(&[(14, "compute-silent"), (15, "vnc-firewalled")], &["consoleauth-silent", "token-expired"])
        .says(&["then hangs up"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_answers_in_the_proxys_place_is_named() {
    let nginx =
        |status: &str| format!("HTTP/1.1 {status}\r\nServer: nginx/1.22.1\r\nContent-Length: 2\r\n\r\nno").into_bytes();
    for status in ["503 Service Unavailable", "502 Bad Gateway"] {
        let report = then(Then::Instead(nginx(status))).await;
        report.is(13, "D4 D8").says(&[&format!("HTTP {}", &status[..3]), "nginx/1.22.1", "not nova-novncproxy"]);
    }
    for status in ["404 Not Found", "403 Forbidden", "200 OK", "426 Upgrade Required"] {
        let report = then(Then::Instead(nginx(status))).await;
        report.is(13, "D1").says(&[&format!("HTTP {}", &status[..3]), "nginx/1.22.1", "keeps the upgrade"]);
    }
    let websockify =
        |status: &str| format!("HTTP/1.1 {status}\r\nServer: WebSockify Python/2.7.18\r\n\r\n").into_bytes();
    let report = then(Then::Instead(websockify("400 Client must support 'binary' or 'base64' protocol"))).await;
    report.is(13, "F6").says(&["HTTP 400", "Client must support", "subprotocol"]);
    let report = then(Then::Instead(websockify("404 File not found"))).await;
    report.is(13, "D1").says(&["did not reach it"]);
    for (stranger, word) in [("SSH-2.0-OpenSSH_9.2\r\n", "SSH"), ("RFB 003.008\n", "VNC")] {
        let port = Fake::start(Script::GreetAndClose(stranger.into())).await;
        let report = check(&url("http", port.port, "vnc_lite.html"));
        assert_eq!((report.code, report.json["verdict"]["step"].as_u64()), (1, Some(13)), "{report}");
        report.says(&[word]);
        assert!(!port.heard().contains(TOKEN), "{}", port.heard());
    }
    let mute = Fake::start(Script::Mute).await;
    check(&url("http", mute.port, "vnc_lite.html"))
        .is(13, "")
        .says(&["does not answer the upgrade within 2 s"])
        .within(1.2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vnc_password_behind_novas_proxy_is_step_15() {
    let reason = b"Unable to negotiate security with server";
    let told = [&[0, 0, 0, 1, 0, 0, 0, 40], reason.as_slice()].concat();
    let frames = [frame(2, b"RFB 003.008\n"), frame(2, &[1, 1]), frame(2, &told)].concat();
    then(Then::FramesAndHangUp(frames)).await.is(15, "").says(&["Unable to negotiate security"]);
    then(Then::FramesAndHangUp(frame(2, b"RFB 003.008\n"))).await.is(15, "").says(&["security handshake"]);
}

#[test]
fn a_real_vnc_password_is_step_15() {
    let (vnc, web) = (Qemu::start(",password=on"), web(&["vnc_lite.html"]));
    let proxy = Websockify::start("0.13.0", vnc.port, &["--web", web.path().to_str().unwrap()], None);
    let report = check(&url("http", proxy.port, "vnc_lite.html"));
    report.is(15, "E11").says(&["VNC Authentication"]);
    // with a token alone the server itself is looked at
    let node = Memcached::start();
    store(&[&node], "127.0.0.1", vnc.port.into(), 5.0);
    Scene::three(&pool(&[&node.address]))
        .check_token()
        .is(15, "E11")
        .says(&["VNC Authentication", "never has a password"]);
}

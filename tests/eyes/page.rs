//! The console page: real websockifys that serve files, and peers of every other kind.

use std::path::Path;
use std::time::{Duration, Instant};

use vncdoctor::evidence::dial::DialOutcome;
use vncdoctor::evidence::page::{Novnc, PageAnswer, PageEnd};
use vncdoctor::evidence::probe::{Behalf, Seen};
use vncdoctor::evidence::tls::TlsProblem;
use vncdoctor::observe::limits::Limits;
use vncdoctor::observe::page::look;
use vncdoctor::observe::tls::Trust;

use crate::fakes::{Fake, Script};
use crate::parts::certificate::Authority;
use crate::parts::websockify::Websockify;
use crate::parts::{free_port, qemu::Qemu};

const TOKEN: &str = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11";

async fn get(secure: bool, host: &str, port: u16, path: &str, trust: &Trust) -> PageAnswer {
    let limits = Limits { timeout: Duration::from_millis(1500), ..Limits::default() };
    let before = Instant::now();
    let seen = look(secure, host, port, path, trust, &limits, &Behalf::default()).await;
    assert!(before.elapsed() < Duration::from_millis(2 * 1500 + 900), "{:?}", before.elapsed());
    let saved = serde_json::to_string(&seen).unwrap();
    assert!(!saved.contains(TOKEN), "{saved}");
    assert_eq!(serde_json::from_str::<Seen<PageAnswer>>(&saved).unwrap(), seen);
    seen.saw
}

async fn plain(port: u16, path: &str) -> PageAnswer {
    get(false, "127.0.0.1", port, path, &Trust::system()).await
}

async fn fake(script: Script) -> PageAnswer {
    let fake = Fake::start(script).await;
    plain(fake.port, "/vnc_auto.html").await
}

fn web(folder: &Path) {
    let lite = "<title>noVNC</title><script type=\"module\">import RFB from './core/rfb.js';\
        const path = readQueryVariable('path', 'websockify');</script>";
    std::fs::write(folder.join("vnc_lite.html"), lite).unwrap();
    std::fs::write(folder.join("package.json"), r#"{"name": "@novnc/novnc", "version": "1.3.0"}"#).unwrap();
}

#[tokio::test]
async fn a_real_proxys_page_its_sibling_and_its_404_are_read() {
    let folder = tempfile::tempdir().unwrap();
    web(folder.path());
    for version in ["0.8.0", "0.9.0", "0.13.0"] {
        let proxy = Websockify::start(version, free_port(), &["--web", folder.path().to_str().unwrap()], None);
        // localhost, so that a name is resolved; the token of a pasted address is not sent.
        let path = format!("/vnc_lite.html?path=%3Ftoken%3D{TOKEN}");
        let seen = get(false, "localhost", proxy.port, &path, &Trust::system()).await;
        assert_eq!((seen.end, seen.path.as_str()), (Some(PageEnd::Answered), "/vnc_lite.html"), "{version}");
        assert_eq!(seen.dial.outcome, DialOutcome::Connected { ip: "127.0.0.1".to_owned() });
        let page = seen.page.unwrap();
        assert_eq!((page.status, page.title.as_deref()), (200, Some("noVNC")));
        assert!(page.server.unwrap().starts_with("WebSockify Python/"));
        let scripts = vec!["core/rfb.js".to_owned()];
        let novnc = Novnc { generation: "1.3 or newer".to_owned(), reads_token: Some(false), scripts };
        assert_eq!(page.novnc, Some(novnc));

        let page = plain(proxy.port, "vnc_auto.html").await.page.unwrap();
        assert_eq!((page.status, page.novnc), (404, None));
        let page = plain(proxy.port, "/package.json").await.page.unwrap();
        assert_eq!(page.package_version.as_deref(), Some("1.3.0"));
    }
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed() {
    let answer = format!(
        "HTTP/1.1 302 Found\r\nServer: nginx\r\nLocation: https://login.example/?next=%3Ftoken%3D{TOKEN}\r\nX-Frame-Options: DENY\r\n\
         Content-Security-Policy: default-src x; frame-ancestors 'none'\r\nContent-Length: 44\r\n\r\nsee {TOKEN} ..."
    );
    let server = Fake::start(Script::Once(answer.into_bytes())).await;
    let page = plain(server.port, "/vnc_auto.html").await.page.unwrap();
    assert_eq!((page.status, page.location.as_deref()), (302, Some("https://login.example/")));
    assert_eq!((page.x_frame_options.as_deref(), page.frame_ancestors.as_deref()), (Some("DENY"), Some("'none'")));
    assert_eq!(page.first.as_deref(), Some("see *** ..."));
    assert_eq!(server.accepted.load(std::sync::atomic::Ordering::SeqCst), 1, "one connection for one page");
}

#[tokio::test]
async fn a_body_is_read_to_its_bound() {
    let mut answer = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n".to_vec();
    answer.extend(vec![b'x'; 300_000]);
    let page = fake(Script::Once(answer)).await.page.unwrap();
    assert_eq!((page.bytes, page.cut), (64 * 1024, true));
    let page = fake(Script::Once(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec())).await.page.unwrap();
    assert_eq!((page.bytes, page.cut), (4, true));
    // A peer that does not wait for the question and never ends its answer.
    let endless = fake(Script::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec())).await;
    let bytes = endless.page.as_ref().map(|page| page.bytes);
    assert!(bytes.is_none_or(|bytes| bytes == 64 * 1024) && endless.end.is_some(), "{endless:?}");
}

#[tokio::test]
async fn peers_that_give_no_page_are_told_apart() {
    assert_eq!(fake(Script::Mute).await.end, Some(PageEnd::NoAnswer { after_millis: 1500 }));
    for script in [Script::CloseAtOnce, Script::Reset] {
        let seen = fake(script).await;
        assert!(matches!(seen.end, Some(PageEnd::Closed { .. })), "{seen:?}");
        assert!(seen.dial.connected());
    }
    let qemu = Qemu::start("");
    let seen = plain(qemu.port, "/").await;
    assert!(matches!(seen.end, Some(PageEnd::NotHttp { .. })), "{seen:?}");
    let refused = plain(free_port(), "/").await;
    assert_eq!((refused.dial.outcome, refused.end, refused.page), (DialOutcome::Refused, None, None));
    let unknown = get(false, "vncdoctor.invalid", 80, "/", &Trust::system()).await;
    assert!(!unknown.dial.connected() && unknown.end.is_none(), "{unknown:?}");
    assert_eq!(plain(0, "/").await.page, None);
    assert_eq!(get(false, "a b", 80, "/", &Trust::system()).await.end, Some(PageEnd::NotAsked));
}

#[tokio::test]
async fn tls_is_verified_and_what_fails_is_said() {
    let folder = tempfile::tempdir().unwrap();
    web(folder.path());
    let authority = Authority::new();
    let trusting = Trust::with_file(&authority.file()).unwrap();
    let start = |pem: &Path| {
        let arguments = ["--web", folder.path().to_str().unwrap(), "--cert", pem.to_str().unwrap()];
        Websockify::start("0.13.0", free_port(), &arguments, None)
    };
    let proxy = start(&authority.sign("good", "DNS:localhost", None));
    let seen = get(true, "localhost", proxy.port, "/vnc_lite.html", &trusting).await;
    assert_eq!(seen.page.unwrap().status, 200);
    assert!(seen.tls.is_some_and(|tls| tls.problem.is_none() && tls.chain.len() == 1));
    let problem = async |host: &str, port: u16, trust: &Trust| {
        let seen = get(true, host, port, "/vnc_lite.html", trust).await;
        assert_eq!(seen.end, Some(PageEnd::TlsFailed), "{seen:?}");
        let tls = seen.tls.unwrap();
        (tls.problem.unwrap(), tls.error.unwrap())
    };
    let (kind, error) = problem("localhost", proxy.port, &Trust::system()).await;
    assert_eq!(kind, TlsProblem::UnknownIssuer);
    assert!(error.contains("UnknownIssuer"), "{error}");
    let (kind, _) = problem("127.0.0.1", proxy.port, &trusting).await;
    assert!(matches!(kind, TlsProblem::NameMismatch { .. }), "{kind:?}");
    let proxy = start(&authority.self_signed("DNS:localhost"));
    assert_eq!(problem("localhost", proxy.port, &trusting).await.0, TlsProblem::SelfSigned);
    let proxy = start(&authority.sign("expired", "DNS:localhost", Some("20200201000000Z")));
    assert_eq!(problem("localhost", proxy.port, &trusting).await.0, TlsProblem::Expired);
    // A plain proxy drops a TLS client; a plain web server answers it in HTTP.
    let bare = tempfile::tempdir().unwrap();
    let proxy = Websockify::start("0.13.0", free_port(), &[], Some(bare.path()));
    assert_eq!(problem("localhost", proxy.port, &trusting).await.0, TlsProblem::Closed);
    let web = Fake::start(Script::Once(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())).await;
    assert_eq!(problem("127.0.0.1", web.port, &trusting).await.0, TlsProblem::NotTls);
}

#[test]
fn a_file_of_authorities_that_holds_none_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    assert_eq!(Trust::with_file(&file).unwrap_err().kind(), std::io::ErrorKind::NotFound);
    std::fs::write(&file, "no certificate\n").unwrap();
    assert!(Trust::with_file(&file).unwrap_err().to_string().contains("no certificate"));
    let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    std::fs::write(&file, damaged).unwrap();
    assert!(Trust::with_file(&file).is_err());
}

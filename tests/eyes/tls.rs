//! TLS: what a port presents and takes, against OpenSSL's server.

use std::time::Duration;

use vncdoctor::evidence::page::PageAnswer;
use vncdoctor::evidence::probe::Behalf;
use vncdoctor::evidence::tls::{TlsProblem, TlsSeen};
use vncdoctor::observe::limits::Limits;
use vncdoctor::observe::page;
use vncdoctor::observe::tls::{Trust, versions};

use crate::fakes::{Fake, Script};
use crate::parts::certificate::Authority;
use crate::parts::free_port;
use crate::parts::tls_server::TlsServer;

fn limits() -> Limits {
    Limits { timeout: Duration::from_millis(2500), ..Limits::default() }
}

async fn look(port: u16, trust: &Trust) -> PageAnswer {
    page::look(true, "127.0.0.1", port, "/", trust, &limits(), &Behalf::default()).await.saw
}

async fn each(port: u16) -> Vec<TlsSeen> {
    let seen = versions("127.0.0.1", port, &limits(), &Behalf::default()).await;
    let names: Vec<_> = seen.saw.offers.iter().map(|offer| offer.version.as_str()).collect();
    assert_eq!(names, ["TLSv1.2", "TLSv1.3"]);
    seen.saw.offers.into_iter().map(|offer| offer.saw).collect()
}

#[tokio::test]
async fn the_chain_is_kept_as_it_came() {
    let authority = Authority::new();
    let pem = authority.sign("good", "DNS:console.example,DNS:*.cloud.example,IP:127.0.0.1", None);
    let server = TlsServer::start(&pem, &["-cert_chain", authority.file().to_str().unwrap()]);
    let trusting = Trust::with_file(&authority.file()).unwrap();
    let seen = look(server.port, &trusting).await;
    assert_eq!(seen.page.as_ref().map(|page| page.status), Some(200), "{seen:?}");
    let tls = seen.tls.unwrap();
    assert_eq!((tls.problem, tls.name.as_deref(), tls.wants_certificate), (None, Some("127.0.0.1"), false));
    let [own, above] = tls.chain.as_slice() else { panic!("{:?}", tls.chain) };
    assert_eq!((own.subject.as_str(), own.issuer.as_str()), ("CN=console", "CN=a private authority"));
    assert_eq!(own.names, ["console.example", "*.cloud.example", "127.0.0.1"]);
    assert_eq!((own.key.as_str(), own.signature.as_str()), ("RSA 2048", "sha256WithRSAEncryption"));
    assert!(own.not_after - own.not_before == 2 * 86_400 && !own.self_signed && !own.authority && above.authority);
    assert!(own.covers("127.0.0.1") && own.sha256.len() == 64 && above.self_signed);
    // the same certificate is seen where nobody here vouches for it
    let seen = look(server.port, &Trust::system()).await.tls.unwrap();
    assert_eq!((seen.problem, seen.chain), (Some(TlsProblem::UnknownIssuer), tls.chain));
}

#[tokio::test]
async fn versions_are_told_apart_whatever_the_certificate() {
    let authority = Authority::new();
    let pem = authority.self_signed("DNS:elsewhere.example");
    for (arguments, takes) in
        [(&["-no_tls1_3"][..], [true, false]), (&["-no_tls1_2"], [false, true]), (&[], [true, true])]
    {
        let server = TlsServer::start(&pem, arguments);
        for (seen, takes) in each(server.port).await.iter().zip(takes) {
            if takes {
                assert_eq!((seen.problem.as_ref(), seen.chain.len()), (None, 1), "{arguments:?} {seen:?}");
                assert!(seen.cipher.as_ref().is_some_and(|name| name.starts_with("TLS_")), "{seen:?}");
            } else {
                assert_eq!(seen.problem, Some(TlsProblem::Alert), "{arguments:?} {seen:?}");
                assert_eq!(seen.alert.as_deref(), Some("protocol_version"), "{arguments:?} {seen:?}");
            }
        }
    }
}

#[tokio::test]
async fn old_versions_and_old_ciphers_are_refusals() {
    let authority = Authority::new();
    let pem = authority.self_signed("IP:127.0.0.1");
    let old = TlsServer::start(&pem, &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]);
    let seen = look(old.port, &Trust::system()).await.tls.unwrap();
    assert_eq!((seen.problem, seen.alert.as_deref()), (Some(TlsProblem::Alert), Some("protocol_version")));
    let odd = TlsServer::start(&pem, &["-tls1_2", "-cipher", "AES128-SHA"]);
    let seen = look(odd.port, &Trust::system()).await.tls.unwrap();
    assert_eq!((seen.problem, seen.alert.as_deref()), (Some(TlsProblem::Alert), Some("handshake_failure")));
}

#[tokio::test]
async fn a_client_certificate_that_is_wanted_is_told() {
    let authority = Authority::new();
    let pem = authority.sign("good", "IP:127.0.0.1", None);
    let trusting = Trust::with_file(&authority.file()).unwrap();
    let server = TlsServer::start(&pem, &["-Verify", "1", "-verify_return_error"]);
    let seen = look(server.port, &trusting).await;
    assert!(seen.page.is_none() && seen.tls.as_ref().is_some_and(|tls| tls.wants_certificate), "{seen:?}");
    let optional = TlsServer::start(&pem, &["-verify", "1"]);
    let seen = look(optional.port, &trusting).await;
    assert!(seen.page.is_some() && seen.tls.is_some_and(|tls| tls.wants_certificate && tls.problem.is_none()));
}

#[tokio::test]
async fn what_speaks_no_tls_ends_within_the_deadline() {
    for script in [
        Script::Mute,
        Script::CloseAtOnce,
        Script::Reset,
        Script::Endless(b"x".repeat(4096)),
        Script::Greet(b"SSH-2.0-x\r\n".to_vec()),
    ] {
        let peer = Fake::start(script.clone()).await;
        let before = std::time::Instant::now();
        for seen in each(peer.port).await {
            assert!(seen.problem.is_some() && seen.chain.is_empty(), "{script:?}");
        }
        assert!(before.elapsed() < Duration::from_secs(4), "{script:?}");
    }
    // at an address of its own: the tests beside this one may take the port at 127.0.0.1
    let nobody = versions("127.0.0.99", free_port(), &limits(), &Behalf::default()).await;
    assert!(!nobody.saw.dial.connected() && nobody.saw.offers.is_empty());
}

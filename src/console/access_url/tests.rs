//! Healthy URLs of every release have no damage; each damage is named and, where possible, undone.
#![allow(clippy::unwrap_used)]

use super::*;

const T: &str = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11";

/// Parses a text in which `T` stands for the token.
fn parse(text: &str) -> Parsed {
    let (url, token) = AccessUrl::parse(&text.replace("{T}", T)).unwrap();
    let json = serde_json::to_string(&url).unwrap();
    assert!(!json.contains(T), "{json}");
    assert!(!url.to_string().contains(T) && !format!("{url:?}").contains(T));
    (url, token)
}

fn found(token: Option<&Result<Token, NotAToken>>) -> bool {
    token.is_some_and(|token| token.as_ref().is_ok_and(|token| token.raw_key() == T))
}

#[test]
fn healthy_urls_of_every_release() {
    use ConsoleType::{Novnc, RdpHtml5, Serial, SpiceHtml5, Unknown, Webmks, Xvpvnc};
    for (text, token_in, console_type, port) in [
        ("http://ctl.example:6080/vnc_auto.html?token={T}", TokenIn::Query, Novnc, 6080),
        ("http://ctl.example:6080/vnc_auto.html?path=%3Ftoken%3D{T}", TokenIn::Path, Novnc, 6080),
        ("https://cloud.example/vnc_lite.html?path=%3Ftoken%3D{T}", TokenIn::Path, Novnc, 443),
        ("https://cloud.example:13080/vnc_lite.html?path=%3ftoken%3d{T}", TokenIn::Path, Novnc, 13080),
        ("http://h/novnc/vnc.html?autoconnect=1&path=%3Ftoken%3D{T}", TokenIn::Path, Novnc, 80),
        ("http://h:6080/vnc_lite.html?path=proxy%2Fwebsockify%3Ftoken%3D{T}&resize=scale", TokenIn::Path, Novnc, 6080),
        ("http://h:6080/vnc_lite.html?path=%3Ftoken%3D{T}&title=my+vm%28a1e0%29", TokenIn::Path, Novnc, 6080),
        ("http://h:6080/vnc_lite.html?path=?token={T}", TokenIn::Path, Novnc, 6080),
        ("http://[fd00::1]:6080/vnc_auto.html?token={T}", TokenIn::Query, Novnc, 6080),
        (" http://h:6080/vnc_auto.html?token={T}\n", TokenIn::Query, Novnc, 6080),
        ("HTTP://H:6080/vnc_auto.html?token={T}", TokenIn::Query, Novnc, 6080),
        ("ws://127.0.0.1:6083/?token={T}", TokenIn::Query, Serial, 6083),
        ("wss://h/?token={T}", TokenIn::Query, Serial, 443),
        ("ws://h:6080/websockify?token={T}", TokenIn::Query, Novnc, 6080),
        ("http://h:6082/spice_auto.html?token={T}", TokenIn::Query, SpiceHtml5, 6082),
        ("http://h:6083/?token={T}", TokenIn::Query, RdpHtml5, 6083),
        ("http://h:6090/?token={T}", TokenIn::Query, Webmks, 6090),
        ("http://h:6081/console?token={T}", TokenIn::Query, Xvpvnc, 6081),
        ("https://h/x?token={T}", TokenIn::Query, Unknown, 443),
    ] {
        let (url, token) = parse(text);
        assert_eq!(url.damages, [], "{text}");
        assert!(found(token.as_ref()), "{text}");
        assert_eq!((url.token_in, url.console_type, url.port), (token_in, console_type, port), "{text}");
    }
}

#[test]
fn every_damage_is_named_and_the_token_found() {
    use Damage::*;
    for (text, expected) in [
        ("http://h:6080/vnc_auto.html?path=%253Ftoken%253D{T}", vec![DoubleEncoded]),
        ("http://h:6080/vnc_auto.html?path=%25253Ftoken%25253D{T}", vec![DoubleEncoded]),
        ("http://h:6080//vnc_auto.html?token={T}", vec![DoubleSlash]),
        ("h:6080/vnc_auto.html?token={T}", vec![MissingScheme]),
        ("//h:6080/vnc_auto.html?token={T}", vec![MissingScheme]),
        ("://h:6080/vnc_auto.html?token={T}", vec![MissingScheme]),
        ("http:/h:6080/vnc_auto.html?token={T}", vec![SchemeSlashes]),
        ("http:h:6080/vnc_auto.html?token={T}", vec![SchemeSlashes]),
        ("http:///h:6080/vnc_auto.html?token={T}", vec![SchemeSlashes]),
        ("http//h:6080/vnc_auto.html?token={T}", vec![SchemeSlashes]),
        ("http:\\\\h:6080\\vnc_auto.html?token={T}", vec![Backslash]),
        ("http://h:6080/vnc_auto.html\\?token\\={T}", vec![Backslash]),
        ("\"http://h:6080/vnc_auto.html?token={T}\"", vec![Wrapped]),
        ("<http://h:6080/vnc_auto.html?token={T}>", vec![Wrapped]),
        ("'http://h:6080/vnc_auto.html?token={T}", vec![Wrapped]),
        ("http://h:6080/vnc_auto.html?token={T}>", vec![TrailingJunk]),
        ("http://h:6080/vnc_auto.html?token={T}\"", vec![TrailingJunk]),
        ("http://h:6080/vnc_auto.html?token={T}%22", vec![TrailingJunk]),
        ("http://h:6080/vnc_auto.html?token={T}.", vec![TrailingJunk]),
        ("http://h:6080/vnc_auto.html?token={T} please open", vec![FollowingText]),
        ("url: http://h:6080/vnc_auto.html?token={T}", vec![LeadingText]),
        ("| url | http://h:6080/vnc_auto.html?token={T} |", vec![LeadingText, FollowingText]),
        ("hhttp://h:6080/vnc_auto.html?token={T}", vec![LeadingText]),
        ("http://h:6080/vnc_auto.html?a=1&amp;token={T}", vec![HtmlEscaped]),
        ("http://h:6080/vnc_auto.html?token=0c3b1a52-6f0e-\n  4a7f-9d6b-2f1f6f0a1d11", vec![Whitespace]),
        ("http://h:6080/vnc_auto.html ?token={T}", vec![Whitespace]),
        ("http://h:6080/vnc_auto.html?token=\u{200b}{T}", vec![InvisibleCharacter]),
        ("http://h:6080/vnc_auto.html?token=0c3b1a52–6f0e–4a7f–9d6b–2f1f6f0a1d11", vec![TypographicDash]),
        ("http://h:6080/vnc_auto.html%3Ftoken={T}", vec![EncodedQuestionMark]),
        ("http://h:6080/vnc_lite.html%3Fpath%3D%253Ftoken%253D{T}", vec![EncodedQuestionMark]),
        ("http://h:6080/vnc_auto.html?token%3D{T}", vec![EncodedEquals]),
        ("http://h:6080/vnc.html?autoconnect=true?path=%3Ftoken%3D{T}", vec![SecondQuestionMark]),
        ("http://h:6080/vnc.html?autoconnect=true?token={T}", vec![SecondQuestionMark]),
        ("http://h:6080/vnc_lite.html?path=token%3D{T}", vec![PathWithoutQuestionMark]),
        ("http://h:6080/vnc_lite.html#?token={T}", vec![Fragment]),
        ("http://h:6080/vnc_lite.html#path=%3Ftoken%3D{T}", vec![Fragment]),
        ("http://h:6080/vnc_auto.html?token={T}&token={T}", vec![TokenTwice]),
        ("http://h:6080/vnc_auto.html?token={T}&path=%3Ftoken%3D{T}", vec![TokenTwice]),
        ("http://h:6080/vnc_auto.html?token=stale&token={T}", vec![TokensDiffer]),
        ("http://user:pw@h:6080/vnc_auto.html?token={T}", vec![Userinfo]),
        ("http://fd00::1:6080/vnc_auto.html?token={T}", vec![UnbracketedIpv6]),
        ("http://h:6080/vnc_lite.html?a=%zz&path=%3Ftoken%3D{T}", vec![BrokenPercent]),
        ("http://h:6082/spice_auto.html?path=%3Ftoken%3D{T}", vec![PathOnOtherConsole]),
        ("ws://h:6083/?path=%3Ftoken%3D{T}", vec![PathOnOtherConsole]),
        ("http://h:6080/vnc_auto.html?token=0C3B1A52-6F0E-4A7F-9D6B-2F1F6F0A1D11", vec![CapitalToken]),
    ] {
        let (url, token) = parse(text);
        assert_eq!(url.damages, expected, "{text}");
        assert!(found(token.as_ref()), "{text}");
        assert!(!url.damages.iter().any(|damage| damage.to_string().is_empty()));
    }
}

#[test]
fn what_is_no_token_is_handed_back() {
    let (url, token) = parse("http://h:6080/vnc_auto.html?token=0c3b1a52-6f0e-4a7f");
    assert_eq!(url.damages, [Damage::TruncatedToken]);
    assert_eq!(token, Some(Err(NotAToken::Truncated { present: 18 })));
    assert_eq!(parse("http://h:6080/vnc_auto.html?token=").1, Some(Err(NotAToken::Empty)));
    assert_eq!(parse("http://h:6080/vnc_auto.html").1, None);
    let keystone = parse("http://h:6080/vnc_auto.html?token=gAAAAABhVq1f8mQJ-zr_example");
    assert_eq!(keystone.1, Some(Err(NotAToken::KeystoneFernet)));
    assert_eq!(keystone.0.token_in, TokenIn::Query);
}

#[test]
fn what_cannot_be_dialled_is_refused() {
    for (text, problem) in [
        ("", UrlProblem::Empty),
        ("  ", UrlProblem::Empty),
        ("\"\"", UrlProblem::Empty),
        ("ftp://h/vnc_auto.html", UrlProblem::Scheme),
        ("http://:6080/vnc_auto.html", UrlProblem::NoHost),
        ("http:///vnc_auto.html?token=x", UrlProblem::NoHost),
        ("http://", UrlProblem::NoHost),
        ("http://{{ vip }}:6080/vnc_auto.html", UrlProblem::Host),
        ("http://$my_ip:6080/vnc_auto.html", UrlProblem::Host),
        ("http://[zz]:6080/", UrlProblem::Host),
        (T, UrlProblem::TokenAsHost),
        ("http://0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11.example/", UrlProblem::TokenAsHost),
        ("http://h:70000/vnc_auto.html", UrlProblem::Port),
        ("http://h:0/", UrlProblem::Port),
        ("http://h:port/", UrlProblem::Port),
        ("http://h:6080:6080/", UrlProblem::Port),
    ] {
        assert_eq!(AccessUrl::parse(text).err(), Some(problem), "{text}");
    }
    let long = format!("http://h/{}", "a".repeat(9000));
    assert_eq!(AccessUrl::parse(&long).err(), Some(UrlProblem::TooLong { limit: 8192 }));
}

#[test]
fn what_each_novnc_asks_for() {
    let path = |text: &str, novnc| {
        let (url, token) = parse(text);
        url.websocket_path(&token.unwrap().unwrap(), novnc).replace(T, "T")
    };
    let query = "http://h:6080/vnc_auto.html?token={T}";
    assert_eq!(path(query, NoVnc::UpTo05), "/websockify");
    assert_eq!(path(query, NoVnc::From06To10), "/websockify?token=T");
    assert_eq!(path(query, NoVnc::From11To15), "/websockify");
    let in_path = "http://h:6080/vnc_lite.html?path=%3Ftoken%3D{T}";
    for novnc in [NoVnc::UpTo05, NoVnc::From06To10, NoVnc::From11To15, NoVnc::From16] {
        assert_eq!(path(in_path, novnc), "/?token=T");
    }
    let page = "http://h:6080/novnc/vnc.html?path=%3Ftoken%3D{T}";
    assert_eq!(path(page, NoVnc::From11To15), "/?token=T");
    assert_eq!(path(page, NoVnc::From16), "/novnc/vnc.html?token=T");
    let prefix = "http://h/novnc/vnc.html?path=proxy%2Fwebsockify%3Ftoken%3D{T}";
    assert_eq!(path(prefix, NoVnc::From11To15), "/proxy/websockify?token=T");
    assert_eq!(path(prefix, NoVnc::From16), "/novnc/proxy/websockify?token=T");
    assert_eq!(path("http://h/vnc.html?path=console&token={T}", NoVnc::From06To10), "/console?token=T");
    assert_eq!(path("ws://h:6083/?token={T}", NoVnc::From16), "/?token=T");
    let (url, _) = parse(query);
    assert!(url.sets_cookie(NoVnc::UpTo05) && !url.sets_cookie(NoVnc::From11To15));
}

#[test]
fn parts_for_dialling() {
    let (url, _) = parse("https://[fd00::1]/vnc_lite.html?path=%3Ftoken%3D{T}");
    assert_eq!(url.authority(), "[fd00::1]");
    assert_eq!(url.origin(), "https://[fd00::1]");
    let (url, _) = parse("http://ctl:6080/vnc_auto.html?token={T}");
    assert_eq!(
        (url.origin(), url.page_url()),
        ("http://ctl:6080".to_owned(), "http://ctl:6080/vnc_auto.html".to_owned())
    );
    assert_eq!(url.to_string(), "http://ctl:6080/vnc_auto.html?token=***");
}

#[test]
fn the_carrier_by_release() {
    let carrier = |text: &str| token_carrier(Release::parse(text).unwrap());
    assert_eq!(carrier("17"), Some(TokenIn::Query));
    assert_eq!(carrier("18.2.2"), Some(TokenIn::Query));
    assert_eq!(carrier("18.2.3"), Some(TokenIn::Path));
    assert_eq!(carrier("19.0.1"), Some(TokenIn::Query));
    assert_eq!(carrier("19.0.2"), Some(TokenIn::Path));
    assert_eq!(carrier("stein"), None);
    assert_eq!(carrier("34"), Some(TokenIn::Path));
}

#[test]
fn tokens_hide_wherever_they_stand() {
    for text in [
        "http://h/{T}?token={T}",
        "http://h/{T}.html?{T}=1&path={T}%3Ftoken%3D{T}",
        "http://h/%30c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11?token={T}",
    ] {
        let (url, _) = parse(text);
        let json = serde_json::to_string(&url).unwrap();
        assert!(!json.contains("6f0e"), "{json}");
    }
}

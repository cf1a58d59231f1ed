//! Fields of the Python values that nova prints: dictionaries and versioned objects.
//!
//! `{u'host': u'10.0.0.21', 'port': '5900', …}` of releases 15 to 19, `ConsoleAuthToken(host='10.0.0.21',port=5900,…)`
//! from 20 on. The order of the fields differs by Python version.

use super::clean;
use crate::evidence::log::{Carried, Target, TokenPrint, UrlParts};

/// What a token stands for, and the token's prints: from its own field, else from the URL beside it
/// (18.3, 19.1 and later mask the field and not the URL).
pub(super) fn target(value: &str) -> (Target, Option<TokenPrint>) {
    let raw_url = field(value, "access_url").or_else(|| field(value, "access_url_base"));
    let token = field(value, "token").and_then(|token| clean::print(&token));
    let token = token.or_else(|| raw_url.as_deref().and_then(token_of_url).and_then(|token| clean::print(&token)));
    let target = Target {
        host: field(value, "host").map(|host| clean::name(&host)),
        port: field(value, "port").and_then(|port| port.parse().ok()),
        instance: field(value, "instance_uuid").filter(|instance| clean::is_uuid(instance)),
        console_type: field(value, "console_type").map(|kind| clean::name(&kind)),
        url: raw_url.as_deref().and_then(url),
    };
    (target, token)
}

/// The value of a field; none if absent or `None`. Escapes of Python's `repr` are undone only for quotes.
pub(super) fn field(value: &str, name: &str) -> Option<String> {
    let start = value.match_indices(name).find_map(|(at, _)| {
        let before = value[..at].chars().next_back();
        let after = &value[at + name.len()..];
        match before {
            Some('\'' | '"') => after.strip_prefix(['\'', '"'])?.strip_prefix(':'),
            Some('(' | ',' | ' ') => after.strip_prefix('='),
            _ => None,
        }
    })?;
    literal(start.trim_start()).filter(|literal| literal != "None")
}

/// A quoted Python literal at the start of a text.
pub(super) fn quoted(text: &str) -> Option<String> {
    let symbols = text.strip_prefix(['u', 'b']).unwrap_or(text);
    symbols.starts_with(['\'', '"']).then(|| literal(text))?
}

/// One Python literal at the start of a text: quoted, or up to the next separator.
pub(super) fn literal(text: &str) -> Option<String> {
    let text = text.strip_prefix(['u', 'b']).filter(|rest| rest.starts_with(['\'', '"'])).unwrap_or(text);
    let Some(quote) = text.chars().next().filter(|symbol| matches!(symbol, '\'' | '"')) else {
        let end = text.find([',', ')', '}', ' ']).unwrap_or(text.len());
        return Some(text[..end].to_owned());
    };
    let mut out = String::new();
    let mut symbols = text[1..].chars();
    while let Some(symbol) = symbols.next() {
        match symbol {
            '\\' => out.extend(symbols.next()),
            _ if symbol == quote => return Some(out),
            _ => out.push(symbol),
        }
    }
    None
}

/// The parts of a URL that hold no secret.
pub(super) fn url(raw: &str) -> Option<UrlParts> {
    let (scheme, rest) = raw.split_once("://").unwrap_or(("", raw));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match authority.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => authority.rsplit_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    let page = tail.split(['?', '#']).next().unwrap_or_default();
    let parts = UrlParts {
        scheme: clean::name(&scheme.to_ascii_lowercase()),
        host: clean::name(host),
        port: port.and_then(|port| port.parse().ok()),
        page: clean::name(page),
    };
    (!parts.host.is_empty() || !parts.page.is_empty()).then_some(parts)
}

/// The token in a console URL: `?token=…` or `?path=%3Ftoken%3D…`.
fn token_of_url(url: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    anywhere(query)
}

/// Where the token is in the path of a request, by the rule of nova's `new_websocket_client`: the last query
/// argument `token`.
pub(super) fn request_path(raw: &str) -> (String, Carried, Option<TokenPrint>) {
    let (path, query) = raw.split_once('?').unwrap_or((raw, ""));
    let argument = query.split('&').filter_map(|pair| pair.strip_prefix("token=")).next_back().map(decode);
    let (carried, token) = match argument {
        Some(token) if token.is_empty() => (Carried::Empty, None),
        Some(token) => (Carried::Token, clean::print(&token)),
        None => match anywhere(raw) {
            Some(token) => (Carried::Misplaced, clean::print(&token)),
            None => (Carried::Nothing, None),
        },
    };
    // A path that carries the token by itself is kept without its end.
    let path = if carried == Carried::Misplaced && anywhere(path).is_some() {
        path.split('%').next().unwrap_or_default()
    } else {
        path
    };
    (clean::name(path), carried, token)
}

/// A token after `token=`, however often the text was percent-encoded (three times at most).
fn anywhere(raw: &str) -> Option<String> {
    let mut text = raw.to_owned();
    for _ in 0..4 {
        let bounded = |at: &usize| !text[..*at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
        if let Some(at) = text.rmatch_indices("token=").map(|(at, _)| at).find(bounded) {
            let value = &text[at + "token=".len()..];
            let value = decode(value.split(['&', '#', '\'', '"', ' ']).next().unwrap_or_default());
            return (!value.is_empty()).then_some(value);
        }
        if !text.contains('%') {
            return None;
        }
        text = decode(&text);
    }
    None
}

/// Undoes percent-encoding once.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    while let Some(byte) = bytes.get(at) {
        if let (b'%', Some(high), Some(low)) = (byte, digit(at + 1), digit(at + 2)) {
            out.push((high * 16 + low) as u8);
            at += 3;
        } else {
            out.push(*byte);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// `host:port`, `[v6]:port` or `v6:port`, as the proxy prints it.
pub(super) fn host_port(text: &str) -> Option<(String, i32)> {
    let (host, port) = text.trim().rsplit_once(':')?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    Some((clean::name(host), port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TOKEN: &str = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11";

    #[test]
    fn a_queens_dictionary_and_a_modern_object_say_the_same() {
        let queens = format!(
            "{{u'instance_uuid': u'd2a0d7cb-c7b8-4cfb-9755-3a9471a5c1f0', u'internal_access_path': None, u'console_type': u'novnc', \
             u'host': u'10.0.0.21', u'token': u'{TOKEN}', u'access_url': u'http://ctl:6080/vnc_auto.html?token={TOKEN}', u'port': u'5901'}}"
        );
        let modern = "ConsoleAuthToken(access_url_base='http://ctl:6080/vnc_auto.html',console_type='novnc',created_at=2026-11-22T11:22:50Z,\
             expires=1795347170,host='10.0.0.21',id=4,instance_uuid=d2a0d7cb-c7b8-4cfb-9755-3a9471a5c1f0,internal_access_path=None,port=5901,\
             tls_port=None,token='***',updated_at=None)";
        let (old, token) = target(&queens);
        let (new, masked) = target(modern);
        assert_eq!(old, new);
        assert_eq!((old.host.as_deref(), old.port), (Some("10.0.0.21"), Some(5901)));
        assert_eq!(
            old.url.map(|url| (url.scheme, url.host, url.port, url.page)).unwrap(),
            ("http".into(), "ctl".into(), Some(6080), "/vnc_auto.html".into())
        );
        assert_eq!((token, masked), (clean::print(TOKEN), None));
    }

    #[test]
    fn the_url_beside_a_masked_token_shows_it() {
        let stein = format!(
            "{{'token': '***', 'host': 'h', 'port': -1, 'access_url': 'http://[fd00::1]:6080/vnc_auto.html?path=%3Ftoken%3D{TOKEN}'}}"
        );
        let (target, token) = target(&stein);
        assert_eq!(token, clean::print(TOKEN));
        assert_eq!(target.port, Some(-1));
        assert_eq!(target.url.unwrap().host, "fd00::1");
    }

    #[test]
    fn where_the_token_is_in_a_path() {
        let cases = [
            (format!("/websockify?token={TOKEN}"), "/websockify", Carried::Token),
            (format!("/?token=old&token={TOKEN}"), "/", Carried::Token),
            ("/?token=".to_owned(), "/", Carried::Empty),
            ("/websockify".to_owned(), "/websockify", Carried::Nothing),
            ("/?nottoken=x".to_owned(), "/", Carried::Nothing),
            (format!("/?path=%3Ftoken%3D{TOKEN}"), "/", Carried::Misplaced),
            (format!("/%3Ftoken%3D{TOKEN}"), "/", Carried::Misplaced),
            (format!("/x%253Ftoken%253D{TOKEN}"), "/x", Carried::Misplaced),
        ];
        for (raw, path, carried) in cases {
            let (kept, how, token) = request_path(&raw);
            assert_eq!((kept.as_str(), how), (path, carried), "{raw}");
            assert_eq!(token.is_some(), matches!(carried, Carried::Token | Carried::Misplaced), "{raw}");
            assert!(token.is_none() || token == clean::print(TOKEN), "{raw}");
        }
    }

    #[test]
    fn values_with_quotes_and_broken_values() {
        assert_eq!(field(r#"{'host': "it's", 'x': 1}"#, "host").unwrap(), "it's");
        assert_eq!(field(r"{'host': 'a\'b'}", "host").unwrap(), "a'b");
        assert_eq!(field("{'host': None}", "host"), None);
        assert_eq!(field("{'host': 'cut", "host"), None);
        assert_eq!(field("{'vhost': 'x'}", "host"), None);
        assert_eq!(host_port("::1:5900"), Some(("::1".to_owned(), 5900)));
        assert_eq!(host_port("[::1]:5900"), Some(("::1".to_owned(), 5900)));
        assert_eq!(host_port("h:x"), None);
    }
}

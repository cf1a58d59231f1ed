//! Takes secrets out of log text before any of it is kept.
//!
//! Tokens become prints, everything that may be one becomes `***`: each UUID, with or without dashes, each value after a
//! name such as `token`, user and password of a URL. Limits: a token that is no UUID is known only by what stands before it.

use sha1::Digest as _;

use crate::console::token::hex;
use crate::evidence::log::TokenPrint;

/// Longest text kept of one line, in characters.
pub(super) const MAX_TEXT: usize = 300;
/// Longest token hashed; nova's are 36 characters.
const MAX_TOKEN: usize = 512;
const MASK: &str = "***";
/// Digits of a UUID without its dashes.
const HEX: usize = 32;

/// The prints of a token; none for an empty, masked or absurdly long one.
pub(super) fn print(token: &str) -> Option<TokenPrint> {
    if token.is_empty() || token.len() > MAX_TOKEN || token.bytes().all(|byte| byte == b'*') {
        return None;
    }
    let strange = !is_uuid(token);
    Some(TokenPrint { sha1: hex(&sha1::Sha1::digest(token)), sha256: hex(&sha2::Sha256::digest(token)), strange })
}

/// The text without secrets and control characters, in one line of at most [`MAX_TEXT`] characters.
pub(super) fn text(raw: &str) -> String {
    short(raw, MAX_TEXT)
}

/// As [`text`], for names and paths of at most 255 characters.
pub(super) fn name(raw: &str) -> String {
    short(raw, 255)
}

fn short(raw: &str, max: usize) -> String {
    // Hosts, types, versions: too short for a token, and nothing in them that could announce one.
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'/' | b'-' | b'_');
    if raw.len() < HEX && raw.bytes().all(harmless) && !raw.contains("://") {
        return raw.to_owned();
    }
    let masked = mask_bare_userinfo(&mask_userinfo(&mask_named(&mask_hex(&mask_uuids(raw)))));
    let mut kept = String::with_capacity(masked.len().min(max + 4));
    for (count, symbol) in masked.trim().chars().enumerate() {
        if count == max {
            kept.push('…');
            break;
        }
        kept.push(if symbol.is_control() { ' ' } else { symbol });
    }
    kept
}

/// True for `8-4-4-4-12` hexadecimal digits and nothing else.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid_at(text.as_bytes(), 0)
}

fn uuid_at(bytes: &[u8], start: usize) -> bool {
    bytes.get(start..start + 36).is_some_and(|part| {
        part.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    })
}

fn mask_uuids(raw: &str) -> String {
    let bytes = raw.as_bytes();
    let mut out = String::with_capacity(raw.len());
    let mut copied = 0;
    let mut at = 0;
    while at + 36 <= bytes.len() {
        // The third dash is looked at first: nearly every position fails there.
        if bytes[at + 18] == b'-' && uuid_at(bytes, at) {
            out.push_str(raw.get(copied..at).unwrap_or_default());
            out.push_str(MASK);
            at += 36;
            copied = at;
        } else {
            at += 1;
        }
    }
    out.push_str(raw.get(copied..).unwrap_or_default());
    out
}

/// Masks each run of exactly 32 hexadecimal digits: a token may be written without dashes.
fn mask_hex(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(|symbol: char| symbol.is_ascii_hexdigit()) {
        let run = rest[at..].find(|symbol: char| !symbol.is_ascii_hexdigit()).unwrap_or(rest.len() - at);
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        out.push_str(if run == HEX { MASK } else { &after[..run] });
        rest = &after[run..];
    }
    out.push_str(rest);
    out
}

/// Names that announce a secret, wherever they stand in a word: `admin_password`, `X-Auth-Token`.
const NAMES: [&str; 13] = [
    "token",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "secret_key",
    "api_key",
    "api-key",
    "apikey",
    "access_key",
    "private_key",
    "authorization",
    "bearer",
];
/// Names that announce one only as the end of a name of their own: not `bypass`.
const WORDS: [&str; 2] = ["pass", "pwd"];
/// What stands before the secret of a header.
const SCHEMES: [&str; 3] = ["bearer", "basic", "digest"];

/// Masks the value after each name that announces a secret: `token=…`, `'token': '…'`, `token%3D…`, `password '…'`.
fn mask_named(raw: &str) -> String {
    let lower = raw.to_ascii_lowercase();
    let mut out = String::with_capacity(raw.len());
    let mut copied = 0;
    while let Some((name, end)) = announced(&lower, copied) {
        out.push_str(&raw[copied..end]);
        copied = end;
        let Some(value) = value_start(name, &lower[end..]) else {
            continue;
        };
        let start = end + value;
        let mut length = value_length(&raw[start..]);
        // a quoted value goes to its own quote, whatever is in it
        if let Some(quote) = raw[end..start].chars().next_back().filter(|symbol| matches!(symbol, '\'' | '"')) {
            length = raw[start..].find(quote).unwrap_or(length);
        }
        if SCHEMES.contains(&&lower[start..start + length]) && raw[start + length..].starts_with(' ') {
            length += 1 + value_length(&raw[start + length + 1..]);
        }
        if length == 0 {
            continue;
        }
        out.push_str(&raw[end..start]);
        out.push_str(MASK);
        copied = start + length;
    }
    out.push_str(&raw[copied..]);
    out
}

/// The first name from a place on, the longest where several begin there, and its end.
fn announced(lower: &str, from: usize) -> Option<(&'static str, usize)> {
    let rest = &lower[from..];
    let anywhere = NAMES.into_iter().filter_map(|name| Some((rest.find(name)?, name)));
    let bounded = |at: &usize| !rest[..*at].ends_with(|before: char| before.is_ascii_alphanumeric());
    let words =
        WORDS.into_iter().filter_map(|name| Some((rest.match_indices(name).map(|(at, _)| at).find(bounded)?, name)));
    let (at, name) = anywhere.chain(words).min_by_key(|(at, name)| (*at, std::cmp::Reverse(name.len())))?;
    Some((name, from + at + name.len()))
}

/// How far a value goes.
fn value_length(text: &str) -> usize {
    text.find(['\'', '"', '&', ' ', ',', ')', '}', '%', '#']).unwrap_or(text.len())
}

/// Length of what stands between a name and its value; none when no value follows.
fn value_start(name: &str, after: &str) -> Option<usize> {
    // `Bearer …` and `password '…'` have neither sign between
    if let Some(rest) = after.strip_prefix(' ') {
        let rest = rest.trim_start();
        let quoted = rest.strip_prefix(['\'', '"']);
        if quoted.is_some() || name == "bearer" {
            return Some(after.len() - quoted.unwrap_or(rest).len());
        }
    }
    let closed = after.strip_prefix(['\'', '"']).unwrap_or(after);
    let mut rest = closed.trim_start();
    let percent = |text: &str| {
        text.strip_prefix('%')
            .map(|coded| coded.trim_start_matches("25"))
            .and_then(|coded| coded.strip_prefix("3d"))
            .map(str::len)
    };
    rest = match rest.strip_prefix(['=', ':']) {
        Some(value) => value.trim_start(),
        None => &rest[rest.len() - percent(rest)?..],
    };
    // A quoted value, also of Python 2 (u'…') or bytes (b'…').
    let quoted = rest.strip_prefix(['u', 'b']).filter(|value| value.starts_with(['\'', '"'])).unwrap_or(rest);
    Some(after.len() - quoted.strip_prefix(['\'', '"']).unwrap_or(quoted).len())
}

/// Masks `user:password@` in URLs.
fn mask_userinfo(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let word = after.find([' ', '\t', '\'', '"', '<', '>']).unwrap_or(after.len());
        let end = after[..word].find("://").unwrap_or(word);
        // Passwords may hold an unescaped `@`, `/`, `?` or `#`, and such are what gets logged: the last `@` ends them.
        match after[..end].rfind('@') {
            Some(sign) => {
                out.push_str(MASK);
                rest = &after[sign..];
            }
            None => rest = after,
        }
    }
    out.push_str(rest);
    out
}

/// Masks `user:password@` before a host where no scheme stands in front: items of server lists.
fn mask_bare_userinfo(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for word in raw.split_inclusive([' ', '\t', '\'', '"', '<', '>']) {
        let sign = word.rfind('@').filter(|sign| word[*sign + 1..].starts_with(|symbol: char| symbol != ' '));
        let named = sign.and_then(|sign| Some((word[..sign].find(':')?, sign)));
        // what mask_userinfo has been through begins with a scheme
        let Some((colon, sign)) = named.filter(|(colon, _)| !word[*colon..].starts_with("://")) else {
            out.push_str(word);
            continue;
        };
        let start = word[..colon].rfind(['(', '[', '{', '=', ',']).map_or(0, |at| at + 1);
        out.push_str(&word[..start]);
        out.push_str(MASK);
        out.push_str(&word[sign..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11";

    #[test]
    fn prints_are_those_of_memcached_and_the_cell_database() {
        let print = print(TOKEN).map(|print| (print.sha1.len(), print.sha256));
        assert_eq!(print, Some((40, "21487ec98f7ea5f470a73cf6fa99083a7620024d605af6a2421237a2f0d576d5".to_owned())));
        assert_eq!(super::print(""), None);
        assert_eq!(super::print("***"), None);
    }

    #[test]
    fn tokens_go_in_every_spelling() {
        for raw in [
            format!("x {TOKEN} y"),
            format!("{TOKEN}{TOKEN}"),
            format!("http://h:6080/vnc.html?path=%3Ftoken%3D{TOKEN}"),
            "GET /?token=abcdef&x=1".to_owned(),
            "GET /?path=%253Ftoken%253Dabcdef".to_owned(),
            "{u'token': u'abcdef'}".to_owned(),
            "{'token': 'abcdef', 'host': 'h'}".to_owned(),
            "amqp://nova:abcdef@h:5672/".to_owned(),
            "mysql://nova:abc@abcdef@h/nova".to_owned(),
            "rabbit://nova:1?abcdef@h".to_owned(),
            "rabbit://nova:1#a/abcdef@h:5672/".to_owned(),
            "Unable to parse connection string: \"nova:abcdef@10.0.0.5:11211\"".to_owned(),
            "servers=nova:ab@c:abcdef@h:11211".to_owned(),
            "password=abcdef".to_owned(),
            TOKEN.replace('-', ""),
            format!("bytes b'{}'", TOKEN.replace('-', "")),
            "auth failed, passphrase=abcdef".to_owned(),
            "api_key: abcdef".to_owned(),
            "{'apikey': 'abcdef'}".to_owned(),
            "bad key memcache_secret_key = abcdef".to_owned(),
            "Authorization: Bearer abcdef".to_owned(),
            "authorization: basic abcdef, x".to_owned(),
            "with Bearer abcdef".to_owned(),
            "pass: abcdef".to_owned(),
            "db_pass=abcdef".to_owned(),
            "vnc_password 'abcdef' refused".to_owned(),
            "{'password': 'x y, abcdef'}".to_owned(),
        ] {
            let kept = text(&raw);
            assert!(
                !kept.contains(TOKEN) && !kept.contains(&TOKEN.replace('-', "")) && !kept.contains("abcdef"),
                "{kept}"
            );
            assert!(kept.contains(MASK), "{kept}");
        }
    }

    #[test]
    fn harmless_text_stays() {
        for raw in [
            "The token is unknown",
            "Can't connect to MySQL server on '10.0.0.1'",
            "http://h:6080/vnc.html",
            "token",
            "a token: ",
            "nova@10.0.0.5:11211 and 10.0.0.5:11211, a: b @ c",
            "bypass: on",
            "passing it on",
            "a basic error, the password was wrong",
            "sha1 aecfa2aff668b967d07ea86794e0b97fcd0a8e32",
        ] {
            assert_eq!(text(raw), raw.trim());
        }
        assert_eq!(text("a\tb\u{1b}[0m"), "a b [0m");
        assert_eq!(text(&"ä".repeat(400)).chars().count(), MAX_TEXT + 1);
    }
}

//! URLs as Python's urllib.parse takes them apart.

use super::TransportUrlError;

/// What urlsplit makes of a text.
pub(super) struct Pieces {
    /// In lower case; `None` where nothing in front can be one.
    pub(super) scheme: Option<String>,
    pub(super) netloc: String,
    pub(super) path: String,
    pub(super) query: String,
}

impl Pieces {
    /// urlsplit, without its check of characters beyond ASCII.
    pub(super) fn of(text: &str) -> Result<Self, TransportUrlError> {
        let text: String = text.trim_start_matches(|c: char| c <= ' ').replace(['\t', '\r', '\n'], "");
        let (scheme, rest) = match text.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, text.as_str()),
        };
        let (netloc, rest) = match rest.strip_prefix("//") {
            Some(rest) => rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())),
            None => ("", rest),
        };
        if netloc.contains('[') != netloc.contains(']') {
            return Err(TransportUrlError::Bracket);
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        Ok(Self { scheme, netloc: netloc.to_owned(), path: path.to_owned(), query: query.to_owned() })
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// parse_qs with the values of a name joined by commas, as TransportURL joins them: values that are empty are none.
pub(super) fn query(text: &str) -> Vec<(String, String)> {
    let mut options: Vec<(String, String)> = Vec::new();
    let plus = |text: &str| unquote(&text.replace('+', " "));
    for (name, value) in text.split('&').filter_map(|field| field.split_once('=')) {
        let (name, value) = (plus(name), plus(value));
        if value.is_empty() {
            continue;
        }
        match options.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => {
                values.push(',');
                values.push_str(&value);
            }
            None => options.push((name, value)),
        }
    }
    options
}

/// unquote: `%41` is `A`, a percent sign without two hex digits is itself, and bytes that are no UTF-8 become U+FFFD.
pub(super) fn unquote(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes.get(at + 1..at + 3).filter(|pair| pair.iter().all(u8::is_ascii_hexdigit));
        let code =
            digits.and_then(|pair| std::str::from_utf8(pair).ok()).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        if let Some(byte) = code.filter(|_| bytes[at] == b'%') {
            out.push(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// int: spaces around, a sign, single underscores between digits. Beyond 64 bits the largest there is.
pub(super) fn integer(text: &str) -> Option<i64> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    let plain = digits.split('_').all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()));
    let value = plain.then(|| digits.replace('_', "").parse().unwrap_or(i64::MAX))?;
    Some(if negative { -value } else { value })
}

//! The arguments of a console page: where the token is, and percent coding.

use super::damage::note;
use super::{Damage, TokenIn};

/// The arguments of a page.
pub(super) struct Args {
    pub(super) tokens: Vec<String>,
    pub(super) token_in: TokenIn,
    pub(super) prefix: Option<String>,
    pub(super) others: Vec<String>,
}

impl Default for Args {
    fn default() -> Self {
        Self { tokens: Vec::new(), token_in: TokenIn::Nowhere, prefix: None, others: Vec::new() }
    }
}

impl Args {
    /// Reads a query: `a=b&c=d`.
    pub(super) fn read(&mut self, query: &str, damages: &mut Vec<Damage>) {
        for arg in query.split('&').filter(|arg| !arg.is_empty()) {
            let (name, value) = if let Some((name, value)) = arg.split_once('=') {
                (name.to_owned(), value)
            } else {
                let decoded = decode(arg, damages);
                if let Some((name, value)) = decoded.split_once('=')
                    && matches!(name, "token" | "path")
                {
                    note(damages, Damage::EncodedEquals);
                    self.take(name, value, damages);
                    continue;
                }
                (decoded, "")
            };
            // `autoconnect=true?path=...`: nova before 31 appends to a base URL that has arguments
            if name != "path"
                && let Some((value, second)) = value.split_once('?')
                && (second.starts_with("token=") || second.starts_with("path="))
            {
                note(damages, Damage::SecondQuestionMark);
                let (second_name, second_value) = second.split_once('=').unwrap_or((second, ""));
                self.take(&name, &decode(value, damages), damages);
                self.take(second_name, &decode(second_value, damages), damages);
                continue;
            }
            self.take(&name, &decode(value, damages), damages);
        }
    }

    fn take(&mut self, name: &str, value: &str, damages: &mut Vec<Damage>) {
        match name {
            "token" => {
                self.tokens.push(fully_decoded(value, damages));
                if self.token_in == TokenIn::Nowhere {
                    self.token_in = TokenIn::Query;
                }
            }
            "path" => self.take_path(&fully_decoded(value, damages), damages),
            other => self.others.push(other.to_owned()),
        }
    }

    /// `path` is what the page asks for over the WebSocket: `PREFIX?token=T`.
    fn take_path(&mut self, path: &str, damages: &mut Vec<Damage>) {
        let (prefix, inner) = match path.split_once('?') {
            Some((prefix, inner)) => (prefix, inner),
            None => match path.find("token=") {
                Some(at) => {
                    note(damages, Damage::PathWithoutQuestionMark);
                    path.split_at(at)
                }
                None => (path, ""),
            },
        };
        self.prefix = Some(prefix.to_owned());
        for token in inner.split('&').filter_map(|arg| arg.strip_prefix("token=")) {
            self.tokens.push(token.to_owned());
            self.token_in = TokenIn::Path;
        }
    }
}

/// Decodes what is still encoded after the one decoding that a browser does.
fn fully_decoded(value: &str, damages: &mut Vec<Damage>) -> String {
    let mut value = value.to_owned();
    for _ in 0..3 {
        let lower = value.to_ascii_lowercase();
        if !["%3f", "%3d", "%25"].iter().any(|code| lower.contains(code)) {
            break;
        }
        note(damages, Damage::DoubleEncoded);
        value = decode(&value, damages);
    }
    value
}

/// Decodes `%XX` once; what is no UTF-8 is replaced.
pub(super) fn decode(text: &str, damages: &mut Vec<Damage>) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = (byte == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(value) = code {
            decoded.push(value);
            at += 3;
        } else {
            if byte == b'%' {
                note(damages, Damage::BrokenPercent);
            }
            decoded.push(byte);
            at += 1;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Encodes what may not stand in a request line.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !b"\"<>`#".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let digit = |value: u8| char::from(b"0123456789ABCDEF"[usize::from(value)]);
            encoded.extend(['%', digit(byte >> 4), digit(byte & 0x0f)]);
        }
    }
    encoded
}

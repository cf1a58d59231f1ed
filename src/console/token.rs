//! A console token: a secret that is kept, shown and compared only as its hashes.
//!
//! Every console token nova ever made is `str(uuid4)` (oslo.utils `uuidutils.generate_uuid`, nova/compute/manager.py up
//! to 17, nova/objects/console_auth_token.py from 18): 36 characters, lower-case hex in groups of 8-4-4-4-12. Any
//! version digit is taken, as any other tool's uuid works too; capitals are not, since nova looks the text up as it is.

use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use sha2::Sha256;
use std::fmt;
use thiserror::Error;

use super::memcached_ring::start_hash;

/// A console token in the clear. Not serialisable; `Debug` and `Display` show only [`TokenPrint::short`].
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// What a text that is no console token looks like instead.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum NotAToken {
    /// Nothing at all.
    #[error("the token is empty")]
    Empty,
    /// White space inside: two words, or a line break from copying.
    #[error("the token has white space inside")]
    Whitespace,
    /// Capitals in an otherwise fitting uuid: nova looks up the text as it is and finds nothing.
    #[error("the token has capitals; nova's tokens are lower-case and looked up as typed")]
    Capitals,
    /// Starts like a uuid and ends too early.
    #[error("the token is cut off: {present} of 36 characters")]
    Truncated {
        /// How many characters there are.
        present: usize,
    },
    /// A whole uuid followed or enclosed by something else.
    #[error("the token has other characters around it (quotes, brackets, punctuation)")]
    Wrapped,
    /// A keystone Fernet token (`gAAAA...`).
    #[error("this is a keystone token (fernet), not a console token")]
    KeystoneFernet,
    /// 32 hex digits: a keystone uuid token, or a uuid whose dashes are lost.
    #[error("this is 32 hex digits without dashes: a keystone uuid token or project id, not a console token")]
    KeystoneUuid,
    /// A keystone PKI or PKIZ token.
    #[error("this is a keystone token (PKI), not a console token")]
    KeystonePki,
    /// A keystone JWS token (`eyJ...`).
    #[error("this is a keystone token (JWS), not a console token")]
    KeystoneJws,
    /// 40 hex digits: a memcached key.
    #[error("this is 40 hex digits, the sha1 under which memcached keeps a token, not the token")]
    Sha1,
    /// 64 hex digits: a `token_hash` of the database.
    #[error("this is 64 hex digits, the sha256 under which the cell database keeps a token, not the token")]
    Sha256,
    /// A whole URL.
    #[error("this is a url, not a token")]
    Url,
    /// Nothing known.
    #[error("a console token is a uuid of 36 characters; this is {length} characters of something else")]
    Other {
        /// How many characters there are.
        length: usize,
    },
}

/// The hashes of a token: all that evidence and reports may carry of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TokenPrint {
    /// Hex of the SHA-1: the key in memcached from Mitaka's `[cache]` on.
    pub sha1: String,
    /// Hex of the SHA-256: `token_hash` in the cell database (18+).
    pub sha256: String,
    /// python-memcached's 15 bits of the clear token, for the raw keys up to Liberty and of Mitaka's old option.
    pub raw_hash: u16,
}

impl Token {
    /// Reads a token; white space around it is dropped.
    ///
    /// # Errors
    /// [`NotAToken`] says what the text looks like instead.
    pub fn parse(text: &str) -> Result<Self, NotAToken> {
        let text = text.trim();
        if is_token_text(text) {
            return Ok(Self(text.to_owned()));
        }
        Err(what_else(text))
    }

    /// The hashes, which may be kept and shown.
    pub fn fingerprint(&self) -> TokenPrint {
        TokenPrint::of_text(&self.0)
    }

    /// Key in memcached from Mitaka's `[cache]` on (dogpile's sha1 mangler): 40 hex digits.
    pub fn sha1_key(&self) -> String {
        hex(&Sha1::digest(self.0.as_bytes()))
    }

    /// Key in memcached up to Liberty and under Mitaka's `[DEFAULT] memcached_servers`: the clear token. A secret; for
    /// the wire only.
    pub fn raw_key(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token(sha256 {}...)", self.fingerprint().short())
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.fingerprint().short())
    }
}

impl TokenPrint {
    /// Hashes of any text found in a token's place.
    pub fn of_text(text: &str) -> Self {
        Self {
            sha1: hex(&Sha1::digest(text.as_bytes())),
            sha256: hex(&Sha256::digest(text.as_bytes())),
            raw_hash: start_hash(text.as_bytes()),
        }
    }

    /// First 8 hex digits of the SHA-256: how reports name a token.
    pub fn short(&self) -> &str {
        self.sha256.get(..8).unwrap_or(&self.sha256)
    }

    /// python-memcached's start hash of the SHA-1 key.
    pub fn sha1_hash(&self) -> u16 {
        start_hash(self.sha1.as_bytes())
    }
}

impl fmt::Display for TokenPrint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.short())
    }
}

/// Exactly nova's form: 36 characters, lower-case hex, dashes at 8, 13, 18 and 23.
pub(crate) fn is_token_text(text: &str) -> bool {
    text.len() == 36 && is_uuid_shaped(text) && !text.bytes().any(|b| b.is_ascii_uppercase())
}

/// A prefix of, or a whole, uuid in either case.
fn is_uuid_shaped(text: &str) -> bool {
    text.len() <= 36
        && text.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// Where in `text` a whole uuid starts, in either case.
pub(crate) fn find_uuid(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    (0..bytes.len().saturating_sub(35)).find(|&at| text.get(at..at + 36).is_some_and(is_uuid_shaped))
}

fn what_else(text: &str) -> NotAToken {
    let all_hex = text.bytes().all(|b| b.is_ascii_hexdigit());
    let is_base64_like = || text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/-_=.".contains(&b));
    if text.is_empty() {
        NotAToken::Empty
    } else if text.contains("://") {
        NotAToken::Url
    } else if text.contains(char::is_whitespace) {
        NotAToken::Whitespace
    } else if text.len() == 36 && is_uuid_shaped(text) {
        NotAToken::Capitals
    } else if all_hex && text.len() == 32 {
        NotAToken::KeystoneUuid
    } else if all_hex && text.len() == 40 {
        NotAToken::Sha1
    } else if all_hex && text.len() == 64 {
        NotAToken::Sha256
    } else if text.len() < 36 && is_uuid_shaped(text) {
        NotAToken::Truncated { present: text.len() }
    } else if text.starts_with("gAAAA") && is_base64_like() {
        NotAToken::KeystoneFernet
    } else if (text.starts_with("MII") && text.len() > 200) || text.starts_with("PKIZ_") {
        NotAToken::KeystonePki
    } else if text.starts_with("eyJ") && is_base64_like() {
        NotAToken::KeystoneJws
    } else if find_uuid(text).is_some() {
        NotAToken::Wrapped
    } else {
        NotAToken::Other { length: text.chars().count() }
    }
}

/// Lower-case hex of bytes.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 0x0f)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const T: &str = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11";

    #[test]
    fn keys_of_a_known_token() {
        // run on the real manager of 15 and 19 and on the real ConsoleAuthToken
        let token = Token::parse(T).unwrap();
        assert_eq!(token.sha1_key(), "aecfa2aff668b967d07ea86794e0b97fcd0a8e32");
        assert_eq!(token.raw_key(), T);
        let print = token.fingerprint();
        assert_eq!(print.sha1, token.sha1_key());
        assert_eq!(print.sha256, "21487ec98f7ea5f470a73cf6fa99083a7620024d605af6a2421237a2f0d576d5");
        assert_eq!(print.short(), "21487ec9");
        assert_eq!(print.sha1_hash(), 12747);
        assert_eq!(TokenPrint::of_text("").sha256.get(..8), Some("e3b0c442"));
    }

    #[test]
    fn a_token_never_shows_itself() {
        let token = Token::parse(T).unwrap();
        for shown in [format!("{token}"), format!("{token:?}"), format!("{token:#?}")] {
            assert!(!shown.contains("0c3b1a52"), "{shown}");
            assert!(shown.contains("21487ec9"), "{shown}");
        }
        assert_eq!(Token::parse(&format!(" {T}\n")).unwrap(), token);
    }

    #[test]
    fn any_uuid_version_is_taken() {
        for text in [
            "11111111-2222-3333-4444-555555555555",
            "deadbeef-dead-beef-dead-beefdeadbeef",
            "00000000-0000-0000-0000-000000000000",
        ] {
            assert!(Token::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_token_is_named() {
        let cases = [
            ("", NotAToken::Empty),
            (" \n", NotAToken::Empty),
            ("0c3b1a52-6f0e-4a7f-9d6b -2f1f6f0a1d11", NotAToken::Whitespace),
            ("0C3B1A52-6F0E-4A7F-9D6B-2F1F6F0A1D11", NotAToken::Capitals),
            ("0c3b1a52-6f0e-4a7f-9d6b", NotAToken::Truncated { present: 23 }),
            ("0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d1", NotAToken::Truncated { present: 35 }),
            ("\"0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11\"", NotAToken::Wrapped),
            ("0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11.", NotAToken::Wrapped),
            ("{0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11}", NotAToken::Wrapped),
            ("gAAAAABhVq1f8mQJ-zr_example==", NotAToken::KeystoneFernet),
            ("0c3b1a526f0e4a7f9d6b2f1f6f0a1d11", NotAToken::KeystoneUuid),
            ("PKIZ_eJx9VkuT", NotAToken::KeystonePki),
            ("eyJhbGciOiJFUzI1NiJ9.eyJzdWIi.c2ln", NotAToken::KeystoneJws),
            ("aecfa2aff668b967d07ea86794e0b97fcd0a8e32", NotAToken::Sha1),
            ("21487ec98f7ea5f470a73cf6fa99083a7620024d605af6a2421237a2f0d576d5", NotAToken::Sha256),
            ("http://ctl/vnc_auto.html?token=x", NotAToken::Url),
            ("novnc", NotAToken::Other { length: 5 }),
            ("0c3b1a52_6f0e_4a7f_9d6b_2f1f6f0a1d11", NotAToken::Other { length: 36 }),
        ];
        for (text, expected) in cases {
            assert_eq!(Token::parse(text), Err(expected), "{text}");
        }
        assert_eq!(Token::parse(&format!("MII{}", "a".repeat(300))), Err(NotAToken::KeystonePki));
    }

    #[test]
    fn uuids_are_found_anywhere_and_odd_text_does_no_harm() {
        assert_eq!(find_uuid(&format!("é{T}")), Some(2));
        assert_eq!(find_uuid(&T[1..]), None);
        assert_eq!(find_uuid("ééééééééééééééééééééééééééééééé"), None);
    }
}

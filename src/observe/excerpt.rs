//! A peer's bytes as evidence may quote them: short, printable and without secrets.
//!
//! A stranger's answer can hold anything: the token that was asked for, or another user's. So the secrets of the question
//! are cut out by name, and whatever has the shape of a UUID (every console token is one) is cut out by shape.

/// How much of an answer is quoted, in bytes.
pub(crate) const EXCERPT: usize = 160;

/// The start of `bytes`, printable, with each of `secrets` and every UUID masked.
pub(crate) fn excerpt(bytes: &[u8], secrets: &[&str]) -> String {
    // Masked before it is cut: half a secret at the edge would no longer be known as one.
    let window = &bytes[..bytes.len().min(EXCERPT * 16)];
    let text = hide(&String::from_utf8_lossy(window), secrets);
    let mut out = String::new();
    for (count, each) in text.chars().enumerate() {
        if count == EXCERPT {
            out.push('…');
            break;
        }
        match each {
            '\r' => out.push_str("\\r"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || c == char::REPLACEMENT_CHARACTER => out.push('.'),
            c => out.push(c),
        }
    }
    out
}

/// `text` with each of `secrets` and every UUID masked.
pub(crate) fn hide(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| secret.len() >= 4) {
        text = text.replace(secret, "***");
    }
    hide_uuids(&text)
}

fn hide_uuids(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut rest = 0;
    let mut at = 0;
    while at < bytes.len() {
        // 36 characters is the dashed form, 32 the bare one that `uuid.hex` gives.
        let length = if is_uuid(bytes, at, true) {
            36
        } else if is_uuid(bytes, at, false) {
            32
        } else {
            at += 1;
            continue;
        };
        out.push_str(&text[rest..at]);
        out.push_str("***");
        at += length;
        rest = at;
    }
    out.push_str(&text[rest..]);
    out
}

fn is_uuid(bytes: &[u8], at: usize, dashed: bool) -> bool {
    let length = if dashed { 36 } else { 32 };
    let Some(window) = bytes.get(at..at + length) else {
        return false;
    };
    // A longer run of hex digits is a hash, which may be shown; the `3D` of an encoded `=` is no part of a run.
    let digit = |index: Option<usize>| index.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_hexdigit);
    let encoded = at.checked_sub(3).is_some_and(|i| bytes.get(i) == Some(&b'%'));
    if !dashed && ((digit(at.checked_sub(1)) && !encoded) || digit(Some(at + length))) {
        return false;
    }
    window.iter().enumerate().all(|(index, byte)| {
        if dashed && [8, 13, 18, 23].contains(&index) { *byte == b'-' } else { byte.is_ascii_hexdigit() }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    const TOKEN: &str = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11";

    #[test]
    fn uuids_and_named_secrets_are_masked_and_hashes_stay() {
        assert_eq!(excerpt(format!("?token={TOKEN}&x").as_bytes(), &[]), "?token=***&x");
        assert_eq!(excerpt(format!("path=%3Ftoken%3D{TOKEN}").as_bytes(), &[]), "path=%3Ftoken%3D***");
        assert_eq!(excerpt(b"%3D0c3b1a526f0e4a7f9d6b2f1f6f0a1d11", &[]), "%3D***");
        assert_eq!(excerpt(b"no key hunter2 here\r\n", &["hunter2"]), "no key *** here\\r\\n");
        let sha1 = "aecfa2aff668b967d07ea86794e0b97fcd0a8e32";
        assert_eq!(excerpt(sha1.as_bytes(), &[]), sha1);
    }

    #[test]
    fn a_token_across_the_cut_is_masked_too() {
        let text = format!("{}{TOKEN}", "x".repeat(EXCERPT - 10));
        assert!(!excerpt(text.as_bytes(), &[]).contains("0c3b1a52"));
    }

    proptest! {
        #[test]
        fn never_panics_and_never_shows_the_secret(bytes in proptest::collection::vec(any::<u8>(), 0..400), cut in 0usize..400) {
            let mut bytes = bytes;
            let cut = cut.min(bytes.len());
            bytes.splice(cut..cut, format!("={TOKEN};").into_bytes());
            let shown = excerpt(&bytes, &[]);
            prop_assert!(!shown.contains(TOKEN));
            prop_assert!(shown.chars().all(|c| !c.is_control()));
        }
    }
}

//! console/ on input that nobody wrote: nothing panics, nothing takes long, no token comes through.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "console/check.rs"]
#[allow(dead_code, reason = "shared with tests/console_golden.rs")]
mod check;

use check::{rows, text, unhex};
use proptest::prelude::*;
use std::time::{Duration, Instant};
use vncdoctor::console::access_url::{AccessUrl, NoVnc};
use vncdoctor::console::cached_value::decode;
use vncdoctor::console::memcached_ring::{parse_pymemcache, parse_python_memcached};
use vncdoctor::console::release::Release;
use vncdoctor::console::token::Token;
use vncdoctor::console::token_store::BackendArgument;

const TOKEN: &str = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11";

/// Real values of all protocols, to be spoiled.
fn corpus() -> Vec<(u32, Vec<u8>)> {
    ["values-python27", "values-dogpile-0.6.8", "values-dogpile-1.5.0"]
        .iter()
        .flat_map(|name| {
            let path = format!("{}/fixtures/console/{name}.json", env!("CARGO_MANIFEST_DIR"));
            let document: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            rows(&document, "rows")
                .iter()
                .map(|row| (u32::try_from(row["flags"].as_u64().unwrap()).unwrap(), unhex(text(row, "hex"))))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn decodes_quickly(flags: u32, bytes: &[u8]) {
    let started = Instant::now();
    if let Ok(cached) = decode(flags, bytes) {
        let shown = format!("{cached:?} {}", serde_json::to_string(&cached).unwrap());
        assert!(!shown.contains(TOKEN), "{shown}");
    }
    let took = started.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?} for {} bytes", bytes.len());
}

/// Pieces that console URLs, whole and damaged, are made of.
fn url_piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(TOKEN.to_owned()),
        Just(TOKEN.to_uppercase()),
        Just(TOKEN[..20].to_owned()),
        Just("%30c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11".to_owned()),
        proptest::sample::select(vec![
            "http://",
            "https:",
            "ws://",
            "//",
            "/",
            "\\",
            "host",
            "[fd00::1]",
            ":6080",
            "/vnc_auto.html",
            "?",
            "&",
            "=",
            "token=",
            "token%3D",
            "path=",
            "%3Ftoken%3D",
            "%253Ftoken%253D",
            "%",
            "#",
            "&amp;",
            " ",
            "\n",
            "\"",
            "<",
            ">",
            "é",
            "\u{200b}",
            "–",
            "@",
            "%00",
            "%ff",
        ])
        .prop_map(str::to_owned),
        ".{0,6}".prop_map(|text| text),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spoiled_values_are_decoded_or_refused(
        pick in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..12),
        flags in prop::option::of(0..32_u32),
    ) {
        let corpus = corpus_once();
        let (own_flags, mut bytes) = corpus[pick.index(corpus.len())].clone();
        for (at, byte, kind) in edits {
            let at = at.index(bytes.len().max(1));
            match kind {
                0 if !bytes.is_empty() => bytes[at] = byte,
                1 => bytes.truncate(at),
                2 => bytes.insert(at.min(bytes.len()), byte),
                _ => bytes.extend_from_within(at.min(bytes.len())..),
            }
        }
        decodes_quickly(flags.unwrap_or(own_flags), &bytes);
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(flags in 0..40_u32, bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        decodes_quickly(flags, &bytes);
    }

    /// Instructions only: many of them, so that the machine gets somewhere.
    #[test]
    fn any_instructions_are_walked_or_refused(
        code in prop::collection::vec(proptest::sample::select(b"()]}tldsuaeN01234gpqhjRbcIFKJ\x80\x81\x85\x86\x87\x88\x93\x94\n.".to_vec()), 0..3000),
    ) {
        decodes_quickly(1, &code);
    }

    #[test]
    fn no_url_shows_its_token(pieces in prop::collection::vec(url_piece(), 1..14)) {
        let text = pieces.concat();
        if let Ok((url, token)) = AccessUrl::parse(&text) {
            let shown = format!("{url} {url:?} {token:?} {}", serde_json::to_string(&url).unwrap());
            prop_assert!(!shown.contains(TOKEN), "{text:?}: {shown}");
            let again: AccessUrl = serde_json::from_str(&serde_json::to_string(&url).unwrap()).unwrap();
            prop_assert_eq!(&again, &url);
            let token = Token::parse(TOKEN).unwrap();
            for novnc in [NoVnc::UpTo05, NoVnc::From06To10, NoVnc::From11To15, NoVnc::From16] {
                let path = url.websocket_path(&token, novnc);
                prop_assert!(path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic()), "{path:?}");
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,80}") {
        let _ = AccessUrl::parse(&text);
        let _ = Token::parse(&text);
        let _ = Release::parse(&text);
        let _ = parse_python_memcached(&text);
        let _ = parse_pymemcache(&text);
        let _ = BackendArgument::parse(&text);
    }
}

fn corpus_once() -> &'static [(u32, Vec<u8>)] {
    static CORPUS: std::sync::OnceLock<Vec<(u32, Vec<u8>)>> = std::sync::OnceLock::new();
    CORPUS.get_or_init(corpus)
}

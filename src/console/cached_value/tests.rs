//! Values of every era, and what no cache writes.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::console::token::TokenPrint;

const T: &str = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11";
const I: &str = "a1e0c9f2-5a3e-4d0c-8a51-0d9a6c2b7e01";

/// Captured from 15 on python 2.7: 427 bytes.
fn ocata() -> Vec<u8> {
    format!(
        "cdogpile.cache.api\nCachedValue\np1\n(S'{{\"instance_uuid\": \"{I}\", \"access_url\": \
         \"http://ctl.example:6080/vnc_auto.html?token={T}\", \"token\": \"{T}\", \"last_activity_at\": \
         1795345760.086698, \"internal_access_path\": null, \"console_type\": \"novnc\", \"host\": \"10.0.0.21\", \
         \"port\": \"5901\"}}'\np2\n(dp3\nS'v'\nI1\nsS'ct'\np4\nF1795345760.2242529\nstRp5\n."
    )
    .into_bytes()
}

/// Captured from 19 on python 3.6: the list of an instance.
fn stein_instance() -> Vec<u8> {
    format!("cdogpile.cache.api\nCachedValue\np0\n(V[\"{T}\"]\np1\n(dp2\nVct\np3\nF1795347678.44087\nsVv\np4\nL1L\nstp5\nRp6\n.")
        .into_bytes()
}

fn console(cached: &Cached) -> &ConnectInfo {
    match &cached.payload {
        Payload::Console(info) => info,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_token_of_ocata() {
    assert_eq!(ocata().len(), 427);
    let cached = decode(1, &ocata()).unwrap();
    assert_eq!(
        (cached.form, cached.ct, cached.v),
        (Form::Pickle { protocol: 0 }, Some(1_795_345_760.224_253), Some(1))
    );
    let info = console(&cached);
    assert_eq!((info.host.as_deref(), info.port), (Some("10.0.0.21"), Some(5901)));
    assert_eq!(info.token, Some(TokenPrint::of_text(T)));
    assert_eq!(
        cached.expiry(Some(600), 1_795_345_760.0 + 601.0),
        Expiry::Expired {
            age: 1_795_346_361.0 - 1_795_345_760.224_253,
            since: 1_795_346_361.0 - 1_795_345_760.224_253 - 600.0,
        }
    );
    assert!(!serde_json::to_string(&cached).unwrap().contains(T));
}

#[test]
fn an_instance_of_stein() {
    let cached = decode(1, &stein_instance()).unwrap();
    assert_eq!(cached.payload, Payload::InstanceTokens(vec![TokenPrint::of_text(T)]));
    assert_eq!((cached.ct, cached.v), (Some(1_795_347_678.440_87), Some(1)));
}

#[test]
fn bare_json_of_liberty() {
    let json = format!("{{\"token\": \"{T}\", \"host\": \"10.0.0.21\", \"port\": \"5901\"}}");
    for flags in [0, 16] {
        let cached = decode(flags, json.as_bytes()).unwrap();
        assert_eq!((cached.form, cached.ct), (Form::Plain, None));
        assert!(console(&cached).token_matches(&TokenPrint::of_text(T)));
        assert_eq!(cached.expiry(Some(600), 0.0), Expiry::Unstamped);
    }
    assert_eq!(decode(0, b"[]").unwrap().payload, Payload::InstanceTokens(Vec::new()));
    assert_eq!(decode(0, b"[1]").unwrap().payload, Payload::Other);
    assert_eq!(decode(0, b"\xff").unwrap().payload, Payload::Other);
    assert_eq!(decode(2, b"7").unwrap().form, Form::Number);
}

#[test]
fn another_eras_version_counts_as_absent() {
    let text = String::from_utf8(stein_instance()).unwrap().replace("L1L", "I2");
    let cached = decode(1, text.as_bytes()).unwrap();
    assert_eq!(cached.expiry(Some(600), 1_795_347_679.0), Expiry::WrongVersion { v: 2 });
}

#[test]
fn compressed_values_are_bounded() {
    use std::io::Write;
    let zlib = |bytes: &[u8]| {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let cached = decode(1 | 8, &zlib(&ocata())).unwrap();
    assert!(cached.compressed);
    assert_eq!(console(&cached).port, Some(5901));
    assert_eq!(decode(8, &zlib(&vec![b' '; 1_000_000])), Err(DecodeProblem::TooLarge { limit: LIMIT }));
    assert_eq!(decode(9, &ocata()), Err(DecodeProblem::BadCompression));
    assert_eq!(decode(1, &vec![b'.'; LIMIT + 1]), Err(DecodeProblem::TooLarge { limit: LIMIT }));
}

#[test]
fn what_no_cache_writes_is_refused() {
    assert_eq!(decode(32, b""), Err(DecodeProblem::UnknownFlags { flags: 32 }));
    assert_eq!(decode(1, b""), Err(DecodeProblem::Truncated));
    assert_eq!(decode(1, &ocata()[..400]), Err(DecodeProblem::Truncated));
    assert_eq!(decode(1, b"."), Err(DecodeProblem::Broken { at: 0 }));
    assert_eq!(decode(1, b"(t(."), Err(DecodeProblem::Broken { at: 3 }));
    assert_eq!(decode(1, b"\x80\x06N."), Err(DecodeProblem::Broken { at: 0 }));
    assert_eq!(decode(1, b"Pid\n."), Err(DecodeProblem::Opcode { opcode: b'P', at: 0 }));
    assert_eq!(decode(1, b"\x8e\xff\xff\xff\xff\xff\xff\xff\xff."), Err(DecodeProblem::Truncated));
}

#[test]
fn calls_are_never_made() {
    for hostile in [
        &b"cos\nsystem\n(S'id'\ntR."[..],
        b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01x\x85R.",
        b"(S'x'\nios\nsystem\n.",
    ] {
        assert_eq!(decode(1, hostile).unwrap().payload, Payload::Other);
    }
}

#[test]
fn depth_and_sharing_cost_nothing() {
    // lists in lists, as deep as the limit allows
    let mut deep = vec![b']'; LIMIT / 2];
    deep.extend(vec![b'a'; LIMIT / 2 - 1]);
    deep.push(b'.');
    // tuples of two references to the tuple before: 2 to the 200 objects if they were copied
    let mut wide = b"]\x94".to_vec();
    for level in 0..200_u8 {
        wide.extend([b'h', level, b'h', level, 0x86, 0x94]);
    }
    wide.push(b'.');
    // tuples in tuples
    let mut tuples = vec![b')'; 1];
    tuples.extend(vec![0x85; LIMIT - 2]);
    tuples.push(b'.');
    for value in [deep, wide, tuples] {
        assert_eq!(decode(1, &value).unwrap().payload, Payload::Other);
    }
}

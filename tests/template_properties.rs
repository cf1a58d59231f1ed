//! Templates of any shape: nothing panics, nothing that a tag holds is kept, and text without tags is read as oslo.config
//! reads it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use vncdoctor::oslo::{ini, redact};

/// Pieces that files and templates are made of.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("[vnc]"),
        Just("[DEFAULT]"),
        Just("[ cache ]"),
        Just("\n"),
        Just("\r\n"),
        Just("\n\n"),
        Just("enabled = true"),
        Just("memcached_servers = a:11211,\n  b:11211"),
        Just("server_listen="),
        Just("my_ip: 192.0.2.1"),
        Just("  x"),
        Just("# note"),
        Just("word"),
        Just("=1"),
        Just("{{"),
        Just("}}"),
        Just("{%"),
        Just("%}"),
        Just("{#"),
        Just("#}"),
        Just("<%="),
        Just("%>"),
        Just("{% if a %}"),
        Just("{% endif %}"),
        Just("{%- else -%}"),
        Just("%HOST_NAME%"),
        Just("@HOST_NAME@"),
        Just("ü"),
        Just("\t"),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn kept(text: &str) -> (ini::Parsed, String) {
    let mut parsed = ini::parse_template(text.as_bytes());
    redact::redact(&mut parsed);
    let json = serde_json::to_string(&parsed).unwrap();
    (parsed, json)
}

proptest! {
    #[test]
    fn nothing_panics_and_every_place_is_in_the_file(text in pieces()) {
        let (parsed, _) = kept(&text);
        for entry in &parsed.entries {
            prop_assert!(entry.key_span.line >= 1 && entry.value_span.end_line <= parsed.lines);
            prop_assert!(entry.key_span.line <= entry.value_span.end_line);
        }
        let _ = ini::template::is_template(&ini::parse(text.as_bytes()), text.as_bytes());
    }

    #[test]
    fn bytes_of_any_kind_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = ini::parse_template(&bytes);
    }

    #[test]
    fn nothing_that_a_tag_holds_is_kept(
        before in pieces(),
        after in pieces(),
        name in prop_oneof![Just("my_ip"), Just("server_listen"), Just("memcache_servers"), Just("enabled"), Just("odd_name")],
        tag in prop_oneof![
            Just("{{ x | default('S3CRET') }}"), Just("{% if p == 'S3CRET' %}1{% endif %}"), Just("<%= 'S3CRET' %>"),
            Just("{{ 'S3CRET'\n | lower }}"), Just("http://{{ S3CRET }}:6080/"),
        ],
    ) {
        let (_, json) = kept(&format!("{before}\n[vnc]\n{name} = {tag}\n{after}"));
        prop_assert!(!json.contains("S3CRET"), "{}", json);
    }

    #[test]
    fn text_without_tags_is_read_as_it_is(text in pieces()) {
        let text: String = text.chars().filter(|c| !"{}%@<>".contains(*c)).collect();
        let (plain, template) = (ini::parse(text.as_bytes()), ini::parse_template(text.as_bytes()));
        prop_assert_eq!(plain.entries, template.entries);
        prop_assert_eq!(plain.sections, template.sections);
    }
}

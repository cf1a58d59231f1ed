//! The real `oslo-config-validator` of nova 29 on misspelt, moved and missectioned lines: it finds nothing for which
//! `vncdoctor lint` has no line.
//!
//! The validator names section and option, never a line, and judges names alone. The environment comes from
//! `tests/install/validator`; without it this test fails and names what is missing. Slips of one kind are put on every line of a
//! file at once, so that a dozen runs see some two thousand of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

mod mutations;

use mutations::{KINDS, Kind, batch, lint, of_table, points_at};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use vncdoctor::oslo::ini::parse;

const RELEASE: u16 = 29;

fn environment() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").expect("HOME is set")).join(".cache");
    let shared = || std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from).join("vncdoctor");
    let cache = std::env::var_os("VNCDOCTOR_CACHE").map_or_else(shared, PathBuf::from);
    let folder = cache.join("validator-29.2.0");
    let program = folder.join("bin/oslo-config-validator");
    assert!(program.exists(), "the validator is missing: no {}; run tests/install/validator", program.display());
    folder
}

/// What the validator does not find in nova's own description: section and name, as written.
fn validator(folder: &Path, text: &str) -> BTreeSet<(String, String)> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("nova.conf");
    std::fs::write(&path, text).unwrap();
    let output = Command::new(folder.join("bin/python"))
        .arg(folder.join("bin/oslo-config-validator"))
        .arg("--opt-data")
        .arg(folder.join("nova-29.json"))
        .arg("--input-file")
        .arg(&path)
        .output()
        .expect("start the validator");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code().is_some_and(|code| code < 2) && !said.contains("Traceback"), "{said}");
    said.lines()
        .filter_map(|line| {
            line.strip_prefix("ERROR:")?.split_once(':')?.1.strip_suffix(" is not part of the sample config")
        })
        .filter_map(|name| name.rsplit_once('/'))
        .map(|(section, name)| (section.to_owned(), name.to_owned()))
        .collect()
}

#[test]
fn the_validator_finds_nothing_that_has_no_line_here() {
    let folder = environment();
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sites/guide-caracal/controller.conf");
    let texts = [of_table(RELEASE), std::fs::read_to_string(guide).unwrap()];
    let kinds: Vec<Kind> =
        KINDS.into_iter().filter(|kind| kind.is_misspelling() || matches!(kind, Kind::Moved | Kind::Section)).collect();
    let (mut theirs, mut ours, mut missed) = (0, 0, Vec::new());
    for text in &texts {
        let before = validator(&folder, text);
        for (seed, kind) in kinds.iter().enumerate() {
            let text = batch(text, *kind, 7 + seed as u64);
            let report = lint(&text, Some(RELEASE));
            let parsed = parse(text.as_bytes());
            let has_line = |section: &str, name: &str| {
                let mut lines = parsed.entries.iter().filter(|entry| entry.section == section && entry.key == name);
                lines.any(|entry| {
                    report.findings.iter().any(|finding| {
                        let header = finding
                            .place
                            .as_ref()
                            .is_some_and(|place| place.option.is_none() && place.section.as_deref() == Some(section));
                        header || points_at(finding, entry.key_span.line)
                    })
                })
            };
            let found = validator(&folder, &text);
            for (section, name) in found.difference(&before) {
                theirs += 1;
                if !has_line(section, name) {
                    missed.push(format!("{}: [{section}] {name}", kind.words()));
                }
            }
            ours += report.findings.len();
        }
    }
    println!(
        "oslo-config-validator tells of {theirs} names, {} of them without a line here; lint tells of {ours}",
        missed.len()
    );
    assert!(theirs > 1000, "the validator tells of {theirs} names only");
    assert!(missed.is_empty(), "{} names: {missed:#?}", missed.len());
}

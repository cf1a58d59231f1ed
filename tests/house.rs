//! The house keeps its own rules: who imports whom, how files are named, how long they grow.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use vncdoctor::judge::causes::CAUSES;
use vncdoctor::judge::flow::STEPS;

/// Each room and the rooms it may import, itself left out.
const MAY: [(&str, &[&str]); 9] = [
    ("oslo", &[]),
    ("console", &[]),
    ("balancer", &[]),
    ("evidence", &["balancer", "console", "oslo"]),
    ("finding", &["evidence", "balancer", "console", "oslo"]),
    ("observe", &["evidence", "balancer", "console", "oslo"]),
    ("judge", &["finding", "evidence", "balancer", "console", "oslo"]),
    ("report", &["finding", "evidence"]),
    ("cli", &["observe", "judge", "report", "finding", "evidence", "balancer", "console", "oslo"]),
];

/// Longest file, in lines.
const LINES: usize = 400;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every Rust file below a directory, with its path from there.
fn files(dir: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(next) = dirs.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let name = path.strip_prefix(dir).unwrap().display().to_string();
                found.push((name, std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The rooms that a source text speaks of: `crate::room`, in a `use` or in a path, and `use crate::{a::…, b::…}`.
fn rooms(text: &str) -> BTreeSet<String> {
    let word = |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut rooms = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            None => drop(rooms.insert(word(after))),
            Some(list) => {
                // names at the first level of the braces
                let mut depth = 0;
                let mut start = true;
                for (at, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        c if start && depth == 0 && !c.is_whitespace() => {
                            rooms.insert(word(&list[at..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    rooms.retain(|room| MAY.iter().any(|(known, _)| known == room));
    rooms
}

#[test]
fn imports_run_one_way() {
    let mut broken = Vec::new();
    let mut crossed = 0;
    for (name, text) in files(&source()) {
        let room = name.split('/').next().unwrap();
        let Some((_, may)) = MAY.iter().find(|(known, _)| *known == room) else {
            assert!(["lib.rs", "main.rs"].contains(&room), "src/{name} is in no room of the house");
            continue;
        };
        for other in rooms(&text) {
            crossed += usize::from(other != room);
            if other != room && !may.contains(&other.as_str()) {
                broken.push(format!("src/{name} imports {other}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(crossed > 100, "only {crossed} imports were recognised");
}

#[test]
fn the_scan_sees_every_form_of_an_import() {
    let seen = |text: &str| rooms(text).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(seen("use crate::judge::flow;"), "judge");
    assert_eq!(seen("    let x = crate::observe::now();"), "observe");
    assert_eq!(seen("use crate::{\n    evidence::{host::Host, judge},\n    oslo,\n};"), "evidence oslo");
    assert_eq!(seen("// use crate::judge;\n/// [`crate::judge`]\npub(crate) fn f() {}"), "");
}

#[test]
fn no_file_grows_out_of_hand() {
    let long: Vec<String> = files(&source())
        .into_iter()
        .map(|(name, text)| (name, text.lines().count()))
        .filter(|(_, lines)| *lines > LINES)
        .map(|(name, lines)| format!("src/{name}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for() {
    for (name, text) in files(&source()) {
        let tests = name.ends_with("tests.rs") || name.contains("/tests/");
        assert!(tests || text.starts_with("//! "), "src/{name} opens with no word about itself");
    }
}

fn kebab(id: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    id.split('-').all(word) && id.starts_with(|c: char| c.is_ascii_lowercase())
}

#[test]
fn every_cause_is_whole_and_in_a_file_of_its_name() {
    let mut ids = BTreeSet::new();
    for cause in CAUSES {
        let meta = cause.meta;
        assert!(ids.insert(meta.id), "{} twice", meta.id);
        assert!(kebab(meta.id), "{}", meta.id);
        assert!((1..=15).contains(&meta.home), "{}", meta.id);
        assert!(!meta.needs.is_empty(), "{}: seen in no evidence", meta.id);
        for (what, text) in [("title", meta.title), ("explanation", meta.explanation), ("releases", meta.releases)] {
            assert!(!text.is_empty() && text.trim() == text, "{}: {what} {text:?}", meta.id);
        }
        assert!(meta.explanation.len() > 100 && meta.explanation.ends_with('.'), "{}: {}", meta.id, meta.explanation);
        let bounds: Vec<u16> = meta.releases.split(['-', ' ', ',']).filter_map(|part| part.parse().ok()).collect();
        assert!(!bounds.is_empty() && bounds.iter().all(|r| (12..=34).contains(r)), "{}: {}", meta.id, meta.releases);
        assert!(bounds.is_sorted(), "{}: {}", meta.id, meta.releases);
        let file = source().join("judge/causes").join(format!("{}.rs", meta.id.replace('-', "_")));
        let text = std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("{} has no {}", meta.id, file.display()));
        assert!(text.contains(&format!("id: {:?}", meta.id)), "{} is not the cause in its file", meta.id);
    }
}

#[test]
fn every_file_with_a_cause_is_registered() {
    for (name, text) in files(&source().join("judge/causes")) {
        if text.contains("const CAUSE: Cause") {
            let id = name.trim_end_matches(".rs").replace('_', "-");
            assert!(CAUSES.iter().any(|cause| cause.meta.id == id), "{name} is not among CAUSES");
        }
    }
}

#[test]
fn every_step_is_in_its_place() {
    let ids: BTreeSet<&str> = STEPS.iter().map(|step| step.meta.id).collect();
    assert_eq!(ids.len(), 15);
    for (index, step) in STEPS.iter().enumerate() {
        let meta = step.meta;
        assert_eq!(usize::from(meta.number), index + 1, "{}", meta.id);
        assert!(kebab(meta.id), "{}", meta.id);
        assert!(!CAUSES.iter().any(|cause| cause.meta.id == meta.id), "{} is a step and a cause", meta.id);
        for text in [meta.title, meta.who, meta.explanation] {
            assert!(!text.is_empty() && text.trim() == text, "{}: {text:?}", meta.id);
        }
        // a step waits for earlier ones only, so that blocking has an end
        assert!(meta.needs.iter().all(|need| *need >= 1 && *need < meta.number), "{}: {:?}", meta.id, meta.needs);
        let file = source().join(format!("judge/flow/step_{:02}_{}.rs", meta.number, meta.id.replace('-', "_")));
        assert!(file.is_file(), "{} has no {}", meta.id, file.display());
    }
}

//! Our reader against the real oslo.config 5.2.1 (Queens) and 10.7.0 (2026.2), on random files.
//!
//! The environments come from `tests/install/oslo`; without them this test fails and names what is missing. `tests/oslo/oracle.py`
//! runs the real library, once per release. `VNCDOCTOR_OSLO_CASES` sets the number of cases per release; the 82,000
//! that are the default make more than 100,000 files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

#[path = "oslo/answer.rs"]
mod answer;
#[path = "oslo/generate.rs"]
mod generate;

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use answer::{agree, latin1, same_structure, structure};
use serde_json::{Value as Json, json};
use vncdoctor::oslo::config::{Config, Identity, Outcome, Program};
use vncdoctor::oslo::ini::parse;
use vncdoctor::oslo::value::Refusal;

fn interpreter(version: &str) -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").expect("HOME is set")).join(".cache");
    let shared = || std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from).join("vncdoctor");
    let cache = std::env::var_os("VNCDOCTOR_CACHE").map_or_else(shared, PathBuf::from);
    let python = cache.join(format!("oslo-{version}/bin/python"));
    assert!(python.exists(), "oslo.config {version} is missing: no {}; run tests/install/oslo", python.display());
    python
}

#[derive(Default)]
struct Counts {
    files: usize,
    refused_files: usize,
    values: usize,
    refused_values: usize,
    not_comparable: usize,
    differences: Vec<String>,
}

fn compare(case: &generate::Case, answer: &Json, release: u16, counts: &mut Counts) {
    let parsed: Vec<_> = case.files.iter().map(|f| parse(f)).collect();
    let shown =
        || case.files.iter().map(|f| format!("{:?}", String::from_utf8_lossy(f))).collect::<Vec<_>>().join(" + ");
    for (ours, theirs) in parsed.iter().map(structure).zip(answer["files"].as_array().unwrap()) {
        counts.files += 1;
        counts.refused_files += usize::from(ours.get("error").is_some());
        if !same_structure(&ours, theirs) {
            counts.differences.push(format!("{release} structure of {}:\n  ours   {ours}\n  theirs {theirs}", shown()));
            return;
        }
    }
    let Some(values) = answer["values"].as_array() else {
        return;
    };
    let files = parsed.into_iter().enumerate().map(|(n, p)| (format!("{n}.conf"), p)).collect();
    let env = case.env.iter().cloned().collect();
    let identity = Identity { my_ip: Some("10.9.8.7".into()), host: Some("this-host".into()) };
    let config = Config::new(files, env, Program::Compute, release, identity);
    for ((section, name), theirs) in case.get.iter().zip(values) {
        let setting = config.get(section, name);
        // where nova is installed, and secrets in the environment; and what oslo.config takes and oslo.messaging does not
        if matches!(setting.value, Outcome::Unknown(_)) || refused_by_messaging(&setting.value) {
            counts.not_comparable += 1;
            continue;
        }
        counts.values += 1;
        counts.refused_values += usize::from(matches!(setting.value, Outcome::Refused(_)));
        if !agree(&setting.value, theirs) {
            let (ours, env) = (&setting.value, &case.env);
            counts.differences.push(format!(
                "{release} [{section}] {name} in {} {env:?}:\n  ours   {ours:?}\n  theirs {theirs}",
                shown()
            ));
        }
    }
}

/// A transport_url that TransportURL.parse cannot read: tests/transport_url.rs compares those.
fn refused_by_messaging(value: &Outcome) -> bool {
    matches!(value, Outcome::Refused(Refusal::Broken(rule)) if rule.contains("oslo.messaging"))
}

fn run(version: &str, release: u16, cases: u64) -> Counts {
    let python = interpreter(version);
    let mut child = Command::new(python)
        .args(["tests/oslo/oracle.py", &release.to_string(), "data/nova-options.json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("start the oracle");
    let mut questions = BufWriter::new(child.stdin.take().unwrap());
    let answers = BufReader::new(child.stdout.take().unwrap());
    let writer = std::thread::spawn(move || {
        for seed in 0..cases {
            let case = generate::case(seed, release);
            let files: Vec<_> = case.files.iter().map(|f| latin1(f)).collect();
            let env: serde_json::Map<_, _> = case.env.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
            let line = json!({"files": files, "env": env, "get": case.get});
            writeln!(questions, "{line}").expect("ask the oracle");
        }
    });
    let mut counts = Counts::default();
    let mut seen = 0;
    for (seed, line) in answers.lines().enumerate() {
        let answer: Json = serde_json::from_str(&line.expect("read the oracle")).expect("the oracle speaks json");
        compare(&generate::case(seed as u64, release), &answer, release, &mut counts);
        seen += 1;
    }
    writer.join().expect("the writer ends");
    assert!(child.wait().expect("the oracle ends").success(), "the oracle of oslo.config {version} failed");
    assert_eq!(seen, cases, "the oracle of oslo.config {version} answers every case");
    counts
}

#[test]
fn reads_as_the_real_oslo_config() {
    let cases = std::env::var("VNCDOCTOR_OSLO_CASES").map_or(82_000, |n| n.parse().expect("a number of cases"));
    let runs = [("5.2.1", 17), ("10.7.0", 34)].map(|(version, release)| {
        interpreter(version);
        std::thread::spawn(move || (version, run(version, release, cases)))
    });
    let mut differences = Vec::new();
    for run in runs {
        let (version, counts) = run.join().expect("the comparison ends");
        println!(
            "oslo.config {version}: {cases} cases, {} files ({} refused), {} values ({} refused, {} more not comparable), {} differences",
            counts.files,
            counts.refused_files,
            counts.values,
            counts.refused_values,
            counts.not_comparable,
            counts.differences.len()
        );
        assert!(
            counts.refused_files * 3 < counts.files && counts.refused_values * 2 < counts.values,
            "most of it is read"
        );
        differences.extend(counts.differences);
    }
    let shown: Vec<_> = differences.iter().take(12).map(String::as_str).collect();
    assert!(differences.is_empty(), "{} differences, the first:\n{}", differences.len(), shown.join("\n"));
}

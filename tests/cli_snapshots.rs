//! What people read: help, the report in each form, the lists of explain, the options of config.
//!
//! `tests/cli/case.json` is evidence of one broken site: `collect` on the three files of `cli::broken_site`, on the logs of
//! `fixtures/logs/queens-typo` and on the URL of a token in them. Its times are those of the recording, so that the report
//! is the same on every day.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;

use cli::{broken_site, on_site, program, run, sound_site};
use insta::assert_snapshot;
use std::path::{Path, PathBuf};

fn case_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli")
}

/// Text without what differs from run to run: the version, the time of the start, the seconds it took.
fn steady(text: &str) -> String {
    let text = text.replace(env!("CARGO_PKG_VERSION"), "VERSION");
    let mut out: Vec<String> = Vec::new();
    for line in text.lines() {
        let mut line = line.to_owned();
        if let Some(at) = line.find("20").filter(|at| line.get(at + 10..at + 11) == Some("T")) {
            let end = line[at..].find('Z').map_or(line.len(), |end| at + end + 1);
            let end = line[at..end].find('"').map_or(end, |quote| at + quote);
            line.replace_range(at..end, "TIME");
        }
        if let Some(end) = line.find(" s   exit ") {
            let start = line[..end].rfind(' ').unwrap() + 1;
            line.replace_range(start..end, "SECONDS");
        }
        if let Some(at) = line.find(" time=\"0.").filter(|_| line.starts_with("<testsuites ")) {
            line.replace_range(at.., " time=\"SECONDS\">");
        }
        out.push(line);
    }
    out.join("\n")
}

fn said(dir: &Path, args: &[&str]) -> String {
    let ran = run(dir, args);
    assert_eq!(ran.stderr, "", "{args:?}");
    steady(&ran.stdout)
}

#[test]
fn help() {
    let dir = tempfile::tempdir().unwrap();
    assert_snapshot!("help", said(dir.path(), &["--help"]));
    for verb in ["check", "lint", "logs", "config", "collect", "explain"] {
        assert_snapshot!(format!("help-{verb}"), said(dir.path(), &[verb, "--help"]));
    }
}

#[test]
fn a_broken_site_in_each_form() {
    let dir = case_dir();
    for format in ["human", "short", "json", "junit", "github", "markdown", "svg"] {
        assert_snapshot!(format!("case-{format}"), said(&dir, &["check", "--bundle", "case.json", "--format", format]));
    }
    // the rules are the registry; one of them shows their form
    let sarif = said(&dir, &["check", "--bundle", "case.json", "--format", "sarif"]);
    let mut document: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    document["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap().retain(|rule| rule["id"] == "token-expired");
    for result in document["runs"][0]["results"].as_array_mut().unwrap() {
        result["ruleIndex"] = "INDEX".into();
    }
    assert_snapshot!("case-sarif", serde_json::to_string_pretty(&document).unwrap());
    assert_snapshot!("case-verbose", said(&dir, &["check", "--bundle", "case.json", "-v"]));
}

#[test]
fn colours_are_asked_for() {
    let dir = case_dir();
    let coloured = said(&dir, &["check", "--bundle", "case.json", "--color", "always"]);
    assert!(coloured.contains("\u{1b}[31m✘\u{1b}[0m 10 \u{1b}[1mtoken-stored\u{1b}[0m"), "{coloured}");
    // with the colours taken out it is the plain report
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((text, escape)) = rest.split_once('\u{1b}') {
        plain.push_str(text);
        rest = escape.split_once('m').unwrap().1;
    }
    plain.push_str(rest);
    assert_eq!(plain, said(&dir, &["check", "--bundle", "case.json"]));
    let output = program(&dir).args(["check", "--bundle", "case.json"]).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(!output.stdout.contains(&0x1b), "a pipe gets no colours");
    let always = ["check", "--bundle", "case.json", "--color", "always", "--output"];
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("report").display().to_string();
    assert_eq!(run(&dir, &[&always[..], &[&file]].concat()).code, Some(1));
    assert_eq!(steady(&std::fs::read_to_string(file).unwrap()), coloured);
}

#[test]
fn nothing_but_commands_and_paths_is_wider_than_a_hundred_columns() {
    let dir = case_dir();
    for args in [&["check", "--bundle", "case.json", "-v"][..], &["explain"], &["check", "--help"]] {
        let text = said(&dir, args);
        let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > 100).collect();
        assert!(wide.is_empty(), "{wide:#?}");
    }
}

#[test]
fn a_sound_site_is_quiet() {
    let dir = sound_site();
    assert_snapshot!("sound-human", said(dir.path(), &on_site("check", &["--offline"])));
    assert_snapshot!("sound-lint", said(dir.path(), &on_site("lint", &[])));
}

#[test]
fn lint_says_the_line() {
    let dir = broken_site();
    for format in ["junit", "github", "markdown"] {
        let args = ["lint", "--release", "queens", "ctl1.conf", "cmp1.conf", "--format", format];
        assert_snapshot!(format!("lint-{format}"), said(dir.path(), &args));
    }
    assert_snapshot!("lint-human", said(dir.path(), &["lint", "--release", "queens", "ctl1.conf", "cmp1.conf"]));
}

#[test]
fn what_is_ignored_and_known_is_counted() {
    let dir = broken_site();
    cli::write(dir.path(), "vncdoctor.ini", "[vncdoctor]\nrelease = queens\n");
    let old = said(dir.path(), &["lint", "ctl1.conf", "--format", "json"]);
    cli::write(dir.path(), "old.json", &old);
    let text = std::fs::read_to_string(dir.path().join("ctl2.conf")).unwrap();
    let comment = "# vncdoctor: ignore cache-option-ignored, token-expired\nmemcached_servers";
    cli::write(dir.path(), "ctl2.conf", &text.replace("memcached_servers", comment));
    let args = ["lint", "ctl1.conf", "ctl2.conf", "--baseline", "old.json"];
    assert_snapshot!("lint-set-aside", said(dir.path(), &args));
}

#[test]
fn an_unknown_step_ends_with_the_next_command() {
    let dir = tempfile::tempdir().unwrap();
    let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = mute.local_addr().unwrap().port().to_string();
    let url = format!("http://127.0.0.1:{port}/vnc_auto.html?token={}", cli::TOKEN);
    let ran = run(dir.path(), &["check", "--timeout", "1", "--url", &url]);
    assert_eq!(ran.code, Some(1), "the console did not open: {}", ran.stdout);
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let text = steady(&ran.stdout).replace(&port, "PORT").replace(&format!("from {}", machine.trim()), "from MACHINE");
    let steps: Vec<&str> = text.lines().skip_while(|line| !line.starts_with(" ? ")).collect();
    assert_snapshot!("unknown", steps.join("\n"));
}

#[test]
fn explain() {
    let dir = tempfile::tempdir().unwrap();
    let list = said(dir.path(), &["explain"]);
    // the list itself is docs/causes.md, which is checked to be fresh; here its form
    let head: Vec<&str> = list.lines().take_while(|line| !line.starts_with(" 8 ")).collect();
    assert_snapshot!("explain", head.join("\n"));
    for cause in vncdoctor::judge::causes::CAUSES {
        assert!(list.contains(&format!("     {} ", cause.meta.id)), "{} is not in the list", cause.meta.id);
    }
    assert_snapshot!("explain-cause", said(dir.path(), &["explain", "cache-option-ignored"]));
    let step = said(dir.path(), &["explain", "token-stored"]);
    assert_eq!(step, said(dir.path(), &["explain", "10"]));
    assert!(step.starts_with("step 10: token-stored\nconsoleauth → memcached"), "{step}");
}

#[test]
fn config() {
    let dir = broken_site();
    let args = ["config", "--release", "queens", "ctl1:controller=ctl1.conf", "cmp1:compute=cmp1.conf"];
    assert_snapshot!("config-human", said(dir.path(), &args));
}

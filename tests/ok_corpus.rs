//! Real default configurations, on which nothing above a note may be said: `fixtures/ok/ORIGIN/RELEASE/FILE`, option lines
//! alone, with the origin of each in the file `ORIGIN` beside them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use vncdoctor::console::release::Release;
use vncdoctor::finding::{Finding, Severity};
use vncdoctor::judge::{self, Selection};
use vncdoctor::observe::request::{ConfigInput, Request, TargetInput};
use vncdoctor::observe::{self, limits::Limits};
use vncdoctor::oslo::options;

const ROOT: &str = "fixtures/ok";

/// What `lint` finds above a note in one file.
fn findings(path: &Path, release: Option<u16>) -> Vec<String> {
    let input = ConfigInput { name: String::new(), services: Vec::new(), group: false, path: path.to_owned() };
    let request = Request {
        configs: vec![input],
        logs: Vec::new(),
        target: TargetInput::default().into(),
        cloud: None,
        release: release.map(|number| Release::from_number(number).unwrap()),
        limits: Limits::default(),
        screenshot: None,
        idle: None,
        offline: true,
        processes: false,
        this_machine: false,
    };
    let evidence = observe::examine(&request).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let files = evidence.hosts.iter().flat_map(|host| &host.files);
    assert!(files.clone().any(|file| !file.parsed.sections.is_empty()), "{} is empty", path.display());
    let report = judge::findings_only("lint", &evidence, &Selection::default());
    // which release it is for is not known: then only what holds for every release is an error
    let worst = if release.is_some() { Severity::Note } else { Severity::Warning };
    let above = |finding: &&Finding| finding.severity > worst;
    let say = |f: &Finding| {
        let line = f.place.as_ref().map_or(0, |place| place.line);
        format!("{}:{line} release {release:?}: {} {}: {}", path.display(), f.severity.word(), f.cause, f.message)
    };
    report.findings.iter().filter(above).map(say).collect()
}

fn folders(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

#[test]
fn nothing_is_said_of_real_default_configurations() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut said = Vec::new();
    for origin in folders(Path::new(ROOT)) {
        let name = origin.file_name().unwrap().to_str().unwrap().to_owned();
        let named = std::fs::read_to_string(origin.join("ORIGIN")).unwrap_or_else(|e| panic!("{name}/ORIGIN: {e}"));
        for of_release in folders(&origin).into_iter().filter(|path| path.is_dir()) {
            let number = of_release.file_name().unwrap().to_str().unwrap().to_owned();
            for file in folders(&of_release) {
                let short = format!("{number}/{}", file.file_name().unwrap().to_str().unwrap());
                assert!(named.contains(&format!("\n{short}: ")), "{name}/ORIGIN does not name {short}");
                said.extend(findings(&file, Some(number.parse().unwrap())));
                said.extend(findings(&file, None));
                *counts.entry(name.clone()).or_default() += 1;
            }
        }
    }
    for (name, count) in &counts {
        println!("{count:4} files of {name}: nothing said");
    }
    assert!(said.is_empty(), "{} false alarms\n{}", said.len(), said.join("\n"));
    assert!(counts.len() >= 9 && counts.values().sum::<usize>() >= 100, "{counts:?}");
}

/// nova.conf.sample: every section and, commented out, every option.
#[test]
fn nothing_is_said_of_novas_own_sample() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("nova.conf.sample");
    for release in 15..=34 {
        let mut text = String::new();
        let mut section = "";
        for option in options::all().iter().filter(|option| option.is_in(release)) {
            if option.section != section {
                section = option.section;
                writeln!(text, "\n[{section}]").unwrap();
            }
            writeln!(text, "\n# From nova.conf\n#{} = <None>", option.name).unwrap();
        }
        std::fs::write(&path, text).unwrap();
        assert_eq!(findings(&path, Some(release)), [""; 0]);
        assert_eq!(findings(&path, None), [""; 0]);
    }
}

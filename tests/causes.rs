//! Every cause, by fixtures: a folder of `fixtures/causes/ID` each is a small site with what `vncdoctor` has to find there,
//! a folder of `fixtures/sites` one where all is well: nothing above a note.
//!
//! `case.json` names the inputs as the command line does and lists every finding, nothing less and nothing more, so that a
//! cause that speaks where it should not fails the case of another one. What only a living machine could give (processes,
//! dials) stands under `evidence`, in the form that `collect` saves. Nobody is dialled.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use vncdoctor::console::access_url::AccessUrl;
use vncdoctor::console::release::Release;
use vncdoctor::console::token::Token;
use vncdoctor::evidence::Evidence;
use vncdoctor::evidence::process::Service;
use vncdoctor::evidence::target::TargetKind;
use vncdoctor::finding::{Finding, Report, Severity, Symptom};
use vncdoctor::judge::{self, Selection, causes::CAUSES};
use vncdoctor::observe;
use vncdoctor::observe::limits::Limits;
use vncdoctor::observe::request::{ConfigInput, LogInput, Request, TargetInput};

/// `case.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    /// What this site is, in a sentence.
    why: String,
    /// `--release`
    #[serde(default)]
    release: Option<String>,
    /// `--config`, paths from the case's folder.
    #[serde(default)]
    configs: Vec<String>,
    /// `--log`
    #[serde(default)]
    logs: Vec<String>,
    /// `--url`
    #[serde(default)]
    url: Option<String>,
    /// `--token`
    #[serde(default)]
    token: Option<String>,
    /// When the evidence was gathered, in Unix seconds.
    #[serde(default)]
    now: Option<f64>,
    /// What else was seen.
    #[serde(default)]
    evidence: Map<String, Value>,
    /// Every finding: `STEP SEVERITY CONFIDENCE CAUSE [HOST [FILE:LINE]]`.
    finds: Vec<String>,
    /// Status and cause of the verdict, where they matter.
    #[serde(default)]
    verdict: Option<String>,
}

struct Case {
    /// Empty for a site where all is well.
    cause: String,
    bad: bool,
    dir: PathBuf,
    spec: Spec,
}

const ROOT: &str = "fixtures/causes";
const SITES: &str = "fixtures/sites";

#[test]
fn every_case_finds_what_it_lists_and_nothing_else() {
    let mut failures = Vec::new();
    for (case, report) in judged() {
        let mut found: Vec<String> = report.findings.iter().map(|finding| line(&case.dir, finding)).collect();
        let mut wanted = case.spec.finds.clone();
        found.sort();
        wanted.sort();
        let verdict = format!("{} {}", report.verdict.status.word(), report.verdict.cause.unwrap_or("-"));
        if found != wanted || case.spec.verdict.as_ref().is_some_and(|wanted| *wanted != verdict) {
            let texts: Vec<String> =
                report.findings.iter().map(|f| format!("    {}: {}", f.cause, f.message)).collect();
            failures.push(format!(
                "{} ({})\n  wanted {wanted:#?}\n  found {found:#?} verdict {verdict}\n{}",
                case.dir.display(),
                case.spec.why,
                texts.join("\n")
            ));
        }
    }
    assert!(failures.is_empty(), "{} cases differ\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_cause_has_a_case_where_it_speaks_and_one_where_it_is_silent() {
    let cases: Vec<&Case> = judged().iter().map(|(case, _)| case).collect();
    let known: BTreeSet<&str> = CAUSES.iter().map(|cause| cause.meta.id).collect();
    for case in cases.iter().filter(|case| !case.cause.is_empty()) {
        assert!(known.contains(case.cause.as_str()), "{} is no cause", case.dir.display());
        let speaks = case.spec.finds.iter().any(|find| {
            let words: Vec<&str> = find.split(' ').collect();
            words[3] == case.cause && (words[1] != "note" || !loud(&case.cause))
        });
        assert_eq!(speaks, case.bad, "{}: {} speaks: {speaks}", case.dir.display(), case.cause);
    }
    for id in known {
        for bad in [true, false] {
            let kind = if bad { "bad" } else { "good" };
            assert!(cases.iter().any(|case| case.cause == id && case.bad == bad), "{id} has no {kind} case");
        }
    }
}

/// A cause that can do worse than a note.
fn loud(id: &str) -> bool {
    CAUSES.iter().find(|cause| cause.meta.id == id).is_some_and(|cause| cause.meta.severity > Severity::Note)
}

#[test]
fn a_site_where_all_is_well_hears_of_nothing_above_a_note() {
    let mut sites = 0;
    for (case, report) in judged().iter().filter(|(case, _)| case.cause.is_empty()) {
        let worst = report.worst();
        assert!(worst <= Some(Severity::Note), "{} ({}): {worst:?}", case.dir.display(), case.spec.why);
        sites += 1;
    }
    assert!(sites > 0, "no sites at {SITES}");
}

/// The proxy hangs up, or keeps silent, for reasons that the table of causes tells by their symptoms: where nothing else is
/// known they are the candidates. A cause that is found behind such an end must be one of them.
#[test]
fn what_ends_after_the_101_is_a_candidate_for_such_an_end() {
    let (mut checked, mut strange) = (0, Vec::new());
    for (case, report) in judged() {
        let evidence = evidence(case);
        let upgrades = || evidence.upgrades.iter().map(|seen| &seen.saw).filter(|saw| saw.asked.carries_token());
        let symptom = match upgrades().next_back() {
            Some(_) if upgrades().any(|saw| saw.opened() || saw.refused().is_some()) => continue,
            Some(last) if last.hung_up() => Symptom::HangsUp,
            Some(last) if last.waited() => Symptom::KeepsSilent,
            _ => continue,
        };
        let found = report.verdict.cause.filter(|id| !GUESSES.contains(id));
        let Some(cause) = CAUSES.iter().find(|cause| Some(cause.meta.id) == found) else { continue };
        if !cause.meta.symptoms.contains(&symptom) {
            strange.push(format!("{}: {} {symptom:?}", case.dir.display(), cause.meta.id));
        }
        checked += 1;
    }
    assert!(strange.is_empty(), "{}", strange.join("\n"));
    assert!(checked >= 5, "{checked}");
}

/// What is said where no cause is known.
const GUESSES: [&str; 3] = ["proxy-hung-up", "proxy-silent", "session-failed"];

#[test]
fn findings_say_what_to_do() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (case, report) in judged() {
        for finding in &report.findings {
            let place = case.dir.display();
            *seen.entry(finding.cause).or_default() += 1;
            assert!(!finding.remedy.text.is_empty(), "{place}: {} has no remedy", finding.cause);
            let first = finding.message.chars().next().unwrap();
            assert!(!finding.message.is_empty() && !finding.message.ends_with('.'), "{place}: {}", finding.message);
            assert!(
                first == '[' || !first.is_uppercase() || finding.message.starts_with("VNC"),
                "{place}: {}",
                finding.message
            );
            assert!(finding.message.len() < 400, "{place}: {}", finding.message);
            if finding.severity == Severity::Error {
                assert!(finding.remedy.verify.is_some(), "{place}: {} has no way to verify", finding.cause);
            }
            assert_eq!(finding.fingerprint.len(), 16);
        }
    }
    assert_eq!(seen.len(), CAUSES.len());
}

/// What stands in the files under a name that holds secrets appears nowhere.
#[test]
fn no_secret_of_a_fixture_is_told() {
    for (case, report) in judged() {
        let sources: Vec<String> = report.findings.iter().filter_map(|f| f.place.clone()?.source).collect();
        let report = serde_json::to_string(report).unwrap();
        assert!(!report.contains("S3CRET") && !sources.concat().contains("S3CRET"), "{}", case.dir.display());
        for text in [&case.spec.token, &case.spec.url].into_iter().flatten() {
            let token = text.rsplit(['=', 'D']).next().unwrap();
            let there = case.spec.token.is_some() || token.len() < text.len();
            assert!(!there || !report.contains(token), "{}", case.dir.display());
        }
    }
}

/// `10 error certain cache-option-ignored ctl1 ctl1.conf:12`.
fn line(dir: &Path, finding: &Finding) -> String {
    let mut words = vec![
        finding.step.to_string(),
        finding.severity.word().to_owned(),
        finding.confidence.word().to_owned(),
        finding.cause.to_owned(),
    ];
    let place = finding.place.as_ref();
    if finding.host.is_some() || place.is_some() {
        words.push(finding.host.clone().unwrap_or_else(|| "-".to_owned()));
    }
    if let Some(place) = place {
        let file = Path::new(&place.file);
        let file = file.strip_prefix(dir).unwrap_or(file);
        words.push(format!("{}:{}", file.display(), place.line));
    }
    words.join(" ")
}

/// Every case with its report, judged once for all tests.
fn judged() -> &'static [(Case, Report)] {
    static JUDGED: OnceLock<Vec<(Case, Report)>> = OnceLock::new();
    JUDGED.get_or_init(|| {
        let judge = |case: Case| {
            let report = judge::check(&evidence(&case), &Selection::default());
            (case, report)
        };
        cases().into_iter().map(judge).collect()
    })
}

fn cases() -> Vec<Case> {
    let mut found: Vec<Case> = folders(Path::new(SITES)).into_iter().map(|dir| case("", false, dir)).collect();
    for folder in folders(Path::new(ROOT)) {
        let cause = folder.file_name().unwrap().to_str().unwrap();
        for dir in folders(&folder) {
            let name = dir.file_name().unwrap().to_str().unwrap().to_owned();
            assert!(name.starts_with("bad") || name.starts_with("good"), "{}", dir.display());
            found.push(case(cause, name.starts_with("bad"), dir));
        }
    }
    found
}

fn case(cause: &str, bad: bool, dir: PathBuf) -> Case {
    let text = std::fs::read_to_string(dir.join("case.json")).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    let spec = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    Case { cause: cause.to_owned(), bad, dir, spec }
}

fn folders(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

/// What `vncdoctor check --offline` would gather, and what the case adds to it.
fn evidence(case: &Case) -> Evidence {
    let spec = &case.spec;
    let request = Request {
        configs: spec.configs.iter().map(|text| config(&case.dir, text)).collect(),
        logs: spec.logs.iter().map(|text| log(&case.dir, text)).collect(),
        target: target(spec).into(),
        cloud: None,
        release: spec.release.as_deref().map(|text| Release::parse(text).unwrap()),
        limits: Limits::default(),
        screenshot: None,
        idle: None,
        offline: true,
        processes: false,
        this_machine: false,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut evidence =
        runtime.block_on(observe::gather(&request)).unwrap_or_else(|e| panic!("{}: {e:?}", case.dir.display()));
    "workstation".clone_into(&mut evidence.vantage.machine);
    evidence.vantage.machine_id = None;
    for host in &mut evidence.hosts {
        assert!(host.processes.is_empty(), "{}: a process of this machine reads a fixture", case.dir.display());
        for file in &mut host.files {
            file.modified = None;
        }
    }
    let newest = evidence.hosts.iter().flat_map(|host| &host.logs).filter_map(|log| log.last).max_by(f64::total_cmp);
    if let Some(now) = spec.now.or(newest.map(|last| last + 60.0)) {
        evidence.began = now;
        evidence.ended = now;
    }
    let mut value = serde_json::to_value(&evidence).unwrap();
    let mut patch = Value::Object(spec.evidence.clone());
    patch_hosts(&mut value, &mut patch, &case.dir);
    merge(&mut value, patch);
    serde_json::from_value(value).unwrap_or_else(|e| panic!("{}: {e}", case.dir.display()))
}

/// `hosts` of a patch is by name, and `modified` within it by file.
fn patch_hosts(value: &mut Value, patch: &mut Value, dir: &Path) {
    let Some(Value::Object(hosts)) = patch.as_object_mut().unwrap().remove("hosts") else { return };
    for (name, mut more) in hosts {
        let list = value["hosts"].as_array_mut().unwrap();
        let host = list
            .iter_mut()
            .find(|host| host["name"] == name.as_str())
            .unwrap_or_else(|| panic!("{}: no host {name}", dir.display()));
        if let Some(Value::Object(times)) = more.as_object_mut().unwrap().remove("modified") {
            for (path, time) in times {
                let path = dir.join(path).display().to_string();
                let files = host["files"].as_array_mut().unwrap();
                files.iter_mut().find(|file| file["path"] == path.as_str()).expect("a file of the case")["modified"] =
                    time;
            }
        }
        merge(host, more);
    }
}

fn merge(value: &mut Value, patch: Value) {
    match (value, patch) {
        (Value::Object(value), Value::Object(patch)) => {
            for (key, more) in patch {
                merge(value.entry(key).or_insert(Value::Null), more);
            }
        }
        (value, patch) => *value = patch,
    }
}

/// `[NAME[:SERVICE]=]PATH`, as the command line has it.
fn config(dir: &Path, text: &str) -> ConfigInput {
    let (label, path) = text.rsplit_once('=').unwrap_or(("", text));
    let (name, service) = label.split_once(':').unwrap_or((label, ""));
    let controller = [Service::Consoleauth, Service::Novncproxy, Service::Api, Service::Conductor];
    let (services, group) = match service {
        "" => (Vec::new(), false),
        "controller" => (controller.to_vec(), true),
        "all" => (controller.into_iter().chain([Service::Compute]).collect(), true),
        one => (vec![Service::from_program(&format!("nova-{one}")).expect("a service")], false),
    };
    ConfigInput { name: name.to_owned(), services, group, path: dir.join(path) }
}

fn log(dir: &Path, text: &str) -> LogInput {
    let (name, path) = text.split_once('=').unwrap_or(("", text));
    LogInput { name: name.to_owned(), path: dir.join(path) }
}

fn target(spec: &Spec) -> TargetInput {
    if let Some(text) = &spec.token {
        return TargetInput {
            kind: TargetKind::Token,
            token: Some(Token::parse(text).unwrap()),
            ..TargetInput::default()
        };
    }
    let Some(text) = &spec.url else { return TargetInput::default() };
    let (url, token) = AccessUrl::parse(text).unwrap();
    let (token, not_a_token) = match token {
        Some(Ok(token)) => (Some(token), None),
        Some(Err(error)) => (None, Some(error.to_string())),
        None => (None, None),
    };
    TargetInput { kind: TargetKind::Url, token, url: Some(url), not_a_token }
}

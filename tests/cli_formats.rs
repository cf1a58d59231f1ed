//! The forms that other programs read: SARIF against its published schema, JUnit through an XML parser, the annotations of
//! GitHub Actions as its runner takes them apart, Markdown as a renderer would. The same findings stand in each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;

use cli::{broken_site, on_site, run, sound_site, write};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use vncdoctor::finding::Edit;
use vncdoctor::judge::{self, Selection, causes::CAUSES, flow::STEPS};
use vncdoctor::report::{Around, github, junit, markdown, sarif, svg};

/// Every form of a report.
const FORMS: [&str; 8] = ["human", "short", "json", "sarif", "junit", "github", "markdown", "svg"];

/// The schema of SARIF 2.1.0, installed by tests/install/sarif.
fn schema() -> Value {
    let home = || Path::new(&std::env::var_os("HOME").expect("a home")).join(".cache");
    let shared = || std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from).join("vncdoctor");
    let cache = std::env::var_os("VNCDOCTOR_CACHE").map_or_else(shared, PathBuf::from);
    let path = cache.join("sarif-1.0.0-beta.0/schema.json");
    let text = std::fs::read(&path).unwrap_or_else(|error| {
        panic!("the schema of SARIF is missing ({}: {error}); run tests/install/sarif", path.display())
    });
    serde_json::from_slice(&text).unwrap()
}

/// Fails with every place where a document breaks the schema.
fn fits(document: &Value) {
    static VALIDATOR: std::sync::OnceLock<jsonschema::Validator> = std::sync::OnceLock::new();
    static RULES: std::sync::OnceLock<Value> = std::sync::OnceLock::new();
    let validator = VALIDATOR
        .get_or_init(|| jsonschema::options().should_validate_formats(true).build(&schema()).expect("a schema"));
    let run = &document["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(result["suppressions"].is_array(), "of all results or of none");
    }
    // the rules are the same in every document, and take most of the time
    let mut document = document.clone();
    let known = RULES.get().is_some();
    assert_eq!(RULES.get_or_init(|| json!(rules)), &json!(rules));
    if known {
        document["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap().truncate(1);
    }
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path)).collect();
    assert!(errors.is_empty(), "{}\n{document:#}", errors.join("\n"));
}

fn sarif_of(dir: &Path, args: &[&str]) -> (Option<i32>, Value) {
    let ran = run(dir, &[args, &["--format", "sarif"]].concat());
    assert_eq!(ran.stderr, "", "{args:?}");
    let document = ran.json();
    fits(&document);
    (ran.code, document)
}

fn json_of(dir: &Path, args: &[&str]) -> Value {
    run(dir, &[args, &["--format", "json"]].concat()).json()
}

/// The verbs on one broken site.
fn runs() -> Vec<Vec<&'static str>> {
    vec![
        on_site("check", &["--offline"]),
        on_site("lint", &[]),
        vec!["lint", "--release", "queens", "ctl1.conf", "ctl2.conf", "cmp1.conf"],
    ]
}

/// A broken site with a log that tells of no cause.
fn site() -> tempfile::TempDir {
    let dir = broken_site();
    let log = "2026-11-22 11:16:15.498 22367 INFO nova.console.websocketproxy [req-1 - - - - -] handler exception: \
               The token '2d5a9f04-9c0e-4f6e-8e3a-0f2f8b7c1a11' is invalid or has expired\n";
    write(dir.path(), "nova-novncproxy.log", log);
    dir
}

#[test]
fn sarif_holds_every_finding_and_every_cause() {
    let dir = site();
    for args in runs() {
        let (code, document) = sarif_of(dir.path(), &args);
        let plain = json_of(dir.path(), &args);
        assert_eq!(code, Some(1), "{args:?}");
        let run = &document["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), CAUSES.len());
        assert_eq!((&run["columnKind"], &run["invocations"][0]["exitCode"]), (&json!("unicodeCodePoints"), &json!(1)));
        let results = run["results"].as_array().unwrap();
        let findings = plain["findings"].as_array().unwrap();
        assert_eq!(results.len(), findings.len(), "{args:?}");
        for (result, finding) in results.iter().zip(findings) {
            assert_eq!(result["ruleId"], finding["cause"]);
            assert_eq!(result["level"], finding["severity"]);
            assert_eq!(result["partialFingerprints"]["vncdoctor/v1"], finding["fingerprint"]);
            assert_eq!(result["suppressions"], json!([]));
            assert!(result.get("baselineState").is_none());
            let place = &result["locations"][0]["physicalLocation"];
            assert_eq!(place["region"]["startLine"], finding["line"]);
            assert_eq!(place["region"]["endColumn"], finding["end_column"]);
            assert_eq!(place["artifactLocation"]["uri"], finding["file"]);
        }
    }
    let dir = sound_site();
    let (code, document) = sarif_of(dir.path(), &on_site("lint", &[]));
    assert_eq!((code, &document["runs"][0]["results"]), (Some(0), &json!([])));
}

#[test]
fn every_bad_fixture_is_valid_in_every_form() {
    // one document of all results: it is the rules that take time to validate
    let mut whole: Option<Value> = None;
    for cause in std::fs::read_dir("fixtures/causes").unwrap() {
        let bad = cause.unwrap().path().join("bad");
        let Ok(files) = bad.read_dir() else { continue };
        let configs: Vec<String> = files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .filter(|name| Path::new(name).extension().is_some_and(|kind| kind == "conf"))
            .collect();
        if configs.is_empty() {
            continue;
        }
        // one release: to try every one takes a program without optimisation long
        let args: Vec<&str> =
            ["lint", "--release", "queens"].into_iter().chain(configs.iter().map(String::as_str)).collect();
        let mut document = run(&bad, &[&args[..], &["--format", "sarif"]].concat()).json();
        let results = document["runs"][0]["results"].as_array_mut().unwrap();
        let count = results.len();
        suites(&run(&bad, &[&args[..], &["--format", "junit"]].concat()).stdout);
        let annotations = run(&bad, &[&args[..], &["--format", "github"]].concat()).stdout;
        assert_eq!(annotations.lines().map(annotation).count(), count, "{annotations}");
        match whole.as_mut().and_then(|whole| whole["runs"][0]["results"].as_array_mut()) {
            Some(all) => all.append(results),
            None => whole = Some(document),
        }
    }
    let whole = whole.unwrap();
    let seen = whole["runs"][0]["results"].as_array().unwrap().len();
    assert!(seen >= 20, "{seen} findings");
    fits(&whole);
}

#[test]
fn every_recorded_log_is_valid_in_every_form() {
    let mut failing = 0;
    for folder in std::fs::read_dir("fixtures/logs").unwrap() {
        let folder = folder.unwrap();
        if !folder.file_type().unwrap().is_dir() {
            continue;
        }
        let name = folder.file_name().into_string().unwrap();
        let logs = Path::new("fixtures/logs");
        let (code, document) = sarif_of(logs, &["logs", &name]);
        let found = document["runs"][0]["results"].as_array().unwrap().len();
        let junit = suites(&run(logs, &["logs", &name, "--format", "junit"]).stdout);
        let cases: usize = junit.iter().map(|(_, cases)| cases.len()).sum();
        assert!(cases >= found, "{name}");
        let annotations = run(logs, &["logs", &name, "--format", "github"]).stdout;
        assert!(annotations.lines().map(annotation).count() >= found, "{name}");
        failing += usize::from(code == Some(1));
    }
    assert!(failing >= 5, "{failing} logs with a cause");
}

#[test]
fn paths_are_references_in_sarif() {
    let dir = broken_site();
    let odd = "dep loy/50%: é.conf";
    std::fs::create_dir(dir.path().join("dep loy")).unwrap();
    std::fs::copy(dir.path().join("ctl1.conf"), dir.path().join(odd)).unwrap();
    let absolute = dir.path().join("ctl1.conf").display().to_string();
    for (path, uri) in [
        (odd, "dep%20loy/50%25%3A%20%C3%A9.conf".to_owned()),
        ("./ctl1.conf", "./ctl1.conf".to_owned()),
        (&absolute, format!("file://{absolute}")),
    ] {
        let (_, document) = sarif_of(dir.path(), &["lint", "--release", "17", path]);
        let result = &document["runs"][0]["results"][0];
        assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], uri.as_str());
    }
}

#[test]
fn what_lint_would_mend_is_a_fix() {
    let dir = broken_site();
    let (_, document) = sarif_of(dir.path(), &["lint", "--release", "queens", "ctl1.conf"]);
    let edits = &json_of(dir.path(), &["lint", "--release", "queens", "ctl1.conf"])["findings"][0]["remedy"]["edits"];
    let change = &document["runs"][0]["results"][0]["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "ctl1.conf");
    let replacements = change["replacements"].as_array().unwrap();
    assert_eq!(replacements.len(), edits.as_array().unwrap().len());
    for (replacement, edit) in replacements.iter().zip(edits.as_array().unwrap()) {
        assert_eq!(replacement["deletedRegion"]["startLine"], edit["line"]);
        assert_eq!(replacement["deletedRegion"]["endColumn"], edit["end_column"]);
        assert_eq!(replacement["insertedContent"]["text"], edit["text"]);
    }
}

#[test]
fn edits_become_one_fix_with_a_change_for_each_file() {
    let mut report = judged();
    let edit = |file: &str, line, text: &str| Edit {
        file: file.to_owned(),
        line,
        column: 1,
        end_line: line,
        end_column: 18,
        text: text.to_owned(),
    };
    report.findings[0].remedy.edits =
        vec![edit("a.conf", 4, "x"), edit("/b.conf", 1, "[cache]\n"), edit("a.conf", 9, "")];
    let document = rendered(&report);
    fits(&document);
    let fixes = &document["runs"][0]["results"][0]["fixes"];
    assert_eq!(fixes.as_array().unwrap().len(), 1);
    let changes = fixes[0]["artifactChanges"].as_array().unwrap();
    assert_eq!(
        changes.iter().map(|change| change["replacements"].as_array().unwrap().len()).collect::<Vec<_>>(),
        [2, 1]
    );
    assert_eq!(changes[1]["artifactLocation"]["uri"], "file:///b.conf");
    assert_eq!(changes[1]["replacements"][0]["insertedContent"]["text"], "[cache]\n");
}

/// A report of the library on one file that is wrong.
fn judged() -> vncdoctor::finding::Report {
    use vncdoctor::console::release::Release;
    use vncdoctor::observe::{examine, request::*};
    let dir = broken_site();
    let request = Request {
        configs: vec![ConfigInput {
            name: "ctl1".to_owned(),
            services: Vec::new(),
            group: false,
            path: dir.path().join("ctl1.conf"),
        }],
        logs: Vec::new(),
        target: TargetInput::default().into(),
        cloud: None,
        release: Release::from_number(17),
        limits: vncdoctor::observe::limits::Limits::default(),
        screenshot: None,
        idle: None,
        offline: true,
        processes: false,
        this_machine: false,
    };
    judge::findings_only("lint", &examine(&request).unwrap(), &Selection::default())
}

fn rendered(report: &vncdoctor::finding::Report) -> Value {
    let causes: Vec<_> = CAUSES.iter().map(|cause| cause.meta).collect();
    let steps: Vec<_> = STEPS.iter().map(|step| step.meta).collect();
    serde_json::from_str(&sarif::render(report, &causes, &steps, &Around::default()).unwrap()).unwrap()
}

/// A suite: its name, its cases with what they came to.
type Suite = (String, Vec<(String, &'static str)>);

/// The suites of a document of JUnit, with every count checked.
fn suites(text: &str) -> Vec<Suite> {
    let document = roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "testsuites");
    let number = |node: roxmltree::Node, name: &str| node.attribute(name).unwrap().parse::<usize>().unwrap();
    let mut all = Vec::new();
    let mut sums = (0, 0, 0);
    for suite in root.children().filter(roxmltree::Node::is_element) {
        assert_eq!(suite.tag_name().name(), "testsuite");
        let mut cases: Vec<(String, &'static str)> = Vec::new();
        for case in suite.children().filter(roxmltree::Node::is_element) {
            assert_eq!(case.tag_name().name(), "testcase");
            assert!(case.attribute("classname").is_some_and(|class| !class.is_empty()));
            let told: Vec<&str> =
                case.children().filter(roxmltree::Node::is_element).map(|n| n.tag_name().name()).collect();
            let outcome = match told.as_slice() {
                [] | ["system-out"] => "passed",
                ["failure"] => "failed",
                ["skipped"] => "skipped",
                other => panic!("{other:?}"),
            };
            if outcome == "failed" {
                let failure = case.first_element_child().unwrap();
                assert!(["error", "warning", "note"].contains(&failure.attribute("type").unwrap()));
                assert!(failure.text().unwrap().contains(failure.attribute("message").unwrap()));
            }
            cases.push((case.attribute("name").unwrap().to_owned(), outcome));
        }
        let count = |wanted: &str| cases.iter().filter(|(_, outcome)| *outcome == wanted).count();
        let counted = (cases.len(), count("failed"), count("skipped"));
        assert_eq!(counted, (number(suite, "tests"), number(suite, "failures"), number(suite, "skipped")));
        sums = (sums.0 + counted.0, sums.1 + counted.1, sums.2 + counted.2);
        all.push((suite.attribute("name").unwrap().to_owned(), cases));
    }
    assert_eq!(sums, (number(root, "tests"), number(root, "failures"), number(root, "skipped")));
    all
}

#[test]
fn junit_has_a_suite_for_each_file_or_step() {
    let dir = site();
    let junit = |args: &[&str]| {
        let ran = run(dir.path(), &[args, &["--format", "junit"]].concat());
        (ran.code, suites(&ran.stdout))
    };
    let (code, by_file) = junit(&["lint", "--release", "queens", "ctl1.conf", "cmp1.conf"]);
    assert_eq!(code, Some(1));
    let first = ("cache-option-ignored consoleauth [DEFAULT] memcached_servers".to_owned(), "failed");
    assert_eq!(by_file, [("ctl1.conf".into(), vec![first]), ("cmp1.conf".into(), vec![("lint".into(), "passed")])]);
    let (_, by_step) = junit(&on_site("check", &["--offline"]));
    assert_eq!(by_step.len(), 15);
    assert_eq!(by_step[9].0, "10 token-stored");
    assert_eq!(by_step[9].1[0].1, "failed");

    assert_eq!(by_step[13].1[0].1, "skipped", "{by_step:?}");
}

#[test]
fn junit_is_red_exactly_when_the_exit_code_is_one() {
    let dir = site();
    write(
        dir.path(),
        "warned.conf",
        "[DEFAULT]\nmy_ip = 192.0.2.21\n[vnc]\nenabled = true\nvncserver_listen = 0.0.0.0\n",
    );
    let mut both = [0, 0];
    for file in ["ctl1.conf", "cmp1.conf", "warned.conf"] {
        for fail_on in ["error", "warning", "never"] {
            let args = ["lint", "--release", "queens", file, "--fail-on", fail_on, "--format", "junit"];
            let ran = run(dir.path(), &args);
            let red =
                suites(&ran.stdout).iter().any(|(_, cases)| cases.iter().any(|(_, outcome)| *outcome == "failed"));
            assert_eq!(red, ran.code == Some(1), "{args:?}\n{}", ran.stdout);
            both[usize::from(red)] += 1;
        }
    }
    assert!(both.iter().all(|count| *count > 0), "{both:?}");
}

/// A workflow command as the runner of GitHub Actions reads it: level, properties, message.
fn annotation(line: &str) -> (String, Vec<(String, String)>, String) {
    let unescaped = |text: &str| {
        let text = text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",");
        text.replace("%25", "%")
    };
    let (head, message) =
        line.strip_prefix("::").and_then(|rest| rest.split_once("::")).unwrap_or_else(|| panic!("{line}"));
    let (level, properties) = head.split_once(' ').unwrap_or_else(|| panic!("{line}"));
    assert!(["error", "warning", "notice"].contains(&level), "{line}");
    let properties = properties.split(',').map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or_else(|| panic!("{line}"));
        (key.to_owned(), unescaped(value))
    });
    (level.to_owned(), properties.collect(), unescaped(message))
}

#[test]
fn annotations_name_file_and_columns() {
    let dir = broken_site();
    std::fs::rename(dir.path().join("ctl1.conf"), dir.path().join("a,b:50%.conf")).unwrap();
    let ran = run(dir.path(), &["lint", "--release", "queens", "a,b:50%.conf", "--format", "github"]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (Some(1), 1), "{}", ran.stdout);
    let (level, properties, message) = annotation(ran.stdout.trim_end());
    assert_eq!(level, "error");
    let properties: Vec<(&str, &str)> = properties.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(
        properties,
        [
            ("file", "a,b:50%.conf"),
            ("line", "4"),
            ("col", "1"),
            ("endLine", "4"),
            ("endColumn", "18"),
            ("title", "cache-option-ignored")
        ]
    );
    assert!(message.contains("memcached_servers") && message.contains("\nremedy: "), "{message}");
    let sound = sound_site();
    let ran = run(sound.path(), &on_site("lint", &["--format", "github"]));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""));
}

/// What files and peers may say, put into every text of a report.
const HOSTILE: &str = "\u{1b}[2J]]><script>`|*_[x](http://e)\n::error::x\r\u{0}\u{fffe}{0}\n- ``` & \"'%0A";

#[test]
fn hostile_words_are_words_in_every_form() {
    let mut report = judged();
    report.verdict.message = HOSTILE.to_owned();
    let finding = &mut report.findings[0];
    finding.message = HOSTILE.to_owned();
    finding.host = Some(HOSTILE.to_owned());
    finding.evidence = vec![HOSTILE.to_owned()];
    finding.remedy.text = HOSTILE.to_owned();
    let place = finding.place.as_mut().unwrap();
    place.file = HOSTILE.to_owned();
    place.source = Some(HOSTILE.to_owned());
    place.option = Some(HOSTILE.to_owned());
    let around = Around { fails: Some(vncdoctor::finding::Severity::Error), ..Around::default() };
    let document = rendered(&report);
    fits(&document);
    let message = document["runs"][0]["results"][0]["message"]["text"].as_str().unwrap();
    assert!(!message.contains('\u{1b}') && !message.contains("[x](") && message.contains("{{0}}"), "{message}");
    let xml = junit::render(&report, &around);
    assert!(suites(&xml).iter().any(|(_, cases)| cases.iter().any(|(_, outcome)| *outcome == "failed")), "{xml}");
    assert!(!xml.contains('\u{1b}') && !xml.contains("<script>"));
    let annotations = github::render(&report);
    assert_eq!(annotations.lines().count(), 1, "{annotations}");
    let (_, properties, message) = annotation(annotations.trim_end());
    assert_eq!(properties.len(), 6);
    assert!(message.contains("\n::error::x") && message.contains("%0A") && !message.contains('\u{1b}'), "{message:?}");
    let text = markdown::render(&report, &around);
    assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{text}");
    let mut fence: Option<String> = None;
    for line in text.lines().map(str::trim_start) {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(open) if ticks == *open && line == ticks => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => assert!(!line.contains("<script>") && !line.contains("[x]("), "{line}"),
        }
    }
    assert_eq!(fence, None, "every fence ends\n{text}");
    drawn(&report, &around);
}

/// The picture as an XML parser reads it; its texts.
fn drawn(report: &vncdoctor::finding::Report, around: &Around) -> Vec<String> {
    let steps: Vec<_> = STEPS.iter().map(|step| step.meta).collect();
    let picture = svg::render(report, &steps, around);
    assert_eq!(picture, svg::render(report, &steps, around), "the same report gives the same picture");
    let document = roxmltree::Document::parse(&picture).unwrap_or_else(|error| panic!("{error}\n{picture}"));
    let root = document.root_element();
    let size = |name: &str| root.attribute(name).unwrap().parse::<f64>().unwrap();
    let (width, height) = (size("width"), size("height"));
    let known = ["svg", "title", "desc", "style", "rect", "line", "path", "circle", "text"];
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        assert!(known.contains(&node.tag_name().name()), "{node:?}");
        let number = |name: &str| node.attribute(name).map_or(0.0, |text| text.parse::<f64>().unwrap());
        assert!((0.0..=width).contains(&number("x")) && (0.0..=height).contains(&number("y")), "{node:?}");
        let event = node.attributes().any(|attribute| attribute.name().starts_with("on") || attribute.name() == "href");
        assert!(!event, "{node:?}");
    }
    let texts = document.descendants().filter(|node| node.tag_name().name() == "text");
    texts.map(|node| node.text().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_picture_tells_steps_causes_and_reasons() {
    let dir = broken_site();
    let picture = run(dir.path(), &on_site("check", &["--offline", "--format", "svg"]));
    assert_eq!(picture.code, Some(1), "{}", picture.stderr);
    let document = roxmltree::Document::parse(&picture.stdout).unwrap();
    let told: Vec<&str> = document.descendants().filter_map(|node| node.text()).collect();
    for step in &STEPS {
        assert!(told.contains(&step.meta.id), "{} is not in the picture", step.meta.id);
    }
    assert!(told.iter().any(|text| text.starts_with("cache-option-ignored · error, certain · ctl1")), "{told:?}");
    assert!(told.contains(&"nova-consoleauth → memcached"), "{told:?}");
    assert!(!picture.stdout.contains("Ra88it-pw"));
    // of findings alone the picture is drawn too
    let found = drawn(&judged(), &Around::default());
    assert!(found.iter().any(|text| text.starts_with("cache-option-ignored")), "{found:?}");
}

#[test]
fn exit_codes_and_selection_are_the_same_in_every_form() {
    let dir = site();
    write(
        dir.path(),
        "warned.conf",
        "[DEFAULT]\nmy_ip = 192.0.2.21\n[vnc]\nenabled = true\nvncserver_listen = 0.0.0.0\n",
    );
    let warned = ["lint", "--release", "queens", "warned.conf"];
    let broken = ["lint", "--release", "queens", "ctl1.conf"];
    let mut codes = std::collections::BTreeSet::new();
    for args in [
        broken.to_vec(),
        warned.to_vec(),
        [&warned[..], &["--fail-on", "warning"]].concat(),
        [&broken[..], &["--fail-on", "never"]].concat(),
        [&broken[..], &["--skip", "cache-option-ignored"]].concat(),
        [&broken[..], &["--only", "url-damaged"]].concat(),
        [&broken[..], &["--only", "url-damged"]].concat(),
        on_site("check", &["--offline"]),
        vec!["check", "--offline", "--log", "nova-novncproxy.log"],
        vec!["lint", "nowhere"],
        vec!["logs", "empty.log"],
    ] {
        write(dir.path(), "empty.log", "nothing of nova\n");
        let runs: Vec<_> =
            FORMS.iter().map(|form| run(dir.path(), &[&args[..], &["--format", form]].concat())).collect();
        for (form, ran) in FORMS.iter().zip(&runs) {
            assert_eq!(ran.code, runs[0].code, "{args:?} --format {form}: {}", ran.stderr);
            assert_eq!(ran.stderr, runs[0].stderr, "{args:?} --format {form}");
            let told = ran.stdout.contains("cache-option-ignored") && *form != "sarif";
            let wanted = runs[0].stdout.contains("error cache-option-ignored");
            assert!(*form == "sarif" || told == wanted, "{args:?} --format {form}: {}", ran.stdout);
        }
        codes.insert(runs[0].code);
    }
    assert_eq!(codes, [Some(0), Some(1), Some(2), Some(3)].into());
}

#[test]
fn lists_have_the_forms_that_suit_them() {
    let dir = broken_site();
    for verb in [&["explain"][..], &["explain", "token-expired"], &["config", "ctl1.conf"]] {
        for form in ["sarif", "junit", "github", "markdown"] {
            let ran = run(dir.path(), &[verb, &["--format", form]].concat());
            assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{verb:?}");
            assert_eq!(
                ran.stderr,
                format!(
                    "vncdoctor: invalid value '{form}' for '--format <FORM>'; [possible values: human, short, json]\n"
                )
            );
        }
    }
}

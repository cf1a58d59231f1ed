//! What a run leaves out or forgives: comments in the files, `vncdoctor.ini`, baselines. None of it changes what the others
//! say, and whatever is misspelt in it is an error that names its place.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;

use cli::{Ran, broken_site, on_site, run, sound_site, write};
use serde_json::Value;
use std::path::Path;
use vncdoctor::judge::causes::CAUSES;
use vncdoctor::judge::flow::STEPS;
use vncdoctor::oslo::ini;

/// A file with one error on its fourth line, and a comment above it.
fn commented(comment: &str) -> String {
    format!(
        "[DEFAULT]\nmy_ip = 192.0.2.11\n{comment}\nmemcached_servers = 192.0.2.11:11211,192.0.2.12:11211\n[vnc]\nenabled = true\n"
    )
}

/// A run of lint on a file of this text.
fn lint(dir: &Path, text: &str, more: &[&str]) -> Ran {
    write(dir, "nova.conf", text);
    run(dir, &[&["lint", "--release", "queens", "nova.conf"], more].concat())
}

fn json(dir: &Path, args: &[&str]) -> (Option<i32>, Value) {
    let ran = run(dir, &[args, &["--format", "json"]].concat());
    (ran.code, ran.json())
}

fn causes(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|finding| finding["cause"].as_str().unwrap()).collect()
}

fn refused(ran: &Ran, words: &str) {
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
    assert_eq!(ran.stderr.trim_end(), format!("vncdoctor: {words}"));
}

#[test]
fn a_comment_ignores_the_cause_below_it() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    let text = commented("# vncdoctor: ignore cache-option-ignored");
    let human = lint(at, &text, &[]);
    assert_eq!((human.code, human.stderr.as_str()), (Some(0), ""));
    assert!(human.stdout.contains("1 finding ignored by a comment"), "{}", human.stdout);
    assert!(
        human.stdout.contains("nothing found") && !human.stdout.contains("cache-option-ignored"),
        "{}",
        human.stdout
    );
    for form in ["short", "json", "junit", "github", "markdown"] {
        let ran = lint(at, &text, &["--format", form]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{form}");
        assert!(!ran.stdout.contains("cache-option-ignored"), "{form}: {}", ran.stdout);
    }
    let (_, report) = json(at, &["lint", "--release", "queens", "nova.conf"]);
    assert_eq!(report["verdict"]["status"], "pass");
    let sarif = lint(at, &text, &["--format", "sarif"]).json();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(
        (&result["ruleId"], &result["suppressions"][0]["kind"]),
        (&"cache-option-ignored".into(), &"inSource".into())
    );
    let verbose = lint(at, &text, &["-v"]).stdout;
    assert!(verbose.contains("\nignored   cache-option-ignored nova.conf:4:1\n"), "{verbose}");
    let plain = lint(at, &commented("# a comment"), &[]);
    assert!(plain.code == Some(1) && !plain.stdout.contains("ignored by"), "{}", plain.stdout);
}

#[test]
fn a_comment_acts_on_the_next_line_alone() {
    let dir = tempfile::tempdir().unwrap();
    let code = |text: &str| lint(dir.path(), text, &[]).code;
    for comment in [
        "; vncdoctor: allow[cache-option-ignored]",
        "#vncdoctor:disable cache_option_ignored",
        "# vncdoctor: ignore token-stored",
        "# vncdoctor: ignore cache-option-ignored, cache-backend-null -- see the ticket",
        "# vncdoctor: ignore cache-option-ignored\n# and why",
        "# vncdoctor: ignore cache-backend-null\n# vncdoctor: ignore cache-option-ignored",
    ] {
        assert_eq!(code(&commented(comment)), Some(0), "{comment}");
    }
    for comment in [
        "# vncdoctor: ignore cache-backend-null",
        "# vncdoctor: ignore cache-option-ignored\n",
        "# vncdoctor: ignore cache-option-ignored\ndebug = true",
        " # vncdoctor: ignore cache-option-ignored",
        "# not so: vncdoctor: ignore cache-option-ignored",
    ] {
        assert_eq!(code(&commented(comment)), Some(1), "{comment}");
    }
}

#[test]
fn a_comment_stands_above_a_bad_line_too() {
    let dir = tempfile::tempdir().unwrap();
    let text = |comment: &str| format!("[DEFAULT]\nmy_ip = 192.0.2.11\n{comment}\nno assignment\n");
    assert_eq!(lint(dir.path(), &text("#"), &[]).code, Some(1));
    let ran = lint(dir.path(), &text("# vncdoctor: ignore nova-conf-refused"), &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
}

#[test]
fn every_id_can_be_named_in_a_comment() {
    for id in CAUSES.iter().map(|cause| cause.meta.id).chain(STEPS.iter().map(|step| step.meta.id)) {
        let parsed = ini::parse(format!("[a]\n# vncdoctor: ignore {id}\nb = 1\n").as_bytes());
        assert_eq!(parsed.markers[0].ids, [id]);
        assert!(parsed.markers[0].covers(3));
    }
    let quiet = serde_json::to_value(ini::parse(b"[a]\n# a comment\nb = 1\n")).unwrap();
    assert!(quiet.get("markers").is_none(), "nothing is kept of other comments: {quiet}");
}

#[test]
fn a_comment_with_an_unknown_id_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    for (comment, words) in [
        (
            "# vncdoctor: ignore cache-option-ignore",
            "nova.conf:3: the comment ignores what is not there: there is no step or cause \"cache-option-ignore\"; \
             did you mean \"cache-option-ignored\"?",
        ),
        ("# vncdoctor: ignore", "nova.conf:3: the comment ignores nothing; name a cause: # vncdoctor: ignore CAUSE-ID"),
        (
            "# vncdoctor: ignore cache-option-ignored because hunter2",
            "nova.conf:3: the comment ignores a word that is no step or cause; a reason goes behind --",
        ),
        (
            "# vncdoctor: ingore cache-option-ignored",
            "nova.conf:3: the comment asks vncdoctor for what it does not do; did you mean \"ignore\"?",
        ),
    ] {
        for form in ["human", "json", "sarif", "junit", "github", "markdown"] {
            refused(&lint(at, &commented(comment), &["--format", form]), words);
        }
        refused(&run(at, &["check", "--offline", "--config", "nova.conf"]), words);
    }
}

#[test]
fn a_comment_that_ignores_nothing_is_a_note() {
    let dir = tempfile::tempdir().unwrap();
    let text = commented("# vncdoctor: ignore cache-option-ignored, cache-backend-null");
    let note = "nova.conf:3: the comment ignores cache-backend-null, which is not found below it";
    let human = lint(dir.path(), &text, &[]);
    assert_eq!((human.code, human.stderr.as_str()), (Some(0), ""));
    assert!(human.stdout.contains(&format!("note      {note}\n")), "{}", human.stdout);
    let markdown = lint(dir.path(), &text, &["--format", "markdown"]);
    assert_eq!((markdown.code, markdown.stderr.as_str()), (Some(0), ""));
    assert!(markdown.stdout.contains("\n- note: nova.conf:3: "), "{}", markdown.stdout);
    for form in ["json", "short", "sarif", "junit", "github"] {
        let ran = lint(dir.path(), &text, &["--format", form]);
        assert_eq!((ran.code, ran.stderr), (Some(0), format!("vncdoctor: note: {note}\n")), "{form}");
        assert!(!ran.stdout.contains("which is not found"), "{form}");
    }
}

#[test]
fn check_and_bundles_heed_comments() {
    let dir = broken_site();
    let text = std::fs::read_to_string(dir.path().join("ctl1.conf")).unwrap();
    for (name, text) in [("ctl1.conf", &text), ("ctl2.conf", &text.replace("192.0.2.11\nmem", "192.0.2.12\nmem"))] {
        let text = text.replace("memcached_servers", "# vncdoctor: ignore cache-option-ignored\nmemcached_servers");
        write(dir.path(), name, &text);
    }
    let live = run(dir.path(), &on_site("check", &["--offline"]));
    assert!(live.stdout.contains("1 finding ignored by a comment"), "{}", live.stdout);
    let (_, report) = json(dir.path(), &on_site("check", &["--offline"]));
    assert!(!causes(&report).contains(&"cache-option-ignored"), "{report:#}");
    assert_ne!(report["steps"][9]["status"], "fail", "{report:#}");
    run(dir.path(), &on_site("collect", &["--offline", "--output", "site.json"]));
    let (_, saved) = json(dir.path(), &["check", "--bundle", "site.json"]);
    assert_eq!(causes(&saved), causes(&report));
}

#[test]
fn settings_say_the_release_of_each_path() {
    let dir = broken_site();
    let at = dir.path();
    for release in ["queens", "rocky"] {
        std::fs::create_dir_all(at.join("deploy").join(release)).unwrap();
        std::fs::copy(at.join("ctl1.conf"), at.join("deploy").join(release).join("nova.conf")).unwrap();
    }
    write(
        at,
        "vncdoctor.ini",
        "; of this repository\n[vncdoctor]\nrelease = train\n[path deploy/queens/**]\nrelease = queens\n[path deploy/rocky/*.conf]\nrelease=18\n",
    );
    let number = |args: &[&str]| json(at, args).1["release"]["number"].as_u64();
    assert_eq!(number(&["lint", "deploy/queens/nova.conf"]), Some(17));
    assert_eq!(number(&["lint", "./deploy/queens/nova.conf"]), Some(17));
    assert_eq!(number(&["lint", &at.join("deploy/queens/nova.conf").display().to_string()]), Some(17));
    assert_eq!(number(&["lint", "deploy/rocky/nova.conf"]), Some(18));
    assert_eq!(number(&["lint", "ctl1.conf"]), Some(20));
    assert_eq!(number(&["lint", "deploy/queens/nova.conf", "--release", "ussuri"]), Some(21));
    assert_eq!(number(&["lint", "deploy/queens/nova.conf", "--no-settings"]), None);
    assert_eq!(number(&["check", "--offline", "--config", "deploy/queens/nova.conf"]), Some(17));
    let two = ["lint", "a=deploy/queens/nova.conf", "b=deploy/rocky/nova.conf"];
    refused(
        &run(at, &two),
        "vncdoctor.ini: [path deploy/queens/**] says queens, [path deploy/rocky/*.conf] says rocky, and \
         deploy/rocky/nova.conf is judged with the other; give --release",
    );
    assert_eq!(number(&[&two[..], &["--release", "17"]].concat()), Some(17));
}

#[test]
fn settings_name_the_inputs_where_the_command_line_names_none() {
    let dir = broken_site();
    let at = dir.path();
    write(at, "quiet.log", "nothing of nova\n");
    write(
        at,
        "vncdoctor.ini",
        "[vncdoctor]\nrelease = queens\nconfig = ctl1:controller=ctl1.conf\nconfig = cmp1:compute=cmp1.conf\nlog = ctl1=quiet.log\n",
    );
    let hosts = |args: &[&str]| -> Vec<String> {
        let report = json(at, args).1;
        let examined = report["hosts"].as_array().unwrap().iter().filter(|host| host["examined"] == true);
        examined.map(|host| host["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(hosts(&["lint"]), ["ctl1", "cmp1"]);
    assert_eq!(hosts(&["check", "--offline"]), ["ctl1", "cmp1"]);
    assert_eq!(hosts(&["logs"]), ["ctl1", "cmp1"]);
    assert_eq!(hosts(&["lint", "--config", "ctl2=ctl2.conf"]), ["ctl2"]);
    assert_eq!(hosts(&["lint", "cmp1.conf"]), ["this host"]);
    for verb in ["lint", "logs"] {
        assert_eq!(run(at, &[verb, "--no-settings"]).code, Some(2));
    }
}

#[test]
fn settings_leave_out_causes_and_say_what_fails() {
    let dir = broken_site();
    let at = dir.path();
    let lint = |settings: &str, more: &[&str]| {
        write(at, "vncdoctor.ini", settings);
        run(at, &[&["lint", "--release", "queens", "ctl1.conf"], more].concat())
    };
    let skip = "[vncdoctor]\nskip = cache-option-ignored, url-damaged\n";
    assert_eq!(lint("", &[]).code, Some(1));
    assert_eq!(lint(skip, &[]).code, Some(0));
    assert_eq!(lint(skip, &["--no-settings"]).code, Some(1));
    assert_eq!(lint(skip, &["--only", "cache-option-ignored"]).code, Some(1));
    assert_eq!(lint("[path ctl*.conf]\nskip = token-stored\n", &[]).code, Some(0));
    assert_eq!(lint("[path cmp*.conf]\nskip = token-stored\n", &[]).code, Some(1));
    assert_eq!(lint("[vncdoctor]\nfail-on = never\n", &[]).code, Some(0));
    assert_eq!(lint("[vncdoctor]\nfail-on = never\n", &["--fail-on", "error"]).code, Some(1));
    write(at, "other.ini", "[vncdoctor]\nfail-on = never\n");
    let ran = lint("[vncdoctor]\nnonsense = 1\n", &["--settings", "other.ini"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(run(at, &["lint", "--release", "queens", "ctl1.conf", "--settings", "none.ini"]).code, Some(2));
    assert!(lint("", &["--settings", "other.ini", "--no-settings"]).stderr.contains("cannot be used with"));
}

#[test]
fn what_settings_misspell_is_named() {
    let dir = broken_site();
    for (settings, words) in [
        ("[vncdoctor]\nskpi = url-damaged\n", "[vncdoctor] unknown key \"skpi\"; did you mean \"skip\"?"),
        (
            "[vncdoctor]\ncolour = red\n",
            "[vncdoctor] unknown key \"colour\"; release, skip, fail-on, baseline, config, log are known here",
        ),
        ("[path a]\nfail-on = error\n", "[path a] unknown key \"fail-on\"; release, skip are known here"),
        (
            "[vncdocter]\n a = 1\n",
            "unknown section [vncdocter]; [vncdoctor] and [path PATTERN] are known; did you mean \"vncdoctor\"?",
        ),
        (
            "[vncdocter]\n",
            "unknown section [vncdocter]; [vncdoctor] and [path PATTERN] are known; did you mean \"vncdoctor\"?",
        ),
        (
            "[path]\nskip = url-damaged\n",
            "unknown section [path]; [vncdoctor] and [path PATTERN] are known; did you mean \"path PATTERN\"?",
        ),
        ("skip = url-damaged\n", "\"skip\" stands above any section; put it under [vncdoctor]"),
        (
            "[vncdoctor]\nskip = url-damagd\n",
            "[vncdoctor] skip: there is no step or cause \"url-damagd\"; did you mean \"url-damaged\"?",
        ),
        (
            "[path x/*]\nskip = url-damagd\n",
            "[path x/*] skip: there is no step or cause \"url-damagd\"; did you mean \"url-damaged\"?",
        ),
        (
            "[vncdoctor]\nfail-on = warnings\n",
            "[vncdoctor] fail-on: \"warnings\" is none of error, warning, never; did you mean \"warning\"?",
        ),
        ("[vncdoctor]\nskip = url-damaged\nskip = token-stored\n", "[vncdoctor] skip: given twice"),
        ("[vncdoctor]\nskip = url-damaged\n[path a]\n[vncdoctor]\nfail-on = never\n", "[vncdoctor] given twice"),
        ("[vncdoctor]\nskip\nfail-on = never\n", "[vncdoctor] \"skip\": a line without ="),
        (
            "[path a/***]\nrelease = queens\n",
            "[path a/***] is no pattern of paths: wildcards are either regular `*` or recursive `**`",
        ),
    ] {
        write(dir.path(), "vncdoctor.ini", settings);
        for verb in [&["lint", "ctl1.conf"][..], &["check", "--offline", "--config", "ctl1.conf"]] {
            refused(&run(dir.path(), verb), &format!("vncdoctor.ini: {words}"));
        }
        assert_eq!(run(dir.path(), &["lint", "--release", "queens", "ctl1.conf", "--no-settings"]).code, Some(1));
    }
    write(dir.path(), "vncdoctor.ini", "[vncdoctor]\nrelease = quens\n");
    let ran = run(dir.path(), &["lint", "ctl1.conf"]);
    assert!(
        ran.code == Some(2) && ran.stderr.starts_with("vncdoctor: vncdoctor.ini: [vncdoctor] release: "),
        "{}",
        ran.stderr
    );
    std::fs::write(dir.path().join("vncdoctor.ini"), b"[vncdoctor]\nskip = \xff\n").unwrap();
    refused(&run(dir.path(), &["lint", "ctl1.conf"]), "vncdoctor.ini: not utf-8");
}

#[test]
fn a_baseline_marks_what_is_known_and_new_findings_fail() {
    let dir = broken_site();
    let at = dir.path();
    let lint = ["lint", "--release", "queens", "ctl1.conf", "cmp1.conf"];
    assert_eq!(run(at, &[&lint[..], &["--format", "json", "--output", "old.json"]].concat()).code, Some(1));
    // lines move, and the baseline still knows it
    let text = std::fs::read_to_string(at.join("ctl1.conf")).unwrap();
    write(at, "ctl1.conf", &format!("# moved\n\n{text}"));
    let again = [&lint[..], &["--baseline", "old.json"]].concat();
    let (code, report) = json(at, &again);
    assert_eq!((code, causes(&report)), (Some(0), vec!["cache-option-ignored"]));
    assert_eq!((&report["findings"][0]["baseline"], &report["verdict"]["status"]), (&true.into(), &"pass".into()));
    assert_eq!(report["verdict"]["message"], "nothing new found");
    let human = run(at, &again).stdout;
    assert!(
        human.contains("(certain, known from the baseline)") && human.contains("1 finding known from the baseline"),
        "{human}"
    );
    let state = |args: &[&str]| -> Vec<String> {
        let document = run(at, &[args, &["--format", "sarif"]].concat()).json();
        let results = document["runs"][0]["results"].as_array().unwrap().clone();
        results.iter().map(|result| result["baselineState"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(state(&again), ["unchanged"]);
    let junit = run(at, &[&again[..], &["--format", "junit"]].concat()).stdout;
    assert!(
        junit.contains("failures=\"0\"") && junit.contains("<skipped message=\"known from the baseline: "),
        "{junit}"
    );
    let github = run(at, &[&again[..], &["--format", "github"]].concat()).stdout;
    assert!(
        github.starts_with("::notice file=ctl1.conf,line=6,") && github.contains("known from the baseline"),
        "{github}"
    );
    // a new one fails, and the report may be the next baseline
    write(at, "cmp1.conf", "[DEFAULT]\nno assignment\n");
    let (code, report) = json(at, &again);
    assert_eq!(code, Some(1));
    let marks: Vec<bool> =
        report["findings"].as_array().unwrap().iter().map(|f| f["baseline"].as_bool().unwrap()).collect();
    assert!(marks.contains(&true) && marks.contains(&false), "{report:#}");
    assert_eq!(report["verdict"]["cause"], "nova-conf-refused");
    write(at, "new.json", &report.to_string());
    write(at, "vncdoctor.ini", "[vncdoctor]\nbaseline = new.json\n");
    assert_eq!(run(at, &lint).code, Some(0));
    assert_eq!(run(at, &again).code, Some(1), "the command line wins");
    // without a baseline there is no mark
    let (_, report) = json(at, &[&lint[..], &["--no-settings"]].concat());
    assert!(report["findings"].as_array().unwrap().iter().all(|finding| finding.get("baseline").is_none()));
}

#[test]
fn the_refused_line_behind_a_known_one_is_new() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    let lint = ["lint", "--release", "queens", "nova.conf"];
    let known = |text: &str| {
        write(at, "nova.conf", text);
        let (code, report) = json(at, &[&lint[..], &["--baseline", "old.json"]].concat());
        (code, report["findings"][0]["line"].clone(), report["findings"][0]["baseline"].clone())
    };
    write(at, "nova.conf", "[DEFAULT]\nno assignment\nmy_ip = 192.0.2.11\nnone here\n");
    run(at, &[&lint[..], &["--format", "json", "--output", "old.json"]].concat());
    let moved = known("# moved\n[DEFAULT]\n\nno assignment\nmy_ip = 192.0.2.11\nnone here\n");
    assert_eq!(moved, (Some(0), 4.into(), true.into()));
    for mended in
        ["[DEFAULT]\nmy_ip = 192.0.2.11\nnone here\n", "[DEFAULT]\n# no assignment\nmy_ip = 192.0.2.11\nnone here\n"]
    {
        let (code, _, mark) = known(mended);
        assert_eq!((code, mark), (Some(1), false.into()), "{mended}");
    }
    let (code, line, mark) = known("[DEFAULT]\nno assignment\nmy_ip = 192.0.2.11\n[vnc]\nnone here\nnor here\n");
    assert_eq!((code, line, mark), (Some(1), 2.into(), false.into()), "one more line is refused");
}

#[test]
fn a_comment_speaks_of_its_own_line_alone() {
    let dir = broken_site();
    let at = dir.path();
    let lint = on_site("lint", &[]);
    let (_, report) = json(at, &lint);
    let related = |report: &Value| report["findings"][0]["related"].as_array().unwrap().len();
    assert_eq!((&report["findings"][0]["file"], related(&report)), (&"ctl1.conf".into(), 1));
    let ignore = |name: &str| {
        let text = std::fs::read_to_string(at.join(name)).unwrap();
        let comment = "# vncdoctor: ignore cache-option-ignored\nmemcached_servers";
        write(at, name, &text.replace("memcached_servers", comment));
    };
    // the other host's line is still told
    ignore("ctl1.conf");
    let ran = run(at, &lint);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""));
    assert!(ran.stdout.contains("a comment ignores it here, and not in the other lines"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("not found below it"), "{}", ran.stdout);
    let (_, report) = json(at, &lint);
    assert_eq!((causes(&report), related(&report)), (vec!["cache-option-ignored"], 1));
    // and no edit touches the line that is to stay
    let edits = report["findings"][0]["remedy"]["edits"].as_array().cloned().unwrap_or_default();
    assert!(edits.iter().all(|edit| edit["file"] != "ctl1.conf"), "{edits:?}");
    // once both are ignored nothing is left
    ignore("ctl2.conf");
    let ran = run(at, &lint);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
    // a comment at the other line alone takes that line out
    let text = std::fs::read_to_string(at.join("ctl1.conf")).unwrap();
    write(at, "ctl1.conf", &text.replace("# vncdoctor: ignore cache-option-ignored\n", ""));
    let (code, report) = json(at, &lint);
    assert_eq!((code, &report["findings"][0]["file"], related(&report)), (Some(1), &"ctl1.conf".into(), 0));
    assert!(!run(at, &lint).stdout.contains("not found below it"));
}

#[test]
fn of_several_alike_the_baseline_knows_as_many_as_it_has() {
    let dir = broken_site();
    let at = dir.path();
    let lint = ["lint", "--release", "queens", "ctl1.conf"];
    let (_, mut report) = json(at, &lint);
    let finding = report["findings"][0].clone();
    let marks = |report: &Value| -> (Option<i32>, Value) {
        write(at, "old.json", &report.to_string());
        let (code, report) = json(at, &[&lint[..], &["--baseline", "old.json"]].concat());
        (code, report["findings"][0]["baseline"].clone())
    };
    assert_eq!(marks(&report), (Some(0), true.into()));
    report["findings"].as_array_mut().unwrap().push(finding);
    assert_eq!(marks(&report), (Some(0), true.into()));
    report["findings"] = serde_json::json!([]);
    assert_eq!(marks(&report), (Some(1), false.into()));
}

#[test]
fn a_baseline_in_check_counts_for_nothing() {
    let dir = broken_site();
    let args = on_site("check", &["--offline"]);
    let (code, report) = json(dir.path(), &args);
    assert_eq!((code, &report["steps"][9]["status"]), (Some(1), &"fail".into()));
    write(dir.path(), "old.json", &report.to_string());
    let (code, report) = json(dir.path(), &[&args[..], &["--baseline", "old.json"]].concat());
    assert_eq!(code, Some(0), "{report:#}");
    assert_ne!(report["steps"][9]["status"], "fail");
    assert_eq!(report["findings"][0]["baseline"], true);
}

#[test]
fn a_document_that_is_no_report_is_no_baseline() {
    let dir = sound_site();
    let at = dir.path();
    run(at, &on_site("collect", &["--offline", "--output", "bundle.json"]));
    write(at, "text", "no json");
    write(at, "sarif", r#"{"version": "2.1.0", "runs": []}"#);
    write(at, "other", r#"{"schema": 1, "tool": {"name": "other"}, "findings": []}"#);
    write(at, "later", r#"{"schema": 2, "tool": {"name": "vncdoctor"}, "findings": []}"#);
    let tail = "; lint --format json writes one";
    for (file, words) in [
        ("bundle.json", "bundle.json: no report of vncdoctor to compare with: it holds no findings with fingerprints"),
        ("sarif", "sarif: no report of vncdoctor to compare with: it holds no findings with fingerprints"),
        ("text", "text: no report of vncdoctor to compare with: no json at line 1, column 2"),
        ("other", "other: no report of vncdoctor to compare with: another tool wrote it"),
        ("later", "later: no report of vncdoctor to compare with: it is of schema 2; schema 1 is read here"),
    ] {
        refused(&run(at, &["lint", "ctl1.conf", "--baseline", file]), &format!("{words}{tail}"));
    }
    assert_eq!(run(at, &["lint", "ctl1.conf", "--baseline", "none.json"]).code, Some(2));
}

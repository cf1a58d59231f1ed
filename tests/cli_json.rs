//! `--format json` against the checked-in schema, and against what the contract says in words.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;

use cli::{TOKEN, broken_site, on_site, run, sound_site, write};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The steps of the contract.
const STEPS: [&str; 15] = [
    "user-opens-console",
    "api-asked",
    "compute-asked",
    "hypervisor-asked",
    "domain-read",
    "vnc-address-returned",
    "token-made",
    "connect-info-built",
    "token-authorized",
    "token-stored",
    "url-returned",
    "url-opened",
    "proxy-reached",
    "token-checked",
    "vnc-connected",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn schema() -> Value {
    serde_json::from_str(&std::fs::read_to_string(root().join("docs/report.schema.json")).unwrap()).unwrap()
}

/// Fails with every place where a document breaks the schema of its kind.
fn fits(kind: &str, document: &Value) {
    let mut schema = schema();
    let object = schema.as_object_mut().unwrap();
    object.remove("oneOf");
    object.insert("$ref".to_owned(), format!("#/$defs/{kind}").into());
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path)).collect();
    assert!(errors.is_empty(), "{}\n{document:#}", errors.join("\n"));
}

/// A report that fits, with the exit code it ended with.
fn report(dir: &Path, args: &[&str]) -> (Option<i32>, Value) {
    let args = [args, &["--format", "json"]].concat();
    let ran = run(dir, &args);
    let document = ran.json();
    fits("report", &document);
    assert_eq!(ran.stderr, "", "{args:?}");
    (ran.code, document)
}

fn numbers(document: &Value) -> Vec<u64> {
    document["steps"].as_array().unwrap().iter().map(|step| step["number"].as_u64().unwrap()).collect()
}

fn strict(value: &Value, path: &str) {
    if value.get("type").is_some_and(|kind| kind == "object") {
        assert_eq!(value.get("additionalProperties"), Some(&Value::Bool(false)), "{path}");
    }
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| strict(value, &format!("{path}/{key}"))),
        Value::Array(list) => list.iter().for_each(|value| strict(value, path)),
        _ => {}
    }
}

#[test]
fn the_schema_is_one_of_2020_12() {
    let schema = schema();
    assert!(jsonschema::draft202012::meta::is_valid(&schema));
    // strict: every object says what else it may hold
    strict(&schema, "");
}

#[test]
fn a_broken_site_names_step_and_cause() {
    let dir = broken_site();
    let (code, document) = report(dir.path(), &on_site("check", &["--offline"]));
    assert_eq!(code, Some(1));
    assert_eq!(document["verdict"]["status"], "fail");
    assert_eq!(document["verdict"]["step"], 10);
    assert_eq!(document["verdict"]["cause"], "cache-option-ignored");
    assert_eq!(numbers(&document), (1..=15).collect::<Vec<u64>>());
    let ids: Vec<&str> = document["steps"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap()).collect();
    assert_eq!(ids, STEPS);
    let step = &document["steps"][9];
    assert_eq!((&step["status"], &step["number"]), (&"fail".into(), &10.into()));
    let blocked = &document["steps"][13];
    assert_eq!((&blocked["status"], &blocked["blocked_by"]), (&"blocked".into(), &10.into()));
    let finding = &document["findings"][0];
    assert_eq!(finding["host"], "ctl1");
    assert_eq!(finding["service"], "consoleauth");
    assert_eq!(finding["file"], "ctl1.conf");
    assert_eq!((finding["line"].as_u64(), finding["column"].as_u64()), (Some(4), Some(1)));
    assert_eq!((finding["end_line"].as_u64(), finding["end_column"].as_u64()), (Some(4), Some(18)));
    assert_eq!((&finding["section"], &finding["option"]), (&"DEFAULT".into(), &"memcached_servers".into()));
    assert_eq!(finding["remedy"]["restart"], serde_json::json!(["nova-consoleauth"]));
    assert_eq!(finding["related"][0]["host"], "ctl2");
    let release = serde_json::json!({"number": 17, "name": "queens", "from": "flag"});
    assert_eq!(document["release"], release);
    assert_eq!(document["target"], serde_json::json!({"kind": "none"}));
    let hosts: Vec<&str> = document["hosts"].as_array().unwrap().iter().map(|h| h["name"].as_str().unwrap()).collect();
    assert_eq!(&hosts[..3], ["ctl1", "ctl2", "cmp1"]);
    assert_eq!(document["hosts"][2]["roles"], serde_json::json!(["compute"]));
}

#[test]
fn a_sound_site_has_no_step_and_no_cause() {
    let dir = sound_site();
    let (code, document) = report(dir.path(), &on_site("check", &["--offline"]));
    assert_eq!(code, Some(0), "{document:#}");
    let verdict = document["verdict"].as_object().unwrap();
    assert_eq!(verdict["status"], "pass");
    assert!(!verdict.contains_key("step") && !verdict.contains_key("cause"));
    assert_eq!(document["findings"], serde_json::json!([]));
}

#[test]
fn a_point_version_is_kept_and_an_unknown_release_is_absent() {
    let dir = sound_site();
    let (_, document) = report(dir.path(), &["lint", "--release", "17.0.13", "ctl1.conf"]);
    assert_eq!(
        document["release"],
        serde_json::json!({"number": 17, "name": "queens", "version": "17.0.13", "from": "flag"})
    );
    let (_, document) = report(dir.path(), &["lint", "cmp1.conf"]);
    assert_eq!(document["release"], serde_json::json!({"from": "unknown"}));
}

#[test]
fn the_token_is_shown_as_the_start_of_its_sha256() {
    let dir = sound_site();
    let (_, document) = report(dir.path(), &on_site("check", &["--offline", "--token", TOKEN]));
    assert_eq!(document["target"], serde_json::json!({"kind": "token", "token": "fd0ff4a3"}));
    let url = format!("http://203.0.113.10:6080/vnc_auto.html?token={TOKEN}");
    let (_, document) = report(dir.path(), &on_site("check", &["--offline", "--url", &url]));
    assert_eq!(document["target"], serde_json::json!({"kind": "url", "token": "fd0ff4a3"}));
    assert!(!document.to_string().contains(TOKEN));
}

#[test]
fn lint_and_logs_print_no_steps() {
    let dir = broken_site();
    for args in [on_site("lint", &[]), vec!["lint", "ctl1.conf", "ctl2.conf", "cmp1.conf", "--release", "17"]] {
        let (code, document) = report(dir.path(), &args);
        assert_eq!(code, Some(1));
        assert_eq!(document["command"], "lint");
        assert_eq!(document["verdict"]["cause"], "cache-option-ignored");
    }
    // two files of no named host are no site: each has its own finding, neither names the other
    let (_, document) = report(dir.path(), &["lint", "--release", "17", "ctl1.conf", "ctl2.conf"]);
    let findings = document["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 2, "{document:#}");
    assert!(findings.iter().all(|finding| finding["related"] == serde_json::json!([])), "{document:#}");
}

#[test]
fn every_recorded_log_gives_a_report() {
    let logs = root().join("fixtures/logs");
    let mut seen = 0;
    for entry in std::fs::read_dir(&logs).unwrap() {
        let entry = entry.unwrap();
        if !entry.file_type().unwrap().is_dir() {
            continue;
        }
        let name = entry.file_name().into_string().unwrap();
        let (code, document) = report(&logs, &["logs", &name]);
        assert!(matches!(code, Some(0 | 1)), "{name}: {code:?}");
        assert_eq!(document["command"], "logs", "{name}");
        let log = format!("ctl1={name}");
        let (_, document) = report(&logs, &["check", "--offline", "--log", &log]);
        assert_eq!(numbers(&document), (1..=15).collect::<Vec<u64>>(), "{name}");
        seen += 1;
    }
    assert!(seen >= 20, "{seen} folders");
}

#[test]
fn a_bundle_gives_the_report_that_its_inputs_gave() {
    let dir = broken_site();
    let collected = run(dir.path(), &on_site("collect", &["--offline", "--output", "site.json"]));
    assert_eq!((collected.code, collected.stdout.as_str()), (Some(0), ""), "{}", collected.stderr);
    let (code, saved) = report(dir.path(), &["check", "--bundle", "site.json"]);
    let (_, live) = report(dir.path(), &on_site("check", &["--offline"]));
    assert_eq!(code, Some(1));
    for key in ["release", "target", "hosts", "verdict", "steps", "findings"] {
        assert_eq!(saved[key], live[key], "{key}");
    }
    let (_, linted) = report(dir.path(), &["lint", "--bundle", "site.json"]);
    assert_eq!(linted["findings"], live["findings"]);
    let rows = run(dir.path(), &["config", "--bundle", "site.json", "--format", "json"]).json();
    fits("config", &rows);
    assert_eq!(rows, run(dir.path(), &on_site("config", &["--format", "json"])).json());
}

#[test]
fn a_report_with_a_baseline_fits_too() {
    let dir = broken_site();
    let (_, old) = report(dir.path(), &on_site("lint", &[]));
    write(dir.path(), "old.json", &old.to_string());
    let (code, document) = report(dir.path(), &on_site("lint", &["--baseline", "old.json"]));
    assert_eq!((code, &document["findings"][0]["baseline"]), (Some(0), &true.into()));
}

#[test]
fn a_file_that_oslo_refuses_is_a_finding_and_the_rest_is_judged() {
    let dir = broken_site();
    std::fs::write(dir.path().join("ctl2.conf"), b"\xef\xbb\xbf[DEFAULT]\ndebug = true\n").unwrap();
    let (code, document) = report(dir.path(), &on_site("check", &["--offline"]));
    assert_eq!(code, Some(1));
    let hosts = |cause: &str| -> Vec<String> {
        let findings = document["findings"].as_array().unwrap().iter();
        findings.filter(|f| f["cause"] == cause).map(|f| f["host"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(hosts("nova-conf-refused"), ["ctl2"], "{document:#}");
    assert_eq!(hosts("cache-option-ignored"), ["ctl1"], "{document:#}");
}

#[test]
fn explain_lists_steps_and_causes() {
    let dir = tempfile::tempdir().unwrap();
    let document = run(dir.path(), &["explain", "--format", "json"]).json();
    fits("explain", &document);
    let ids: Vec<&str> = document["steps"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap()).collect();
    assert_eq!(ids, STEPS);
    assert!(document["causes"].as_array().unwrap().len() >= 30);
    let one = run(dir.path(), &["explain", "cache-option-ignored", "--format", "json"]).json();
    fits("explain", &one);
    assert_eq!(one["causes"][0]["id"], "cache-option-ignored");
    assert_eq!((one["causes"].as_array().unwrap().len(), one["steps"].as_array().unwrap().len()), (1, 0));
    for name in ["10", "token-stored"] {
        let step = run(dir.path(), &["explain", name, "--format", "json"]).json();
        fits("explain", &step);
        assert_eq!(step["steps"][0]["number"], 10);
    }
}

#[test]
fn config_lists_what_each_service_sees() {
    let dir = broken_site();
    write(dir.path(), "odd.conf", "[vnc]\nenabled = perhaps\nserver_listen = 0.0.0.0\n");
    let rows =
        run(dir.path(), &["config", "--format", "json", "--release", "queens", "ctl1:controller=ctl1.conf"]).json();
    fits("config", &rows);
    let row = |rows: &Value, section: &str, option: &str| -> Value {
        let found = rows.as_array().unwrap().iter().find(|r| r["section"] == section && r["option"] == option);
        found.unwrap_or_else(|| panic!("no row of [{section}] {option}")).clone()
    };
    let address = row(&rows, "vnc", "server_proxyclient_address");
    assert_eq!(
        address,
        serde_json::json!({"host": "ctl1", "service": address["service"], "section": "vnc",
            "option": "server_proxyclient_address", "value": "192.0.2.11", "raw": "$my_ip", "file": "ctl1.conf",
            "line": 9, "from": "file", "known": true})
    );
    let ttl = row(&rows, "consoleauth", "token_ttl");
    assert_eq!((&ttl["value"], &ttl["from"]), (&600.into(), &"default".into()));
    assert!(ttl.get("file").is_none() && ttl.get("raw").is_none());
    assert_eq!(row(&rows, "DEFAULT", "memcached_servers")["known"], false);
    let url = row(&rows, "DEFAULT", "transport_url");
    assert_eq!(url["value"], "rabbit://***@192.0.2.11:5672/");
    assert!(!rows.to_string().contains("Ra88it"));
    let rows = run(dir.path(), &["config", "--format", "json", "--config", "cmp1:compute=odd.conf"]).json();
    fits("config", &rows);
    let refused = row(&rows, "vnc", "enabled");
    assert_eq!(refused["raw"], "perhaps");
    assert!(refused.get("value").is_none());
}

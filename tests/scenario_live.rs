//! `--server`: the built program against a cloud's APIs and a console proxy behind them, healthy and broken in every way that
//! shows over the wire.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, missing_docs)]

#[path = "fakes/mod.rs"]
mod fakes;
#[path = "parts/mod.rs"]
mod parts;
mod scenario;

use fakes::cloud::{Cloud, KEYSTONE_TOKEN, PASSWORD};
use fakes::{Fake, Script, Then, vnc};
use scenario::{Report, TOKEN};
use std::process::{Command, Output};

/// Runs the program with `OS_*` of a cloud and nothing else of the environment.
fn output(variables: &[(&'static str, String)], args: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_vncdoctor"));
    command.args(args).env_clear().env("NO_COLOR", "1").env("HOME", folder.path()).current_dir(folder.path());
    let done = command.envs(variables.iter().cloned()).output().unwrap();
    let text = [done.stdout.as_slice(), done.stderr.as_slice()].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    for secret in [PASSWORD, KEYSTONE_TOKEN, TOKEN] {
        assert!(!text.contains(secret), "a secret in {text}");
    }
    done
}

/// A report of a server's console.
fn check(cloud: &Cloud, more: &[&str]) -> Report {
    let args = ["check", "--format", "json", "--timeout", "2", "--patience", "1", "--server", "web-1"];
    let began = std::time::Instant::now();
    let done = output(&cloud.variables(), &[&args[..], more].concat());
    let (out, err) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
    assert!(err.is_empty(), "{err}");
    let json = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"));
    Report { code: done.status.code().unwrap(), json, took: began.elapsed() }
}

/// A console that opens, and the cloud that hands out its URL.
async fn healthy() -> (Cloud, Fake) {
    let proxy = Fake::start(Script::Proxy { pages: &["/vnc_lite.html"], then: Then::Frames(vnc()) }).await;
    let url = format!("http://127.0.0.1:{}/vnc_lite.html?path=%3Ftoken%3D{TOKEN}", proxy.port);
    (Cloud::start(&url).await, proxy)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_server_walks_all_fifteen_steps() {
    let (cloud, _proxy) = healthy().await;
    let report = check(&cloud, &[]);
    report.is_silent();
    assert_eq!(report.json["target"]["kind"], "server");
    assert_eq!(report.json["release"]["from"], "api", "{report}");
    assert_eq!(report.json["release"]["number"], 34);
    for step in 1..=15 {
        assert_eq!(report.status(step), "pass", "step {step}: {report}");
    }
}

//! What cannot be used is said in one line on stderr, and how a run ends is a number of the contract.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;

use cli::{COMPUTE, Ran, TOKEN, broken_site, on_site, program, run, sound_site, write};
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Exit code 2, nothing on stdout, one line on stderr that holds these words and starts in lower case.
fn refused(ran: &Ran, words: &str) {
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
    let line = ran.stderr.strip_suffix('\n').unwrap_or_default();
    let message = line.strip_prefix("vncdoctor: ").unwrap_or_else(|| panic!("{line:?}"));
    assert!(!message.contains('\n'), "{message:?}");
    assert!(!message.starts_with(|c: char| c.is_uppercase()), "{message:?}");
    assert!(message.contains(words), "{message:?} does not say {words:?}");
}

/// The same for a run, in every format.
fn refuses(dir: &Path, args: &[&str], words: &str) {
    refused(&run(dir, args), words);
    refused(&run(dir, &[args, &["--format", "json"]].concat()), words);
}

fn code(dir: &Path, args: &[&str]) -> Option<i32> {
    run(dir, args).code
}

#[test]
fn a_path_that_is_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    std::fs::create_dir(at.join("empty")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at.join("socket")).unwrap();
    assert!(Command::new("mkfifo").arg(at.join("pipe")).status().expect("mkfifo of coreutils").success());
    for (path, words) in [
        ("nowhere", "nowhere: no such file or directory"),
        ("socket", "socket: is a socket, not a file"),
        ("pipe", "pipe: is a named pipe, not a file"),
        ("/dev/zero", "/dev/zero: is a device, not a file"),
    ] {
        refuses(at, &["lint", path], words);
        refuses(at, &["config", path], words);
        refuses(at, &["logs", path], words);
        refuses(at, &["check", "--offline", "--config", path], words);
        refuses(at, &["check", "--offline", "--log", path], words);
        refuses(at, &["check", "--bundle", path], words);
        refused(&run(at, &["collect", "--offline", "--config", path]), words);
    }
    refuses(at, &["lint", "empty"], "empty: no nova.conf in this directory or below it");
    refuses(at, &["logs", "empty"], "empty: no log of a nova service in this directory or below it");
    refuses(at, &["check", "--bundle", "empty"], "empty: is a directory");
    refuses(at, &["lint", "two\nlines"], r"two\nlines: no such file or directory");
    refuses(at, &["lint", ""], "names no path");
    refuses(at, &["check", "--offline", "--config", "ctl1="], "names no path");
    refuses(at, &["check", "--offline", "--log", "ctl1="], "names no path");
}

/// The user nobody may not read it. Root may read everything, so the program is then run as nobody.
#[test]
fn a_file_that_may_not_be_read() {
    let dir = broken_site();
    let at = dir.path();
    let mode = |name: &str, mode| {
        std::fs::set_permissions(at.join(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    std::fs::copy(env!("CARGO_BIN_EXE_vncdoctor"), at.join("program")).unwrap();
    for (name, bits) in [(".", 0o755), ("program", 0o755), ("ctl1.conf", 0o000), ("ctl2.conf", 0o644)] {
        mode(name, bits);
    }
    let root = std::fs::metadata("/proc/self").map(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0).unwrap();
    let as_nobody = |args: &[&str]| {
        let mut command = Command::new(if root { "setpriv" } else { "./program" });
        if root {
            command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "./program"]);
        }
        Ran::of(&command.args(args).current_dir(at).output().expect("setpriv of util-linux"))
    };
    let words = "ctl1.conf: permission denied (try: sudo cat ctl1.conf)";
    refused(&as_nobody(&["lint", "ctl1.conf"]), words);
    refused(&as_nobody(&["check", "--offline", "--config", "a=ctl2.conf", "--config", "b=ctl1.conf"]), words);
    assert_eq!(as_nobody(&["lint", "--release", "17", "ctl2.conf"]).code, Some(1));
}

#[test]
fn a_token_that_is_none() {
    let dir = sound_site();
    for (token, words) in [
        ("", "the token is empty"),
        ("gAAAAABfN0x1Vn3u5m2y8w9z0a1b2c3d4e5f6g7h8i9j0", "keystone token (fernet)"),
        ("0123456789abcdef0123456789abcdef", "32 hex digits"),
        ("2d5a9f04 9c0e", "white space"),
        ("http://vip:6080/vnc_auto.html", "this is a url, not a token"),
        ("2D5A9F04-9C0E-4F6E-8E3A-0F2F8B7C1A11", "capitals"),
        ("2d5a9f04-9c0e-4f6e", "cut off: 18 of 36"),
        ("correct horse", "white space"),
        ("swordfish", "uuid of 36 characters"),
    ] {
        refuses(dir.path(), &["check", "--offline", "--token", token], words);
        let ran = run(dir.path(), &["logs", "ctl1.conf", "--token", token]);
        refused(&ran, words);
        assert!(token.len() < 9 || !ran.stderr.contains(token), "{}", ran.stderr);
    }
}

#[test]
fn a_url_that_is_none_or_of_another_console() {
    let dir = sound_site();
    for (url, words) in [
        ("", "the url is empty"),
        ("nope", "this is no url"),
        ("http://", "names no host"),
        ("http://vip:0/vnc_auto.html", "port"),
        ("ftp://vip/vnc_auto.html", "unknown scheme"),
        ("http://vip:6082/spice_auto.html?token=", "spice-html5 console"),
        ("ws://vip:6083/?token=", "serial console"),
        ("https://vip:6090/mks.html?token=", "webmks console"),
    ] {
        let whole = format!("{url}{}", if url.ends_with('=') { TOKEN } else { "" });
        let ran = run(dir.path(), &["check", "--offline", "--format", "json", "--url", &whole]);
        refused(&ran, words);
        assert!(!ran.stderr.contains(TOKEN));
    }
    // pasted without its flag: said, and not repeated
    let ran = run(dir.path(), &["check", &format!("http://vip:6080/vnc_auto.html?token={TOKEN}")]);
    refused(&ran, "a console url goes behind --url");
    assert!(!ran.stderr.contains(TOKEN));
    // something else in the token's place is a finding, not a misuse
    let url = "http://vip:6080/vnc_auto.html?token=gAAAAABfN0x1Vn3u5m2y8w9z0a1b2c3d4e5f6g7h8i9j0";
    let ran = run(dir.path(), &["check", "--offline", "--url", url, "--format", "json"]);
    assert_eq!((ran.code, ran.json()["verdict"]["cause"].as_str()), (Some(1), Some("not-a-console-token")));
}

#[test]
fn words_that_mean_nothing() {
    let dir = sound_site();
    let at = dir.path();
    for (args, words) in [
        (&["lint", "ctl1.conf", "--release", "quens"][..], "no release is called \"quens\"; did you mean \"queens\"?"),
        (&["lint", "ctl1.conf", "--release", "kilo"], "older than 12 (liberty)"),
        (&["lint", "ctl1.conf", "--release", "35"], "newer than 34"),
        (&["lint", "ctl1.conf", "--release", ""], "a name like queens"),
        (&["lint", "--config", "a:novncprxy=ctl1.conf"], "unknown service \"novncprxy\"; did you mean \"novncproxy\"?"),
        (&["lint", "--config", "a:horizon=ctl1.conf"], "one of consoleauth, novncproxy"),
        (
            &["lint", "--config", "a:api=ctl1.conf", "--config", "a:compute=ctl1.conf"],
            "ctl1.conf is given to a for two services",
        ),
        (&["lint", "a:api=ctl1.conf", "a:compute=ctl1.conf"], "ctl1.conf is given to a for two services"),
        (&["lint", "--only", "token-stord", "ctl1.conf"], "did you mean \"token-stored\"?"),
        (&["lint", "--skip", "cache-option-ignord", "ctl1.conf"], "did you mean \"cache-option-ignored\"?"),
        (&["check", "--skip", "zzz"], "no step or cause \"zzz\"; see the list: vncdoctor explain"),
        (&["explain", "vnc-port-close"], "did you mean \"vnc-port-closed\"?"),
        (&["explain", "16"], "no step or cause \"16\""),
        (&["lint"], "name a nova.conf"),
        (&["logs"], "name a log file"),
        (&["check", "--url", "http://vip/", "--token", TOKEN], "cannot be used with"),
        (&["check", "--timeout", "0"], "a number of seconds above 0"),
        (&["check", "--patience", "soon"], "a number of seconds above 0"),
        (&["check", "--fail-on", "sometimes"], "possible values: error, warning, never"),
        (&["check", "--ofline"], "a similar argument exists: '--offline'"),
        (&["lint", "ctl1.conf", "--timeout", "3"], "unexpected argument '--timeout'"),
        (&["chek"], "a similar subcommand exists: 'check'"),
    ] {
        refused(&run(at, args), words);
    }
    refused(&run(at, &["lint", "ctl1.conf", "--format", "jsn"]), "invalid value 'jsn'");
    let none = run(at, &[]);
    assert_eq!((none.code, none.stdout.as_str()), (Some(2), ""));
    assert!(none.stderr.contains("Usage: vncdoctor <COMMAND>"), "the help, since nothing was asked for");
}

#[test]
fn a_bundle_that_is_none() {
    let dir = broken_site();
    let at = dir.path();
    assert_eq!(code(at, &on_site("collect", &["--offline", "--output", "whole.json"])), Some(0));
    let whole = std::fs::read_to_string(at.join("whole.json")).unwrap();
    write(at, "cut.json", &whole[..whole.len() / 2]);
    write(at, "text.json", "[DEFAULT]\n");
    write(at, "report.json", "{\"a\": 1}\n");
    write(at, "list.json", "[]\n");
    write(at, "form.json", &whole.replacen("\"schema\": 1", "\"schema\": 2", 1));
    write(at, "empty.json", "");
    for (name, words) in [
        ("cut.json", "not a bundle of vncdoctor: no JSON at line"),
        ("text.json", "not a bundle of vncdoctor: no JSON at line 1"),
        ("report.json", "the key \"schema\" is missing"),
        ("list.json", "the key \"schema\" is missing"),
        ("form.json", "a bundle of form 2; this vncdoctor reads form 1"),
        ("empty.json", "not a bundle of vncdoctor"),
    ] {
        refuses(at, &["check", "--bundle", name], words);
        refuses(at, &["lint", "--bundle", name], words);
    }
    // a report has a schema number, too, and is no bundle
    let report = run(at, &on_site("check", &["--offline", "--format", "json"])).stdout;
    write(at, "report.json", &report);
    refuses(at, &["check", "--bundle", "report.json"], "a report of vncdoctor, not a bundle");
    refuses(at, &["check", "--bundle", "whole.json", "--wait"], "a bundle never changes");
}

#[test]
fn an_output_that_cannot_be_written() {
    let dir = broken_site();
    let at = dir.path();
    std::fs::create_dir(at.join("there")).unwrap();
    refuses(at, &["lint", "ctl1.conf", "--output", "there"], "cannot write there: is a directory");
    refuses(at, &["lint", "ctl1.conf", "--output", "no/where"], "cannot write no/where: no such file or directory");
    refused(&run(at, &["collect", "--offline", "--config", "ctl1.conf", "--output", "there"]), "cannot write there");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full of Linux");
    let output = program(at).arg("explain").stdout(full).stderr(Stdio::piped()).output().unwrap();
    refused(&Ran::of(&output), "cannot write stdout: no space left on device");
    // and one that can: the file holds what stdout would
    let ran = run(at, &["lint", "ctl1.conf", "--release", "17", "--format", "short", "--output", "report"]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(1), "", ""));
    assert!(std::fs::read_to_string(at.join("report")).unwrap().contains("cache-option-ignored"));
}

#[test]
fn a_reader_that_goes_away_changes_nothing() {
    let dir = broken_site();
    let mut child = program(dir.path())
        .args(["config", "--all", "--release", "17", "ctl1.conf", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert_eq!(first, "[\n");
    // the pipe is closed by now, long before the document ends
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn the_exit_code_depends_on_findings_and_fail_on_alone() {
    let broken = broken_site();
    let sound = sound_site();
    for format in ["human", "short", "json"] {
        let with = |more: &[&'static str]| [&["--offline", "--format", format], more].concat();
        let check = |dir: &Path, more: &[&'static str]| code(dir, &on_site("check", &with(more)));
        assert_eq!(check(broken.path(), &[]), Some(1), "{format}");
        assert_eq!(check(broken.path(), &["--fail-on", "warning"]), Some(1), "{format}");
        assert_eq!(check(broken.path(), &["--fail-on", "never"]), Some(0), "{format}");
        assert_eq!(check(broken.path(), &["--skip", "cache-option-ignored"]), Some(0), "{format}");
        assert_eq!(check(broken.path(), &["--skip", "token-stored"]), Some(0), "{format}");
        assert_eq!(check(broken.path(), &["--only", "cache-option-ignored"]), Some(1), "{format}");
        assert_eq!(check(broken.path(), &["--only", "token-stored"]), Some(1), "{format}");
        assert_eq!(check(broken.path(), &["--only", "vnc-port-closed"]), Some(0), "{format}");
        assert_eq!(check(sound.path(), &["--fail-on", "warning"]), Some(0), "{format}");
        // without a release the same line breaks consoles in some releases only: a warning
        let lint =
            |more: &[&'static str]| code(broken.path(), &[&["lint", "ctl1.conf", "--format", format], more].concat());
        assert_eq!(lint(&[]), Some(0), "{format}");
        assert_eq!(lint(&["--fail-on", "warning"]), Some(1), "{format}");
        assert_eq!(lint(&["--release", "queens"]), Some(1), "{format}");
    }
}

#[test]
fn nothing_to_judge_is_neither_healthy_nor_broken() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    write(at, "plain.conf", "[DEFAULT]\ndebug = true\n");
    write(at, "silent.log", "nothing of nova in here\n");
    for format in ["human", "short", "json"] {
        for args in [
            &["check", "--offline", "--release", "2024.1", "--config", "cmp1:compute=plain.conf", "--format", format][..],
            &["check", "--offline", "--log", "silent.log", "--format", format],
            &["logs", "silent.log", "--format", format],
        ] {
            assert_eq!(code(at, args), Some(3), "{args:?}");
        }
    }
    let args = ["check", "--offline", "--release", "2024.1", "--config", "cmp1:compute=plain.conf"];
    // never does not hide that nothing was looked at; bad usage comes before
    assert_eq!(code(at, &[&args[..], &["--fail-on", "never"]].concat()), Some(3));
    assert_eq!(code(at, &[&args[..], &["--only", "nonsense"]].concat()), Some(2));
    // a finding comes before it
    write(at, "plain.conf", "[DEFAULT\ndebug = true\n");
    assert_eq!(code(at, &args), Some(1));
    write(at, "cmp1.conf", COMPUTE);
    let args = ["check", "--offline", "--release", "2024.1", "--config", "cmp1:compute=cmp1.conf"];
    assert_eq!(code(at, &args), Some(0), "a base url is what step 8 is judged by");
}

/// Sends an interrupt to a run once `ready` says so; its exit code, and how long it took to end.
fn interrupted(mut child: std::process::Child, ready: impl FnOnce(&mut std::process::Child)) -> (Ran, Duration) {
    ready(&mut child);
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill of procps").success());
    let sent = Instant::now();
    let output = child.wait_with_output().unwrap();
    (Ran::of(&output), sent.elapsed())
}

#[test]
fn an_interrupt_ends_a_slow_check() {
    let dir = tempfile::tempdir().unwrap();
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = mute.local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/vnc_auto.html?token={TOKEN}");
    let child = program(dir.path())
        .args(["check", "--timeout", "60", "--format", "json", "--url", &url])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (ran, took) = interrupted(child, |_| {
        // it has asked, and nobody will ever answer
        let (mut peer, _) = mute.accept().unwrap();
        assert!(peer.read(&mut [0; 1]).unwrap() > 0);
        std::mem::forget(peer);
    });
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(130), "", ""));
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn an_interrupt_ends_a_wait() {
    let dir = broken_site();
    let child = program(dir.path())
        .args(on_site("check", &["--offline", "--wait", "--format", "json"]))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (ran, took) = interrupted(child, |child| {
        let mut line = String::new();
        let mut errors = BufReader::with_capacity(1, child.stderr.take().unwrap());
        errors.read_line(&mut line).unwrap();
        assert!(line.starts_with("vncdoctor: not yet: step 10"), "{line}");
        child.stderr = Some(errors.into_inner());
    });
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(130), ""));
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn a_wait_ends_when_the_site_is_healthy() {
    let dir = broken_site();
    let mut child = program(dir.path())
        .args(on_site("check", &["--offline", "--wait", "--format", "json"]))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::with_capacity(1, child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("not yet"), "{line}");
    let mended = sound_site();
    for name in ["ctl1.conf", "ctl2.conf"] {
        std::fs::copy(mended.path().join(name), dir.path().join(name)).unwrap();
    }
    let ran = Ran::of(&child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(ran.json()["verdict"]["status"], "pass");
}

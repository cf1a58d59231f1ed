//! `lint --diff` and `lint --fix`: `fixtures/mends/NAME` holds what goes `in` and what comes `out` (the same, where there is
//! no `out`); and over every bad case of every cause, mending spoils nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;

use cli::{Ran, run};
use serde_json::Value;
use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

type Files = BTreeMap<String, Vec<u8>>;

fn folders(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.is_dir());
    found.sort();
    found
}

/// Every file below a directory, by its path from there.
fn files(dir: &Path) -> Files {
    let mut found = Files::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(next) = dirs.pop() {
        for path in std::fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                dirs.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    found
}

fn copied(files: &Files) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    dir
}

fn lint(dir: &Path, more: &[&str], args: &[String]) -> Ran {
    let args: Vec<&str> =
        ["lint"].into_iter().chain(more.iter().copied()).chain(args.iter().map(String::as_str)).collect();
    run(dir, &args)
}

fn shown(files: &Files) -> String {
    let one = |(name, bytes): (&String, &Vec<u8>)| format!("== {name}\n{}", String::from_utf8_lossy(bytes));
    files.iter().map(one).collect::<Vec<_>>().concat()
}

/// How often each cause speaks of each host and file.
fn counts(ran: &Ran) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for f in ran.json()["findings"].as_array().unwrap() {
        *counts.entry(format!("{} {} {} {}", f["cause"], f["host"], f["file"], f["severity"])).or_default() += 1;
    }
    counts
}

#[test]
fn what_goes_in_comes_out_mended() {
    let mut seen = 0;
    for case in folders(Path::new("fixtures/mends")) {
        let name = case.display();
        let spec: Value = serde_json::from_slice(&std::fs::read(case.join("case.json")).unwrap()).unwrap();
        let args: Vec<String> = serde_json::from_value(spec["args"].clone()).unwrap();
        let before = files(&case.join("in"));
        let after = if case.join("out").is_dir() { files(&case.join("out")) } else { before.clone() };
        let dir = copied(&before);
        let at = dir.path();
        let plain = lint(at, &["--format", "json"], &args);
        let diff = lint(at, &["--diff"], &args);
        assert_eq!(files(at), before, "{name}: --diff writes nothing");
        assert_eq!(diff.code, plain.code, "{name}: --diff tells of what is there");
        assert_eq!(diff.stdout.is_empty(), before == after, "{name}\n{}", diff.stdout);
        assert!(!diff.stdout.contains("S3CRET"), "{name}\n{}", diff.stdout);
        let fixed = lint(at, &["--fix", "--format", "json"], &args);
        assert_eq!(shown(&files(at)), shown(&after), "{name}: {}", spec["why"]);
        assert_eq!(files(at), after, "{name}");
        let again = lint(at, &["--fix", "--diff"], &args);
        assert_eq!((again.stdout.as_str(), again.stderr.as_str()), ("", ""), "{name}: a second run has nothing to do");
        assert_eq!(files(at), after, "{name}");
        let plain = lint(at, &["--format", "json"], &args);
        assert_eq!((fixed.code, counts(&fixed)), (plain.code, counts(&plain)), "{name}: --fix tells of what is left");
        if before != after {
            assert!(
                !plain.json()["findings"].to_string().contains("\"severity\":\"error\""),
                "{name}\n{}",
                plain.stdout
            );
        }
        seen += 1;
    }
    assert!(seen > 10);
}

#[test]
fn mending_a_bad_case_spoils_nothing() {
    let mut mended = 0;
    for cause in folders(Path::new("fixtures/causes")) {
        for case in folders(&cause) {
            let spec: Value = serde_json::from_slice(&std::fs::read(case.join("case.json")).unwrap()).unwrap();
            let Some(configs) = spec["configs"].as_array().filter(|configs| !configs.is_empty()) else { continue };
            let mut args: Vec<String> = Vec::new();
            for config in configs {
                args.extend(["--config".to_owned(), config.as_str().unwrap().to_owned()]);
            }
            if let Some(release) = spec["release"].as_str() {
                args.extend(["--release".to_owned(), release.to_owned()]);
            }
            let before = files(&case);
            let dir = copied(&before);
            let at = dir.path();
            let diff = lint(at, &["--diff"], &args);
            let name = case.display();
            assert!(!diff.stdout.contains("S3CRET"), "{name}\n{}", diff.stdout);
            if diff.stdout.is_empty() {
                continue;
            }
            mended += 1;
            let found = counts(&lint(at, &["--format", "json"], &args));
            let left = counts(&lint(at, &["--fix", "--format", "json"], &args));
            for (what, count) in &left {
                assert!(
                    found.get(what).is_some_and(|before| before >= count),
                    "{name}: {what} is new\n{}",
                    diff.stdout
                );
            }
            assert!(left.values().sum::<usize>() < found.values().sum(), "{name}: nothing is better");
            announced(&name.to_string(), &before, &files(at), &diff.stdout);
            let again = lint(at, &["--diff"], &args);
            assert_eq!(again.stdout, "", "{name}: a second run has nothing to do");
        }
    }
    assert!(mended >= 10, "{mended} cases are mended");
}

/// Every mixture of what a cache may be given, a site each: what is mended is whole afterwards, what is not is left alone.
#[test]
fn every_mixture_of_cache_options_is_made_whole_or_left_alone() {
    let enabled = ["", "enabled = true\n", "enabled = false\n", "enable = True\n", "enabled = {{ x }}\n"];
    let backend =
        ["", "backend = dogpile.cache.null\n", "backend = oslo_cache.memcache_pool\n", "backend = oslo_cache.dict\n"];
    let servers = ["", "memcache_servers = 192.0.2.11:11211\n", "memcached_servers = 192.0.2.11:11211\n"];
    let dropped = ["", "memcached_servers = 192.0.2.11:11211,\n  192.0.2.12:11211\n"];
    let mut all = Files::new();
    for (a, enabled) in enabled.iter().enumerate() {
        for (b, backend) in backend.iter().enumerate() {
            for (c, servers) in servers.iter().enumerate() {
                for (d, dropped) in dropped.iter().enumerate() {
                    let text = format!(
                        "[DEFAULT]\ntransport_url = rabbit://a:S3CRET@192.0.2.11:5672/\n# note\n{dropped}\n[vnc]\nenabled = \
                         true\n[cache]\n# first\n{enabled}{backend}# last\n{servers}[workarounds]\nenable_consoleauth = true\n"
                    );
                    all.insert(format!("{a}{b}{c}{d}/nova.conf"), text.into_bytes());
                }
            }
        }
    }
    for release in ["17", "19"] {
        let dir = copied(&all);
        let at = dir.path();
        let args = ["--release", release, "."].map(str::to_owned);
        let found = counts(&lint(at, &["--format", "json"], &args));
        let diff = lint(at, &["--diff"], &args).stdout;
        let left = counts(&lint(at, &["--fix", "--format", "json"], &args));
        assert!(!diff.contains("S3CRET"));
        for (what, count) in &left {
            assert!(found.get(what).is_some_and(|before| before >= count), "{release}: {what} is new");
        }
        announced(release, &all, &files(at), &diff);
        assert_eq!(lint(at, &["--diff"], &args).stdout, "", "{release}: a second run has nothing to do");
        let mut mended = 0;
        for (name, text) in files(at) {
            if text == all[&name] {
                continue;
            }
            mended += 1;
            let text = String::from_utf8(text).unwrap();
            for line in ["enabled = true", "backend = ", "memcache_servers = 192.0.2.11:11211"] {
                assert!(text.to_lowercase().contains(line), "{release} {name}\n{text}");
            }
            assert!(!text.contains("oslo_cache.dict") && !text.contains("enabled = false"), "{release} {name}\n{text}");
            assert_eq!(text.matches("# ").count(), 3, "{release} {name}: comments stay\n{text}");
        }
        assert!(mended > 20, "{release}: {mended} are mended");
    }
}

/// Every changed line is in the diff, and every line of the diff is changed.
fn announced(name: &str, before: &Files, after: &Files, diff: &str) {
    let mut changed = (0, 0);
    for (file, old) in before {
        let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(&after[file]));
        let (old, new): (Vec<_>, Vec<_>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
        for op in similar::capture_diff_slices(similar::Algorithm::Myers, &old, &new) {
            if op.tag() != similar::DiffTag::Equal {
                changed = (changed.0 + op.old_range().len(), changed.1 + op.new_range().len());
            }
        }
    }
    let lines =
        |mark: char, header: &str| diff.lines().filter(|l| l.starts_with(mark) && !l.starts_with(header)).count();
    assert_eq!((lines('-', "--- "), lines('+', "+++ ")), changed, "{name}\n{diff}");
}

const BROKEN: &str = "[DEFAULT]\nmemcached_servers = 192.0.2.11:11211\n[vnc]\nenabled = true\n";

#[test]
fn mode_and_link_stay_and_strangers_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    for name in ["repo", "elsewhere"] {
        std::fs::create_dir(at.join(name)).unwrap();
    }
    for name in ["real.conf", "elsewhere/nova.conf", "repo/nova.conf.plain"] {
        std::fs::write(at.join(name), BROKEN).unwrap();
    }
    std::fs::set_permissions(at.join("real.conf"), std::fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("real.conf", at.join("nova.conf")).unwrap();
    std::os::unix::fs::symlink("../elsewhere/nova.conf", at.join("repo/nova.conf")).unwrap();
    let owner = at.join("real.conf").metadata().unwrap().uid();
    let ran = run(at, &["lint", "--release", "17", "--fix", "nova.conf"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.stderr, "vncdoctor: nova.conf: 1 finding mended\n");
    assert!(at.join("nova.conf").symlink_metadata().unwrap().is_symlink());
    let real = at.join("real.conf").metadata().unwrap();
    assert_eq!((real.permissions().mode() & 0o7777, real.uid()), (0o640, owner));
    assert!(std::fs::read_to_string(at.join("real.conf")).unwrap().contains("[cache]\nenabled = True\n"));
    // a link below a named directory leads out of it
    let ran = run(at, &["lint", "--release", "17", "--fix", "repo"]);
    assert!(ran.stderr.contains("repo/nova.conf: not mended"), "{}", ran.stderr);
    assert_eq!(std::fs::read_to_string(at.join("elsewhere/nova.conf")).unwrap(), BROKEN);
    assert_ne!(std::fs::read_to_string(at.join("repo/nova.conf.plain")).unwrap(), BROKEN);
    let left: Vec<String> = files(at).into_keys().collect();
    let wanted = ["elsewhere/nova.conf", "nova.conf", "real.conf", "repo/nova.conf", "repo/nova.conf.plain"];
    assert_eq!(left, wanted, "nothing is left behind");
}

#[test]
fn hard_links_and_attributes_stay() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    let inode = |name: &str| at.join(name).metadata().unwrap().ino();
    let fix = |name: &str| {
        let ran = run(at, &["lint", "--release", "17", "--fix", name]);
        assert_eq!((ran.code, ran.stderr), (Some(0), format!("vncdoctor: {name}: 1 finding mended\n")));
    };
    std::fs::write(at.join("nova.conf"), BROKEN).unwrap();
    std::fs::hard_link(at.join("nova.conf"), at.join("other.name")).unwrap();
    fix("nova.conf");
    assert_eq!(inode("nova.conf"), inode("other.name"));
    let mended = std::fs::read_to_string(at.join("other.name")).unwrap();
    assert!(mended.contains("[cache]\nenabled = True\n"), "{mended}");
    // a file system without attributes has none to lose
    std::fs::write(at.join("marked.conf"), BROKEN).unwrap();
    let marked = at.join("marked.conf");
    let flags = rustix::fs::XattrFlags::empty();
    let can = rustix::fs::setxattr(&marked, "user.vncdoctor", b"kept", flags);
    let before = inode("marked.conf");
    fix("marked.conf");
    if can.is_ok() {
        let mut value = [0_u8; 8];
        let length = rustix::fs::getxattr(&marked, "user.vncdoctor", &mut value[..]).unwrap();
        assert_eq!((&value[..length], inode("marked.conf")), (&b"kept"[..], before));
    } else {
        assert_eq!(can, Err(rustix::io::Errno::NOTSUP));
    }
    // a longer text becomes shorter as a whole
    let long = format!("[vnc]\nvncserver_listen = 0.0.0.0\n# {}\n{BROKEN}", "x".repeat(9000));
    std::fs::write(at.join("nova.conf"), &long).unwrap();
    assert_eq!(std::fs::read_to_string(at.join("other.name")).unwrap(), long);
    run(at, &["lint", "--release", "17", "--fix", "nova.conf"]);
    assert!(std::fs::read_to_string(at.join("other.name")).unwrap().ends_with("enabled = true\n\n[cache]\nenabled = True\nbackend = oslo_cache.memcache_pool\nmemcache_servers = 192.0.2.11:11211\n"));
    let left: Vec<String> = files(at).into_keys().collect();
    assert_eq!(left, ["marked.conf", "nova.conf", "other.name"], "nothing is left behind");
}

#[test]
fn one_file_under_two_names_is_mended_once() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("nova.conf"), BROKEN).unwrap();
    let ran = run(dir.path(), &["lint", "--release", "17", "--fix", "nova.conf", "./nova.conf"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), "vncdoctor: nova.conf: 1 finding mended\n"));
    let text = std::fs::read_to_string(dir.path().join("nova.conf")).unwrap();
    assert_eq!(text.matches("memcache_servers").count(), 1, "{text}");
}

#[test]
fn bundles_and_skipped_causes_are_not_mended() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("nova.conf"), BROKEN).unwrap();
    let ran = run(dir.path(), &["lint", "--bundle", "site.json", "--fix"]);
    assert_eq!(ran.code, Some(2));
    let skipped = run(dir.path(), &["lint", "--release", "17", "--skip", "cache-option-ignored", "--fix", "nova.conf"]);
    assert_eq!(skipped.stderr, "");
    assert_eq!(std::fs::read_to_string(dir.path().join("nova.conf")).unwrap(), BROKEN);
}

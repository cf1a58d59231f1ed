//! The hooks of `.pre-commit-hooks.yaml`, taken from a clone of this repository by the real pre-commit of
//! `tests/install/pre-commit`; without it this test fails and names what is missing.
//!
//! Both hooks run with `language: system` and the program that cargo has built for the tests: building the whole crate anew, as
//! `language: rust` does, takes minutes. All else (files, types, entry, how the files are handed over) is what pre-commit makes
//! of our file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;

use cli::{Ran, broken_site, sound_site, write};
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn program() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").expect("HOME is set")).join(".cache");
    let shared = || std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from).join("vncdoctor");
    let cache = std::env::var_os("VNCDOCTOR_CACHE").map_or_else(shared, PathBuf::from);
    let program = cache.join("pre-commit-4.0.1/bin/pre-commit");
    assert!(program.exists(), "pre-commit is missing: no {}; run tests/install/pre-commit", program.display());
    program
}

fn git(dir: &Path, args: &[&str]) -> String {
    let identity = ["-c", "user.name=tests", "-c", "user.email=tests@example", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").args(identity).args(args).current_dir(dir).output().expect("git (Debian: git)");
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A repository with the hooks as they are in the work tree, and its revision.
fn hooks(dir: &Path) -> String {
    std::fs::create_dir(dir).unwrap();
    std::fs::copy(Path::new(ROOT).join(".pre-commit-hooks.yaml"), dir.join(".pre-commit-hooks.yaml")).unwrap();
    git(dir, &["init", "-q"]);
    git(dir, &["add", "."]);
    git(dir, &["commit", "-q", "-m", "hooks"]);
    git(dir, &["rev-parse", "HEAD"])
}

/// What a hook says of every file of a deployment's repository.
fn hook(site: &Path, id: &str, repository: &Path, revision: &str) -> Ran {
    let config = format!(
        "repos:\n- repo: {}\n  rev: {revision}\n  hooks:\n  - id: {id}\n    language: system\n    args: [--release, queens]\n",
        repository.display()
    );
    write(site, ".pre-commit-config.yaml", &config);
    git(site, &["add", "."]);
    let mut path = vec![Path::new(env!("CARGO_BIN_EXE_vncdoctor")).parent().unwrap().to_owned()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let output = Command::new(program())
        .args(["run", "--all-files", "--verbose", "--color", "never", id])
        .current_dir(site)
        .env("PATH", std::env::join_paths(path).unwrap())
        .env("PRE_COMMIT_HOME", site.join(".git/pre-commit-home"))
        .output()
        .unwrap();
    Ran::of(&output)
}

#[test]
fn the_hooks_judge_the_files_of_a_repository() {
    let dir = tempfile::tempdir().unwrap();
    let repository = dir.path().join("vncdoctor");
    let revision = hooks(&repository);
    for id in ["vncdoctor", "vncdoctor-system"] {
        for (site, code) in [(broken_site(), 1), (sound_site(), 0)] {
            let at = site.path();
            std::fs::create_dir_all(at.join("deploy/nova.conf.d")).unwrap();
            std::fs::rename(at.join("ctl1.conf"), at.join("deploy/nova.conf")).unwrap();
            write(at, "deploy/nova.conf.d/10-vnc.conf", "[vnc]\nenabled = true\n");
            // neither nova's nor a file for the hook
            write(at, "deploy/keystone.conf", "[DEFAULT]\nmemcached_servers = 192.0.2.11:11211\n");
            write(at, "deploy/nova.conf.md", "memcached_servers\n");
            git(at, &["init", "-q"]);
            let ran = hook(at, id, &repository, &revision);
            assert_eq!(ran.code, Some(code), "{id}\n{}{}", ran.stdout, ran.stderr);
            let said = if code == 1 { "cache-option-ignored" } else { "nothing found" };
            assert!(ran.stdout.contains(said) && ran.stdout.contains("vncdoctor lint"), "{id}\n{}", ran.stdout);
            for stranger in ["keystone.conf", "nova.conf.md", "ctl2.conf"] {
                assert!(!ran.stdout.contains(stranger), "{id}: {stranger}\n{}", ran.stdout);
            }
        }
    }
}

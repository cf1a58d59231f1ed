//! What docs/ci.md and docs/settings.md tell people to type, and the settings they show, work with the program as it is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;

use cli::{broken_site, program, run, write};
use std::path::Path;
use std::process::Command;

/// Fenced blocks of a page: language and text.
fn fences(page: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
    let text = std::fs::read_to_string(path).unwrap();
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        match line.strip_prefix("```") {
            Some(language) if !open => {
                blocks.push((language.to_owned(), String::new()));
                open = true;
            }
            Some(_) => open = false,
            None if open => {
                let block = &mut blocks.last_mut().unwrap().1;
                block.push_str(line);
                block.push('\n');
            }
            None => {}
        }
    }
    assert!(!open, "{page}: every fence ends");
    blocks
}

/// A repository of a deployment, as the pages suppose it.
fn deployment() -> tempfile::TempDir {
    let dir = broken_site();
    for release in ["queens", "rocky"] {
        std::fs::create_dir_all(dir.path().join("deploy").join(release)).unwrap();
        std::fs::copy(dir.path().join("ctl1.conf"), dir.path().join("deploy").join(release).join("nova.conf")).unwrap();
    }
    let (_, settings) = fences("ci.md").into_iter().find(|(language, _)| language == "ini").unwrap();
    write(dir.path(), "vncdoctor.ini", &settings);
    dir
}

#[test]
fn every_command_does_what_the_pages_say() {
    let mut forms = std::collections::BTreeSet::new();
    for page in ["ci.md", "settings.md"] {
        let dir = deployment();
        let mut count = 0;
        for (_, block) in fences(page) {
            for line in block.lines().filter(|line| !line.contains("cargo install")) {
                let Some(at) = line.find("vncdoctor lint").filter(|_| !line.contains("name:")) else { continue };
                let file = if line.contains("entry:") { " deploy/queens/nova.conf" } else { "" };
                let command = format!("{}{file}", &line[at..]);
                // a shell reads it, as in CI: the program is found on PATH
                let mut path = vec![Path::new(env!("CARGO_BIN_EXE_vncdoctor")).parent().unwrap().to_owned()];
                path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
                let output = Command::new("sh")
                    .args(["-c", &command])
                    .current_dir(dir.path())
                    .env("PATH", std::env::join_paths(path).unwrap())
                    .env("GITHUB_STEP_SUMMARY", dir.path().join("summary.md"))
                    .output()
                    .unwrap();
                let said = String::from_utf8(output.stderr).unwrap();
                assert!(matches!(output.status.code(), Some(0 | 1)) && said.is_empty(), "{page}: {command}: {said}");
                let forgiving = command.contains("--fail-on never") || command.contains("--baseline");
                assert_eq!(output.status.code(), Some(i32::from(!forgiving)), "{page}: {command}");
                let mut words = command.split_whitespace();
                while let Some(word) = words.next() {
                    if word == "--output" {
                        let file = words.next().unwrap();
                        assert!(dir.path().join(file).is_file(), "{page}: {command} wrote no {file}");
                    } else if word == "--format" {
                        forms.insert(words.next().unwrap().to_owned());
                    }
                }
                count += 1;
            }
        }
        assert!(count >= 2, "{page}: {count} commands");
    }
    assert_eq!(forms.into_iter().collect::<Vec<_>>(), ["github", "json", "junit", "markdown", "sarif"]);
}

#[test]
fn every_settings_file_shown_is_read() {
    let dir = deployment();
    assert_eq!(
        run(
            dir.path(),
            &["lint", "deploy/queens/nova.conf", "--format", "json", "--output", "vncdoctor-baseline.json"]
        )
        .code,
        Some(1)
    );
    let mut read = 0;
    for (language, block) in fences("settings.md") {
        if language == "ini" && block.contains("[vncdoctor]") {
            write(dir.path(), "vncdoctor.ini", &block);
            let ran = run(dir.path(), &["lint", "deploy/queens/nova.conf", "--format", "json"]);
            assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "known from the baseline");
            assert_eq!(ran.json()["release"]["name"], "queens");
            read += 1;
        } else if language == "ini" {
            write(dir.path(), "nova.conf", &block);
            let ran = run(dir.path(), &["lint", "--no-settings", "--release", "queens", "nova.conf"]);
            assert!(ran.code == Some(0) && ran.stdout.contains("1 finding ignored by a comment"), "{}", ran.stdout);
            read += 1;
        }
    }
    assert_eq!(read, 2);
}

#[test]
fn the_hooks_of_pre_commit_call_the_program_as_it_is() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml")).unwrap();
    let dir = deployment();
    let entries: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("entry: vncdoctor ")).collect();
    assert_eq!(entries, ["lint", "lint"]);
    for entry in entries {
        let ran = program(dir.path()).args([entry, "deploy/queens/nova.conf"]).output().unwrap();
        assert_eq!(ran.status.code(), Some(1));
    }
}

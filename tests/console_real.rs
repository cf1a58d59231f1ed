//! console/ against the real python-memcached, pymemcache and dogpile.cache, live. `tests/install/console` installs them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "console/check.rs"]
#[allow(dead_code, reason = "shared with tests/console_golden.rs")]
mod check;

use check::Quirks;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Keys that each comparison of nodes has at least.
const KEYS: usize = 1000;

fn cache() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("VNCDOCTOR_CACHE").unwrap_or_else(|| {
        let base = variable("XDG_CACHE_HOME").unwrap_or_else(|| variable("HOME").expect("HOME").join(".cache"));
        base.join("vncdoctor")
    })
}

/// Runs a script in a part's Python and reads the JSON it prints; names the part when it is missing.
fn run(part: &str, script: &str) -> Value {
    let dir = cache().join(format!("console-{part}"));
    assert!(
        dir.join("pins").is_file(),
        "console-{part} is not installed under {}: run tests/install/console",
        cache().display()
    );
    let python = if part.starts_with("python27") { dir.join("python") } else { dir.join("bin/python") };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/console").join(script);
    let output = Command::new(&python).arg("-B").arg(&script).output().expect("python runs");
    assert!(output.status.success(), "{part} {}: {}", script.display(), String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("json")
}

/// Is a Python 2.7 at hand? The installer looks in the same places.
fn has_python27() -> bool {
    let pyenv = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".pyenv/versions"));
    let in_pyenv = pyenv.and_then(|dir| std::fs::read_dir(dir).ok()).is_some_and(|mut dirs| {
        dirs.any(|dir| dir.is_ok_and(|dir| dir.file_name().to_string_lossy().starts_with("2.7")))
    });
    let on_path = Command::new("python2.7").args(["-c", ""]).output().is_ok_and(|output| output.status.success());
    in_pyenv || on_path || std::env::var_os("VNCDOCTOR_PYTHON27").is_some()
}

#[test]
fn nodes_of_python_memcached() {
    let plain = |keeps_zero, cannot_rehash| Quirks { keeps_zero, cannot_rehash };
    let mut parts = vec![
        ("memcached-1.57", plain(false, true)),
        ("memcached-1.59", plain(false, false)),
        ("memcached-1.62", plain(true, false)),
    ];
    if has_python27() {
        parts.push(("python27", plain(false, false)));
        parts.push(("python27-1.57", plain(false, false)));
    } else {
        println!("no Python 2.7: node choice of 1.57 with dead nodes is not compared live");
    }
    for (part, quirks) in parts {
        let document = run(part, "nodes.py");
        let (keys, choices) = check::nodes(&document, &quirks);
        println!("{part} {}: {keys} keys, {choices} choices equal", document["version"]);
        assert!(keys >= KEYS && choices >= KEYS * 7, "{part}: too few compared");
    }
}

#[test]
fn nodes_of_pymemcache() {
    for part in ["pymemcache-1.4.4", "pymemcache-4.0.0"] {
        let choices = check::pymemcache_nodes(&run(part, "rendezvous.py"));
        println!("{part}: {choices} choices equal");
        assert!(choices >= KEYS * 7, "{part}: too few compared");
    }
}

#[test]
fn server_strings() {
    for part in ["memcached-1.57", "memcached-1.59", "memcached-1.62", "pymemcache-4.0.0"] {
        let count = check::servers(&run(part, "servers.py"));
        println!("{part}: {count} server strings read alike");
        assert!(count >= 20_000, "{part}: too few compared");
    }
}

#[test]
fn values_of_dogpile() {
    let mut parts = vec!["dogpile-0.6.8", "dogpile-0.7.1", "dogpile-0.9.0", "dogpile-1.1.5", "dogpile-1.5.0"];
    if has_python27() {
        parts.push("python27");
    } else {
        println!("no Python 2.7: its values are judged from fixtures/console alone");
    }
    for part in parts {
        let document = run(part, "values.py");
        let count = check::values(&document);
        println!("{part} on python {}: {count} values decoded", document["python"]);
        assert!(count >= 33, "{part}: too few compared");
    }
}

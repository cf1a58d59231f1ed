//! A real websockify of a given year.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Process, free_port, listens};

/// A running websockify.
pub struct Websockify {
    pub process: Process,
    pub port: u16,
}

/// The folder where the tests' environments are.
pub fn cache() -> PathBuf {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let home = || named("XDG_CACHE_HOME").or_else(|| named("HOME").map(|home| home.join(".cache")));
    named("VNCDOCTOR_CACHE").or_else(|| home().map(|home| home.join("vncdoctor"))).expect("HOME or VNCDOCTOR_CACHE")
}

impl Websockify {
    /// What makes a Python of [`Self::python`] the program.
    pub const PROGRAM: [&str; 2] = ["-c", "from websockify.websocketproxy import websockify_init; websockify_init()"];

    /// The interpreter that has this version.
    pub fn python(version: &str) -> PathBuf {
        let python = cache().join(format!("websockify-{version}/bin/python"));
        assert!(
            python.is_file(),
            "websockify {version} of the Python package index is missing: run tests/install/eyes"
        );
        python
    }

    /// In front of 127.0.0.1:`target`, with `more` arguments (`--web`, `--cert`, …), in `folder`.
    pub fn start(version: &str, target: u16, more: &[&str], folder: Option<&Path>) -> Self {
        let python = Self::python(version);
        for _ in 0..5 {
            let port = free_port();
            let mut command = Command::new(&python);
            command.args(Self::PROGRAM).args(more).args([format!("127.0.0.1:{port}"), format!("127.0.0.1:{target}")]);
            if let Some(folder) = folder {
                command.current_dir(folder);
            }
            let mut process = Process::start(&mut command);
            if listens(&mut process, &format!("127.0.0.1:{port}")) {
                return Self { process, port };
            }
        }
        panic!("websockify {version} does not start");
    }
}

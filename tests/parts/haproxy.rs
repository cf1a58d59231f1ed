//! A real HAProxy.

use std::process::Command;

use super::{Process, find, free_port, listens};

/// A running HAProxy with its configuration.
pub struct Haproxy {
    pub process: Process,
    pub port: u16,
    pub file: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

impl Haproxy {
    /// Starts it with a configuration in which `PORT` stands for a free port of 127.0.0.1, which is `self.port`.
    pub fn start(config: &str) -> Self {
        let program = find("haproxy", "haproxy");
        for _ in 0..5 {
            let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
            let file = folder.path().join("haproxy.cfg");
            std::fs::write(&file, config.replace("PORT", &port.to_string())).unwrap();
            let mut process = Process::start(Command::new(&program).args(["-db", "-f"]).arg(&file));
            if listens(&mut process, &format!("127.0.0.1:{port}")) {
                return Self { process, port, file, _folder: folder };
            }
        }
        panic!("haproxy does not start with\n{config}");
    }
}

//! A real nginx.

use std::process::Command;

use super::{Process, find, free_port, listens};

/// A running nginx with its configuration.
pub struct Nginx {
    pub process: Process,
    pub port: u16,
    pub file: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

impl Nginx {
    /// Starts it with the content of `http`, in which `PORT` stands for a free port of 127.0.0.1, which is `self.port`.
    pub fn start(http: &str) -> Self {
        let program = find("nginx", "nginx-light");
        for _ in 0..5 {
            let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
            let at = folder.path().display();
            let file = folder.path().join("nginx.conf");
            let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
            let paths: Vec<String> =
                temporary.iter().map(|name| format!("    {name}_temp_path {at}/{name};\n")).collect();
            let config = format!(
                "daemon off;\nmaster_process off;\npid {at}/pid;\nerror_log {at}/error.log;\nevents {{ }}\nhttp {{\n    access_log off;\n{}{}\n}}\n",
                paths.concat(),
                http.replace("PORT", &port.to_string())
            );
            std::fs::write(&file, config).unwrap();
            let mut process = Process::start(Command::new(&program).arg("-c").arg(&file));
            if listens(&mut process, &format!("127.0.0.1:{port}")) {
                return Self { process, port, file, _folder: folder };
            }
        }
        panic!("nginx does not start with\n{http}");
    }
}

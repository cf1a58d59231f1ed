//! OpenSSL's own server: TLS of every version and temper.

use std::path::Path;
use std::process::Command;

use super::{Process, find, free_port, listens};

/// A running `openssl s_server` that answers every GET with a page about the connection.
pub struct TlsServer {
    pub process: Process,
    pub port: u16,
}

impl TlsServer {
    /// On 127.0.0.1 and a free port, with a certificate and its key in one file, and more arguments.
    pub fn start(pem: &Path, more: &[&str]) -> Self {
        let program = find("openssl", "openssl");
        for _ in 0..5 {
            let port = free_port();
            let mut command = Command::new(&program);
            command.args(["s_server", "-www", "-quiet", "-accept", &format!("127.0.0.1:{port}"), "-cert"]).arg(pem);
            let mut process = Process::start(command.args(more));
            if listens(&mut process, &format!("127.0.0.1:{port}")) {
                return Self { process, port };
            }
        }
        panic!("openssl s_server does not start");
    }
}

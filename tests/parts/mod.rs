//! Real programs for tests: found, started on free ports, stopped by exact pid when dropped.
//!
//! A missing program fails the test and names the Debian package that has it; `tests/install/eyes` installs them all.
#![allow(dead_code, reason = "each test program uses some of these")]

use std::collections::HashSet;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

pub mod certificate;
pub mod database;
pub mod haproxy;
pub mod memcached;
pub mod network;
pub mod nginx;
pub mod qemu;
pub mod rabbitmq;
pub mod tls_server;
pub mod websockify;

/// A child process that ends with its handle.
pub struct Process(Child);

impl Process {
    /// Starts `command` with nothing to read and nowhere to write.
    pub fn start(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Self(child.unwrap_or_else(|error| panic!("cannot start {command:?}: {error}")))
    }

    /// Sends a signal by name to this very process.
    pub fn signal(&self, name: &str) {
        let done = Command::new("kill").args(["-s", name, &self.0.id().to_string()]).status();
        assert!(done.is_ok_and(|status| status.success()), "kill -s {name} failed");
    }

    /// Ends it and waits for it.
    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    fn ended(&mut self) -> bool {
        self.0.try_wait().is_ok_and(|status| status.is_some())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The path of `program`, or a failure that names the Debian package.
pub fn find(program: &str, package: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file());
    found.unwrap_or_else(|| {
        panic!("{program} is missing: install the Debian package {package} (or run tests/install/eyes)")
    })
}

/// A port of 127.0.0.1 that nothing has and that no other test of this run was given.
pub fn free_port() -> u16 {
    static GIVEN: LazyLock<Mutex<HashSet<u16>>> = LazyLock::new(Mutex::default);
    loop {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if GIVEN.lock().unwrap().insert(port) {
            return port;
        }
    }
}

/// Waits until something listens at `address`; false when the process ended or ten seconds passed.
pub fn listens(process: &mut Process, address: &str) -> bool {
    let address = address.parse().unwrap();
    let until = Instant::now() + Duration::from_secs(10);
    while Instant::now() < until && !process.ended() {
        if TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

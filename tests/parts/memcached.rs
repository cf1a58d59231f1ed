//! A real memcached.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use super::{Process, find, free_port, listens};

/// A running memcached.
pub struct Memcached {
    pub process: Process,
    pub address: String,
}

impl Memcached {
    /// On 127.0.0.1 and a free port.
    pub fn start() -> Self {
        Self::start_with("127.0.0.1", &[])
    }

    /// On `ip` and a free port, with more arguments.
    pub fn start_with(ip: &str, more: &[&str]) -> Self {
        let program = find("memcached", "memcached");
        for _ in 0..5 {
            let port = free_port();
            let mut command = Command::new(&program);
            // -u: memcached refuses to run as root without naming a user.
            command.args(["-l", ip, "-p", &port.to_string(), "-U", "0", "-u", "nobody", "-m", "8"]).args(more);
            let mut process = Process::start(&mut command);
            let address = if ip.contains(':') { format!("[{ip}]:{port}") } else { format!("{ip}:{port}") };
            if listens(&mut process, &address) {
                return Self { process, address };
            }
        }
        panic!("memcached does not start");
    }

    /// Puts a value in, as a client of nova's does.
    pub fn set(&self, key: &str, flags: u32, exptime: u32, value: &[u8]) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "set {key} {flags} {exptime} {}\r\n", value.len()).unwrap();
        stream.write_all(value).unwrap();
        stream.write_all(b"\r\nquit\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "STORED\r\n");
    }
}

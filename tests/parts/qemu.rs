//! A real QEMU with nothing but a VNC server.

use std::process::Command;

use super::{Process, find, free_port, listens};

/// A running QEMU.
pub struct Qemu {
    pub process: Process,
    pub port: u16,
}

impl Qemu {
    /// A VNC server on 127.0.0.1 and a free port; `more` is added to `-vnc`, as in `,password=on`.
    pub fn start(more: &str) -> Self {
        Self::with(&["-machine", "none"], more)
    }

    /// The same with a machine that draws: the BIOS on a standard screen.
    pub fn with_screen(more: &str) -> Self {
        Self::with(&["-machine", "pc,accel=tcg", "-m", "32", "-vga", "std", "-net", "none"], more)
    }

    /// With these arguments of its own, such as objects for `tls-creds=`.
    pub fn with(arguments: &[&str], more: &str) -> Self {
        let program = find("qemu-system-x86_64", "qemu-system-x86");
        for _ in 0..5 {
            let port = free_port();
            // QEMU counts displays from port 5900.
            let Some(display) = port.checked_sub(5900) else {
                continue;
            };
            let mut command = Command::new(&program);
            command.args(arguments).args(["-nodefaults", "-display", "none", "-vnc"]);
            let mut process = Process::start(command.arg(format!("127.0.0.1:{display}{more}")));
            if listens(&mut process, &format!("127.0.0.1:{port}")) {
                return Self { process, port };
            }
        }
        panic!("qemu-system-x86_64 does not start");
    }
}

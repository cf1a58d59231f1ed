//! The real `/proc` of this machine, with processes and ports of these tests' own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use vncdoctor::evidence::process::Service;
use vncdoctor::observe::listeners::listeners;
use vncdoctor::observe::process::{files, scan};

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn a_real_process_of_this_machine() {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("nova-consoleauth");
    let mut file = std::fs::File::create(&script).unwrap();
    // The sleep replaces nothing: the shell stays, as the service does.
    file.write_all(b"read line\n").unwrap();
    drop(file);
    std::fs::write(dir.path().join("nova.conf"), "[cache]\n").unwrap();
    let before = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64();
    let child = Command::new("/bin/sh")
        .arg(&script)
        .args(["--config-file", "nova.conf", "--config-file=/no/such/nova.conf"])
        .current_dir(dir.path())
        .env("OS_CACHE__ENABLED", "s3cret")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let child = Running(child);
    let deadline = Instant::now() + Duration::from_secs(10);
    let running = loop {
        let seen = scan(Path::new("/proc"));
        if let Some(running) = seen.running.into_iter().find(|running| running.process.pid == child.0.id()) {
            break running;
        }
        assert!(Instant::now() < deadline, "the process was not found");
        std::thread::sleep(Duration::from_millis(20));
    };
    let process = &running.process;
    assert_eq!(
        (process.service, process.program.as_str(), process.children),
        (Service::Consoleauth, "nova-consoleauth", 0)
    );
    assert_eq!(process.cwd.as_deref(), Some(dir.path().canonicalize().unwrap().to_str().unwrap()));
    assert_eq!(
        (process.root.as_ref(), process.environment.as_deref()),
        (None, Some(&["OS_CACHE__ENABLED".to_owned()][..]))
    );
    // Boot time is known to the second.
    assert!((process.started.unwrap() - before).abs() < 3.0, "{:?} {before}", process.started);
    let read = files(process);
    let told: Vec<_> = read
        .iter()
        .map(|file| (file.path.file_name().unwrap().to_str().unwrap(), file.file.readable))
        .filter(|(name, _)| *name == "nova.conf")
        .collect();
    assert_eq!(told, [("nova.conf", true), ("nova.conf", false)]);
    assert!(read.iter().any(|file| { file.file.mtime.is_some_and(|mtime| mtime <= process.started.unwrap() + 3.0) }));
}

#[test]
fn a_real_listening_port_of_this_process() {
    let four = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = four.local_addr().unwrap().port();
    let (found, _) = listeners(Path::new("/proc"), &[]);
    let mine = found.iter().find(|listener| listener.port == port && listener.address.is_ipv4()).unwrap();
    assert_eq!((mine.address.to_string().as_str(), mine.pid), ("127.0.0.1", Some(std::process::id())));
    assert!(mine.program.is_some() && mine.service.is_none());
}

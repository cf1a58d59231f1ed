//! A machine on a network of its own: a network namespace with a wire to a router, which is another one. The router drops what is
//! sent to some addresses, refuses a way to others, and passes nothing on.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Process, find};

/// The machine's own address.
pub const OWN: &str = "192.0.2.1";
/// Nobody answers for this neighbour: after three seconds the kernel says that there is no route to it.
pub const NOBODY: &str = "192.0.2.9";
/// The router drops what is sent there, as a firewall does.
pub const DROPPED: &str = "203.0.113.9";
/// The router answers that the host is unreachable.
pub const NO_ROUTE: &str = "198.51.100.9";
/// The router answers that it may not pass this on, as a firewall does that rejects.
pub const REJECTED: &str = "198.51.100.209";

/// The commands that make it, run within the machine's namespaces with the router's process as `$1` and a hosts file as `$2`.
const SET_UP: &str = "
set -e
ip link set lo up
ip link add wire type veth peer name wire netns $1
ip addr add 192.0.2.1/24 dev wire
ip link set wire up
ROUTER=$1
in_router() { nsenter --target $ROUTER --net \"$@\"; }
in_router ip addr add 192.0.2.254/24 dev wire
in_router ip link set wire up
in_router sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
in_router ip route add blackhole 203.0.113.0/24
in_router ip route add unreachable 198.51.100.0/25
in_router ip route add prohibit 198.51.100.128/25
ip route add default via 192.0.2.254
mount --bind \"$2\" /etc/hosts
";

/// The two namespaces, each kept by a process that ends with its handle.
pub struct Network {
    machine: Process,
    router: Process,
    hosts: tempfile::NamedTempFile,
}

impl Network {
    /// With these lines as the machine's `/etc/hosts`.
    pub fn start(hosts: &str) -> Self {
        let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
        assert!(root, "a network namespace needs root: run this test as root");
        for program in ["ip", "nsenter", "unshare", "mount"] {
            find(program, if program == "ip" { "iproute2" } else { "util-linux" });
        }
        let keep = |more: &[&str]| {
            let process = Process::start(Command::new("unshare").arg("--net").args(more).args(["sleep", "600"]));
            let own = std::fs::read_link("/proc/self/ns/net").unwrap();
            let there = || std::fs::read_link(format!("/proc/{}/ns/net", process.0.id()));
            let until = Instant::now() + Duration::from_secs(10);
            while there().is_ok_and(|there| there == own) && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(5));
            }
            assert!(there().is_ok_and(|there| there != own), "unshare --net makes no network namespace here");
            process
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), hosts).unwrap();
        let network = Self { machine: keep(&["--mount"]), router: keep(&[]), hosts: file };
        let router = network.router.0.id().to_string();
        let mut set_up = network.command(Path::new("sh"));
        set_up.args(["-c", SET_UP, "sh", &router]).arg(network.hosts.path());
        let done = set_up.stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(
            done.status.success(),
            "this machine lacks a part of network namespaces (veth, routes or mounts): {said}"
        );
        network
    }

    /// A command that runs on the machine.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.machine.0.id().to_string(), "--net", "--mount", "--"]).arg(program);
        command
    }

    /// Starts a program on the machine and waits until something there listens at each of these ports.
    pub fn run(&self, command: &mut Command, ports: &[u16]) -> Process {
        let mut process = Process::start(command);
        let until = Instant::now() + Duration::from_secs(20);
        for port in ports {
            while !self.listens(*port) {
                assert!(!process.ended() && Instant::now() < until, "{command:?} does not listen at {port}");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        process
    }

    /// Whether something on the machine listens at a port of IPv4 (`/proc/net/tcp`: local address, then state 0A).
    fn listens(&self, port: u16) -> bool {
        let table = std::fs::read_to_string(format!("/proc/{}/net/tcp", self.machine.0.id())).unwrap();
        table.lines().any(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            words.len() > 3 && words[3] == "0A" && words[1].ends_with(&format!(":{port:04X}"))
        })
    }
}

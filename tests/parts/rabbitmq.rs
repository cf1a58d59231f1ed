//! A real RabbitMQ with an epmd of its own, and a service that consumes a queue of it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Process, find, free_port};

/// The user that the definitions make beside guest.
pub const USER: &str = "nova";
pub const PASSWORD: &str = "S3CRET-bus";

/// A running RabbitMQ: users nova and guest, the virtual hosts `/`, `cell1` (nova's) and `private` (nobody's), and on `/` the
/// queues `consoleauth`, `conductor` and `compute.cmp1`, all without consumers.
pub struct RabbitMq {
    pub port: u16,
    pub tls_port: u16,
    server: Child,
    _epmd: Process,
    folder: tempfile::TempDir,
}

const DEFINITIONS: &str = r#"{
  "users": [
    {"name": "nova", "password": "S3CRET-bus", "tags": ""},
    {"name": "guest", "password": "guest", "tags": ""}
  ],
  "vhosts": [{"name": "/"}, {"name": "cell1"}, {"name": "private"}],
  "permissions": [
    {"user": "nova", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"},
    {"user": "guest", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"},
    {"user": "nova", "vhost": "cell1", "configure": ".*", "write": ".*", "read": ".*"}
  ],
  "queues": [
    {"name": "consoleauth", "vhost": "/", "durable": true, "auto_delete": false, "arguments": {}},
    {"name": "conductor", "vhost": "/", "durable": true, "auto_delete": false, "arguments": {}},
    {"name": "compute.cmp1", "vhost": "/", "durable": true, "auto_delete": false, "arguments": {}}
  ]
}"#;

impl RabbitMq {
    /// On 127.0.0.1 and ::1 and free ports; `certificate` holds a certificate with its key, `authority` who signed it.
    pub fn start(certificate: &Path, authority: &Path) -> Self {
        let program = PathBuf::from("/usr/lib/rabbitmq/bin/rabbitmq-server");
        assert!(program.is_file(), "{} is missing: install the Debian package rabbitmq-server", program.display());
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (port, tls_port, epmd_port, dist) = (free_port(), free_port(), free_port(), free_port());
        std::fs::write(at("definitions.json"), DEFINITIONS).unwrap();
        std::fs::write(at("plugins"), "[].\n").unwrap();
        let conf = format!(
            "listeners.tcp.default = 127.0.0.1:{port}\nlisteners.tcp.six = ::1:{port}\nlisteners.ssl.default = 127.0.0.1:{tls_port}\n\
             ssl_options.cacertfile = {}\nssl_options.certfile = {}\nssl_options.keyfile = {}\nssl_options.verify = verify_none\n\
             load_definitions = {}\n",
            authority.display(),
            certificate.display(),
            certificate.display(),
            at("definitions.json").display()
        );
        std::fs::write(at("rabbitmq.conf"), conf).unwrap();
        let epmd = Process::start(Command::new(find("epmd", "erlang-base")).args([
            "-port",
            &epmd_port.to_string(),
            "-address",
            "127.0.0.1",
        ]));
        let mut command = Command::new(program);
        command
            .env("HOME", folder.path())
            .env("ERL_EPMD_PORT", epmd_port.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODENAME", format!("eyes{port}@localhost"))
            .env("RABBITMQ_DIST_PORT", dist.to_string())
            .env("RABBITMQ_MNESIA_BASE", at("data"))
            .env("RABBITMQ_LOG_BASE", at("log"))
            .env("RABBITMQ_PID_FILE", at("pid"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", at("plugins"))
            .env("RABBITMQ_CONF_ENV_FILE", at("none"))
            .env("RABBITMQ_CONFIG_FILE", at("rabbitmq.conf"))
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}")
            .stdin(Stdio::null())
            .stdout(std::fs::File::create(at("out")).unwrap())
            .stderr(Stdio::null())
            .process_group(0);
        let server = command.spawn().unwrap();
        let this = Self { port, tls_port, server, _epmd: epmd, folder };
        let until = Instant::now() + Duration::from_mins(2);
        while TcpStream::connect(("127.0.0.1", tls_port)).is_err() || TcpStream::connect(("127.0.0.1", port)).is_err() {
            let out = std::fs::read_to_string(this.folder.path().join("out")).unwrap_or_default();
            assert!(Instant::now() < until, "RabbitMQ does not start: {out}");
            std::thread::sleep(Duration::from_millis(200));
        }
        this
    }
}

impl Drop for RabbitMq {
    fn drop(&mut self) {
        // the server is a shell and an Erlang, both of this group alone
        let _ = Command::new("kill").args(["-s", "KILL", "--", &format!("-{}", self.server.id())]).status();
        let _ = self.server.wait();
    }
}

/// A service that consumes a queue until it is dropped.
pub struct Consumer(TcpStream);

impl Consumer {
    pub fn of(port: u16, queue: &str) -> Self {
        let mut this = Self(TcpStream::connect(("127.0.0.1", port)).unwrap());
        this.0.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        this.0.write_all(b"AMQP\x00\x00\x09\x01").unwrap();
        this.until(10, 10);
        let login = format!("\0{USER}\0{PASSWORD}");
        this.say(0, 10, 11, &[long(b""), short(b"PLAIN"), long(login.as_bytes()), short(b"en_US")].concat());
        this.until(10, 30);
        this.say(0, 10, 31, &[0, 10, 0, 2, 0, 0, 0, 0]);
        this.say(0, 10, 40, &[short(b"/"), short(b""), vec![0]].concat());
        this.until(10, 41);
        this.say(1, 20, 10, &short(b""));
        this.until(20, 11);
        this.say(1, 60, 20, &[vec![0, 0], short(queue.as_bytes()), short(b""), vec![0], long(b"")].concat());
        this.until(60, 21);
        this
    }

    fn say(&mut self, channel: u16, class: u16, method: u16, arguments: &[u8]) {
        let payload = [&class.to_be_bytes()[..], &method.to_be_bytes(), arguments].concat();
        let head = [&[1][..], &channel.to_be_bytes(), &(payload.len() as u32).to_be_bytes()].concat();
        self.0.write_all(&[&head[..], &payload, &[0xce]].concat()).unwrap();
    }

    /// Reads up to the method.
    fn until(&mut self, class: u16, method: u16) {
        loop {
            let mut head = [0; 7];
            self.0.read_exact(&mut head).unwrap();
            let size = u32::from_be_bytes([head[3], head[4], head[5], head[6]]) as usize;
            let mut payload = vec![0; size + 1];
            self.0.read_exact(&mut payload).unwrap();
            if payload[..4] == [&class.to_be_bytes()[..], &method.to_be_bytes()].concat() {
                return;
            }
        }
    }
}

fn short(text: &[u8]) -> Vec<u8> {
    [&[text.len() as u8], text].concat()
}

fn long(text: &[u8]) -> Vec<u8> {
    [&(text.len() as u32).to_be_bytes()[..], text].concat()
}

//! Runs the built program and keeps what it said; small sites to run it on.
#![allow(dead_code, unreachable_pub, reason = "each test program uses some of these")]
#![allow(clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::process::{Command, Output};

/// A token of nova's form.
pub const TOKEN: &str = "2d5a9f04-9c0e-4f6e-8e3a-0f2f8b7c1a11";

/// What a run came to.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Of a finished process.
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8");
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// stdout as the one JSON document that it must be.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON on stdout: {error}\n{}\n{}", self.stdout, self.stderr))
    }
}

/// The program, to be run in a directory, with nothing of our environment that changes what it says.
pub fn program(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vncdoctor"));
    command.current_dir(dir).env_remove("NO_COLOR").env_remove("COLUMNS").env_remove("CLICOLOR_FORCE");
    command
}

/// Runs the program in a directory.
pub fn run(dir: &Path, args: &[&str]) -> Ran {
    Ran::of(&program(dir).args(args).output().expect("the program starts"))
}

/// Two controllers with an option that nova no longer reads, and a compute node: a site with one broken step.
pub fn broken_site() -> tempfile::TempDir {
    site("memcached_servers = 192.0.2.11:11211,192.0.2.12:11211\n\n")
}

/// The same with tokens in one shared memcached: nothing is wrong with it.
pub fn sound_site() -> tempfile::TempDir {
    site(
        "[cache]\n\
         enabled = true\n\
         backend = oslo_cache.memcache_pool\n\
         memcache_servers = 192.0.2.11:11211,192.0.2.12:11211\n",
    )
}

/// Two controllers that keep tokens so, and a compute node.
fn site(store: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    for (name, address) in [("ctl1", "192.0.2.11"), ("ctl2", "192.0.2.12")] {
        let text = format!(
            "[DEFAULT]\n\
             transport_url = rabbit://openstack:Ra88it-pw@192.0.2.11:5672/\n\
             my_ip = {address}\n\
             {store}\
             [vnc]\n\
             enabled = true\n\
             novncproxy_host = 0.0.0.0\n\
             server_proxyclient_address = $my_ip\n"
        );
        write(dir.path(), &format!("{name}.conf"), &text);
    }
    write(dir.path(), "cmp1.conf", COMPUTE);
    dir
}

/// nova.conf of a compute node.
pub const COMPUTE: &str = "[DEFAULT]\n\
    my_ip = 192.0.2.21\n\
    compute_driver = libvirt.LibvirtDriver\n\
    [vnc]\n\
    enabled = true\n\
    server_listen = 0.0.0.0\n\
    server_proxyclient_address = $my_ip\n\
    novncproxy_base_url = http://203.0.113.10:6080/vnc_auto.html\n\
    [libvirt]\n\
    virt_type = kvm\n";

/// The arguments that name the three files of such a site.
pub const SITE: [&str; 8] = [
    "--release",
    "queens",
    "--config",
    "ctl1:controller=ctl1.conf",
    "--config",
    "ctl2:controller=ctl2.conf",
    "--config",
    "cmp1:compute=cmp1.conf",
];

/// A verb on such a site, with more arguments.
pub fn on_site<'a>(verb: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&[verb], SITE.as_slice(), more].concat()
}

/// A file in a directory.
pub fn write(dir: &Path, name: &str, text: &str) {
    std::fs::write(dir.join(name), text).expect("a file is written");
}

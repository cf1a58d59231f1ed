//! What runs on a machine: nova's services, what listens, which packages are installed.
//!
//! Seen in `/proc` and in the package databases. Values of environment variables are not here: they may be
//! secrets and stay inside `observe`.

use serde::{Deserialize, Serialize};

/// A nova program that takes part in a console, or is easily mistaken for one that does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// `nova-consoleauth`, up to release 19.
    Consoleauth,
    /// `nova-novncproxy`.
    Novncproxy,
    /// `nova-compute`.
    Compute,
    /// `nova-conductor`.
    Conductor,
    /// `nova-api`, also as a WSGI application.
    Api,
    /// `nova-scheduler`: plays no part in a console.
    Scheduler,
    /// `nova-spicehtml5proxy`.
    SpiceProxy,
    /// `nova-serialproxy`.
    SerialProxy,
}

impl Service {
    /// The services in the order their names are looked for.
    pub const ALL: [Self; 8] = [
        Self::Consoleauth,
        Self::Novncproxy,
        Self::Compute,
        Self::Conductor,
        Self::Api,
        Self::Scheduler,
        Self::SpiceProxy,
        Self::SerialProxy,
    ];

    /// The name of the program, which is also oslo.config's `prog`.
    pub fn program(self) -> &'static str {
        match self {
            Self::Consoleauth => "nova-consoleauth",
            Self::Novncproxy => "nova-novncproxy",
            Self::Compute => "nova-compute",
            Self::Conductor => "nova-conductor",
            Self::Api => "nova-api",
            Self::Scheduler => "nova-scheduler",
            Self::SpiceProxy => "nova-spicehtml5proxy",
            Self::SerialProxy => "nova-serialproxy",
        }
    }

    /// The service whose program has this name: `nova-compute`, but not `nova-compute.conf`.
    pub fn from_program(name: &str) -> Option<Self> {
        match name {
            "nova-api-os-compute" | "nova-api-wsgi" => Some(Self::Api),
            "nova-xvpvncproxy" => None,
            _ => Self::ALL.into_iter().find(|service| service.program() == name),
        }
    }
}

/// A service of nova's that runs. Its forked workers are counted, not listed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Process {
    /// Process id, as this machine counts.
    pub pid: u32,
    /// The service.
    pub service: Service,
    /// The program's name as the command line has it: `nova-api-wsgi`, `nova-novncproxy`.
    pub program: String,
    /// Path of the Python interpreter, if the command line names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interpreter: Option<String>,
    /// Path of the program, as the command line has it.
    pub script: String,
    /// `--config-file` and `--config-dir` in their order; the last one wins.
    pub config: Vec<ConfigArgument>,
    /// Where it looks for files that the command line does not name, in this order.
    pub search: Vec<String>,
    /// Options of the command line that beat every file and are harmless: `web`, `cert`, `ssl-only`, …
    pub options: Vec<CommandOption>,
    /// Working directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Names of the variables `OS_<GROUP>__<OPTION>` in its environment; absent if that may not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Vec<String>>,
    /// Since when it runs, in unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<f64>,
    /// Its effective user id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// Further processes of the service below this one: workers, and one for each open console of a proxy.
    pub children: u32,
    /// The container that it runs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<Container>,
    /// The systemd unit that it runs in: `nova-compute.service`, `devstack@n-cpu.service`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Where its file system is seen from outside, if it is not this machine's: `/proc/77/root`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
}

/// `--config-file` or `--config-dir` on a command line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigArgument {
    /// A directory.
    pub dir: bool,
    /// As it was written.
    pub given: String,
    /// Absolute, as the process sees it.
    pub path: String,
}

/// A harmless option on a command line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandOption {
    /// Without leading dashes, with dashes inside: `ssl-only`, `vnc-novncproxy-port`.
    pub name: String,
    /// Its value; none for a switch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// A container, as far as the control group tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// `docker`, `podman`, `kubernetes`, `lxc`.
    pub kind: String,
    /// Name or first twelve digits of the id.
    pub id: String,
}

/// A TCP port on which somebody listens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listener {
    /// The address; unspecified for all.
    pub address: std::net::IpAddr,
    /// The port.
    pub port: u16,
    /// Who listens, where that may be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// The owner's name as the kernel has it, at most 15 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// The owner, if it is one of nova's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// A process in whose network namespace the port is, if that is not the one of this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_of: Option<u32>,
}

/// An installed package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Its name where it was found: `nova-common`, `python3-nova`, `nova`.
    pub name: String,
    /// The version as written: `2:17.0.13-0ubuntu5`.
    pub version: String,
    /// The version of the software within: `17.0.13`.
    pub upstream: String,
    /// Where it was found.
    pub source: PackageSource,
}

/// Where a package was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "kebab-case")]
pub enum PackageSource {
    /// dpkg's status file.
    Dpkg,
    /// The rpm program.
    Rpm,
    /// A Python package beside a service's interpreter.
    Python {
        /// Directory of the package's metadata.
        path: String,
        /// A process that uses it.
        pid: u32,
    },
}

/// Something that this user may not see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    /// What: `/proc/77/environ`.
    pub what: String,
    /// Whose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// The line to type to see it.
    pub command: String,
}

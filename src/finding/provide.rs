//! An input that was not given and would settle more.

use serde::{Serialize, Serializer};

/// What is wanted, and the argument that provides it. In JSON one sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provide {
    /// In words: `the logs of each controller`.
    pub what: &'static str,
    /// To be added to the command: `--log NAME=/var/log/nova`.
    pub argument: &'static str,
}

impl Provide {
    /// A console URL that nobody has used yet.
    pub const URL: Self = Self { what: "a fresh console url", argument: "--url 'URL'" };
    /// Configuration.
    pub const CONFIG: Self = Self {
        what: "nova.conf of each controller and of the compute node",
        argument: "--config NAME=/etc/nova/nova.conf",
    };
    /// Logs.
    pub const LOGS: Self = Self { what: "the logs of each controller", argument: "--log NAME=/var/log/nova" };
    /// More patience than the proxy has with its peers: an answer over the bus is waited for a minute, a VNC server behind a
    /// firewall for two.
    pub const PATIENCE: Self = Self { what: "whether the silence ends", argument: "--patience 140" };
    /// The release.
    pub const RELEASE: Self = Self { what: "the release of nova", argument: "--release NAME" };
}

impl Serialize for Provide {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}: {}", self.what, self.argument))
    }
}

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
            _ => Self::ALL
                .into_iter()
                .find(|service| service.program() == name),
        }
    }
}

//! A host: the files, processes and logs that stand for it.

use super::domain::Libvirt;
use super::log::LogFile;
use super::process::{Listener, Package, Process, Service, Unreadable};
use super::vencrypt::Paper;
use crate::balancer;
use crate::oslo::ini::Parsed;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// One host, as the user named it or as this machine calls itself.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// The user named it; otherwise the files were given without a name, or it is this machine.
    pub named: bool,
    /// Shown to be the machine that looked: a process that runs there reads one of its files, or nothing was named.
    #[serde(default)]
    pub local: bool,
    /// Which machine it is, where that was seen; see [`super::Vantage::machine_id`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine_id: Option<String>,
    /// Configuration files, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<ConfigFile>,
    /// Which files each service reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub configs: Vec<ServiceConfig>,
    /// Configuration of what stands before the proxies there: HAProxy, nginx.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub balancers: Vec<BalancerFile>,
    /// Files of the console proxy's certificate and key, where its machine was looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyFile>,
    /// Nova services that run there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub processes: Vec<Process>,
    /// What listens there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub listeners: Vec<Listener>,
    /// Installed versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<Package>,
    /// What could not be read, with the command that could.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<Unreadable>,
    /// Service logs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<LogFile>,
    /// The files of VeNCrypt that its console proxy's configuration names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub papers: Vec<Paper>,
    /// What libvirt has written down of its guests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub libvirt: Option<Libvirt>,
    /// Addresses that its kernel shows to its nova-compute, where that runs there; empty where they are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpAddr>,
    /// The process table was looked at: a service that is not in `processes` does not run.
    #[serde(default)]
    pub processes_seen: bool,
}

impl Host {
    /// Nothing but files of nova's was seen of it.
    pub fn is_configuration(&self) -> bool {
        // whole, so that whoever adds a kind of evidence decides here too
        let Self {
            name: _,
            named: _,
            local,
            machine_id: _,
            files: _,
            configs: _,
            balancers,
            keys,
            processes,
            listeners,
            packages,
            unreadable: _,
            logs,
            papers,
            libvirt,
            addresses,
            processes_seen,
        } = self;
        !local
            && !processes_seen
            && balancers.is_empty()
            && keys.is_empty()
            && processes.is_empty()
            && listeners.is_empty()
            && packages.is_empty()
            && logs.is_empty()
            && papers.is_empty()
            && addresses.is_empty()
            && libvirt.is_none()
    }
}

/// One configuration file, redacted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ConfigFile {
    /// Path as given, or as found.
    pub path: String,
    /// Last change of its content, Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<f64>,
    /// What stands in it; shared with every configuration that is made of it.
    #[serde(with = "shared")]
    pub parsed: Arc<Parsed>,
}

/// A file that an option of the proxy names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyFile {
    /// `cert` or `key`.
    pub option: String,
    /// As it is named.
    pub path: String,
    /// What is there.
    pub state: KeyState,
}

/// What is there for the user that the proxy runs as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum KeyState {
    /// A file that may be read.
    Readable,
    /// Nothing.
    Missing,
    /// A directory.
    NotAFile,
    /// Owner, group and mode keep that user out.
    Closed {
        /// Where: the file, or a directory above it.
        at: String,
    },
    /// That cannot be told from here.
    Hidden,
}

/// One configuration file of a balancer, without its secrets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BalancerFile {
    /// Path as given, or as found.
    pub path: String,
    /// What stands in it.
    pub parsed: balancer::Parsed,
}

/// What is shared is saved as if it were not.
mod shared {
    use super::{Arc, Parsed};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(parsed: &Arc<Parsed>, serializer: S) -> Result<S::Ok, S::Error> {
        parsed.as_ref().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Parsed>, D::Error> {
        Parsed::deserialize(deserializer).map(Arc::new)
    }
}

/// The configuration of one service, or of every service that has none of its own.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ServiceConfig {
    /// The service; absent: whichever services the host runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// Indices into [`Host::files`], in the order of precedence: the last wins.
    pub files: Vec<usize>,
    /// Overrides from the environment of its process, redacted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// How the service was told: `flag`, `process`, `layout`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_by: Option<String>,
}

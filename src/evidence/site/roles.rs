//! Which services a host is taken to run, and how sure that is.
//!
//! Told by the user, its processes, its logs or the place of its files; else guessed from what the files say. A compute
//! node gives itself away by `compute_driver` or `[libvirt]`, or by VNC addresses in a file that no controller could run
//! on: one without a database and without any controller's section. Addresses alone prove nothing, because installation
//! guides set them on controllers too.

use crate::evidence::Evidence;
use crate::evidence::host::Host;
use crate::evidence::process::Service;
use crate::oslo::ini::Entry;
use crate::oslo::options::normalized;

/// How a role is known. The order is that of certainty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// A lone file that may belong to a compute node too.
    Maybe,
    /// From what the files say.
    Guessed,
    /// By the user, a process, a log or the layout.
    Told,
}

/// One service of a host.
pub type Role = (Service, Basis);

const CONTROLLER: [Service; 4] = [Service::Consoleauth, Service::Novncproxy, Service::Api, Service::Conductor];

/// The roles of every host, in the order of [`Evidence::hosts`].
pub fn roles(evidence: &Evidence) -> Vec<Vec<Role>> {
    let signs: Vec<Signs> = evidence.hosts.iter().map(Signs::of).collect();
    let with_files = || evidence.hosts.iter().zip(&signs).filter(|(host, _)| !host.files.is_empty());
    let alone = with_files().count() <= 1;
    let all_compute = with_files().all(|(_, signs)| signs.compute());
    evidence
        .hosts
        .iter()
        .zip(&signs)
        .map(|(host, signs)| {
            let mut roles = told(host);
            let open = host.configs.iter().any(|config| config.service.is_none());
            let knows_itself = host.processes_seen && !host.processes.is_empty();
            if open && !knows_itself && !only_flagged(host) {
                for role in guessed(signs, alone, all_compute) {
                    if !roles.iter().any(|(service, _)| *service == role.0) {
                        roles.push(role);
                    }
                }
            }
            roles.sort_unstable();
            roles
        })
        .collect()
}

/// Every service of this host was named by the user.
fn only_flagged(host: &Host) -> bool {
    !host.configs.is_empty() && host.configs.iter().all(|config| config.told_by.as_deref() == Some("flag"))
}

fn told(host: &Host) -> Vec<Role> {
    let mut services: Vec<Service> = host.configs.iter().filter_map(|config| config.service).collect();
    services.extend(host.processes.iter().map(|process| process.service));
    services.extend(host.logs.iter().flat_map(|log| log.roles.iter().copied()));
    services.sort_unstable();
    services.dedup();
    services.into_iter().map(|service| (service, Basis::Told)).collect()
}

fn guessed(signs: &Signs, alone: bool, all_compute: bool) -> Vec<Role> {
    let compute = signs.compute();
    let mut roles = Vec::new();
    let is_controller = if compute { signs.control && (alone || all_compute) } else { true };
    if is_controller {
        roles.extend(CONTROLLER.map(|service| (service, Basis::Guessed)));
    }
    if compute {
        roles.push((Service::Compute, Basis::Guessed));
    } else if alone {
        roles.push((Service::Compute, Basis::Maybe));
    }
    roles
}

/// What a host's name and files say of it; each file is walked once, a section at a time.
#[derive(Default)]
struct Signs {
    /// A driver of guests.
    driver: bool,
    /// VNC addresses.
    addresses: bool,
    /// What only a controller has. `[api]` and `enabled_apis` are none: installation guides write them on compute nodes too.
    control: bool,
    /// It is called as controllers are.
    called_controller: bool,
    /// It is called as compute nodes are.
    called_compute: bool,
}

impl Signs {
    fn of(host: &Host) -> Self {
        let name = host.name.to_ascii_lowercase();
        let called = |words: &[&str]| words.iter().any(|word| name.contains(word));
        let mut signs = Self {
            called_controller: called(&["ctl", "ctrl", "control"]),
            called_compute: called(&["compute", "cmp", "hypervisor", "kvm"]),
            ..Self::default()
        };
        for file in &host.files {
            for run in file.parsed.entries.chunk_by(|a, b| a.section == b.section) {
                signs.look(&normalized(&run[0].section), run);
            }
        }
        signs
    }

    /// Entries that stand together in a section, whose name is given in normal form.
    fn look(&mut self, section: &str, run: &[Entry]) {
        let any = |sign: &dyn Fn(&str) -> bool| run.iter().any(|entry| sign(&entry.key));
        match section {
            "libvirt" => self.driver = true,
            "scheduler" | "conductor" | "cache" | "consoleauth" | "console" => self.control = true,
            "database" | "api_database" => self.control |= run.iter().any(set_up),
            "vnc" => {
                self.control |= any(&|key| key.starts_with("novncproxy_") && key != "novncproxy_base_url");
                self.addresses |= any(&is_address);
            }
            "DEFAULT" => {
                self.driver |= any(&|key| key == "compute_driver");
                self.control |= any(&|key| key == "memcached_servers");
                self.addresses |= any(&is_address);
            }
            _ => {}
        }
    }

    fn compute(&self) -> bool {
        self.driver || (!self.control && !self.called_controller && (self.addresses || self.called_compute))
    }
}

fn is_address(key: &str) -> bool {
    matches!(
        key,
        "novncproxy_base_url"
            | "server_listen"
            | "server_proxyclient_address"
            | "vncserver_listen"
            | "vncserver_proxyclient_address"
    )
}

/// A database that was set up. Ubuntu's package leaves a file below `/var/lib/nova` in every nova.conf, compute nodes too.
fn set_up(entry: &Entry) -> bool {
    !entry.value.trim_start().starts_with("sqlite:////var/lib/nova/")
}

//! Which services a host is taken to run, and how sure that is.
//!
//! Told by the user, its processes, its logs or the place of its files; else guessed from what the files say. A compute
//! node gives itself away by `compute_driver` or `[libvirt]`, or by VNC addresses in a file that no controller could run
//! on: one without a database and without any controller's section. Addresses alone prove nothing, because installation
//! guides set them on controllers too.

use crate::evidence::Evidence;
use crate::evidence::host::Host;
use crate::evidence::process::Service;
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
    let with_files = || evidence.hosts.iter().filter(|host| !host.files.is_empty());
    let alone = with_files().count() <= 1;
    let all_compute = with_files().all(is_compute);
    evidence
        .hosts
        .iter()
        .map(|host| {
            let mut roles = told(host);
            let open = host.configs.iter().any(|config| config.service.is_none());
            let knows_itself = host.processes_seen && !host.processes.is_empty();
            if open && !knows_itself && !only_flagged(host) {
                for role in guessed(host, alone, all_compute) {
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

fn guessed(host: &Host, alone: bool, all_compute: bool) -> Vec<Role> {
    let compute = is_compute(host);
    let control = control_signs(host);
    let mut roles = Vec::new();
    let is_controller = if compute { control && (alone || all_compute) } else { true };
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

fn is_compute(host: &Host) -> bool {
    let driver =
        entries(host, |section, key| (section == "DEFAULT" && key == "compute_driver") || section == "libvirt");
    let addresses = entries(host, |section, key| {
        matches!(section, "vnc" | "DEFAULT")
            && matches!(
                key,
                "novncproxy_base_url"
                    | "server_listen"
                    | "server_proxyclient_address"
                    | "vncserver_listen"
                    | "vncserver_proxyclient_address"
            )
    });
    let name = host.name.to_ascii_lowercase();
    let called = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let called_controller = called(&["ctl", "ctrl", "control"]);
    let called_compute = called(&["compute", "cmp", "hypervisor", "kvm"]);
    driver || (!control_signs(host) && !called_controller && (addresses || called_compute))
}

/// What only a controller has. `[api]` and `enabled_apis` are none: installation guides write them on compute nodes too.
fn control_signs(host: &Host) -> bool {
    database(host)
        || entries(host, |section, key| {
            matches!(section, "scheduler" | "conductor" | "cache" | "consoleauth" | "console")
                || (section == "DEFAULT" && key == "memcached_servers")
                || (section == "vnc" && key.starts_with("novncproxy_") && key != "novncproxy_base_url")
        })
}

/// A database that was set up. Ubuntu's package leaves a file below `/var/lib/nova` in every nova.conf, compute nodes too.
fn database(host: &Host) -> bool {
    host.files.iter().flat_map(|file| &file.parsed.entries).any(|entry| {
        ["database", "api_database"].iter().any(|section| entry.section.eq_ignore_ascii_case(section))
            && !entry.value.trim_start().starts_with("sqlite:////var/lib/nova/")
    })
}

fn entries(host: &Host, sign: impl Fn(&str, &str) -> bool) -> bool {
    host.files.iter().flat_map(|file| &file.parsed.entries).any(|entry| sign(&normalized(&entry.section), &entry.key))
}

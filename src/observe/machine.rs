//! This machine: what runs here, which files it reads, what listens, what is installed, what it logs.

use super::addresses;
use super::balancers;
use super::files::{assign, canonical, load};
use super::process::{Running, files, scan};
use super::{discover, keys, libvirt, listeners, packages};
use crate::evidence::Vantage;
use crate::evidence::host::Host;
use crate::evidence::process::{Process, Service, Unreadable};
use crate::oslo::redact;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

/// The machine that looks; read once, however many sites are looked at.
pub(super) fn vantage() -> Vantage {
    static VANTAGE: LazyLock<Vantage> = LazyLock::new(|| {
        let text = |path| std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
        let read = |path| text(path).filter(|text| !text.is_empty());
        let id = |id: String| crate::console::token::hex(&Sha256::digest(id.as_bytes())[..8]);
        Vantage {
            machine: read("/proc/sys/kernel/hostname").unwrap_or_else(|| "localhost".to_owned()),
            machine_id: read("/etc/machine-id").map(id),
        }
    });
    VANTAGE.clone()
}

/// Everything about this machine that needs no peer.
pub(super) fn examine(timeout: Duration) -> Host {
    let vantage = vantage();
    let mut host = Host {
        name: vantage.machine,
        local: true,
        machine_id: vantage.machine_id,
        processes_seen: true,
        ..Host::default()
    };
    let seen = scan(Path::new("/proc"));
    host.unreadable = seen.unreadable;
    for running in &seen.running {
        read_by(&mut host, running);
    }
    if host.files.is_empty() {
        on_disk(&mut host);
    }
    let processes: Vec<&Process> = seen.running.iter().map(|running| &running.process).collect();
    let (listening, unreadable) = listeners::listeners(Path::new("/proc"), &processes);
    host.listeners = listening;
    host.unreadable.extend(unreadable);
    balancers::take_below(&mut host, Path::new("/"));
    host.packages = packages::packages(Path::new("/"), &processes, timeout);
    host.processes = seen.running.into_iter().map(|running| running.process).collect();
    guests(&mut host, timeout);
    keys::look(&mut host);
    host
}

/// What libvirt has here, and where it may listen.
fn guests(host: &mut Host, timeout: Duration) {
    let (libvirt, unreadable) = libvirt::here(timeout);
    host.libvirt = libvirt;
    host.unreadable.extend(unreadable);
    let compute = host.processes.iter().find(|process| process.service == Service::Compute);
    host.addresses = compute.map(|process| addresses::of(Path::new("/proc"), process.pid)).unwrap_or_default();
}

/// The files and the environment of one service.
fn read_by(host: &mut Host, running: &Running) {
    let process = &running.process;
    let mut indices = Vec::new();
    for file in files(process) {
        match load(host, &file.file) {
            Ok(index) => indices.push(index),
            Err(_) => host.unreadable.push(Unreadable {
                what: file.file.path.display().to_string(),
                pid: Some(process.pid),
                command: discover::sudo_line(&file.file.path),
            }),
        }
    }
    assign(host, Some(process.service), indices, Some("process"));
    let mut variables = BTreeMap::new();
    running.environment.each(|name, value| {
        variables.insert(name.to_owned(), value.to_owned());
    });
    if let Some(config) = host.configs.iter_mut().find(|config| config.service == Some(process.service)) {
        config.env = redact::environment(&variables);
    }
}

/// Files of a machine on which nothing of nova's runs, or may be seen.
fn on_disk(host: &mut Host) {
    for found in discover::discover(Path::new("/")) {
        let mut indices = Vec::new();
        for file in &found.files {
            match load(host, file) {
                Ok(index) => indices.push(index),
                Err(_) => host.unreadable.push(Unreadable {
                    what: file.path.display().to_string(),
                    pid: None,
                    command: discover::sudo_line(&file.path),
                }),
            }
        }
        if !indices.is_empty() {
            assign(host, found.service, indices, found.service.map(|_| "layout"));
        }
    }
}

/// Marks hosts whose files a process of this machine reads: they are this machine, and the process tells since when.
pub(super) fn recognise(hosts: &mut [Host], timeout: Duration) {
    let vantage = vantage();
    let running = scan(Path::new("/proc")).running;
    for host in hosts {
        let own: Vec<_> = host.files.iter().map(|file| canonical(Path::new(&file.path))).collect();
        for one in &running {
            let reads = files(&one.process).into_iter().any(|file| own.contains(&canonical(&file.file.path)));
            if reads && one.process.root.is_none() {
                host.local = true;
                host.machine_id.clone_from(&vantage.machine_id);
                host.processes.push(one.process.clone());
            }
        }
        if host.processes.iter().any(|process| process.service == Service::Compute) {
            guests(host, timeout);
        }
        if host.local {
            keys::look(host);
        }
    }
}

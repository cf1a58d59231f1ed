//! libvirt on this machine, by the files of its QEMU driver: what runs, what is defined, how VNC is set up. What runs is asked of
//! virsh where the files may not be read.
//!
//! Limits: the first 512 guests of a folder by name, files of up to 1 MiB; a file that cannot be read is told as unreadable, with
//! the read-only command that shows the same.

mod domain;
mod qemu_conf;
mod virsh;

pub use virsh::Virsh;

use super::discover::read;
use crate::evidence::domain::{Domain, Libvirt};
use crate::evidence::process::Unreadable;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Most guests looked at in a folder.
const MOST: usize = 512;
/// Largest file that is read, in bytes: a domain's XML has about ten thousand.
const LARGEST: u64 = 1024 * 1024;
/// Where libvirt keeps running guests: the status of each, `/var/run` on older systems.
const RUNNING: [&str; 2] = ["run/libvirt/qemu", "var/run/libvirt/qemu"];
const DEFINED: &str = "etc/libvirt/qemu";
const QEMU_CONF: &str = "etc/libvirt/qemu.conf";
/// Where distributions keep virsh.
const VIRSH: [&str; 2] = ["/usr/bin/virsh", "/bin/virsh"];

/// What this machine's libvirt says.
pub(super) fn here(time: Duration) -> (Option<Libvirt>, Vec<Unreadable>) {
    let program = VIRSH.iter().map(Path::new).find(|program| program.is_file());
    look(Path::new("/"), program.map(|program| Virsh { program, uri: "qemu:///system", time }))
}

/// What the files below `root` say, and virsh in place of those that may not be read; `None` on a machine without libvirt's
/// QEMU driver.
pub fn look(root: &Path, virsh: Option<Virsh<'_>>) -> (Option<Libvirt>, Vec<Unreadable>) {
    let mut unreadable = Vec::new();
    let running = RUNNING.iter().map(|folder| root.join(folder)).find(|folder| folder.is_dir());
    let defined = root.join(DEFINED);
    let conf = root.join(QEMU_CONF);
    if running.is_none() && !defined.exists() && !conf.exists() {
        return (None, unreadable);
    }
    let mut runs = running.as_deref().map(|folder| domains(folder, &mut unreadable)).unwrap_or_default();
    if (running.is_none() || !unreadable.is_empty())
        && let Some(shown) = virsh.and_then(|virsh| virsh.running())
    {
        if shown.all {
            unreadable.clear();
        }
        let unknown = |domain: &Domain| !runs.iter().any(|known| known.uuid == domain.uuid);
        let more: Vec<Domain> = shown.domains.into_iter().filter(unknown).collect();
        runs.extend(more);
    }
    let defined = if defined.exists() { domains(&defined, &mut unreadable) } else { Vec::new() };
    let qemu_conf = match read(&conf, LARGEST) {
        Ok(bytes) => Some(qemu_conf::parse(&conf.display().to_string(), &String::from_utf8_lossy(&bytes))),
        Err(_) if conf.exists() => {
            unreadable.push(hidden(&conf, "grep ^vnc /etc/libvirt/qemu.conf"));
            None
        }
        Err(_) => None,
    };
    (Some(Libvirt { running: runs, defined, qemu_conf }), unreadable)
}

/// The guests of a folder, by name.
fn domains(folder: &Path, unreadable: &mut Vec<Unreadable>) -> Vec<Domain> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(_) => {
            unreadable.push(hidden(folder, "virsh --readonly -c qemu:///system dumpxml DOMAIN"));
            return Vec::new();
        }
    };
    let is_xml = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "xml");
    let mut files: Vec<PathBuf> =
        entries.filter_map(Result::ok).take(MOST * 4).map(|entry| entry.path()).filter(is_xml).collect();
    files.sort();
    files.truncate(MOST);
    let mut domains = Vec::new();
    for file in files {
        match read(&file, LARGEST) {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes);
                domains.extend(domain::parse(&file.display().to_string(), &text));
            }
            Err(_) => unreadable.push(hidden(&file, "virsh --readonly -c qemu:///system dumpxml DOMAIN")),
        }
    }
    domains
}

fn hidden(path: &Path, command: &str) -> Unreadable {
    Unreadable { what: path.display().to_string(), pid: None, command: format!("sudo {command}") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_machine_is_looked_at_by_its_files() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(look(root.path(), None).0, None);
        let folder = |name: &str| {
            let path = root.path().join(name);
            std::fs::create_dir_all(&path).unwrap();
            path
        };
        let (running, defined) = (folder("run/libvirt/qemu"), folder("etc/libvirt/qemu"));
        folder("etc/libvirt/qemu/networks");
        let domain =
            "<domain><name>instance-1</name><uuid>u</uuid><devices><graphics type='vnc' port='-1'/></devices></domain>";
        std::fs::write(defined.join("instance-1.xml"), domain).unwrap();
        std::fs::write(running.join("instance-1.xml"), format!("<domstatus>{domain}</domstatus>")).unwrap();
        std::fs::write(running.join("instance-1.pid"), "7").unwrap();
        std::fs::write(running.join("broken.xml"), "<domstatus").unwrap();
        std::fs::write(root.path().join(QEMU_CONF), "vnc_tls = 1\n").unwrap();
        let (libvirt, unreadable) = look(root.path(), None);
        let libvirt = libvirt.unwrap();
        assert_eq!((libvirt.running.len(), libvirt.defined.len(), unreadable.len()), (1, 1, 0));
        assert_eq!(libvirt.qemu_conf.unwrap().vnc_tls, Some(true));
    }
}

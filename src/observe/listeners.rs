//! What listens where on this machine: the kernel's TCP tables, in our network namespace and in those of nova's services.
//!
//! Limits: the owner of a port is known only if its table of open files may be read, which for other users' processes needs
//! the superuser.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use super::discover::read;
use super::process::name;
use crate::evidence::process::{Listener, Process, Service, Unreadable};

/// Longest table read, in bytes: about 200,000 connections.
const MAX_TABLE: u64 = 32 * 1024 * 1024;
/// Most listening ports kept.
const MAX_LISTENERS: usize = 4096;
/// Most open files looked at when an owner is searched.
const MAX_OPEN: usize = 500_000;

/// What listens, sorted by port, and what this user may not see of it.
pub fn listeners(proc: &Path, processes: &[&Process]) -> (Vec<Listener>, Vec<Unreadable>) {
    let mut found: Vec<(Listener, u64)> = Vec::new();
    let namespace = |pid: &str| proc.join(pid).join("ns/net").read_link().ok();
    let mut seen = vec![namespace("self")];
    for (listener, inode) in tables(&proc.join("self/net")) {
        found.push((listener, inode));
    }
    for process in processes {
        let its = namespace(&process.pid.to_string());
        if its.is_none() || seen.contains(&its) {
            continue;
        }
        for (listener, inode) in tables(&proc.join(process.pid.to_string()).join("net")) {
            found.push((Listener { network_of: Some(process.pid), ..listener }, inode));
        }
        seen.push(its);
    }
    found.truncate(MAX_LISTENERS);
    let (owners, denied) = owners(proc, &found);
    let services: HashMap<u32, Service> = processes.iter().map(|process| (process.pid, process.service)).collect();
    let mut unowned = false;
    for (listener, inode) in &mut found {
        listener.pid = owners.get(inode).copied();
        listener.service = listener.pid.and_then(|pid| services.get(&pid).copied());
        listener.program = listener.pid.and_then(|pid| name(&proc.join(pid.to_string())));
        unowned |= listener.pid.is_none();
    }
    let mut listeners: Vec<_> = found.into_iter().map(|(listener, _)| listener).collect();
    listeners.sort_by_key(|listener| (listener.port, listener.address, listener.network_of));
    let unreadable =
        Unreadable { what: "owners of listening ports".to_owned(), pid: None, command: "sudo ss -ltnp".to_owned() };
    (listeners, if unowned && denied { vec![unreadable] } else { Vec::new() })
}

/// Listening sockets of one network namespace with their inodes.
fn tables(net: &Path) -> Vec<(Listener, u64)> {
    let mut found = Vec::new();
    for table in ["tcp", "tcp6"] {
        let bytes = read(&net.join(table), MAX_TABLE).unwrap_or_default();
        found.extend(String::from_utf8_lossy(&bytes).lines().skip(1).filter_map(row));
    }
    found
}

/// `0: 0100007F:17C0 00000000:0000 0A … inode …`: `0A` is LISTEN, the inode is the tenth word.
fn row(line: &str) -> Option<(Listener, u64)> {
    let mut words = line.split_whitespace();
    let (local, _remote, state) = (words.nth(1)?, words.next()?, words.next()?);
    if state != "0A" {
        return None;
    }
    let inode = words.nth(5)?.parse().ok()?;
    let (address, port) = local.split_once(':')?;
    let (address, port) = (address_of(address)?, u16::from_str_radix(port, 16).ok()?);
    Some((Listener { address, port, pid: None, program: None, service: None, network_of: None }, inode))
}

/// The kernel prints each 32-bit word of an address as a number of this machine.
fn address_of(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| u32::from_str_radix(hex.get(at * 8..at * 8 + 8)?, 16).ok().map(u32::to_ne_bytes);
    match hex.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let mut bytes = [0; 16];
            for at in 0..4 {
                bytes[at * 4..at * 4 + 4].copy_from_slice(&word(at)?);
            }
            Some(Ipv6Addr::from(bytes).into())
        }
        _ => None,
    }
}

/// Which process holds which of these sockets, and whether some table of open files may not be read. A socket that was
/// inherited belongs to the process with the lowest id: the one that bound it.
fn owners(proc: &Path, wanted: &[(Listener, u64)]) -> (HashMap<u64, u32>, bool) {
    let (mut owners, mut denied, mut budget) = (HashMap::new(), false, MAX_OPEN);
    let wanted: std::collections::HashSet<u64> = wanted.iter().map(|(_, inode)| *inode).collect();
    let Ok(entries) = proc.read_dir() else {
        return (owners, true);
    };
    let mut pids: Vec<u32> = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    pids.sort_unstable();
    for pid in pids {
        if owners.len() == wanted.len() || budget == 0 {
            break;
        }
        let files = match proc.join(pid.to_string()).join("fd").read_dir() {
            Ok(files) => files,
            Err(error) => {
                denied |= error.kind() == ErrorKind::PermissionDenied;
                continue;
            }
        };
        for file in files.flatten().take(budget) {
            budget -= 1;
            let Ok(target) = file.path().read_link() else {
                continue;
            };
            let inode =
                target.to_str().and_then(|target| target.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok());
            if let Some(inode) = inode.filter(|inode| wanted.contains(inode)) {
                owners.entry(inode).or_insert(pid);
            }
        }
    }
    (owners, denied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_a_little_endian_machine() {
        let cases = [
            ("0100007F", "127.0.0.1"),
            ("00000000", "0.0.0.0"),
            ("00000000000000000000000000000000", "::"),
            ("00000000000000000000000001000000", "::1"),
            ("0000000000000000FFFF00000100007F", "::ffff:127.0.0.1"),
            ("B80D0120000000000000000021000000", "2001:db8::21"),
        ];
        if cfg!(target_endian = "little") {
            for (hex, text) in cases {
                assert_eq!(address_of(hex).map(|address| address.to_string()).as_deref(), Some(text));
            }
        }
        for broken in ["", "0100007", "0100007G", "ää", "0100007F00"] {
            assert_eq!(address_of(broken), None, "{broken}");
        }
    }

    #[test]
    fn only_listening_sockets_count() {
        let line = "   0: 00000000:17C0 00000000:0000 0A 00000000:00000000 00:00000000 00000000   162        0 54321 1 0000000000000000 100 0 0 10 0";
        assert_eq!(row(line).map(|(listener, inode)| (listener.port, inode)), Some((6080, 54321)));
        assert_eq!(row(&line.replace(" 0A ", " 01 ")), None);
        assert_eq!(row("  sl  local_address rem_address   st"), None);
        assert_eq!(row(""), None);
    }
}

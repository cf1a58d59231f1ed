//! The addresses that this machine has, as the kernel tells a process of it: in the network namespace that the process is in.
//!
//! Limits: 4 MiB of each table. None at all is told where the kernel lets programs listen on addresses that it does not have
//! (`ip_nonlocal_bind`), for then an address that is absent keeps nobody from it.

use super::discover::read;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

/// Largest table that is read, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

/// The addresses that a process may listen on; none where they are not to be had.
pub(super) fn of(proc: &Path, pid: u32) -> Vec<IpAddr> {
    let text = |path: &Path| read(path, LARGEST).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let net = proc.join(pid.to_string()).join("net");
    let free = |family: &str| {
        let switch = proc.join("sys/net").join(family).join("ip_nonlocal_bind");
        text(&switch).is_some_and(|text| text.trim() != "0")
    };
    let Some(trie) = text(&net.join("fib_trie")).filter(|_| !free("ipv4") && !free("ipv6")) else {
        return Vec::new();
    };
    // a kernel without IPv6 has no such file
    let six = text(&net.join("if_inet6")).unwrap_or_default();
    let mut found: Vec<IpAddr> = version4(&trie).map(IpAddr::V4).chain(version6(&six).map(IpAddr::V6)).collect();
    found.sort();
    found.dedup();
    found
}

/// `fib_trie`: a line with the address, then one with `/32 host LOCAL`.
fn version4(text: &str) -> impl Iterator<Item = Ipv4Addr> {
    let mut last = None;
    text.lines().filter_map(move |line| {
        let line = line.trim();
        if let Some(leaf) = line.strip_prefix("|-- ") {
            last = leaf.parse().ok();
        }
        last.filter(|_| line == "/32 host LOCAL")
    })
}

/// `if_inet6`: the address in 32 hex digits, then five words more.
fn version6(text: &str) -> impl Iterator<Item = Ipv6Addr> {
    text.lines().filter_map(|line| {
        let digits = line.split_whitespace().next().filter(|word| word.len() == 32)?;
        u128::from_str_radix(digits, 16).ok().map(Ipv6Addr::from)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TRIE: &str = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n     +-- 192.0.2.0/24 2 0 2\n\
        \x20       |-- 192.0.2.0\n           /24 link UNICAST\n        |-- 192.0.2.2\n           /32 host LOCAL\n\
        \x20    |-- 192.0.2.255\n        /32 link BROADCAST\nLocal:\n     |-- 192.0.2.2\n        /32 host LOCAL\n";

    #[test]
    fn tables_of_the_kernel_are_read() {
        let proc = tempfile::tempdir().unwrap();
        for folder in ["7/net", "sys/net/ipv4"] {
            std::fs::create_dir_all(proc.path().join(folder)).unwrap();
        }
        assert!(of(proc.path(), 7).is_empty());
        std::fs::write(proc.path().join("7/net/fib_trie"), TRIE).unwrap();
        std::fs::write(
            proc.path().join("7/net/if_inet6"),
            "fd000000000000000000000000000002 04 40 00 82     eth0\nnonsense\n",
        )
        .unwrap();
        let addresses: Vec<IpAddr> = ["192.0.2.2", "fd00::2"].map(|text| text.parse().unwrap()).into();
        assert_eq!(of(proc.path(), 7), addresses);
        std::fs::write(proc.path().join("sys/net/ipv4/ip_nonlocal_bind"), "1\n").unwrap();
        assert!(of(proc.path(), 7).is_empty());
    }

    #[test]
    fn this_machine_has_loopback() {
        assert!(of(Path::new("/proc"), std::process::id()).contains(&IpAddr::V4(Ipv4Addr::LOCALHOST)));
    }
}

//! Files of HAProxy and nginx into evidence: known by what they say, or found where they live.

use super::discover::{MAX_FILE, PathProblem, conf_files, read, sudo_line};
use crate::balancer::{Kind, kind_of, parse};
use crate::evidence::host::{BalancerFile, Host};
use crate::evidence::process::Unreadable;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// Where the two keep their files below a machine's root, below `/etc`, below `/etc/kolla`, or in the directory itself.
const PLACES: [&str; 8] = [
    "",
    "haproxy",
    "nginx",
    "kolla/haproxy",
    "etc/haproxy",
    "etc/nginx",
    "etc/kolla/haproxy",
    "var/lib/config-data/puppet-generated/haproxy/etc/haproxy",
];

/// Parts that a main file is read with, in this order.
const PARTS: [(&str, &[&str]); 2] =
    [("haproxy.cfg", &["conf.d", "haproxy.d", "services.d"]), ("nginx.conf", &["conf.d", "sites-enabled"])];

/// Takes a file in that is a balancer's by what it says; false where it is not. A name of nova's is taken at its word.
pub(super) fn take(host: &mut Host, path: &Path, bytes: &[u8]) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name.starts_with("nova") {
        return false;
    }
    // most files are neither's, and all of them come by here
    let text = std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
    let Some(kind) = kind_of(&text) else { return false };
    keep(host, path, kind, &text);
    true
}

/// Takes in what lies below a directory in its own layout; whether there is any.
pub(super) fn take_below(host: &mut Host, dir: &Path) -> bool {
    let mut any = false;
    for (main, parts) in files_below(dir) {
        let kind = if main.ends_with("nginx.conf") { Kind::Nginx } else { Kind::Haproxy };
        for path in std::iter::once(main).chain(parts) {
            match read(&path, MAX_FILE) {
                Ok(bytes) => keep(host, &path, kind, &String::from_utf8_lossy(&bytes)),
                Err(PathProblem::Denied(path)) => host.unreadable.push(Unreadable {
                    what: path.display().to_string(),
                    pid: None,
                    command: sudo_line(&path),
                }),
                Err(_) => continue,
            }
            any = true;
        }
    }
    any
}

fn keep(host: &mut Host, path: &Path, kind: Kind, text: &str) {
    let path = path.display().to_string();
    if !host.balancers.iter().any(|known| known.path == path) {
        host.balancers.push(BalancerFile { path, parsed: parse(kind, text) });
    }
}

/// Main files with their parts.
fn files_below(dir: &Path) -> Vec<(PathBuf, Vec<PathBuf>)> {
    let mut found = Vec::new();
    for place in PLACES {
        let place = if place.is_empty() { dir.to_owned() } else { dir.join(place) };
        for (main, parts) in PARTS {
            let main = place.join(main);
            if main.is_file() {
                found.push((main, parts.iter().flat_map(|part| part_files(&place.join(part))).collect()));
            }
        }
    }
    found
}

/// What is read of a directory of parts: `*.cfg`, `*.conf`, and all of Debian's `sites-enabled`.
fn part_files(dir: &Path) -> Vec<PathBuf> {
    if dir.ends_with("conf.d") && dir.parent().is_some_and(|parent| parent.join("nginx.conf").is_file()) {
        return conf_files(dir);
    }
    let Ok(entries) = dir.read_dir() else { return Vec::new() };
    let all = dir.ends_with("sites-enabled");
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_file() && (all || path.extension().is_some_and(|kind| kind == "cfg")))
        .take(500)
        .collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        dir
    }

    #[test]
    fn each_is_found_in_its_own_layout_and_read_with_its_parts() {
        let dir = tree(&[
            ("etc/kolla/haproxy/haproxy.cfg", "global\n"),
            ("etc/kolla/haproxy/services.d/nova.cfg", "listen novnc\n"),
            ("etc/kolla/haproxy/services.d/README", "x\n"),
            ("etc/nginx/nginx.conf", "http { }\n"),
            ("etc/nginx/conf.d/console.conf", "server { }\n"),
            ("etc/nginx/sites-enabled/console", "server { }\n"),
            ("etc/apache2/conf.d/x.conf", "server { }\n"),
        ]);
        let mut host = Host::default();
        assert!(take_below(&mut host, dir.path()));
        let paths: Vec<_> = host.balancers.iter().map(|file| file.path.rsplit('/').next().unwrap()).collect();
        assert_eq!(paths, ["nginx.conf", "console.conf", "console", "haproxy.cfg", "nova.cfg"]);
        assert!(!take_below(&mut Host::default(), &dir.path().join("etc/apache2")));
    }

    #[test]
    fn a_file_is_known_by_what_it_says() {
        let mut host = Host::default();
        let mut taken = |name: &str, text: &str| take(&mut host, Path::new(name), text.as_bytes());
        assert!(taken("lb.conf", "defaults\n mode http\n"));
        assert!(!taken("nova.conf", "[DEFAULT]\n") && !taken("x.conf", "[DEFAULT]\n"));
    }
}

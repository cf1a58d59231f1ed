//! Versions of nova and of what a console needs: from dpkg, from rpm, and from the Python packages that a service runs on.
//!
//! The Python packages count most: they are what runs, in a virtual environment or a container as well. Limits: a bounded
//! number of files; rpm is asked only where it is installed, and given up after its time.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::discover::open;
use super::program::answer;
use crate::evidence::process::{Package, PackageSource, Process};

mod python;

/// Longest dpkg status file read, in bytes.
const MAX_STATUS: u64 = 64 * 1024 * 1024;
/// Longest metadata file and rpm answer read, in bytes.
const MAX_TEXT: u64 = 1024 * 1024;

/// Distribution packages of interest.
const SYSTEM: [&str; 27] = [
    "nova-common",
    "nova-compute",
    "nova-consoleauth",
    "nova-consoleproxy",
    "nova-novncproxy",
    "nova-api",
    "nova-conductor",
    "python-nova",
    "python3-nova",
    "novnc",
    "python-novnc",
    "python3-novnc",
    "websockify",
    "python-websockify",
    "python3-websockify",
    "python-memcache",
    "python3-memcache",
    "python-oslo.cache",
    "python3-oslo.cache",
    "memcached",
    "openstack-nova-common",
    "openstack-nova-compute",
    "openstack-nova-console",
    "openstack-nova-novncproxy",
    "python3-oslo-cache",
    "python2-oslo-cache",
    "python-oslo-cache",
];

/// Everything of interest that is installed below a root, and on which the given processes run.
pub fn packages(root: &Path, processes: &[&Process], rpm_time: Duration) -> Vec<Package> {
    let mut found = dpkg(root);
    if root == Path::new("/") {
        found.extend(rpm(rpm_time));
    }
    for process in processes {
        for package in python::packages(root, process) {
            let same = |known: &Package| {
                (&known.name, &known.version, place(known)) == (&package.name, &package.version, place(&package))
            };
            if !found.iter().any(same) {
                found.push(package);
            }
        }
    }
    found
}

fn place(package: &Package) -> &str {
    match &package.source {
        PackageSource::Python { path, .. } => path,
        PackageSource::Dpkg | PackageSource::Rpm => "",
    }
}

/// Without epoch, packaging revision and repackaging mark: `2:17.0.13-0ubuntu5` is 17.0.13, `1:1.3.0+dfsg1-1` is 1.3.0.
pub fn upstream(version: &str) -> String {
    let version = version.split_once(':').map_or(version, |(_, rest)| rest);
    let version = version.rsplit_once('-').map_or(version, |(upstream, _)| upstream);
    version.split(['+', '~']).next().unwrap_or_default().to_owned()
}

/// dpkg's status file, stanza by stanza.
fn dpkg(root: &Path) -> Vec<Package> {
    let Ok((file, _)) = open(&root.join("var/lib/dpkg/status")) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let (mut name, mut version, mut installed) = (String::new(), String::new(), false);
    for line in
        BufReader::new(file.take(MAX_STATUS)).split(b'\n').map_while(Result::ok).chain(std::iter::once(Vec::new()))
    {
        let line = String::from_utf8_lossy(&line);
        if line.is_empty() {
            if installed && SYSTEM.contains(&name.as_str()) {
                let upstream = upstream(&version);
                found.push(Package {
                    name: name.clone(),
                    version: version.clone(),
                    upstream,
                    source: PackageSource::Dpkg,
                });
            }
            (name, version, installed) = (String::new(), String::new(), false);
        } else if let Some(value) = line.strip_prefix("Package: ") {
            value.trim().clone_into(&mut name);
        } else if let Some(value) = line.strip_prefix("Version: ") {
            value.trim().clone_into(&mut version);
        } else if let Some(value) = line.strip_prefix("Status: ") {
            installed = value.trim().ends_with(" installed");
        }
    }
    found
}

/// `rpm -q`, where there is one.
fn rpm(time: Duration) -> Vec<Package> {
    let Some(program) = ["/usr/bin/rpm", "/bin/rpm"].iter().find(|program| Path::new(program).is_file()) else {
        return Vec::new();
    };
    let mut command = Command::new(program);
    command.args(["-q", "--qf", "%{NAME} %{VERSION}-%{RELEASE}\\n"]).args(SYSTEM);
    rpm_answer(&answer(command, time, MAX_TEXT).text)
}

/// `name version` of each installed package; the others are `package x is not installed`.
fn rpm_answer(text: &str) -> Vec<Package> {
    let pairs = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(name, version)| SYSTEM.contains(name) && !version.contains(' '));
    pairs
        .map(|(name, version)| Package {
            name: name.to_owned(),
            version: version.to_owned(),
            upstream: upstream(version),
            source: PackageSource::Rpm,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upstream_versions() {
        for (version, expected) in [
            ("2:17.0.13-0ubuntu5", "17.0.13"),
            ("1:1.3.0+dfsg1-1", "1.3.0"),
            ("0.10.0+dfsg1-4+b1", "0.10.0"),
            ("26.1.1-1.el9", "26.1.1"),
            ("3:29.0.1~rc1-1", "29.0.1"),
            ("34.0.0", "34.0.0"),
            ("", ""),
        ] {
            assert_eq!(upstream(version), expected);
        }
    }

    #[test]
    fn what_rpm_answers() {
        let text = "openstack-nova-common 17.0.13-1.el7\npackage memcached is not installed\nbash 5.1-1\n";
        let found: Vec<_> = rpm_answer(text).into_iter().map(|package| (package.name, package.upstream)).collect();
        assert_eq!(found, [("openstack-nova-common".to_owned(), "17.0.13".to_owned())]);
    }
}

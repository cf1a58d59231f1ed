//! Versions of nova and of what a console needs: from dpkg, from rpm, and from the Python packages that a service runs on.
//!
//! The Python packages count most: they are what runs, in a virtual environment or a container as well. Limits: a bounded
//! number of files; rpm is asked only where it is installed, and given up after its time.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::discover::{open, read};
use crate::evidence::process::{Package, PackageSource, Process};

/// Longest dpkg status file read, in bytes.
const MAX_STATUS: u64 = 64 * 1024 * 1024;
/// Longest metadata file and rpm answer read, in bytes.
const MAX_TEXT: u64 = 1024 * 1024;

/// Python packages of interest, as they are normalised.
const PYTHON: [&str; 13] = [
    "nova",
    "websockify",
    "oslo-cache",
    "oslo-config",
    "oslo-messaging",
    "oslo-log",
    "python-memcached",
    "pymemcache",
    "dogpile-cache",
    "python-binary-memcached",
    "eventlet",
    "pymysql",
    "novnc",
];
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
        for package in python(root, process) {
            let same = |known: &Package| {
                (&known.name, &known.version, place(known))
                    == (&package.name, &package.version, place(&package))
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
    let version = version
        .rsplit_once('-')
        .map_or(version, |(upstream, _)| upstream);
    version
        .split(['+', '~'])
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// dpkg's status file, stanza by stanza.
fn dpkg(root: &Path) -> Vec<Package> {
    let Ok((file, _)) = open(&root.join("var/lib/dpkg/status")) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let (mut name, mut version, mut installed) = (String::new(), String::new(), false);
    for line in BufReader::new(file.take(MAX_STATUS))
        .split(b'\n')
        .map_while(Result::ok)
        .chain(std::iter::once(Vec::new()))
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
    let Some(program) = ["/usr/bin/rpm", "/bin/rpm"]
        .iter()
        .find(|program| Path::new(program).is_file())
    else {
        return Vec::new();
    };
    let mut command = Command::new(program);
    command
        .args(["-q", "--qf", "%{NAME} %{VERSION}-%{RELEASE}\\n"])
        .args(SYSTEM);
    rpm_answer(&answer(command, time))
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

/// What a program prints within a time; what it printed until then if it takes longer.
fn answer(mut command: Command, time: Duration) -> String {
    let deadline = Instant::now() + time;
    let Ok(mut child) = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
    else {
        return String::new();
    };
    let (sender, receiver) = std::sync::mpsc::channel();
    if let Some(out) = child.stdout.take() {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            // An error ends the answer where it is; a reader that gave up wants none.
            let _ = out.take(MAX_TEXT).read_to_end(&mut text);
            let _ = sender.send(text);
        });
    }
    while matches!(child.try_wait(), Ok(None)) {
        if Instant::now() >= deadline {
            // It may have ended just now.
            let _ = child.kill();
            let _ = child.wait();
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    // A grandchild could keep the pipe open.
    let text = receiver
        .recv_timeout(Duration::from_millis(500))
        .unwrap_or_default();
    String::from_utf8_lossy(&text).into_owned()
}

/// The packages beside a service's program: `<prefix>/lib/python*/{site,dist}-packages/*.{dist,egg}-info`.
fn python(root: &Path, process: &Process) -> Vec<Package> {
    let base = process
        .root
        .as_ref()
        .map_or_else(|| root.to_owned(), PathBuf::from);
    let outside = |path: &Path| base.join(path.strip_prefix("/").unwrap_or(path));
    let mut prefixes: Vec<PathBuf> = Vec::new();
    for path in [
        Some(process.script.as_str()),
        process.interpreter.as_deref(),
    ]
    .into_iter()
    .flatten()
    {
        let prefix = Path::new(path).parent().and_then(Path::parent);
        let prefix = prefix.filter(|prefix| prefix.is_absolute()).map(outside);
        prefixes.extend(prefix.filter(|prefix| !prefixes.contains(prefix)));
    }
    if prefixes.contains(&base.join("usr")) && !prefixes.contains(&base.join("usr/local")) {
        prefixes.push(base.join("usr/local"));
    }
    let libraries: Vec<_> = prefixes
        .iter()
        .flat_map(|prefix| libraries(prefix))
        .collect();
    let mut found: Vec<Package> = interpreter(
        &libraries,
        process
            .interpreter
            .as_deref()
            .map(|path| outside(Path::new(path))),
        process,
    )
    .into_iter()
    .collect();
    for library in &libraries {
        for packages in [library.join("site-packages"), library.join("dist-packages")] {
            found.extend(metadata(&packages, process));
        }
    }
    found
}

/// `<prefix>/lib*/python*`.
fn libraries(prefix: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for lib in ["lib", "lib64"] {
        let Ok(entries) = prefix.join(lib).read_dir() else {
            continue;
        };
        let named = |path: &PathBuf| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("python"))
        };
        found.extend(
            entries
                .flatten()
                .map(|entry| entry.path())
                .filter(named)
                .take(16),
        );
    }
    found.sort();
    found
}

/// The version of Python: from the interpreter's own name behind its links, else from the one `lib/python3.11` beside it.
fn interpreter(
    libraries: &[PathBuf],
    program: Option<PathBuf>,
    process: &Process,
) -> Option<Package> {
    let of_name = |path: &Path| {
        let version = path.file_name()?.to_str()?.strip_prefix("python")?;
        (version.contains('.')
            && version
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.'))
        .then(|| version.to_owned())
    };
    let program = program
        .and_then(|program| program.canonicalize().ok())
        .filter(|program| of_name(program).is_some());
    let full: Vec<_> = libraries
        .iter()
        .filter(|library| of_name(library).is_some())
        .collect();
    let place = match (program, full.as_slice()) {
        (Some(program), _) => program,
        (None, [library]) => (*library).clone(),
        _ => return None,
    };
    let version = of_name(&place)?;
    let source = PackageSource::Python {
        path: place.display().to_string(),
        pid: process.pid,
    };
    Some(Package {
        name: "python".to_owned(),
        upstream: version.clone(),
        version,
        source,
    })
}

fn metadata(packages: &Path, process: &Process) -> Vec<Package> {
    let Ok(entries) = packages.read_dir() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries.flatten().take(20_000) {
        let (file, path) = (
            entry.file_name().to_string_lossy().into_owned(),
            entry.path(),
        );
        let Some(stem) = file
            .strip_suffix(".dist-info")
            .or_else(|| file.strip_suffix(".egg-info"))
        else {
            continue;
        };
        let name = stem
            .split_once('-')
            .map_or(stem, |(name, _)| name)
            .to_ascii_lowercase()
            .replace(['_', '.'], "-");
        // `python-memcached` keeps its dash in old metadata.
        let name = if stem.to_ascii_lowercase().starts_with("python-memcached") {
            "python-memcached".to_owned()
        } else {
            name
        };
        if !PYTHON.contains(&name.as_str()) {
            continue;
        }
        let candidates = [path.join("METADATA"), path.join("PKG-INFO"), path.clone()];
        let Some(text) = candidates.iter().find_map(|path| read(path, MAX_TEXT).ok()) else {
            continue;
        };
        let text = String::from_utf8_lossy(&text).into_owned();
        let header = text
            .lines()
            .take_while(|line| !line.is_empty())
            .find_map(|line| line.strip_prefix("Version: "));
        if let Some(version) = header.map(|version| version.trim().to_owned()) {
            let source = PackageSource::Python {
                path: path.display().to_string(),
                pid: process.pid,
            };
            found.push(Package {
                name,
                upstream: version.clone(),
                version,
                source,
            });
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
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
        let text =
            "openstack-nova-common 17.0.13-1.el7\npackage memcached is not installed\nbash 5.1-1\n";
        let found: Vec<_> = rpm_answer(text)
            .into_iter()
            .map(|package| (package.name, package.upstream))
            .collect();
        assert_eq!(
            found,
            [("openstack-nova-common".to_owned(), "17.0.13".to_owned())]
        );
    }

    #[test]
    fn a_program_that_hangs_is_given_up() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo here; exec sleep 30"]);
        let begun = Instant::now();
        assert_eq!(answer(command, Duration::from_millis(300)), "here\n");
        assert!(begun.elapsed() < Duration::from_secs(5));
        assert_eq!(
            answer(Command::new("/no/such/program"), Duration::from_secs(1)),
            ""
        );
    }
}

//! The Python packages that a service runs on, by the metadata beside its program.

use std::path::{Path, PathBuf};

use super::MAX_TEXT;
use crate::evidence::process::{Package, PackageSource, Process};
use crate::observe::discover::read;

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
/// The packages beside a service's program: `<prefix>/lib/python*/{site,dist}-packages/*.{dist,egg}-info`.
pub(super) fn packages(root: &Path, process: &Process) -> Vec<Package> {
    let base = process.root.as_ref().map_or_else(|| root.to_owned(), PathBuf::from);
    let outside = |path: &Path| base.join(path.strip_prefix("/").unwrap_or(path));
    let mut prefixes: Vec<PathBuf> = Vec::new();
    for path in [Some(process.script.as_str()), process.interpreter.as_deref()].into_iter().flatten() {
        let prefix = Path::new(path).parent().and_then(Path::parent);
        let prefix = prefix.filter(|prefix| prefix.is_absolute()).map(outside);
        prefixes.extend(prefix.filter(|prefix| !prefixes.contains(prefix)));
    }
    if prefixes.contains(&base.join("usr")) && !prefixes.contains(&base.join("usr/local")) {
        prefixes.push(base.join("usr/local"));
    }
    let libraries: Vec<_> = prefixes.iter().flat_map(|prefix| libraries(prefix)).collect();
    let mut found: Vec<Package> =
        interpreter(&libraries, process.interpreter.as_deref().map(|path| outside(Path::new(path))), process)
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
        let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("python"));
        found.extend(entries.flatten().map(|entry| entry.path()).filter(named).take(16));
    }
    found.sort();
    found
}

/// The version of Python: from the interpreter's own name behind its links, else from the one `lib/python3.11` beside it.
fn interpreter(libraries: &[PathBuf], program: Option<PathBuf>, process: &Process) -> Option<Package> {
    let of_name = |path: &Path| {
        let version = path.file_name()?.to_str()?.strip_prefix("python")?;
        (version.contains('.') && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
            .then(|| version.to_owned())
    };
    let program = program.and_then(|program| program.canonicalize().ok()).filter(|program| of_name(program).is_some());
    let full: Vec<_> = libraries.iter().filter(|library| of_name(library).is_some()).collect();
    let place = match (program, full.as_slice()) {
        (Some(program), _) => program,
        (None, [library]) => (*library).clone(),
        _ => return None,
    };
    let version = of_name(&place)?;
    let source = PackageSource::Python { path: place.display().to_string(), pid: process.pid };
    Some(Package { name: "python".to_owned(), upstream: version.clone(), version, source })
}

fn metadata(packages: &Path, process: &Process) -> Vec<Package> {
    let Ok(entries) = packages.read_dir() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries.flatten().take(20_000) {
        let (file, path) = (entry.file_name().to_string_lossy().into_owned(), entry.path());
        let Some(stem) = file.strip_suffix(".dist-info").or_else(|| file.strip_suffix(".egg-info")) else {
            continue;
        };
        let name = stem.split_once('-').map_or(stem, |(name, _)| name).to_ascii_lowercase().replace(['_', '.'], "-");
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
        let header = text.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix("Version: "));
        if let Some(version) = header.map(|version| version.trim().to_owned()) {
            let source = PackageSource::Python { path: path.display().to_string(), pid: process.pid };
            found.push(Package { name, upstream: version.clone(), version, source });
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

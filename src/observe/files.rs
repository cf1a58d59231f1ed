//! Configuration files into evidence: opened, read as oslo.config reads them, redacted before anything is kept.

use super::balancers;
use super::discover::{Found, FoundFile, Looked, MAX_FILE, PathProblem, files_for, look, read, roles_from_path};
use super::request::ConfigInput;
use crate::evidence::host::{ConfigFile, Host, ServiceConfig};
use crate::evidence::process::{Service, Unreadable};
use crate::oslo::ini::{self, template};
use crate::oslo::redact;
use std::collections::BTreeMap;
use std::path::Path;

/// Reads what a `--config` names into its host.
///
/// # Errors
/// The path is missing, unreadable, no file, or a directory without any nova.conf.
pub(super) fn add(host: &mut Host, input: &ConfigInput) -> Result<(), PathProblem> {
    let looked = look(&input.path);
    let is_dir = matches!(looked, Ok(Looked::Directory(_)) | Err(PathProblem::NoConfig(_)));
    let below = is_dir && balancers::take_below(host, &input.path);
    let looked = match looked {
        // a balancer's machine need not have anything of nova's
        Err(PathProblem::NoConfig(_)) if below => return Ok(()),
        other => other?,
    };
    match looked {
        Looked::File(_, ref bytes) if input.services.is_empty() && balancers::take(host, &input.path, bytes) => {}
        Looked::File(file, bytes) => {
            let index = keep(host, &file, &bytes);
            let by_path = roles_from_path(&input.path);
            let services: Vec<Option<Service>> = match (input.services.as_slice(), by_path) {
                ([], service) => vec![service],
                (services, _) => services.iter().copied().map(Some).collect(),
            };
            let told_by = told_by(input).or(by_path.map(|_| "layout"));
            for service in services {
                assign(host, service, vec![index], told_by);
            }
        }
        Looked::Directory(found) => directory(host, input, &found)?,
    }
    Ok(())
}

/// How a service was told, if the user told it.
fn told_by(input: &ConfigInput) -> Option<&'static str> {
    match (input.services.is_empty(), input.group) {
        (true, _) => None,
        (false, false) => Some("flag"),
        (false, true) => Some("flag-group"),
    }
}

fn directory(host: &mut Host, input: &ConfigInput, found: &[Found]) -> Result<(), PathProblem> {
    if input.services.is_empty() {
        for one in found {
            let told = one.service.map(|_| "layout");
            let indices = load_all(host, &one.files)?;
            assign(host, one.service, indices, told);
        }
        return Ok(());
    }
    for &service in &input.services {
        let own = found.iter().find(|one| one.service == Some(service));
        let Some(one) = own.or_else(|| found.iter().find(|one| one.service.is_none())).or_else(|| found.first()) else {
            continue;
        };
        let files = if own.is_some() { one.files.clone() } else { files_for(&one.dir, Some(service)) };
        let files = if files.is_empty() { one.files.clone() } else { files };
        let indices = load_all(host, &files)?;
        assign(host, Some(service), indices, told_by(input));
    }
    Ok(())
}

/// Loads files of a directory; one that may not be read is evidence, unless none can be.
fn load_all(host: &mut Host, files: &[FoundFile]) -> Result<Vec<usize>, PathProblem> {
    let mut indices = Vec::new();
    let mut problem = None;
    for file in files {
        match load(host, file) {
            Ok(index) => indices.push(index),
            Err(error) => {
                host.unreadable.push(Unreadable {
                    what: file.path.display().to_string(),
                    pid: None,
                    command: super::discover::sudo_line(&file.path),
                });
                problem = Some(error);
            }
        }
    }
    match problem {
        Some(error) if indices.is_empty() => Err(error),
        _ => Ok(indices),
    }
}

/// Reads one file once; returns its place among the host's files.
pub(super) fn load(host: &mut Host, file: &FoundFile) -> Result<usize, PathProblem> {
    match known(host, file) {
        Some(index) => Ok(index),
        None => Ok(keep(host, file, &read(&file.path, MAX_FILE)?)),
    }
}

/// Keeps what stands in a file, once; returns its place among the host's files.
fn keep(host: &mut Host, file: &FoundFile, bytes: &[u8]) -> usize {
    known(host, file).unwrap_or_else(|| {
        let parsed = parse(&file.path, bytes).into();
        host.files.push(ConfigFile { path: file.path.display().to_string(), modified: file.mtime, parsed });
        host.files.len() - 1
    })
}

fn known(host: &Host, file: &FoundFile) -> Option<usize> {
    let path = file.path.to_string_lossy();
    host.files.iter().position(|known| known.path == path)
}

/// The bytes of a file as evidence keeps them: read as oslo.config does, what is a template by its name or beyond doubt as
/// one, and redacted.
pub fn parse(path: &Path, bytes: &[u8]) -> ini::Parsed {
    let mut parsed = parse_whole(path, bytes);
    redact::redact(&mut parsed);
    parsed
}

/// As [`parse`], with every secret: never for evidence.
pub(super) fn parse_whole(path: &Path, bytes: &[u8]) -> ini::Parsed {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let by_name = template::plain_name(&name) != name;
    let mut parsed = if by_name { ini::parse_template(bytes) } else { ini::parse(bytes) };
    if !by_name && template::is_template(&parsed, bytes) {
        parsed = ini::parse_template(bytes);
    }
    parsed
}

/// Adds files to a service's list; later ones win, as on a command line.
pub(super) fn assign(host: &mut Host, service: Option<Service>, files: Vec<usize>, told_by: Option<&str>) {
    if let Some(config) = host.configs.iter_mut().find(|config| config.service == service) {
        for file in files {
            config.files.retain(|known| *known != file);
            config.files.push(file);
        }
        return;
    }
    host.configs.push(ServiceConfig { service, files, env: BTreeMap::new(), told_by: told_by.map(str::to_owned) });
}

/// A file as the kernel names it, for comparing a given path with what a process reads.
pub(super) fn canonical(path: &Path) -> std::path::PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

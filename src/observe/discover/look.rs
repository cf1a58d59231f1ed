//! What a path given by the user stands for: a file, a configuration directory, or a tree that holds some.

use std::fs::Metadata;
use std::path::{Component, Path, PathBuf};

use memchr::memmem;

use super::layouts::{discover, kolla, operator, owned};
use super::{Found, FoundFile, Layout, PathProblem, configurations, file};
use crate::evidence::process::Service;
use crate::oslo::ini::template;

/// Levels below a directory in which configurations are looked for: enough for a sosreport in a folder.
const DEPTH: usize = 9;
/// Bytes at the start of a file in which a Kubernetes object names itself.
const HEAD: usize = 512;
/// Most configurations taken from one tree.
const MAX_FOUND: usize = 200;

/// What a path stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Looked {
    /// One file, whatever its name, and what stands in it; to be read alone.
    File(FoundFile, Vec<u8>),
    /// The configurations in a directory or below it, most particular first.
    Directory(Vec<Found>),
}

/// What a path stands for. Never waits on a pipe or a device.
pub fn look(path: &Path) -> Result<Looked, PathProblem> {
    let metadata = path.metadata().map_err(|error| PathProblem::of(path, &error))?;
    if !metadata.is_dir() {
        return nova_conf(path, &metadata);
    }
    path.read_dir().map_err(|error| PathProblem::of(path, &error))?;
    let found = directory(path);
    if found.is_empty() { Err(PathProblem::NoConfig(path.to_owned())) } else { Ok(Looked::Directory(found)) }
}

/// Opened once: most runs over a repository do little else.
fn nova_conf(path: &Path, seen: &Metadata) -> Result<Looked, PathProblem> {
    let (bytes, metadata) = file::read_seen(path, seen, file::MAX_FILE)?;
    if is_object(&bytes[..bytes.len().min(HEAD)]) {
        return Err(PathProblem::Manifest(path.to_owned()));
    }
    if bytes.starts_with(b"\x1f\x8b") || bytes.starts_with(b"\xfd7zXZ\0") {
        return Err(PathProblem::Compressed(path.to_owned()));
    }
    let found =
        FoundFile { path: path.to_owned(), mtime: file::mtime(&metadata), size: Some(metadata.len()), readable: true };
    Ok(Looked::File(found, bytes))
}

/// Whether the start of a file is that of a Kubernetes object, in YAML or JSON.
fn is_object(start: &[u8]) -> bool {
    let names = |line: &str| line.starts_with("apiVersion:") || line.trim_start().starts_with("\"apiVersion\":");
    memmem::find(start, b"apiVersion").is_some() && String::from_utf8_lossy(start).lines().any(names)
}

fn directory(path: &Path) -> Vec<Found> {
    let here = one(path);
    if !here.is_empty() {
        return here;
    }
    let mut found = kolla(path);
    found.extend(discover(path));
    if !found.is_empty() {
        return found;
    }
    tree(path)
}

/// Configurations somewhere below: each directory that has a `nova.conf`, a `<program>.conf` or a `nova.conf.d`.
fn tree(top: &Path) -> Vec<Found> {
    let mut dirs: Vec<PathBuf> = Vec::new();
    for path in file::walk(top, DEPTH) {
        let Some(dir) = path.parent() else { continue };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let in_conf_d =
            dir.file_name().is_some_and(|dir| dir == "nova.conf.d") && super::conf_files(dir).contains(&path);
        let of_service = name == "nova-blank.conf"
            || name.strip_suffix(".conf").is_some_and(|name| name == "nova" || Service::from_program(name).is_some());
        let holder = if in_conf_d { dir.parent() } else { of_service.then_some(dir) };
        if let Some(holder) = holder.map(Path::to_owned)
            && !dirs.contains(&holder)
        {
            dirs.push(holder);
        }
    }
    dirs.truncate(MAX_FOUND);
    dirs.iter().flat_map(|dir| one(dir)).collect()
}

/// The configurations in one directory.
fn one(dir: &Path) -> Vec<Found> {
    if let Some(found) = operator(dir) {
        return vec![found];
    }
    match roles_from_path(dir) {
        Some(service) => owned(layout_of(dir), service, dir).into_iter().collect(),
        None => configurations(layout_of(dir), dir),
    }
}

/// The kind of deployment that a path speaks of.
fn layout_of(path: &Path) -> Layout {
    let names: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    let has = |name: &str| names.iter().any(|part| part == name);
    if has("kolla") || names.iter().rev().take(1).any(|name| Service::from_program(name).is_some()) {
        Layout::Kolla
    } else if has("puppet-generated") {
        Layout::Tripleo
    } else if has("nova-etc") {
        Layout::OpenstackHelm
    } else if has("snap") {
        Layout::Snap
    } else if path.ends_with("etc/nova") {
        Layout::Packages
    } else {
        Layout::Directory
    }
}

/// The one service that reads the files at a path, as far as the path tells: Kolla's `nova-novncproxy/nova.conf`,
/// TripleO's `nova_libvirt/etc/nova/nova.conf`, DevStack's `nova-cpu.conf`, a program's own `nova-compute.conf`.
/// None for a path that several services share, which is the usual case.
pub fn roles_from_path(path: &Path) -> Option<Service> {
    let mut names = path.components().rev().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    let file = names.next()?;
    let file = template::plain_name(&file);
    let program = file.strip_suffix(".conf").or_else(|| file.strip_suffix(".conf.d")).unwrap_or(file);
    if program == "nova-cpu" {
        return Some(Service::Compute);
    }
    if let Some(service) = Service::from_program(program) {
        return Some(service);
    }
    names.take(4).chain(std::iter::once(file.into())).find_map(|name| match name.as_ref() {
        "nova_libvirt" | "nova_compute" | "openstack-hypervisor" => Some(Service::Compute),
        "nova_vnc_proxy" | "nova_novncproxy" => Some(Service::Novncproxy),
        "nova_consoleauth" => Some(Service::Consoleauth),
        "nova_api" => Some(Service::Api),
        "nova_conductor" => Some(Service::Conductor),
        name => Service::from_program(name),
    })
}

//! Where nova's files live on this kind of deployment, and what a path given by the user stands for.
//!
//! A service reads, in this order and the last one winning, `nova.conf`, `<program>.conf`, `nova.conf.d/*.conf` and
//! `<program>.conf.d/*.conf` of its configuration directory (oslo.config through `nova/config.py`, 15 to 34), unless its
//! command line names others: that is `process`'s matter. Limits: the content of a file is not looked at here, except to
//! tell a Kubernetes object from a nova.conf.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::evidence::process::Service;

mod file;
mod layouts;
mod look;
mod names;
mod survey;

pub(crate) use file::mtime;
pub use file::{MAX_FILE, PathProblem, open, read, sudo_line, walk};
pub use layouts::discover;
pub use look::{Looked, look, roles_from_path};
pub use survey::{Survey, survey};

/// How a cloud was put on its machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// Distribution packages, charms: `/etc/nova`.
    Packages,
    /// Kolla: `/etc/kolla/<service>/`.
    Kolla,
    /// TripleO and RHOSP to 17: `/var/lib/config-data/puppet-generated/`.
    Tripleo,
    /// RHOSP 18: `nova.conf.d` beside an empty `nova.conf`; `/var/lib/openstack/` on compute nodes.
    Rhosp18,
    /// openstack-ansible: `/etc/nova`, services in `/openstack/venvs/`.
    OpenstackAnsible,
    /// openstack-helm: `nova-etc`, mounted as `/etc/nova` or dumped.
    OpenstackHelm,
    /// DevStack: `/etc/nova` with one file for each cell and one for the compute service.
    Devstack,
    /// Juju charms: `/etc/nova` beside `/var/lib/juju`.
    Charm,
    /// Snaps: `/var/snap/<snap>/common/etc/nova`.
    Snap,
    /// A directory of another kind that holds nova's files.
    Directory,
}

/// One configuration as one service would read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The kind of deployment.
    pub layout: Layout,
    /// The service that reads these files; none when every service without a configuration of its own does.
    pub service: Option<Service>,
    /// The directory.
    pub dir: PathBuf,
    /// The files in the order in which they are read; the last one wins.
    pub files: Vec<FoundFile>,
}

/// A file, not yet read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoundFile {
    /// Its path.
    pub path: PathBuf,
    /// When it was last changed, in unix seconds.
    pub mtime: Option<f64>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// This user may read it.
    pub readable: bool,
}

impl FoundFile {
    /// What can be said of a file without reading it.
    pub fn at(path: PathBuf) -> Self {
        let metadata = path.metadata().ok();
        let readable = file::open(&path).is_ok();
        Self { mtime: metadata.as_ref().and_then(mtime), size: metadata.map(|metadata| metadata.len()), readable, path }
    }
}

/// The files that a service reads in a configuration directory when its command line names none. Without a service: those
/// that all of nova's services share.
pub fn files_for(dir: &Path, service: Option<Service>) -> Vec<FoundFile> {
    let names = std::iter::once("nova").chain(service.map(Service::program));
    let mut paths: Vec<PathBuf> = names
        .clone()
        .map(|name| dir.join(format!("{name}.conf")))
        .filter(|path| exists(path) || hidden(path))
        .collect();
    for name in names {
        paths.extend(conf_files(&dir.join(format!("{name}.conf.d"))));
    }
    paths.into_iter().map(FoundFile::at).collect()
}

/// `*.conf` of a directory by name, as `glob` gives them: not those that begin with a dot.
pub fn conf_files(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = dir.read_dir() else {
        return Vec::new();
    };
    let fits = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        !name.starts_with('.') && path.extension().is_some_and(|kind| kind == "conf") && exists(path)
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(fits).take(1000).collect();
    paths.sort();
    paths
}

/// The service beside nova whose file this is, by its name.
pub fn anothers(path: &Path) -> Option<&'static str> {
    names::anothers(path)
}

/// There, and no directory. A file that may not be read is there.
fn exists(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| !metadata.is_dir())
}

/// A `nova.conf` that cannot be seen, because its directory may not be searched: taken to be there, and not readable.
fn hidden(path: &Path) -> bool {
    path.ends_with("etc/nova/nova.conf")
        && path.metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
}

/// The configurations in one directory: the shared one, and one for each service that has files of its own.
fn configurations(layout: Layout, dir: &Path) -> Vec<Found> {
    let found =
        |service: Option<Service>| Found { layout, service, dir: dir.to_owned(), files: files_for(dir, service) };
    let shared = found(None);
    let count = shared.files.len();
    let own = Service::ALL.into_iter().map(|service| found(Some(service))).filter(|own| own.files.len() > count);
    let own: Vec<_> = own.collect();
    std::iter::once(shared).filter(|shared| !shared.files.is_empty()).chain(own).collect()
}

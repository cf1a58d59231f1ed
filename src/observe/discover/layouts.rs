//! The places of each kind of deployment, below a root directory: `/`, or a copy of one machine's.

use std::path::{Path, PathBuf};

use super::{Found, FoundFile, Layout, configurations, exists};
use crate::evidence::process::Service;

/// Directories below the root that hold a configuration for every service.
const PLACES: [(Layout, &str); 5] = [
    (Layout::Tripleo, "var/lib/config-data/puppet-generated/nova/etc/nova"),
    (Layout::OpenstackHelm, "nova-etc"),
    (Layout::Snap, "var/snap/microstack/common/etc/nova"),
    (Layout::Snap, "var/snap/microstack/current/etc/nova"),
    (Layout::Snap, "var/snap/openstack-hypervisor/common/etc/nova"),
];

/// Directories that one service alone reads.
const OWN: [(Layout, Service, &str); 6] = [
    (Layout::Tripleo, Service::Compute, "var/lib/config-data/puppet-generated/nova_libvirt/etc/nova"),
    (Layout::Tripleo, Service::Compute, "var/lib/config-data/puppet-generated/nova_compute/etc/nova"),
    (Layout::Tripleo, Service::Novncproxy, "var/lib/config-data/puppet-generated/nova_vnc_proxy/etc/nova"),
    (Layout::Tripleo, Service::Consoleauth, "var/lib/config-data/puppet-generated/nova_consoleauth/etc/nova"),
    (Layout::Tripleo, Service::Api, "var/lib/config-data/puppet-generated/nova_api/etc/nova"),
    (Layout::Tripleo, Service::Conductor, "var/lib/config-data/puppet-generated/nova_conductor/etc/nova"),
];

/// Every configuration of nova below a root directory, most particular first: for a service take the first with its name,
/// else the first without one.
pub fn discover(root: &Path) -> Vec<Found> {
    let mut found = kolla(&root.join("etc/kolla"));
    for (layout, service, place) in OWN {
        found.extend(owned(layout, service, &root.join(place)));
    }
    for place in ["var/lib/openstack/config/nova", "var/lib/openstack/nova"] {
        found.extend(operator(&root.join(place)).map(|found| Found { service: Some(Service::Compute), ..found }));
    }
    for (layout, place) in PLACES {
        found.extend(configurations(layout, &root.join(place)));
    }
    let etc = root.join("etc/nova");
    found.extend(cells(&etc));
    found.extend(configurations(etc_layout(root, &etc), &etc));
    for host in &mut found {
        // The hypervisor's snap runs nova-compute and nothing else of nova.
        if host.layout == Layout::Snap && host.dir.components().any(|part| part.as_os_str() == "openstack-hypervisor") {
            host.service = host.service.or(Some(Service::Compute));
        }
    }
    found
}

/// The files of a directory that only one service reads.
pub(super) fn owned(layout: Layout, service: Service, dir: &Path) -> Option<Found> {
    let files = super::files_for(dir, Some(service));
    (!files.is_empty()).then(|| Found { layout, service: Some(service), dir: dir.to_owned(), files })
}

/// `/etc/kolla/<service>/nova.conf`, copied into the container when it starts.
pub(super) fn kolla(dir: &Path) -> Vec<Found> {
    Service::ALL.into_iter().filter_map(|service| owned(Layout::Kolla, service, &dir.join(service.program()))).collect()
}

/// RHOSP 18's nova-operator: an empty `nova-blank.conf` becomes `nova.conf`, the numbered files `nova.conf.d`.
pub(super) fn operator(dir: &Path) -> Option<Found> {
    let blank = dir.join("nova-blank.conf");
    if !exists(&blank) {
        return None;
    }
    let numbered = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(|first: char| first.is_ascii_digit()))
    };
    let parts = super::conf_files(dir).into_iter().filter(numbered);
    let files = std::iter::once(blank).chain(parts).map(FoundFile::at).collect();
    Some(Found { layout: Layout::Rhosp18, service: None, dir: dir.to_owned(), files })
}

/// DevStack's `nova_cellN.conf` (conductor and proxy of the cell) and `nova-cpu.conf` (nova-compute), each read alone.
fn cells(etc: &Path) -> Vec<Found> {
    let alone = |service, path: PathBuf| Found {
        layout: Layout::Devstack,
        service: Some(service),
        dir: etc.to_owned(),
        files: vec![FoundFile::at(path)],
    };
    let mut found = Vec::new();
    for path in super::conf_files(etc) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name == "nova-cpu.conf" {
            found.push(alone(Service::Compute, path));
        } else if name.strip_prefix("nova_cell").is_some_and(|rest| rest != "0.conf") {
            found.push(alone(Service::Novncproxy, path.clone()));
            found.push(alone(Service::Conductor, path));
        }
    }
    found
}

/// Who filled `/etc/nova`, by what lies beside it.
fn etc_layout(root: &Path, etc: &Path) -> Layout {
    let there = |place: &str| root.join(place).exists();
    if !cells(etc).is_empty() || there("opt/stack/nova") {
        Layout::Devstack
    } else if there("openstack/venvs") {
        Layout::OpenstackAnsible
    } else if there("var/lib/juju") {
        Layout::Charm
    } else if !super::conf_files(&etc.join("nova.conf.d")).is_empty()
        && etc.join("nova.conf").metadata().map_or(0, |file| file.len()) == 0
    {
        Layout::Rhosp18
    } else if there("tmp/pod-shared") {
        Layout::OpenstackHelm
    } else {
        Layout::Packages
    }
}

//! Layouts of real deployments, made in a directory, and paths that are none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use vncdoctor::evidence::process::Service;
use vncdoctor::observe::discover::{Found, Layout, Looked, PathProblem, discover, files_for, look, roles_from_path};

/// A tree with these files, each with a little content.
fn tree(files: &[&str]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for file in files {
        let path = root.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "[DEFAULT]\n").unwrap();
    }
    root
}

/// (layout, service, files below the root) of each configuration.
fn told(root: &Path, found: &[Found]) -> Vec<(Layout, Option<Service>, Vec<String>)> {
    let name = |path: &Path| path.strip_prefix(root).unwrap().display().to_string();
    found
        .iter()
        .map(|found| (found.layout, found.service, found.files.iter().map(|file| name(&file.path)).collect()))
        .collect()
}

fn expect(files: &[&str], wanted: &[(Layout, Option<Service>, &[&str])]) {
    let root = tree(files);
    let wanted: Vec<_> = wanted
        .iter()
        .map(|(layout, service, files)| (*layout, *service, files.iter().map(|file| (*file).to_owned()).collect()))
        .collect();
    let found = discover(root.path());
    assert_eq!(told(root.path(), &found), wanted);
    assert!(
        found
            .iter()
            .flat_map(|found| &found.files)
            .all(|file| file.readable && file.mtime.unwrap() > 1e9 && file.size == Some(10))
    );
}

#[test]
fn packages_charms_and_ansible_share_etc_nova() {
    let all: (&[&str], _) = (&["etc/nova/nova.conf"], ());
    expect(all.0, &[(Layout::Packages, None, all.0)]);
    expect(&["etc/nova/nova.conf", "var/lib/juju/x"], &[(Layout::Charm, None, all.0)]);
    expect(
        &["etc/nova/nova.conf", "openstack/venvs/nova-17.0.0/bin/nova-compute"],
        &[(Layout::OpenstackAnsible, None, all.0)],
    );
    expect(&["etc/nova/nova.conf.d/01.conf"], &[(Layout::Rhosp18, None, &["etc/nova/nova.conf.d/01.conf"])]);
}

#[test]
fn a_programs_own_files_come_after_the_shared_ones_and_directories_last() {
    let files = [
        "etc/nova/nova.conf",
        "etc/nova/nova-compute.conf",
        "etc/nova/nova.conf.d/20.conf",
        "etc/nova/nova.conf.d/10.conf",
        "etc/nova/nova.conf.d/.hidden.conf",
        "etc/nova/nova.conf.d/README",
        "etc/nova/nova-compute.conf.d/a.conf",
        "etc/nova/api-paste.ini",
    ];
    let shared = ["etc/nova/nova.conf", "etc/nova/nova.conf.d/10.conf", "etc/nova/nova.conf.d/20.conf"];
    let compute = [
        "etc/nova/nova.conf",
        "etc/nova/nova-compute.conf",
        "etc/nova/nova.conf.d/10.conf",
        "etc/nova/nova.conf.d/20.conf",
        "etc/nova/nova-compute.conf.d/a.conf",
    ];
    expect(&files, &[(Layout::Packages, None, &shared), (Layout::Packages, Some(Service::Compute), &compute)]);
}

#[test]
fn kolla_and_tripleo_keep_one_file_for_each_service() {
    expect(
        &[
            "etc/kolla/nova-novncproxy/nova.conf",
            "etc/kolla/nova-consoleauth/nova.conf",
            "etc/kolla/nova-compute/nova.conf",
            "etc/kolla/glance-api/glance-api.conf",
        ],
        &[
            (Layout::Kolla, Some(Service::Consoleauth), &["etc/kolla/nova-consoleauth/nova.conf"]),
            (Layout::Kolla, Some(Service::Novncproxy), &["etc/kolla/nova-novncproxy/nova.conf"]),
            (Layout::Kolla, Some(Service::Compute), &["etc/kolla/nova-compute/nova.conf"]),
        ],
    );
    let generated = "var/lib/config-data/puppet-generated";
    let (all, compute) =
        (format!("{generated}/nova/etc/nova/nova.conf"), format!("{generated}/nova_libvirt/etc/nova/nova.conf"));
    expect(
        &[&all, &compute],
        &[(Layout::Tripleo, Some(Service::Compute), &[&compute]), (Layout::Tripleo, None, &[&all])],
    );
}

#[test]
fn devstack_has_a_file_for_each_cell() {
    let (cell, cpu, main) = ("etc/nova/nova_cell1.conf", "etc/nova/nova-cpu.conf", "etc/nova/nova.conf");
    expect(
        &[main, cell, cpu, "etc/nova/nova_cell0.conf"],
        &[
            (Layout::Devstack, Some(Service::Compute), &[cpu]),
            (Layout::Devstack, Some(Service::Novncproxy), &[cell]),
            (Layout::Devstack, Some(Service::Conductor), &[cell]),
            (Layout::Devstack, None, &[main]),
        ],
    );
}

#[test]
fn snaps_and_helm() {
    let (hypervisor, microstack) =
        ("var/snap/openstack-hypervisor/common/etc/nova/nova.conf", "var/snap/microstack/common/etc/nova/nova.conf");
    expect(&[hypervisor], &[(Layout::Snap, Some(Service::Compute), &[hypervisor])]);
    expect(&[microstack], &[(Layout::Snap, None, &[microstack])]);
    expect(&["nova-etc/nova.conf"], &[(Layout::OpenstackHelm, None, &["nova-etc/nova.conf"])]);
    expect(&["etc/hosts"], &[]);
}

#[test]
fn the_operators_files_are_numbered() {
    let (blank, first, second) = ("nova-blank.conf", "01-nova.conf", "02-nova-override.conf");
    let root = tree(&["dump/nova-blank.conf", "dump/01-nova.conf", "dump/02-nova-override.conf", "dump/httpd.conf"]);
    let Looked::Directory(found) = look(root.path()).unwrap() else { panic!("a file") };
    let files = [blank, first, second].map(|name| format!("dump/{name}")).to_vec();
    assert_eq!(told(root.path(), &found), [(Layout::Rhosp18, None, files)]);
    let place = "var/lib/openstack/config/nova";
    let (blank, first) = (format!("{place}/{blank}"), format!("{place}/{first}"));
    expect(&[&blank, &first], &[(Layout::Rhosp18, Some(Service::Compute), &[&blank, &first])]);
}

#[test]
fn a_file_is_read_alone_whatever_its_name() {
    let root = tree(&["ctl1.txt", "nova.conf"]);
    let path = root.path().join("ctl1.txt");
    let Looked::File(file, _) = look(&path).unwrap() else { panic!("not a file") };
    assert_eq!((file.path, file.size, file.readable), (path, Some(10), true));
}

#[test]
fn a_directory_stands_for_what_is_in_it_or_below() {
    let below = |files: &[&str], at: &str| {
        let root = tree(files);
        match look(&root.path().join(at)).unwrap() {
            Looked::Directory(found) => told(root.path(), &found),
            Looked::File(..) => panic!("a file"),
        }
    };
    let one = |layout, service, file: &str| vec![(layout, service, vec![file.to_owned()])];
    assert_eq!(below(&["x/nova.conf"], "x"), one(Layout::Directory, None, "x/nova.conf"));
    assert_eq!(below(&["etc/nova/nova.conf"], "etc/nova"), one(Layout::Packages, None, "etc/nova/nova.conf"));
    assert_eq!(
        below(&["copy/nova-compute/nova.conf"], "copy"),
        one(Layout::Kolla, Some(Service::Compute), "copy/nova-compute/nova.conf")
    );
    assert_eq!(
        below(&["kolla/nova-novncproxy/nova.conf"], "kolla/nova-novncproxy"),
        one(Layout::Kolla, Some(Service::Novncproxy), "kolla/nova-novncproxy/nova.conf")
    );
    let sos = "all/sosreport-ctl1-2026/etc/nova/nova.conf";
    assert_eq!(below(&[sos, "all/sosreport-ctl1-2026/var/log/x"], "all"), one(Layout::Packages, None, sos));
    let deep = "all/ctl1/var/lib/config-data/puppet-generated/nova_libvirt/etc/nova/nova.conf";
    assert_eq!(below(&[deep], "all"), one(Layout::Tripleo, Some(Service::Compute), deep));
    let mounted = "all/etc/nova/nova.conf.d/01-nova.conf";
    assert_eq!(below(&[mounted], "all/etc"), one(Layout::Packages, None, mounted));
}

#[test]
fn kubernetes_copies_are_not_seen_twice() {
    let root = tree(&["pod/..2026/nova.conf"]);
    std::os::unix::fs::symlink("..2026", root.path().join("pod/..data")).unwrap();
    std::os::unix::fs::symlink("..data/nova.conf", root.path().join("pod/nova.conf")).unwrap();
    let Looked::Directory(found) = look(root.path()).unwrap() else { panic!("a file") };
    assert_eq!(told(root.path(), &found), [(Layout::Directory, None, vec!["pod/nova.conf".to_owned()])]);
}

#[test]
fn paths_that_cannot_be_used_are_told_apart() {
    let root = tree(&["empty/readme", "secret/nova.conf"]);
    let at = |name: &str| root.path().join(name);
    assert_eq!(look(&at("missing")), Err(PathProblem::Missing(at("missing"))));
    assert_eq!(look(&at("empty")), Err(PathProblem::NoConfig(at("empty"))));
    let socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    assert_eq!(look(&at("socket")), Err(PathProblem::NotAFile { path: at("socket"), kind: "socket" }));
    drop(socket);
    assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    assert_eq!(look(&at("pipe")), Err(PathProblem::NotAFile { path: at("pipe"), kind: "named pipe" }));
    std::fs::write(at("nova-etc.yaml"), "apiVersion: v1\nkind: Secret\n").unwrap();
    assert_eq!(look(&at("nova-etc.yaml")), Err(PathProblem::Manifest(at("nova-etc.yaml"))));
    std::fs::File::create(at("huge.conf")).unwrap().set_len(9 * 1024 * 1024).unwrap();
    assert!(matches!(look(&at("huge.conf")), Err(PathProblem::TooLarge { .. })));
    let message = look(&at("empty")).unwrap_err().to_string();
    assert!(message.ends_with("empty: no nova.conf in this directory or below it"), "{message}");
}

#[test]
fn a_file_that_may_not_be_read_is_there_and_says_what_to_type() {
    let root = tree(&["etc/nova/nova.conf"]);
    let path = root.path().join("etc/nova/nova.conf");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    let found = files_for(path.parent().unwrap(), None);
    // The superuser reads every file.
    let superuser = std::fs::read(&path).is_ok();
    assert_eq!((found.len(), found[0].readable), (1, superuser));
    if !superuser {
        assert_eq!(look(&path), Err(PathProblem::Denied(path.clone())));
    }
    assert!(PathProblem::Denied(path.clone()).to_string().contains(&format!("sudo cat {}", path.display())));
}

#[test]
fn what_a_path_tells_of_its_reader() {
    let cases = [
        ("/etc/kolla/nova-novncproxy/nova.conf", Some(Service::Novncproxy)),
        ("/etc/kolla/nova-consoleauth", Some(Service::Consoleauth)),
        ("/var/lib/config-data/puppet-generated/nova_libvirt/etc/nova/nova.conf", Some(Service::Compute)),
        ("/var/lib/config-data/puppet-generated/nova/etc/nova/nova.conf", None),
        ("/etc/nova/nova-compute.conf", Some(Service::Compute)),
        ("/etc/nova/nova-cpu.conf", Some(Service::Compute)),
        ("/etc/nova/nova-novncproxy.conf.d", Some(Service::Novncproxy)),
        ("/etc/nova/nova.conf", None),
        ("/var/snap/openstack-hypervisor/common/etc/nova/nova.conf", Some(Service::Compute)),
        ("", None),
    ];
    for (path, service) in cases {
        assert_eq!(roles_from_path(Path::new(path)), service, "{path}");
    }
}

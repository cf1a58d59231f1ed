//! A made-up `/proc`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::Duration;

use vncdoctor::evidence::process::{Container, PackageSource, Process, Service};
use vncdoctor::observe::listeners::listeners;
use vncdoctor::observe::packages::packages;
use vncdoctor::observe::process::{Seen, files, scan};

/// One process of a made-up `/proc`.
struct Fake<'a> {
    pid: u32,
    parent: u32,
    words: &'a [&'a str],
    environment: &'a [&'a str],
    group: &'a str,
    mount: &'a str,
}

const PLAIN: Fake<'static> = Fake { pid: 0, parent: 1, words: &[], environment: &[], group: "0::/", mount: "mnt:[1]" };

fn proc(fakes: &[Fake<'_>]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("stat", "cpu 1 2 3\nbtime 1795340000\nprocesses 9\n");
    write("1/cmdline", "/sbin/init\0");
    std::fs::create_dir_all(root.path().join("self/ns")).unwrap();
    symlink("mnt:[1]", root.path().join("self/ns/mnt")).unwrap();
    symlink("net:[1]", root.path().join("self/ns/net")).unwrap();
    for fake in fakes {
        let at = |file: &str| format!("{}/{file}", fake.pid);
        write(&at("cmdline"), &format!("{}\0", fake.words.join("\0")));
        write(&at("environ"), &format!("{}\0", fake.environment.join("\0")));
        write(&at("cgroup"), &format!("{}\n", fake.group));
        write(&at("comm"), "python3\n");
        write(&at("status"), "Name:\tpython3\nUid:\t162\t163\t162\t162\n");
        let start = 20 * 100;
        write(
            &at("stat"),
            &format!("{} (a (b) c) S {} 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 {start} 0 0", fake.pid, fake.parent),
        );
        std::fs::create_dir_all(root.path().join(at("ns"))).unwrap();
        symlink(fake.mount, root.path().join(at("ns/mnt"))).unwrap();
        symlink(fake.mount.replace("mnt", "net"), root.path().join(at("ns/net"))).unwrap();
        symlink("/run/nova", root.path().join(at("cwd"))).unwrap();
    }
    root
}

fn only(seen: &Seen) -> &Process {
    assert_eq!(seen.running.len(), 1, "{seen:?}");
    &seen.running[0].process
}

#[test]
fn a_proxy_with_all_that_can_be_known_of_it() {
    let words = [
        "/usr/bin/python3",
        "/usr/bin/nova-novncproxy",
        "--config-file",
        "cell1.conf",
        "--config-dir=/etc/nova/x.d",
        "--web",
        "/w",
    ];
    let environment = [
        "HOME=/var/lib/nova",
        "OS_DATABASE__CONNECTION=mysql://nova:s3cret@db/nova",
        "OS_PASSWORD=s3cret",
        "PATH=/bin",
    ];
    let group = "0::/system.slice/devstack@n-novnc-cell1.service";
    let root = proc(&[Fake { pid: 77, words: &words, environment: &environment, group, ..PLAIN }]);
    let seen = scan(root.path());
    let process = only(&seen);
    assert_eq!((process.service, process.pid, process.uid, process.children), (Service::Novncproxy, 77, Some(163), 0));
    let config: Vec<_> = process.config.iter().map(|argument| (argument.dir, argument.path.as_str())).collect();
    assert_eq!(config, [(false, "/run/nova/cell1.conf"), (true, "/etc/nova/x.d")]);
    assert_eq!(process.started, Some(1_795_340_020.0));
    assert_eq!(process.unit.as_deref(), Some("devstack@n-novnc-cell1.service"));
    assert_eq!((process.container.as_ref(), process.root.as_ref()), (None, None));
    assert_eq!(process.environment.as_deref(), Some(&["OS_DATABASE__CONNECTION".to_owned()][..]));
    assert_eq!(process.options[0].value.as_deref(), Some("/w"));
    // The value is to be had, and only so.
    let mut values = Vec::new();
    seen.running[0].environment.each(|name, value| values.push((name.to_owned(), value.to_owned())));
    assert_eq!(values, [("OS_DATABASE__CONNECTION".to_owned(), "mysql://nova:s3cret@db/nova".to_owned())]);
    assert!(!format!("{seen:?}").contains("s3cret") && !serde_json::to_string(process).unwrap().contains("s3cret"));
}

#[test]
fn children_of_a_proxy_are_consoles_not_services() {
    let words = ["/usr/bin/nova-novncproxy"];
    let child = |pid, parent| Fake { pid, parent, words: &words, ..PLAIN };
    let shell = Fake { pid: 90, words: &["vim", "/etc/nova/nova-novncproxy.conf"], ..PLAIN };
    let root = proc(&[
        child(77, 1),
        child(78, 77),
        child(79, 77),
        child(80, 79),
        shell,
        Fake { pid: 91, words: &["/usr/bin/nova-scheduler"], ..PLAIN },
    ]);
    let told: Vec<_> = scan(root.path())
        .running
        .iter()
        .map(|running| (running.process.pid, running.process.service, running.process.children))
        .collect();
    assert_eq!(told, [(77, Service::Novncproxy, 3), (91, Service::Scheduler, 0)]);
}

#[test]
fn a_containers_files_are_read_through_its_root() {
    let group = format!("0::/system.slice/docker-{}.scope", "ab".repeat(32));
    let words = ["/var/lib/kolla/venv/bin/python", "/var/lib/kolla/venv/bin/nova-consoleauth"];
    let root = proc(&[Fake { pid: 77, words: &words, group: &group, mount: "mnt:[2]", ..PLAIN }]);
    let etc = root.path().join("77/root/etc/nova");
    std::fs::create_dir_all(etc.join("nova.conf.d")).unwrap();
    for file in ["nova.conf", "nova-consoleauth.conf", "nova-compute.conf", "nova.conf.d/1.conf"] {
        std::fs::write(etc.join(file), "").unwrap();
    }
    let site = root.path().join("77/root/var/lib/kolla/venv/lib/python2.7/site-packages");
    for (name, text) in [
        ("nova-17.0.13.dist-info", "Name: nova\nVersion: 17.0.13\n"),
        ("websockify-0.8.0.dist-info", "Name: websockify\nVersion: 0.8.0\n"),
        ("six-1.0.dist-info", "Version: 1.0\n"),
    ] {
        std::fs::create_dir_all(site.join(name)).unwrap();
        std::fs::write(site.join(name).join("METADATA"), text).unwrap();
    }
    let seen = scan(root.path());
    let process = only(&seen);
    assert_eq!(process.container, Some(Container { kind: "docker".to_owned(), id: "abababababab".to_owned() }));
    let read: Vec<_> = files(process)
        .into_iter()
        .map(|file| (file.path.display().to_string(), file.file.readable, file.file.path.starts_with(root.path())))
        .collect();
    let expected = ["/etc/nova/nova.conf", "/etc/nova/nova-consoleauth.conf", "/etc/nova/nova.conf.d/1.conf"];
    assert_eq!(read, expected.map(|path| (path.to_owned(), true, true)));
    let found: Vec<_> = packages(root.path(), &[process], Duration::from_secs(1))
        .into_iter()
        .map(|package| (package.name, package.version))
        .collect();
    let expected = [("python", "2.7"), ("nova", "17.0.13"), ("websockify", "0.8.0")];
    assert_eq!(found, expected.map(|(name, version)| (name.to_owned(), version.to_owned())));
}

#[test]
fn what_the_command_line_replaces_and_what_not() {
    let dir = tempfile::tempdir().unwrap();
    let etc = dir.path().join("etc/nova");
    for file in ["nova.conf", "own.conf", "nova.conf.d/1.conf", "own.d/b.conf", "own.d/a.conf"] {
        std::fs::create_dir_all(etc.join(file).parent().unwrap()).unwrap();
        std::fs::write(etc.join(file), "").unwrap();
    }
    let read = |words: &[&str]| -> Vec<String> {
        let words: Vec<String> = words.iter().map(|word| word.replace("ETC", &etc.display().to_string())).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let root = proc(&[Fake { pid: 77, words: &words, ..PLAIN }]);
        let mut seen = scan(root.path());
        let process = &mut seen.running[0].process;
        process.search = vec![etc.display().to_string()];
        files(process).into_iter().map(|file| file.path.strip_prefix(&etc).unwrap().display().to_string()).collect()
    };
    assert_eq!(read(&["nova-compute"]), ["nova.conf", "nova.conf.d/1.conf"]);
    // oslo.config: a named file replaces the default files and leaves the default directories, which come first.
    assert_eq!(read(&["nova-compute", "--config-file", "ETC/own.conf"]), ["nova.conf.d/1.conf", "own.conf"]);
    assert_eq!(read(&["nova-compute", "--config-dir", "ETC/own.d"]), ["nova.conf", "own.d/a.conf", "own.d/b.conf"]);
    let missing = read(&[
        "nova-compute",
        "--config-file",
        "ETC/missing.conf",
        "--config-dir",
        "ETC/own.d",
        "--config-file=ETC/own.conf",
    ]);
    assert_eq!(missing, ["missing.conf", "own.d/a.conf", "own.d/b.conf", "own.conf"]);
}

#[test]
fn an_api_under_a_web_server_looks_in_one_place() {
    let root = proc(&[Fake {
        pid: 77,
        words: &["nova-apiuWSGI master"],
        environment: &["OS_NOVA_CONFIG_DIR=/srv/nova", "HOME=/root"],
        ..PLAIN
    }]);
    assert_eq!(only(&scan(root.path())).search, ["/srv/nova"]);
}

#[test]
fn what_is_hidden_is_said_with_the_line_to_type() {
    let nothing = scan(Path::new("/no/such/proc"));
    assert!(nothing.running.is_empty() && nothing.unreadable[0].command.starts_with("sudo ps "));
    let root = proc(&[Fake { pid: 77, words: &["nova-compute"], environment: &["OS_VNC__ENABLED=1"], ..PLAIN }]);
    std::fs::remove_dir_all(root.path().join("1")).unwrap();
    let environ = root.path().join("77/environ");
    std::fs::set_permissions(&environ, std::fs::Permissions::from_mode(0o000)).unwrap();
    let seen = scan(root.path());
    assert_eq!(seen.unreadable[0].what, "processes of other users");
    // The superuser reads every file.
    if std::fs::read(&environ).is_err() {
        assert_eq!(only(&seen).environment, None);
        assert!(seen.unreadable[1].command.contains("sudo grep -aoE"), "{:?}", seen.unreadable);
    } else {
        assert_eq!(only(&seen).environment.as_deref(), Some(&["OS_VNC__ENABLED".to_owned()][..]));
    }
}

#[test]
fn listening_ports_with_and_without_owner() {
    let root = proc(&[
        Fake { pid: 77, words: &["/usr/bin/nova-novncproxy"], ..PLAIN },
        Fake { pid: 78, parent: 77, words: &["/usr/bin/nova-novncproxy"], ..PLAIN },
        Fake { pid: 79, words: &["/usr/bin/nova-api"], mount: "mnt:[2]", ..PLAIN },
    ]);
    let line = |local: &str, state: &str, inode: u32| {
        format!(
            "   0: {local} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000   162        0 {inode} 1 0\n"
        )
    };
    let write = |path: &str, text: String| {
        std::fs::create_dir_all(root.path().join(path).parent().unwrap()).unwrap();
        std::fs::write(root.path().join(path), format!("  sl  local_address\n{text}")).unwrap();
    };
    write(
        "self/net/tcp",
        line("00000000:17C0", "0A", 500) + &line("00000000:2B67", "0A", 501) + &line("0100007F:0016", "01", 502),
    );
    write("self/net/tcp6", String::new());
    write("79/net/tcp", line("00000000:2246", "0A", 600));
    for pid in ["78", "77"] {
        std::fs::create_dir_all(root.path().join(pid).join("fd")).unwrap();
        symlink("socket:[500]", root.path().join(pid).join("fd/3")).unwrap();
    }
    let seen = scan(root.path());
    let processes: Vec<_> = seen.running.iter().map(|running| &running.process).collect();
    let (found, _) = listeners(root.path(), &processes);
    let told: Vec<_> =
        found.iter().map(|listener| (listener.port, listener.pid, listener.service, listener.network_of)).collect();
    assert_eq!(
        told,
        [(6080, Some(77), Some(Service::Novncproxy), None), (8774, None, None, Some(79)), (11111, None, None, None)]
    );
    assert_eq!(found[0].program.as_deref(), Some("python3"));
}

#[test]
fn packages_of_dpkg_that_are_really_installed() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(root.path().join("var/lib/dpkg")).unwrap();
    let status = "Package: novnc\nStatus: install ok installed\nVersion: 1:1.3.0+dfsg1-1\n\n\
                  Package: nova-common\nStatus: deinstall ok config-files\nVersion: 2:17.0.13-0\n\n\
                  Package: bash\nStatus: install ok installed\nVersion: 5\n\n\
                  Package: python3-nova\nVersion: 3:26.1.0-4\nStatus: install ok installed";
    std::fs::write(root.path().join("var/lib/dpkg/status"), status).unwrap();
    let found = packages(root.path(), &[], Duration::from_secs(1));
    let told: Vec<_> =
        found.iter().map(|package| (package.name.as_str(), package.upstream.as_str(), &package.source)).collect();
    assert_eq!(told, [("novnc", "1.3.0", &PackageSource::Dpkg), ("python3-nova", "26.1.0", &PackageSource::Dpkg)]);
}

//! Guests that run, by virsh where libvirt's files may not be read: a virsh of the tests that misbehaves, and the real one with
//! libvirt's test driver.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use vncdoctor::evidence::domain::Domain;
use vncdoctor::observe::libvirt::{Virsh, look};

const UUID: &str = "a1e0c9f2-5a3e-4d0c-8a51-0d9a6c2b7e01";
const TIME: Duration = Duration::from_secs(5);

/// A machine with libvirt whose guests' files are not there to be read.
fn machine() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(root.path().join("etc/libvirt/qemu")).unwrap();
    std::fs::write(root.path().join("etc/libvirt/qemu.conf"), "vnc_tls = 0\n").unwrap();
    root
}

/// A program in a virsh's place, and what it was called with.
fn fake(root: &Path, lines: &str) -> (PathBuf, PathBuf) {
    let (program, calls) = (root.join("virsh"), root.join("calls"));
    let text = format!(
        "#!/bin/sh\nfor word; do printf '[%s]' \"$word\"; done >> {0}; echo >> {0}\n{lines}\n",
        calls.display()
    );
    std::fs::write(&program, text).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    (program, calls)
}

fn guests(root: &Path, virsh: Virsh<'_>) -> Vec<Domain> {
    look(root, Some(virsh)).0.unwrap().running
}

fn xml(name: &str, graphics: &str) -> String {
    format!("<domain type='kvm' id='3'><name>{name}</name><uuid>{UUID}</uuid><devices>{graphics}</devices></domain>")
}

#[test]
fn virsh_is_asked_read_only_and_without_a_shell() {
    let root = machine();
    let domain = xml("instance-0000002a", "<graphics type='vnc' port='5901' autoport='yes' listen='10.0.0.21'/>");
    let lines = format!("case \"$5\" in list*) echo {UUID};; *) cat <<'X'\n{domain}\n\nX\n;; esac");
    let (program, calls) = fake(root.path(), &lines);
    let found = guests(root.path(), Virsh { program: &program, uri: "qemu:///system", time: TIME });
    let vnc = found[0].vnc().unwrap();
    assert_eq!((found.len(), found[0].file.as_str(), vnc.port), (1, "", Some(5901)));
    assert_eq!((found[0].name.as_str(), vnc.listen.as_deref()), ("instance-0000002a", Some("10.0.0.21")));
    let options = "[--readonly][--quiet][--connect][qemu:///system]";
    let asked = std::fs::read_to_string(calls).unwrap();
    assert_eq!(asked, format!("{options}[list --uuid]\n{options}[dumpxml {UUID}]\n"));
}

#[test]
fn files_that_can_be_read_are_not_asked_for() {
    let root = machine();
    let running = root.path().join("run/libvirt/qemu");
    std::fs::create_dir_all(&running).unwrap();
    std::fs::write(running.join("instance-1.xml"), xml("instance-1", "")).unwrap();
    let (program, calls) = fake(root.path(), "exit 1");
    let found = guests(root.path(), Virsh { program: &program, uri: "qemu:///system", time: TIME });
    assert_eq!((found.len(), calls.exists()), (1, false));
}

#[test]
fn a_virsh_that_misbehaves_does_no_harm() {
    let root = machine();
    let words = [
        ("not permitted", "echo 'error: failed to connect' >&2; exit 1"),
        ("no uuid", "case \"$5\" in list*) echo 'x; undefine y';; *) touch \"$0.hurt\";; esac"),
        ("half", &format!("case \"$5\" in list*) echo {UUID};; *) echo '<domain><name>a</name>'; exit 1;; esac")),
        ("endless", &format!("case \"$5\" in list*) echo {UUID};; *) exec yes '<domain>';; esac")),
        ("mute", "exec sleep 60"),
    ];
    for (what, lines) in words {
        let (program, _) = fake(root.path(), lines);
        let began = Instant::now();
        let time = Duration::from_millis(400);
        let found = guests(root.path(), Virsh { program: &program, uri: "qemu:///system", time });
        assert!(found.is_empty(), "{what}: {found:?}");
        assert!(began.elapsed() < Duration::from_secs(3), "{what}: {:?}", began.elapsed());
    }
    assert!(!root.path().join("virsh.hurt").exists());
}

#[test]
fn the_real_virsh_shows_its_guests() {
    let program = Path::new("/usr/bin/virsh");
    assert!(program.is_file(), "virsh is missing: install the Debian package libvirt-clients");
    let root = machine();
    let node = root.path().join("node.xml");
    let guest = |name: &str, uuid: &str, graphics: &str| {
        format!(
            "<domain type='test'><name>{name}</name><uuid>{uuid}</uuid><memory>1024</memory><os><type>hvm</type></os>\
             <devices>{graphics}</devices></domain>"
        )
    };
    let vnc = "<graphics type='vnc' port='5901' autoport='no' listen='10.0.0.21' passwd='S3CRET'/>";
    let other = "b1e0c9f2-5a3e-4d0c-8a51-0d9a6c2b7e02";
    let all = [guest("instance-0000002a", UUID, vnc), guest("instance-0000002b", other, "")].concat();
    std::fs::write(&node, format!("<node>{all}</node>")).unwrap();
    let uri = format!("test://{}", node.display());
    let mut found = guests(root.path(), Virsh { program, uri: &uri, time: TIME });
    found.sort_by(|a, b| a.name.cmp(&b.name));
    let names: Vec<&str> = found.iter().map(|domain| domain.name.as_str()).collect();
    assert_eq!(names, ["instance-0000002a", "instance-0000002b"]);
    let vnc = found[0].vnc().unwrap();
    assert_eq!((vnc.port, vnc.listen.as_deref(), vnc.autoport), (Some(5901), Some("10.0.0.21"), false));
    assert!(found[1].vnc().is_none());
    assert!(guests(root.path(), Virsh { program, uri: "test:///no/such/file", time: TIME }).is_empty());
}

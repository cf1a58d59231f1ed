//! Which files `lint` judges when it is given a directory, and how it reads templates.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;

use cli::{Ran, run};
use std::path::Path;

/// A controller's file with the option that nova dropped in Newton.
const IGNORED: &str = "[DEFAULT]\nmemcached_servers = 192.0.2.11:11211,192.0.2.12:11211\n[vnc]\nenabled = true\n";
/// Nothing is wrong with it.
const SOUND: &str = "[DEFAULT]\ndebug = false\n[vnc]\nenabled = true\n";

fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    dir
}

fn lint(dir: &Path, args: &[&str]) -> Ran {
    run(dir, &[&["lint", "--format", "json"], args].concat())
}

/// Every finding above a note as `cause file:line`.
fn found(ran: &Ran) -> Vec<String> {
    let document = ran.json();
    let findings = document["findings"].as_array().unwrap();
    let mut found: Vec<String> = findings
        .iter()
        .filter(|f| f["severity"] != "note")
        .map(|f| format!("{} {}:{}", f["cause"].as_str().unwrap(), f["file"].as_str().unwrap_or("-"), f["line"]))
        .collect();
    found.sort();
    found
}

/// Every file that was read.
fn files(ran: &Ran) -> Vec<String> {
    let document = ran.json();
    let hosts = document["hosts"].as_array().unwrap();
    let files = hosts.iter().flat_map(|host| host["files"].as_array().unwrap());
    let mut files: Vec<String> = files.map(|file| file.as_str().unwrap().to_owned()).collect();
    files.sort();
    files
}

#[test]
fn a_directory_is_searched_for_what_is_novas() {
    let keystone = "[cache]\nenabled = true\n[DEFAULT]\nmemcached_servers = a:11211\n";
    let dir = tree(&[
        ("repo/ctl1/nova.conf", IGNORED),
        ("repo/ctl2/nova.conf", SOUND),
        ("repo/ctl2/nova.conf.d/99-site.conf", "[vnc]\nnovncproxy_port = 6080\n"),
        ("repo/roles/nova/templates/nova.conf.j2", IGNORED),
        ("repo/roles/nova/templates/nova-compute.conf.j2", SOUND),
        ("repo/nova-dist.conf", SOUND),
        ("repo/keystone/keystone.conf", keystone),
        ("repo/glance-api.conf", "[DEFAULT]\nno equals sign\n"),
        ("repo/neutron.conf.j2", keystone),
        ("repo/logrotate.d/nova.conf", "/var/log/nova/*.log {\n weekly\n}\n"),
        ("repo/apache/nova-api-wsgi.conf", "<VirtualHost *:8774>\n</VirtualHost>\n"),
        ("repo/ctl1/nova.conf.orig", IGNORED),
        ("repo/ctl1/nova.conf~", IGNORED),
        ("repo/ctl1/nova.conf.rpmsave", IGNORED),
        ("repo/ctl1/nova.conf.dpkg-old", IGNORED),
        ("repo/ctl1/nova.conf.bak", IGNORED),
        ("repo/README.md", "# nova.conf\n"),
    ]);
    let ran = lint(dir.path(), &["--release", "queens", "repo"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert_eq!(
        files(&ran),
        [
            "repo/ctl1/nova.conf",
            "repo/ctl2/nova.conf",
            "repo/ctl2/nova.conf.d/99-site.conf",
            "repo/nova-dist.conf",
            "repo/roles/nova/templates/nova-compute.conf.j2",
            "repo/roles/nova/templates/nova.conf.j2",
        ]
    );
    assert_eq!(
        found(&ran),
        ["cache-option-ignored repo/ctl1/nova.conf:2", "cache-option-ignored repo/roles/nova/templates/nova.conf.j2:2"]
    );
    assert!(ran.stderr.contains("repo: 10 other files skipped: "), "{}", ran.stderr);
    // what is named is judged, whatever its name
    let ran = lint(dir.path(), &["--release", "queens", "repo/ctl1/nova.conf.orig"]);
    assert_eq!(found(&ran), ["cache-option-ignored repo/ctl1/nova.conf.orig:2"]);
    assert_eq!(ran.stderr, "");
}

#[test]
fn another_services_file_is_passed_over_where_a_pattern_names_it() {
    let keystone = "[cache]\nenabled = true\n";
    let dir = tree(&[("keystone.conf", keystone), ("glance-api.conf.j2", keystone), ("nova.conf", IGNORED)]);
    let ran = lint(dir.path(), &["--release", "queens", "glance-api.conf.j2", "keystone.conf", "nova.conf"]);
    assert_eq!(found(&ran), ["cache-option-ignored nova.conf:2"]);
    assert_eq!(ran.stderr, "vncdoctor: 2 other files skipped: glance-api.conf.j2, keystone.conf\n");
    let ran = run(dir.path(), &["lint", "--release", "queens", "keystone.conf"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert_eq!(ran.stderr, "vncdoctor: keystone.conf: is keystone's file, not nova's\n");
    // said to be nova's
    let ran = lint(dir.path(), &["--release", "queens", "ctl1:controller=keystone.conf"]);
    assert_eq!(found(&ran), ["cache-backend-null keystone.conf:2"]);
}

#[test]
fn a_directory_without_anything_of_novas_is_bad_usage() {
    let dir = tree(&[("repo/keystone.conf", SOUND), ("repo/nova.conf.bak", SOUND)]);
    let ran = run(dir.path(), &["lint", "repo"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.contains("repo: no nova.conf in this directory or below it"), "{}", ran.stderr);
}

#[test]
fn what_is_no_file_is_said_and_the_rest_is_judged() {
    let dir = tree(&[("repo/a/nova.conf", SOUND)]);
    let at = dir.path().join("repo");
    std::os::unix::fs::symlink("nova.conf", at.join("nova.conf")).unwrap();
    std::os::unix::fs::symlink("..", at.join("a/up")).unwrap();
    std::os::unix::fs::symlink("a/nova.conf", at.join("nova.conf.ctl1")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at.join("nova-api.conf")).unwrap();
    let ran = lint(dir.path(), &["repo"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(files(&ran), ["repo/a/nova.conf", "repo/nova.conf.ctl1"]);
    assert!(ran.stderr.contains("repo/nova-api.conf: is a socket, not a file; not judged"), "{}", ran.stderr);
    assert!(ran.stderr.contains("repo/nova.conf: too many levels of symbolic links"), "{}", ran.stderr);
}

#[test]
fn values_of_templates_are_not_judged_and_tell_nothing() {
    let template = "\
{# the console #}
{% set secret = 'S3CRET-0' %}
[DEFAULT]
transport_url = {{ url | default('rabbit://nova:S3CRET-1@192.0.2.1:5672/') }}
{% if debug %}
debug = true
{% else %}
debug = false
{% endif %}
[cache]
enabled = {{ cache | default('T') }}
backend = {{ backend }}
memcache_servers = {% for h in hosts %}{{ h }}:11211{% if not loop.last %},{% endif %}{% endfor %}

[vnc]
enabled = %VNC_ENABLED%
novncproxy_port = @PROXY_PORT@
novncproxy_base_url = {{ 'S3CRET-2'
    | lower }}
vencrypt_client_key = {{ key | default(\"S3CRET-3\") }}
";
    let dir = tree(&[("nova.conf.j2", template), ("nova.conf", template)]);
    for file in ["nova.conf.j2", "nova.conf"] {
        for release in ["pike", "queens", "stein", "34"] {
            let ran = lint(dir.path(), &["--release", release, file]);
            assert_eq!(found(&ran), [""; 0], "{file} {release} {}", ran.stdout);
        }
        for verb in [vec!["config", "--all"], vec!["lint", "-v"], vec!["check", "--offline", "-v"]] {
            let named = if verb[0] == "check" { vec!["--config", file] } else { vec![file] };
            let ran = run(dir.path(), &[verb, named].concat());
            assert!(!ran.stdout.contains("S3CRET"), "{}", ran.stdout);
        }
    }
    // names and sections still are
    let misnamed = "[DEFAULT]\nmemcached_servers = {{ servers }}\n[vnc]\nenabled = true\n";
    let dir = tree(&[("nova.conf.j2", misnamed)]);
    let ran = lint(dir.path(), &["--release", "queens", "nova.conf.j2"]);
    assert_eq!(found(&ran), ["cache-option-ignored nova.conf.j2:2"]);
}

#[test]
fn what_files_have_alike_is_told_once_to_a_person() {
    let later = format!("# another host\n{SOUND}\n{IGNORED}");
    let other = IGNORED.replace("memcached_servers", "memcached_server");
    let dir = tree(&[("a.conf", IGNORED), ("b.conf", IGNORED), ("c.conf", &later), ("d.conf", &other)]);
    let files = ["a.conf", "b.conf", "c.conf", "d.conf"];
    let args = [&["lint", "--release", "17", "--only", "cache-option-ignored"][..], &files].concat();
    let text = run(dir.path(), &args).stdout;
    let lines_of = |label: &str| -> Vec<&str> {
        text.lines().filter_map(|line| line.strip_prefix(label)).map(str::trim).collect()
    };
    assert_eq!(lines_of("error cache-option-ignored").len(), 1, "{text}");
    assert_eq!(lines_of("at  "), ["a.conf:2:1"], "{text}");
    assert_eq!(lines_of("same at "), ["b.conf:2:1", "c.conf:8:1"], "{text}");
    assert!(text.contains("3 errors") && text.matches("192.0.2.12").count() == 3, "{text}");
    // each is a finding of its own to a machine
    let machine = run(dir.path(), &[&args[..], &["--format", "json"]].concat());
    assert_eq!(found(&machine).len(), 3);
}

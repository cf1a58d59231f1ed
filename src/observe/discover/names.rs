//! Which files of a deployment repository are nova's, by their names.
//!
//! Nova's are `nova.conf*`, `nova-*.conf`, DevStack's `nova_cell*.conf`, and `*.conf` in a `nova.conf.d` or
//! `<program>.conf.d`; each also as a template (`nova.conf.j2`). What editors, package managers and ansible leave behind is
//! nobody's, and neither is documentation that happens to begin with `nova.conf`. Programs that are no part of nova's
//! services (logrotate, apache) have files of such names too: those are told by their directory, or by what is in them.

#![allow(clippy::case_sensitive_file_extension_comparisons, reason = "oslo.config globs with case, and so do we")]

use crate::oslo::ini::template;
use crate::oslo::options;
use std::path::Path;

/// What a file is to nova, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `nova.conf`.
    Main,
    /// A variant of it that no program reads by itself: `nova.conf.sample`, `nova.conf.ctl1`.
    Variant,
    /// `nova-compute.conf`, `nova-dist.conf`, `nova_cell1.conf`.
    Program,
    /// A part in a `nova.conf.d` or `<program>.conf.d`.
    Part,
}

/// What stays behind when a file is edited, replaced or packaged.
const DROPPINGS: [&str; 16] = [
    "~",
    ".orig",
    ".rpmsave",
    ".rpmnew",
    ".rpmorig",
    ".dpkg-old",
    ".dpkg-new",
    ".dpkg-dist",
    ".dpkg-bak",
    ".dpkg-tmp",
    ".ucf-dist",
    ".ucf-old",
    ".rej",
    ".swp",
    ".old",
    ".save",
];
/// Not configuration, although it may begin with `nova.conf`.
const PAPERS: [&str; 18] = [
    ".md", ".rst", ".html", ".pdf", ".json", ".yaml", ".yml", ".py", ".sh", ".diff", ".patch", ".gz", ".xz", ".bz2",
    ".zst", ".zip", ".tar", ".log",
];
/// Directories of programs that name files after the service they are for.
const FOREIGN: [&str; 18] = [
    "logrotate.d",
    "rsyslog.d",
    "haproxy",
    "haproxy.d",
    "apache2",
    "httpd",
    "conf-available",
    "conf-enabled",
    "sites-available",
    "sites-enabled",
    "nginx",
    "sudoers.d",
    "tmpfiles.d",
    "sysctl.d",
    "supervisor",
    "supervisord.d",
    "systemd",
    "collectd.d",
];
/// Files for the tools around nova, in the same syntax.
const TOOLS: [&str; 5] = ["rootwrap", "config-generator", "policy-generator", "logging", "uwsgi"];

/// The kind of a file in a directory of this name; none for other programs' files.
pub(super) fn kind(path: &Path, parent: &str) -> Option<Kind> {
    let name = path.file_name()?.to_str()?;
    if !is_kept(name) || FOREIGN.contains(&parent) {
        return None;
    }
    let plain = template::plain_name(name);
    if plain == "nova.conf" {
        return Some(Kind::Main);
    }
    let in_parts = parent.strip_suffix(".conf.d").is_some_and(|of| of == "nova" || of.starts_with("nova-"));
    if in_parts {
        return plain.ends_with(".conf").then_some(Kind::Part);
    }
    if TOOLS.iter().any(|tool| plain.contains(tool)) {
        return None;
    }
    if plain.strip_prefix("nova.conf").is_some_and(|rest| rest.starts_with(['.', '-', '_'])) {
        return Some(Kind::Variant);
    }
    let of_program = plain.starts_with("nova-") || plain.starts_with("nova_cell");
    (of_program && plain.ends_with(".conf")).then_some(Kind::Program)
}

/// Neither hidden nor left behind nor a document.
fn is_kept(name: &str) -> bool {
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    !name.starts_with(['.', '#'])
        && !name.contains(".bak")
        && !name.contains(".backup")
        && !ends(&DROPPINGS)
        && !ends(&PAPERS)
}

/// A file of configuration, of whichever program: what is counted when it is passed over.
pub(super) fn is_config(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    !name.starts_with('.') && (name.contains(".conf") || template::plain_name(&name).ends_with(".ini"))
}

/// Services beside nova, by how the names of their files begin.
const OTHERS: [&str; 22] = [
    "aodh",
    "barbican",
    "ceilometer",
    "cinder",
    "cloudkitty",
    "cyborg",
    "designate",
    "glance",
    "gnocchi",
    "heat",
    "horizon",
    "ironic",
    "keystone",
    "magnum",
    "manila",
    "masakari",
    "mistral",
    "neutron",
    "octavia",
    "placement",
    "trove",
    "watcher",
];

/// The service beside nova whose file this is, by its name: `keystone.conf`, `glance-api.conf.j2`.
pub(super) fn anothers(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_str()?;
    let (stem, _) = name.split_once(".conf")?;
    let first = stem.split(['-', '_', '.']).next()?;
    OTHERS.into_iter().find(|other| *other == first)
}

/// Whether text is what nova's programs read: it has a section that some release of nova knows, or no section and nothing of
/// another syntax. For names that other programs use as well.
pub(super) fn reads_like_nova(text: &str) -> bool {
    let mut sections = 0;
    for line in text.lines().map(str::trim_end) {
        if line.starts_with('<') && !line.starts_with("<%") || line.ends_with('{') {
            return false;
        }
        let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else { continue };
        let name = name.trim();
        if options::all().iter().any(|option| option.section.eq_ignore_ascii_case(name)) {
            return true;
        }
        sections += 1;
    }
    sections == 0
}

#[cfg(test)]
mod tests {
    use super::{Kind, anothers, is_config, kind, reads_like_nova};
    use std::path::Path;

    #[test]
    fn novas_files_are_told_by_name() {
        for (path, is) in [
            ("etc/nova/nova.conf", Some(Kind::Main)),
            ("templates/nova.conf.j2", Some(Kind::Main)),
            ("templates/nova.conf.erb", Some(Kind::Main)),
            ("nova.conf.sample", Some(Kind::Variant)),
            ("nova.conf.ctl1", Some(Kind::Variant)),
            ("nova.configmap.tpl", None),
            ("nova-compute.conf", Some(Kind::Program)),
            ("nova-novncproxy.conf.j2", Some(Kind::Program)),
            ("nova_cell1.conf", Some(Kind::Program)),
            ("nova.conf.d/10-vnc.conf", Some(Kind::Part)),
            ("nova-compute.conf.d/vnc.conf.j2", Some(Kind::Part)),
            ("nova.conf.d/README", None),
            ("nova.conf~", None),
            ("nova.conf.orig", None),
            ("nova.conf.rpmsave", None),
            ("nova.conf.dpkg-old", None),
            ("nova.conf.bak", None),
            ("nova.conf.bak-2024-01-01", None),
            (".nova.conf.swp", None),
            ("nova.conf.4711.2024-01-01@12:00:00~", None),
            ("nova.conf.md", None),
            ("logrotate.d/nova.conf", None),
            ("keystone.conf", None),
            ("neutron/nova.ini", None),
            ("nova-rootwrap.conf", None),
            ("nova-config-generator.conf", None),
        ] {
            let parent = path.rsplit('/').nth(1).unwrap_or_default();
            assert_eq!(kind(Path::new(path), parent), is, "{path}");
        }
        assert!(is_config(Path::new("keystone.conf.j2")) && is_config(Path::new("api-paste.ini")));
        assert!(!is_config(Path::new("README.md")));
        for (path, of) in [
            ("etc/keystone/keystone.conf", Some("keystone")),
            ("glance-api.conf.j2", Some("glance")),
            ("keystone/nova.conf", None),
            ("ironic-conductor-nova.yaml", None),
            ("heating.conf", None),
            ("nova-compute-ironic.conf", None),
        ] {
            assert_eq!(anothers(Path::new(path)), of, "{path}");
        }
    }

    #[test]
    fn other_programs_are_told_by_what_they_say() {
        assert!(reads_like_nova("# x\n[Vnc]\nenabled = true\n") && reads_like_nova("# nothing\n"));
        assert!(!reads_like_nova("<VirtualHost *:8774>\n") && !reads_like_nova("/var/log/nova/*.log {\n"));
        assert!(!reads_like_nova("[Service]\nLimitNOFILE = 65536\n"));
    }
}

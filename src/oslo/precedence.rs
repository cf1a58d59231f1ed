//! Which files a nova program reads, and in which order.
//!
//! Pure: what exists comes in as a listing. Facts: `oslo_config/cfg.py` `find_config_files`, `find_config_dirs` and
//! `_parse_config_files` (same in 3.22 to 10.7), `nova/config.py`. Paths are compared as text, so the listing and the
//! directories must be spelled alike (no `//`, no `..`).

use std::collections::BTreeSet;

use super::config::Program;

impl Program {
    /// The name of its executable, from which its own configuration file gets its name. Nothing for [`Program::Other`].
    pub fn binary(self) -> Option<&'static str> {
        match self {
            Self::Consoleauth => Some("nova-consoleauth"),
            Self::Novncproxy => Some("nova-novncproxy"),
            Self::Compute => Some("nova-compute"),
            Self::Api => Some("nova-api"),
            Self::Conductor => Some("nova-conductor"),
            Self::Other => None,
        }
    }
}

/// What a program reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// files in reading order; a later one wins
    pub files: Vec<String>,
    /// named on the command line and not in the listing: the program refuses to start
    pub missing: Vec<String>,
}

/// The directories a program looks into when nothing is said on its command line, first match per name.
///
/// `home` is that of the program's user.
pub fn search_path(home: &str, snap_common: Option<&str>, snap: Option<&str>) -> Vec<String> {
    let mut path = vec![format!("{home}/.nova"), home.to_owned(), "/etc/nova".to_owned(), "/etc".to_owned()];
    path.extend([snap_common, snap].into_iter().flatten().map(|d| format!("{d}/etc/nova")));
    path
}

/// The files of a program that is started without a `--config` option: `nova.conf`, `<binary>.conf`, `nova.conf.d/*.conf`,
/// `<binary>.conf.d/*.conf`.
pub fn from_directories(search: &[String], binary: Option<&str>, listing: &BTreeSet<String>) -> Vec<String> {
    let mut files = default_files(search, binary, listing);
    files.extend(default_dirs(search, binary, listing));
    files
}

/// The files of a program started with these arguments.
///
/// `--config-file` replaces the default files and `--config-dir` the default directories; those defaults that stay are
/// read before anything that is named, so `nova.conf.d` loses against a named file.
pub fn from_command_line(
    arguments: &[String],
    search: &[String],
    binary: Option<&str>,
    listing: &BTreeSet<String>,
) -> Reading {
    let named = named(arguments);
    let mut reading = Reading::default();
    if !named.iter().any(|(dir, _)| !dir) {
        reading.files.extend(default_files(search, binary, listing));
    }
    if !named.iter().any(|(dir, _)| *dir) {
        reading.files.extend(default_dirs(search, binary, listing));
    }
    for (dir, path) in named {
        let path = path.strip_suffix('/').unwrap_or(path);
        if dir {
            let found = within(path, listing);
            if found.is_empty() && !has_directory(path, listing) {
                reading.missing.push(path.to_owned());
            }
            reading.files.extend(found);
        } else if listing.contains(path) {
            reading.files.push(path.to_owned());
        } else {
            reading.missing.push(path.to_owned());
        }
    }
    reading
}

/// Each `--config-dir` (true) and `--config-file` (false), in order.
fn named(arguments: &[String]) -> Vec<(bool, &str)> {
    let mut found = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        for (dir, flag) in [(true, "--config-dir"), (false, "--config-file")] {
            if argument == flag {
                found.extend(rest.next().map(|path| (dir, path.as_str())));
                break;
            }
            if let Some(path) = argument.strip_prefix(flag).and_then(|a| a.strip_prefix('=')) {
                found.push((dir, path));
                break;
            }
        }
    }
    found
}

fn default_files(search: &[String], binary: Option<&str>, listing: &BTreeSet<String>) -> Vec<String> {
    let names = std::iter::once("nova").chain(binary);
    names.filter_map(|name| search.iter().map(|d| format!("{d}/{name}.conf")).find(|p| listing.contains(p))).collect()
}

fn default_dirs(search: &[String], binary: Option<&str>, listing: &BTreeSet<String>) -> Vec<String> {
    let names = std::iter::once("nova").chain(binary);
    names
        .filter_map(|name| search.iter().map(|d| format!("{d}/{name}.conf.d")).find(|p| has_directory(p, listing)))
        .flat_map(|dir| within(&dir, listing))
        .collect()
}

/// `sorted(glob('<dir>/*.conf'))`: hidden files are not matched.
fn within(dir: &str, listing: &BTreeSet<String>) -> Vec<String> {
    let inside = |path: &&String| {
        let name = path.strip_prefix(dir).and_then(|p| p.strip_prefix('/'));
        name.is_some_and(|n| !n.contains('/') && !n.starts_with('.') && n.strip_suffix(".conf").is_some())
    };
    listing.iter().filter(inside).cloned().collect()
}

fn has_directory(dir: &str, listing: &BTreeSet<String>) -> bool {
    listing.contains(dir) || listing.iter().any(|p| p.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(items: &[&str]) -> Vec<String> {
        items.iter().map(|i| (*i).to_owned()).collect()
    }

    fn listing() -> BTreeSet<String> {
        texts(&[
            "/etc/nova/nova.conf",
            "/etc/nova/nova-novncproxy.conf",
            "/etc/nova/nova.conf.d/20.conf",
            "/etc/nova/nova.conf.d/10.conf",
            "/etc/nova/nova.conf.d/.hidden.conf",
            "/etc/nova/nova.conf.d/note.txt",
            "/etc/nova/nova.conf.d/old/30.conf",
            "/etc/nova/nova-novncproxy.conf.d/a.conf",
            "/home/stack/.nova/nova-novncproxy.conf",
        ])
        .into_iter()
        .collect()
    }

    #[test]
    fn defaults_in_order() {
        let search = search_path("/var/lib/nova", None, None);
        let got = from_directories(&search, Some("nova-novncproxy"), &listing());
        assert_eq!(
            got,
            [
                "/etc/nova/nova.conf",
                "/etc/nova/nova-novncproxy.conf",
                "/etc/nova/nova.conf.d/10.conf",
                "/etc/nova/nova.conf.d/20.conf",
                "/etc/nova/nova-novncproxy.conf.d/a.conf"
            ]
        );
        let stack = from_directories(&search_path("/home/stack", None, None), Some("nova-novncproxy"), &listing());
        assert_eq!(stack[1], "/home/stack/.nova/nova-novncproxy.conf");
    }

    #[test]
    fn command_line_in_order() {
        let search = search_path("/var/lib/nova", None, None);
        let arguments = texts(&[
            "--config-file=/etc/nova/nova.conf",
            "--debug",
            "--config-dir",
            "/etc/nova/nova.conf.d/",
            "--config-file",
            "/x.conf",
        ]);
        let reading = from_command_line(&arguments, &search, Some("nova-compute"), &listing());
        assert_eq!(
            reading.files,
            ["/etc/nova/nova.conf", "/etc/nova/nova.conf.d/10.conf", "/etc/nova/nova.conf.d/20.conf"]
        );
        assert_eq!(reading.missing, ["/x.conf"]);
    }

    #[test]
    fn a_named_file_keeps_the_default_directories_and_beats_them() {
        let search = search_path("/var/lib/nova", None, None);
        let arguments = texts(&["--config-file", "/etc/nova/nova.conf"]);
        let reading = from_command_line(&arguments, &search, None, &listing());
        assert_eq!(reading.files.last().map(String::as_str), Some("/etc/nova/nova.conf"));
        assert_eq!(reading.files.len(), 3);
    }
}

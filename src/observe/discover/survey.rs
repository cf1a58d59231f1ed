//! Everything of nova's below a directory, as a deployment repository keeps it: what is judged together, what is not nova's.
//!
//! Files that one set of programs would read are one site: `nova.conf` with its parts and program files in one directory, a
//! template with the templates of its parts, the service directories of one Kolla or TripleO host, a copy of a machine's root.
//! Everything else stands alone. Links to directories are not followed; names are looked at, and of names that other
//! programs use as well the first bytes.

use super::file::{Walked, head, walk_bounded};
use super::layouts::{discover, kolla};
use super::names::{Kind, is_config, kind, reads_like_nova};
use super::{Found, PathProblem};
use crate::evidence::process::Service;
use crate::oslo::ini::template;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Levels of directories looked into.
const DEPTH: usize = 32;
/// Most directory entries seen: the largest public deployment repositories have a tenth of it.
const MAX_ENTRIES: usize = 200_000;
/// How much of a file is read to tell whose it is, in bytes.
const HEAD: u64 = 64 * 1024;

/// What lies below a directory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survey {
    /// What is judged together: files, or directories of files; in the order of their paths.
    pub sites: Vec<Vec<PathBuf>>,
    /// Files of configuration that are not judged as nova's.
    pub others: Vec<PathBuf>,
    /// What has a name of nova's and is no file that can be read.
    pub odd: Vec<PathProblem>,
}

/// Looks below a directory.
///
/// # Errors
/// The directory cannot be read, holds nothing of nova's, or holds more than can be looked at.
pub fn survey(top: &Path) -> Result<Survey, PathProblem> {
    top.read_dir().map_err(|error| PathProblem::of(top, &error))?;
    let Walked { files, odd, closed, cut } = walk_bounded(top, DEPTH, MAX_ENTRIES);
    if cut {
        let text = format!("more than {MAX_ENTRIES} files below it; name the directories of nova's files");
        return Err(PathProblem::Other { path: top.to_owned(), text });
    }
    let own = top.canonicalize().unwrap_or_else(|_| top.to_owned());
    let kind = |path: &Path| {
        // `.` has no name
        let parent = path.parent().filter(|parent| *parent != top).unwrap_or(&own);
        kind(path, parent.file_name().unwrap_or_default().to_str()?)
    };
    let mut survey = Survey {
        odd: odd.iter().filter(|path| kind(path).is_some()).filter_map(|path| head(path, 1).err()).collect(),
        ..Survey::default()
    };
    survey.odd.extend(closed);
    let whole = one_machine(top);
    let covered: BTreeSet<&Path> =
        whole.iter().flat_map(|found| &found.files).map(|file| file.path.as_path()).collect();
    let mut groups: BTreeMap<PathBuf, Vec<(PathBuf, Kind)>> = BTreeMap::new();
    for path in files {
        match kind(&path).filter(|kind| is_novas(&path, *kind)) {
            _ if covered.contains(path.as_path()) => {}
            Some(kind) => groups.entry(holder(top, &path, kind)).or_default().push((path, kind)),
            None if is_config(&path) => survey.others.push(path),
            None => {}
        }
    }
    if !whole.is_empty() {
        survey.sites.push(vec![top.to_owned()]);
    }
    survey.sites.extend(tied(groups.into_iter().flat_map(|(dir, files)| split(&dir, files)).collect()));
    if survey.sites.is_empty() {
        return Err(survey.odd.into_iter().next().unwrap_or_else(|| PathProblem::NoConfig(top.to_owned())));
    }
    Ok(survey)
}

/// The configurations of one machine, where the directory is a copy of its root or Kolla's own.
fn one_machine(top: &Path) -> Vec<Found> {
    if top.join("nova.conf").exists() {
        return Vec::new();
    }
    let mut found = kolla(top);
    found.extend(discover(top));
    found
}

/// The directory whose configuration a file belongs to: no higher than the one that was named.
fn holder(top: &Path, path: &Path, kind: Kind) -> PathBuf {
    let parent = path.parent().unwrap_or(top);
    let above = if kind == Kind::Part && parent != top { parent.parent() } else { None };
    above.unwrap_or(parent).to_owned()
}

/// Names that other programs use as well are told by the content.
fn is_novas(path: &Path, kind: Kind) -> bool {
    kind != Kind::Program
        || head(path, HEAD).is_ok_and(|bytes| bytes.is_empty() || reads_like_nova(&String::from_utf8_lossy(&bytes)))
        // what cannot be read is not passed over in silence
        || head(path, 1).is_err()
}

/// One directory's files by what is read together.
fn split(dir: &Path, files: Vec<(PathBuf, Kind)>) -> Vec<Vec<PathBuf>> {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let is_template = |path: &Path| template::plain_name(&name(path)) != name(path);
    let numbered = files.iter().any(|(path, _)| name(path) == "nova-blank.conf");
    let only_parts = files.iter().all(|(_, kind)| *kind == Kind::Part);
    let with_program = |path: &Path, kind: Kind| {
        matches!(kind, Kind::Main | Kind::Part)
            || numbered
            || name(path).strip_suffix(".conf").is_some_and(|program| Service::from_program(program).is_some())
    };
    let mut plain = Vec::new();
    let mut templates = Vec::new();
    let mut sites = Vec::new();
    for (path, kind) in files {
        match kind {
            Kind::Main | Kind::Part if is_template(&path) => templates.push(path),
            _ if with_program(&path, kind) && !is_template(&path) => plain.push(path),
            _ => sites.push(vec![path]),
        }
    }
    // the main file is read before its parts
    templates.sort_by_key(|path| path.parent() != Some(dir));
    // parts without the file that they are parts of are read in their order
    if plain.len() > 1 && !only_parts {
        plain = vec![dir.to_owned()];
    }
    sites.extend([plain, templates].into_iter().filter(|files| !files.is_empty()));
    sites.sort();
    sites
}

/// Joins the service directories of one host: Kolla's `nova-api/`, `nova-novncproxy/` beside each other, TripleO's below
/// `puppet-generated`.
fn tied(sites: Vec<Vec<PathBuf>>) -> Vec<Vec<PathBuf>> {
    let mut joined: Vec<(Option<PathBuf>, Vec<PathBuf>)> = Vec::new();
    for site in sites {
        let host = site.first().and_then(|path| host_of(path));
        let same = host.as_ref().and_then(|host| joined.iter_mut().find(|(other, _)| other.as_ref() == Some(host)));
        match same {
            Some((_, files)) => files.extend(site),
            None => joined.push((host, site)),
        }
    }
    joined.into_iter().map(|(_, files)| files).collect()
}

/// The directory that stands for one host, where the path is of a layout with a directory for each service.
fn host_of(path: &Path) -> Option<PathBuf> {
    let named = |dir: &Path, is: fn(&str) -> bool| dir.file_name().and_then(|name| name.to_str()).is_some_and(is);
    path.ancestors().skip(1).find_map(|dir| {
        if named(dir, |name| Service::from_program(name).is_some()) {
            return dir.parent().map(Path::to_owned);
        }
        named(dir, |name| name == "puppet-generated").then(|| dir.to_owned())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::survey;
    use crate::observe::discover::PathProblem;
    use std::path::Path;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "[DEFAULT]\n").unwrap();
        }
        dir
    }

    fn sites(top: &Path) -> Vec<Vec<String>> {
        let short = |path: &std::path::PathBuf| path.strip_prefix(top).unwrap().display().to_string();
        survey(top).unwrap().sites.iter().map(|site| site.iter().map(short).collect()).collect()
    }

    #[test]
    fn what_is_read_together_is_judged_together() {
        let dir = tree(&[
            "a/nova.conf",
            "b/nova.conf",
            "b/nova.conf.d/vnc.conf",
            "b/nova-dist.conf",
            "c/nova.conf.j2",
            "c/nova.conf.d/x.conf.j2",
            "c/keystone.conf.j2",
            "d/nova.conf.bak",
            ".git/nova.conf",
        ]);
        let wanted: Vec<Vec<&str>> = vec![
            vec!["a/nova.conf"],
            vec!["b"],
            vec!["b/nova-dist.conf"],
            vec!["c/nova.conf.j2", "c/nova.conf.d/x.conf.j2"],
        ];
        assert_eq!(sites(dir.path()), wanted);
        let others = survey(dir.path()).unwrap().others;
        assert_eq!(others, [dir.path().join("c/keystone.conf.j2"), dir.path().join("d/nova.conf.bak")]);
    }

    #[test]
    fn services_of_one_host_are_tied_by_their_layout() {
        let dir = tree(&["h1/nova-api/nova.conf", "h1/nova-novncproxy/nova.conf", "h2/nova-api/nova.conf"]);
        let wanted: Vec<Vec<&str>> =
            vec![vec!["h1/nova-api/nova.conf", "h1/nova-novncproxy/nova.conf"], vec!["h2/nova-api/nova.conf"]];
        assert_eq!(sites(dir.path()), wanted);
        let root = tree(&["etc/nova/nova.conf", "etc/keystone/keystone.conf"]);
        assert_eq!(sites(root.path()), vec![vec![""]]);
    }

    #[test]
    fn a_directory_of_parts_is_one_configuration() {
        let dir = tree(&["etc/nova.conf", "etc/nova.conf.d/b.conf", "etc/nova.conf.d/a.conf"]);
        let parts = dir.path().join("etc/nova.conf.d");
        assert_eq!(survey(&parts).unwrap().sites, [[parts.join("a.conf"), parts.join("b.conf")]]);
        assert_eq!(sites(dir.path()), [["etc"]]);
    }

    #[test]
    fn nothing_of_novas_is_an_error() {
        let dir = tree(&["keystone.conf", "nova.conf.orig"]);
        assert_eq!(survey(dir.path()).unwrap_err(), PathProblem::NoConfig(dir.path().to_owned()));
        std::os::unix::fs::symlink("nova.conf", dir.path().join("nova.conf")).unwrap();
        assert!(survey(dir.path()).is_err());
    }
}

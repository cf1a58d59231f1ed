//! Opens files that somebody named, without ever waiting on one that is none.
//!
//! A named pipe or a device blocks whoever opens it: what a path is gets asked first, and the open itself does not wait.

use std::fs::{File, Metadata, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Longest configuration file read, in bytes. Nova's full sample is a twentieth of it.
pub const MAX_FILE: u64 = 8 * 1024 * 1024;
/// `O_NONBLOCK` of Linux on the machines that nova runs on.
const O_NONBLOCK: i32 = 0o4000;
/// Most directory entries looked at in one walk.
const MAX_ENTRIES: usize = 20_000;

/// Why a path cannot be used. Each text stands behind nothing and names the path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathProblem {
    /// Nothing there.
    #[error("{}: no such file or directory", .0.display())]
    Missing(PathBuf),
    /// A socket, a pipe, a device.
    #[error("{}: is a {kind}, not a file", .path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// A directory in the place of a file.
    #[error("{}: is a directory", .0.display())]
    Directory(PathBuf),
    /// A directory in which no nova.conf was found.
    #[error("{}: no nova.conf in this directory or below it", .0.display())]
    NoConfig(PathBuf),
    /// A directory in which no log of a nova service was found.
    #[error("{}: no log of a nova service in this directory or below it", .0.display())]
    NoLogs(PathBuf),
    /// May not be read by this user.
    #[error("{}: permission denied (try: {})", .0.display(), sudo_line(.0))]
    Denied(PathBuf),
    /// Longer than the bound.
    #[error("{}: is {size} bytes long, more than the {limit} that are read", .path.display())]
    TooLarge {
        /// The path.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
        /// The bound in bytes.
        limit: u64,
    },
    /// gzip, xz, bzip2 or zstd.
    #[error("{}: is compressed, unpack it first", .0.display())]
    Compressed(PathBuf),
    /// The file of a service beside nova.
    #[error("{}: is {of}'s file, not nova's", .path.display())]
    Anothers {
        /// The path.
        path: PathBuf,
        /// The service.
        of: &'static str,
    },
    /// A Kubernetes object instead of the file in it.
    #[error("{}: is a kubernetes object, not a nova.conf; extract the file that is in it first", .0.display())]
    Manifest(PathBuf),
    /// Another error of the operating system.
    #[error("{}: {text}", .path.display())]
    Other {
        /// The path.
        path: PathBuf,
        /// The system's words.
        text: String,
    },
}

/// The line to type to see a file or directory that this user may not read.
pub fn sudo_line(path: &Path) -> String {
    let program = if path.is_dir() { "ls -la" } else { "cat" };
    format!("sudo {program} {}", quote(path))
}

/// A path for a shell, quoted if it needs to be.
fn quote(path: &Path) -> String {
    let text = path.display().to_string();
    if !text.is_empty() && text.chars().all(|symbol| symbol.is_ascii_alphanumeric() || "/._-@+:,".contains(symbol)) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

impl PathProblem {
    /// The problem that an error of the operating system stands for.
    pub(crate) fn of(path: &Path, error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Self::Missing(path.to_owned()),
            std::io::ErrorKind::PermissionDenied => Self::Denied(path.to_owned()),
            _ => Self::Other { path: path.to_owned(), text: error.to_string().to_lowercase() },
        }
    }
}

/// Opens a plain file for reading.
pub fn open(path: &Path) -> Result<(File, Metadata), PathProblem> {
    let before = path.metadata().map_err(|error| PathProblem::of(path, &error))?;
    open_seen(path, &before)
}

/// The same of a path of which the system has just said what it is.
fn open_seen(path: &Path, before: &Metadata) -> Result<(File, Metadata), PathProblem> {
    plain(path, before)?;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(O_NONBLOCK)
        .open(path)
        .map_err(|error| PathProblem::of(path, &error))?;
    // The path may mean something else by now.
    let metadata = file.metadata().map_err(|error| PathProblem::of(path, &error))?;
    plain(path, &metadata)?;
    Ok((file, metadata))
}

fn plain(path: &Path, metadata: &Metadata) -> Result<(), PathProblem> {
    let kind = metadata.file_type();
    if kind.is_file() {
        return Ok(());
    }
    if kind.is_dir() {
        return Err(PathProblem::Directory(path.to_owned()));
    }
    let kind = if kind.is_socket() {
        "socket"
    } else if kind.is_fifo() {
        "named pipe"
    } else {
        "device"
    };
    Err(PathProblem::NotAFile { path: path.to_owned(), kind })
}

/// The whole of a plain file of at most `limit` bytes.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, PathProblem> {
    let before = path.metadata().map_err(|error| PathProblem::of(path, &error))?;
    read_seen(path, &before, limit).map(|(bytes, _)| bytes)
}

/// The same of a path of which the system has just said what it is, with what it says of the file that was read.
pub(super) fn read_seen(path: &Path, before: &Metadata, limit: u64) -> Result<(Vec<u8>, Metadata), PathProblem> {
    let (file, metadata) = open_seen(path, before)?;
    let too_large = |size| PathProblem::TooLarge { path: path.to_owned(), size, limit };
    if metadata.len() > limit {
        return Err(too_large(metadata.len()));
    }
    // Files of /proc have no length; a file may grow while it is read.
    let mut bytes = Vec::with_capacity((metadata.len() as usize + 1).max(4096));
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| PathProblem::of(path, &error))?;
    if bytes.len() as u64 > limit {
        return Err(too_large(bytes.len() as u64));
    }
    Ok((bytes, metadata))
}

/// The first bytes of a plain file, at most `length` of them. One that is too long to be a configuration is told.
pub(super) fn head(path: &Path, length: u64) -> Result<Vec<u8>, PathProblem> {
    let (file, metadata) = open(path)?;
    if metadata.len() > MAX_FILE {
        return Err(PathProblem::TooLarge { path: path.to_owned(), size: metadata.len(), limit: MAX_FILE });
    }
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes).map_err(|error| PathProblem::of(path, &error))?;
    Ok(bytes)
}

/// When a file was last changed, in unix seconds.
pub(crate) fn mtime(metadata: &Metadata) -> Option<f64> {
    metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok().map(|age| age.as_secs_f64())
}

/// Directories in which version control and tools keep their own things.
const TOOLS_OWN: [&str; 6] = [".git", ".hg", ".svn", ".tox", ".venv", "node_modules"];

/// The plain files below a directory, nearest first and sorted by name within a directory. Neither symbolic links to
/// directories are followed nor names with two leading dots (Kubernetes keeps copies there); at most 20,000 entries are seen.
pub fn walk(top: &Path, depth: usize) -> Vec<PathBuf> {
    walk_bounded(top, depth, MAX_ENTRIES).files
}

/// What a walk saw.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Plain files, links to such included.
    pub(super) files: Vec<PathBuf>,
    /// Links that lead nowhere, sockets, pipes, devices.
    pub(super) odd: Vec<PathBuf>,
    /// Directories that cannot be looked into.
    pub(super) closed: Vec<PathProblem>,
    /// There were more entries than were to be seen.
    pub(super) cut: bool,
}

/// A walk of at most so many levels and entries.
pub(super) fn walk_bounded(top: &Path, depth: usize, mut budget: usize) -> Walked {
    let mut walked = Walked::default();
    let mut level = vec![top.to_owned()];
    for _ in 0..=depth {
        let mut next = Vec::new();
        for dir in level {
            let entries = match dir.read_dir() {
                Ok(entries) => entries,
                Err(error) => {
                    walked.closed.push(PathProblem::of(&dir, &error));
                    continue;
                }
            };
            let mut entries = entries.flatten();
            let mut paths: Vec<_> = entries.by_ref().take(budget).collect();
            budget = budget.saturating_sub(paths.len());
            walked.cut |= budget == 0 && entries.next().is_some();
            paths.sort_by_key(std::fs::DirEntry::file_name);
            for entry in paths {
                let name = entry.file_name();
                if name.to_string_lossy().starts_with("..") {
                    continue;
                }
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() && TOOLS_OWN.iter().any(|own| name == *own) => {}
                    Ok(kind) if kind.is_dir() => next.push(entry.path()),
                    Ok(kind) if kind.is_file() || entry.path().is_file() => walked.files.push(entry.path()),
                    Ok(kind) if kind.is_symlink() && entry.path().is_dir() => {}
                    _ => walked.odd.push(entry.path()),
                }
            }
        }
        level = next;
    }
    walked
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_no_file_is_told_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("missing");
        assert_eq!(read(&missing, 10).unwrap_err(), PathProblem::Missing(missing.clone()));
        assert_eq!(read(dir.path(), 10).unwrap_err(), PathProblem::Directory(dir.path().to_owned()));
        let socket = dir.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert_eq!(read(&socket, 10).unwrap_err(), PathProblem::NotAFile { path: socket, kind: "socket" });
        let pipe = dir.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(read(&pipe, 10).unwrap_err(), PathProblem::NotAFile { path: pipe, kind: "named pipe" });
        let device = Path::new("/dev/zero");
        assert_eq!(read(device, 10).unwrap_err(), PathProblem::NotAFile { path: device.to_owned(), kind: "device" });
        let under_a_file = dir.path().join("file/x");
        std::fs::write(dir.path().join("file"), "0123456789").unwrap();
        assert_eq!(read(&under_a_file, 10).unwrap_err(), PathProblem::Missing(under_a_file));
        assert_eq!(read(&dir.path().join("file"), 10).unwrap(), b"0123456789");
        assert!(matches!(read(&dir.path().join("file"), 9), Err(PathProblem::TooLarge { size: 10, limit: 9, .. })));
    }

    #[test]
    fn words_and_commands_are_complete() {
        let denied = PathProblem::Denied("/etc/nova/my nova.conf".into());
        assert_eq!(
            denied.to_string(),
            "/etc/nova/my nova.conf: permission denied (try: sudo cat '/etc/nova/my nova.conf')"
        );
        assert_eq!(PathProblem::Missing("/x".into()).to_string(), "/x: no such file or directory");
    }

    #[test]
    fn a_walk_is_bounded_and_follows_no_links() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("a/b/c")).unwrap();
        std::fs::create_dir_all(dir.path().join("..data")).unwrap();
        for file in ["top", "a/one", "a/b/two", "a/b/c/three", "..data/hidden"] {
            std::fs::write(dir.path().join(file), "").unwrap();
        }
        std::os::unix::fs::symlink(dir.path(), dir.path().join("a/loop")).unwrap();
        let found: Vec<_> = walk(dir.path(), 2)
            .into_iter()
            .map(|path| path.strip_prefix(dir.path()).unwrap().display().to_string())
            .collect();
        assert_eq!(found, ["top", "a/one", "a/b/two"]);
    }
}

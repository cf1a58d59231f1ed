//! A file replaced as a whole, or not at all.
//!
//! The new text is written beside the file and renamed over it, so that a reader sees the old one or the new one. Mode and
//! owner stay, a symbolic link stays a link to its target. A hard link is parted from its other names.

use super::super::problem::Problem;
use crate::observe::discover::{MAX_FILE, read};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};

/// The file is not any more what was judged.
pub(super) fn changed(path: &str) -> Problem {
    Problem::Write { path: path.to_owned(), why: "it changed while it was looked at; nothing is written".to_owned() }
}

/// Makes sure that a file is what was read.
///
/// # Errors
/// It is not, or cannot be read.
pub(super) fn unchanged(path: &str, before: &[u8]) -> Result<(), Problem> {
    if read(Path::new(path), MAX_FILE)? == before { Ok(()) } else { Err(changed(path)) }
}

/// Puts another text in the place of what was read.
///
/// # Errors
/// The file changed, or cannot be written: it is then what it was.
pub(super) fn replace(path: &str, before: &[u8], after: &[u8]) -> Result<(), Problem> {
    let problem = |error: &std::io::Error| Problem::write(path, error);
    let target = Path::new(path).canonicalize().map_err(|error| problem(&error))?;
    let beside = beside(&target);
    let written = write(&target, &beside, after).map_err(|error| problem(&error));
    let done = written
        .and_then(|()| unchanged(path, before))
        .and_then(|()| std::fs::rename(&beside, &target).map_err(|error| problem(&error)));
    if done.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    done
}

/// A name in the same directory that no program takes for configuration.
fn beside(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.vncdoctor-{}~", std::process::id()))
}

fn write(target: &Path, beside: &Path, text: &[u8]) -> std::io::Result<()> {
    let old = target.metadata()?;
    // nobody else reads it before its mode is that of the old file
    let mut file: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(beside)?;
    let new = file.metadata()?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        fchown(&file, Some(old.uid()), Some(old.gid()))?;
    }
    file.set_permissions(old.permissions())?;
    file.write_all(text)?;
    file.sync_all()
}

//! A file's new text in the place of the old one, and nothing else about the file changed.
//!
//! The new text is written beside the file first. A file of one name, on which nothing hangs but mode and owner, is then
//! replaced by renaming: a reader sees the old text or the new one. Renaming would part a hard link from its other names and
//! drop access lists, labels and other extended attributes, and cannot go over a mount; such a file is written in place. What
//! stands beside it goes when the new text is on the disk, so that a machine that stops in between has it whole; where
//! writing fails, the old text is put back. A symbolic link stays a link to its target.

use super::super::problem::Problem;
use crate::observe::discover::{MAX_FILE, read};
use std::fs::{File, Metadata, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _, fchown};
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
    let done = prepared(&beside, after).map_err(|error| problem(&error)).and_then(|new| {
        unchanged(path, before)?;
        let old = target.metadata().map_err(|error| problem(&error))?;
        if stands_alone(&target, &old) && renamed(&new, &beside, &target, &old).is_ok() {
            return Ok(());
        }
        in_place(&target, before, after).map_err(|error| problem(&error))
    });
    let _ = std::fs::remove_file(&beside);
    done
}

/// A name in the same directory that no program takes for configuration.
fn beside(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.vncdoctor-{}~", std::process::id()))
}

/// The new text on the disk, for nobody else to read.
fn prepared(beside: &Path, text: &[u8]) -> std::io::Result<File> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(beside)?;
    file.write_all(text)?;
    file.sync_all()?;
    Ok(file)
}

/// Whether a file of the same mode and owner is as good; not so if that cannot be told.
fn stands_alone(target: &Path, old: &Metadata) -> bool {
    // the shortest of names does not fit
    old.nlink() == 1 && rustix::fs::listxattr(target, &mut [0_u8; 1][..]).is_ok_and(|length| length == 0)
}

fn renamed(new: &File, beside: &Path, target: &Path, old: &Metadata) -> std::io::Result<()> {
    let own = new.metadata()?;
    if (own.uid(), own.gid()) != (old.uid(), old.gid()) {
        fchown(new, Some(old.uid()), Some(old.gid()))?;
    }
    new.set_permissions(old.permissions())?;
    std::fs::rename(beside, target)
}

fn in_place(target: &Path, before: &[u8], after: &[u8]) -> std::io::Result<()> {
    let file = OpenOptions::new().write(true).open(target)?;
    let put = |text: &[u8]| {
        file.write_all_at(text, 0)?;
        file.set_len(text.len() as u64)?;
        file.sync_all()
    };
    put(after).inspect_err(|_| {
        // its blocks are still there
        let _ = put(before);
    })
}

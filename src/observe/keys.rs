//! The files of a proxy's certificate and key on this machine: there or not, and readable for the proxy or not. They are asked
//! for, not opened.
//!
//! Limits: rights are judged by owner, group and mode; access lists and SELinux may say otherwise.

use crate::evidence::host::{Host, KeyFile, KeyState};
use crate::evidence::process::{Process, Service};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The newest release: the two options are the same in all.
const RELEASE: u16 = 34;

/// Looks at the files that the proxy of this very machine is to use.
pub(super) fn look(host: &mut Host) {
    let Some(config) = host.config(Service::Novncproxy, RELEASE) else { return };
    let process = host.processes.iter().find(|process| process.service == Service::Novncproxy).cloned();
    // a container has files and users of its own
    if process.as_ref().is_some_and(|process| process.container.is_some() && process.root.is_none()) {
        return;
    }
    let reader = Reader::of(process.as_ref());
    for option in ["cert", "key"] {
        let by_command = process.as_ref().and_then(|process| {
            process.options.iter().find(|one| one.name == option).and_then(|one| one.value.clone())
        });
        let set = config.get("DEFAULT", option).is_set().then(|| config.string("DEFAULT", option)).flatten();
        let Some(path) = by_command.or(set).filter(|path| !path.trim().is_empty()) else { continue };
        let Some(seen) = place(&path, process.as_ref()) else { continue };
        let state = reader.state(&seen);
        host.keys.push(KeyFile { option: option.to_owned(), path, state });
    }
}

/// Where a path is seen from here; a relative one is below the directory of the process.
fn place(path: &str, process: Option<&Process>) -> Option<PathBuf> {
    let root = process.and_then(|process| process.root.clone());
    let whole =
        if path.starts_with('/') { PathBuf::from(path) } else { PathBuf::from(process?.cwd.clone()?).join(path) };
    Some(match root {
        Some(root) => Path::new(&root).join(whole.strip_prefix("/").ok()?),
        None => whole,
    })
}

/// Who is to read the files; absent where that is not known.
struct Reader {
    who: Option<(u32, Vec<u32>)>,
}

impl Reader {
    /// The user of the process, else the one named nova.
    fn of(process: Option<&Process>) -> Self {
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let group = std::fs::read_to_string("/etc/group").unwrap_or_default();
        let users = passwd.lines().filter_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            Some((*fields.first()?, fields.get(2)?.parse::<u32>().ok()?, fields.get(3)?.parse::<u32>().ok()?))
        });
        let uid = process.and_then(|process| process.uid);
        let mut users = users.filter(|(name, id, _)| uid.map_or(*name == "nova", |uid| *id == uid));
        let Some((name, id, own)) = users.next() else { return Self { who: None } };
        let member = |line: &str| {
            let fields: Vec<&str> = line.split(':').collect();
            fields.get(3)?.split(',').any(|one| one == name).then(|| fields.get(2)?.parse().ok()).flatten()
        };
        let groups = std::iter::once(own).chain(group.lines().filter_map(member)).collect();
        Self { who: Some((id, groups)) }
    }

    fn state(&self, path: &Path) -> KeyState {
        for above in path.ancestors().skip(1).collect::<Vec<_>>().into_iter().rev() {
            match above.metadata() {
                Ok(metadata) if !self.may(&metadata, 0o1) => {
                    return KeyState::Closed { at: above.display().to_string() };
                }
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => return KeyState::Hidden,
                Err(_) => return KeyState::Missing,
            }
        }
        match path.metadata() {
            Ok(metadata) if metadata.is_dir() => KeyState::NotAFile,
            Ok(metadata) if !self.may(&metadata, 0o4) => KeyState::Closed { at: path.display().to_string() },
            Ok(_) if self.who.is_none() => KeyState::Hidden,
            Ok(_) => KeyState::Readable,
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => KeyState::Hidden,
            Err(_) => KeyState::Missing,
        }
    }

    /// Whether the reader has a right; true where nobody is known.
    fn may(&self, metadata: &Metadata, right: u32) -> bool {
        let Some((uid, groups)) = &self.who else { return true };
        let shift = if metadata.uid() == *uid {
            6
        } else if groups.contains(&metadata.gid()) {
            3
        } else {
            0
        };
        *uid == 0 || metadata.mode() & (right << shift) != 0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn rights_are_those_of_the_reader() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("key.pem");
        assert_eq!(Reader { who: None }.state(&file), KeyState::Missing);
        std::fs::write(&file, "key").unwrap();
        let own = file.metadata().unwrap();
        let mode = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        let stranger = Reader { who: Some((own.uid() + 4711, vec![own.gid() + 4711])) };
        mode(dir.path(), 0o755);
        mode(&file, 0o640);
        assert_eq!(stranger.state(&file), KeyState::Closed { at: file.display().to_string() });
        let member = Reader { who: Some((own.uid() + 4711, vec![own.gid()])) };
        assert_eq!(member.state(&file), KeyState::Readable);
        mode(dir.path(), 0o750);
        assert_eq!(stranger.state(&file), KeyState::Closed { at: dir.path().display().to_string() });
        assert_eq!(Reader { who: Some((0, Vec::new())) }.state(&file), KeyState::Readable);
        assert_eq!(Reader { who: Some((0, Vec::new())) }.state(dir.path()), KeyState::NotAFile);
    }
}

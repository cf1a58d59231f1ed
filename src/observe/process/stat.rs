//! Times, parents and users of processes, from `/proc`.

use std::path::Path;

use super::MAX_SMALL;
use crate::observe::discover::read;

/// What turns ticks since boot into unix seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Clock {
    boot: Option<f64>,
    ticks: f64,
}

impl Clock {
    /// The boot time of `/proc/stat` and the length of a tick from the auxiliary vector, 100 a second where it is not given.
    pub(super) fn read(proc: &Path) -> Self {
        /// Where `/proc/stat` ends on the largest machines.
        const MAX_STAT: u64 = 4 * 1024 * 1024;
        /// `AT_CLKTCK` of `elf.h`.
        const CLOCK_TICKS: u64 = 17;
        let stat = text(&proc.join("stat"), MAX_STAT).unwrap_or_default();
        let boot = stat.lines().find_map(|line| line.strip_prefix("btime ")).and_then(|boot| boot.trim().parse().ok());
        let vector = read(&proc.join("self/auxv"), MAX_SMALL).unwrap_or_default();
        let number = |bytes: &[u8]| bytes.try_into().map(u64::from_ne_bytes).ok();
        let pairs = vector.chunks_exact(16).filter_map(|pair| Some((number(&pair[..8])?, number(&pair[8..])?)));
        let ticks =
            pairs.into_iter().find(|(kind, ticks)| *kind == CLOCK_TICKS && *ticks > 0).map_or(100, |(_, ticks)| ticks);
        Self { boot, ticks: ticks as f64 }
    }
}

fn text(path: &Path, limit: u64) -> Option<String> {
    read(path, limit).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// A field of `/proc/<pid>/stat`, counted as in proc(5). The name before it may hold spaces and brackets.
fn field(dir: &Path, number: usize) -> Option<u64> {
    let stat = text(&dir.join("stat"), MAX_SMALL)?;
    let (_, after) = stat.rsplit_once(')')?;
    after.split_whitespace().nth(number - 3)?.parse().ok()
}

/// The parent's process id.
pub(super) fn parent(dir: &Path) -> Option<u32> {
    field(dir, 4)?.try_into().ok()
}

/// Unix seconds of the start.
pub(super) fn started(dir: &Path, clock: &Clock) -> Option<f64> {
    Some(clock.boot? + field(dir, 22)? as f64 / clock.ticks)
}

/// The effective user id.
pub(super) fn uid(dir: &Path) -> Option<u32> {
    let status = text(&dir.join("status"), MAX_SMALL)?;
    let ids = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    ids.split_whitespace().nth(1)?.parse().ok()
}

/// The name that the kernel has, at most 15 characters.
pub(crate) fn name(dir: &Path) -> Option<String> {
    text(&dir.join("comm"), MAX_SMALL).map(|name| name.trim().to_owned())
}

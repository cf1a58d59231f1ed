//! What virsh shows of the guests that run, for a user who may not read libvirt's own files: its read-only socket is open to all,
//! as a rule.
//!
//! One call lists the guests by uuid, one shows them all; only what is a uuid becomes an argument, and there is no shell.
//! Limits: one time for each of the two, 512 guests, 8 MiB. A read-only connection is not told passwords, so a guest's
//! `password` stays false.

use super::{MOST, domain};
use crate::console::token::Token;
use crate::evidence::domain::Domain;
use crate::observe::program::{Said, answer};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The most that is read of the guests' XML, in bytes.
const LARGEST: u64 = 8 * 1024 * 1024;
/// The most that is read of the list: a uuid a line.
const LONGEST: u64 = 37 * MOST as u64;
/// Where each guest's XML ends.
const END: &str = "</domain>";

/// A virsh, and the libvirt that it is to ask.
#[derive(Clone, Copy, Debug)]
pub struct Virsh<'v> {
    /// The program.
    pub program: &'v Path,
    /// `qemu:///system`
    pub uri: &'v str,
    /// How long each call may take.
    pub time: Duration,
}

/// What it showed.
pub(super) struct Shown {
    pub(super) domains: Vec<Domain>,
    /// Every guest that it listed.
    pub(super) all: bool,
}

impl Virsh<'_> {
    /// The guests that run; `None` where libvirt does not tell.
    pub(super) fn running(&self) -> Option<Shown> {
        let list = self.ask("list --uuid", LONGEST);
        let uuids: Vec<&str> = list.text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if !list.well || !uuids.iter().all(|uuid| Token::parse(uuid).is_ok()) {
            return None;
        }
        if uuids.is_empty() {
            return Some(Shown { domains: Vec::new(), all: true });
        }
        let lines: Vec<String> = uuids.iter().take(MOST).map(|uuid| format!("dumpxml {uuid}")).collect();
        let said = self.ask(&lines.join("; "), LARGEST);
        let domains: Vec<Domain> =
            said.text.split_inclusive(END).filter_map(|text| domain::parse("", text.trim())).collect();
        Some(Shown { all: domains.len() == uuids.len(), domains })
    }

    fn ask(&self, line: &str, most: u64) -> Said {
        let mut command = Command::new(self.program);
        command.args(["--readonly", "--quiet", "--connect", self.uri, line]);
        answer(command, self.time, most)
    }
}

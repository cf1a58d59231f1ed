//! Service logs into evidence: plain files of nova-novncproxy, nova-consoleauth and the services around them.
//!
//! A file is streamed: never held whole, its long lines cut, its tail read first if it is very long. Tokens are replaced by
//! their hashes before anything is kept. Limits: no compressed files, no journal directories (`journalctl` prints them);
//! at most [`MAX_EVENTS`] events of a file, the newest.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::discover::{PathProblem, open, walk};
use crate::evidence::log::{Event, LogEvent, LogFile};
use crate::evidence::process::Service;

mod classify;
mod clean;
mod failure;
mod fields;
mod head;
mod named;
mod proxy;
mod services;

mod stamp;
mod startup;
mod wrapped;

pub use stamp::Clock;

/// Bytes read of a long file by default, from its end.
pub const TAIL: u64 = 64 * 1024 * 1024;
/// Most events kept of one file.
pub const MAX_EVENTS: usize = 200_000;
/// Longest line looked at, in bytes; the rest of it is skipped.
const MAX_LINE: u64 = 64 * 1024;
/// Lines between two looks at the clock.
const LINES_A_LOOK: u64 = 2048;
/// Most logs taken from one directory.
const MAX_LOGS: usize = 500;
/// Most processes remembered with their service.
const MAX_PIDS: usize = 100_000;

/// How to read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Bytes read at most, from the end of the file.
    pub tail: u64,
    /// When to stop.
    pub deadline: Instant,
    /// What stamps without a zone mean.
    pub clock: Clock,
}

impl Reading {
    /// The last [`TAIL`] bytes, in this machine's zone.
    pub fn until(deadline: Instant) -> Self {
        Self { tail: TAIL, deadline, clock: Clock::default() }
    }
}

/// The logs that a path stands for: a file itself, or in a directory and four levels below it the `*.log` of nova's services.
pub fn look(path: &Path) -> Result<Vec<PathBuf>, PathProblem> {
    let metadata = path.metadata().map_err(|error| PathProblem::of(path, &error))?;
    if !metadata.is_dir() {
        return open(path).map(|_| vec![path.to_owned()]);
    }
    path.read_dir().map_err(|error| PathProblem::of(path, &error))?;
    let is_log = |file: &PathBuf| is_novas(file) && file.extension().is_some_and(|kind| kind == "log");
    let logs: Vec<_> = walk(path, 4).into_iter().filter(is_log).take(MAX_LOGS).collect();
    if logs.is_empty() { Err(PathProblem::NoLogs(path.to_owned())) } else { Ok(logs) }
}

/// The rotated logs of nova's services in a directory, which [`look`] passes over: `nova-novncproxy.log.2.gz`, `….log-20261101`.
pub fn rotated(path: &Path) -> Vec<PathBuf> {
    let is_rotated = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        is_novas(file) && (name.contains(".log.") || name.contains(".log-"))
    };
    if path.is_dir() { walk(path, 4).into_iter().filter(is_rotated).take(MAX_LOGS).collect() } else { Vec::new() }
}

/// By its name.
fn is_novas(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let units = ["n-novnc", "n-cauth", "n-cpu", "n-cond", "n-api", "n-super-cond"];
    name.contains("nova") || units.iter().any(|unit| name.starts_with(unit))
}

/// Reads one log. Stops at the deadline with what it has.
pub fn read(path: &Path, reading: &Reading) -> Result<LogFile, PathProblem> {
    let problem = |error: std::io::Error| PathProblem::of(path, &error);
    let (mut file, metadata) = open(path)?;
    let mut magic = [0; 6];
    let seen = file.read(&mut magic).map_err(problem)?;
    if compressed(&magic[..seen]) {
        return Err(PathProblem::Compressed(path.to_owned()));
    }
    let from_byte = metadata.len().saturating_sub(reading.tail);
    file.seek(SeekFrom::Start(from_byte)).map_err(problem)?;
    let mut clock = reading.clock.clone();
    clock.latest = clock.latest.or_else(|| super::discover::mtime(&metadata));

    let mut reader = BufReader::with_capacity(256 * 1024, file.take(metadata.len() - from_byte));
    let mut log = Log::new(clock, named::service(path));
    if from_byte > 0 {
        // A tail begins within a line.
        reader.skip_until(b'\n').map_err(problem)?;
    }
    let mut buffer = Vec::new();
    let mut cut_short = false;
    loop {
        buffer.clear();
        let length = (&mut reader).take(MAX_LINE).read_until(b'\n', &mut buffer).map_err(problem)?;
        if length == 0 {
            break;
        }
        if length as u64 == MAX_LINE && !buffer.ends_with(b"\n") {
            reader.skip_until(b'\n').map_err(problem)?;
            // What stands at the cut may be half a token.
            let whole = buffer.iter().rposition(|byte| matches!(byte, b' ' | b'\'' | b',')).unwrap_or(0);
            buffer.truncate(whole);
        }
        log.line(&String::from_utf8_lossy(&buffer));
        if log.lines.is_multiple_of(LINES_A_LOOK) && Instant::now() >= reading.deadline {
            cut_short = true;
            break;
        }
    }
    Ok(LogFile { path: path.display().to_string(), from_byte, cut_short, ..log.finish() })
}

/// gzip, bzip2, xz, zstd.
fn compressed(magic: &[u8]) -> bool {
    [&b"\x1f\x8b"[..], b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"].iter().any(|kind| magic.starts_with(kind))
}

/// The one service that wrote a log; none if several did, or none can be told.
pub fn role(file: &LogFile) -> Option<Service> {
    match file.roles.as_slice() {
        [service] => Some(*service),
        _ => None,
    }
}

/// Events of lines that are already in memory, as `journalctl` or `docker logs` print them.
pub fn parse(text: &str, clock: &Clock) -> LogFile {
    let mut log = Log::new(clock.clone(), None);
    for line in text.lines() {
        log.line(line);
    }
    log.finish()
}

/// What was gathered so far.
struct Log {
    clock: Clock,
    /// The service by the name of the file: of lines that do not say it themselves.
    named: Option<Service>,
    lines: u64,
    events: VecDeque<LogEvent>,
    dropped: u64,
    roles: Vec<Service>,
    by_pid: HashMap<u32, Service>,
    first: Option<f64>,
    /// The last line with a stamp: it is read only when there is no other.
    last_stamped: String,
}

impl Log {
    fn new(clock: Clock, named: Option<Service>) -> Self {
        let (events, by_pid) = (VecDeque::new(), HashMap::new());
        Self {
            clock,
            named,
            lines: 0,
            events,
            dropped: 0,
            roles: Vec::new(),
            by_pid,
            first: None,
            last_stamped: String::new(),
        }
    }

    fn line(&mut self, line: &str) {
        self.lines += 1;
        let line = head::plain(line);
        if line.starts_with('{') {
            if let Some(unpacked) = head::unpack(&line) {
                self.take(&unpacked.head(), &line);
            }
            return;
        }
        self.take(&head::split(&line), &line);
    }

    fn take(&mut self, head: &head::Head<'_>, line: &str) {
        if head.stamp.is_some() {
            if self.first.is_none() {
                self.first = head.stamp.and_then(|stamp| self.clock.seconds(stamp)).map(|at| at.0);
            }
            self.last_stamped.clear();
            self.last_stamped.push_str(line);
        }
        // a line that was found in another file is of that one
        let named = head.file.map_or(self.named, |file| named::service(Path::new(file)));
        let named = named.filter(|_| !classify::is_tagged_as_other(head));
        let service = classify::service(head, named);
        if let Some(service) = service {
            if !self.roles.contains(&service) {
                self.roles.push(service);
            }
            if let Some(pid) = head.pid
                && self.by_pid.len() < MAX_PIDS
            {
                self.by_pid.insert(pid, service);
            }
        }
        let Some((event, token)) = classify::event(head) else {
            return;
        };
        if let Event::Started { node, .. } = &event {
            let started = Service::from_program(&format!("nova-{node}"));
            if let Some(service) = started.filter(|service| !self.roles.contains(service)) {
                self.roles.push(service);
            }
        }
        // A fatal error is printed at CRITICAL, at the end of its traceback and on standard error.
        let fatal = matches!(event, Event::StartFailed { .. });
        if fatal
            && self
                .events
                .back()
                .is_some_and(|last| last.event == event && last.pid.or(head.pid) == head.pid.or(last.pid))
        {
            return;
        }
        if self.events.len() == MAX_EVENTS {
            self.events.pop_front();
            self.dropped += 1;
        }
        let (at, zone_known) = head
            .stamp
            .and_then(|stamp| self.clock.seconds(stamp))
            .map_or((None, false), |(at, known)| (Some(at), known));
        // the numbers of processes are one host's: where lines of several files meet, the file tells
        let by_pid = || head.pid.filter(|_| head.file.is_none()).and_then(|pid| self.by_pid.get(&pid).copied());
        let service = service.or_else(by_pid).or(named);
        if service.is_none() && classify::is_strange(head, &event) {
            return;
        }
        if let Some(service) = service.filter(|service| !self.roles.contains(service)) {
            self.roles.push(service);
        }
        let request_id = head.request_id.map(str::to_owned);
        let line = u32::try_from(self.lines).unwrap_or(u32::MAX);
        self.events.push_back(LogEvent { line, at, zone_known, pid: head.pid, service, request_id, event, token });
    }

    fn finish(mut self) -> LogFile {
        if self.named.is_none() {
            self.retell();
        }
        if let [only] = self.roles[..] {
            for event in &mut self.events {
                event.service = event.service.or(Some(only));
            }
        }
        let unpacked = self.last_stamped.starts_with('{').then(|| head::unpack(&self.last_stamped)).flatten();
        let last = unpacked.as_ref().map_or_else(|| head::split(&self.last_stamped), head::Unpacked::head);
        let last = last.stamp.and_then(|stamp| self.clock.seconds(stamp)).map(|at| at.0);
        let Self { lines, events, dropped, roles, first, .. } = self;
        LogFile { roles, events: events.into(), first, last, lines, dropped, ..LogFile::default() }
    }

    /// The proxies share a logger. Where every session is of another kind of console, the log is that kind's proxy's.
    fn retell(&mut self) {
        let mut kinds = self.events.iter().filter_map(|line| match &line.event {
            Event::ConnectInfo { target } => Some(target.console_type.as_deref().and_then(console_proxy)),
            _ => None,
        });
        let Some(Some(proxy)) = kinds.next() else { return };
        if kinds.any(|kind| kind != Some(proxy)) {
            return;
        }
        let ours = |service: &&mut Service| **service == Service::Novncproxy;
        self.roles.iter_mut().filter(ours).for_each(|service| *service = proxy);
        self.events.iter_mut().filter_map(|line| line.service.as_mut()).filter(ours).for_each(|it| *it = proxy);
    }
}

/// The proxy of another kind of console than VNC.
fn console_proxy(console_type: &str) -> Option<Service> {
    match console_type {
        "serial" => Some(Service::SerialProxy),
        "spice-html5" => Some(Service::SpiceProxy),
        _ => None,
    }
}

//! Which of nova's services run here, with which configuration, since when.
//!
//! Linux's `/proc` is read directly, from a path that tests replace. Processes in containers are seen as any other; their
//! files are read through `/proc/<pid>/root`. Limits: an Apache that does not rename its WSGI processes hides nova-api; an
//! absolute symbolic link within a container's file system is resolved in ours; what may not be read is told with the line
//! to type, never guessed.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::discover::{FoundFile, conf_files, read};
use crate::evidence::process::{Process, Service, Unreadable};

mod cgroup;
mod command;
mod stat;

use command::Command;
pub(crate) use stat::name;

/// Longest command line read, in bytes; the kernel's own limit for one argument.
const MAX_COMMAND: u64 = 128 * 1024;
/// Longest environment read, in bytes.
const MAX_ENVIRONMENT: u64 = 1024 * 1024;
/// Longest other file of `/proc` read, in bytes.
const MAX_SMALL: u64 = 64 * 1024;
/// Most processes looked at: the kernel's default limit for 64 bits is 4 million, no console host has a hundredth.
const MAX_PIDS: usize = 100_000;

/// What was seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// Services, by process id.
    pub running: Vec<Running>,
    /// What this user may not see.
    pub unreadable: Vec<Unreadable>,
}

/// A service, and what must not leave `observe`.
#[derive(Debug)]
pub struct Running {
    /// What may be shown.
    pub process: Process,
    /// Its overriding variables, with values.
    pub environment: Environment,
}

/// Variables `OS_<GROUP>__<OPTION>` of a process: they beat its files from release 19 on. Values may be passwords, so this
/// is not serialisable and shows names only.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl fmt::Debug for Environment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.0.keys()).finish()
    }
}

impl Environment {
    /// Hands each name and value to a reader, in the order of names.
    pub fn each(&self, mut reader: impl FnMut(&str, &str)) {
        for (name, value) in &self.0 {
            reader(name, value);
        }
    }

    /// The names.
    pub fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

/// Every process of nova's, seen in this `/proc`.
pub fn scan(proc: &Path) -> Seen {
    let mut seen = Seen::default();
    let Ok(entries) = proc.read_dir() else {
        let (what, command) = (proc.display().to_string(), "sudo ps -eo pid,ppid,lstart,args".to_owned());
        seen.unreadable.push(Unreadable { what, pid: None, command });
        return seen;
    };
    let mut pids: Vec<u32> =
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).take(MAX_PIDS).collect();
    pids.sort_unstable();
    // With hidepid, other users' processes are not even listed; the first one always runs.
    if pids.first() != Some(&1) {
        let (what, command) = ("processes of other users".to_owned(), "sudo ps -eo pid,ppid,lstart,args".to_owned());
        seen.unreadable.push(Unreadable { what, pid: None, command });
    }
    let mut found: BTreeMap<u32, (Command, u32)> = BTreeMap::new();
    for pid in pids {
        let dir = proc.join(pid.to_string());
        let Some(line) = command_line(&dir) else {
            continue;
        };
        // every program of nova's has its name in it, and most processes are others
        if !line.windows(4).any(|word| word == b"nova") {
            continue;
        }
        if let Some(command) = Command::parse(&line) {
            found.insert(pid, (command, stat::parent(&dir).unwrap_or(0)));
        }
    }
    let clock = stat::Clock::read(proc);
    for (pid, (command, parent)) in &found {
        if found.get(parent).is_some_and(|(above, _)| above.service == command.service) {
            continue;
        }
        let mut running = describe(proc, *pid, command, &clock, &mut seen.unreadable);
        running.process.children = below(&found, *pid, command.service);
        seen.running.push(running);
    }
    seen
}

/// What a process was started as. This is done for every process of the machine, so nothing is asked of the file beforehand:
/// in `/proc` it is what its name says.
fn command_line(dir: &Path) -> Option<Vec<u8>> {
    let mut line = Vec::with_capacity(4096);
    let file = File::open(dir.join("cmdline")).ok()?;
    file.take(MAX_COMMAND).read_to_end(&mut line).ok()?;
    Some(line)
}

/// Processes of the same service whose parents lead to this one.
fn below(found: &BTreeMap<u32, (Command, u32)>, top: u32, service: Service) -> u32 {
    let leads_up = |pid: u32| {
        let mut at = pid;
        // Bounded: a made-up table could go round in circles.
        for _ in 0..64 {
            match found.get(&at) {
                Some((command, parent)) if command.service == service && *parent == top => {
                    return true;
                }
                Some((command, parent)) if command.service == service => at = *parent,
                _ => return false,
            }
        }
        false
    };
    found.keys().filter(|pid| **pid != top && leads_up(**pid)).count() as u32
}

fn describe(
    proc: &Path,
    pid: u32,
    command: &Command,
    clock: &stat::Clock,
    unreadable: &mut Vec<Unreadable>,
) -> Running {
    let dir = proc.join(pid.to_string());
    let mut denied = |file: &str, command: String| {
        unreadable.push(Unreadable { what: dir.join(file).display().to_string(), pid: Some(pid), command });
    };
    let cwd = match dir.join("cwd").read_link() {
        Ok(path) => Some(path.display().to_string()),
        Err(error) => {
            if error.kind() == ErrorKind::PermissionDenied {
                denied("cwd", format!("sudo readlink {}", dir.join("cwd").display()));
            }
            None
        }
    };
    let variables = match read(&dir.join("environ"), MAX_ENVIRONMENT) {
        Ok(bytes) => Some(variables(&bytes)),
        Err(super::discover::PathProblem::Denied(path)) => {
            // Names only: the values may be passwords.
            denied("environ", format!("sudo grep -aoE 'OS_[A-Z0-9_]+__[A-Z0-9_]+' {}", path.display()));
            None
        }
        Err(_) => None,
    };
    let readable = variables.is_some();
    let known = variables.unwrap_or_default();
    let environment = Environment(
        known.iter().filter(|(name, _)| overrides(name)).map(|(name, value)| (name.clone(), value.clone())).collect(),
    );
    let groups = read(&dir.join("cgroup"), MAX_SMALL)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default();
    let foreign = match (dir.join("ns/mnt").read_link(), proc.join("self/ns/mnt").read_link()) {
        (Ok(its), Ok(ours)) => its != ours,
        // Not to be told: a container has its own, and another user's process on this machine has not.
        _ => cgroup::container(&groups).is_some(),
    };
    let root = foreign.then(|| dir.join("root").display().to_string());
    if foreign && dir.join("root").metadata().is_err_and(|error| error.kind() == ErrorKind::PermissionDenied) {
        denied("root", format!("sudo ls -l {}/etc/nova/", dir.join("root").display()));
    }
    let process = Process {
        pid,
        service: command.service,
        program: command.program.clone(),
        interpreter: command.interpreter.clone(),
        script: command.script.clone(),
        config: command.config(cwd.as_deref(), known.get("HOME").map(String::as_str)),
        search: search(command, &known),
        options: command.options(),
        environment: readable.then(|| environment.names()),
        cwd,
        started: stat::started(&dir, clock),
        uid: stat::uid(&dir),
        children: 0,
        container: cgroup::container(&groups),
        unit: cgroup::unit(&groups),
        root,
    };
    Running { process, environment }
}

/// `OS_<GROUP>__<OPTION>`: oslo.config's form, which keystone's `OS_PASSWORD` and the like have not.
fn overrides(name: &str) -> bool {
    name.strip_prefix("OS_")
        .and_then(|rest| rest.split_once("__"))
        .is_some_and(|(group, option)| !group.is_empty() && !option.is_empty())
}

fn variables(bytes: &[u8]) -> BTreeMap<String, String> {
    let wanted = |name: &str| overrides(name) || matches!(name, "HOME" | "SNAP" | "SNAP_COMMON" | "OS_NOVA_CONFIG_DIR");
    bytes
        .split(|byte| *byte == 0)
        .filter_map(|pair| {
            String::from_utf8_lossy(pair).split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
        })
        .filter(|(name, _)| wanted(name))
        .collect()
}

/// Where oslo.config looks for `nova.conf` and `<program>.conf` (`nova/config.py`, 15 to 34); WSGI applications look in one
/// place (`nova/api/openstack/wsgi_app.py`).
fn search(command: &Command, variables: &BTreeMap<String, String>) -> Vec<String> {
    if command.wsgi {
        return vec![variables.get("OS_NOVA_CONFIG_DIR").map_or("/etc/nova", |dir| dir.trim()).to_owned()];
    }
    let mut dirs = Vec::new();
    if let Some(home) = variables.get("HOME") {
        dirs.push(format!("{}/.nova", home.trim_end_matches('/')));
        dirs.push(home.clone());
    }
    dirs.extend(["/etc/nova".to_owned(), "/etc".to_owned()]);
    for name in ["SNAP_COMMON", "SNAP"] {
        dirs.extend(variables.get(name).map(|snap| format!("{snap}/etc/nova")));
    }
    dirs
}

/// A file that a process reads.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadFile {
    /// Its path as the process sees it.
    pub path: PathBuf,
    /// The same file as it is seen from here.
    pub file: FoundFile,
}

/// The files that a process reads, in oslo.config's order, the last one winning: the default files unless a `--config-file`
/// is given, the default directories unless a `--config-dir` is given, then the command line's. A named file that is not
/// there is listed too: the service cannot start again.
pub fn files(process: &Process) -> Vec<ReadFile> {
    let outside = |path: &Path| match &process.root {
        Some(root) => Path::new(root).join(path.strip_prefix("/").unwrap_or(path)),
        None => path.to_owned(),
    };
    let names = ["nova", process.program.as_str()];
    // A directory that may not be searched hides its files; `/etc/nova` is the one that is expected to have some.
    let there = |path: &PathBuf| match outside(path).metadata() {
        Ok(_) => true,
        Err(error) => error.kind() == ErrorKind::PermissionDenied && path == Path::new("/etc/nova/nova.conf"),
    };
    let first = |name: &str| process.search.iter().map(|dir| Path::new(dir).join(name)).find(there);
    let mut paths: Vec<PathBuf> = Vec::new();
    if !process.config.iter().any(|argument| !argument.dir) {
        paths.extend(names.iter().filter_map(|name| first(&format!("{name}.conf"))));
    }
    let in_dir = |dir: &Path| -> Vec<PathBuf> {
        conf_files(&outside(dir)).iter().filter_map(|path| Some(dir.join(path.file_name()?))).collect()
    };
    if !process.config.iter().any(|argument| argument.dir) {
        for dir in names.iter().filter_map(|name| first(&format!("{name}.conf.d"))) {
            paths.extend(in_dir(&dir));
        }
    }
    for argument in &process.config {
        let path = PathBuf::from(&argument.path);
        if argument.dir {
            paths.extend(in_dir(&path));
        } else {
            paths.push(path);
        }
    }
    paths.into_iter().map(|path| ReadFile { file: FoundFile::at(outside(&path)), path }).collect()
}

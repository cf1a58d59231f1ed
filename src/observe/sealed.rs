//! Configuration with its secrets, for the probes that need them: passwords in `[database] connection` and `transport_url`.
//!
//! Evidence is redacted before anyone keeps it, so a probe reads the files once more. What is read here has neither
//! `Debug` nor `Serialize`, leaves `observe` only on the wire to the peer it is for, and is dropped with the probe. Only files
//! that this run opened by the user's word are read, never a path that came with a bundle; the environment of a local
//! process is read from `/proc` when it is asked for, and a process whose number now belongs to another is passed over.

use super::discover::{MAX_FILE, read};
use super::files::parse_whole;
use super::process;
use crate::evidence::host::Host;
use crate::evidence::process::Service;
use crate::evidence::site::program;
use crate::oslo::config::{Config, Identity};
use crate::oslo::secret::Secret;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The hosts whose files this run opened: where they lie, not what stands in them.
pub(crate) struct Sealed {
    hosts: Vec<SealedHost>,
    proc: PathBuf,
}

struct SealedHost {
    name: String,
    files: Vec<String>,
    /// the files of each service, as in [`Host::configs`]
    configs: Vec<(Option<Service>, Vec<usize>)>,
    /// processes of this machine that read them
    processes: Vec<(Service, u32)>,
}

/// What one service reads, secrets and all.
pub(crate) struct SealedConfig(Config);

impl Sealed {
    /// Of hosts that were built by this run. Hosts out of a bundle must not be given: their paths are another machine's.
    pub(crate) fn of(hosts: &[Host]) -> Self {
        Self::below(hosts, Path::new("/proc"))
    }

    /// As [`Sealed::of`], with another process table.
    pub(crate) fn below(hosts: &[Host], proc: &Path) -> Self {
        let hosts = hosts.iter().map(SealedHost::of).collect();
        Self { hosts, proc: proc.to_owned() }
    }

    /// What a service of the host reads, as a Nova of this release reads it. `None` where no file of it was opened by this
    /// run, or none can be read any more.
    pub(crate) fn config(&self, host: &str, service: Service, release: u16) -> Option<SealedConfig> {
        let host = self.hosts.iter().find(|known| known.name == host)?;
        let of = |wanted: Option<Service>| host.configs.iter().find(|(service, _)| *service == wanted);
        let (_, indices) = of(Some(service)).or_else(|| of(None))?;
        let files: Vec<_> = indices.iter().filter_map(|&index| host.files.get(index)).filter_map(opened).collect();
        if files.is_empty() {
            return None;
        }
        let env = host.environment(service, &self.proc);
        let config = Config::new(files, env, program(service), release, Identity::default());
        Some(SealedConfig(config.with_secrets()))
    }
}

impl SealedHost {
    fn of(host: &Host) -> Self {
        Self {
            name: host.name.clone(),
            files: host.files.iter().map(|file| file.path.clone()).collect(),
            configs: host.configs.iter().map(|config| (config.service, config.files.clone())).collect(),
            processes: host.processes.iter().map(|process| (process.service, process.pid)).collect(),
        }
    }

    /// The variables of a process of the service that still runs.
    fn environment(&self, service: Service, proc: &Path) -> BTreeMap<String, String> {
        let own = |pid: u32| self.processes.iter().any(|(its, known)| *its == service && *known == pid);
        let mut variables = BTreeMap::new();
        if self.processes.iter().any(|(its, _)| *its == service) {
            let running = process::scan(proc).running;
            for one in running.iter().filter(|one| one.process.service == service && own(one.process.pid)) {
                one.environment.each(|name, value| {
                    variables.insert(name.to_owned(), value.to_owned());
                });
            }
        }
        variables
    }
}

fn opened(path: &String) -> Option<(String, crate::oslo::ini::Parsed)> {
    let bytes = read(Path::new(path), MAX_FILE).ok()?;
    Some((path.clone(), parse_whole(Path::new(path), &bytes)))
}

impl SealedConfig {
    /// A text option as the service gets it: old names, several files, `$name` and the environment are heeded. `None` where
    /// nobody sets it, or the service would not get it either; the redacted evidence tells why.
    pub(crate) fn text(&self, section: &str, name: &str) -> Option<Secret> {
        let setting = self.0.get(section, name);
        if setting.is_set() { self.0.string(section, name).map(Secret::new) } else { None }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::observe::files;
    use crate::observe::request::ConfigInput;

    fn host(files: &[(&str, &str)]) -> (tempfile::TempDir, Host) {
        let dir = tempfile::tempdir().unwrap();
        let mut host = Host { name: "ctl1".to_owned(), ..Host::default() };
        for (name, text) in files {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            let input = ConfigInput { name: "ctl1".to_owned(), services: Vec::new(), group: false, path };
            files::add(&mut host, &input).unwrap();
        }
        (dir, host)
    }

    fn connection(host: &Host, release: u16) -> Option<String> {
        let config = Sealed::of(std::slice::from_ref(host)).config("ctl1", Service::Conductor, release)?;
        config.text("database", "connection").map(|secret| secret.reveal().to_owned())
    }

    #[test]
    fn the_value_comes_whole_though_evidence_has_none() {
        let text = "[database]\nconnection = mysql+pymysql://nova:hunter2@db1/nova\n";
        let (_dir, host) = host(&[("nova.conf", text)]);
        assert!(!format!("{host:?}").contains("hunter2"));
        assert_eq!(connection(&host, 25).unwrap(), "mysql+pymysql://nova:hunter2@db1/nova");
    }

    #[test]
    fn old_names_later_files_and_references_count() {
        let old = "[DEFAULT]\nmy_ip = 10.0.0.5\nsql_connection = mysql://nova:first@$my_ip/nova\n";
        let (_dir, alone) = host(&[("nova.conf", old)]);
        assert_eq!(connection(&alone, 17).unwrap(), "mysql://nova:first@10.0.0.5/nova");
        let (_dir, both) = host(&[("nova.conf", old), ("b.conf", "[database]\nconnection = sqlite:////x\n")]);
        assert_eq!(connection(&both, 17).unwrap(), "sqlite:////x");
    }

    #[test]
    fn what_the_service_does_not_get_is_not_there() {
        let (_dir, none) = host(&[("nova.conf", "[database]\nmax_retries = 1\n")]);
        assert_eq!(connection(&none, 25), None);
        // a `$` in a password that is not doubled: the service dies of it
        let (_dir, refused) = host(&[("nova.conf", "[database]\nconnection = mysql://nova:pa$word1@db1/nova\n")]);
        assert_eq!(connection(&refused, 25), None);
        let (dir, gone) = host(&[("nova.conf", "[database]\nconnection = sqlite:////x\n")]);
        drop(dir);
        assert_eq!(connection(&gone, 25), None);
    }

    #[test]
    fn the_environment_of_its_process_comes_first() {
        let (_dir, mut host) = host(&[("nova.conf", "[database]\nconnection = sqlite:////file\n")]);
        let proc = tempfile::tempdir().unwrap();
        let own = proc.path().join("77");
        std::fs::create_dir_all(&own).unwrap();
        std::fs::write(own.join("cmdline"), "/usr/bin/python3\0/usr/bin/nova-conductor\0").unwrap();
        std::fs::write(own.join("environ"), "OS_DATABASE__CONNECTION=mysql://nova:env@db/nova\0A=b\0").unwrap();
        host.processes = process::scan(proc.path()).running.into_iter().map(|one| one.process).collect();
        let sealed = Sealed::below(std::slice::from_ref(&host), proc.path());
        let connection = |service, release| {
            let config: SealedConfig = sealed.config("ctl1", service, release).unwrap();
            config.text("database", "connection").unwrap().reveal().to_owned()
        };
        assert_eq!(connection(Service::Conductor, 25), "mysql://nova:env@db/nova");
        assert_eq!(connection(Service::Conductor, 18), "sqlite:////file");
        assert_eq!(connection(Service::Novncproxy, 25), "sqlite:////file");
    }
}

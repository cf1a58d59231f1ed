//! What keeps a program from starting.
//!
//! oslo.config converts a value when it is read, not when the file is. Which bad values stop a start therefore depends on
//! the program. Consoleauth, compute, conductor and the other services hand all registered options to `log_opt_values` once
//! oslo.service waits for them (`oslo_service/service.py` 1.19 to 1.38 and later; nova-api under a web server in
//! `nova/api/openstack/wsgi_app.py`, 17 to 34), unless `[DEFAULT] log_options` is off. The console proxies do not use
//! oslo.service and read what `nova/cmd/novncproxy.py`, `nova/cmd/baseproxy.py`, `nova/config.py`, `nova/rpc.py` and
//! `nova/db/*/api.py` ask for (read in 17 and 34); the others read that too, less the proxies' own listener.

use serde::{Deserialize, Serialize};

use super::evaluate::Source;
use super::reference::View;
use super::{Config, Origin, Outcome, Program, Setting};
use crate::oslo::ini::{ProblemKind, Span};
use crate::oslo::options::{self, OptionDef};
use crate::oslo::value::Refusal;

/// One reason why the program does not start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartFailure {
    /// which of the files, from 0; absent when the environment is at fault
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<usize>,
    /// its path as given
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// where in the file
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// the variable at fault
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// section and name of the option at fault; absent when the file as a whole is
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub option: Option<(String, String)>,
    /// why
    pub reason: Reason,
}

/// Why a program does not start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// the file cannot be read as configuration
    #[error("{0}")]
    File(ProblemKind),
    /// the value cannot be converted
    #[error("{0}")]
    Value(Refusal),
}

impl Config {
    /// Everything that keeps this program from starting, files first, then options by section and name.
    ///
    /// An option whose value is refused but which the program reads only later is not listed; [`Config::get`] tells of it.
    pub fn refusals(&self) -> Vec<StartFailure> {
        self.refusals_by(&[self.program]).into_iter().map(|(failure, _)| failure).collect()
    }

    /// The same for several programs that read the same files, with those that each of them keeps from starting. What the
    /// programs do not have in common, a few defaults, is refused by none.
    pub fn refusals_by(&self, programs: &[Program]) -> Vec<(StartFailure, Vec<Program>)> {
        let files = self.files.iter().enumerate().filter_map(|(file, (path, parsed))| {
            let problem = parsed.problem?;
            let failure = StartFailure {
                file: Some(file),
                path: Some(path.clone()),
                span: Some(problem.span),
                variable: None,
                option: None,
                reason: Reason::File(problem.kind),
            };
            Some((failure, programs.to_vec()))
        });
        let mut failures: Vec<_> = files.collect();
        let logs_all = self.bool("DEFAULT", "log_options") != Some(false);
        for option in self.doubtful_options() {
            if self.surely_fits(self.source(View::of(option))) {
                continue;
            }
            let setting = self.read(option);
            if !matches!(setting.value, Outcome::Refused(_)) {
                continue;
            }
            let readers = programs.iter().copied().filter(|&program| reads_at_start(program, option, logs_all));
            let readers: Vec<_> = readers.collect();
            if !readers.is_empty() {
                failures.extend(failure(&setting).map(|failure| (failure, readers)));
            }
        }
        failures
    }

    /// Whether a default counts, or a text that nobody refuses.
    fn surely_fits(&self, source: Source<'_>) -> bool {
        match source {
            Source::Default => true,
            Source::Environment { .. } => false,
            Source::File { file, entry, .. } => {
                let entry = self.files.get(file).and_then(|(_, parsed)| parsed.entries.get(entry));
                entry.is_some_and(|entry| entry.surely_fit(self.release))
            }
        }
    }

    /// The options that may be refused, by section and name: those of texts that may, and all if a variable may set one.
    fn doubtful_options(&self) -> Vec<&'static OptionDef> {
        let mut found: Vec<_> = if self.release >= 19 && !self.env.is_empty() {
            options::all().iter().collect()
        } else {
            let entries = self.files.iter().flat_map(|(_, parsed)| &parsed.entries);
            entries.filter(|entry| !entry.surely_fit(self.release)).flat_map(|entry| entry.options()).collect()
        };
        found.retain(|option| option.is_in(self.release));
        // the table is in the order of sections and names
        found.sort_unstable_by_key(|option| option.place());
        found.dedup_by_key(|option| option.place());
        found
    }
}

fn failure(setting: &Setting) -> Option<StartFailure> {
    let Outcome::Refused(refusal) = &setting.value else {
        return None;
    };
    let option = Some((setting.section.to_string(), setting.name.to_string()));
    let reason = Reason::Value(refusal.clone());
    Some(match setting.origin.clone() {
        Origin::File { file, path, span, .. } => {
            StartFailure { file: Some(file), path: Some(path), span: Some(span), variable: None, option, reason }
        }
        Origin::Environment { variable } => {
            StartFailure { file: None, path: None, span: None, variable: Some(variable), option, reason }
        }
        Origin::Default => StartFailure { file: None, path: None, span: None, variable: None, option, reason },
    })
}

/// Whether the program reads the option before it serves anybody.
fn reads_at_start(program: Program, option: &OptionDef, logs_all: bool) -> bool {
    match program {
        Program::Novncproxy => proxy_reads(option),
        _ if !logs_all => proxy_reads(option) && !is_proxys_own(option),
        Program::Api => true,
        // registered by nova-api's pipeline only
        _ => !matches!(option.library, "keystonemiddleware" | "oslo.middleware"),
    }
}

/// Options of the console proxies' own listener.
fn is_proxys_own(option: &OptionDef) -> bool {
    match option.section {
        "DEFAULT" => {
            matches!(option.name, "cert" | "daemon" | "key" | "record" | "source_is_ipv6" | "ssl_only" | "web")
        }
        "vnc" => matches!(option.name, "auth_schemes" | "novncproxy_host" | "novncproxy_port"),
        "console" => matches!(option.name, "ssl_ciphers" | "ssl_minimum_version"),
        _ => false,
    }
}

fn proxy_reads(option: &OptionDef) -> bool {
    is_proxys_own(option)
        || option.library == "oslo.log"
        || match option.section {
            // `dict(conf_group.items())` in nova/db/*/api.py: every option of both
            "database" | "api_database" => option.library.is_empty(),
            "DEFAULT" => matches!(option.name, "compute_driver" | "control_exchange" | "transport_url"),
            "glance" | "cinder" => option.name == "debug",
            "notifications" => {
                matches!(option.name, "notification_format" | "versioned_notifications_topics")
            }
            "oslo_messaging_notifications" => {
                matches!(option.name, "driver" | "topics" | "transport_url")
            }
            _ => false,
        }
}

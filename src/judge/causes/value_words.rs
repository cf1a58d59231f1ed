//! What the causes about values that oslo.config accepts, and nova cannot use, have in common.

use super::option_words::{Lost, fatal_to, is_spoken_of};
use crate::evidence::host::ConfigFile;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{Finding, Severity};
use crate::judge::case::{Case, HostView};
use crate::oslo::ini::Entry;
use crate::oslo::options::{self, OptionDef};
use crate::oslo::value::Kind;

/// An assignment to an option that some release which the evidence fits reads.
pub(super) struct Assigned<'c, 'e> {
    pub(super) view: &'c HostView<'e>,
    pub(super) file: &'e ConfigFile,
    pub(super) entry: &'e Entry,
    pub(super) option: &'static OptionDef,
    /// The releases that read it.
    pub(super) releases: Vec<u16>,
}

/// Every assignment whose lines the test picks, and no earlier finding stands on.
pub(super) fn assigned<'c, 'e>(
    case: &'c Case<'e>,
    before: &[Finding],
    picks: impl Fn(&Entry) -> bool,
) -> Vec<Assigned<'c, 'e>> {
    let mut found = Vec::new();
    for view in &case.hosts {
        for file in &view.host.files {
            for entry in file.parsed.entries.iter().filter(|entry| picks(entry)) {
                let Some(option) = option(entry, case.releases.newest()) else { continue };
                let reads = |release| options::known(&entry.section, &entry.key, release);
                let releases = case.releases.within(|release| release >= options::RELEASES.0 && reads(release));
                if !releases.is_empty() && !is_spoken_of(before, file, entry) {
                    found.push(Assigned { view, file, entry, option, releases });
                }
            }
        }
    }
    found
}

/// Where a comment begins in a line of a value: at a `#` or `;` with white space before it, or first in the line, and a word
/// behind it.
pub(super) fn comment_at(line: &str) -> Option<usize> {
    let is_mark = |at: usize| {
        let behind = line.get(at + 1..).unwrap_or_default();
        let before = line.get(..at).unwrap_or_default();
        (before.is_empty() || before.ends_with([' ', '\t']))
            && behind.starts_with([' ', '\t']) | behind.starts_with(char::is_alphabetic)
            && !behind.trim().is_empty()
    };
    line.match_indices(['#', ';']).map(|(at, _)| at).find(|at| is_mark(*at))
}

/// The option that an assignment sets, by its name or an old one.
fn option(entry: &Entry, newest: u16) -> Option<&'static OptionDef> {
    let own = options::lookup(&entry.section, &entry.key);
    let heirs = || options::formerly(&entry.section, &entry.key).min_by_key(|option| option.section == "api_database");
    own.filter(|option| option.is_in(newest)).or_else(heirs).or(own)
}

impl Assigned<'_, '_> {
    /// One free text, or a list of them, that means something to nova: no pattern, format, command or structure, in which any
    /// character may be meant.
    pub(super) fn is_plain(&self, case: &Case) -> bool {
        const FREE: [&str; 10] =
            ["format", "regex", "template", "_cmd", "suffix", "prefix", "password", "secret", "logging_", "command"];
        let shape = self.option.shape(case.releases.newest());
        matches!(
            shape.kind,
            Kind::Text | Kind::List | Kind::Uri | Kind::HostAddress | Kind::HostDomain | Kind::Hostname
        ) && !FREE.iter().any(|word| self.option.name.contains(word))
    }

    /// An address or a url, or a list of such: no blank can be meant in it.
    pub(super) fn is_address(&self, case: &Case) -> bool {
        const ENDS: [&str; 6] = ["_url", "_listen", "proxyclient_address", "my_ip", "_host", "memcache_servers"];
        let kind = self.option.shape(case.releases.newest()).kind;
        matches!(kind, Kind::Uri | Kind::HostAddress | Kind::HostDomain | Kind::Hostname)
            || ENDS.iter().any(|end| self.option.name.ends_with(end))
    }

    pub(super) fn is_list(&self, case: &Case) -> bool {
        self.option.shape(case.releases.newest()).kind == Kind::List
    }

    /// An error where no console opens with a wrong value and a service that needs the option reads the file.
    pub(super) fn severity(&self, case: &Case) -> Severity {
        let service = match (self.option.section, self.option.name) {
            ("cache", "memcache_servers" | "backend") if case.releases.newest() <= 19 => Some(Service::Consoleauth),
            (section, name) => fatal_to(section, name),
        };
        let runs = service.is_some_and(|service| self.view.runs(service) >= Some(Basis::Guessed));
        if runs { case.severity_over(&self.releases) } else { Severity::Warning }
    }

    /// The releases as they are told.
    pub(super) fn lost(&self) -> Lost {
        Lost::new(self.option, &self.releases)
    }
}

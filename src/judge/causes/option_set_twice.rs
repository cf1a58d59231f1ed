//! One file sets an option of consoles twice, to different values.

use super::Cause;
use crate::evidence::host::ConfigFile;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::oslo::ini::Entry;
use crate::oslo::options;

const META: CauseMeta = CauseMeta {
    id: "option-set-twice",
    home: 13,
    releases: "15-34",
    severity: Severity::Warning,
    field: &["F4"],
    title: "a file sets an option twice, to different values",
    needs: &[Need::Config],
    symptoms: &[],
    explanation: "\
oslo.config merges sections of the same name and takes the last assignment of an option; nothing is logged about the others
(oslo_config/iniparser.py and cfg.py, 15 to 34). Templates that render [vnc] twice, or tools that append to a file, so switch VNC off or
put a default back without anybody seeing it. Between files an override is what the later file is for, and is not told here.

Delete the line that is not meant.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// Sections whose every option takes part in a console, and the step each is needed at.
const SECTIONS: [(&str, u8); 5] =
    [("vnc", 13), ("console", 13), ("consoleauth", 7), ("cache", 10), ("workarounds", 14)];

/// Options that decide at another step than their section's, and those of sections that hold others too.
const OPTIONS: [(&str, &str, u8); 18] = [
    ("vnc", "enabled", 4),
    ("vnc", "server_listen", 5),
    ("vnc", "vncserver_listen", 5),
    ("vnc", "server_proxyclient_address", 6),
    ("vnc", "vncserver_proxyclient_address", 6),
    ("vnc", "novncproxy_base_url", 8),
    ("vnc", "auth_schemes", 15),
    ("spice", "enabled", 4),
    ("database", "connection", 14),
    ("api_database", "connection", 14),
    ("DEFAULT", "transport_url", 14),
    ("DEFAULT", "my_ip", 6),
    ("DEFAULT", "host", 3),
    ("DEFAULT", "cert", 13),
    ("DEFAULT", "key", 13),
    ("DEFAULT", "ssl_only", 13),
    ("DEFAULT", "web", 13),
    ("DEFAULT", "memcached_servers", 10),
];

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let mut found = Vec::new();
    for host in &case.hosts {
        let read = |index: &usize| host.host.configs.iter().any(|config| config.files.contains(index));
        let files = host.host.files.iter().enumerate().filter(|(index, _)| read(index));
        // branches of a template may set an option once each
        for (_, file) in files.filter(|(_, file)| file.parsed.problem.is_none() && !file.parsed.template) {
            found.extend(twice(host, file));
        }
    }
    found
}

fn step(section: &str, key: &str) -> Option<u8> {
    let own = OPTIONS.iter().find(|(s, name, _)| *s == section && *name == key).map(|(.., step)| *step);
    own.or_else(|| SECTIONS.iter().find(|(s, _)| *s == section).map(|(_, step)| *step))
}

fn twice(host: &HostView, file: &ConfigFile) -> Vec<Finding> {
    let mut found = Vec::new();
    for (section, name, entries) in file.parsed.repeated() {
        let Some(step) = step(&section, name) else { continue };
        let every_counts = options::lookup(&section, name).is_none_or(|option| option.shape(34).kind.is_multi());
        let Some((last, before)) = entries.split_last().filter(|_| !every_counts) else { continue };
        let others: Vec<&Entry> = before.iter().copied().filter(|entry| !same(entry, last)).collect();
        if let Some(first) = others.first() {
            found.push(finding(host, file, last, first, &others, step));
        }
    }
    found.sort_by_key(|finding| finding.place.as_ref().map(|place| place.line));
    found
}

/// Spaces and case are no difference that anybody meant. What was taken out of a value may differ, and is not told.
fn same(a: &Entry, b: &Entry) -> bool {
    let plain = |entry: &Entry| entry.value.split_whitespace().collect::<String>().to_lowercase();
    plain(a) == plain(b)
}

fn finding(host: &HostView, file: &ConfigFile, last: &Entry, first: &Entry, others: &[&Entry], step: u8) -> Finding {
    let message = format!(
        "[{}] {} stands {} times in one file of {}: line {}{} counts, line {}{} does not",
        last.section,
        last.key,
        others.len() + 1,
        host.name(),
        last.key_span.line,
        shown(last),
        first.key_span.line,
        shown(first)
    );
    let mut draft = Draft::warning(&META, message)
        .step(step)
        .host(host.host)
        .at_value(file, last)
        .remedy(Remedy::new("delete the line that is not meant, and restart the services that read the file"));
    for other in others {
        draft = draft.also(host.host, file, other, "set here too, and overridden");
    }
    draft.done()
}

/// A short value that may be shown.
fn shown(entry: &Entry) -> String {
    let hidden = entry.redacted || entry.value.chars().count() > 40 || entry.value.contains('\n');
    if hidden { String::new() } else { format!(" ({})", entry.value.trim()) }
}

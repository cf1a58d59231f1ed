//! An indented assignment, which oslo.config takes for more of the value above it.

use super::Cause;
use super::edit_words::dedent;
use super::option_words::{Lost, is_spoken_of, of, remedy, severity, spelled, step};
use crate::evidence::host::ConfigFile;
use crate::finding::{CauseMeta, Edit, Finding, Need, Severity};
use crate::judge::case::{Case, HostView, is_plugins};
use crate::judge::find::Draft;
use crate::oslo::ini::{Entry, Span};
use crate::oslo::options::{self, Spelling, section_of};
use crate::oslo::redact::swallowed;

const META: CauseMeta = CauseMeta {
    id: "line-swallowed",
    home: 3,
    releases: "15-34",
    severity: Severity::Error,
    field: &[],
    title: "an indented line became part of the option above it",
    needs: &[Need::Config],
    symptoms: &[],
    explanation: "\
A line that begins with a space or a tab continues the value above it, whatever it looks like. An indented `server_listen = 0.0.0.0`
sets nothing, and its text is added to the value of the line before: a number or a boolean is then refused (nova-conf-refused),
a text or a list is used as it is.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    if case.releases.candidates.first() < Some(&options::RELEASES.0) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for view in &case.hosts {
        for file in &view.host.files {
            for entry in file.parsed.entries.iter().filter(|entry| entry.text.len() > 1 && !holds_pairs(entry)) {
                if !is_spoken_of(before, file, entry) {
                    found.extend(lines(case, view, file, entry));
                }
            }
        }
    }
    found
}

/// Options whose lines are names and values of their own.
fn holds_pairs(entry: &Entry) -> bool {
    entry.key == "default_log_levels"
        || options::lookup(&entry.section, &entry.key).is_some_and(|option| {
            let kind = option.shape(options::RELEASES.1).kind;
            kind.is_multi() || kind == crate::oslo::value::Kind::Dict
        })
}

/// The first assignment among the indented lines of a value: its line, and the option that it does not set.
pub(super) fn first_swallowed(entry: &Entry) -> Option<(u32, &str)> {
    assignments(entry).next().map(|(line, _, name)| (line, name))
}

fn assignments(entry: &Entry) -> impl Iterator<Item = (u32, &str, &str)> {
    (0_u32..)
        .zip(&entry.text)
        .skip(1)
        .filter_map(|(nth, line)| Some((entry.key_span.line + nth, line.as_str(), swallowed(line)?)))
}

/// The first line of a value that was to be an assignment; others below it are told with it.
fn lines(case: &Case, view: &HostView, file: &ConfigFile, entry: &Entry) -> Option<Finding> {
    let hits: Vec<(u32, &str, &str)> = assignments(entry).collect();
    let (line, source, name) = *hits.first()?;
    // in the section it stands in, else it would not count without the indentation either
    let candidates = &case.releases.candidates;
    let meant = section_of(&entry.section, name, candidates).map(|spelling| spelling.option);
    if meant.is_none() && !is_plugins(&entry.section, name) {
        return None;
    }
    let above = polluted(case, view, file, entry);
    let lost = meant.map(|meant| Lost::new(meant, candidates));
    let severity = lost.as_ref().map_or(above, |lost| severity(case, view, file, entry, lost).max(above));
    let releases = lost.map_or_else(|| candidates.clone(), |lost| lost.releases);
    let column = source.chars().take_while(|c| c.is_whitespace()).count() as u32 + 1;
    let span = Span { line, column, end_line: line, end_column: column + name.chars().count() as u32 };
    let message = format!(
        "{}:{line}{}: the indented line sets no {name}; it became part of {} above it",
        file.path,
        of(view),
        spelled(entry)
    );
    let (section, option) = match meant {
        Some(meant) if above <= Severity::Warning => (meant.section, meant.name),
        _ => (entry.section.as_str(), entry.key.as_str()),
    };
    let edits = dedented(case, file, entry);
    let mut draft = Draft::new(&META, severity, message)
        .step(step(section, option))
        .releases(Case::span(&releases))
        .host(view.host)
        .at_line_of(file, span, &entry.section, name, source)
        .remedy(remedy(format!("begin {} line {line} in the first column", file.path), section, option).edits(edits))
        .also(view.host, file, entry, "the value that it became part of");
    for (line, _, name) in hits.iter().skip(1) {
        draft = draft.seen(format!("line {line}: {name}, the same"));
    }
    Some(draft.done())
}

/// The assignments that a value swallowed, each in the first column, where the first is to an option of the section. A line
/// below that is no assignment would go with the last of them.
pub(super) fn dedented(case: &Case, file: &ConfigFile, entry: &Entry) -> Vec<Edit> {
    let hits: Vec<(u32, &str, &str)> = assignments(entry).collect();
    let meant = hits.first().and_then(|(.., name)| section_of(&entry.section, name, &case.releases.candidates));
    if meant.is_none() || hits.len() + 1 != entry.text.len() {
        return Vec::new();
    }
    hits.iter().map(|(line, source, _)| dedent(file, *line, source)).collect()
}

/// How bad it is for the option above that its value goes on.
fn polluted(case: &Case, view: &HostView, file: &ConfigFile, entry: &Entry) -> Severity {
    let Some(Spelling { option, .. }) = section_of(&entry.section, &entry.key, &case.releases.candidates) else {
        return Severity::Warning;
    };
    let assigned = super::value_words::Assigned {
        view,
        file,
        entry,
        option,
        releases: Lost::new(option, &case.releases.candidates).releases,
    };
    assigned.severity(case)
}

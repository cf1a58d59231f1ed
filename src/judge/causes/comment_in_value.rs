//! A comment behind a value, which oslo.config takes for a part of it.

use super::Cause;
use super::option_words::{remedy, step, subject};
use super::value_words::assigned;
use crate::finding::{CauseMeta, Finding, Need, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;
use crate::oslo::ini::Entry;

const META: CauseMeta = CauseMeta {
    id: "comment-in-value",
    home: 3,
    releases: "15-34",
    severity: Severity::Error,
    field: &[],
    title: "a comment behind a value became part of it",
    needs: &[Need::Config],
    explanation: "\
oslo.config knows comments on lines of their own alone, with `#` or `;` in the first column. Behind a value the mark and all that
follows belong to the value: `novncproxy_base_url = http://ctl:6080/vnc_auto.html # new` hands out URLs whose token stands
behind a `#`, where no browser sends it. A number or a boolean with a comment is refused, which nova-conf-refused tells; texts
and lists are taken as they are.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let mut found = Vec::new();
    for one in assigned(case, before, |entry| comment(entry).is_some()) {
        let Some((line, column)) = comment(one.entry).filter(|_| one.is_plain(case)) else { continue };
        let entry = one.entry;
        let message = format!("the comment behind {} is part of the value that nova uses", subject(one.view, entry));
        let text = format!("put the comment of {} line {line} on a line of its own, above", one.file.path);
        found.push(
            Draft::new(&META, one.severity(case), message)
                .step(step(one.option.section, one.option.name))
                .releases(Case::span(&one.releases))
                .host(one.view.host)
                .at_value(one.file, entry)
                .seen(format!("line {line} column {column}: only a mark in the first column makes a comment"))
                .remedy(remedy(text, one.option.section, one.option.name))
                .done(),
        );
    }
    found
}

/// Line and column of a comment's mark: `#` or `;` with white space before it, or first in the value, and a word behind it.
fn comment(entry: &Entry) -> Option<(u32, u32)> {
    if entry.commented {
        // a url or a path of which nothing else is known
        return Some((entry.value_span.line, entry.value_span.column));
    }
    entry.value.split('\n').enumerate().find_map(|(nth, text)| {
        let is_mark = |at: usize| {
            let behind = text.get(at + 1..).unwrap_or_default();
            let before = text.get(..at).unwrap_or_default();
            (before.is_empty() || before.ends_with([' ', '\t']))
                && behind.starts_with([' ', '\t']) | behind.starts_with(char::is_alphabetic)
                && !behind.trim().is_empty()
        };
        let (at, _) = text.match_indices(['#', ';']).find(|(at, _)| is_mark(*at))?;
        let line = entry.value_span.line + nth as u32;
        let source = entry.text.get((line - entry.key_span.line) as usize)?;
        let start = source.find(text).unwrap_or_default();
        Some((line, source.get(..start + at).unwrap_or_default().chars().count() as u32 + 1))
    })
}

//! A comment behind a value, which oslo.config takes for a part of it.

use super::Cause;
use super::edit_words::uncomment;
use super::option_words::{remedy, step, subject};
use super::value_words::{Assigned, assigned, comment_at};
use crate::finding::{CauseMeta, Edit, Finding, Need, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;
use crate::oslo::ini::Entry;
use crate::oslo::value::convert;

const META: CauseMeta = CauseMeta {
    id: "comment-in-value",
    home: 3,
    releases: "15-34",
    severity: Severity::Error,
    field: &[],
    title: "a comment behind a value became part of it",
    needs: &[Need::Config],
    symptoms: &[],
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
                .remedy(remedy(text, one.option.section, one.option.name).edits(parted(case, &one)))
                .done(),
        );
    }
    found
}

/// The comment on a line of its own, where the value without it is one and with it is none.
fn parted(case: &Case, one: &Assigned) -> Vec<Edit> {
    let entry = one.entry;
    let Some(at) = comment_at(&entry.value).filter(|_| one.is_address(case)) else { return Vec::new() };
    let bare = entry.value[..at].trim_end();
    // behind a comma a list may go on
    if one.is_list(case) && entry.value[at..].contains(',') {
        return Vec::new();
    }
    let blank = bare.split(',').any(|item| item.trim().contains(char::is_whitespace));
    let fits = |&release: &u16| convert(one.option.shape(release), bare, release).is_ok();
    let is_one = !blank && !bare.is_empty() && one.releases.iter().all(fits);
    is_one.then(|| uncomment(one.file, entry, at)).flatten().unwrap_or_default()
}

/// Line and column of a comment's mark.
fn comment(entry: &Entry) -> Option<(u32, u32)> {
    if entry.commented {
        // a url or a path of which nothing else is known
        return Some((entry.value_span.line, entry.value_span.column));
    }
    if !entry.is_marked() {
        return None;
    }
    entry.value.split('\n').enumerate().find_map(|(nth, text)| {
        let at = comment_at(text)?;
        let line = entry.value_span.line + nth as u32;
        let source = entry.text.get((line - entry.key_span.line) as usize)?;
        let start = source.find(text).unwrap_or_default();
        Some((line, source.get(..start + at).unwrap_or_default().chars().count() as u32 + 1))
    })
}

//! Quotation marks that oslo.config does not take off, so that they are part of what nova uses.

use super::Cause;
use super::option_words::{remedy, step, subject};
use super::value_words::{Assigned, assigned};
use crate::finding::{CauseMeta, Finding, Need, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "quotes-in-value",
    home: 3,
    releases: "15-34",
    severity: Severity::Error,
    field: &[],
    title: "quotation marks became part of a value",
    needs: &[Need::Config],
    symptoms: &[],
    explanation: "\
oslo.config takes one pair of quotation marks off, where the first line of a value begins and ends with the same one. The items
of a list keep theirs: `memcache_servers = \"ctl1:11211\",\"ctl2:11211\"` loses the outer two, and the names of both servers end
or begin with a mark. A mark at one end alone stays too.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// What opens and closes.
const MARKS: [char; 2] = ['"', '\''];

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let mut found = Vec::new();
    for one in assigned(case, before, |entry| entry.is_marked() && entry.value.contains(MARKS)) {
        if !one.is_plain(case) || !is_odd(case, &one) {
            continue;
        }
        let entry = one.entry;
        let what = if one.is_list(case) { "the items of" } else { "the value of" };
        let message =
            format!("{what} {} keep quotation marks that nova takes for part of it", subject(one.view, entry));
        let text = format!("take the quotation marks out of {} line {}", one.file.path, entry.value_span.line);
        found.push(
            Draft::new(&META, one.severity(case), message)
                .step(step(one.option.section, one.option.name))
                .releases(Case::span(&one.lost().releases))
                .host(one.view.host)
                .at_value(one.file, entry)
                .remedy(remedy(text, one.option.section, one.option.name))
                .done(),
        );
    }
    found
}

/// An item of a list begins or ends with a mark; a text has one at one end, or still one at both.
fn is_odd(case: &Case, one: &Assigned) -> bool {
    let value = one.entry.value.as_str();
    if one.is_list(case) {
        return value.split([',', '\n']).map(str::trim).any(|item| item.starts_with(MARKS) || item.ends_with(MARKS));
    }
    let value = value.trim();
    MARKS.into_iter().any(|mark| {
        let (opens, closes) = (value.starts_with(mark), value.ends_with(mark));
        // a pair inside, as of a word of a command, is meant
        (opens && closes) || (opens || closes) && value.matches(mark).count() % 2 == 1
    })
}

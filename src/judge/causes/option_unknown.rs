//! A name that nothing knows, in a section whose names are all known.

use super::Cause;
use super::option_words::{alike, remedy, step, subject, with_others};
use crate::finding::{CauseMeta, Finding, Need, Severity};
use crate::judge::case::{Case, What};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "option-unknown",
    home: 3,
    releases: "15-34",
    severity: Severity::Warning,
    field: &[],
    title: "nova has no option of this name in any release",
    needs: &[Need::Config],
    symptoms: &[],
    explanation: "\
A name that no release of nova from Ocata (15) on reads, and that is near to none. oslo.config passes over it without a word.
Only [DEFAULT], [vnc], [console], [consoleauth], [cache], [workarounds], [database], [api_database] and [spice] are judged so,
because elsewhere drivers and libraries register options at run time. A driver from outside nova may do so in [DEFAULT] too.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (view, group) in alike(case, before, |unread| unread.what == What::Unknown) {
        let Some(unread) = group.first() else { continue };
        let entry = unread.entry;
        let severity = if unread.is_stray() { Severity::Note } else { Severity::Warning };
        let message = format!("{} is no option of nova and is passed over", subject(view, entry));
        let draft = Draft::new(&META, severity, message)
            .likely()
            .step(step(&entry.section, &entry.key))
            .releases(Case::span(&unread.releases))
            .host(view.host)
            .at_name(unread.file, entry)
            .remedy(remedy(
                format!(
                    "see what line {} of {} was to do; nova does not read it",
                    entry.key_span.line, unread.file.path
                ),
                &entry.section,
                &entry.key,
            ));
        found.push(with_others(draft, view, &group).done());
    }
    found
}

//! An option of other releases: removed, renamed, or not there yet.

use super::Cause;
use super::option_words::{Lost, alike, fatal_to, keeps, remedy, renamed, severity, step, subject, with_others};
use crate::console::release::Release;
use crate::finding::{CauseMeta, Finding, Need, Severity};
use crate::judge::case::{Case, Unread, What, is_strict};
use crate::judge::find::Draft;
use crate::oslo::options::OptionDef;

const META: CauseMeta = CauseMeta {
    id: "option-removed",
    home: 3,
    releases: "15-34",
    severity: Severity::Error,
    field: &[],
    title: "an option was removed or renamed, or is of a later release",
    needs: &[Need::Config],
    symptoms: &[],
    explanation: "\
Options go: deprecated in one release, removed in a later one, and from then on passed over without a word. Renamed ones are
read by their old name for some releases, with a warning in the log at start, until the old name goes too.

What was removed because nova no longer needs it harms nobody and is a note. An old name that no longer counts is an error
where consoles do not open with the default that holds instead and nothing else sets the option.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let mut found = Vec::new();
    let takes = |unread: &Unread| {
        matches!(unread.what, What::Gone { .. } | What::Later { .. } | What::Old { .. } | What::Stale { .. })
            && !is_address(&unread.entry.key)
    };
    for (view, group) in alike(case, before, takes) {
        let Some(unread) = group.first() else { continue };
        let entry = unread.entry;
        let everywhere = unread.releases.len() == case.releases.candidates.len();
        // read by some of the releases: of interest only where consoles hang on it
        if !everywhere && !for_consoles(&entry.section, &entry.key, &unread.what) {
            continue;
        }
        let subject = subject(view, entry);
        let (what, now, holds) = match unread.what {
            What::Old { now, until } => (
                format!("is an old name of {}, read up to {} and not after", now.label(), release(until)),
                Some(now),
                None,
            ),
            What::Gone { last, now: Some(now) } => {
                let what = format!("is passed over from {} on: the option is {} now", release(last + 1), now.label());
                (what, Some(now), Some(Lost::new(now, &unread.releases)))
            }
            What::Gone { last: 14, now: None } => {
                ("was an option before ocata (15) and is passed over".into(), None, None)
            }
            What::Gone { last, now: None } => {
                (format!("is passed over: nova has had no such option since {}", release(last + 1)), None, None)
            }
            What::Later { first } => (format!("is passed over: nova reads it from {} on", release(first)), None, None),
            What::Stale { near } => {
                let what =
                    format!("is no option of nova; {}, which it is near to, is not read here either", near.label());
                (what, None, None)
            }
            _ => continue,
        };
        let severity = match &holds {
            Some(lost) if everywhere && is_strict(&entry.section) => severity(case, view, unread.file, entry, lost),
            _ => Severity::Note,
        };
        // nothing hangs on it
        let severity =
            if severity == Severity::Warning && now.is_none_or(|now| fatal_to(now.section, now.name).is_none()) {
                Severity::Note
            } else {
                severity
            };
        let keeps = match now {
            Some(now) if severity == Severity::Error => format!(";{}", keeps(now, case.releases.newest())),
            _ => String::new(),
        };
        let which = if everywhere { "" } else { "; which release runs is not known" };
        let (section, name) = now.map_or((entry.section.as_str(), entry.key.as_str()), |now| (now.section, now.name));
        let edits = match unread.what {
            What::Gone { now: Some(now), .. } if everywhere => renamed(case, view, &group, now.section, now.name),
            _ => Vec::new(),
        };
        let mut draft = Draft::new(&META, severity, format!("{subject} {what}{keeps}{which}"))
            .step(step(section, name))
            .releases(Case::span(&unread.releases))
            .host(view.host)
            .at_name(unread.file, entry)
            .remedy(
                remedy(mend(now, &unread.what, entry.key_span.line, &unread.file.path), section, name).edits(edits),
            );
        if !everywhere {
            draft = draft.possible().seen("--release NAME settles it");
        }
        found.push(with_others(draft, view, &group).done());
    }
    found
}

fn mend(now: Option<&OptionDef>, what: &What, line: u32, path: &str) -> String {
    match (now, what) {
        (Some(now), _) => format!("write {} in place of line {line} of {path}", now.label()),
        (None, What::Later { .. }) => format!("take line {line} out of {path} until nova is of that release"),
        _ => format!("take line {line} out of {path}; nothing reads it"),
    }
}

/// The VNC addresses of compute nodes, by both of their names: `vnc-option-renamed` weighs them by who reads the file.
fn is_address(name: &str) -> bool {
    matches!(
        name,
        "server_listen" | "server_proxyclient_address" | "vncserver_listen" | "vncserver_proxyclient_address"
    )
}

/// A console hangs on the option, or on the one that it was.
fn for_consoles(section: &str, name: &str, what: &What) -> bool {
    let now = match what {
        What::Gone { now: Some(now), .. } => (now.section, now.name),
        _ => (section, name),
    };
    fatal_to(now.0, now.1).is_some()
}

/// `yoga (25)`.
fn release(number: u16) -> String {
    Release::from_number(number).map_or_else(|| number.to_string(), |release| format!("{} ({number})", release.name()))
}

//! The name of an option is right, and its section is another one's.

use super::Cause;
use super::option_words::{Lost, alike, keeps, moved, remedy, severity, step, subject, with_others};
use crate::finding::{CauseMeta, Confidence, Finding, Need, Severity};
use crate::judge::case::{Case, What, is_strict};
use crate::judge::find::Draft;
use crate::oslo::options::lookup;

const META: CauseMeta = CauseMeta {
    id: "option-misplaced",
    home: 3,
    releases: "15-34",
    severity: Severity::Error,
    field: &[],
    title: "an option stands in a section where nova does not look for it",
    needs: &[Need::Config],
    symptoms: &[],
    explanation: "\
An option belongs to its section: `server_listen` in [DEFAULT] or `enable_consoleauth` in [vnc] are passed over without a word.
Some options have an old spelling in [DEFAULT] that still counts (novncproxy_base_url, vnc_enabled, console_token_ttl); most have
not, or had one up to some release.

It is an error where consoles do not open with the default that holds instead and nothing else sets the option. Outside of
[DEFAULT], the console's sections and the databases' plugins may register the name at run time, so that it is a note.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let mut found = plugins(case, before);
    for (view, group) in alike(case, before, |unread| matches!(unread.what, What::Misplaced { .. })) {
        let Some(unread) = group.first() else { continue };
        let What::Misplaced { at } = &unread.what else { continue };
        let Some(first) = at.first() else { continue };
        let entry = unread.entry;
        let lost = Lost::new(first, &unread.releases);
        let told = at.len() == 1;
        // names of drivers' sections are of little weight here
        let firm = unread.is_strict() && is_strict(first.section);
        let severity = match (firm, told) {
            (true, true) => severity(case, view, unread.file, entry, &lost),
            (true, false) => Severity::Warning,
            _ => Severity::Note,
        };
        let mut labels: Vec<String> = at.iter().take(3).map(|option| format!("[{}]", option.section)).collect();
        if at.len() > 3 {
            labels.push("others".to_owned());
        }
        let keeps = match severity {
            Severity::Error => match keeps(first, case.releases.newest()) {
                keeps if keeps.is_empty() => keeps,
                keeps => format!(";{keeps}"),
            },
            _ => String::new(),
        };
        let ends = lookup(&entry.section, &entry.key)
            .is_none()
            .then(|| {
                let old = first.aliases.iter().find(|old| old.section == entry.section && old.name == entry.key)?;
                Some(format!(" (up to release {} it was read here too)", old.last))
            })
            .flatten()
            .unwrap_or_default();
        let message = format!(
            "{} is passed over{ends}: nova reads {} in {}{keeps}",
            subject(view, entry),
            entry.key,
            labels.join(" or ")
        );
        let text = format!("move line {} of {} to {}", entry.key_span.line, unread.file.path, labels.join(" or "));
        // a name of one word, as host, may be meant otherwise
        let edits = if firm && told && entry.key.contains('_') { moved(case, view, &group, &lost) } else { Vec::new() };
        let draft = Draft::new(&META, severity, message)
            .step(step(first.section, first.name))
            .confidence(if told && unread.is_strict() { Confidence::Certain } else { Confidence::Likely })
            .releases(Case::span(&lost.releases))
            .host(view.host)
            .at_name(unread.file, entry)
            .remedy(remedy(text, first.section, first.name).edits(edits));
        found.push(with_others(draft, view, &group).done());
    }
    found
}

/// Names that belong to sections with an `auth_type`.
fn plugins(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (view, group) in alike(case, before, |unread| unread.what == What::PluginElsewhere) {
        let Some(unread) = group.first() else { continue };
        let entry = unread.entry;
        let message = format!(
            "{} is no option of nova; keystoneauth registers {} in sections with an auth_type",
            subject(view, entry),
            entry.key
        );
        let text = format!("see what line {} of {} was to do there", entry.key_span.line, unread.file.path);
        let draft = Draft::note(&META, message)
            .step(step(&entry.section, &entry.key))
            .likely()
            .releases(Case::span(&unread.releases))
            .host(view.host)
            .at_name(unread.file, entry)
            .remedy(remedy(text, &entry.section, &entry.key));
        found.push(with_others(draft, view, &group).done());
    }
    found
}

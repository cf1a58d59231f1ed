//! A name, or a section, that nova does not read, near to one that it does.

use super::Cause;
use super::edit_words::rename_section;
use super::option_words::{
    Lost, alike, fatal_to, is_spoken_of, keeps, of, remedy, renamed, severity, spelled, step, subject, with_others,
};
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Severity};
use crate::judge::case::{Case, HostView, Unread, What};
use crate::judge::find::Draft;
use crate::judge::words::list;
use crate::oslo::ini::Section;
use crate::oslo::options::Spelling;

const META: CauseMeta = CauseMeta {
    id: "option-misspelt",
    home: 3,
    releases: "15-34",
    severity: Severity::Error,
    field: &[],
    title: "an option or a section is misspelt, and nova passes over it",
    needs: &[Need::Config],
    symptoms: &[],
    explanation: "\
oslo.config reads the names it knows and passes over all others without a word: a letter too many, `-` for `_`, capitals in a
name. Sections are compared without case, except that DEFAULT is written in capitals; a space inside the brackets (`[ vnc ]`)
makes another section. The option then keeps its default.

It is an error where consoles do not open with that default and nothing else sets the option; else a warning. In sections
where drivers, keystoneauth and the oslo libraries register options at run time only the nearest slips are told.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let mut found = sections(case, before);
    let names = |unread: &Unread| matches!(unread.what, What::Misspelt { .. } | What::Plugin { .. });
    for (view, group) in alike(case, before, names) {
        let Some(first) = group.first() else { continue };
        let draft = match &first.what {
            What::Misspelt { meant } => name(case, view, &group, first, meant),
            What::Plugin { meant } => plugin(view, first, meant),
            _ => continue,
        };
        found.push(with_others(draft, view, &group).done());
    }
    found
}

fn name(case: &Case, view: &HostView, group: &[&Unread], unread: &Unread, meant: &[Spelling]) -> Draft {
    let entry = unread.entry;
    let Some(first) = meant.first() else { return plugin(view, unread, "") };
    let lost = Lost::new(first.option, &unread.releases);
    let near = first.distance <= 1 && meant.len() == 1 || first.distance <= 2 && entry.key.len() > 12;
    let severity = match (unread.is_strict(), near) {
        (true, true) => severity(case, view, unread.file, entry, &lost),
        // whatever was meant, consoles do not open with the default that is left
        (true, false) if fatal_to(first.option.section, first.option.name) == Some(Service::Compute) => {
            severity(case, view, unread.file, entry, &lost)
        }
        (true, false) => Severity::Warning,
        // a short name is near to others by chance
        (false, _) if entry.key.len() >= 5 && !unread.is_stray() => Severity::Warning,
        (false, _) => Severity::Note,
    };
    let labels: Vec<String> = meant.iter().map(Spelling::label).collect();
    let keeps = if severity == Severity::Error { keeps(first.option, case.releases.newest()) } else { String::new() };
    let message = format!(
        "{} is no option of nova and is passed over; did you mean {}?{keeps}",
        subject(view, entry),
        labels.join(" or ")
    );
    let certain = near && meant.len() == 1 && unread.is_strict();
    let edits = if certain { renamed(case, view, group, first.section, first.name) } else { Vec::new() };
    draft(severity, message, view, unread, first.option.section, first.option.name)
        .confidence(if near { Confidence::Certain } else { Confidence::Likely })
        .releases(Case::span(&lost.releases))
        .remedy(
            remedy(
                format!("write {} in {} line {}", labels.join(" or "), unread.file.path, entry.key_span.line),
                first.option.section,
                first.option.name,
            )
            .edits(edits),
        )
}

fn plugin(view: &HostView, unread: &Unread, meant: &str) -> Draft {
    let entry = unread.entry;
    let message =
        format!("{} is no option that nova or keystoneauth knows; did you mean {meant}?", subject(view, entry));
    draft(Severity::Warning, message, view, unread, &entry.section, &entry.key)
        .confidence(Confidence::Likely)
        .releases(Case::span(&unread.releases))
        .remedy(remedy(
            format!("write {meant} in {} line {}", unread.file.path, entry.key_span.line),
            &entry.section,
            &entry.key,
        ))
}

fn draft(severity: Severity, message: String, view: &HostView, unread: &Unread, section: &str, name: &str) -> Draft {
    Draft::new(&META, severity, message).step(step(section, name)).host(view.host).at_name(unread.file, unread.entry)
}

/// Headers that are none of nova's, each once, with the assignments below them.
fn sections(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let mut below: Vec<(&Section, Vec<&Unread>)> = Vec::new();
    for unread in case.unread.iter().filter(|unread| matches!(unread.what, What::Section { .. })) {
        let line = unread.entry.key_span.line;
        let Some(header) = unread.file.parsed.sections.iter().rev().find(|header| header.span.line < line) else {
            continue;
        };
        if header.name != unread.entry.section {
            continue;
        }
        let same = |other: &Section, group: &[&Unread]| {
            std::ptr::eq(other, header) && group.iter().all(|one| one.host == unread.host)
        };
        match below.iter_mut().find(|(other, group)| same(other, group)) {
            Some((_, group)) => group.push(unread),
            None => below.push((header, vec![unread])),
        }
    }
    below.into_iter().filter_map(|(header, group)| section(case, before, header, &group)).collect()
}

fn section(case: &Case, before: &[Finding], header: &Section, group: &[&Unread]) -> Option<Finding> {
    // another cause has told of the header by one of its options
    if group.iter().any(|unread| is_spoken_of(before, unread.file, unread.entry)) {
        return None;
    }
    let first = group.first()?;
    let view = case.hosts.get(first.host)?;
    let What::Section { meant, .. } = &first.what else { return None };
    let weighed = |unread: &&Unread| {
        let What::Section { option: Some(option), .. } = &unread.what else {
            return (Severity::Warning, step(meant, &unread.entry.key));
        };
        let lost = Lost::new(option.option, &unread.releases);
        (severity(case, view, unread.file, unread.entry, &lost), step(option.option.section, option.option.name))
    };
    let (severity, step) =
        group.iter().map(weighed).min_by_key(|(severity, step)| (std::cmp::Reverse(*severity), *step))?;
    let names: Vec<String> = group.iter().take(5).map(|unread| unread.entry.key.clone()).collect();
    let more = group.len() - names.len();
    let names = if more > 0 { format!("{} and {more} more", names.join(", ")) } else { list(&names) };
    let message = format!(
        "[{}]{} is no section of nova, which passes over {names} in it; did you mean [{meant}]?",
        header.name,
        of(view)
    );
    let name = first.entry.key.as_str();
    let draft = Draft::new(&META, severity, message)
        .step(step)
        .releases(Case::span(&first.releases))
        .host(view.host)
        .at_section(first.file, header)
        .remedy(
            remedy(format!("write [{meant}] in {} line {}", first.file.path, header.span.line), meant, name)
                .edits(rename_section(first.file, first.entry, meant)),
        );
    let lines =
        group.iter().take(5).map(|unread| format!("line {}: {}", unread.entry.key_span.line, spelled(unread.entry)));
    Some(lines.fold(draft, Draft::seen).done())
}

//! oslo.config refuses a file or a value, so the service does not start.

use super::Cause;
use super::at_work::at_work;
use super::edit_words::{uncomment, unmark, value};
use super::line_swallowed::{dedented, first_swallowed};
use super::value_words::comment_at;
use crate::console::token_store::TokenStore;
use crate::evidence::host::{ConfigFile, Host};
use crate::evidence::process::Service;
use crate::evidence::site::program;
use crate::evidence::site::roles::{Basis, Role};
use crate::finding::{CauseMeta, Confidence, Edit, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::judge::words::list;
use crate::oslo::config::{Reason, StartFailure};
use crate::oslo::ini::{Entry, ProblemKind, Span};
use crate::oslo::options::lookup;
use crate::oslo::value::{Refusal, convert};

const META: CauseMeta = CauseMeta {
    id: "nova-conf-refused",
    home: 13,
    releases: "12-34",
    severity: Severity::Error,
    field: &[],
    title: "nova.conf has a line that oslo.config refuses",
    needs: &[Need::Config],
    symptoms: &[],
    explanation: "\
A line that is no assignment, a byte order mark, an assignment before the first section or bytes that are not UTF-8 end the
start of every service that reads the file (ConfigFileParseError). A value that its type does not allow ends it when the option is
read (ConfigFileValueError): `enabled = T` is no boolean, an inline comment belongs to the value, a lone `$` names an option.
So does a transport_url that oslo.messaging cannot read: a slash in its password ends the hosts early, and there is no spelling of one
that works, %2F neither.
nova-consoleauth, nova-compute, nova-conductor and nova-api read every option they know at start (log_opt_values), nova-novncproxy
only those it needs. A process that already runs goes on with what it read; it will not come back from its next restart.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// One line, or one variable, that keeps services of one host from starting.
struct Refused<'e> {
    place: Option<(&'e ConfigFile, Span, Option<&'e Entry>)>,
    what: String,
    option: Option<(String, String)>,
    /// The value refers to names in capitals alone, which no option has: somebody may have put them in for a path or an
    /// address before the file was handed on.
    stand_in: bool,
    /// Who refuses it, how sure it is that the host runs that, and in which releases.
    by: Vec<(Service, Basis, Vec<u16>)>,
}

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    case.hosts
        .iter()
        .enumerate()
        .flat_map(|(index, host)| {
            let mut refused: Vec<Refused> = Vec::new();
            for (first, roles) in by_files(host) {
                let programs: Vec<_> = roles.iter().map(|(service, _)| program(*service)).collect();
                for &release in &case.releases.candidates {
                    let Some(config) = host.config(first, release) else { continue };
                    for (failure, ends) in config.refusals_by(&programs) {
                        for &(service, basis) in roles.iter().filter(|role| ends.contains(&program(role.0))) {
                            note(&mut refused, host.host, &failure, (service, basis, release));
                        }
                    }
                }
            }
            for one in &mut refused {
                leave_to_the_store(case, index, one);
            }
            refused.retain(|one| !one.by.is_empty());
            refused.into_iter().filter_map(|one| finding(case, host, &one)).collect::<Vec<_>>()
        })
        .collect()
}

/// The services of a host, those that read the same files together with the first of them.
fn by_files(host: &HostView) -> Vec<(Service, Vec<Role>)> {
    let mut groups: Vec<(Service, Vec<Role>)> = Vec::new();
    for &role in &host.roles {
        let files = |service| host.host.files_of(service).map(std::ptr::from_ref);
        match groups.iter_mut().find(|(first, _)| files(*first) == files(role.0)) {
            Some((_, roles)) => roles.push(role),
            None => groups.push((role.0, vec![role])),
        }
    }
    groups
}

fn note<'e>(
    refused: &mut Vec<Refused<'e>>,
    host: &'e Host,
    failure: &StartFailure,
    (service, basis, release): (Service, Basis, u16),
) {
    let place = failure.path.as_ref().zip(failure.span).and_then(|(path, span)| {
        let file = host.files.iter().find(|file| file.path == *path)?;
        let entry = file.parsed.entries.iter().find(|entry| failure.option.is_some() && entry.value_span == span);
        Some((file, span, entry))
    });
    let subject = match (&failure.option, &failure.variable) {
        (Some((section, name)), Some(variable)) => format!("[{section}] {name} (by the variable {variable}) is "),
        (Some((section, name)), None) => format!("[{section}] {name} is "),
        _ => String::new(),
    };
    let what = match &failure.reason {
        Reason::File(problem) => problem.to_string(),
        Reason::Value(refusal) => {
            let entry = place.and_then(|(_, _, entry)| entry);
            let slip = entry.and_then(|entry| Slip::of(entry, failure.option.as_ref()?, release));
            let hint = || entry.map(|entry| hint(entry, refusal)).unwrap_or_default();
            format!("{subject}{refusal}{}", slip.map_or_else(hint, Slip::words))
        }
    };
    let same = |one: &Refused| {
        one.option == failure.option
            && one.place.as_ref().map(|(file, span, _)| (&file.path, *span))
                == place.as_ref().map(|(file, span, _)| (&file.path, *span))
    };
    let index = refused.iter().position(same).unwrap_or_else(|| {
        let stand_in = matches!(failure.reason, Reason::Value(Refusal::NoSuchOption))
            && place
                .is_some_and(|(_, _, entry)| entry.is_some_and(|entry| !entry.redacted && in_capitals(&entry.value)));
        refused.push(Refused { place, what, option: failure.option.clone(), stand_in, by: Vec::new() });
        refused.len() - 1
    });
    let one = &mut refused[index];
    match one.by.iter_mut().find(|(other, ..)| *other == service) {
        Some((.., releases)) => releases.push(release),
        None => one.by.push((service, basis, vec![release])),
    }
}

/// What became part of a value, that would be one without it.
#[derive(Clone, Copy)]
enum Slip<'e> {
    /// A line of its own that was indented.
    Indented(u32, &'e str),
    /// A comment, from this byte of the value on.
    Comment(usize),
    /// The brackets around an IPv6 address.
    Brackets(&'e str),
}

impl<'e> Slip<'e> {
    fn of(entry: &'e Entry, (section, name): &(String, String), release: u16) -> Option<Self> {
        if let Some((line, name)) = first_swallowed(entry) {
            return Some(Self::Indented(line, name));
        }
        let shape = lookup(section, name)?.shape(release);
        let fits = |text: &str| !text.contains('$') && convert(shape, text, release).is_ok();
        let commented = comment_at(&entry.value).filter(|&at| fits(entry.value[..at].trim_end()));
        let inside =
            || entry.value.strip_prefix('[')?.strip_suffix(']').filter(|text| text.contains(':') && fits(text));
        commented.map(Self::Comment).or_else(|| inside().map(Self::Brackets))
    }

    fn words(self) -> String {
        match self {
            Self::Indented(line, name) => format!(", with the indented {name} of line {line} as a part of the value"),
            Self::Comment(_) => ", with the comment behind it as a part of the value".to_owned(),
            Self::Brackets(_) => ": an ipv6 address stands here without brackets".to_owned(),
        }
    }

    /// What to do about it in a file whose option begins on this line.
    fn remedy(self, path: &str, line: u32) -> String {
        match self {
            Self::Indented(line, _) => format!("begin {path} line {line} in the first column"),
            Self::Comment(_) => format!("put the comment of {path} line {line} on a line of its own, above"),
            Self::Brackets(_) => format!("take the brackets off the address in {path} line {line}"),
        }
    }
}

/// What may have been meant: the nearest of the choices.
fn hint(entry: &Entry, refusal: &Refusal) -> String {
    let Refusal::Choice(choices) = refusal else { return String::new() };
    // one of the items, where it is a list
    let items = entry.value.split(',').map(|item| item.trim().to_lowercase()).filter(|item| !choices.contains(item));
    let near = items
        .flat_map(|item| {
            choices.iter().map(move |choice| (strsim::osa_distance(&item, &choice.to_lowercase()), choice))
        })
        .filter(|(distance, choice)| *distance <= if choice.len() > 7 { 2 } else { 1 })
        .min();
    match near {
        Some((_, choice)) if !entry.redacted => format!("; did you mean {choice}?"),
        _ => String::new(),
    }
}

/// Every `$name` of a value is in capitals, as `$LAB` and `$HOME` are.
fn in_capitals(value: &str) -> bool {
    let names: Vec<&str> = value.split('$').skip(1).map(|rest| rest.trim_start_matches('{')).collect();
    let name =
        |rest: &&str| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default().len();
    !names.is_empty()
        && names.iter().all(|rest| {
            let length = name(rest);
            length > 1 && rest[..length].chars().all(|c| !c.is_ascii_lowercase())
        })
}

/// The backend of the token cache is judged by what it does to tokens, in the releases that keep them there.
fn leave_to_the_store(case: &Case, host: usize, one: &mut Refused) {
    if !one.option.as_ref().is_some_and(|(section, name)| section == "cache" && name == "backend") {
        return;
    }
    for store in case.stores.iter().filter(|store| store.host == host) {
        let told = store.holds(|kind| matches!(kind, TokenStore::Refuses { .. }));
        one.by.iter_mut().for_each(|(.., releases)| releases.retain(|release| !told.contains(release)));
    }
    one.by.retain(|(.., releases)| !releases.is_empty());
}

/// The step that a service which does not start leaves undone, the one nearest to a console first.
fn order(case: &Case) -> Vec<(Service, u8)> {
    let mut order = vec![(Service::Novncproxy, 13), (Service::Compute, 3), (Service::Api, 2), (Service::Conductor, 9)];
    if case.releases.candidates.iter().all(|release| *release <= 19) {
        order.insert(0, (Service::Consoleauth, 9));
    }
    order
}

fn finding(case: &Case, host: &HostView, one: &Refused) -> Option<Finding> {
    // which values a release refuses whose options are not known is not known either
    if one.option.is_some() && case.releases.exact.is_some_and(|release| !release.knows_options()) {
        return None;
    }
    let everywhere = |releases: &[u16]| releases.len() == case.releases.candidates.len();
    // a service that the host surely or probably runs, refused in every release, says more than one that it may run
    let ((service, step), basis, releases) = order(case)
        .into_iter()
        .filter_map(|place| {
            let (_, basis, releases) = one.by.iter().find(|(service, ..)| *service == place.0)?;
            Some((place, *basis, releases))
        })
        .max_by_key(|(place, basis, releases)| {
            let nearest = order(case).iter().rev().position(|other| other.0 == place.0);
            (everywhere(releases), (*basis).min(Basis::Guessed), nearest)
        })?;
    let whole_file = one.option.is_none();
    let works = at_work(case, host, service);
    let (severity, confidence) = match (everywhere(releases), basis) {
        _ if one.stand_in => (Severity::Note, Confidence::Possible),
        (true, _) if whole_file => (Severity::Error, Confidence::Certain),
        (true, Basis::Told) => (Severity::Error, Confidence::Certain),
        (true, Basis::Guessed) => (Severity::Error, Confidence::Likely),
        (true, Basis::Maybe) => (Severity::Warning, Confidence::Possible),
        // fine in some of the releases: of interest only where consoles hang on it
        (false, _) if for_consoles(one) => (Severity::Note, Confidence::Possible),
        (false, _) => return None,
    };
    let severity = if works.is_some() { severity.min(Severity::Warning) } else { severity };
    let ends: Vec<&str> = order(case)
        .iter()
        .filter_map(|(service, _)| {
            one.by.iter().find(|(other, basis, _)| other == service && *basis >= basis_floor(one))
        })
        .map(|(service, ..)| service.program())
        .collect();
    let place = one.place.as_ref().map_or_else(
        || host.name().to_owned(),
        |(file, span, _)| format!("{} line {}{}", file.path, span.line, on(host)),
    );
    let verb = match (works.is_some(), ends.len() > 1) {
        (true, _) => "will not start again",
        (false, true) => "do not start",
        (false, false) => "does not start",
    };
    let message = match severity {
        Severity::Note if one.stand_in => {
            format!(
                "{place}: {}: {} {verb}, unless the name only stands in for what the file really says",
                one.what,
                list(&ends)
            )
        }
        Severity::Note => {
            format!("{place}: {} in releases {}, and which release runs is not known", one.what, Case::span(releases))
        }
        _ => format!("{place}: {}: {} {verb}", one.what, list(&ends)),
    };
    let marked = one.place.filter(|(file, span, _)| whole_file && is_marked(file, *span));
    let mend = match (slip(case, one), one.place) {
        _ if marked.is_some() => "save the file as utf-8 without a byte order mark".to_owned(),
        (Some(slip), Some((file, span, _))) => slip.remedy(&file.path, span.line),
        _ => "mend the line".to_owned(),
    };
    let mut remedy = Remedy::new(format!(
        "{mend}; a process that runs goes on with what it read before and fails at its next restart"
    ))
    .verify(format!("systemctl restart {0}; systemctl status {0}", service.program()));
    for program in &ends {
        remedy = remedy.restart(program);
    }
    if everywhere(releases) {
        remedy = remedy.edits(parted(case, one)).edits(marked.map(|(file, ..)| unmark(file)));
    }
    let mut draft = Draft::new(&META, severity, message)
        .step(step)
        .confidence(confidence)
        .releases(Case::span(releases))
        .host(host.host)
        .service(service)
        .remedy(remedy);
    if let Some((file, span, entry)) = one.place {
        draft = match entry {
            Some(entry) => draft.at_value(file, entry),
            None => draft.at(file, span, None).apart(whereabouts(file, span)),
        };
    }
    if let Some(works) = works {
        draft = draft.seen(format!("{works}: with what it read before"));
    }
    if severity == Severity::Note && !one.stand_in {
        draft = draft.seen("--release NAME settles it");
    }
    Some(draft.done())
}

/// The byte order mark alone is what oslo.config stops at.
fn is_marked(file: &ConfigFile, span: Span) -> bool {
    file.parsed.problem.is_some_and(|problem| problem.kind == ProblemKind::Bom && problem.span == span)
}

/// What became part of the value, by the newest release.
fn slip<'e>(case: &Case, one: &Refused<'e>) -> Option<Slip<'e>> {
    let ((_, _, entry), option) = (one.place?, one.option.as_ref()?);
    Slip::of(entry?, option, case.releases.newest())
}

/// The value without what became part of it, where that is all that is wrong with the value.
fn parted(case: &Case, one: &Refused) -> Vec<Edit> {
    let edits = || {
        let ((file, _, entry), (section, name)) = (one.place?, one.option.as_ref()?);
        let (entry, option) = (entry?, lookup(section, name)?);
        let fits = |text: &str| {
            let fits = |&release: &u16| convert(option.shape(release), text, release).is_ok();
            !text.contains('$') && case.releases.candidates.iter().all(fits)
        };
        match slip(case, one)? {
            Slip::Indented(..) => {
                let first = entry.value.split('\n').next().unwrap_or_default();
                fits(first.trim_end()).then(|| dedented(case, file, entry))
            }
            Slip::Comment(at) => fits(entry.value[..at].trim_end()).then(|| uncomment(file, entry, at)).flatten(),
            Slip::Brackets(inside) => fits(inside).then(|| value(file, entry, inside).map(|edit| vec![edit])).flatten(),
        }
    };
    edits().unwrap_or_default()
}

/// What tells a line that ends the reading of its file from the one that will end it when this one is mended.
fn whereabouts(file: &ConfigFile, span: Span) -> String {
    let above = file.parsed.sections.iter().rfind(|header| header.span.line < span.line);
    let section = above.map_or("", |header| header.name.as_str());
    format!("\n[{section}]\n{}", file.parsed.refused_below)
}

/// Services that only may run are named if no other refuses it.
fn basis_floor(one: &Refused) -> Basis {
    if one.by.iter().any(|(_, basis, _)| *basis >= Basis::Guessed) { Basis::Guessed } else { Basis::Maybe }
}

fn for_consoles(one: &Refused) -> bool {
    one.option
        .as_ref()
        .is_some_and(|(section, _)| matches!(section.as_str(), "vnc" | "console" | "consoleauth" | "cache"))
}

fn on(host: &HostView) -> String {
    if host.host.name.is_empty() { String::new() } else { format!(" of {}", host.host.name) }
}

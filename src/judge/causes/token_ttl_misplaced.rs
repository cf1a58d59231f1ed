//! `token_ttl` stands where no service reads it, is empty, or too short to open a console.

use super::Cause;
use super::console_words::{confidence, severity};
use super::edit_words::{carried, drop_line, insert};
use super::option_words::spelled;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::oslo::value::Value;

const META: CauseMeta = CauseMeta {
    id: "token-ttl-misplaced",
    home: 7,
    releases: "15-34",
    severity: Severity::Warning,
    field: &["A9"],
    title: "token_ttl is set where it does not count, or empty, or too short",
    needs: &[Need::Config],
    symptoms: &[],
    explanation: "\
`[consoleauth] token_ttl` is read by nova-consoleauth up to Queens (17) and by nova-compute from Rocky (18) on. Set on the
controllers alone it changes nothing from Rocky on: computes go on with 600 s. A few seconds expire before a person has
opened the page. Empty (`token_ttl =`) it is no number to oslo.config and no error either; from Rocky on nova adds it to the time,
so that every request for a console ends in a TypeError.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// The default, in seconds.
const DEFAULT: i64 = 600;
/// Less than this is too short for a person, in seconds.
const HASTY: i64 = 30;

/// Which service reads it; `None` where the release leaves that open, and in rocky and stein with the workaround, which read it
/// on both sides.
pub(super) fn reader(case: &Case) -> Option<Service> {
    let every = |holds: fn(u16) -> bool| case.releases.candidates.iter().all(|release| holds(*release));
    match () {
        () if every(|release| release <= 17) => Some(Service::Consoleauth),
        () if every(|release| release >= 18) && case.stores.is_empty() => Some(Service::Compute),
        () => None,
    }
}

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let mut found: Vec<Finding> =
        case.running(Service::Compute, Basis::Maybe).into_iter().filter_map(|view| empty(case, view)).collect();
    let Some(reader) = reader(case) else { return found };
    found.extend(misplaced(case, reader));
    found.extend(case.running(reader, Basis::Guessed).into_iter().filter_map(|view| hasty(case, view, reader)).take(1));
    found
}

/// Set for a service that does not read it, while every host whose service does has the default.
fn misplaced(case: &Case, reader: Service) -> Option<Finding> {
    let release = case.releases.newest();
    let (other, text) = if reader == Service::Compute {
        (Service::Novncproxy, "from rocky (18) on nova-compute reads it")
    } else {
        (Service::Compute, "up to queens (17) nova-consoleauth reads it")
    };
    let mut read = Vec::new();
    for view in case.running(reader, Basis::Guessed) {
        read.push((view, view.config(reader, release)?.int("consoleauth", "token_ttl")?));
    }
    let (who, counts) = read.first().filter(|_| read.iter().all(|(_, value)| *value == DEFAULT))?;
    let (view, setting) = case.running(other, Basis::Guessed).into_iter().find_map(|view| {
        let setting = view.config(other, release)?.get("consoleauth", "token_ttl");
        let wished = setting.value().is_some_and(|value| value.text() != DEFAULT.to_string());
        (view.runs(reader).is_none() && setting.is_set() && wished).then_some((view, setting))
    })?;
    let (file, entry) = view.entry(&setting)?;
    let edits = read.iter().filter_map(|(reads, _)| {
        let [index] = reads.host.files_of(reader)?.files.as_slice() else { return None };
        insert(reads.host.files.get(*index)?, "consoleauth", &[("token_ttl", &carried(entry)?)])
    });
    let edits: Vec<_> = edits.collect();
    let reader = reader.program();
    Some(
        Draft::warning(
            &META,
            format!("token_ttl on {} changes nothing: {text}, and {} has {counts} s", view.name(), who.name()),
        )
        .releases(Case::span(&case.releases.candidates))
        .host(view.host)
        .service(other)
        .at_value(file, entry)
        .remedy(
            Remedy::new(format!("set [consoleauth] token_ttl in nova.conf of every host that runs {reader}"))
                .restart(reader)
                .edits(edits),
        )
        .done(),
    )
}

/// From Rocky on `ConsoleAuthToken.authorize` adds it to the time, and `None` cannot be added. Before, a token without a time to live
/// is good for ever.
fn empty(case: &Case, view: &HostView) -> Option<Finding> {
    let holds = case.releases.within(|release| release >= 18);
    let setting = view.config(Service::Compute, *holds.last()?)?.get("consoleauth", "token_ttl");
    let (file, entry) = view.entry(&setting).filter(|_| setting.value() == Some(&Value::Null))?;
    let everywhere = holds == case.releases.candidates;
    let basis = view.runs(Service::Compute)?;
    let message = format!(
        "{} is empty on {}, and from rocky (18) on nova adds it to the time: every request for a console fails",
        spelled(entry),
        view.name()
    );
    let text = format!("write a number of seconds in {} line {}, or take the line out", file.path, entry.key_span.line);
    let edits: Vec<_> = drop_line(file, entry).filter(|_| everywhere).into_iter().collect();
    let draft = Draft::new(&META, severity(case, basis, &holds), message)
        .confidence(confidence(basis))
        .releases(Case::span(&holds))
        .host(view.host)
        .service(Service::Compute)
        .at_value(file, entry)
        .remedy(Remedy::new(text).restart("nova-compute").verify("open a new console").edits(edits));
    let unsure = "only nova-compute reads it; whether it runs here is not known";
    Some(if basis == Basis::Maybe { draft.seen(unsure) } else { draft }.done())
}

/// Expires before a page is open. 0 is no limit of its own up to Queens, and the matter of `token-expired` after.
fn hasty(case: &Case, view: &HostView, service: Service) -> Option<Finding> {
    let config = view.config(service, case.releases.newest())?;
    let seconds = config.int("consoleauth", "token_ttl").filter(|seconds| *seconds > 0 && *seconds < HASTY)?;
    let (file, entry) = view.entry(&config.get("consoleauth", "token_ttl"))?;
    Some(
        Draft::warning(
            &META,
            format!("token_ttl is {seconds} s on {}: tokens expire before a person has opened the page", view.name()),
        )
        .releases(Case::span(&case.releases.candidates))
        .host(view.host)
        .service(service)
        .at_value(file, entry)
        .remedy(Remedy::new("take the default of 600 s").restart(if service == Service::Compute {
            "nova-compute"
        } else {
            "nova-consoleauth"
        }))
        .done(),
    )
}

//! `token_ttl` stands where no service reads it, or is too short to open a console.

use super::Cause;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "token-ttl-misplaced",
    home: 7,
    releases: "15-34",
    severity: Severity::Warning,
    field: &["A9"],
    title: "token_ttl is set where it does not count, or too short",
    needs: &[Need::Config],
    explanation: "\
`[consoleauth] token_ttl` is read by nova-consoleauth up to Queens (17) and by nova-compute from Rocky (18) on. Set on the
controllers alone it changes nothing from Rocky on: computes go on with 600 s. A few seconds expire before a person has
opened the page.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// The default, in seconds.
const DEFAULT: i64 = 600;
/// Less than this is too short for a person, in seconds.
const HASTY: i64 = 30;

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let database = case.releases.candidates.iter().all(|release| *release >= 20);
    let cache = case.releases.candidates.iter().all(|release| *release <= 17);
    let mut found = Vec::new();
    if database {
        found.extend(misplaced(case));
    }
    let reader = if cache { Service::Consoleauth } else { Service::Compute };
    if cache || database {
        found.extend(
            case.running(reader, Basis::Guessed).into_iter().filter_map(|view| hasty(case, view, reader)).take(1),
        );
    }
    found
}

/// Set on controllers, not on the computes whose files were seen.
fn misplaced(case: &Case) -> Option<Finding> {
    let release = case.releases.newest();
    let computes = case.running(Service::Compute, Basis::Guessed);
    let ttl =
        |view: &HostView, service| view.config(service, release).map(|config| config.get("consoleauth", "token_ttl"));
    let mut read: Vec<(&HostView, i64)> = Vec::new();
    for view in &computes {
        let value = view.config(Service::Compute, release)?.int("consoleauth", "token_ttl")?;
        read.push((view, value));
    }
    let (compute, counts) = read.first().filter(|(_, value)| *value == DEFAULT)?;
    let controller = case.running(Service::Novncproxy, Basis::Guessed).into_iter().find(|view| {
        view.runs(Service::Compute).is_none() && ttl(view, Service::Novncproxy).is_some_and(|setting| setting.is_set())
    })?;
    let setting = ttl(controller, Service::Novncproxy)?;
    let (file, entry) = controller.entry(&setting)?;
    if setting.value().is_some_and(|value| value.text() == DEFAULT.to_string()) {
        return None;
    }
    Some(
        Draft::warning(
            &META,
            format!(
                "token_ttl on {} changes nothing: from rocky (18) on nova-compute reads it, and {} has {counts} s",
                controller.name(),
                compute.name()
            ),
        )
        .host(controller.host)
        .at_value(file, entry)
        .remedy(Remedy::new("set [consoleauth] token_ttl in nova.conf of every compute node").restart("nova-compute"))
        .done(),
    )
}

/// Expires before a page is open. 0 means no limit of its own and is left alone.
fn hasty(case: &Case, view: &HostView, service: Service) -> Option<Finding> {
    let config = view.config(service, case.releases.newest())?;
    let seconds = config.int("consoleauth", "token_ttl").filter(|seconds| *seconds > 0 && *seconds < HASTY)?;
    let (file, entry) = view.entry(&config.get("consoleauth", "token_ttl"))?;
    Some(
        Draft::warning(
            &META,
            format!("token_ttl is {seconds} s on {}: tokens expire before a person has opened the page", view.name()),
        )
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

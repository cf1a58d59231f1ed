//! A file was changed after the process that reads it had started.

use super::Cause;
use crate::evidence::host::ConfigFile;
use crate::evidence::process::{Process, Service};
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::judge::words::age;

const META: CauseMeta = CauseMeta {
    id: "config-edited-not-restarted",
    home: 13,
    releases: "15-34",
    severity: Severity::Warning,
    field: &[],
    title: "nova.conf was changed after the service had started",
    needs: &[Need::Host],
    symptoms: &[],
    explanation: "\
Nova's services read their files when they start. A file that is newer than the process may say something else than what runs: a
mended option has no effect yet, a broken one will have at the next restart. Compared are the time of the file's last change and
the start of the process; whether the content changed is not to be seen. A few options of oslo.log are read again on SIGHUP,
none of those that consoles need.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// Start times are counted in ticks since boot and may be a second or two off, in seconds.
const GRACE: f64 = 5.0;

/// Services whose options decide over consoles, and the step that they spoil.
const STEPS: [(Service, u8); 3] = [(Service::Consoleauth, 10), (Service::Novncproxy, 13), (Service::Compute, 6)];

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    case.hosts
        .iter()
        .flat_map(|host| {
            STEPS.into_iter().filter_map(|(service, step)| edited(host, service, step)).collect::<Vec<_>>()
        })
        .collect()
}

fn edited(host: &HostView, service: Service, step: u8) -> Option<Finding> {
    let process = host.host.processes.iter().find(|process| process.service == service)?;
    let started = process.started?;
    let (file, later) = newest(host, service, started)?;
    let program = service.program();
    let mut draft = Draft::warning(
        &META,
        format!(
            "{} was changed {} after {program} on {} had started: what stands there may not be what runs",
            file.path,
            age(later),
            host.name()
        ),
    )
    .step(step)
    .host(host.host)
    .service(service)
    .seen("whether the content changed is not to be seen, only when");
    draft = draft.at_line(&file.path, 1);
    let remedy = Remedy::new(restart(process)).restart(program).verify("open a new console");
    Some(draft.remedy(remedy).done())
}

/// The file that was changed last, and how long after the start.
fn newest<'e>(host: &HostView<'e>, service: Service, started: f64) -> Option<(&'e ConfigFile, f64)> {
    host.host
        .files_of(service)?
        .files
        .iter()
        .filter_map(|&index| host.host.files.get(index))
        .filter_map(|file| Some((file, file.modified? - started)))
        .filter(|(_, later)| *later > GRACE)
        .max_by(|a, b| a.1.total_cmp(&b.1))
}

fn restart(process: &Process) -> String {
    match (&process.unit, &process.container) {
        (_, Some(container)) => format!("restart the {} container {}", container.kind, container.id),
        (Some(unit), None) => format!("systemctl restart {unit}"),
        _ => format!("restart {}", process.program),
    }
}

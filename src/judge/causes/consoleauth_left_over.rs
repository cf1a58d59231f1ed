//! nova-consoleauth, its options or its records in a release that has none any more.

use super::Cause;
use super::edit_words::drop_line;
use crate::evidence::process::Service;
use crate::evidence::site::releases::names_consoleauth;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;
use crate::judge::words::list;

const META: CauseMeta = CauseMeta {
    id: "consoleauth-left-over",
    home: 14,
    releases: "18-34",
    severity: Severity::Note,
    field: &["A11"],
    title: "nova-consoleauth is left over from an older release",
    needs: &[Need::Config, Need::Host, Need::Logs, Need::Credentials],
    symptoms: &[],
    explanation: "\
From Rocky (18) on tokens live in the cell database, and Train (20) removed nova-consoleauth together with `[workarounds]
enable_consoleauth`. A process, a service record or a monitoring check that is still there does nothing for consoles: a
`down` nova-consoleauth in the service list is not why a console fails.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// A record that nobody deleted.
fn by_records(case: &Case) -> Option<Finding> {
    let gone = case.releases.candidates.iter().all(|release| *release >= 20);
    let records: Vec<_> = case.api().filter(|_| gone)?.records("nova-consoleauth").collect();
    let hosts: Vec<&str> = records.iter().map(|record| record.host.as_str()).take(8).collect();
    let is = if records.iter().all(|record| record.is_down()) { "down" } else { "there" };
    (!hosts.is_empty()).then(|| {
        let message =
            format!("the service list still has nova-consoleauth on {} ({is}); no console needs it", list(&hosts));
        Draft::note(&META, message)
            .service(Service::Consoleauth)
            .remedy(
                Remedy::new("delete its record by id: openstack compute service delete ID")
                    .command("openstack compute service list --service nova-consoleauth"),
            )
            .done()
    })
}

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let mut found: Vec<Finding> = by_records(case).into_iter().collect();
    for view in &case.hosts {
        let runs = view.host.processes.iter().any(|process| process.service == Service::Consoleauth);
        let named = view.host.configs.iter().any(names_consoleauth);
        let gone = case.releases.candidates.iter().all(|release| *release >= 20);
        if gone && (runs || named) {
            found.push(
                Draft::note(
                    &META,
                    format!("nova-consoleauth on {} does nothing for consoles in this release", view.name()),
                )
                .host(view.host)
                .service(Service::Consoleauth)
                .remedy(Remedy::new(
                    "stop it, and delete its service record: openstack compute service list, then delete by id",
                ))
                .done(),
            );
        }
        let entry = view.host.files.iter().find_map(|file| {
            let entry =
                file.parsed.entries.iter().find(|entry| {
                    entry.section.eq_ignore_ascii_case("workarounds") && entry.key == "enable_consoleauth"
                })?;
            Some((file, entry))
        });
        if let (true, Some((file, entry))) = (gone, entry) {
            found.push(
                Draft::note(&META, "[workarounds] enable_consoleauth went with train (20) and is ignored")
                    .host(view.host)
                    .at_name(file, entry)
                    .remedy(Remedy::new("delete the line").edits(drop_line(file, entry)))
                    .done(),
            );
        }
    }
    found
}

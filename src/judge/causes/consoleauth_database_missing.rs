//! nova-consoleauth lacks a database that it needs to start, or to check a token.

use super::Cause;
use super::console_words::at_section;
use super::peer_words::{all_read, some_database};
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, HostView, StoreView};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "consoleauth-database-missing",
    home: 14,
    releases: "15-19",
    severity: Severity::Error,
    field: &["A5"],
    title: "nova-consoleauth has no database to start or to check tokens with",
    needs: &[Need::Config],
    symptoms: &[Symptom::HangsUp, Symptom::KeepsSilent],
    explanation: "\
nova-consoleauth writes its service record into `[database] connection` when it starts; without one it takes a local sqlite file that
has no tables, and ends with a traceback (nova/service.py; nova/conf/database.py sets that default). From Pike (16) to Stein (19) it also
looks up the cell of an instance in `[api_database] connection` for every token that a proxy asks about
(nova/consoleauth/manager.py, _validate_token): without it tokens are taken, the API hands out URLs, the log says `Checking Token: ...,
True`, and every console ends with code 1006. In Ocata (15) it needs the first only.

Give it both, as nova-api has them.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// First release that looks into the API database for each token.
const MAPPED_FROM: u16 = 16;

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    case.stores.iter().filter_map(|store| judge(case, &case.hosts[store.host], store)).collect()
}

/// Only where the service's own files are known, and whole: a bus is named in them and nothing else may fill them up.
fn judge(case: &Case, host: &HostView, store: &StoreView) -> Option<Finding> {
    if host.runs(Service::Consoleauth) != Some(Basis::Told) || !all_read(host) {
        return None;
    }
    let releases: Vec<u16> =
        store.by_release.iter().map(|(release, _)| *release).filter(|release| *release >= 15).collect();
    let config = host.config(Service::Consoleauth, *releases.last()?)?;
    let set = |section, name| config.get(section, name).is_set();
    let lacks = |section| !set(section, "connection") && some_database(case, section);
    if !set("DEFAULT", "transport_url") || set("DEFAULT", "config_source") {
        return None;
    }
    let mapped: Vec<u16> = releases.iter().copied().filter(|release| *release >= MAPPED_FROM).collect();
    let (section, holds, step, what) = if lacks("database") {
        ("database", releases, 9, "it does not start")
    } else if lacks("api_database") && !mapped.is_empty() {
        ("api_database", mapped, 14, "it refuses every token, because it cannot look up the cell of an instance")
    } else {
        return None;
    };
    let message = format!("nova-consoleauth on {} has no [{section}] connection: {what}", host.name());
    let mut draft = Draft::new(&META, case.severity_of_loss(store, &holds), message)
        .step(step)
        .likely()
        .releases(Case::span(&holds))
        .host(host.host)
        .service(Service::Consoleauth)
        .remedy(
            Remedy::new(format!(
                "in the nova.conf that nova-consoleauth on {} reads, set [{section}] connection as nova-api has it",
                host.name()
            ))
            .restart("nova-consoleauth")
            .verify("open a new console, or vncdoctor check --url 'A NEW URL'"),
        );
    if let Some((file, span)) =
        at_section(host, Service::Consoleauth, section).or_else(|| at_section(host, Service::Consoleauth, "DEFAULT"))
    {
        draft = draft.at(file, span, None);
    }
    Some(draft.done())
}

//! Two compute nodes call themselves by the same name, so that each takes requests that are meant for the other.

use super::Cause;
use super::console_words::{compute_remedy, confidence, last_entry, placed};
use super::peer_words::is_literal;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Severity};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::oslo::config::Setting;
use std::sync::Arc;

const META: CauseMeta = CauseMeta {
    id: "compute-name-not-unique",
    home: 3,
    releases: "15-34",
    severity: Severity::Error,
    field: &[],
    title: "two compute nodes have the same name",
    needs: &[Need::Config],
    symptoms: &[],
    explanation: "\
nova-api asks the nova-compute of an instance by the name that stands in `[DEFAULT] host`, by default the host name: it is the
message queue compute.NAME (nova/compute/rpcapi.py). With the same name on two nodes, as when a nova.conf is copied, both take
messages from that queue in turn, and half of all requests for a console reach a node that does not have the instance
(InstanceNotFound, HTTP 404), or a guest on the other node. Ironic and VMware nodes may share a name on purpose; they are not told.

Remove the line, so that each node has its own host name, or give each its own. A node that already owns instances must keep its name.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let named: Vec<(&HostView, Arc<Setting>, String)> = case
        .running(Service::Compute, Basis::Guessed)
        .into_iter()
        .filter(|host| libvirt(host))
        .filter_map(|host| {
            let setting = host.config(Service::Compute, case.releases.newest())?.get("DEFAULT", "host");
            let name = setting.value().filter(|_| setting.is_set())?.text().trim().to_lowercase();
            (!name.is_empty() && is_literal(&name)).then_some((host, setting, name))
        })
        .collect();
    let mut found = Vec::new();
    for (index, (host, setting, name)) in named.iter().enumerate() {
        let twin = named[..index].iter().find(|(other, _, theirs)| theirs == name && !same_machine(host, other));
        if let Some((twin, line, _)) = twin {
            found.extend(finding(case, host, setting, name, twin, line));
        }
    }
    found
}

/// Said to be libvirt's, the driver whose guests are of one machine. Without a word of it the driver is not known.
fn libvirt(host: &HostView) -> bool {
    last_entry(host, Service::Compute, "DEFAULT", "compute_driver").map_or_else(
        || host.entries(Service::Compute).any(|(_, entry)| entry.section.eq_ignore_ascii_case("libvirt")),
        |(_, entry)| entry.value.contains("libvirt"),
    )
}

/// Two names for one machine.
fn same_machine(a: &HostView, b: &HostView) -> bool {
    a.host.machine_id.is_some() && a.host.machine_id == b.host.machine_id
}

fn finding(
    case: &Case,
    host: &HostView,
    setting: &Setting,
    name: &str,
    twin: &HostView,
    line: &Setting,
) -> Option<Finding> {
    let basis = host.runs(Service::Compute)?.min(twin.runs(Service::Compute)?);
    let message = format!(
        "nova-compute on {} and on {} both are {name} to nova: each takes requests that are meant for the other",
        twin.name(),
        host.name()
    );
    let mut draft = Draft::error(&META, message)
        .releases(Case::span(&case.releases.candidates))
        .confidence(confidence(basis).min(Confidence::Likely))
        .host(host.host)
        .service(Service::Compute)
        .remedy(compute_remedy(format!(
            "remove [DEFAULT] host from nova.conf of {}, or give it a name of its own",
            host.name()
        )));
    if let Some((file, entry)) = twin.entry(line) {
        draft = draft.also(twin.host, file, entry, "the same name");
    }
    Some(placed(draft, host, Service::Compute, setting).done())
}

//! The hosts of a report: those that were looked at, and those that files name and nobody examined.

use super::case::Case;
use super::words::service;
use crate::finding::HostSummary;

/// At most this many names of unexamined hosts: a report is no inventory.
const MOST: usize = 20;

pub(super) fn hosts(case: &Case) -> Vec<HostSummary> {
    let mut all: Vec<HostSummary> = case
        .hosts
        .iter()
        .map(|view| {
            let mut files: Vec<String> = view.host.files.iter().map(|file| file.path.clone()).collect();
            files.extend(view.host.balancers.iter().map(|file| file.path.clone()));
            files.extend(view.host.logs.iter().map(|log| log.path.clone()));
            HostSummary {
                name: view.name().to_owned(),
                roles: view.roles.iter().map(|(role, _)| service(*role)).collect(),
                files,
                examined: true,
            }
        })
        .collect();
    let own: Vec<String> = case.hosts.iter().flat_map(|view| view.own_names.clone()).collect();
    let mut named: Vec<&String> =
        case.hosts.iter().flat_map(|view| &view.other_machines).filter(|name| !own.contains(name)).collect();
    named.sort();
    named.dedup();
    all.extend(named.into_iter().take(MOST).map(|name| HostSummary {
        name: name.clone(),
        roles: Vec::new(),
        files: Vec::new(),
        examined: false,
    }));
    all
}

//! Comments that ignore a cause in the line below them: what they take out, and which of them take out nothing.

use super::selection::means;
use crate::evidence::Evidence;
use crate::evidence::host::Host;
use crate::finding::{Finding, Idle};
use crate::oslo::ini::Marker;

/// Whether a comment directly above the place of a finding names its cause, or its step.
pub(super) fn ignored(evidence: &Evidence, finding: &Finding) -> bool {
    evidence.hosts.iter().any(|host| {
        markers(host).any(|(file, marker)| {
            speaks_of(host, file, marker, finding) && marker.ids.iter().any(|id| means(id, finding))
        })
    })
}

/// The ids in comments that nothing below them answers to, as far as the evidence goes.
pub(super) fn idle(evidence: &Evidence, found: &[Finding]) -> Vec<Idle> {
    let mut idle = Vec::new();
    for host in &evidence.hosts {
        for (file, marker) in markers(host) {
            for id in &marker.ids {
                let at_work = |finding: &Finding| speaks_of(host, file, marker, finding) && means(id, finding);
                if !found.iter().any(at_work) {
                    idle.push(Idle { file: file.to_owned(), line: marker.line, id: id.clone() });
                }
            }
        }
    }
    idle
}

fn markers(host: &Host) -> impl Iterator<Item = (&str, &Marker)> {
    host.files.iter().flat_map(|file| file.parsed.markers.iter().map(|marker| (file.path.as_str(), marker)))
}

/// Whether a finding stands in what a comment is written above. Two hosts may have files of one path.
fn speaks_of(host: &Host, file: &str, marker: &Marker, finding: &Finding) -> bool {
    let same_host = finding.host.as_ref().is_none_or(|name| *name == host.name);
    same_host && finding.place.as_ref().is_some_and(|place| place.file == file && marker.covers(place.line))
}

//! Comments that ignore a cause in the line below them: what they take out, and which of them take out nothing.
//!
//! A comment speaks of its own line. A finding that says the same of several lines, of other hosts perhaps, is ignored once
//! each of them has such a comment; until then those that have one are left out of it. A finding about a difference between
//! lines is ignored by a comment at its own place.

use super::selection::means;
use crate::evidence::Evidence;
use crate::evidence::host::Host;
use crate::finding::{Finding, Idle, Related};
use crate::oslo::ini::Marker;

/// Parts what is told from what comments ignore.
pub(super) fn part(evidence: &Evidence, found: Vec<Finding>) -> (Vec<Finding>, Vec<Finding>) {
    let mut ignored = Vec::new();
    if evidence.hosts.iter().all(|host| markers(host).next().is_none()) {
        return (found, ignored);
    }
    let mut told = Vec::with_capacity(found.len());
    for finding in found {
        match left(evidence, &finding) {
            Some(left) => told.push(left),
            None => ignored.push(finding),
        }
    }
    (told, ignored)
}

/// The ids in comments that nothing below them answers to, as far as the evidence goes.
pub(super) fn idle(evidence: &Evidence, found: &[Finding]) -> Vec<Idle> {
    let mut idle = Vec::new();
    for host in &evidence.hosts {
        for (file, marker) in markers(host) {
            for id in &marker.ids {
                let at_work = |finding: &Finding| {
                    let of_related = |related: &Related| related.same && covers_related(host, file, marker, related);
                    means(id, finding)
                        && (covers_place(host, file, marker, finding) || finding.related.iter().any(of_related))
                };
                if !found.iter().any(at_work) {
                    idle.push(Idle { file: file.to_owned(), line: marker.line, id: id.clone() });
                }
            }
        }
    }
    idle
}

/// What is left of a finding; nothing if comments ignore all of it.
fn left(evidence: &Evidence, finding: &Finding) -> Option<Finding> {
    let any = |covers: &dyn Fn(&Host, &str, &Marker) -> bool| {
        evidence.hosts.iter().any(|host| {
            markers(host)
                .any(|(file, marker)| marker.ids.iter().any(|id| means(id, finding)) && covers(host, file, marker))
        })
    };
    let mut left = finding.clone();
    let covered =
        |related: &&Related| related.same && any(&|host, file, marker| covers_related(host, file, marker, related));
    let mut kept: Vec<&str> = finding.related.iter().filter(covered).filter_map(|one| one.file.as_deref()).collect();
    left.related.retain(|related| !covered(&related));
    if any(&|host, file, marker| covers_place(host, file, marker, finding)) {
        if !left.related.iter().any(|related| related.same) {
            return None;
        }
        left.evidence.push("a comment ignores it here, and not in the other lines".to_owned());
        kept.extend(finding.place.as_ref().map(|place| place.file.as_str()));
    }
    // an edit may be made of several changes in a file: all or none
    left.remedy.edits.retain(|edit| !kept.contains(&edit.file.as_str()));
    Some(left)
}

fn markers(host: &Host) -> impl Iterator<Item = (&str, &Marker)> {
    host.files.iter().flat_map(|file| file.parsed.markers.iter().map(|marker| (file.path.as_str(), marker)))
}

/// Whether a finding stands in what a comment is written above. Two hosts may have files of one path.
fn covers_place(host: &Host, file: &str, marker: &Marker, finding: &Finding) -> bool {
    let same_host = finding.host.as_ref().is_none_or(|name| *name == host.name);
    same_host && finding.place.as_ref().is_some_and(|place| place.file == file && marker.covers(place.line))
}

/// The same of another line that belongs to it.
fn covers_related(host: &Host, file: &str, marker: &Marker, related: &Related) -> bool {
    let same_host = related.host.as_ref().is_none_or(|name| *name == host.name);
    same_host && related.file.as_deref() == Some(file) && related.line.is_some_and(|line| marker.covers(line))
}

//! Findings that say the same of several places: a mistake that a whole deployment copied is told once.

use crate::finding::{Finding, Place};
use std::collections::HashMap;
use std::hash::{Hash, Hasher};

/// A finding by what a person is told of it, but for where it stands.
struct Told<'r>(&'r Finding);

impl Hash for Told<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0.cause, &self.0.message).hash(state);
    }
}

impl PartialEq for Told<'_> {
    fn eq(&self, other: &Self) -> bool {
        let (Finding { cause, severity, confidence, message, evidence, related, remedy, place, .. }, other) =
            (self.0, other.0);
        (cause, severity, confidence, message) == (&other.cause, &other.severity, &other.confidence, &other.message)
            && (evidence, related, self.0.known()) == (&other.evidence, &other.related, other.known())
            && remedy.reads_as(&other.remedy)
            && source(place.as_ref()) == source(other.place.as_ref())
    }
}

impl Eq for Told<'_> {}

/// The line that is quoted.
fn source(place: Option<&Place>) -> Option<&str> {
    place?.source.as_deref()
}

/// Groups of findings that say the same, each at the place of its first one. What stands nowhere is never said of two.
pub(super) fn alike<'r>(findings: impl Iterator<Item = &'r Finding>) -> Vec<Vec<&'r Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    let mut known: HashMap<Told, usize> = HashMap::new();
    for finding in findings {
        let group = *known.entry(Told(finding)).or_insert(groups.len());
        match groups.get_mut(group) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

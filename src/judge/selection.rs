//! Which findings the user wants to hear of, and which an earlier report knows already.

use super::flow;
use crate::finding::Finding;
use glob::{MatchOptions, Pattern, PatternError};
use std::collections::BTreeSet;

/// What is told; empty lists are everything.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Ids of steps and causes to report.
    pub only: Vec<String>,
    /// Ids of steps and causes to leave out.
    pub skip: Vec<String>,
    /// Ids of steps and causes to leave out of some files; `only` beats these.
    pub skip_in: Vec<(Files, Vec<String>)>,
    /// Fingerprints that an earlier report holds, if one was given.
    pub baseline: Option<BTreeSet<String>>,
}

impl Selection {
    pub(super) fn takes(&self, finding: &Finding) -> bool {
        let named = |ids: &[String]| ids.iter().any(|id| means(id, finding));
        if self.only.is_empty() {
            let file = finding.place.as_ref().map(|place| place.file.as_str());
            let skipped = |(files, ids): &(Files, Vec<String>)| file.is_some_and(|file| files.hold(file)) && named(ids);
            return !named(&self.skip) && !self.skip_in.iter().any(skipped);
        }
        named(&self.only) && !named(&self.skip)
    }

    /// Whether the baseline holds a finding; `None` without one.
    pub(super) fn knows(&self, finding: &Finding) -> Option<bool> {
        self.baseline.as_ref().map(|known| known.contains(&finding.fingerprint))
    }
}

/// Whether an id is that of the cause of a finding, or of its step.
pub(super) fn means(id: &str, finding: &Finding) -> bool {
    id == finding.cause || flow::step(finding.step).is_some_and(|step| step.meta.id == id)
}

/// Files by a pattern of their paths: `*` and `?` within a name, `**` across directories.
#[derive(Debug, Clone)]
pub struct Files {
    pattern: Pattern,
    here: String,
}

impl Files {
    /// The files of a pattern. `here` is the directory that relative paths count from.
    ///
    /// # Errors
    /// The pattern is none.
    pub fn new(pattern: &str, here: &str) -> Result<Self, PatternError> {
        let pattern = Pattern::new(pattern.strip_prefix("./").unwrap_or(pattern))?;
        Ok(Self { pattern, here: format!("{}/", here.trim_end_matches('/')) })
    }

    /// Whether a file, by its path as given, is one of them.
    pub fn hold(&self, path: &str) -> bool {
        const OPTIONS: MatchOptions =
            MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };
        let relative = path.strip_prefix(&self.here).unwrap_or(path);
        let relative = relative.strip_prefix("./").unwrap_or(relative);
        self.pattern.matches_with(relative, OPTIONS) || self.pattern.matches_with(path, OPTIONS)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Files;

    #[test]
    fn files_are_told_by_their_path_as_given() {
        let hold = |pattern: &str, path: &str| Files::new(pattern, "/repo").unwrap().hold(path);
        assert!(hold("deploy/*/nova.conf", "deploy/queens/nova.conf"));
        assert!(hold("deploy/*/nova.conf", "./deploy/queens/nova.conf"));
        assert!(hold("./deploy/**/nova.conf", "deploy/nova.conf"));
        assert!(hold("deploy/**", "/repo/deploy/queens/nova.conf"));
        assert!(hold("/etc/nova/*.conf", "/etc/nova/nova.conf"));
        assert!(!hold("deploy/*", "deploy/queens/nova.conf"));
        assert!(!hold("nova.conf", "deploy/nova.conf"));
        assert!(Files::new("a/***", "/").is_err());
    }
}

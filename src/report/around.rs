//! What a report for people says of the run itself.

use crate::finding::{Finding, Report, Severity, Status};

/// The command that was run and how it ends; `cli` knows both.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// The command to type again: complete, without secrets.
    pub again: String,
    /// When to look again once what was found is mended, and the command for it.
    pub mended: (&'static str, String),
    /// The exit code.
    pub exit: u8,
    /// The severity from which a finding fails; `None` where none does.
    pub fails: Option<Severity>,
}

impl Around {
    /// Whether a finding makes the run fail.
    pub(super) fn fails(&self, finding: &Finding) -> bool {
        !finding.known() && self.fails.is_some_and(|limit| finding.severity >= limit)
    }

    /// The command with an argument added.
    pub(super) fn with(&self, argument: &str) -> String {
        let flag = argument.split(' ').next().unwrap_or_default();
        // asked for again: a fresh one goes in the same place
        if matches!(flag, "--url" | "--release") && self.again.contains(argument) {
            return self.again.clone();
        }
        format!("{} {argument}", self.again)
    }

    /// The one next command of a report, and when to run it. None when all is well.
    pub(super) fn next(&self, report: &Report) -> Option<(&'static str, String)> {
        let verdict = &report.verdict;
        let settle = verdict.provide.first();
        match (verdict.status, settle) {
            // what is found is sure, so the next is to see it mended
            (Status::Fail, None) => Some(self.mended.clone()),
            (Status::Fail | Status::Unknown, Some(wanted)) => Some((wanted.what, self.with(wanted.argument))),
            (Status::Unknown, None) => Some(("on a controller", "vncdoctor check".to_owned())),
            _ => None,
        }
    }
}

//! Exit codes, the same in every format. Precedence 130, 70, 2, 1, 3, 0.

use super::args::FailOn;
use crate::finding::{Report, Status};
use std::process::ExitCode;

/// Why the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Nothing at or above `--fail-on`.
    Healthy,
    /// No finding, and none of steps 8 to 15 could be judged.
    Inconclusive,
    /// A finding at or above `--fail-on`.
    Found,
    /// Usage, or a named input that cannot be opened or is not what it claims.
    Usage,
    /// A defect of vncdoctor.
    Defect,
    /// Interrupted.
    Interrupted,
}

impl Exit {
    /// The documented number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Healthy => 0,
            Self::Found => 1,
            Self::Usage => 2,
            Self::Inconclusive => 3,
            Self::Defect => 70,
            Self::Interrupted => 130,
        }
    }

    /// What a report comes to.
    pub fn of(report: &Report, fail_on: FailOn) -> Self {
        if fail_on.limit().is_some_and(|limit| report.worst() >= Some(limit)) {
            return Self::Found;
        }
        if report.findings.is_empty() && report.verdict.status == Status::Unknown {
            return Self::Inconclusive;
        }
        Self::Healthy
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

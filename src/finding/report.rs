//! The whole document that every format renders.

use super::{Finding, Severity, Status, StepResult};
use serde::Serialize;

/// Schema 1 of `docs/report.schema.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Version of the schema.
    pub schema: u32,
    /// Which program wrote it.
    pub tool: Tool,
    /// `check`, `lint` or `logs`.
    pub command: &'static str,
    /// RFC 3339.
    pub started: String,
    /// How long the looking took.
    pub duration_ms: u64,
    /// The release judged by.
    pub release: ReleaseSummary,
    /// What was asked about.
    pub target: TargetSummary,
    /// The hosts that files or logs stand for, and those they name.
    pub hosts: Vec<HostSummary>,
    /// The first broken step and its likeliest cause.
    pub verdict: Verdict,
    /// All fifteen, in order; `check` only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepResult>,
    /// Everything found, worst first within a step.
    pub findings: Vec<Finding>,
    /// Every probe, in the order of its beginning; for people who look for what took so long.
    #[serde(skip)]
    pub timeline: Vec<Moment>,
    /// Found, and ignored by a comment directly above: these count for nothing.
    #[serde(skip)]
    pub ignored: Vec<Finding>,
    /// Comments that ignore what is not there.
    #[serde(skip)]
    pub idle: Vec<Idle>,
}

/// One probe in a run's course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds from the start of the run.
    pub after: u64,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// Who was asked.
    pub peer: String,
    /// What, in a few words.
    pub what: String,
}

/// A comment that ignores a cause which is not found below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idle {
    /// File as given.
    pub file: String,
    /// Line of the comment.
    pub line: u32,
    /// The id that it names.
    pub id: String,
}

/// Name and version of the program.
#[derive(Debug, Clone, Serialize)]
pub struct Tool {
    /// Always `vncdoctor`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// Which release of Nova the judgement stands on.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct ReleaseSummary {
    /// 12 to 34.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u16>,
    /// `queens`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `17.0.13`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// flag, package, config, logs, api, page or unknown.
    pub from: &'static str,
}

/// What was asked about.
#[derive(Debug, Clone, Serialize)]
pub struct TargetSummary {
    /// url, token, server or none.
    pub kind: &'static str,
    /// First 8 hex digits of the token's sha256.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// A host that files or logs stand for, or that they name.
#[derive(Debug, Clone, Serialize)]
pub struct HostSummary {
    /// As named by the user, or as the files name it.
    pub name: String,
    /// Services it is taken to run.
    pub roles: Vec<&'static str>,
    /// Files read for it.
    pub files: Vec<String>,
    /// Whether anything of it was looked at.
    pub examined: bool,
}

/// The first broken step and its likeliest cause.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// pass, warn, fail or unknown.
    pub status: Status,
    /// The broken step; absent when nothing failed or two candidates remain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<u8>,
    /// Its cause; absent likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<&'static str>,
    /// One sentence.
    pub message: String,
    /// What else it may be.
    pub candidates: Vec<Candidate>,
    /// What would settle it.
    pub provide: Vec<super::Provide>,
}

/// A cause that the evidence leaves open.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Candidate {
    /// Its step.
    pub step: u8,
    /// Its id.
    pub cause: &'static str,
    /// How sure the evidence makes us.
    pub confidence: super::Confidence,
}

impl std::fmt::Display for Idle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: the comment ignores {}, which is not found below it", self.file, self.line, self.id)
    }
}

impl Report {
    /// The worst finding, if any; what the baseline knows does not count.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().filter(|finding| !finding.known()).map(|finding| finding.severity).max()
    }
}

//! Plain words of judgement: what a step came to, what was found, what to do about it.
//!
//! `judge` writes these types, `report` reads them; their serde form is schema 1 of `docs/report.schema.json`.
//! A fact that was not seen is an absent key.

mod cause;
mod level;
mod provide;
mod remedy;
mod report;
mod step;

pub use cause::{CauseMeta, Need, Symptom};
pub use level::{Confidence, Severity, Status};
pub use provide::Provide;
pub use remedy::{Edit, Remedy};
pub use report::{Candidate, HostSummary, Idle, Moment, ReleaseSummary, Report, TargetSummary, Tool, Verdict};
pub use step::{StepEvidence, StepMeta, StepResult};

use serde::Serialize;

/// One thing that is wrong, or worth knowing, with the line that says so.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// Id of the cause.
    pub cause: &'static str,
    /// The step whose product is wrong, 1 to 15.
    pub step: u8,
    /// How bad it is for a console.
    pub severity: Severity,
    /// How sure the evidence makes us.
    pub confidence: Confidence,
    /// The host it stands on, as named by the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The service whose configuration or log it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The releases it concerns, as `14-17` or `25-34`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub releases: Option<String>,
    /// Where it stands.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// One sentence: lower case, present tense, names the host and the peer.
    pub message: String,
    /// What was seen, a sentence each.
    pub evidence: Vec<String>,
    /// Other lines and hosts that belong to it.
    pub related: Vec<Related>,
    /// Stays the same when lines move; for baselines.
    pub fingerprint: String,
    /// Whether an earlier report knows it; absent when none was given to compare with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<bool>,
    /// What to do about it.
    pub remedy: Remedy,
    /// The causes that it leaves open: it says that something is broken, and not which of these.
    #[serde(skip)]
    pub between: Vec<Candidate>,
}

impl Finding {
    /// Whether an earlier report, given as the baseline, knows it already: it is told, and counts for nothing.
    pub fn known(&self) -> bool {
        self.baseline == Some(true)
    }
}

/// A line of a file. Lines and columns count from 1, in characters; the end is exclusive.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Place {
    /// Path as the user gave it.
    pub file: String,
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column behind the last character.
    pub end_column: u32,
    /// Section as the file spells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// Option as the file spells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub option: Option<String>,
    /// The source line, harmless parts only; for the human report.
    #[serde(skip)]
    pub source: Option<String>,
}

/// Another place that belongs to a finding.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Related {
    /// Host it stands on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// File as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Line from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// What this place has to do with it.
    pub message: String,
    /// The finding is about this line as much as about its own place.
    #[serde(skip)]
    pub same: bool,
}

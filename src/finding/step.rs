//! One of the fifteen steps: what it is, and what it came to.

use super::Status;
use serde::Serialize;

/// What is known about a step before anything is looked at.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct StepMeta {
    /// 1 to 15.
    pub number: u8,
    /// Kebab-case, stable for ever.
    pub id: &'static str,
    /// A few words.
    pub title: &'static str,
    /// Who talks to whom.
    pub who: &'static str,
    /// What `explain` prints.
    #[serde(skip)]
    pub explanation: &'static str,
    /// Steps without whose product this one cannot be reached.
    #[serde(skip)]
    pub needs: &'static [u8],
}

/// What a step came to.
#[derive(Debug, Clone, Serialize)]
pub struct StepResult {
    /// 1 to 15.
    pub number: u8,
    /// Id of the step.
    pub id: &'static str,
    /// A few words.
    pub title: &'static str,
    /// The outcome.
    pub status: Status,
    /// Why it is what it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The broken step that hides this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked_by: Option<u8>,
    /// Time spent on the wire for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// What was seen.
    pub evidence: Vec<StepEvidence>,
    /// What would settle an unknown step; for people, who find it in the reason too.
    #[serde(skip)]
    pub settle: Option<super::Provide>,
}

/// One sentence of evidence and where it comes from.
#[derive(Debug, Clone, Default, Serialize, PartialEq, Eq)]
pub struct StepEvidence {
    /// The machine that looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The host whose file named the peer.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub for_host: Option<String>,
    /// Who was asked, `host:port`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
    /// What was seen.
    pub text: String,
    /// What led to the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

impl StepEvidence {
    /// A sentence without a peer.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

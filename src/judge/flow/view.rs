//! What a step's evidence says, before findings are laid over it.

use crate::evidence::probe::Seen;
use crate::evidence::process::Service;
use crate::finding::{Status, StepEvidence};
use crate::judge::case::Case;

/// Pass, skipped or unknown; a step never fails without a finding, so there is no word for that here.
pub(crate) struct View {
    pub(crate) status: Status,
    pub(crate) reason: String,
    pub(crate) evidence: Vec<StepEvidence>,
    pub(crate) millis: Option<u64>,
}

impl View {
    fn new(status: Status, reason: impl Into<String>) -> Self {
        Self { status, reason: reason.into(), evidence: Vec::new(), millis: None }
    }

    /// Seen to work.
    pub(crate) fn pass(reason: impl Into<String>) -> Self {
        Self::new(Status::Pass, reason)
    }

    /// Not looked at; the reason names the input that would enable it.
    pub(crate) fn skipped(reason: impl Into<String>) -> Self {
        Self::new(Status::Skipped, reason)
    }

    /// Looked at and not to be told.
    pub(crate) fn unknown(reason: impl Into<String>) -> Self {
        Self::new(Status::Unknown, reason)
    }

    /// A step that lies in the past once a URL or a token is at hand, whatever came later.
    pub(crate) fn past(case: &Case, done: &str, otherwise: &str) -> Self {
        if case.handed_out() { Self::pass(done) } else { Self::skipped(otherwise) }
    }

    /// Adds a sentence of evidence.
    pub(crate) fn with(mut self, evidence: StepEvidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    /// Adds what became of every broker of the message bus that these services name.
    pub(crate) fn buses(mut self, case: &Case, services: &[Service]) -> Self {
        for seen in &case.evidence.buses {
            if seen.saw.seats.iter().any(|seat| services.contains(&seat.service)) {
                self = self.seen(seen, seen.saw.words());
            }
        }
        self
    }

    /// Adds what a probe saw, in words, and its time.
    pub(crate) fn seen<T>(mut self, seen: &Seen<T>, text: impl Into<String>) -> Self {
        self.millis = self.millis.max(Some(seen.millis));
        self.with(StepEvidence {
            from: Some(seen.from.clone()),
            for_host: seen.for_host.clone(),
            peer: Some(seen.peer.clone()),
            text: text.into(),
            because: seen.because.clone(),
        })
    }
}

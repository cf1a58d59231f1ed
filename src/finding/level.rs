//! The three scales of a judgement.

use serde::Serialize;

/// How bad a finding is for a console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is broken.
    Note,
    /// Breaks no console now, or only in circumstances that are not shown.
    Warning,
    /// Consoles do not open, or not always.
    Error,
}

/// How sure the evidence makes us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Another reading of the same evidence is open; the finding names what would settle it.
    Possible,
    /// The evidence fits nothing else that is known.
    Likely,
    /// Read from the file, the log or the wire itself.
    Certain,
}

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Seen to work.
    Pass,
    /// Works, with something worth mending.
    Warn,
    /// Broken.
    Fail,
    /// Not reached, because an earlier step is broken.
    Blocked,
    /// Not looked at, and why.
    Skipped,
    /// Looked at and not to be told.
    Unknown,
}

impl Severity {
    /// The word used in every format.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// `an error`, `a warning`.
    pub const fn with_article(self) -> &'static str {
        match self {
            Self::Note => "a note",
            Self::Warning => "a warning",
            Self::Error => "an error",
        }
    }
}

impl Confidence {
    /// The word used in every format.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}

impl Status {
    /// The word used in every format.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Blocked => "blocked",
            Self::Skipped => "skipped",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the step was judged at all, for better or worse.
    pub const fn judged(self) -> bool {
        matches!(self, Self::Pass | Self::Warn | Self::Fail)
    }
}

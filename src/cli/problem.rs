//! Why a verb could not do its work, in words for stderr.

use super::exit::Exit;
use crate::observe::Unable;
use crate::observe::discover::PathProblem;
use crate::observe::openstack::CloudProblem;
use thiserror::Error;

/// Bad usage, a bad input, or a defect.
#[derive(Debug, Error)]
pub enum Problem {
    /// An argument that cannot be meant.
    #[error("{0}")]
    Usage(String),
    /// A named input that cannot be opened or is not what it claims.
    #[error(transparent)]
    Input(#[from] PathProblem),
    /// Credentials, cloud or server as the user named them.
    #[error(transparent)]
    Cloud(#[from] CloudProblem),
    /// A bundle that is none.
    #[error("{path}: {what}")]
    Bundle {
        /// As given.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// The report cannot be written where the user wants it.
    #[error("cannot write {path}: {why}")]
    Write {
        /// As given.
        path: String,
        /// The operating system's words.
        why: String,
    },
    /// Ours.
    #[error("a defect of vncdoctor, please report it: {0}")]
    Defect(String),
}

impl Problem {
    /// A report that could not be written to `path`.
    pub(super) fn write(path: &str, error: &std::io::Error) -> Self {
        let words = error.to_string().to_lowercase();
        let why = words.split(" (os error").next().unwrap_or_default().to_owned();
        Self::Write { path: path.to_owned(), why }
    }

    /// The words for stderr: one line, whatever a path holds.
    pub fn line(&self) -> String {
        one_line(&self.to_string())
    }

    /// How the program ends for it.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Defect(_) => Exit::Defect,
            _ => Exit::Usage,
        }
    }
}

impl From<Unable> for Problem {
    fn from(unable: Unable) -> Self {
        match unable {
            Unable::Input(problem) => Self::Input(problem),
            Unable::Cloud(problem) => Self::Cloud(problem),
        }
    }
}

/// Text without line breaks and without what a terminal would obey.
pub(super) fn one_line(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

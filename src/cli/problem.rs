//! Why a verb could not do its work, in words for stderr.

use super::exit::Exit;
use crate::observe::discover::PathProblem;
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
    /// A bundle that is none.
    #[error("{path}: {what}")]
    Bundle {
        /// As given.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// The report cannot be written where the user wants it.
    #[error("cannot write {path}: {error}")]
    Write {
        /// As given.
        path: String,
        /// The operating system's words.
        error: std::io::Error,
    },
    /// Ours.
    #[error("defect of vncdoctor: {0}")]
    Defect(String),
}

impl Problem {
    /// How the program ends for it.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Defect(_) => Exit::Defect,
            _ => Exit::Usage,
        }
    }
}

//! Where nova's files live.

mod file;

pub(crate) use file::mtime;
pub use file::{MAX_FILE, PathProblem, open, read, walk};

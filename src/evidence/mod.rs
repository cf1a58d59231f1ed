//! What was seen: plain serde types, nothing decided.

pub mod log;
pub mod process;

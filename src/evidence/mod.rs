//! What was seen: plain serde types, nothing decided. A fact that was not seen is an absent key.

pub mod dial;
pub mod log;
pub mod memcached;
pub mod probe;
pub mod process;
pub mod stranger;

//! The eyes: every byte that crosses a wire or a disk. What they see is evidence, never an opinion.

pub mod dial;
pub mod discover;
mod excerpt;
pub mod limits;
pub mod logs;
pub mod memcached;
mod resolve;

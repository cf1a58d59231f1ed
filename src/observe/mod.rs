//! The eyes: every byte that crosses a wire or a disk. What they see is evidence, never an opinion.

pub mod dial;
pub mod discover;
mod excerpt;
pub mod limits;
pub mod listeners;
pub mod logs;
pub mod memcached;
pub mod packages;
pub mod process;
mod resolve;

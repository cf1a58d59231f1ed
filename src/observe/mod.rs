//! The eyes: every byte that crosses a wire or a disk comes in through here.

pub mod discover;
pub mod logs;

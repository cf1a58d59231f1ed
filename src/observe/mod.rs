//! The eyes: every byte that crosses a wire or a disk comes in through here.

pub mod discover;
pub mod listeners;
pub mod logs;
pub mod packages;
pub mod process;

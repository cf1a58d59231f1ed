//! The eyes: every byte that crosses a wire or a disk. What they see is evidence, never an opinion.

pub mod dial;
mod excerpt;
pub mod limits;
pub mod memcached;
pub mod page;
mod resolve;
pub mod rfb;
pub mod tls;
pub mod websocket;

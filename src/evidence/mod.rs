//! What was seen: plain serde types, nothing decided. A fact that was not seen is an absent key.

pub mod dial;
pub mod memcached;
pub mod page;
pub mod probe;
pub mod rfb;
pub mod stranger;
pub mod tls;
pub mod websocket;

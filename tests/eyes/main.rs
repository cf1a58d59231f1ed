//! The network eyes against real programs and against hostile peers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, missing_docs)]

#[path = "../fakes/mod.rs"]
mod fakes;
#[path = "../parts/mod.rs"]
mod parts;

mod memcached;
mod memcached_hostile;
mod page;
mod rfb;
mod tls;
mod websocket;
mod websocket_hostile;

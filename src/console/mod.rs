//! The domain's words: releases, tokens, console URLs, where a token is kept and what is kept.
//!
//! Plain data and pure functions, exact against nova, oslo.cache, dogpile.cache, python-memcached and pymemcache of
//! the release concerned. Nothing here does I/O, reads a clock or imports another room.

pub mod access_url;
pub mod cached_value;
pub mod connect_info;
pub mod memcached_ring;
pub mod microversion;
pub mod release;
pub mod token;
pub mod token_store;

//! What lies in memcached under a token's or an instance's key, read without executing anything.
//!
//! Writers of the eras: nova 2015.1 and 12 store bare JSON (flags 0); 13 to 19 a pickle of dogpile's `CachedValue` around
//! a JSON text (flags 1, protocol 0 from python-memcached, `v` 1); dogpile 1.x writes `v` 2, and pymemcache protocol 5.
//! Bit 8 of the flags is zlib, bit 16 text (python-memcached 1.59, pymemcache, pylibmc). Input, inflated size, number of
//! objects and depth are bounded; no clear token, ticket or password survives.

mod escapes;
mod expiry;
mod objects;
mod payload;
mod pickle;
#[cfg(test)]
mod tests;

pub use expiry::{Expiry, effective_ttl, expiry};

use serde::{Deserialize, Serialize};
use std::io::Read;
use thiserror::Error;

use super::connect_info::ConnectInfo;
use super::token::TokenPrint;

/// Largest value looked at, in bytes, before and after inflating. A token's entry has about 500.
pub const LIMIT: usize = 64 * 1024;

const FLAG_PICKLE: u32 = 1;
const FLAG_INTEGER: u32 = 1 << 1;
const FLAG_LONG: u32 = 1 << 2;
const FLAG_COMPRESSED: u32 = 1 << 3;
const FLAG_TEXT: u32 = 1 << 4;

/// A value of the cache, decoded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cached {
    /// How it was written.
    pub form: Form,
    /// Compressed with zlib.
    pub compressed: bool,
    /// Time of writing, seconds since 1970 by the writer's clock; absent in bare JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ct: Option<f64>,
    /// dogpile's version of the value: 1 up to 0.9, 2 from 1.0 on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub v: Option<i64>,
    /// What is in it.
    pub payload: Payload,
}

/// How a value was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Bare bytes or text (flags 0 or 16).
    Plain,
    /// A number (flags 2 or 4).
    Number,
    /// A pickle of this protocol, as it says itself; protocols 0 and 1 say nothing and count as 0.
    Pickle {
        /// 0, or 2 to 5.
        protocol: u8,
    },
}

/// What a value holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// A console token's connect_info.
    Console(Box<ConnectInfo>),
    /// The tokens of an instance.
    InstanceTokens(Vec<TokenPrint>),
    /// Anything else; another service's, or damaged.
    Other,
}

/// Why a value cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecodeProblem {
    /// Larger than [`LIMIT`], before or after inflating.
    #[error("the value is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// Flags that none of the libraries sets.
    #[error("the value has unknown flags {flags}")]
    UnknownFlags {
        /// All flags of the value.
        flags: u32,
    },
    /// Flag 8, but no zlib stream.
    #[error("the value is marked as compressed and is not")]
    BadCompression,
    /// The pickle ends before its end mark.
    #[error("the pickle is cut off")]
    Truncated,
    /// The pickle is wrong at this byte.
    #[error("the pickle is broken at byte {at}")]
    Broken {
        /// Offset of the instruction.
        at: usize,
    },
    /// An instruction that dogpile never writes (references to objects outside the value).
    #[error("the pickle has an instruction {opcode:#04x} that no cache writes, at byte {at}")]
    Opcode {
        /// The instruction.
        opcode: u8,
        /// Its offset.
        at: usize,
    },
}

/// Reads a value by its memcached flags.
///
/// # Errors
/// [`DecodeProblem`]; no input makes it panic, recurse or take more than linear time.
pub fn decode(flags: u32, bytes: &[u8]) -> Result<Cached, DecodeProblem> {
    const KNOWN: u32 = FLAG_PICKLE | FLAG_INTEGER | FLAG_LONG | FLAG_COMPRESSED | FLAG_TEXT;
    if bytes.len() > LIMIT {
        return Err(DecodeProblem::TooLarge { limit: LIMIT });
    }
    if flags & !KNOWN != 0 {
        return Err(DecodeProblem::UnknownFlags { flags });
    }
    let compressed = flags & FLAG_COMPRESSED != 0;
    let inflated = if compressed { Some(inflate(bytes)?) } else { None };
    let bytes = inflated.as_deref().unwrap_or(bytes);
    // the order in which python-memcached looks at them
    let kind = flags & !FLAG_COMPRESSED;
    let (form, ct, v, payload) = if kind == 0 || kind & FLAG_TEXT != 0 {
        (Form::Plain, None, None, payload::classify(bytes))
    } else if kind & (FLAG_INTEGER | FLAG_LONG) != 0 {
        (Form::Number, None, None, Payload::Other)
    } else {
        let pickled = pickle::read(bytes)?;
        let payload = pickled.text.as_deref().map_or(Payload::Other, payload::classify);
        let protocol = pickled.protocol;
        (Form::Pickle { protocol }, pickled.ct, pickled.v, payload)
    };
    Ok(Cached { form, compressed, ct, v, payload })
}

fn inflate(bytes: &[u8]) -> Result<Vec<u8>, DecodeProblem> {
    let mut inflated = Vec::new();
    let bound = u64::try_from(LIMIT).unwrap_or(u64::MAX).saturating_add(1);
    flate2::read::ZlibDecoder::new(bytes)
        .take(bound)
        .read_to_end(&mut inflated)
        .map_err(|_| DecodeProblem::BadCompression)?;
    if inflated.len() > LIMIT {
        return Err(DecodeProblem::TooLarge { limit: LIMIT });
    }
    Ok(inflated)
}

//! What a memcached node said: about itself, and about each key it was asked for.
//!
//! No token and no value is kept here. A key is named by its form, a value by its size, its flags and the facts that the
//! caller decodes from it.

use serde::{Deserialize, Serialize};

use super::dial::Dial;
use super::stranger::Stranger;

/// One conversation with one node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemcachedAnswer {
    /// The dial.
    pub dial: Dial,
    /// How the conversation went; absent where no connection was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conduct: Option<Conduct>,
    /// What the node said about itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<Node>,
    /// Each key, in the order asked; a key that the conversation never reached is absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeySeen>,
}

/// A node's own figures, from `version` and `stats`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// The release, as `version` gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Seconds since the process started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uptime: Option<u64>,
    /// The node's clock, in whole Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<i64>,
    /// The node's clock minus ours, in seconds. A node counts whole seconds, renewed once a second: an exact clock reads
    /// between -2 and 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_offset: Option<f64>,
    /// Items thrown out to make room, since the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evictions: Option<u64>,
    /// Items held now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curr_items: Option<u64>,
    /// Items ever stored, since the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_items: Option<u64>,
    /// Bytes in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Bytes permitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_maxbytes: Option<u64>,
    /// Look-ups, since the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cmd_get: Option<u64>,
    /// Look-ups that found something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub get_hits: Option<u64>,
    /// Writes, since the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cmd_set: Option<u64>,
    /// Times somebody emptied the node, since the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cmd_flush: Option<u64>,
    /// Connections open now, ours among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curr_connections: Option<u64>,
    /// Connections permitted (1.4.22 and newer).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_connections: Option<u64>,
    /// Times the node stopped accepting because every connection was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listen_disabled_num: Option<u64>,
}

/// How a conversation went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Conduct {
    /// Every question was answered in the protocol.
    Answered,
    /// The deadline passed while an answer was outstanding: a frozen process, an overloaded one, or one that drips.
    Silent {
        /// The question that was open: `version`, `stats` or `key`.
        waiting_for: String,
        /// The deadline of the whole conversation, in milliseconds.
        after_millis: u64,
        /// Bytes of the unfinished answer that had come.
        bytes: u64,
    },
    /// The node closed the connection.
    Closed {
        /// The question that was open.
        waiting_for: String,
        /// Bytes of the unfinished answer that had come; 0 is a bare close.
        bytes: u64,
        /// The operating system's own words, where it was a reset.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// The node wants a user name and password first.
    AuthRequired {
        /// The node's words.
        text: String,
    },
    /// Something else listens there.
    Stranger {
        /// What its first bytes are the mark of.
        protocol: Stranger,
        /// Those bytes, made printable and without secrets.
        first: String,
    },
    /// It calls itself memcached, or nothing known, and breaks the protocol.
    Broken {
        /// The question that was open.
        waiting_for: String,
        /// What is wrong with the answer.
        what: String,
        /// The start of the answer, made printable and without secrets.
        first: String,
    },
}

/// The form of a key on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyForm {
    /// The token itself (nova up to Liberty, and Mitaka with `[DEFAULT] memcached_servers`).
    Raw,
    /// Its SHA-1 in hex (`[cache]` from Mitaka to Stein: dogpile's key mangler).
    Sha1,
    /// Its SHA-256 in hex (the form of the cell database; never expected in memcached).
    Sha256,
}

/// One key and what the node holds under it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeySeen {
    /// The form of the key; the key itself is not kept.
    pub form: KeyForm,
    /// What the node holds.
    pub found: Found,
    /// What the value says, filled in by the caller that decoded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decoded: Option<serde_json::Value>,
}

/// What a node holds under a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Found {
    /// Nothing: never written, thrown out, expired, deleted, or on another node.
    Absent,
    /// A value.
    Present {
        /// The client's flags: 1 is a pickle (python-memcached), 0 text.
        flags: u32,
        /// The size of the value, in bytes.
        bytes: u64,
        /// Seconds until the node forgets it; -1 is never. Only from 1.6 on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ttl: Option<i64>,
        /// Seconds since somebody last read it (since it was written, if nobody did). Only from 1.6 on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last_access: Option<u64>,
        /// Whether anybody ever read it. Only from 1.6 on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fetched: Option<bool>,
    },
    /// A value that is larger than any token's; not read.
    TooLarge {
        /// The size the node announced.
        bytes: u64,
    },
    /// The node answered this key with an error of its own.
    Error {
        /// Its words, made printable and without secrets.
        text: String,
    },
}

//! The wrapper of every probe: who dialled whom, on whose word, when, how long it took, and what was seen.
//!
//! `from` and `for` may differ: a controller's file can name a peer that this machine dialled. What such a dial proves is
//! for a judgement to say; here both names are only kept.

use serde::{Deserialize, Serialize};

/// On whose behalf a probe is made: the part of [`Seen`] that is known before anything is dialled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Behalf {
    /// The machine that dials.
    pub from: String,
    /// The host whose file named the peer, where a file did.
    pub for_host: Option<String>,
    /// What led to the probe, in a few words.
    pub because: Option<String>,
}

/// One probe: its vantage, its peer, its time, and what came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen<T> {
    /// The machine that dialled.
    pub from: String,
    /// The host whose file named the peer.
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    pub for_host: Option<String>,
    /// The peer as it was dialled: `host:port`, an IPv6 address in brackets, or `unix:/path`.
    pub peer: String,
    /// What led to the probe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// When the probe began, in Unix seconds by the clock of `from`.
    pub began: f64,
    /// How long the whole probe took, in milliseconds.
    pub millis: u64,
    /// What was seen.
    pub saw: T,
}

impl<T> Seen<T> {
    /// The same probe with what was seen turned into something else.
    pub fn map<U>(self, turn: impl FnOnce(T) -> U) -> Seen<U> {
        Seen {
            from: self.from,
            for_host: self.for_host,
            peer: self.peer,
            because: self.because,
            began: self.began,
            millis: self.millis,
            saw: turn(self.saw),
        }
    }
}

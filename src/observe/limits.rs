//! How long a probe may wait. Every wait in `observe` ends by one of these.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::evidence::probe::{Behalf, Seen};

/// The two waits an operator can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For each dial (name and connection together) and each read.
    pub timeout: Duration,
    /// For silence after a 101, where the proxy checks the token and dials the VNC server.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(3), patience: Duration::from_secs(5) }
    }
}

impl Limits {
    /// A deadline one `timeout` from now.
    pub(crate) fn deadline(&self) -> Deadline {
        Deadline::after(self.timeout)
    }

    /// A deadline one `patience` from now.
    pub(crate) fn patience_deadline(&self) -> Deadline {
        Deadline::after(self.patience)
    }
}

/// A point in time that several waits share, and the length it was made from, for the words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    /// When it passes.
    pub(crate) at: Instant,
    /// Its whole length in milliseconds.
    pub(crate) millis: u64,
}

impl Deadline {
    pub(crate) fn after(length: Duration) -> Self {
        // A length beyond all clocks is a year: the addition must not overflow.
        let length = length.min(Duration::from_hours(366 * 24));
        Self { at: Instant::now() + length, millis: millis(length) }
    }

    /// `work` until the deadline; `None` when it passed first.
    pub(crate) async fn bound<F: Future>(&self, work: F) -> Option<F::Output> {
        tokio::time::timeout_at(self.at, work).await.ok()
    }
}

/// A length in whole milliseconds.
pub(crate) fn millis(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

/// Our clock, in Unix seconds, to the millisecond: finer fractions do not survive being saved as JSON, and a bundle must
/// load as what was saved.
pub(crate) fn unix_now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_millis() as f64 / 1000.0)
}

/// A probe's stop-watch: started before the dial, read when all is seen.
pub(crate) struct Watch {
    began: f64,
    started: Instant,
}

impl Watch {
    pub(crate) fn start() -> Self {
        Self { began: unix_now(), started: Instant::now() }
    }

    /// Milliseconds since the start.
    pub(crate) fn millis(&self) -> u64 {
        millis(self.started.elapsed())
    }

    /// Wraps what was seen of `peer` on somebody's behalf.
    pub(crate) fn seen<T>(&self, behalf: &Behalf, peer: String, saw: T) -> Seen<T> {
        Seen {
            from: behalf.from.clone(),
            for_host: behalf.for_host.clone(),
            peer,
            because: behalf.because.clone(),
            began: self.began,
            millis: self.millis(),
            saw,
        }
    }
}

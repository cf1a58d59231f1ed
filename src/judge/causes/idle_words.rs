//! What became of a session that was kept quiet on purpose.

use crate::evidence::websocket::IdleEnd;
use crate::judge::case::{Case, HostView, ttl};

/// How far a measured time may lie from the one that was set, in seconds: a busy machine and a coarse clock.
const SLACK: f64 = 1.5;

/// Idle times that people write, in seconds.
const ROUND: [f64; 16] =
    [10.0, 15.0, 20.0, 30.0, 45.0, 50.0, 60.0, 75.0, 90.0, 100.0, 120.0, 180.0, 240.0, 300.0, 350.0, 900.0];

/// A quiet session that did not live as long as it was to.
pub(super) struct Cut {
    pub(super) peer: String,
    from: String,
    /// After how long, in seconds from the last byte.
    pub(super) seconds: f64,
    /// When its token expired, as `enforce_session_timeout` has it.
    pub(super) at_expiry: bool,
    end: &'static str,
}

impl Cut {
    /// Whether a time that is set somewhere is the one that was measured.
    pub(super) fn fits(&self, seconds: f64) -> bool {
        (self.seconds - seconds).abs() <= SLACK
    }

    /// The round time that it fits.
    pub(super) fn round(&self) -> Option<f64> {
        let hours = (600.0..=86_400.0).contains(&self.seconds).then(|| (self.seconds / 300.0).round() * 300.0);
        ROUND.into_iter().chain(hours).find(|round| self.fits(*round))
    }

    /// In words: the round time, else what was measured.
    pub(super) fn length(&self) -> String {
        self.round().map_or_else(|| format!("{:.1} s", self.seconds), |round| format!("{round:.0} s"))
    }

    /// What was seen.
    pub(super) fn words(&self) -> String {
        format!("a session kept quiet from {} ended after {:.1} s {}", self.from, self.seconds, self.end)
    }
}

/// The quiet session of this run, if it was cut.
pub(super) fn cut(case: &Case) -> Option<Cut> {
    let (seen, idle) = case.evidence.upgrades.iter().rev().find_map(|seen| Some((seen, seen.saw.idle.as_ref()?)))?;
    let end = match idle.end {
        IdleEnd::Alive => return None,
        IdleEnd::Closed => "without a close frame (a browser shows 1006)",
        IdleEnd::CloseFrame { .. } => "with a close frame",
        IdleEnd::Broken => "in what is no WebSocket",
    };
    let seconds = idle.millis as f64 / 1000.0;
    let ended = seen.began + seen.millis as f64 / 1000.0;
    let at_expiry = expiry(case).is_some_and(|expiry| (ended - expiry).abs() <= 2.0 * SLACK);
    Some(Cut { peer: seen.peer.clone(), from: seen.from.clone(), seconds, at_expiry, end })
}

/// When the token ends: Unix seconds, as far as the store and the options tell.
pub(super) fn expiry(case: &Case) -> Option<f64> {
    if let Some((_, row)) = case.row() {
        return Some(row.expires as f64);
    }
    let written = case.token.as_ref()?.written()?;
    let length = case.hosts.iter().find_map(|host: &HostView| ttl(host, case.releases.newest()))?;
    Some(written + length as f64)
}

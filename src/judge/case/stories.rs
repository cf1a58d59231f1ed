//! What became of each token in the logs: which nova-consoleauth took it, and which knew it when asked.
//!
//! Only tokens that a log shows being received have a story: one that nobody was seen to take may be of another cloud,
//! mistyped, or older than the logs. Releases that mask the token in `Checking that token is known` leave none.

use super::sessions::{SessionView, lines};
use crate::evidence::Evidence;
use crate::evidence::host::Host;
use crate::evidence::log::{Event, Failure, LogFile};

/// Seconds by which the clocks of two controllers may differ before a time of the one says nothing to the other.
const SKEW: f64 = 5.0;

/// One token's.
pub(crate) struct Story<'e> {
    /// sha256 of the token.
    pub(crate) token: String,
    /// The host whose nova-consoleauth took it, and where its log says so.
    pub(crate) taker: (&'e Host, &'e LogFile, u32),
    /// When, by that host's clock.
    pub(crate) received: Option<f64>,
    /// Each time a nova-consoleauth was asked, oldest first.
    pub(crate) checks: Vec<Check<'e>>,
    /// A proxy refused it.
    pub(crate) refused: bool,
    /// When, by the proxies' clocks.
    refusals: Vec<f64>,
    /// Of these, those of the taker's own clock.
    own_refusals: Vec<f64>,
}

/// One question and its answer.
pub(crate) struct Check<'e> {
    pub(crate) host: &'e Host,
    pub(crate) at: Option<f64>,
    pub(crate) known: bool,
}

/// How a story ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fate {
    /// Whoever was asked knew it, or nobody was asked.
    Known,
    /// The host that took it knows it, or was not asked; no other does.
    TakerAlone,
    /// Some know it and some do not.
    Parted,
    /// Not even the host that took it knows it; asked so many seconds after.
    Lost(Option<f64>),
    /// It was unknown only after its time; so many seconds after.
    Late(f64),
}

impl Story<'_> {
    /// How it ends, given the life of a token in seconds.
    pub(crate) fn fate(&self, life: f64) -> Fate {
        let age = |check: &Check| self.age(check, life);
        let in_time: Vec<&Check> =
            self.checks.iter().filter(|check| age(check).is_none_or(|seconds| seconds <= life)).collect();
        let late = || {
            let after = self.checks.iter().filter(|check| !check.known).filter_map(age).find(|seconds| *seconds > life);
            after.map_or(Fate::Known, Fate::Late)
        };
        if in_time.is_empty() {
            return late();
        }
        // a host's newest answer counts: a token that was known and is not any more is lost
        let mut newest: Vec<&Check> = Vec::new();
        for check in in_time.iter().rev() {
            if !newest.iter().any(|other| other.host.name == check.host.name) {
                newest.push(check);
            }
        }
        let taker = newest.iter().find(|check| check.host.name == self.taker.0.name);
        let knowing = newest.iter().filter(|check| check.known).count();
        match taker {
            _ if knowing == newest.len() => late(),
            Some(taker) if !taker.known && knowing == 0 => {
                Fate::Lost(in_time.iter().find(|check| !check.known).and_then(|check| age(check)))
            }
            Some(taker) if taker.known && knowing == 1 => Fate::TakerAlone,
            None if knowing == 0 => Fate::TakerAlone,
            _ => Fate::Parted,
        }
    }

    /// How old the token was when it was asked for, as far as clocks tell. Another host's clock may be of another time or zone:
    /// nobody asks for a token before it is made, and none that a proxy refused in its time was asked for after it.
    fn age(&self, check: &Check, life: f64) -> Option<f64> {
        let received = self.received?;
        let seconds = check.at? - received;
        let foreign = check.host.name != self.taker.0.name;
        if let Some(late) = self.refused_late(life).filter(|_| foreign && !check.known && !self.by_a_refusal(check)) {
            return Some(late);
        }
        let in_time = |at: &f64| self.in_time(*at, life);
        let by_proxies = !self.refusals.is_empty() && self.refusals.iter().all(in_time);
        let differs = seconds < -SKEW || seconds > life && by_proxies;
        (check.host.name == self.taker.0.name || !differs).then_some(seconds)
    }

    fn in_time(&self, at: f64, life: f64) -> bool {
        self.received.is_some_and(|received| at >= received - SKEW && at <= received + life)
    }

    /// Proxies of the taker's own clock refused it after its time, as often as it was unknown: then another host's clock that
    /// says otherwise is behind.
    fn refused_late(&self, life: f64) -> Option<f64> {
        let received = self.received?;
        let unknown = self.checks.iter().filter(|check| !check.known).count();
        let late = self.own_refusals.iter().all(|at| *at > received + life) && self.own_refusals.len() >= unknown;
        self.own_refusals.first().filter(|_| late).map(|at| at - received)
    }

    /// The clock of a check is near that of a proxy that refused the token at that time.
    fn by_a_refusal(&self, check: &Check) -> bool {
        check.at.is_some_and(|at| self.refusals.iter().any(|refusal| (at - refusal).abs() <= SKEW))
    }

    /// Some clock that can be used says that it was unknown within its time.
    pub(crate) fn surely_in_time(&self, life: f64) -> bool {
        let told = |check: &Check| !check.known && self.age(check, life).is_some_and(|seconds| seconds <= life);
        self.refusals.iter().any(|at| self.in_time(*at, life)) || self.checks.iter().any(told)
    }

    /// A host that did not take it knew it.
    pub(crate) fn known_elsewhere(&self) -> bool {
        self.checks.iter().any(|check| check.known && check.host.name != self.taker.0.name)
    }
}

/// The stories of the token that was asked about, else of every recent one, oldest first.
pub(super) fn stories<'e>(evidence: &'e Evidence, sessions: &[SessionView]) -> Vec<Story<'e>> {
    let asked = evidence.target.token.as_ref();
    let newest = lines(evidence).filter_map(|(.., line)| line.at).max_by(f64::total_cmp);
    let mut found: Vec<Story> = Vec::new();
    for (host, log, line) in lines(evidence) {
        let (Event::TokenReceived { .. }, Some(token)) = (&line.event, &line.token) else { continue };
        let of_target = asked.is_none_or(|asked| asked.sha256 == token.sha256);
        let recent =
            asked.is_some() || newest.zip(line.at).is_none_or(|(newest, at)| newest - at < super::sessions::RECENT);
        if !of_target || !recent || found.iter().any(|story| story.token == token.sha256) {
            continue;
        }
        found.push(Story {
            token: token.sha256.clone(),
            taker: (host, log, line.line),
            received: line.at,
            checks: Vec::new(),
            refused: false,
            refusals: Vec::new(),
            own_refusals: Vec::new(),
        });
    }
    for (host, _, line) in lines(evidence) {
        let (Event::TokenChecked { known }, Some(token)) = (&line.event, &line.token) else { continue };
        let Some(story) = found.iter_mut().find(|story| story.token == token.sha256) else { continue };
        // of one host, a line before that is of another time
        let other = host.name != story.taker.0.name;
        if other || line.at.zip(story.received).is_none_or(|(at, received)| at >= received - SKEW) {
            story.checks.push(Check { host, at: line.at, known: *known });
        }
    }
    for story in &mut found {
        story.checks.sort_by(|a, b| a.at.unwrap_or_default().total_cmp(&b.at.unwrap_or_default()));
        let is_refused = |view: &&SessionView| {
            matches!(view.failure(), Some(Failure::TokenInvalid { .. }))
                && view.session.token.as_ref().is_some_and(|seen| seen.sha256 == story.token)
        };
        let refused: Vec<&SessionView> = sessions.iter().filter(is_refused).collect();
        let taker = &story.taker.0.name;
        let own = refused.iter().filter(|view| view.host.name == *taker);
        story.own_refusals = own.filter_map(|view| view.session.started).collect();
        story.refusals = refused.iter().filter_map(|view| view.session.started).collect();
        story.refused = !refused.is_empty();
    }
    found.sort_by(|a, b| a.received.unwrap_or_default().total_cmp(&b.received.unwrap_or_default()));
    found
}

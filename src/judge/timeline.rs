//! Every probe of the run in the order of its beginning: who was asked what, when, and for how long.

use super::case::api::words;
use crate::evidence::Evidence;
use crate::evidence::probe::Seen;
use crate::finding::Moment;

/// The probes of one vantage and time; those out of older bundles began before this run and stay out.
pub(super) fn timeline(evidence: &Evidence) -> Vec<Moment> {
    let began = evidence.began;
    let mut moments: Vec<Moment> = Vec::new();
    add(&mut moments, began, evidence.memcached.iter(), |_| "memcached".to_owned());
    add(&mut moments, began, evidence.databases.iter(), |_| "database".to_owned());
    add(&mut moments, began, evidence.pages.iter(), |page| format!("GET {}", page.path));
    add(&mut moments, began, evidence.upgrades.iter(), |upgrade| {
        let origin = if upgrade.asked.origin.is_some() { "with" } else { "without" };
        format!("websocket, {origin} Origin")
    });
    add(&mut moments, began, evidence.vnc.iter(), |_| "VNC server".to_owned());
    add(&mut moments, began, evidence.api.iter().flat_map(|api| &api.exchanges), words);
    moments.sort_by_key(|moment| (moment.after, moment.millis));
    moments
}

fn add<'s, T: 's>(
    moments: &mut Vec<Moment>,
    began: f64,
    seen: impl Iterator<Item = &'s Seen<T>>,
    what: impl Fn(&T) -> String,
) {
    // clocks are kept to the millisecond, so that the first probe may seem to begin before the run
    moments.extend(seen.filter(|seen| seen.began >= began - 0.01).map(|seen| Moment {
        after: ((seen.began - began).max(0.0) * 1000.0) as u64,
        millis: seen.millis,
        peer: seen.peer.clone(),
        what: what(&seen.saw),
    }));
}

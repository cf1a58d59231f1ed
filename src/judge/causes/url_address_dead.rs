//! The console URL's name stands for several addresses, and one of them does not answer.

use super::Cause;
use crate::evidence::dial::{Address, Dial, DialOutcome, Reach};
use crate::evidence::site::host_of;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "url-address-dead",
    home: 12,
    releases: "12-34",
    severity: Severity::Warning,
    field: &["C1"],
    title: "an address of the console URL's name does not answer",
    needs: &[Need::Token, Need::Probe],
    symptoms: &[],
    explanation: "\
A name may stand for several addresses: one for each balancer, the old virtual address beside the new one. A browser takes them
in the order that the name server gives, which changes from one user to the next. Where the first one drops its packets the browser waits
until its system gives up (about 20 s on Windows, two minutes on Linux) before it takes the second: the console's frame stays white,
for some users, at times. An address that refuses costs nothing, as the browser takes the next at once. An IPv6 address that is
dead beside a living IPv4 one costs a fraction of a second (RFC 8305), and is not told.

Take the dead address out of the name, or bring up what is to answer there.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let pages = case.pages().map(|seen| (seen.peer.as_str(), &seen.saw.dial));
    let upgrades = case.upgrades().map(|seen| (seen.peer.as_str(), &seen.saw.dial));
    let dials: Vec<(&str, &Dial)> = pages.chain(upgrades).filter(|(_, dial)| dial.resolve_millis.is_some()).collect();
    let Some((peer, first)) = dials.iter().find(|(_, dial)| dial.connected()) else { return Vec::new() };
    // of the same family as one that answers: between families browsers do not wait
    let answers = |ip: &str| again(case, ip).chain(dials.iter().map(|(_, dial)| *dial)).any(|dial| reached(dial, ip));
    let living: Vec<&Address> = first.addresses.iter().filter(|address| answers(&address.ip)).collect();
    let dead = first
        .addresses
        .iter()
        .filter(|address| !answers(&address.ip) && living.iter().any(|other| other.family == address.family));
    dead.filter_map(|address| Some(finding(peer, address, worst(case, address)?, living.first()?))).collect()
}

/// Dials of this single address, in place of the name.
fn again<'e>(case: &Case<'e>, ip: &str) -> impl Iterator<Item = &'e Dial> {
    case.side_upgrades().filter(move |seen| host_of(&seen.peer) == ip).map(|seen| &seen.saw.dial)
}

/// Whether a dial connected to this very address.
fn reached(dial: &Dial, ip: &str) -> bool {
    let here = |outcome: &DialOutcome| matches!(outcome, DialOutcome::Connected { ip: taken } if taken == ip);
    here(&dial.outcome) || dial.addresses.iter().any(|address| here(&address.outcome))
}

/// What became of an address that did not answer, given all the time there was.
fn worst<'c>(case: &Case<'c>, address: &'c Address) -> Option<&'c DialOutcome> {
    let told = |outcome: &&DialOutcome| {
        matches!(
            outcome,
            DialOutcome::TimedOut { .. } | DialOutcome::Refused | DialOutcome::Unreachable { what: Reach::Host }
        )
    };
    let later = again(case, &address.ip).map(|dial| &dial.outcome).find(told);
    later.or(Some(&address.outcome).filter(told))
}

fn finding(peer: &str, address: &Address, outcome: &DialOutcome, living: &Address) -> Finding {
    let (name, ip) = (host_of(peer), &address.ip);
    let waits = matches!(outcome, DialOutcome::TimedOut { .. });
    let why = if waits { "browsers that take it first wait for it" } else { "browsers lose a moment there" };
    let message = format!("{name} stands for {ip} too, which is not reached: {}; {why}", outcome.words());
    let draft = if waits { Draft::warning(&META, message) } else { Draft::note(&META, message) };
    draft
        .likely()
        .seen(format!("{peer} is reached at {}", living.ip))
        .remedy(
            Remedy::new(format!("take {ip} out of {name}, or bring up what is to answer there"))
                .command(format!("getent ahosts {name}"))
                .verify("vncdoctor check --url 'THE URL' again"),
        )
        .done()
}

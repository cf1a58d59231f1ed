//! Hosts that decide how long a token lives do not agree.

use super::Cause;
use super::console_words::placed;
use super::token_ttl_misplaced::reader;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::oslo::config::Setting;
use std::sync::Arc;

const META: CauseMeta = CauseMeta {
    id: "token-ttl-differs",
    home: 7,
    releases: "15-34",
    severity: Severity::Warning,
    field: &["A9"],
    title: "hosts give console tokens different lives",
    needs: &[Need::Config],
    symptoms: &[Symptom::Alternates],
    explanation: "\
Up to Queens (17) each nova-consoleauth compares a token's age with its own `[consoleauth] token_ttl`, whoever took the token
(nova/consoleauth/manager.py over dogpile's expiration time): a token may be expired for one controller and good for the other.
From Rocky (18) on the nova-compute of the instance writes the end of the token's life, by its own value
(nova/compute/manager.py, get_vnc_console): URLs live as long as their node has it.

Give every host of the service the same value.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let Some(reader) = reader(case) else { return Vec::new() };
    let read: Vec<(&HostView, Arc<Setting>, i64)> = case
        .running(reader, Basis::Guessed)
        .into_iter()
        .filter_map(|host| {
            let config = host.config(reader, case.releases.newest())?;
            Some((host, config.get("consoleauth", "token_ttl"), config.int("consoleauth", "token_ttl")?))
        })
        .collect();
    let friends = |ttl: i64| read.iter().filter(|(.., other)| *other == ttl).count();
    let Some((usual, line, ttl)) = read.iter().rev().max_by_key(|(.., ttl)| friends(*ttl)) else { return Vec::new() };
    let Some((odd, setting, other)) = read.iter().find(|(.., other)| other != ttl) else { return Vec::new() };
    let message = format!(
        "console tokens live {other} s by {} on {}, and {ttl} s on {}",
        reader.program(),
        odd.name(),
        usual.name()
    );
    // where it stands at all: a line is mended, or copied
    let (here, line) = if setting.is_set() { (odd, setting) } else { (usual, line) };
    let there = if std::ptr::eq(here.host, odd.host) { usual } else { odd };
    let draft = Draft::warning(&META, message)
        .likely()
        .releases(Case::span(&case.releases.candidates))
        .host(here.host)
        .service(reader)
        .also_host(there.host, "has another value")
        .remedy(
            Remedy::new(format!(
                "give [consoleauth] token_ttl the same value on every host that runs {}",
                reader.program()
            ))
            .restart(reader.program()),
        );
    vec![placed(draft, here, reader, line).done()]
}

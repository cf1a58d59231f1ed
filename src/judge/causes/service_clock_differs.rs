//! The clock of a host that checks tokens is not this machine's.

use super::Cause;
use crate::evidence::host::Host;
use crate::evidence::log::{LogEvent, LogFile};
use crate::evidence::process::Service;
use crate::evidence::site::host_of;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, lines};
use crate::judge::find::Draft;
use crate::judge::words::{age, on};

const META: CauseMeta = CauseMeta {
    id: "service-clock-differs",
    home: 14,
    releases: "15-34",
    severity: Severity::Error,
    field: &["A9"],
    title: "the clock of a host that checks tokens is off",
    needs: &[Need::Credentials, Need::Logs],
    symptoms: &[],
    explanation: "\
From Rocky (18) on nova-novncproxy compares the end of a token with the time of its own host: ahead by token_ttl, it takes every token for
expired (nova/objects/console_auth_token.py, validate). Up to Queens (17) a nova-consoleauth compares the time at which a token was
written, by the host of whichever nova-consoleauth took it, with its own (dogpile.cache's expiration time).

A log alone tells nothing of a clock: its lines may be old, and mostly name no time zone. So only lines about a token that was made in
this very run (`--server` with `--log`) are held against this machine's clock, and a difference that a time zone may be is left
alone. memcached tells its time too, but counts on from the time at its start: it shows a clock that was off then or is off now, and
breaks nothing by itself.

Let chrony or ntpd run on every host.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// Less is no matter, in seconds.
const NEAR: f64 = 30.0;
/// More may be a time zone, where a stamp names none: zones lie a quarter of an hour apart.
const WITHIN_ZONE: f64 = 900.0 - NEAR;
/// Last release whose tokens lie in memcached alone.
const LAST_CACHED: u16 = 17;

/// A host whose clock differs, by a line of its log.
struct Off<'e> {
    host: &'e Host,
    log: &'e LogFile,
    line: &'e LogEvent,
    service: Service,
    /// Its clock minus ours in seconds, at least.
    by: f64,
}

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let mut found: Vec<Finding> = off(case).iter().filter_map(|off| told(case, off)).collect();
    // who is behind: nova-conductor or everybody
    if before.iter().any(|finding| finding.cause == "conductor-clock-differs") {
        for finding in &mut found {
            finding.severity = finding.severity.min(Severity::Warning);
        }
    }
    if found.is_empty() { cached(case).into_iter().collect() } else { found }
}

/// Every host that wrote of this run's own token at a time at which there was none, once for each service.
fn off<'e>(case: &Case<'e>) -> Vec<Off<'e>> {
    let evidence = case.evidence;
    let Some(asked) = case.console_asked().filter(|_| case.asks_server()) else { return Vec::new() };
    let Some(token) = &evidence.target.token else { return Vec::new() };
    let mut found: Vec<Off> = Vec::new();
    for (host, log, line) in lines(evidence) {
        let own = line.token.as_ref().is_some_and(|seen| seen.sha256 == token.sha256);
        let (Some(at), Some(service)) = (line.at.filter(|_| own), line.service) else { continue };
        // 0 for a line that was written in time: then the clock is right
        let by = if at > evidence.ended { at - evidence.ended } else { (at - asked.began).min(0.0) };
        match found.iter_mut().find(|off| std::ptr::eq(off.host, host) && off.service == service) {
            Some(known) if known.by.abs() <= by.abs() => {}
            Some(known) => *known = Off { host, log, line, service, by },
            None => found.push(Off { host, log, line, service, by }),
        }
    }
    found.retain(|off| off.by.abs() >= NEAR && (off.line.zone_known || off.by.abs() <= WITHIN_ZONE));
    found
}

fn told(case: &Case, off: &Off) -> Option<Finding> {
    let newest = case.releases.newest();
    let (severity, what) = match off.service {
        Service::Novncproxy if newest <= LAST_CACHED => return None,
        Service::Novncproxy if off.by < 0.0 => (Severity::Note, "tokens live that much longer for it".to_owned()),
        Service::Novncproxy => match case.row() {
            Some((_, row)) if row.expires as f64 <= case.evidence.ended + off.by => {
                let life = row.created.map(|created| format!(" of {}", age((row.expires - created) as f64)));
                (Severity::Error, format!("a token{} is expired for it at once", life.unwrap_or_default()))
            }
            _ => (Severity::Warning, "tokens end that much earlier for it".to_owned()),
        },
        Service::Consoleauth => (Severity::Warning, "it counts the age of tokens by that clock".to_owned()),
        _ => return None,
    };
    let name = on(&off.host.name);
    let side = if off.by < 0.0 { "behind" } else { "ahead of" };
    let message =
        format!("the clock of {}{name} is {} {side} this machine's: {what}", off.service.program(), age(off.by.abs()));
    let draft = Draft::new(&META, severity, message)
        .host(off.host)
        .service(off.service)
        .at_line(&off.log.path, off.line.line)
        .seen("the line is about the token that this run was given, and was written while it ran");
    let draft = match agrees(case, off.by) {
        Some(peer) => draft.possible().seen(format!("the clock of {peer} differs as much: this machine's may be off")),
        None => draft.likely(),
    };
    Some(draft.remedy(remedy()).done())
}

/// Who else differs from this machine by as much.
fn agrees(case: &Case, by: f64) -> Option<String> {
    let databases = case.evidence.databases.iter().filter_map(|seen| {
        let offset = seen.saw.server.as_ref()?.clock_offset?;
        Some((&seen.peer, offset))
    });
    let nodes =
        case.evidence.memcached.iter().filter_map(|seen| Some((&seen.peer, seen.saw.node.as_ref()?.clock_offset?)));
    let mut all = databases.chain(nodes);
    all.find(|(_, offset)| (offset - by).abs() < NEAR).map(|(peer, _)| peer.clone())
}

/// memcached on the host of a nova-consoleauth, where tokens lie in memcached alone.
fn cached(case: &Case) -> Option<Finding> {
    if case.releases.newest() > LAST_CACHED {
        return None;
    }
    let hosts = || case.stores.iter().map(|store| &case.hosts[store.host]);
    let (host, seen, offset) = case.evidence.memcached.iter().find_map(|seen| {
        let offset = seen.saw.node.as_ref()?.clock_offset.filter(|offset| offset.abs() > NEAR)?;
        let peer = host_of(&seen.peer).to_lowercase();
        let host = hosts().find(|host| host.own_names.contains(&peer))?;
        Some((host, seen, offset))
    })?;
    let side = if offset < 0.0 { "behind" } else { "ahead of" };
    let message = format!(
        "memcached on {} is {} {side} this machine's clock, by which nova-consoleauth there may count the age of tokens",
        host.name(),
        age(offset.abs())
    );
    let draft = Draft::note(&META, message).possible().host(host.host).service(Service::Consoleauth);
    let draft =
        draft.seen(format!("{} counts on from the time at its start: the clock may have been set since", seen.peer));
    Some(draft.remedy(remedy()).done())
}

fn remedy() -> Remedy {
    Remedy::new("let chrony or ntpd set the clock of every controller and of the console proxies")
        .command("chronyc tracking; timedatectl")
        .verify("vncdoctor check --server NAME again, with the same --log")
}

//! The console URL names a port at which the balancer does not listen, or behind which it has something else.

use super::Cause;
use super::balancer_words::{ConsoleDoor, console_doors, console_urls, every_door, passed_through, quoted};
use super::console_words::{authority, proxies};
use super::wire_words::{url_refused, url_unreached};
use crate::console::access_url::AccessUrl;
use crate::evidence::site::roles::Basis;
use crate::evidence::site::{is_loopback, is_wildcard};
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "balancer-port-unbound",
    home: 12,
    releases: "15-34",
    severity: Severity::Error,
    field: &["C2"],
    title: "the balancer does not listen for consoles at the console URL's port",
    needs: &[Need::Config],
    symptoms: &[],
    explanation: "\
Browsers go to the host and port of `[vnc] novncproxy_base_url`. Where a balancer stands there, its file needs a frontend, or a
server block, that listens at this very port and leads to nova-novncproxy. A port that was changed on one side alone is refused; one that
belongs to another service, the dashboard's 443 for example, answers with that service's page or 404.

Give both the same port: `bind` of the balancer and novncproxy_base_url of every compute node. Something before the balancer that
translates ports, or a second balancer, may make it right as it is.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let consoles: Vec<ConsoleDoor> = console_doors(case).into_iter().filter(|door| door.sure).collect();
    let reached =
        case.pages().any(|seen| seen.saw.dial.connected()) || case.upgrades().any(|seen| seen.saw.dial.connected());
    if consoles.is_empty() || passed_through(case) || reached {
        return Vec::new();
    }
    let urls = console_urls(case);
    let lost = urls.iter().find(|url| !direct(case, url) && !consoles.iter().any(|door| door.takes(url)));
    lost.and_then(|url| finding(case, url, &consoles)).into_iter().collect()
}

/// It may lead to a proxy itself, and so past every balancer.
fn direct(case: &Case, url: &AccessUrl) -> bool {
    let of_proxy =
        |config: &crate::oslo::config::Config| config.int("vnc", "novncproxy_port") == Some(i64::from(url.port));
    is_loopback(&url.host)
        || is_wildcard(&url.host)
        || proxies(case, Basis::Maybe)
            .iter()
            .any(|(host, config)| of_proxy(config) || host.own_names.contains(&url.host.to_lowercase()))
}

fn finding(case: &Case, url: &AccessUrl, consoles: &[ConsoleDoor]) -> Option<Finding> {
    // only a balancer that has the URL's host for certain: by a bind, or by its own name
    let here = |door: &&ConsoleDoor| {
        let bound = door.door.binds.iter().any(|bind| bind.host.eq_ignore_ascii_case(&url.host));
        bound || door.host.own_names.contains(&url.host.to_lowercase())
    };
    let strict = consoles.iter().find(here);
    let door = strict.or(consoles.first())?;
    let bind = door.door.binds.first()?;
    let place = authority(&url.host, url.port);
    let other = taken(case, url);
    let what = match &other {
        Some(name) => {
            format!("{} has {name} there, and takes consoles at port {}", door.who(), ports(bind.ports))
        }
        None => format!("{} does not listen there, it takes consoles at port {}", door.who(), ports(bind.ports)),
    };
    let dialled = url_refused(case).or_else(|| url_unreached(case)).filter(|dial| dial.given);
    let (severity, confidence) = match (&dialled, strict.is_some()) {
        (Some(_), true) => (Severity::Error, Confidence::Likely),
        (Some(_), false) => (Severity::Error, Confidence::Possible),
        (None, true) => (Severity::Warning, Confidence::Likely),
        (None, false) => (Severity::Note, Confidence::Possible),
    };
    let draft = Draft::new(&META, severity, format!("the console URL leads to {place}: {what}"))
        .confidence(confidence)
        .seen(format!("{}:{}: {}", door.path(bind.at), bind.at.directive.line, quoted(bind.at.directive)))
        .seen_too(dialled.map(|dial| format!("{place} dialled from {}: {}", dial.from, dial.words)))
        .seen("right only where nothing before the balancer translates ports");
    let remedy = Remedy::new(format!(
        "let the balancer listen for consoles at {}, or write port {} into novncproxy_base_url of every compute node",
        url.port,
        ports(bind.ports)
    ))
    .command(format!("ss -ltnp 'sport = :{}' (on the balancer)", url.port))
    .verify("vncdoctor check --url 'A NEW URL'");
    Some(door.at(draft, bind.at).remedy(remedy).done())
}

/// The name of what else listens at the URL's port, by the same files.
fn taken(case: &Case, url: &AccessUrl) -> Option<String> {
    let all = case.hosts.iter().flat_map(every_door);
    let mut taken = all.filter(|door| door.binds.iter().any(|bind| bind.takes(url.port)));
    taken.next().map(|door| door.name)
}

/// `6080`, `6080-6090`.
fn ports((first, last): (u16, u16)) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

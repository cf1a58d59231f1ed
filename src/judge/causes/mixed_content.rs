//! An http console within an https dashboard, which browsers block: a part of `scheme-mismatch`.

use super::balancer_words::{console_doors, console_urls, every_door};
use super::console_words::{base_urls, compute_remedy, placed};
use crate::balancer::Door;
use crate::console::access_url::AccessUrl;
use crate::evidence::process::Service;
use crate::evidence::site::is_loopback;
use crate::finding::{CauseMeta, Finding, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

/// What shows that the dashboard is https.
struct Secure {
    words: String,
    severity: Severity,
}

pub(super) fn detect(case: &Case, meta: &CauseMeta) -> Option<Finding> {
    // browsers trust loopback as they do https (W3C Mixed Content, "potentially trustworthy")
    let plain = |url: &&AccessUrl| !url.scheme.is_secure() && !is_loopback(&url.host);
    let urls = console_urls(case);
    let url = urls.iter().find(plain)?;
    // sent on to https, which has a cause of its own
    if console_doors(case).iter().any(|door| door.door.to_https.is_some() && door.takes(url)) {
        return None;
    }
    let secure = by_balancer(case).or_else(|| by_catalogue(case))?;
    let message = format!(
        "console URLs are http ({}:{}) and the dashboard is https: browsers block the console in its frame",
        url.host, url.port
    );
    let draft = Draft::new(meta, secure.severity, message)
        .possible()
        .service(Service::Compute)
        .seen(secure.words)
        .seen("opened in a window of its own the same URL works");
    let base = base_urls(case).into_iter().find(|base| plain(&base.url));
    let draft = match &base {
        Some(base) => placed(draft.host(base.host.host), base.host, Service::Compute, base.setting),
        None => draft,
    };
    let remedy = compute_remedy(
        "let TLS end at the console's port too, and write https:// into [vnc] novncproxy_base_url of the compute nodes",
    );
    Some(draft.remedy(remedy).done())
}

/// A balancer takes the dashboard in TLS alone.
fn by_balancer(case: &Case) -> Option<Secure> {
    case.hosts.iter().find_map(|host| {
        let all = every_door(host);
        let open: Vec<&Door> = all.iter().filter(|door| is_dashboard(door)).collect();
        // plain binds that send everything on to https lead nobody there in plain
        let serves = |door: &&&Door| door.to_https.is_none();
        let secure = open.iter().any(|door| door.binds.iter().any(|bind| bind.tls));
        let plain = open.iter().filter(serves).any(|door| door.binds.iter().any(|bind| !bind.tls));
        let name = &open.first()?.name;
        (secure && !plain).then(|| Secure {
            words: format!("{}'s {name} takes the dashboard in TLS alone", host.name()),
            severity: Severity::Warning,
        })
    })
}

fn is_dashboard(door: &Door) -> bool {
    door.names.iter().any(|name| {
        let name = name.to_ascii_lowercase();
        name.contains("horizon") || name.contains("dashboard")
    })
}

/// The public APIs are https: the dashboard beside them will be too.
fn by_catalogue(case: &Case) -> Option<Secure> {
    let login = &case.api()?.login;
    (login.interface == "public" && login.identity.starts_with("https://"))
        .then(|| Secure { words: format!("{} is https", login.identity), severity: Severity::Note })
}

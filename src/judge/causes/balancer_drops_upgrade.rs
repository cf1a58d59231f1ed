//! A balancer's file takes the upgrade to WebSocket away.

use super::Cause;
use super::balancer_words::{ConsoleDoor, balancer_remedy, console_doors, passed_through, quoted};
use crate::balancer::Kind;
use crate::finding::{CauseMeta, Finding, Need, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "balancer-drops-upgrade",
    home: 13,
    releases: "15-34",
    severity: Severity::Error,
    field: &["D1"],
    title: "the balancer does not pass the WebSocket upgrade on",
    needs: &[Need::Config],
    symptoms: &[],
    explanation: "\
The console's page loads, and its WebSocket is answered with 404: nova-novncproxy sees a plain GET, because the header Upgrade did not
reach it. Upgrade goes from hop to hop: nginx passes it on only with `proxy_set_header Upgrade $http_upgrade;`, and a
`proxy_set_header` of an inner level takes all those of the outer levels away. HAProxy passes upgrades by itself, unless a rule
deletes the header. The page shows `Server disconnected (code: 1006)` or that the connection is closed.

nginx's location of the console needs `proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection
\"upgrade\"; proxy_set_header Host $host; proxy_read_timeout 1h;`.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    if passed_through(case) {
        return Vec::new();
    }
    let doors = console_doors(case);
    // the WebSocket may have a location of its own beside the page's
    let other = |door: &ConsoleDoor| {
        door.door.kind == Kind::Nginx
            && doors.iter().any(|other| {
                other.door.no_upgrade.is_none() && other.door.kind == Kind::Nginx && std::ptr::eq(other.host, door.host)
            })
    };
    doors.iter().filter(|door| !other(door)).filter_map(finding).collect()
}

fn finding(door: &ConsoleDoor) -> Option<Finding> {
    let lost = door.door.no_upgrade.as_ref()?;
    let draft = Draft::error(
        &META,
        format!("{} does not pass WebSocket upgrades on to nova-novncproxy: it {}", door.who(), lost.why),
    )
    .confidence(door.confidence())
    .seen(format!("{} leads to {}", door.door.name, servers(door)));
    let draft = match lost.at {
        Some(at) => draft.seen(format!("{}:{}: {}", door.path(at), at.directive.line, quoted(at.directive))),
        None => draft,
    };
    let text = match door.door.kind {
        Kind::Haproxy => "take the rule out that deletes the header, or let it spare the console".to_owned(),
        Kind::Nginx => format!(
            "in {}:\nproxy_http_version 1.1;\nproxy_set_header Upgrade $http_upgrade;\nproxy_set_header Connection \"upgrade\";",
            door.door.name
        ),
    };
    Some(door.at_or_here(draft, lost.at).remedy(balancer_remedy(door, text)).done())
}

fn servers(door: &ConsoleDoor) -> String {
    let names: Vec<String> = door
        .door
        .servers
        .iter()
        .take(4)
        .map(|server| server.port.map_or_else(|| server.host.clone(), |port| format!("{}:{port}", server.host)))
        .collect();
    crate::judge::words::list(&names)
}

//! Something on the way cuts a console that is quiet for a while.

use super::Cause;
use super::balancer_words::{ConsoleDoor, balancer_remedy, console_doors};
use super::idle_words::{Cut, cut};
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;
use crate::judge::words::age;

const META: CauseMeta = CauseMeta {
    id: "idle-session-cut",
    home: 15,
    releases: "15-34",
    severity: Severity::Error,
    field: &["D2"],
    title: "a quiet console is cut by what stands before the proxy",
    needs: &[Need::Config, Need::Probe],
    symptoms: &[],
    explanation: "\
A console where nobody types and nothing moves sends no byte in either direction: noVNC and nova-novncproxy have no sign of life of their
own. HAProxy cuts it after the backend's `timeout tunnel`; where there is none, after the shorter of `timeout client` and `timeout
server`, mostly 50 s or 1 min. A `timeout tunnel` in a frontend has no effect. nginx cuts it after `proxy_read_timeout`, 60 s by
default; an ingress has an annotation for that, a cloud's balancer and a firewall an idle time of their own. The page says that the
server disconnected, and the browser 1006.

Set `timeout tunnel 1h` in HAProxy's backend or listen section of the console, `proxy_read_timeout 1h` in nginx's location.
`vncdoctor check --url URL --idle 120` measures whether a quiet console lives that long.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// Below so many seconds users are cut off at work.
const SHORT: f64 = 600.0;
/// From so many seconds on nobody calls it short.
const LONG: f64 = 3600.0;

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let doors: Vec<ConsoleDoor> = console_doors(case);
    let configured = doors.iter().filter_map(|door| configured(door, None));
    match cut(case) {
        // a session ends when its token does, where that is wanted
        Some(Cut { at_expiry: true, .. }) | None => configured.collect(),
        Some(measured) => vec![told(&doors, &measured)],
    }
}

/// What a balancer's file says by itself.
fn configured(door: &ConsoleDoor, measured: Option<&Cut>) -> Option<Finding> {
    let idle = door.door.idle.as_ref().filter(|idle| idle.seconds < LONG)?;
    let default = if idle.at.is_none() { ", its default" } else { "" };
    let missing =
        if idle.option == idle.instead { String::new() } else { format!(", and there is no {}", idle.instead) };
    let message = format!(
        "{} cuts a console that is quiet for {} ({}{default}{missing})",
        door.who(),
        age(idle.seconds),
        idle.option
    );
    let severity = match (measured, idle.seconds < SHORT) {
        (Some(_), true) => Severity::Error,
        (Some(_), false) | (None, true) => Severity::Warning,
        (None, false) => Severity::Note,
    };
    let draft = Draft::new(&META, severity, message).confidence(door.confidence());
    let draft = match measured {
        Some(cut) => draft.seen(cut.words()),
        None => draft,
    };
    let within = match door.door.kind {
        crate::balancer::Kind::Haproxy => "timeout tunnel 1h` in the backend or listen section",
        crate::balancer::Kind::Nginx => "proxy_read_timeout 1h;` in the location",
    };
    let remedy = balancer_remedy(door, format!("write `{within} that leads to nova-novncproxy ({})", door.door.name));
    Some(door.at_or_here(draft, idle.at).remedy(remedy).done())
}

/// A cut that was measured, and the line that did it where one fits.
fn told(doors: &[ConsoleDoor], measured: &Cut) -> Finding {
    let fits = |door: &&ConsoleDoor| door.door.idle.as_ref().is_some_and(|idle| measured.fits(idle.seconds));
    if let Some(finding) = doors.iter().find(fits).and_then(|door| configured(door, Some(measured))) {
        return finding;
    }
    let severity = if measured.seconds < SHORT { Severity::Error } else { Severity::Warning };
    let draft =
        Draft::new(&META, severity, format!("{} is cut when it is quiet for {}", measured.peer, measured.length()));
    // proxies of nova's cut nothing, and so close to a round number a clock did it
    let draft = if measured.round().is_some() {
        draft.likely().seen("so round a time is that of a balancer, an ingress or a firewall: nova-novncproxy has none")
    } else {
        draft.possible().seen("no round time: the proxy, the network or the VNC server may have ended it as well")
    };
    let mend = Remedy::new(
        "raise the idle time of what stands between browser and nova-novncproxy: timeout tunnel of HAProxy, proxy_read_timeout of nginx, the annotation of an ingress, the idle time of a firewall",
    )
    .verify("vncdoctor check --url 'A NEW URL' --idle SECONDS, with more seconds than it was cut after");
    draft.seen(measured.words()).remedy(mend).done()
}

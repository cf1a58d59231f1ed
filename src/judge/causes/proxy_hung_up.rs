//! The proxy hangs up after its 101, and nothing else that was seen says why.

use super::Cause;
use super::knock_words::{by_turns, hung_up_always};
use super::open_words::open;
use super::wire_words::ended_at_once;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, last_upgrade};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "proxy-hung-up",
    home: 14,
    releases: "15-34",
    severity: Severity::Error,
    field: &[],
    title: "the proxy hangs up after its 101 and does not say why",
    needs: &[Need::Token, Need::Probe],
    symptoms: &[],
    explanation: "\
nova-novncproxy answers 101 before it looks at anything. A token that is unknown or expired, an Origin that it does not take and a
VNC server that refuses all end the same way: no frame, a bare close, code 1006 in the browser (nova/console/websocketproxy.py,
new_websocket_client raises, websockify closes). Which one it was stands only in the proxy's log, as `handler exception: ...`.

vncdoctor asks again without Origin, so an Origin that is refused is told from the rest. The token and the VNC server it can
part with nova.conf of the controllers (up to Queens (17) it asks memcached for the token, then dials the VNC server itself) or
with the logs. This is said only if nothing better was found.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let told = before.iter().any(|finding| finding.severity == Severity::Error);
    let Some(seen) = last_upgrade(case).filter(|_| !told && ended_at_once(case)) else { return Vec::new() };
    if by_turns(case).is_some() {
        return Vec::new();
    }
    let (tries, without) = hung_up_always(case).unwrap_or((1, 0));
    let times = if tries > 1 { format!(", {tries} times of {tries}") } else { String::new() };
    let mut draft = Draft::error(
        &META,
        format!(
            "{} hangs up right after its 101{times}, as it does for a bad token and for a VNC server that refuses",
            seen.peer
        ),
    )
    .possible()
    .service(Service::Novncproxy)
    .between(&open(case, before, Symptom::HangsUp))
    .seen(format!("upgrade from {}: 101, then a bare close (a browser shows 1006){times}", seen.from));
    if without > 0 {
        draft = draft.seen("the same without Origin, so the Origin is not what it minds");
    }
    for side in case.side_upgrades().filter(|side| side.saw.hung_up()) {
        draft = draft.seen(format!("{} does the same when it is asked directly", side.peer));
    }
    vec![
        draft
            .remedy(
                Remedy::new(
                    "look for `handler exception` in nova-novncproxy's log on the host that the URL leads to, and try a fresh URL",
                )
                .command("grep 'handler exception' /var/log/nova/nova-novncproxy.log | tail -n 5")
                .verify("vncdoctor check --url 'A FRESH URL' --config NAME=/etc/nova/nova.conf --log NAME=/var/log/nova"),
            )
            .done(),
    ]
}

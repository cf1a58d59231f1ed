//! The proxy hangs up after its 101, and nothing else that was seen says why.

use super::Cause;
use super::knock_words::{by_turns, hung_up_always};
use super::wire_words::ended_at_once;
use crate::evidence::api::KnownToken;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
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
    .between(&open(case, without > 0))
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

/// Every cell told of its services: a token that nova-api does not find is in none of them.
fn cells_answer(case: &Case) -> bool {
    case.api().and_then(|api| api.services.as_ref()).is_some_and(|all| all.iter().all(|record| record.state.is_some()))
}

/// What it may be, as far as nothing seen speaks against it.
fn open(case: &Case, without_origin: bool) -> Vec<&'static CauseMeta> {
    use super::{
        cell_database_wrong, guest_moved, origin_host_refused, origin_protocol_refused, proxyclient_address_wrong,
        token_expired, token_store_not_shared, token_unknown, vnc_firewalled, vnc_port_closed,
    };
    let told = case.api().and_then(|api| api.token.as_ref());
    if told == Some(&KnownToken::Unknown) && cells_answer(case) {
        return vec![&token_expired::CAUSE.meta, &token_unknown::CAUSE.meta];
    }
    // up to Queens (17) nova-api makes the very test that the proxy makes, port and all
    let same_test = told.is_some() && case.releases.candidates.iter().all(|release| *release <= 17);
    let by_api = matches!(told, Some(KnownToken::Known { .. }));
    let known = by_api
        || case.token.as_ref().is_some_and(|token| {
            !token.lookups.is_empty() && token.lookups.iter().all(|lookup| lookup.finds == Some(true))
        });
    let answers = case
        .evidence
        .vnc
        .iter()
        .any(|seen| seen.saw.greeting.as_ref().is_some_and(|greeting| greeting.banner.is_some()));
    let mut open = Vec::new();
    if !answers {
        open.push(&proxyclient_address_wrong::CAUSE.meta);
    }
    if case.stores.is_empty() && case.releases.candidates.iter().any(|release| *release <= 19) {
        open.push(&token_store_not_shared::CAUSE.meta);
    }
    if !without_origin {
        open.extend([&origin_host_refused::CAUSE.meta, &origin_protocol_refused::CAUSE.meta]);
    }
    if by_api && !same_test {
        open.push(&cell_database_wrong::CAUSE.meta);
    }
    if same_test {
        // the token is good wherever it is checked
    } else if known {
        open.push(&guest_moved::CAUSE.meta);
    } else {
        open.extend([&token_expired::CAUSE.meta, &token_unknown::CAUSE.meta]);
    }
    open.push(if answers { &vnc_firewalled::CAUSE.meta } else { &vnc_port_closed::CAUSE.meta });
    open
}

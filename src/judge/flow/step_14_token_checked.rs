//! Step 14: nova-novncproxy → consoleauth / cell DB (+ nova-compute). The token is checked.

use super::{Step, View};
use crate::evidence::probe::Seen;
use crate::evidence::process::Service;
use crate::evidence::websocket::{WebsocketAnswer, WebsocketEnd};
use crate::finding::StepMeta;
use crate::judge::case::{Case, label, last_upgrade};
use crate::judge::words::age;

pub(super) const STEP: Step = Step {
    meta: StepMeta {
        number: 14,
        id: "token-checked",
        title: "the token is checked",
        who: "nova-novncproxy → consoleauth / cell DB (+ nova-compute)",
        explanation: "\
Up to Queens (17) the proxy asks any one nova-consoleauth, from Rocky (18) it reads the cell database itself; then nova-compute must
confirm the port. Unknown and expired look alike: `is invalid or has expired`.",
        needs: &[10, 13],
    },
    judge,
};

fn judge(case: &Case) -> View {
    checked(case).buses(case, &[Service::Novncproxy])
}

fn checked(case: &Case) -> View {
    let spoke = |seen: &&Seen<WebsocketAnswer>| {
        seen.saw.asked.token && seen.saw.rfb.as_ref().is_some_and(|rfb| rfb.banner.is_some())
    };
    if let Some(seen) = case.evidence.upgrades.iter().find(spoke) {
        return View::pass("the proxy took the token: bytes of the VNC server follow the 101")
            .seen(seen, "RFB after the 101");
    }
    let taken = case.sessions.iter().filter(|view| view.session.target.is_some()).count();
    let ended = case.sessions.iter().filter(|view| view.session.target.is_some() || view.failure().is_some()).count();
    let newest = case.sessions.iter().rev().find(|view| view.session.target.is_some() || view.failure().is_some());
    match newest {
        Some(view) if view.session.target.is_some() => View::pass(format!("the proxy took the token ({})", view.at())),
        Some(view) => View::unknown(format!(
            "the proxy took the token in {taken} of {ended} sessions, and not in the newest ({})",
            view.at()
        )),
        None if case.evidence.upgrades.is_empty() && known_to_proxy(case).is_some() => {
            let (seen, left) = known_to_proxy(case).unwrap_or_default();
            View::pass(format!(
                "{seen}, which nova-novncproxy reads, holds the token for another {left}; nova-compute's word was not asked for"
            ))
        }
        None if case.evidence.upgrades.is_empty() => {
            View::skipped("the token is not tried: give --url, or --log NAME=PATH of the proxy")
        }
        None if !case
            .evidence
            .upgrades
            .iter()
            .any(|seen| seen.saw.http.as_ref().is_some_and(|http| http.status == 101)) =>
        {
            View::skipped("the token is not tried: no proxy answers the upgrade")
        }
        None if known_to_proxy(case).is_some() => View::unknown(
            "the proxy hangs up after its 101, and its database holds the token: nova-compute's word, the Origin or the VNC server is left",
        ),
        None if last_upgrade(case).is_some_and(|seen| matches!(seen.saw.end, Some(WebsocketEnd::Silent { .. }))) => {
            View::unknown(
                "the proxy keeps silent after its 101, and does not say for whom it waits: its log would (--log NAME=PATH)",
            )
        }
        None => {
            View::unknown("the proxy hangs up after its 101, and does not say why: its log would (--log NAME=PATH)")
        }
    }
}

/// The database that a proxy reads has the token, and for how long.
fn known_to_proxy(case: &Case) -> Option<(String, String)> {
    let (holder, row) = case.row()?;
    let left = row.expires as f64 - case.evidence.ended;
    let proxies = case.databases_of(Service::Novncproxy, "database");
    let own = proxies.iter().any(|view| std::ptr::eq(view.seen, holder));
    (own && left > 0.0).then(|| (label(holder), age(left)))
}

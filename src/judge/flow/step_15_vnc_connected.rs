//! Step 15: nova-novncproxy → VNC server. The VNC server is connected.

use super::{Step, View};
use crate::finding::StepMeta;
use crate::judge::case::{Case, SessionView};

pub(super) const STEP: Step = Step {
    meta: StepMeta {
        number: 15,
        id: "vnc-connected",
        title: "the VNC server is connected",
        who: "nova-novncproxy → VNC server",
        explanation: "\
The proxy dials the address that the token stands for. From Queens (17) on it speaks the RFB security handshake itself: only RFB
3.8, and only None or VeNCrypt as `[vnc] auth_schemes` says; a VNC password can never work.",
        needs: &[6, 14],
    },
    judge,
};

fn judge(case: &Case) -> View {
    let through = case.evidence.upgrades.iter().find(|seen| {
        seen.saw
            .rfb
            .as_ref()
            .is_some_and(|rfb| rfb.banner.is_some() && rfb.security_types.is_some() && rfb.refusal.is_none())
    });
    if let Some(seen) = through {
        return View::pass("the VNC server answers through the proxy")
            .seen(seen, "RFB and security types through the proxy");
    }
    let reached = |view: &&SessionView| view.session.worked || view.session.host.is_some();
    let mut view = match case.sessions.iter().rev().find(reached) {
        Some(view) if view.session.worked => {
            View::pass(format!("the proxy finished the security handshake ({})", view.at()))
        }
        Some(view) => View::unknown(format!("the proxy dialled the VNC server ({})", view.at())),
        None => match case.evidence.vnc.first() {
            Some(seen) if seen.saw.greeting.as_ref().is_some_and(|greeting| greeting.banner.is_some()) => {
                View::pass(format!("{} answers as a VNC server", seen.peer))
            }
            Some(seen) => View::unknown(format!("{}: {}", seen.peer, seen.saw.dial.outcome)),
            None => {
                View::skipped("the VNC server is not dialled: give --url or --token, and --config of the controllers")
            }
        },
    };
    for seen in &case.evidence.vnc {
        let text = match &seen.saw.greeting {
            Some(greeting) => {
                greeting.banner.clone().unwrap_or_else(|| "connected, and no VNC server answers".to_owned())
            }
            None => seen.saw.dial.outcome.words(),
        };
        view = view.seen(seen, text);
    }
    view
}

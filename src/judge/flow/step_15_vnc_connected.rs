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
    let reached = |view: &&SessionView| view.session.worked || view.session.host.is_some();
    match case.sessions.iter().rev().find(reached) {
        Some(view) if view.session.worked => {
            View::pass(format!("the proxy finished the security handshake ({})", view.at()))
        }
        Some(view) => View::unknown(format!("the proxy dialled the VNC server ({})", view.at())),
        None => View::skipped("the VNC server is not dialled: give --url or --token"),
    }
}

//! Step 14: nova-novncproxy → consoleauth / cell DB (+ nova-compute). The token is checked.

use super::{Step, View};
use crate::finding::StepMeta;
use crate::judge::case::Case;

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
    match case.sessions.iter().rev().find(|view| view.session.target.is_some()) {
        Some(view) => View::pass(format!("the proxy took the token ({})", view.at())),
        None => View::skipped("the token is not tried: give --url, or --log NAME=PATH of the proxy"),
    }
}

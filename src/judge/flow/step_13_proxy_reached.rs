//! Step 13: browser → nova-novncproxy. The proxy is reached.

use super::{Step, View};
use crate::finding::StepMeta;
use crate::judge::case::Case;

pub(super) const STEP: Step = Step {
    meta: StepMeta {
        number: 13,
        id: "proxy-reached",
        title: "the proxy is reached",
        who: "browser → nova-novncproxy",
        explanation: "\
The page opens a WebSocket. nova-novncproxy answers 101 before it looks at the token, in every release; Origin and token are judged
afterwards, and a refusal is a bare close: code 1006.",
        needs: &[12],
    },
    judge,
};

fn judge(case: &Case) -> View {
    match case.sessions.last() {
        Some(view) => View::pass(format!("the proxy's log has a session ({})", view.at())),
        None => View::skipped("the proxy is not dialled: give --url"),
    }
}

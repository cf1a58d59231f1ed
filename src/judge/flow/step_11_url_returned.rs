//! Step 11: nova-api → browser. The URL is returned.

use super::{Step, View};
use crate::finding::StepMeta;
use crate::judge::case::Case;

pub(super) const STEP: Step = Step {
    meta: StepMeta {
        number: 11,
        id: "url-returned",
        title: "the URL is returned",
        who: "nova-api → browser",
        explanation: "\
The URL reaches the browser as nova made it: `?token=` up to Queens (17) and early Rocky and Stein, `?path=%3Ftoken%3D` since.
Chats, mails and rewriting balancers encode it twice, cut it short or drop the query.",
        needs: &[8, 10],
    },
    judge,
};

fn judge(case: &Case) -> View {
    match &case.evidence.target.url {
        Some(url) => View::pass(format!("the url is whole: {url}")),
        None => View::skipped("no url at hand: give --url"),
    }
}

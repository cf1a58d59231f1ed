//! Step 9: nova-api → nova-consoleauth; nova-compute → nova-conductor from Rocky. The token is authorized.

use super::{Step, View};
use crate::finding::StepMeta;
use crate::judge::case::Case;

pub(super) const STEP: Step = Step {
    meta: StepMeta {
        number: 9,
        id: "token-authorized",
        title: "the token is authorized",
        who: "nova-api → nova-consoleauth; nova-compute → nova-conductor from Rocky",
        explanation: "\
Up to Queens (17) nova-api calls authorize_console on any one nova-consoleauth over the bus; from Rocky (18) nova-conductor writes
the row for nova-compute. With nobody there the URL cannot be had.",
        needs: &[7],
    },
    judge,
};

fn judge(case: &Case) -> View {
    if let Some(story) = case.stories.last() {
        let (host, log, line) = story.taker;
        return View::pass(format!("nova-consoleauth on {} took a token ({}:{line})", host.name, log.path));
    }
    View::past(
        case,
        "a console URL was handed out, so the token was taken",
        "whether the token is taken shows in a fresh URL: give --url",
    )
}

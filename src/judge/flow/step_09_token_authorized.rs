//! Step 9: nova-api → nova-consoleauth; nova-compute → nova-conductor from Rocky. The token is authorized.

use super::{Step, View};
use crate::evidence::process::Service;
use crate::finding::StepMeta;
use crate::judge::case::Case;
use crate::judge::causes::consumed;
use crate::judge::words::named;

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
        return View::pass(format!("nova-consoleauth on {} took a token ({}:{line})", named(&host.name), log.path));
    }
    let every = |holds: fn(u16) -> bool| case.releases.candidates.iter().all(|release| holds(*release));
    let taker = match () {
        () if every(|release| release <= 17) => Some(Service::Consoleauth),
        () if every(|release| release >= 18) => Some(Service::Conductor),
        () => None,
    };
    let consumed = taker.filter(|_| !case.handed_out()).and_then(|service| consumed(case, service));
    if let Some((seen, words)) = consumed {
        return View::pass(words.clone()).seen(seen, words);
    }
    View::past(
        case,
        "a console URL was handed out, so the token was taken",
        "whether the token is taken shows in a fresh URL: give --url",
    )
}

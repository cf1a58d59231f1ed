//! Step 2: browser → nova-api. Nova-api is asked.

use super::{Step, View};
use crate::evidence::api::Endpoint;
use crate::finding::StepMeta;
use crate::judge::case::Case;
use crate::judge::case::api::{caveat, words};

pub(super) const STEP: Step = Step {
    meta: StepMeta {
        number: 2,
        id: "api-asked",
        title: "nova-api is asked",
        who: "browser → nova-api",
        explanation: "\
The dashboard asks nova-api for a console: `os-getVNCConsole` up to microversion 2.5, `remote-consoles` from 2.6. Identity
and the compute endpoint must answer.",
        needs: &[1],
    },
    judge,
};

fn judge(case: &Case) -> View {
    let done = "a console URL was handed out, so nova-api answered";
    let Some(api) = case.api() else {
        return View::past(
            case,
            done,
            "nova-api is not asked: give --url with a fresh URL, or --server with credentials",
        );
    };
    let nova = api.exchanges.iter().find(|seen| !seen.saw.question.is_identity() && seen.saw.answered());
    let mut view = match (nova, &api.endpoint) {
        (Some(seen), _) => {
            let version = api.microversions.as_ref().filter(|known| !known.newest.is_empty());
            let version = version.map(|known| format!(", microversions up to {}", known.newest)).unwrap_or_default();
            View::pass(format!("nova-api answers at {}{version}{}", seen.peer, caveat(api)))
        }
        _ if case.handed_out() => View::pass(done),
        (None, Some(Endpoint::Found { url, .. })) => View::unknown(format!("nova-api at {url} gives no answer of use")),
        (None, Some(_)) => View::unknown("the catalogue names no compute endpoint that can be asked"),
        (None, None) => View::unknown("the identity API gives no token"),
    };
    for seen in &api.exchanges {
        view = view.seen(seen, words(&seen.saw));
    }
    view
}

//! Step 12: browser → URL. The URL is opened.

use super::{Step, View};
use crate::finding::StepMeta;
use crate::judge::case::Case;
use crate::judge::words::offer;

pub(super) const STEP: Step = Step {
    meta: StepMeta {
        number: 12,
        id: "url-opened",
        title: "the URL is opened",
        who: "browser → URL",
        explanation: "\
The browser resolves the name, connects, trusts the certificate and loads the noVNC page. A missing page is HTTP 404, not 1006.",
        needs: &[11],
    },
    judge,
};

fn judge(case: &Case) -> View {
    let mut view = match case.pages().next() {
        Some(seen) => match (&seen.saw.page, &seen.saw.tls) {
            (Some(page), _) if page.status == 200 => View::pass(format!("{} gives the page", seen.peer)),
            (Some(page), _) => View::unknown(format!("{} answers {} for {}", seen.peer, page.status, seen.saw.path)),
            (None, Some(tls)) => match &tls.problem {
                Some(problem) => View::unknown(format!("{}: {problem}", seen.peer)),
                None => View::unknown(format!("{} gives no page", seen.peer)),
            },
            (None, None) if !seen.saw.dial.connected() => {
                View::unknown(format!("{} cannot be reached from here: {}", seen.peer, seen.saw.dial.outcome))
            }
            (None, None) => View::unknown(format!("{} gives no page", seen.peer)),
        },
        None if case.evidence.offline => View::skipped("nobody is dialled (--offline)"),
        None => View::skipped("the page is not asked for: give --url"),
    };
    for seen in &case.evidence.pages {
        let text = match &seen.saw.page {
            Some(page) => format!(
                "{}: {}{}",
                seen.saw.path,
                page.status,
                page.title.as_ref().map(|t| format!(", {t:?}")).unwrap_or_default()
            ),
            None => match seen.saw.tls.as_ref().and_then(|tls| tls.problem.as_ref()) {
                Some(problem) => problem.words(),
                None => seen.saw.dial.outcome.words(),
            },
        };
        view = view.seen(seen, text);
    }
    for seen in &case.evidence.tls {
        let words: Vec<String> = seen.saw.offers.iter().map(offer).collect();
        view = match words.as_slice() {
            [] => view,
            words => view.seen(seen, words.join(", ")),
        };
    }
    view
}

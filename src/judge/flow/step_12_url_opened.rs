//! Step 12: browser → URL. The URL is opened.

use super::{Step, View};
use crate::finding::StepMeta;
use crate::judge::case::Case;

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
    let _ = case;
    View::skipped("the page is not asked for: give --url")
}

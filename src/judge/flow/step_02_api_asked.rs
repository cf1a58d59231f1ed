//! Step 2: browser → nova-api. Nova-api is asked.

use super::{Step, View};
use crate::finding::StepMeta;

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
    judge: |case| {
        View::past(case, "a console URL was handed out, so nova-api answered", "nova-api is not asked: give --url with a fresh URL")
    },
};

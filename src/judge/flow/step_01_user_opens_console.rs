//! Step 1: user → dashboard. The user opens a console.

use super::{Step, View};
use crate::finding::StepMeta;

pub(super) const STEP: Step = Step {
    meta: StepMeta {
        number: 1,
        id: "user-opens-console",
        title: "the user opens a console",
        who: "user → dashboard",
        explanation: "\
The user clicks Console in the dashboard, or runs `openstack console url show`. The server must be in a state that has a
console: neither building, deleting nor migrating.",
        needs: &[],
    },
    judge: |case| {
        View::past(
            case,
            "a console URL was handed out, so the request was made",
            "which server is asked about is not known: give --url",
        )
    },
};

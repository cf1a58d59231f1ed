//! Step 3: nova-api → nova-compute (RPC). Nova-compute is asked.

use super::{Step, View};
use crate::finding::StepMeta;

pub(super) const STEP: Step = Step {
    meta: StepMeta {
        number: 3,
        id: "compute-asked",
        title: "nova-compute is asked",
        who: "nova-api → nova-compute (RPC)",
        explanation: "\
nova-api calls get_vnc_console on the instance's compute node over the message bus and waits rpc_response_timeout (60 s).",
        needs: &[2],
    },
    judge: |case| {
        View::past(
            case,
            "a console URL was handed out, so nova-compute answered",
            "nova-compute is not asked: give --url with a fresh URL",
        )
    },
};

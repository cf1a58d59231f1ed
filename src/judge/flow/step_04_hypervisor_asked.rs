//! Step 4: nova-compute → libvirt. The hypervisor is asked.

use super::{Step, View};
use crate::finding::StepMeta;

pub(super) const STEP: Step = Step {
    meta: StepMeta {
        number: 4,
        id: "hypervisor-asked",
        title: "the hypervisor is asked",
        who: "nova-compute → libvirt",
        explanation: "\
nova-compute asks its driver. `[vnc] enabled = false` on the compute node ends here: HTTP 400, Unavailable console type novnc.",
        needs: &[3],
    },
    judge: |case| {
        View::past(
            case,
            "a console URL was handed out, so the driver has a VNC console",
            "the hypervisor is not asked: give --url with a fresh URL",
        )
    },
};

//! Step 4: nova-compute → libvirt. The hypervisor is asked.

use super::{Step, View};
use crate::finding::StepMeta;
use crate::judge::case::Case;
use crate::judge::causes::running;

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
    judge,
};

fn judge(case: &Case) -> View {
    let guests = running(case);
    if let Some(guest) = guests.iter().find(|guest| guest.asked == Some(true)) {
        return View::pass(format!("libvirt runs {}", guest.name()));
    }
    if let Some(first) = guests.first().filter(|_| !case.handed_out()) {
        let count = guests.iter().filter(|guest| std::ptr::eq(guest.host, first.host)).count();
        return View::pass(format!("libvirt of {} shows {count} guests that run", first.host.name()));
    }
    View::past(
        case,
        "a console URL was handed out, so the driver has a VNC console",
        "the hypervisor is not asked: give --url with a fresh URL",
    )
}

//! The guest has no VNC display: it was started while VNC was off, or was made without one.

use super::Cause;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::case::api::words;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "guest-without-vnc",
    home: 5,
    releases: "12-34",
    severity: Severity::Error,
    field: &["E6"],
    title: "the guest has no VNC display",
    needs: &[Need::Credentials],
    explanation: "\
The libvirt driver looks for <graphics type='vnc'> in the domain of the running guest and answers `Unavailable console type vnc.` (HTTP 400)
where there is none (nova/virt/libvirt/driver.py, get_vnc_console). nova gives a guest its display when it starts it: one that
was started while `[vnc] enabled` was false, or with SPICE in its place, has none until it is rebooted hard. The other answer,
`Unavailable console type novnc.`, comes from `[vnc] enabled = false` now.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let Some(seen) = case.console_asked().filter(|seen| seen.saw.status() == Some(400)) else { return Vec::new() };
    let message = seen.saw.answer.as_ref().and_then(|answer| answer.message.as_deref()).unwrap_or_default();
    if !message.contains("Unavailable console type vnc.") {
        return Vec::new();
    }
    let name = case.api().and_then(|api| api.server.as_ref()).map_or("the server", |server| server.name.as_str());
    vec![
        Draft::error(&META, format!("the guest of {name} has no VNC display: it was started without one"))
            .service(Service::Compute)
            .seen(words(&seen.saw))
            .remedy(
                Remedy::new("see that [vnc] enabled is true on the compute node, then reboot the server hard")
                    .command("virsh dumpxml DOMAIN | grep graphics")
                    .verify("ask for the console again once the server is active"),
            )
            .done(),
    ]
}

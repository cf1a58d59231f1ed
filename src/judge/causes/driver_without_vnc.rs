//! The hypervisor driver of the compute node has no VNC console.

use super::Cause;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::case::api::words;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "driver-without-vnc",
    home: 4,
    releases: "12-34",
    severity: Severity::Error,
    field: &["E7"],
    title: "the hypervisor driver has no VNC console",
    needs: &[Need::Credentials],
    symptoms: &[],
    explanation: "\
nova-api answers 501 where the driver of the compute node does not know get_vnc_console: LXD, Docker, bare metal, z/VM, and libvirt on
machines without graphics (s390x). No setting of the console services changes that; such servers have a serial console, or the log
(`openstack console log show`).",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let Some(seen) = case.console_asked().filter(|seen| seen.saw.status() == Some(501)) else { return Vec::new() };
    let host = case.api().and_then(|api| api.server.as_ref()?.host.clone());
    let on = host.map(|host| format!(" of {host}")).unwrap_or_default();
    vec![
        Draft::error(&META, format!("the hypervisor driver{on} has no VNC console: nova-api answers 501"))
            .service(Service::Compute)
            .seen(words(&seen.saw))
            .remedy(
                Remedy::new("use the kind of console that the driver has: serial, or the log")
                    .command("openstack hypervisor list --long")
                    .verify("openstack console log show SERVER"),
            )
            .done(),
    ]
}

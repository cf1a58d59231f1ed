//! nova gives guests a keymap for VNC: QEMU then translates keys that noVNC sends as they are.

use super::Cause;
use super::console_words::compute_remedy;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Finding, Need, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;
use crate::oslo::value::Value;

const META: CauseMeta = CauseMeta {
    id: "vnc-keymap-set",
    home: 15,
    releases: "15-21",
    severity: Severity::Note,
    field: &["G4"],
    title: "guests are given a keymap, with which keys of other keyboards come out wrong",
    needs: &[Need::Config],
    symptoms: &[],
    explanation: "\
With `[vnc] keymap` QEMU translates what it gets into keys of that layout, and loses what the layout does not have. noVNC sends the
keys themselves, which need no translation: users of another keyboard than the named one type wrong characters (LP 1682020). Up to
Queens (17) the default is en-us; from Rocky (18) on there is none, and the option is deprecated; it is gone in 22. A guest keeps
what it was started with until it is stopped and started again. This is a note: the console opens.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// Last release that has the option.
const LAST: u16 = 21;

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let newest = case.releases.newest();
    if newest > LAST {
        return Vec::new();
    }
    let mut found = Vec::new();
    for host in case.running(Service::Compute, Basis::Told) {
        let Some(config) = host.config(Service::Compute, newest) else { continue };
        let setting = config.get("vnc", "keymap");
        let Some(keymap) = setting.value().map(Value::text).filter(|text| !text.trim().is_empty()) else {
            continue;
        };
        let Some((file, entry)) = host.entry(&setting) else { continue };
        found.push(
            Draft::note(&META, format!("{} gives its guests the keymap {keymap} for VNC", host.name()))
                .host(host.host)
                .service(Service::Compute)
                .at_value(file, entry)
                .seen("right only where every user of these consoles has that keyboard")
                .remedy(compute_remedy("leave [vnc] keymap empty, so that keys are passed as they are"))
                .done(),
        );
    }
    found
}

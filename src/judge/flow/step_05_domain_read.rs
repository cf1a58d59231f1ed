//! Step 5: libvirt → domain XML. The domain XML is read.

use super::{Step, View};
use crate::finding::StepMeta;

pub(super) const STEP: Step = Step {
    meta: StepMeta {
        number: 5,
        id: "domain-read",
        title: "the domain XML is read",
        who: "libvirt → domain XML",
        explanation: "\
The libvirt driver reads the port of <graphics type='vnc'> in the running domain. The listen address stands there since the
guest was started: a change of server_listen needs a hard reboot of the guest.",
        needs: &[4],
    },
    judge: |case| {
        View::past(case, "a console URL was handed out, so the domain has VNC graphics", "the domain is not read: give --url with a fresh URL")
    },
};

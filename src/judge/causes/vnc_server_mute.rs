//! The VNC server accepts the connection and says nothing.

use super::Cause;
use super::vnc_words::looks;
use super::wire_words::kept_silent;
use crate::evidence::dial::seconds;
use crate::evidence::process::Service;
use crate::evidence::rfb::{Message, RfbEnd};
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "vnc-server-mute",
    home: 15,
    releases: "15-34",
    severity: Severity::Error,
    field: &[],
    title: "the VNC server accepts the connection and says nothing",
    needs: &[Need::Token, Need::Probe],
    symptoms: &[Symptom::KeepsSilent],
    explanation: "\
A VNC server speaks first: a healthy QEMU sends its version at once. One that accepts and says nothing is a process whose main loop
stands still - stopped by a signal, waiting for a storage that does not answer, swapped out - for the kernel accepts in its name; or it is a
gateway that accepts before it has reached anybody. nova-novncproxy has no time-out there: it writes `connecting to: HOST:PORT` and
nothing more, and the browser says that it is connecting until the user gives up. A paused instance is not that: its QEMU
answers, and the picture stands still.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _before: &[Finding]) -> Vec<Finding> {
    let looks = looks(case);
    let found = looks.iter().find_map(|look| match look.seen.saw.end {
        Some(RfbEnd::Silent { waiting_for: Message::Banner, after_millis }) => Some((look, after_millis)),
        _ => None,
    });
    let Some((look, waited)) = found else { return Vec::new() };
    let silent = kept_silent(case);
    let message = format!("{} accepts the connection and says nothing for {}", look.seen.peer, seconds(waited));
    let mut draft = Draft::error(&META, message).service(Service::Compute).seen(look.from());
    if silent {
        draft = draft.seen("the proxy keeps silent after the 101, as it does while it waits for the VNC server");
    }
    draft = draft.confidence(match (silent, look.of_proxy) {
        (true, true) => Confidence::Certain,
        (true, false) | (false, true) => Confidence::Likely,
        (false, false) => Confidence::Possible,
    });
    if !look.of_proxy && !silent {
        draft =
            draft.seen("something between may accept in its place: run vncdoctor on the proxy's host, or give --url");
    }
    let remedy = Remedy::new(
        "see on the compute node what the guest's QEMU does: state D waits for storage, T was stopped; a hard reboot of the instance \
         starts another",
    )
    .command("ps -o pid,stat,wchan:30,args -C qemu-system-x86_64,qemu-kvm (on the compute node)")
    .command("virsh domstate --reason INSTANCE (on the compute node)")
    .verify("a dial of the address from the proxy's host answers RFB 003.008 at once");
    vec![draft.remedy(remedy).done()]
}

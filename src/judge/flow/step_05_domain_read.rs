//! Step 5: libvirt → domain XML. The domain XML is read.

use super::{Step, View};
use crate::finding::StepMeta;
use crate::judge::case::Case;
use crate::judge::causes::running;

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
    judge,
};

fn judge(case: &Case) -> View {
    let guests = running(case);
    let asked = guests.iter().find(|guest| guest.asked == Some(true));
    if let Some((guest, listens)) = asked.and_then(|guest| Some((guest, guest.listens()?))) {
        return View::pass(format!("{} has a VNC server on {listens}", guest.name()));
    }
    let with: Vec<_> = guests.iter().filter(|guest| guest.domain.vnc().is_some()).collect();
    if let Some(first) = with.first().filter(|_| !case.handed_out()) {
        let count = guests.iter().filter(|guest| std::ptr::eq(guest.host, first.host)).count();
        let own = with.iter().filter(|guest| std::ptr::eq(guest.host, first.host)).count();
        return View::pass(format!("{own} of {count} guests that run on {} have a VNC server", first.host.name()));
    }
    View::past(
        case,
        "a console URL was handed out, so the domain has VNC graphics",
        "the domain is not read: give --url with a fresh URL",
    )
}

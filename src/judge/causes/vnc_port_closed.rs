//! The VNC address is right and nothing listens at the port.

use super::Cause;
use super::console_words::authority;
use super::session_words::{at_session, ended_with, is_bare, opened_there, told};
use super::wire_words::{VncState, ended_at_once, ended_late, kept_silent, opened, vnc_looks};
use crate::evidence::log::Failure;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "vnc-port-closed",
    home: 15,
    releases: "12-34",
    severity: Severity::Error,
    field: &[],
    title: "nothing listens at the VNC port",
    needs: &[Need::Logs, Need::Token, Need::Probe],
    symptoms: &[Symptom::HangsUp],
    explanation: "\
The token is good, and the compute node turns the proxy away: `[Errno 111] ECONNREFUSED` after `connecting to: HOST:PORT` in
nova-novncproxy's log, code 1006 in the browser. QEMU may have ended or moved since the token was made, it may listen on
127.0.0.1 only (server_listen of the time the guest was started), or a firewall answers with a reset. Port -1 (`[Errno -8]
Servname not supported`) means that the instance is not running: nova hands out a URL all the same.

Look at the guest's port with `virsh vncdisplay` on the compute node, start the instance, or set `[vnc] server_listen` and reboot
the guest hard.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    // the proxy dialled itself: the address is wrong, not the port
    let wrong = before
        .iter()
        .filter(|finding| finding.cause == "proxyclient-address-wrong" && finding.severity == Severity::Error)
        .map(|finding| finding.confidence)
        .max();
    match wrong {
        Some(Confidence::Possible) => {
            let mut found = not_running(case).or_else(|| logged(case));
            if let Some(finding) = &mut found {
                finding.confidence = Confidence::Possible;
            }
            found.into_iter().collect()
        }
        Some(_) => Vec::new(),
        None => not_running(case)
            .or_else(|| logged(case))
            .or_else(|| looked(case))
            .or_else(|| logged_alone(case))
            .into_iter()
            .collect(),
    }
}

/// The step that returns the address: a port of -1 is wrong from there on.
const RETURNED: u8 = 6;

fn not_running(case: &Case) -> Option<Finding> {
    let told = told(
        case,
        |view| ended_with(view, |failure| matches!(failure, Failure::ServnameNotSupported)),
        |failed, later| opened_there(case, failed, later),
    );
    if let Some(told) = told {
        return Some(
            at_session(&META, &told, "the instance is not running: its VNC port is -1")
                .step(RETURNED)
                .seen(format!("{}: Servname not supported (port -1)", told.view.at()))
                .remedy(start_remedy())
                .done(),
        );
    }
    let info = case.token.as_ref()?.connect_info()?;
    (info.port == Some(-1)).then(|| {
        Draft::error(&META, "the instance was not running when the token was made: its VNC port is -1")
            .step(RETURNED)
            .likely()
            .service(Service::Compute)
            .seen("connect_info of the token has port -1")
            .remedy(start_remedy())
            .done()
    })
}

fn logged(case: &Case) -> Option<Finding> {
    let told = told(
        case,
        |view| ended_with(view, |failure| matches!(failure, Failure::ConnRefused)) && view.session.host.is_some(),
        |failed, later| opened_there(case, failed, later),
    )?;
    let peer = authority(told.view.session.host.as_deref()?, told.view.session.port?);
    Some(
        at_session(&META, &told, format!("nothing listens at {peer}, where the token says the guest's VNC server is"))
            .seen(format!("{}: connecting to: {peer}, then connection refused", told.view.at()))
            .remedy(closed_remedy(&peer))
            .done(),
    )
}

/// The line alone: nothing else that the proxy dials says so in these words.
fn logged_alone(case: &Case) -> Option<Finding> {
    let refused = |failure: &Failure| matches!(failure, Failure::ConnRefused);
    let told = told(case, |view| ended_with(view, refused) && is_bare(view), |_, later| later.session.worked)?;
    let draft = at_session(
        &META,
        &told,
        "nothing listens at the VNC port that the proxy dials; its address is not in this log",
    )
    .seen(format!("{}: handler exception: connection refused", told.view.at()))
    .seen("the line `connecting to: HOST:PORT` before it names the address: give the whole log");
    Some(draft.remedy(closed_remedy("that address")).done())
}

/// A look from here, at the address that the token holds.
fn looked(case: &Case) -> Option<Finding> {
    // a port that is closed ends the session at once: while the proxy keeps silent it has not come to dial
    if kept_silent(case) || ended_late(case).is_some() {
        return None;
    }
    let look = vnc_looks(case).into_iter().find(|look| look.state == VncState::Refused && !opened(case))?;
    let cut_off = ended_at_once(case);
    // a console is asked about, so what keeps it from opening is an error; how sure it is, the confidence says
    let mut draft = Draft::error(
        &META,
        format!("nothing listens at {}, where the token says the guest's VNC server is", look.peer),
    )
    .seen(format!("dialled from {}: {}", look.from, look.words));
    if cut_off {
        draft = draft.seen("the console connection ends right after the 101");
    }
    draft = match (look.of_proxy, cut_off) {
        (true, _) => draft.confidence(Confidence::Certain),
        (false, true) => draft.likely(),
        (false, false) => draft.possible().seen(
            "a firewall may turn this machine away and let the proxy pass: run vncdoctor on the proxy's host, or give --log",
        ),
    };
    Some(draft.remedy(closed_remedy(&look.peer)).done())
}

fn closed_remedy(peer: &str) -> Remedy {
    Remedy::new(
        "on the compute node see which port the guest's VNC server has now; if it listens on 127.0.0.1, set [vnc] server_listen and \
         reboot the guest hard; if the guest is off, start it",
    )
    .command("virsh vncdisplay INSTANCE (on the compute node)")
    .command("ss -ltn 'sport >= 5900' (on the compute node)")
    .verify(format!("a dial of {peer} from the proxy's host answers RFB 003.008, then a new console opens"))
}

fn start_remedy() -> Remedy {
    Remedy::new("start the instance, then ask for a new console URL").verify("openstack server show SERVER -c status")
}

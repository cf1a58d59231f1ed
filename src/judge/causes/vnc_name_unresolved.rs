//! The VNC host that a compute node names stands for no address on the proxy, or only after a while.

use super::Cause;
use super::console_words::authority;
use super::session_words::{ended_with, opened_there, told};
use super::vnc_words::{at_session, works};
use super::wire_words::{ended_at_once, vnc_looks};
use crate::evidence::dial::{DialOutcome, seconds};
use crate::evidence::log::Failure;
use crate::evidence::process::Service;
use crate::evidence::site::host_of;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::Case;
use crate::judge::find::Draft;
use crate::judge::words::on;

const META: CauseMeta = CauseMeta {
    id: "vnc-name-unresolved",
    home: 15,
    releases: "15-34",
    severity: Severity::Error,
    field: &["E12"],
    title: "the name of the VNC host does not resolve on the proxy",
    needs: &[Need::Logs, Need::Token, Need::Probe],
    symptoms: &[Symptom::HangsUp, Symptom::KeepsSilent],
    explanation: "\
`[vnc] server_proxyclient_address` may be a name. nova-compute hands it out as it stands, and nova-novncproxy resolves it when it dials:
by its own /etc/hosts and name servers, in its own container. A name that only the compute nodes know ends the console with `[Errno -2]
Name or service not known` after `connecting to: NAME:PORT`, code 1006 in the browser; name servers that answer late delay every console by as
much. A file /etc/hosts that gives the node's own name as 127.0.1.1, as Debian's installer writes it, makes the proxy on
that node dial itself.

Set it to an address, or give every proxy the name.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// So long a name may take, in milliseconds.
const SLOW: u64 = 1000;

fn detect(case: &Case, _before: &[Finding]) -> Vec<Finding> {
    logged(case).or_else(|| looked(case)).or_else(|| slow(case)).into_iter().collect()
}

fn logged(case: &Case) -> Option<Finding> {
    let told = told(
        case,
        |view| ended_with(view, |failure| matches!(failure, Failure::NameUnknown)) && view.session.host.is_some(),
        |failed, later| opened_there(case, failed, later),
    )?;
    let (host, port) = (told.view.session.host.as_deref()?, told.view.session.port?);
    let on = on(&told.view.host.name);
    Some(
        at_session(
            &META,
            &told,
            format!("the proxy{on} cannot resolve {host}, the VNC host that the compute node names"),
        )
        .seen(format!("{}: connecting to: {}, then name or service not known", told.view.at(), authority(host, port)))
        .remedy(remedy(host))
        .done(),
    )
}

/// A name that is unknown here need not be unknown to the proxy.
fn looked(case: &Case) -> Option<Finding> {
    if works(case) {
        return None;
    }
    let unknown = |outcome: &DialOutcome| {
        matches!(outcome, DialOutcome::NameUnknown | DialOutcome::NameServerFailed | DialOutcome::NameTimedOut { .. })
    };
    let (seen, look) =
        case.evidence.vnc.iter().zip(vnc_looks(case)).find(|(seen, _)| unknown(&seen.saw.dial.outcome))?;
    let host = host_of(&seen.peer);
    let cut_off = ended_at_once(case);
    let severity = if look.of_proxy || cut_off { Severity::Error } else { Severity::Note };
    let message =
        format!("{host}, the VNC host that the token stands for, has no address on {}: {}", look.from, look.words);
    let mut draft = Draft::new(&META, severity, message).service(Service::Compute);
    draft = if look.of_proxy {
        draft.confidence(Confidence::Likely)
    } else {
        draft.possible().seen("the proxy may know the name: run vncdoctor on its host, or give --log")
    };
    if cut_off {
        draft = draft.seen("the console connection ends right after the 101");
    }
    Some(draft.remedy(remedy(host)).done())
}

/// A name that took long delays consoles and breaks none.
fn slow(case: &Case) -> Option<Finding> {
    let seen =
        case.evidence.vnc.iter().find(|seen| {
            seen.saw.dial.connected() && seen.saw.dial.resolve_millis.is_some_and(|millis| millis >= SLOW)
        })?;
    let host = host_of(&seen.peer);
    let time = seconds(seen.saw.dial.resolve_millis?);
    Some(
        Draft::note(
            &META,
            format!("the name {host} takes {time} to resolve on {}; on a proxy every console waits as long", seen.from),
        )
        .possible()
        .service(Service::Compute)
        .remedy(remedy(host))
        .done(),
    )
}

fn remedy(host: &str) -> Remedy {
    Remedy::new(format!(
        "set [vnc] server_proxyclient_address of the compute node to an address, or give {host} to the name servers or /etc/hosts of every \
         host that runs nova-novncproxy"
    ))
    .restart("nova-compute")
    .command(format!("getent hosts {host} (on the proxy's host)"))
    .verify("ask for a new console URL and open it")
}

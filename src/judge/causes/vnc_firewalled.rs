//! Packets from the proxy to the compute node's VNC port are dropped or turned away.

use super::Cause;
use super::console_words::authority;
use super::session_words::{at_session, ended_with, is_bare, opened_there, told};
use super::wire_words::{VncState, kept_silent, opened, vnc_looks};
use crate::evidence::log::Failure;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, SessionView};
use crate::judge::find::Draft;
use crate::judge::words::on;

const META: CauseMeta = CauseMeta {
    id: "vnc-firewalled",
    home: 15,
    releases: "15-34",
    severity: Severity::Error,
    field: &["E5"],
    title: "no way from the proxy to the VNC port",
    needs: &[Need::Logs, Need::Token, Need::Probe],
    symptoms: &[Symptom::HangsUp, Symptom::KeepsSilent, Symptom::Alternates],
    explanation: "\
nova-novncproxy dials the guest's VNC port on the compute node: 5900 and up, one for each guest. A firewall that drops the packets
costs the kernel's connect time-out, about two minutes, in which the browser says it is connecting; then the log says
`[Errno 110] ETIMEDOUT` (34: `Request timed out`) and the browser code 1006. A firewall that rejects, or a missing route, shows as
`[Errno 113] EHOSTUNREACH` at once. A range that ends at 5999 cuts off the hundred-and-first guest of a node.
A QEMU that hangs looks the same after two or three tries: its VNC port queues no more than those.

Open 5900-6923 (libvirt goes on to 65535) from every proxy to every compute node, on the network of
server_proxyclient_address.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    logged(case).or_else(|| looked(case, before)).or_else(|| logged_alone(case)).into_iter().collect()
}

fn unreached(failure: &Failure) -> bool {
    matches!(failure, Failure::TimedOut | Failure::HostUnreachable | Failure::NetUnreachable)
}

/// The line alone: nothing else that the proxy dials says so in these words.
fn logged_alone(case: &Case) -> Option<Finding> {
    let told = told(case, |view| ended_with(view, unreached) && is_bare(view), |_, later| later.session.worked)?;
    let how = how(told.view.failure()?);
    let message =
        format!("the proxy{} cannot reach a VNC server, whose address is not in this log", on(&told.view.host.name));
    let draft = at_session(&META, &told, message)
        .seen(format!("{}: handler exception: {how}", told.view.at()))
        .seen("the line `connecting to: HOST:PORT` before it names the address: give the whole log");
    Some(draft.remedy(remedy("HOST:PORT")).done())
}

fn how(failure: &Failure) -> &'static str {
    match failure {
        Failure::TimedOut => "no answer (ETIMEDOUT): packets are dropped on the way, or the machine is gone",
        Failure::HostUnreachable => "no route to host (EHOSTUNREACH): rejected by a firewall, or the machine is gone",
        _ => "network is unreachable (ENETUNREACH): the proxy has no route there",
    }
}

fn logged(case: &Case) -> Option<Finding> {
    let told = told(
        case,
        |view| ended_with(view, unreached) && view.session.host.is_some(),
        |failed, later| opened_there(case, failed, later),
    )?;
    let view = told.view;
    let peer = authority(view.session.host.as_deref()?, view.session.port?);
    let how = how(view.failure()?);
    Some(
        at_session(&META, &told, format!("the proxy{} cannot reach VNC at {peer}: {how}", on(&view.host.name)))
            .seen(format!("{}: connecting to: {peer}, then {how}", view.at()))
            .seen_too(range_ends(case, view))
            .remedy(remedy(&peer))
            .done(),
    )
}

/// A lower port of the same host was reached: the range that is open may end between the two.
fn range_ends(case: &Case, failed: &SessionView) -> Option<String> {
    let (host, port) = (failed.session.host.as_deref()?, failed.session.port?);
    let below = |view: &&SessionView| {
        let same = view.session.host.as_deref() == Some(host) && view.session.port.is_some_and(|other| other < port);
        same && (view.session.worked || matches!(view.failure(), Some(Failure::ConnRefused)))
    };
    let reached = case.sessions.iter().filter(below).max_by_key(|view| view.session.port)?;
    Some(format!(
        "{}: port {} of {host} was reached, so the opened range may end before {port}",
        reached.at(),
        reached.session.port?
    ))
}

/// A look from here is not one from the proxy. Together with a proxy that keeps silent after the 101 it says more.
fn looked(case: &Case, before: &[Finding]) -> Option<Finding> {
    let elsewhere = before
        .iter()
        .any(|finding| finding.cause == "proxyclient-address-wrong" && finding.severity == Severity::Error);
    if elsewhere || opened(case) {
        return None;
    }
    let look = vnc_looks(case).into_iter().find(|look| look.state == VncState::Unreachable)?;
    let silent = kept_silent(case);
    let severity = if look.of_proxy || silent { Severity::Error } else { Severity::Note };
    let message = format!("VNC at {} is not reached from {}: {}", look.peer, look.from, look.words);
    let mut draft = Draft::new(&META, severity, message).seen(format!("dialled from {}: {}", look.from, look.words));
    if silent {
        draft = draft.seen("the proxy keeps silent after the 101, as it does while it waits for the VNC server");
    }
    draft = if look.of_proxy {
        draft.likely()
    } else {
        draft.possible().seen(
            "the proxy may have a way that this machine has not: run vncdoctor on the proxy's host, or give --log",
        )
    };
    Some(draft.remedy(remedy(&look.peer)).done())
}

fn remedy(peer: &str) -> Remedy {
    Remedy::new("open TCP 5900 and up from every host that runs nova-novncproxy to the compute nodes, on the network of server_proxyclient_address")
        .command(format!("nc -vz {} (on the proxy's host)", peer.rsplit_once(':').map_or(peer.to_owned(), |(host, port)| format!("{host} {port}"))))
        .verify("open a console of the same instance: the proxy's log goes on after `connecting to`")
}

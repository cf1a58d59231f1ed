//! Step 6: libvirt driver → nova-compute. The VNC address is returned.

use super::{Step, View};
use crate::evidence::api::KnownToken;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{StepEvidence, StepMeta};
use crate::judge::case::Case;
use crate::judge::case::TokenView;
use crate::judge::causes::running;

pub(super) const STEP: Step = Step {
    meta: StepMeta {
        number: 6,
        id: "vnc-address-returned",
        title: "the VNC address is returned",
        who: "libvirt driver → nova-compute",
        explanation: "\
The driver answers with `[vnc] server_proxyclient_address` of the compute node and the port from the domain: the address that
nova-novncproxy will dial. The default is 127.0.0.1, the proxy itself. Port -1 means that the guest does not run.",
        needs: &[5],
    },
    judge,
};

fn judge(case: &Case) -> View {
    let guest = running(case).into_iter().find(|guest| guest.asked == Some(true));
    let shown = guest.as_ref().and_then(|guest| Some((guest, guest.listens()?)));
    match shown {
        None => told(case),
        Some((guest, listens)) => told(case).with(StepEvidence {
            from: Some(guest.host.host.name.clone()),
            for_host: None,
            peer: None,
            text: format!("libvirt shows {} on {listens}", guest.name()),
            because: None,
        }),
    }
}

/// What nova made of the driver's answer.
fn told(case: &Case) -> View {
    if let Some(KnownToken::Known { host: Some(host), port: Some(port), .. }) =
        case.api().and_then(|api| api.token.as_ref())
    {
        return View::pass(format!("by nova-api the token stands for {host}:{port}"));
    }
    if let Some(info) = case.token.as_ref().and_then(TokenView::connect_info)
        && let (Some(host), Some(port)) = (&info.host, info.port)
    {
        return View::pass(format!("the token stands for {host}:{port}"));
    }
    if let Some(target) = case.sessions.iter().rev().find_map(|view| view.session.target.as_ref())
        && let (Some(host), Some(port)) = (&target.host, target.port)
    {
        return View::pass(format!("by the proxy's log the console is at {host}:{port}"));
    }
    let release = case.releases.newest();
    let name = if release <= 16 { "vncserver_proxyclient_address" } else { "server_proxyclient_address" };
    for view in case.running(Service::Compute, Basis::Guessed) {
        let Some(config) = view.config(Service::Compute, release) else { continue };
        let setting = config.get("vnc", name);
        if let Some(value) = setting.value().filter(|_| setting.is_set()) {
            return View::pass(format!("{} gives {} as the address to dial", view.name(), value.text()));
        }
    }
    View::past(
        case,
        "a console URL was handed out, so the driver answered",
        "no compute node's nova.conf: give --config NAME:compute=PATH",
    )
}

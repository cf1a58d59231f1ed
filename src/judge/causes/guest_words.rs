//! Guests as libvirt has written them down on the compute nodes that were looked at.

use crate::evidence::api::KnownToken;
use crate::evidence::domain::Domain;
use crate::judge::case::{Case, HostView, TokenView};
use crate::judge::find::Draft;

/// A guest that runs.
pub(crate) struct Guest<'c, 'e> {
    pub(crate) host: &'c HostView<'e>,
    pub(crate) domain: &'e Domain,
    /// Whether its console is the one asked about; `None` where that is not known.
    pub(crate) asked: Option<bool>,
}

impl Guest<'_, '_> {
    /// `instance-0000002a of cmp1`
    pub(crate) fn name(&self) -> String {
        format!("{} of {}", self.domain.name, self.host.name())
    }

    /// Where it listens for VNC: `10.0.0.21, port 5901`; `None` without a VNC server.
    pub(crate) fn listens(&self) -> Option<String> {
        let vnc = self.domain.vnc()?;
        let listen = vnc.listen.as_deref().or(vnc.socket.as_deref()).unwrap_or("no address");
        let port = vnc.port.map(|port| format!(", port {port}")).unwrap_or_default();
        Some(format!("{listen}{port}"))
    }

    /// Points to its file, or tells who showed it.
    pub(crate) fn place(&self, draft: Draft) -> Draft {
        if self.domain.file.is_empty() {
            return draft.seen(format!("by virsh --readonly -c qemu:///system dumpxml {}", self.domain.name));
        }
        draft.at_line(&self.domain.file, 1)
    }
}

/// Every guest that runs on a host whose libvirt was looked at.
pub(crate) fn running<'c, 'e>(case: &'c Case<'e>) -> Vec<Guest<'c, 'e>> {
    let info = case.token.as_ref().and_then(TokenView::connect_info);
    let by_row = || case.row().and_then(|(_, row)| row.instance.as_deref());
    let by_api = || match case.api()?.token.as_ref() {
        Some(KnownToken::Known { instance, .. }) => instance.as_deref(),
        _ => case.api()?.server.as_ref().filter(|_| case.asks_server()).map(|server| server.id.as_str()),
    };
    let asked = info.and_then(|info| info.instance_uuid.as_deref()).or_else(by_row).or_else(by_api);
    let asked = asked.map(str::to_lowercase);
    let of = |host: &'c HostView<'e>| {
        let domains = host.host.libvirt.iter().flat_map(|libvirt| &libvirt.running);
        let asked = asked.clone();
        domains.map(move |domain| Guest { host, domain, asked: asked.as_ref().map(|uuid| *uuid == domain.uuid) })
    };
    case.hosts.iter().flat_map(of).collect()
}

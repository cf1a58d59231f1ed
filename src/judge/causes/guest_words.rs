//! Guests as libvirt has written them down on the compute nodes that were looked at.

use crate::evidence::domain::Domain;
use crate::judge::case::{Case, HostView, TokenView};

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
}

/// Every guest that runs on a host whose libvirt was looked at.
pub(crate) fn running<'c, 'e>(case: &'c Case<'e>) -> Vec<Guest<'c, 'e>> {
    let info = case.token.as_ref().and_then(TokenView::connect_info);
    let by_row = || case.row().and_then(|(_, row)| row.instance.as_deref());
    let asked = info.and_then(|info| info.instance_uuid.as_deref()).or_else(by_row).map(str::to_lowercase);
    let of = |host: &'c HostView<'e>| {
        let domains = host.host.libvirt.iter().flat_map(|libvirt| &libvirt.running);
        let asked = asked.clone();
        domains.map(move |domain| Guest { host, domain, asked: asked.as_ref().map(|uuid| *uuid == domain.uuid) })
    };
    case.hosts.iter().flat_map(of).collect()
}

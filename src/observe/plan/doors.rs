//! The ways in beside the console URL's own: every nova-novncproxy that the files of its host name.

use crate::console::access_url::AccessUrl;
use crate::evidence::host::Host;
use crate::evidence::page::PageAnswer;
use crate::evidence::probe::{Behalf, Seen};
use crate::evidence::process::Service;
use crate::evidence::site::releases::Releases;
use crate::evidence::site::roles::{Basis, roles};
use crate::evidence::site::{is_loopback, is_wildcard};
use crate::evidence::{Evidence, dial::DialOutcome};
use crate::observe::limits::Limits;
use crate::observe::page;
use crate::observe::tls::Trust;
use crate::oslo::config::Config;
use futures_util::future::join_all;

/// Most proxies of the configuration that are looked at.
const MOST_BACKENDS: usize = 4;

/// A proxy as its host's files name it.
#[derive(Clone, Debug)]
pub(super) struct Backend {
    /// Where it listens.
    pub(super) host: String,
    /// Its port.
    pub(super) port: u16,
    /// It takes only TLS.
    pub(super) secure: bool,
    /// On whose word.
    pub(super) behalf: Behalf,
    /// The address is only the name that the user gave to the host.
    only_label: bool,
}

/// Every proxy of the configuration but the one that the URL names; another machine's loopback is left out.
pub(super) fn backends(evidence: &Evidence, url: &AccessUrl) -> Vec<Backend> {
    let release = Releases::of(evidence).newest().max(15);
    let mut found: Vec<Backend> = Vec::new();
    for (host, roles) in evidence.hosts.iter().zip(roles(evidence)) {
        let proxy = roles.iter().any(|(role, basis)| *role == Service::Novncproxy && *basis >= Basis::Guessed);
        let Some(config) = proxy.then(|| host.config(Service::Novncproxy, release)).flatten() else { continue };
        let Some((address, only_label)) = address(host, &config) else { continue };
        let Some(port) = config.int("vnc", "novncproxy_port").and_then(|port| u16::try_from(port).ok()) else {
            continue;
        };
        let own = url.host.eq_ignore_ascii_case(&address) && url.port == port;
        let known = found.iter().any(|other| other.host == address && other.port == port);
        if own || known || found.len() == MOST_BACKENDS || is_loopback(&address) && !evidence.may_dial_loopback(host) {
            continue;
        }
        let behalf = Behalf {
            from: evidence.vantage.machine.clone(),
            for_host: Some(host.name.clone()),
            because: Some("novncproxy_host and novncproxy_port".to_owned()),
        };
        let secure = config.bool("DEFAULT", "ssl_only") == Some(true);
        found.push(Backend { host: address, port, secure, behalf, only_label });
    }
    found
}

/// Where the proxy of a host is reached, and whether only the host's label says so.
fn address(host: &Host, config: &Config) -> Option<(String, bool)> {
    let bare = |text: String| text.trim().trim_matches(['[', ']']).to_owned();
    let listens =
        config.string("vnc", "novncproxy_host").map(bare).filter(|text| !text.is_empty() && !is_wildcard(text));
    if let Some(listens) = listens {
        return Some((listens, false));
    }
    let own = config.get("DEFAULT", "my_ip");
    if own.is_set() {
        return config.string("DEFAULT", "my_ip").map(|text| (bare(text), false));
    }
    if host.local {
        return Some(("127.0.0.1".to_owned(), false));
    }
    (!host.name.is_empty()).then(|| (host.name.clone(), true))
}

/// Asks each for the page, which tells a proxy from a stranger without the token. A label that stands for no address is
/// no evidence.
pub(super) async fn look(backends: Vec<Backend>, page: &str, limits: &Limits) -> Vec<(Backend, Seen<PageAnswer>)> {
    let trust = Trust::system();
    let looks = backends.into_iter().map(|backend| {
        let trust = trust.clone();
        async move {
            let seen =
                page::look(backend.secure, &backend.host, backend.port, page, &trust, limits, &backend.behalf).await;
            (backend, seen)
        }
    });
    let named = |(backend, seen): &(Backend, Seen<PageAnswer>)| {
        let nameless = matches!(
            seen.saw.dial.outcome,
            DialOutcome::NameUnknown | DialOutcome::NameServerFailed | DialOutcome::NameTimedOut { .. }
        );
        !(backend.only_label && nameless)
    };
    join_all(looks).await.into_iter().filter(named).collect()
}

/// The page's server is what nova-novncproxy is made of.
pub(super) fn is_proxy(seen: &Seen<PageAnswer>) -> bool {
    let server = seen.saw.page.as_ref().and_then(|page| page.server.as_ref());
    server.is_some_and(|server| server.to_ascii_lowercase().contains("websockify"))
}

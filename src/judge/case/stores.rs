//! Where each nova-consoleauth keeps tokens, for every release the evidence fits.

use super::HostView;
use crate::console::memcached_ring::{ServerAddr, parse_python_memcached};
use crate::console::release::Release;
use crate::console::token_store::TokenStore;
use crate::evidence::process::Service;
use crate::evidence::site::releases::Releases;
use crate::evidence::site::roles::Basis;
use crate::evidence::site::stores::store_by;

/// The store of one host.
pub(crate) struct StoreView {
    /// Index into the case's hosts.
    pub(crate) host: usize,
    /// The store by release, ascending; releases whose tokens are in the cell database alone are left out.
    pub(crate) by_release: Vec<(u16, TokenStore)>,
}

impl StoreView {
    /// Releases for which the cache behind nova-consoleauth is of a kind.
    pub(crate) fn holds(&self, kind: impl Fn(&TokenStore) -> bool) -> Vec<u16> {
        self.by_release.iter().filter(|(_, store)| kind(store.cache())).map(|(release, _)| *release).collect()
    }

    /// Of these releases, those whose proxies have no cell database to fall back on. Rocky and Stein with the workaround ask
    /// nova-consoleauth first and then the database (measured on 19.3.2), so a lost token breaks no console there.
    pub(crate) fn without_fallback(&self, releases: &[u16]) -> Vec<u16> {
        self.by_release
            .iter()
            .filter(|(release, store)| releases.contains(release) && !matches!(store, TokenStore::Both { .. }))
            .map(|(release, _)| *release)
            .collect()
    }

    /// The store of the newest release in which nova-consoleauth keeps tokens.
    pub(crate) fn newest(&self) -> Option<&TokenStore> {
        self.by_release.last().map(|(_, store)| store.cache())
    }

    /// The memcached servers that are asked, in order, as texts; empty for any other store.
    pub(crate) fn servers(&self) -> &[String] {
        self.newest().map(TokenStore::servers).unwrap_or_default()
    }

    /// The same, as python-memcached reads them; empty if one of them cannot be read.
    pub(crate) fn ring(&self) -> Vec<ServerAddr> {
        self.servers().iter().map(|text| parse_python_memcached(text)).collect::<Result<_, _>>().unwrap_or_default()
    }
}

/// A token lies in memcached: keeps the releases in which some nova-consoleauth of these would put it there. False where that
/// changes nothing, or none would.
pub(super) fn only_memcached(stores: &[StoreView], releases: &mut Releases) -> bool {
    let is_ring = |store: &TokenStore| matches!(store, TokenStore::Memcached { .. });
    let fits = |number: &u16| stores.iter().any(|store| store.holds(is_ring).contains(number));
    let kept: Vec<u16> = releases.candidates.iter().copied().filter(fits).collect();
    let changes = !kept.is_empty() && kept.len() < releases.candidates.len();
    if changes {
        releases.candidates = kept;
        releases.from = "config";
    }
    changes
}

/// The stores of all hosts that are taken to run nova-consoleauth and whose files were seen.
pub(super) fn stores(hosts: &[HostView], releases: &Releases) -> Vec<StoreView> {
    hosts
        .iter()
        .enumerate()
        .filter(|(_, host)| host.runs(Service::Consoleauth) >= Some(Basis::Guessed))
        .filter_map(|(index, host)| {
            let by_release: Vec<(u16, TokenStore)> = releases
                .candidates
                .iter()
                .filter_map(|&number| {
                    let release = releases.exact.or_else(|| Release::from_number(number))?;
                    Some((number, store_by(host.config(Service::Consoleauth, number)?.as_ref(), release)))
                })
                .filter(|(_, store)| !matches!(store, TokenStore::CellDatabase))
                .collect();
            (!by_release.is_empty()).then_some(StoreView { host: index, by_release })
        })
        .collect()
}

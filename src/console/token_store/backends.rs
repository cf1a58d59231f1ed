//! Which `[cache] backend` names a release takes, and what each one is.
//!
//! Read from the wheels at each release's upper constraints (oslo.cache / dogpile.cache): 13 1.6.0/0.5.7, 14 1.14.0/0.6.2,
//! 15 1.17.0/0.6.2, 16 1.25.2/0.6.4, 17 1.28.1/0.6.4, 18 1.30.4/0.6.6, 19 1.33.3/0.7.1. oslo.cache 1.24 brought a list of
//! choices, a short one up to 1.26 (so Pike refuses mongo, dbm and pylibmc, which 15 and 17 take).

use crate::console::release::Release;

/// What a backend does with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// python-memcached.
    Memcached,
    /// The memory of the process.
    Process,
    /// A file of the host.
    Host,
    /// Nothing at all.
    Null,
    /// Another store reached over the network; the argument it cannot start without.
    Shared { needs: Option<&'static str> },
}

const MEMCACHED: [&str; 2] = ["dogpile.cache.memcached", "oslo_cache.memcache_pool"];

/// oslo.cache 1.24 to 1.26: all that 16 takes.
const PIKE: [&str; 6] = [
    "oslo_cache.memcache_pool",
    "oslo_cache.dict",
    "dogpile.cache.memcached",
    "dogpile.cache.redis",
    "dogpile.cache.memory",
    "dogpile.cache.null",
];

/// The kind of a backend, `None` when the release has none of that name.
pub(super) fn kind(release: Release, backend: &str) -> Option<Kind> {
    let kind = match backend {
        name if MEMCACHED.contains(&name) => Kind::Memcached,
        "oslo_cache.dict" | "dogpile.cache.memory" | "dogpile.cache.memory_pickle" => Kind::Process,
        "dogpile.cache.dbm" => Kind::Host,
        "dogpile.cache.null" => Kind::Null,
        // without url oslo.cache hands it the list of memcached servers, which redis-py cannot read (run on 2.10.6)
        "dogpile.cache.redis" => Kind::Shared { needs: Some("url") },
        "oslo_cache.mongo" => Kind::Shared { needs: Some("db_hosts") },
        "oslo_cache.etcd3gw" if release.number >= 17 => Kind::Shared { needs: None },
        "dogpile.cache.pylibmc" | "dogpile.cache.bmemcached" => Kind::Shared { needs: None },
        _ => return None,
    };
    (release.number != 16 || PIKE.contains(&backend)).then_some(kind)
}

/// Does oslo.cache split the `url` argument on commas? From 1.30.2 on, for the two python-memcached backends. Rocky was
/// released with 1.30.1 and is pinned at 1.30.4; the pin counts here.
pub(super) fn splits_url(release: Release, backend: &str) -> bool {
    release.number >= 18 && MEMCACHED.contains(&backend)
}

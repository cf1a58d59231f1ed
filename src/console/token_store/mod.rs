//! Where a host keeps and looks for console tokens, by release and settings.
//!
//! The truth is nova's: `nova/openstack/common/memorycache.py` (12), `nova/cache_utils.py` and
//! `nova/consoleauth/manager.py` (13-19), `nova/console/websocketproxy.py` and `nova/objects/console_auth_token.py`
//! (18+), with oslo.cache's `core.py` of the release. 12, 13, 15, 17 and 19 were run against a real memcached.

mod backends;
mod settings;
#[cfg(test)]
mod tests;

pub use settings::{BackendArgument, StoreSettings, Switch};

use serde::{Deserialize, Serialize};

use super::memcached_ring::{ServerProblem, parse_python_memcached};
use backends::Kind;

/// Where the tokens of one host are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "store", rename_all = "snake_case")]
pub enum TokenStore {
    /// memcached through python-memcached; shared by all hosts whose lists agree.
    Memcached {
        /// Server strings as written, in order.
        servers: Vec<String>,
        /// Where the list comes from.
        from: Which,
        /// The key's form on the wire.
        key: KeyForm,
        /// Backend name; `python-memcached` where nova uses the library itself (12).
        backend: String,
    },
    /// nova's own dictionary in the memory of one nova-consoleauth: lost at restart, unknown to any other.
    ProcessDict {
        /// Why nova falls back on it.
        why: DictWhy,
    },
    /// A backend that keeps tokens in the memory of one process.
    ProcessLocal {
        /// Backend name.
        backend: String,
    },
    /// A backend that keeps tokens in a file of one host.
    HostLocal {
        /// Backend name.
        backend: String,
    },
    /// Nothing is kept: every token is refused, even with one controller.
    Null {
        /// Why.
        why: NullWhy,
    },
    /// Another shared store (redis, mongo, etcd3gw, or memcached by another client with another node choice).
    OtherShared {
        /// Backend name.
        backend: String,
    },
    /// The release has no such backend.
    Refuses {
        /// Backend name as written.
        backend: String,
        /// When it says so.
        when: RefusedAt,
    },
    /// The store cannot be used; nova-consoleauth raises an exception.
    Fails {
        /// What is wrong.
        reason: FailReason,
    },
    /// The table `console_auth_tokens` of the cell database (18+).
    CellDatabase,
    /// 18-19 with `[workarounds] enable_consoleauth`: the cell database, and nova-consoleauth's store, asked first.
    Both {
        /// nova-consoleauth's store.
        cache: Box<TokenStore>,
    },
    /// An option that decides is set to something unknown.
    Unknown {
        /// The option, as `[section] name`.
        option: String,
    },
}

/// Where a list of memcached servers comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// `[DEFAULT] memcached_servers` (12, 13).
    DefaultOption,
    /// `[cache] memcache_servers`.
    CacheServers,
    /// `[cache] backend_argument = url:...`, which wins over `memcache_servers`.
    BackendArgument,
    /// The default of `[cache] memcache_servers`, `localhost:11211`: each host its own memcached.
    BuiltInDefault,
}

/// The form of a token's key in memcached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyForm {
    /// The clear token (12, and 13 with `[DEFAULT] memcached_servers`).
    Raw,
    /// SHA-1 in hex.
    Sha1,
}

/// Why nova keeps tokens in a dictionary of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DictWhy {
    /// Nothing about caching is set.
    NothingSet,
    /// Only `[DEFAULT] memcached_servers` is set, which this release ignores.
    DefaultOptionIgnored,
    /// `[cache]` is filled in, but `enabled` is not set (or is misspelt, as `enable`).
    EnabledUnset,
    /// `[cache] enabled` is false.
    EnabledFalse,
    /// `[cache]` is filled in, in a release that has no such section (12).
    SectionIgnored,
}

/// Why nothing is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NullWhy {
    /// `[cache] enabled` without a backend: the default is `dogpile.cache.null`.
    BackendUnset,
    /// `[cache] backend = dogpile.cache.null`.
    BackendNull,
    /// A memcached backend with an empty list of servers: python-memcached drops every value without a word.
    NoServers,
}

/// When an unknown backend name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusedAt {
    /// 13-15: dogpile raises `Can't load plugin` at the first token.
    FirstUse,
    /// 16-19: oslo.config raises `ConfigFileValueError`; the service does not start.
    Start,
}

/// Why a store raises.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailReason {
    /// python-memcached cannot use one of the servers, and with it none.
    ServerString {
        /// The whole list.
        servers: Vec<String>,
        /// Where the list comes from.
        from: Which,
        /// Place of the first bad one, from 0.
        index: usize,
        /// What is wrong with it.
        problem: ServerProblem,
    },
    /// A backend lacks an argument it cannot do without.
    MissingArgument {
        /// Backend name.
        backend: String,
        /// The argument for `[cache] backend_argument`.
        argument: String,
    },
}

impl TokenStore {
    /// nova-consoleauth's side of the store: what [`TokenStore::Both`] holds, else the store itself.
    pub fn cache(&self) -> &Self {
        match self {
            Self::Both { cache } => cache,
            other => other,
        }
    }

    /// The memcached servers that are asked, in order; empty for any other store.
    pub fn servers(&self) -> &[String] {
        match self.cache() {
            Self::Memcached { servers, .. } => servers,
            _ => &[],
        }
    }

    /// The form of the key, for a memcached store.
    pub fn key_form(&self) -> Option<KeyForm> {
        match self.cache() {
            Self::Memcached { key, .. } => Some(*key),
            _ => None,
        }
    }

    /// Can a second host find a token there, its own settings permitting? `None` when unknown.
    pub fn is_shared(&self) -> Option<bool> {
        match self {
            Self::Memcached { .. } | Self::OtherShared { .. } | Self::CellDatabase | Self::Both { .. } => Some(true),
            Self::Unknown { .. } => None,
            _ => Some(false),
        }
    }

    /// Does the store lose every token, even with one controller?
    pub fn keeps_nothing(&self) -> bool {
        matches!(self, Self::Null { .. } | Self::Refuses { .. } | Self::Fails { .. })
    }
}

/// The store that these settings give, on the host they are of.
pub fn token_store(settings: &StoreSettings) -> TokenStore {
    match settings.release.number {
        ..=17 => consoleauth_store(settings),
        18..=19 if settings.cells_v1 => consoleauth_store(settings),
        18..=19 => match settings.enable_consoleauth {
            Switch::On => TokenStore::Both { cache: Box::new(consoleauth_store(settings)) },
            Switch::Unknown => unknown("[workarounds] enable_consoleauth"),
            Switch::Off | Switch::Unset => TokenStore::CellDatabase,
        },
        _ => TokenStore::CellDatabase,
    }
}

fn unknown(option: &str) -> TokenStore {
    TokenStore::Unknown { option: option.to_owned() }
}

/// `nova.cache_utils.get_client` (13-19), `memorycache.get_client` (12).
fn consoleauth_store(settings: &StoreSettings) -> TokenStore {
    let number = settings.release.number;
    if number <= 13
        && let Some(servers) = settings.default_memcached_servers.as_ref().filter(|servers| !servers.is_empty())
    {
        let backend = if number == 12 { "python-memcached" } else { "dogpile.cache.memcached" };
        return memcached(servers.clone(), Which::DefaultOption, KeyForm::Raw, backend);
    }
    if number == 12 {
        let why = if names_cache(settings) || settings.cache_enabled == Switch::On {
            DictWhy::SectionIgnored
        } else {
            DictWhy::NothingSet
        };
        return TokenStore::ProcessDict { why };
    }
    match settings.cache_enabled {
        Switch::On => region_store(settings),
        Switch::Unknown => unknown("[cache] enabled"),
        Switch::Off => TokenStore::ProcessDict { why: DictWhy::EnabledFalse },
        Switch::Unset => TokenStore::ProcessDict {
            why: if names_cache(settings) {
                DictWhy::EnabledUnset
            } else if settings.default_memcached_servers.is_some() && number >= 14 {
                DictWhy::DefaultOptionIgnored
            } else {
                DictWhy::NothingSet
            },
        },
    }
}

fn names_cache(settings: &StoreSettings) -> bool {
    settings.cache_backend.is_some() || settings.memcache_servers.is_some() || !settings.backend_arguments.is_empty()
}

/// `oslo_cache.core.configure_cache_region`, with `[cache] enabled` true.
fn region_store(settings: &StoreSettings) -> TokenStore {
    let Some(backend) = settings.cache_backend.as_deref() else {
        return TokenStore::Null { why: NullWhy::BackendUnset };
    };
    let backend_name = || backend.to_owned();
    match backends::kind(settings.release, backend) {
        None => TokenStore::Refuses {
            backend: backend_name(),
            when: if settings.release.number >= 16 { RefusedAt::Start } else { RefusedAt::FirstUse },
        },
        Some(Kind::Null) => TokenStore::Null { why: NullWhy::BackendNull },
        Some(Kind::Process) => TokenStore::ProcessLocal { backend: backend_name() },
        Some(Kind::Host) => {
            needs(settings, backend, "filename").unwrap_or_else(|| TokenStore::HostLocal { backend: backend_name() })
        }
        Some(Kind::Shared { needs: argument }) => argument
            .and_then(|argument| needs(settings, backend, argument))
            .unwrap_or_else(|| TokenStore::OtherShared { backend: backend_name() }),
        Some(Kind::Memcached) => match region_servers(settings, backend) {
            Some((servers, from)) => memcached(servers, from, KeyForm::Sha1, backend),
            None => unknown("[cache] backend_argument"),
        },
    }
}

/// The failure of a backend that lacks an argument.
fn needs(settings: &StoreSettings, backend: &str, argument: &str) -> Option<TokenStore> {
    settings.argument(argument).is_none().then(|| TokenStore::Fails {
        reason: FailReason::MissingArgument { backend: backend.to_owned(), argument: argument.to_owned() },
    })
}

/// The `url` that oslo.cache hands to a memcached backend; `None` when it is set to something not kept.
fn region_servers(settings: &StoreSettings, backend: &str) -> Option<(Vec<String>, Which)> {
    if let Some(argument) = settings.argument("url") {
        let url = argument.value.as_deref()?;
        let servers = if backends::splits_url(settings.release, backend) {
            url.split(',').map(str::to_owned).collect()
        } else {
            // dogpile's coerce_string_conf strips a text, and only a text
            vec![url.trim().to_owned()]
        };
        return Some((servers, Which::BackendArgument));
    }
    Some(match &settings.memcache_servers {
        Some(servers) => (servers.clone(), Which::CacheServers),
        None => (vec!["localhost:11211".to_owned()], Which::BuiltInDefault),
    })
}

fn memcached(servers: Vec<String>, from: Which, key: KeyForm, backend: &str) -> TokenStore {
    if servers.is_empty() {
        return TokenStore::Null { why: NullWhy::NoServers };
    }
    let bad =
        servers.iter().enumerate().find_map(|(index, server)| Some((index, parse_python_memcached(server).err()?)));
    match bad {
        Some((index, problem)) => {
            TokenStore::Fails { reason: FailReason::ServerString { servers, from, index, problem } }
        }
        None => TokenStore::Memcached { servers, from, key, backend: backend.to_owned() },
    }
}

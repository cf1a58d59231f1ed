//! The token store of a host, read from its files as a release reads them.

use crate::console::release::Release;
use crate::console::token_store::{BackendArgument, StoreSettings, Switch, TokenStore, token_store};
use crate::evidence::host::Host;
use crate::evidence::process::Service;
use crate::oslo::config::{Config, Outcome};
use crate::oslo::ini::Filled;
use crate::oslo::value::Value;

/// Options are known from this release on; older ones are read by its rules.
const OLDEST_OPTIONS: u16 = 15;

/// Where a service of this host keeps or looks for tokens. `None` where no file of it was seen.
pub fn store_of(host: &Host, service: Service, release: Release) -> Option<TokenStore> {
    Some(store_by(&host.config(service, release.number.max(OLDEST_OPTIONS))?, release))
}

/// The same of what a service reads.
pub fn store_by(config: &Config, release: Release) -> TokenStore {
    let store = token_store(&settings(config, release));
    let hidden = ["backend", "memcache_servers", "backend_argument"].into_iter().find(|name| filled_in(config, name));
    match (store, hidden) {
        (store @ (TokenStore::ProcessDict { .. } | TokenStore::CellDatabase), _) | (store, None) => store,
        (TokenStore::Both { .. }, Some(name)) => TokenStore::Both { cache: Box::new(unknown(name)) },
        (_, Some(name)) => unknown(name),
    }
}

fn unknown(name: &str) -> TokenStore {
    TokenStore::Unknown { option: format!("[cache] {name}") }
}

/// A template sets this cache option, or may, to what is not known.
fn filled_in(config: &Config, name: &str) -> bool {
    let by_template = config.assignments("cache", name).any(|(_, entry)| entry.filled != Filled::No);
    let setting = config.get("cache", name);
    by_template || (!setting.is_set() && matches!(setting.value, Outcome::Unknown(_)))
}

/// The options that decide, as [`token_store`] wants them.
fn settings(config: &Config, release: Release) -> StoreSettings {
    let written = |section, key| config.assignments(section, key).map(|(_, entry)| entry.value.as_str());
    StoreSettings {
        default_memcached_servers: written("DEFAULT", "memcached_servers").last().map(list),
        cache_enabled: switch(config, "cache", "enabled"),
        cache_backend: text(config, "cache", "backend"),
        memcache_servers: servers(config),
        backend_arguments: written("cache", "backend_argument").filter_map(BackendArgument::parse).collect(),
        enable_consoleauth: switch(config, "workarounds", "enable_consoleauth"),
        cells_v1: config.bool("cells", "enable") == Some(true),
        ..StoreSettings::of(release)
    }
}

fn switch(config: &Config, section: &str, name: &str) -> Switch {
    let setting = config.get(section, name);
    match setting.value {
        Outcome::Unknown(_) => Switch::Unknown,
        _ if !setting.is_set() => Switch::Unset,
        Outcome::Value(Value::Boolean(value)) => Some(value).into(),
        _ => Switch::Unknown,
    }
}

fn text(config: &Config, section: &str, name: &str) -> Option<String> {
    let setting = config.get(section, name);
    match &setting.value {
        _ if !setting.is_set() => None,
        Outcome::Value(Value::Text(value)) => Some(value.clone()),
        // refused as no choice of this release: the store says so in its own words
        _ => setting.raw.clone(),
    }
}

fn servers(config: &Config) -> Option<Vec<String>> {
    config.get("cache", "memcache_servers").is_set().then(|| config.list("cache", "memcache_servers")).flatten()
}

/// A comma-separated list, trimmed, empty items dropped: only for options that oslo.config no longer reads.
fn list(value: &str) -> Vec<String> {
    value.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

//! The truth table, a test for every row, for each release it holds for: this file's helpers, then the table and the
//! backends.
#![allow(clippy::unwrap_used)]

mod backends;
mod table;

use super::*;
use crate::console::release::Release;

const CONSOLEAUTH: std::ops::RangeInclusive<u16> = 14..=19;

/// Settings of a release; 18 and 19 with the workaround, so that consoleauth's store counts.
fn of(number: u16) -> StoreSettings {
    let mut settings = StoreSettings::of(Release::from_number(number).unwrap());
    if number >= 18 {
        settings.enable_consoleauth = Switch::On;
    }
    settings
}

fn with(number: u16, change: impl FnOnce(&mut StoreSettings)) -> TokenStore {
    let mut settings = of(number);
    change(&mut settings);
    token_store(&settings).cache().clone()
}

fn list(servers: &[&str]) -> Vec<String> {
    servers.iter().map(|server| (*server).to_owned()).collect()
}

fn ctl() -> Vec<String> {
    list(&["ctl1:11211", "ctl2:11211"])
}

fn argument(text: &str) -> Vec<BackendArgument> {
    BackendArgument::parse(text).into_iter().collect()
}

fn enabled(number: u16, backend: &str) -> TokenStore {
    with(number, |s| {
        s.cache_enabled = Switch::On;
        s.cache_backend = Some(backend.to_owned());
        s.memcache_servers = Some(ctl());
    })
}

fn dict(why: DictWhy) -> TokenStore {
    TokenStore::ProcessDict { why }
}

fn shared(servers: Vec<String>, from: Which, key: KeyForm, backend: &str) -> TokenStore {
    TokenStore::Memcached { servers, from, key, backend: backend.to_owned() }
}

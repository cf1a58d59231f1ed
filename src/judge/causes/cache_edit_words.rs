//! The edits that give nova-consoleauth a shared cache, where the configuration leaves one choice.
//!
//! What must be there: `[cache] enabled`, a backend and the list of servers. A list that stands in the wrong place is moved, a
//! misspelt name mended, a missing switch and a missing backend put in: oslo_cache.memcache_pool, which the documentation
//! names. Nothing is offered where somebody has to choose: no list anywhere, a switch that is off, a backend of another kind.

use super::edit_words::{carried, drop_line, insert, rename, rename_section, value};
use crate::console::memcached_ring::parse_python_memcached;
use crate::evidence::host::ConfigFile;
use crate::evidence::process::Service;
use crate::finding::Edit;
use crate::judge::case::{Case, HostView, StoreView};
use crate::oslo::config::{Config, Outcome};
use crate::oslo::ini::Entry;
use crate::oslo::options::normalized;
use crate::oslo::value::Value;
use std::net::Ipv6Addr;

/// The one documented choice.
const BACKEND: &str = "oslo_cache.memcache_pool";
/// Stores nothing.
const NULL: &str = "dogpile.cache.null";
/// Backends that share tokens through a list of memcached servers.
const SHARED: [&str; 5] = [
    BACKEND,
    "dogpile.cache.memcached",
    "dogpile.cache.pylibmc",
    "dogpile.cache.bmemcached",
    "dogpile.cache.pymemcache",
];

/// An entry that nova passes over, and the cache option that was meant.
pub(super) type Meant<'e> = (&'e ConfigFile, &'e Entry, &'static str);

/// What makes the cache of this host whole; empty if that is not certain.
pub(super) fn cache_edits(case: &Case, store: &StoreView, ignored: &[Meant]) -> Vec<Edit> {
    // a release that keeps tokens in the database alone needs none of it
    if store.by_release.len() != case.releases.candidates.len() {
        return Vec::new();
    }
    let host = &case.hosts[store.host];
    let config = store.by_release.last().and_then(|(release, _)| host.config(Service::Consoleauth, *release));
    config.and_then(|config| whole(host, &config, ignored)).unwrap_or_default()
}

fn whole(host: &HostView, config: &Config, ignored: &[Meant]) -> Option<Vec<Edit>> {
    let set = |name: &str| config.get("cache", name).is_set();
    if set("backend_argument") {
        return None;
    }
    let mut edits = Vec::new();
    let mut missing: Vec<(&str, String)> = Vec::new();
    let mut place = None;
    let mut given = Vec::new();
    for wanted in ["enabled", "backend", "memcache_servers"] {
        // the last of several counts, as it would have
        let Some((file, entry, _)) = ignored.iter().rev().find(|(.., meant)| *meant == wanted) else { continue };
        if set(wanted) {
            continue;
        }
        match normalized(&entry.section).as_ref() {
            "cache" => edits.push(rename(file, entry, wanted)),
            section if section.trim().eq_ignore_ascii_case("cache") => {
                edits.push(rename_section(file, entry, "cache")?);
                if entry.key != wanted {
                    edits.push(rename(file, entry, wanted));
                }
            }
            section if section.eq_ignore_ascii_case("DEFAULT") => {
                missing.push((wanted, carried(entry)?));
                let same = |other: &&Meant| other.0.path == file.path && other.1.section == entry.section;
                for (_, entry, _) in ignored.iter().filter(|other| other.2 == wanted).filter(same) {
                    edits.push(drop_line(file, entry)?);
                }
            }
            _ => return None,
        }
        place = Some(*file);
        given.push(wanted);
    }
    let servers = config.get("cache", "memcache_servers");
    if !given.contains(&"memcache_servers") {
        let listed = matches!(&servers.value, Outcome::Value(Value::List(items)) if !items.is_empty());
        let (file, _) = host.entry(&servers).filter(|_| listed)?;
        place = place.or(Some(file));
    }
    let enabled = config.get("cache", "enabled");
    if !given.contains(&"enabled") {
        match enabled.value {
            _ if !enabled.is_set() => missing.insert(0, ("enabled", "True".to_owned())),
            Outcome::Value(Value::Boolean(true)) => {}
            _ => return None,
        }
    }
    let backend = config.get("cache", "backend");
    if !given.contains(&"backend") {
        match &backend.value {
            _ if !backend.is_set() => {
                let after_switch = usize::from(missing.first().is_some_and(|(name, _)| *name == "enabled"));
                missing.insert(after_switch, ("backend", BACKEND.to_owned()));
            }
            Outcome::Value(Value::Text(text)) if text == NULL => {
                let (file, entry) = host.entry(&backend)?;
                edits.push(value(file, entry, BACKEND)?);
            }
            Outcome::Value(Value::Text(text)) if SHARED.contains(&text.as_str()) => {}
            _ => return None,
        }
    }
    if !missing.is_empty() {
        let options: Vec<(&str, &str)> = missing.iter().map(|(name, value)| (*name, value.as_str())).collect();
        edits.push(insert_near(place?, &options)?);
    }
    edits.dedup();
    Some(edits)
}

/// The list of servers as python-memcached can read it: empty items go, IPv6 addresses get their form. None where that is
/// not all that is wrong with it.
pub(super) fn readable_servers(file: &ConfigFile, entry: &Entry) -> Option<Edit> {
    let text = carried(entry)?;
    let servers: Option<Vec<String>> =
        text.split(',').map(str::trim).filter(|server| !server.is_empty()).map(readable).collect();
    let servers = servers.filter(|servers| !servers.is_empty())?;
    value(file, entry, &servers.join(","))
}

fn readable(server: &str) -> Option<String> {
    if parse_python_memcached(server).is_ok() {
        return Some(server.to_owned());
    }
    let (address, port) = server.strip_prefix('[')?.split_once("]:")?;
    address.parse::<Ipv6Addr>().ok()?;
    let mended = format!("inet6:[{address}]:{port}");
    parse_python_memcached(&mended).is_ok().then_some(mended)
}

/// Into the file's `[cache]`, also one whose header is being mended.
fn insert_near(file: &ConfigFile, options: &[(&str, &str)]) -> Option<Edit> {
    let odd = file.parsed.sections.iter().find(|header| header.name.trim().eq_ignore_ascii_case("cache"));
    match odd {
        Some(header) => insert(file, &normalized(&header.name), options),
        None => insert(file, "cache", options),
    }
}

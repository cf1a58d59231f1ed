//! An option that was to share console tokens stands under a name or in a section that nova does not read.
//!
//! `[DEFAULT] memcached_servers` was dropped in Newton (14.0.0, commit 505bc44615) and nothing logs it; a misspelt
//! `[cache]` option is ignored in the same silence. `[keystone_authtoken] memcached_servers` is another program's and
//! right where it is.

use super::Cause;
use super::cache_edit_words::{Meant, cache_edits};
use super::store_words::{cache_remedy, host_names};
use crate::console::memcached_ring::{DEFAULT_PORT, ServerAddr, parse_python_memcached};
use crate::console::token_store::{NullWhy, TokenStore, Which};
use crate::evidence::host::ConfigFile;
use crate::evidence::process::Service;
use crate::evidence::site::is_loopback;
use crate::finding::{CauseMeta, Finding, Need, Severity, Symptom};
use crate::judge::case::{Case, HostView, StoreView};
use crate::judge::find::Draft;
use crate::judge::words::list;
use crate::oslo::ini::Entry;
use crate::oslo::options;
use strsim::damerau_levenshtein;

const META: CauseMeta = CauseMeta {
    id: "cache-option-ignored",
    home: 10,
    releases: "14-19",
    severity: Severity::Error,
    field: &["A2"],
    title: "a cache option is misspelt, in the wrong section, or of a release long gone",
    needs: &[Need::Config],
    symptoms: &[Symptom::TokenRefused, Symptom::HangsUp, Symptom::Alternates],
    explanation: "\
Nova reads `[cache] enabled`, `[cache] backend` and `[cache] memcache_servers` on every host that runs nova-consoleauth.
`[DEFAULT] memcached_servers` was the option up to Mitaka (13); from Newton (14) on it is ignored without a word in any log,
and so is every misspelt name (`memcached_servers` in [cache], `enable`) and every section nova does not know (`[ cache ]`).

Then each nova-consoleauth keeps tokens in its own memory. RabbitMQ hands `authorize_console` to one of them and
`check_token` to any: with three controllers two of three consoles end with code 1006, and memcached stays empty.

`[keystone_authtoken] memcached_servers` is right: it belongs to keystonemiddleware and has nothing to do with consoles.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// What nova reads.
const WANTED: [&str; 3] = ["enabled", "backend", "memcache_servers"];

/// An entry that nova passes over, and what was meant.
struct Ignored<'e> {
    file: &'e ConfigFile,
    entry: &'e Entry,
    meant: &'static str,
    why: String,
}

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let mut hit: Vec<(&StoreView, Vec<u16>, Ignored)> = Vec::new();
    for store in &case.stores {
        let holds: Vec<u16> = store.holds(|kind| !as_configured(kind)).into_iter().filter(|&r| r >= 14).collect();
        if holds.is_empty() {
            continue;
        }
        if let Some(ignored) = ignored(&case.hosts[store.host], store) {
            hit.push((store, holds, ignored));
        }
    }
    let Some((first, holds, ignored)) = hit.first() else { return Vec::new() };
    let names = host_names(case, hit.iter().map(|(store, ..)| *store));
    let host = &case.hosts[first.host];
    let keeps = match first.newest() {
        Some(TokenStore::Memcached { .. }) => "asks a memcached on its own localhost for console tokens",
        Some(TokenStore::Null { .. }) if ignored.meant == "backend" => "keeps no console token at all",
        Some(TokenStore::Null { .. }) => "names its memcached nodes in vain",
        _ => "keeps console tokens in the memory of its own nova-consoleauth",
    };
    let subject = if hit.len() > 1 { format!("each of {names}") } else { names.clone() };
    let message = format!("{subject} {keeps}: {}", ignored.why);
    let mut draft = Draft::new(&META, case.severity_of_loss(first, holds), message)
        .releases(Case::span(holds))
        .host(host.host)
        .service(Service::Consoleauth)
        .at_name(ignored.file, ignored.entry)
        .remedy(
            cache_remedy(case, &names, Some(&ignored.entry.value).filter(|_| ignored.meant == "memcache_servers"))
                .edits(hit.iter().flat_map(|(store, ..)| cache_edits(case, store, &meant_of(&case.hosts[store.host])))),
        );
    for (store, _, other) in &hit[1..] {
        draft = draft.same(case.hosts[store.host].host, other.file, other.entry);
    }
    let sharing: Vec<&str> = case
        .stores
        .iter()
        .filter(|store| !hit.iter().any(|(other, ..)| other.host == store.host))
        .map(|store| case.hosts[store.host].name())
        .collect();
    if !sharing.is_empty() {
        draft = draft.seen(format!("not so on {}", list(&sharing)));
    }
    vec![super::store_words::with_store_evidence(draft, case).done()]
}

/// The store is what somebody set up, not a fall-back.
fn as_configured(store: &TokenStore) -> bool {
    match store {
        TokenStore::Memcached { from, .. } => *from != Which::BuiltInDefault,
        TokenStore::Null { why } => *why != NullWhy::BackendUnset,
        TokenStore::ProcessDict { .. } => false,
        _ => true,
    }
}

/// The built-in list, `localhost:11211`, in any spelling.
fn is_default(list: &str) -> bool {
    parse_python_memcached(list.trim())
        .is_ok_and(|server| matches!(server, ServerAddr::Inet { host, port: DEFAULT_PORT, .. } if is_loopback(&host)))
}

/// Whether a host's `backend` is there, misspelt: then that is why it is not set.
pub(super) fn misspelt_backend(host: &HostView) -> bool {
    host.entries(Service::Consoleauth).any(|(_, entry)| meant(entry).is_some_and(|(meant, _)| meant == "backend"))
}

/// Every entry of a host that nova passes over, with what was meant.
fn meant_of<'e>(host: &HostView<'e>) -> Vec<Meant<'e>> {
    host.entries(Service::Consoleauth)
        .filter_map(|(file, entry)| meant(entry).map(|(meant, _)| (file, entry, meant)))
        .collect()
}

/// The entry that explains the fall-back best: the list of servers before the switch, the switch before the backend.
fn ignored<'e>(host: &HostView<'e>, store: &StoreView) -> Option<Ignored<'e>> {
    let config = host.config(Service::Consoleauth, store.by_release.last()?.0)?;
    let unset = |name: &str| matches!(config.get("cache", name).origin, crate::oslo::config::Origin::Default);
    let mut found: Vec<Ignored> = host
        .entries(Service::Consoleauth)
        .filter_map(|(file, entry)| {
            let (meant, why) = meant(entry)?;
            // what the default says anyway is missed by nobody
            let same = matches!(store.newest(), Some(TokenStore::Memcached { from: Which::BuiltInDefault, .. }))
                && meant == "memcache_servers"
                && is_default(&entry.value);
            (!same && unset(meant)).then_some(Ignored { file, entry, meant, why })
        })
        .collect();
    let null = matches!(store.newest(), Some(TokenStore::Null { .. }));
    found.sort_by_key(|ignored| {
        (null && ignored.meant != "backend", WANTED.iter().rev().position(|wanted| *wanted == ignored.meant))
    });
    found.into_iter().next()
}

/// Which cache option an entry was to be, and why nova does not read it.
fn meant(entry: &Entry) -> Option<(&'static str, String)> {
    let key = entry.key.as_str();
    let of_servers = matches!(key, "memcache_servers" | "memcached_servers");
    if !of_servers && !WANTED.contains(&key) && !options::is_section(&entry.section, "cache") {
        return None;
    }
    let section = options::normalized(&entry.section);
    if section == "DEFAULT" && key == "memcached_servers" {
        let why = "[DEFAULT] memcached_servers is ignored from newton (14) on, and no log says so";
        return Some(("memcache_servers", why.to_owned()));
    }
    if section == "cache" {
        if WANTED.contains(&key) || options::lookup("cache", key).is_some() {
            return None;
        }
        let meant = nearest(key)?;
        return Some((meant, format!("[cache] {key} is no option of nova; {meant} is meant, and no log says so")));
    }
    if (WANTED.contains(&key) || of_servers) && near_section(&entry.section) {
        let meant = nearest(key)?;
        return Some((meant, format!("[{}] is no section of nova; [cache] {meant} is meant", entry.section)));
    }
    if entry.section.eq_ignore_ascii_case("DEFAULT") && section != "DEFAULT" && of_servers {
        let why =
            format!("[{}] is no section of nova: DEFAULT is written in capitals, and [cache] is meant", entry.section);
        return Some(("memcache_servers", why));
    }
    let others = section.contains("auth") && section != "consoleauth";
    if of_servers && !others && options::lookup(&section, key).is_none() {
        return Some((
            "memcache_servers",
            format!("[{}] {key} is no option of nova; [cache] memcache_servers is meant", entry.section),
        ));
    }
    None
}

fn nearest(key: &str) -> Option<&'static str> {
    let plain = key.to_ascii_lowercase().replace('-', "_");
    WANTED
        .into_iter()
        .map(|wanted| (damerau_levenshtein(&plain, wanted), wanted))
        .filter(|(distance, wanted)| *distance <= if wanted.len() > 8 { 3 } else { 2 })
        .min()
        .map(|(_, wanted)| wanted)
}

/// The longest section that may be taken for it.
const LONGEST: usize = 16;

/// `[ cache ]`, `[Cache ]`, `[caches]`, `[oslo_cache]`, but not `[cache]` itself in any case.
fn near_section(section: &str) -> bool {
    let trimmed = section.trim();
    if trimmed.len() > LONGEST {
        return false;
    }
    let plain = trimmed.to_ascii_lowercase().replace('-', "_");
    !section.eq_ignore_ascii_case("cache")
        && (matches!(plain.as_str(), "cache" | "oslo_cache" | "oslo.cache" | "memcache" | "memcached" | "nova_cache")
            || damerau_levenshtein(&plain, "cache") == 1 && plain != "cache")
}

//! Evidence of one or several hosts in one file: saved, loaded, merged.
//!
//! The form is versioned by [`SCHEMA`]. Merged bundles keep their own time and vantage in what they saw; of one host seen
//! twice the newest counts.

use super::target::{Target, TargetKind};
use super::{Evidence, SCHEMA};
use crate::console::release::Release;

/// Largest bundle read, in bytes.
pub const LIMIT: u64 = 512 * 1024 * 1024;

/// The saved form, ending in a newline.
///
/// # Errors
/// Only if a value cannot be serialised, which would be a defect.
pub fn save(evidence: &Evidence) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(evidence)? + "\n")
}

/// Reads a saved form.
///
/// # Errors
/// Words about what is no bundle, or one of another version.
pub fn load(bytes: &[u8]) -> Result<Evidence, String> {
    let value: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| {
        format!("not a bundle of vncdoctor: no JSON at line {}, column {}", error.line(), error.column())
    })?;
    if value.get("verdict").is_some() {
        return Err("a report of vncdoctor, not a bundle; vncdoctor collect saves one".to_owned());
    }
    match value.get("schema").and_then(serde_json::Value::as_u64) {
        Some(schema) if schema == u64::from(SCHEMA) => {}
        Some(schema) => return Err(format!("a bundle of form {schema}; this vncdoctor reads form {SCHEMA}")),
        None => return Err("not a bundle of vncdoctor: the key \"schema\" is missing".to_owned()),
    }
    serde_json::from_value(value).map_err(|error| format!("not a bundle of vncdoctor: {error}"))
}

/// Several bundles as one. A target or release that the user named now beats those of the bundles.
pub fn merge(mut bundles: Vec<Evidence>, target: &Target, release: Option<Release>) -> Evidence {
    // which bundle was saved last says nothing of the hosts' order
    let order: Vec<String> = bundles.iter().flat_map(|one| &one.hosts).map(|host| host.name.clone()).collect();
    bundles.sort_by(|a, b| a.ended.total_cmp(&b.ended));
    let newest = bundles.pop();
    let mut whole = newest.unwrap_or_else(|| Evidence::empty(SCHEMA));
    // older ones, the newest first, add what is not there yet
    for older in bundles.into_iter().rev() {
        whole.began = whole.began.min(older.began);
        for host in older.hosts {
            if !whole.hosts.iter().any(|known| known.name == host.name) {
                whole.hosts.push(host);
            }
        }
        for seen in older.memcached {
            if !whole.memcached.iter().any(|known| known.peer == seen.peer && known.from == seen.from) {
                whole.memcached.push(seen);
            }
        }
        for seen in older.databases {
            let known = |known: &&super::probe::Seen<super::database::DatabaseAnswer>| {
                known.peer == seen.peer && known.from == seen.from && known.saw.named_by == seen.saw.named_by
            };
            if !whole.databases.iter().any(|one| known(&one)) {
                whole.databases.push(seen);
            }
        }
        whole.pages.extend(older.pages);
        whole.upgrades.extend(older.upgrades);
        whole.tls.extend(older.tls);
        whole.vnc.extend(older.vnc);
        whole.api = whole.api.or(older.api);
        whole.spared.extend(older.spared);
        whole.picture = whole.picture.or(older.picture);
        if whole.target.kind == TargetKind::None {
            whole.target = older.target;
        }
        whole.release = whole.release.or(older.release);
    }
    whole.hosts.sort_by_key(|host| order.iter().position(|name| *name == host.name));
    if target.kind != TargetKind::None {
        whole.target = target.clone();
    }
    whole.release = release.or(whole.release);
    whole
}

#[cfg(test)]
mod tests {
    use super::{SCHEMA, merge};
    use crate::evidence::Evidence;
    use crate::evidence::host::Host;
    use crate::evidence::target::Target;

    #[test]
    fn hosts_keep_the_order_in_which_their_bundles_were_given() {
        let saved = |name: &str, ended: f64| {
            let mut evidence = Evidence::empty(SCHEMA);
            evidence.ended = ended;
            evidence.hosts.push(Host { name: name.to_owned(), ..Host::default() });
            evidence
        };
        let bundles = vec![saved("ctl1", 30.0), saved("ctl2", 10.0), saved("ctl3", 40.0), saved("ctl2", 20.0)];
        let whole = merge(bundles, &Target::default(), None);
        let names: Vec<&str> = whole.hosts.iter().map(|host| host.name.as_str()).collect();
        assert_eq!((names, whole.ended), (vec!["ctl1", "ctl2", "ctl3"], 40.0));
    }
}

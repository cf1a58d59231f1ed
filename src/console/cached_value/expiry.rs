//! When a cached token stops being valid. memcached never expires one from 13 on: the reader decides.
//!
//! dogpile's `CacheRegion.get` (0.6 to 1.5): absent when `now - ct > expiration_time`, or when `v` is not the reader's
//! `value_version`. `ct` is the writer's clock, `now` the reader's.

use serde::{Deserialize, Serialize};

use super::Cached;

/// dogpile's `value_version` up to 0.9, which 13 to 19 read and write.
const CONSOLEAUTH_VERSION: i64 = 1;

/// `[cache] expiration_time` when nova does not override it, in seconds.
const DEFAULT_EXPIRATION: u64 = 600;

/// What a reader makes of an entry's age.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expiry {
    /// Still taken.
    Valid {
        /// Seconds since it was written; negative when the writer's clock is ahead.
        age: f64,
        /// Seconds left; infinite without a limit.
        left: f64,
    },
    /// Present in memcached, and treated as absent.
    Expired {
        /// Seconds since it was written.
        age: f64,
        /// Seconds since it stopped being valid.
        since: f64,
    },
    /// Written by a dogpile of another era: treated as absent at any age.
    WrongVersion {
        /// The version in the entry.
        v: i64,
    },
    /// Carries no time of writing: bare JSON, which memcached itself expires (up to 12), or nothing of nova's.
    Unstamped,
}

/// The rule for an entry written at `ct`, read at `now` (seconds since 1970), with a limit of `ttl` seconds; `None` is no
/// limit.
pub fn expiry(ct: f64, ttl: Option<u64>, now: f64) -> Expiry {
    let age = now - ct;
    let limit = ttl.map_or(f64::INFINITY, |ttl| ttl as f64);
    if age > limit { Expiry::Expired { age, since: age - limit } } else { Expiry::Valid { age, left: limit - age } }
}

impl Cached {
    /// What a nova-consoleauth of 13 to 19 makes of this entry at `now` (seconds since 1970).
    pub fn expiry(&self, ttl: Option<u64>, now: f64) -> Expiry {
        match (self.ct, self.v) {
            (Some(ct), _) if !ct.is_finite() => Expiry::Unstamped,
            (Some(_), Some(v)) if v != CONSOLEAUTH_VERSION => Expiry::WrongVersion { v },
            (Some(ct), _) => expiry(ct, ttl, now),
            (None, _) => Expiry::Unstamped,
        }
    }
}

/// The limit that `[consoleauth] token_ttl` gives a `[cache]` region, in seconds.
///
/// nova passes it on only when it is not 0; with 0 `[cache] expiration_time` holds (600 unless set), and for nova's own
/// dictionary and Mitaka's `[DEFAULT] memcached_servers` there is no limit: pass `None` as `cache_expiration` and
/// `has_region` false (`nova/cache_utils.py` of 13 to 19).
pub fn effective_ttl(token_ttl: u64, has_region: bool, cache_expiration: Option<u64>) -> Option<u64> {
    match (token_ttl, has_region) {
        (0, true) => Some(cache_expiration.unwrap_or(DEFAULT_EXPIRATION)),
        (0, false) => None,
        (ttl, _) => Some(ttl),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_only_when_older_than_the_limit() {
        assert_eq!(expiry(1000.0, Some(600), 1600.0), Expiry::Valid { age: 600.0, left: 0.0 });
        assert_eq!(expiry(1000.0, Some(600), 1600.5), Expiry::Expired { age: 600.5, since: 0.5 });
        assert_eq!(expiry(1000.0, Some(600), 990.0), Expiry::Valid { age: -10.0, left: 610.0 });
        assert_eq!(expiry(1000.0, None, 9e9), Expiry::Valid { age: 9e9 - 1000.0, left: f64::INFINITY });
    }

    #[test]
    fn a_ttl_of_zero_is_no_ttl() {
        assert_eq!(effective_ttl(300, true, None), Some(300));
        assert_eq!(effective_ttl(0, true, None), Some(600));
        assert_eq!(effective_ttl(0, true, Some(60)), Some(60));
        assert_eq!(effective_ttl(0, false, None), None);
    }
}

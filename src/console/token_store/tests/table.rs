//! Rows of the table: which options, which store.

use super::*;

#[test]
fn nothing_set() {
    for number in 12..=19 {
        assert_eq!(with(number, |_| ()), dict(DictWhy::NothingSet), "{number}");
    }
}

#[test]
fn only_the_default_option() {
    let set = |number| with(number, |s| s.default_memcached_servers = Some(ctl()));
    let raw = |backend| shared(ctl(), Which::DefaultOption, KeyForm::Raw, backend);
    assert_eq!(set(12), raw("python-memcached"));
    assert_eq!(set(13), raw("dogpile.cache.memcached"));
    for number in CONSOLEAUTH {
        assert_eq!(set(number), dict(DictWhy::DefaultOptionIgnored), "{number}");
    }
    // an empty list counts as none
    for number in 12..=13 {
        let empty = with(number, |s| s.default_memcached_servers = Some(Vec::new()));
        assert_eq!(empty, dict(DictWhy::NothingSet), "{number}");
    }
}

#[test]
fn mitaka_prefers_the_default_option() {
    let both = with(13, |s| {
        s.default_memcached_servers = Some(ctl());
        s.cache_enabled = Switch::On;
        s.cache_backend = Some("dogpile.cache.memcached".to_owned());
        s.memcache_servers = Some(list(&["other"]));
    });
    assert_eq!(both, shared(ctl(), Which::DefaultOption, KeyForm::Raw, "dogpile.cache.memcached"));
}

#[test]
fn only_memcache_servers() {
    let set = |number| with(number, |s| s.memcache_servers = Some(ctl()));
    assert_eq!(set(12), dict(DictWhy::SectionIgnored));
    for number in 13..=19 {
        assert_eq!(set(number), dict(DictWhy::EnabledUnset), "{number}");
    }
}

#[test]
fn backend_and_servers_but_not_enabled() {
    for backend in ["dogpile.cache.memcached", "oslo_cache.memcache_pool"] {
        for (switch, why) in [(Switch::Unset, DictWhy::EnabledUnset), (Switch::Off, DictWhy::EnabledFalse)] {
            for number in 13..=19 {
                let store = with(number, |s| {
                    s.cache_enabled = switch;
                    s.cache_backend = Some(backend.to_owned());
                    s.memcache_servers = Some(ctl());
                });
                assert_eq!(store, dict(why), "{number} {backend}");
            }
        }
    }
}

#[test]
fn enabled_without_backend_keeps_nothing() {
    for number in 13..=19 {
        let bare = with(number, |s| s.cache_enabled = Switch::On);
        let servers = with(number, |s| {
            s.cache_enabled = Switch::On;
            s.memcache_servers = Some(ctl());
        });
        for store in [bare, servers] {
            assert_eq!(store, TokenStore::Null { why: NullWhy::BackendUnset }, "{number}");
            assert!(store.keeps_nothing());
        }
        assert_eq!(enabled(number, "dogpile.cache.null"), TokenStore::Null { why: NullWhy::BackendNull }, "{number}");
    }
}

#[test]
fn enabled_with_memcached() {
    for backend in ["dogpile.cache.memcached", "oslo_cache.memcache_pool"] {
        for number in 13..=19 {
            assert_eq!(
                enabled(number, backend),
                shared(ctl(), Which::CacheServers, KeyForm::Sha1, backend),
                "{number}"
            );
            let default = with(number, |s| {
                s.cache_enabled = Switch::On;
                s.cache_backend = Some(backend.to_owned());
            });
            let own = list(&["localhost:11211"]);
            assert_eq!(default, shared(own, Which::BuiltInDefault, KeyForm::Sha1, backend), "{number}");
            let empty = with(number, |s| {
                s.cache_enabled = Switch::On;
                s.cache_backend = Some(backend.to_owned());
                s.memcache_servers = Some(Vec::new());
            });
            assert_eq!(empty, TokenStore::Null { why: NullWhy::NoServers }, "{number}");
        }
    }
}

#[test]
fn rocky_and_stein_use_the_database() {
    for number in 18..=19 {
        for switch in [Switch::Unset, Switch::Off] {
            let mut settings = of(number);
            settings.enable_consoleauth = switch;
            settings.cache_enabled = Switch::On;
            assert_eq!(token_store(&settings), TokenStore::CellDatabase, "{number}");
            settings.cells_v1 = true;
            assert_eq!(token_store(&settings), TokenStore::Null { why: NullWhy::BackendUnset }, "{number}");
        }
        let mut both = of(number);
        both.cache_enabled = Switch::On;
        both.cache_backend = Some("oslo_cache.memcache_pool".to_owned());
        both.memcache_servers = Some(ctl());
        let store = token_store(&both);
        assert!(matches!(store, TokenStore::Both { .. }), "{number}");
        assert_eq!((store.servers(), store.key_form()), (ctl().as_slice(), Some(KeyForm::Sha1)));
        assert_eq!(store.is_shared(), Some(true));
        both.enable_consoleauth = Switch::Unknown;
        assert!(matches!(token_store(&both), TokenStore::Unknown { .. }), "{number}");
    }
}

#[test]
fn from_train_on_nothing_else_counts() {
    for number in 20..=34 {
        let mut settings = of(number);
        settings.cache_enabled = Switch::Unknown;
        settings.cells_v1 = true;
        settings.default_memcached_servers = Some(ctl());
        assert_eq!(token_store(&settings), TokenStore::CellDatabase, "{number}");
    }
}

#[test]
fn what_is_unknown_stays_unknown() {
    let store = with(17, |s| s.cache_enabled = Switch::Unknown);
    assert_eq!(store, TokenStore::Unknown { option: "[cache] enabled".to_owned() });
}

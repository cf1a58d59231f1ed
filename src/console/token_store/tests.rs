//! The truth table, a test for every row, for each release it holds for.
#![allow(clippy::unwrap_used)]

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
    TokenStore::Memcached {
        servers,
        from,
        key,
        backend: backend.to_owned(),
    }
}

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
    assert_eq!(
        both,
        shared(
            ctl(),
            Which::DefaultOption,
            KeyForm::Raw,
            "dogpile.cache.memcached"
        )
    );
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
        for (switch, why) in [
            (Switch::Unset, DictWhy::EnabledUnset),
            (Switch::Off, DictWhy::EnabledFalse),
        ] {
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
            assert_eq!(
                store,
                TokenStore::Null {
                    why: NullWhy::BackendUnset
                },
                "{number}"
            );
            assert!(store.keeps_nothing());
        }
        assert_eq!(
            enabled(number, "dogpile.cache.null"),
            TokenStore::Null {
                why: NullWhy::BackendNull
            },
            "{number}"
        );
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
            assert_eq!(
                default,
                shared(own, Which::BuiltInDefault, KeyForm::Sha1, backend),
                "{number}"
            );
            let empty = with(number, |s| {
                s.cache_enabled = Switch::On;
                s.cache_backend = Some(backend.to_owned());
                s.memcache_servers = Some(Vec::new());
            });
            assert_eq!(
                empty,
                TokenStore::Null {
                    why: NullWhy::NoServers
                },
                "{number}"
            );
        }
    }
}

#[test]
fn enabled_with_a_local_backend() {
    for number in 13..=19 {
        for backend in ["oslo_cache.dict", "dogpile.cache.memory"] {
            let expected = TokenStore::ProcessLocal {
                backend: backend.to_owned(),
            };
            assert_eq!(enabled(number, backend), expected, "{number}");
            assert_eq!(expected.is_shared(), Some(false));
        }
    }
    for number in [13, 14, 15, 17, 18, 19] {
        let pickle = "dogpile.cache.memory_pickle";
        assert_eq!(
            enabled(number, pickle),
            TokenStore::ProcessLocal {
                backend: pickle.to_owned()
            },
            "{number}"
        );
        let file = with(number, |s| {
            s.cache_enabled = Switch::On;
            s.cache_backend = Some("dogpile.cache.dbm".to_owned());
            s.backend_arguments = argument("filename:/var/lib/nova/tokens.dbm");
        });
        let dbm = || "dogpile.cache.dbm".to_owned();
        assert_eq!(file, TokenStore::HostLocal { backend: dbm() }, "{number}");
        let reason = FailReason::MissingArgument {
            backend: dbm(),
            argument: "filename".to_owned(),
        };
        assert_eq!(
            enabled(number, "dogpile.cache.dbm"),
            TokenStore::Fails { reason },
            "{number}"
        );
    }
}

#[test]
fn the_url_argument_wins() {
    let set = |number, text: &str| {
        with(number, |s| {
            s.cache_enabled = Switch::On;
            s.cache_backend = Some("dogpile.cache.memcached".to_owned());
            s.memcache_servers = Some(ctl());
            s.backend_arguments = argument("url:first:1");
            s.backend_arguments.extend(argument(text));
        })
    };
    let from_url = |servers| {
        shared(
            servers,
            Which::BackendArgument,
            KeyForm::Sha1,
            "dogpile.cache.memcached",
        )
    };
    for number in 13..=19 {
        assert_eq!(
            set(number, "url:ctl9:11211"),
            from_url(list(&["ctl9:11211"])),
            "{number}"
        );
    }
    // split on commas from oslo.cache 1.30.2 on; one unusable text before
    for number in 18..=19 {
        assert_eq!(
            set(number, "url:a:1,b:2"),
            from_url(list(&["a:1", "b:2"])),
            "{number}"
        );
    }
    for number in 13..=17 {
        let reason = FailReason::ServerString {
            servers: list(&["a:1,b:2"]),
            from: Which::BackendArgument,
            index: 0,
            problem: ServerProblem::SeveralInOne,
        };
        assert_eq!(
            set(number, "url:a:1,b:2"),
            TokenStore::Fails { reason },
            "{number}"
        );
    }
    let hidden = set(17, "url:redis://:secret@ctl1");
    assert_eq!(
        hidden,
        TokenStore::Unknown {
            option: "[cache] backend_argument".to_owned()
        }
    );
    assert_eq!(hidden.is_shared(), None);
}

#[test]
fn unknown_backend_names() {
    for number in 13..=19 {
        let when = if number <= 15 {
            RefusedAt::FirstUse
        } else {
            RefusedAt::Start
        };
        for backend in [
            "memcached",
            "oslo_cache.memcached",
            "Dogpile.Cache.Memcached",
            "dogpile.cache.pymemcache",
            "",
        ] {
            let expected = TokenStore::Refuses {
                backend: backend.to_owned(),
                when,
            };
            assert_eq!(enabled(number, backend), expected, "{number} {backend:?}");
        }
    }
}

#[test]
fn backends_come_and_go() {
    let refused = |number, backend| matches!(enabled(number, backend), TokenStore::Refuses { .. });
    for backend in [
        "oslo_cache.mongo",
        "dogpile.cache.dbm",
        "dogpile.cache.pylibmc",
        "dogpile.cache.bmemcached",
        "dogpile.cache.memory_pickle",
    ] {
        assert!(refused(16, backend), "{backend}");
        for number in [13, 14, 15, 17, 18, 19] {
            assert!(!refused(number, backend), "{number} {backend}");
        }
    }
    for number in 13..=16 {
        assert!(refused(number, "oslo_cache.etcd3gw"), "{number}");
    }
    for number in 17..=19 {
        assert!(!refused(number, "oslo_cache.etcd3gw"), "{number}");
    }
}

#[test]
fn other_shared_stores() {
    for number in 17..=19 {
        for (backend, text) in [
            ("dogpile.cache.redis", "url:redis://ctl1:6379"),
            ("oslo_cache.mongo", "db_hosts:ctl1:27017"),
            ("oslo_cache.etcd3gw", "host:ctl1"),
            ("dogpile.cache.pylibmc", "url:ctl1"),
            ("dogpile.cache.bmemcached", "url:ctl1"),
        ] {
            let store = with(number, |s| {
                s.cache_enabled = Switch::On;
                s.cache_backend = Some(backend.to_owned());
                s.backend_arguments = argument(text);
            });
            assert_eq!(
                store,
                TokenStore::OtherShared {
                    backend: backend.to_owned()
                },
                "{number}"
            );
            assert_eq!(store.is_shared(), Some(true));
        }
        for (backend, missing) in [
            ("dogpile.cache.redis", "url"),
            ("oslo_cache.mongo", "db_hosts"),
        ] {
            let reason = FailReason::MissingArgument {
                backend: backend.to_owned(),
                argument: missing.to_owned(),
            };
            assert_eq!(
                enabled(number, backend),
                TokenStore::Fails { reason },
                "{number}"
            );
        }
    }
}

#[test]
fn a_bad_server_spoils_the_list() {
    for (bad, problem) in [
        ("[fd00::1]:11211", ServerProblem::Ipv6Form),
        ("", ServerProblem::Empty),
        ("ctl2:", ServerProblem::Unparsable),
    ] {
        let servers = list(&["ctl1:11211", bad]);
        let fails = |from| TokenStore::Fails {
            reason: FailReason::ServerString {
                servers: servers.clone(),
                from,
                index: 1,
                problem: problem.clone(),
            },
        };
        let cache = with(17, |s| {
            s.cache_enabled = Switch::On;
            s.cache_backend = Some("oslo_cache.memcache_pool".to_owned());
            s.memcache_servers = Some(servers.clone());
        });
        assert_eq!(cache, fails(Which::CacheServers), "{bad:?}");
        let old = with(12, |s| s.default_memcached_servers = Some(servers.clone()));
        assert_eq!(old, fails(Which::DefaultOption), "{bad:?}");
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
            assert_eq!(
                token_store(&settings),
                TokenStore::Null {
                    why: NullWhy::BackendUnset
                },
                "{number}"
            );
        }
        let mut both = of(number);
        both.cache_enabled = Switch::On;
        both.cache_backend = Some("oslo_cache.memcache_pool".to_owned());
        both.memcache_servers = Some(ctl());
        let store = token_store(&both);
        assert!(matches!(store, TokenStore::Both { .. }), "{number}");
        assert_eq!(
            (store.servers(), store.key_form()),
            (ctl().as_slice(), Some(KeyForm::Sha1))
        );
        assert_eq!(store.is_shared(), Some(true));
        both.enable_consoleauth = Switch::Unknown;
        assert!(
            matches!(token_store(&both), TokenStore::Unknown { .. }),
            "{number}"
        );
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
    assert_eq!(
        store,
        TokenStore::Unknown {
            option: "[cache] enabled".to_owned()
        }
    );
}

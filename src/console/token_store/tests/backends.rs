//! Backend names and arguments by release.

use super::*;

#[test]
fn enabled_with_a_local_backend() {
    for number in 13..=19 {
        for backend in ["oslo_cache.dict", "dogpile.cache.memory"] {
            let expected = TokenStore::ProcessLocal { backend: backend.to_owned() };
            assert_eq!(enabled(number, backend), expected, "{number}");
            assert_eq!(expected.is_shared(), Some(false));
        }
    }
    for number in [13, 14, 15, 17, 18, 19] {
        let pickle = "dogpile.cache.memory_pickle";
        assert_eq!(enabled(number, pickle), TokenStore::ProcessLocal { backend: pickle.to_owned() }, "{number}");
        let file = with(number, |s| {
            s.cache_enabled = Switch::On;
            s.cache_backend = Some("dogpile.cache.dbm".to_owned());
            s.backend_arguments = argument("filename:/var/lib/nova/tokens.dbm");
        });
        let dbm = || "dogpile.cache.dbm".to_owned();
        assert_eq!(file, TokenStore::HostLocal { backend: dbm() }, "{number}");
        let reason = FailReason::MissingArgument { backend: dbm(), argument: "filename".to_owned() };
        assert_eq!(enabled(number, "dogpile.cache.dbm"), TokenStore::Fails { reason }, "{number}");
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
    let from_url = |servers| shared(servers, Which::BackendArgument, KeyForm::Sha1, "dogpile.cache.memcached");
    for number in 13..=19 {
        assert_eq!(set(number, "url:ctl9:11211"), from_url(list(&["ctl9:11211"])), "{number}");
    }
    // split on commas from oslo.cache 1.30.2 on; one unusable text before
    for number in 18..=19 {
        assert_eq!(set(number, "url:a:1,b:2"), from_url(list(&["a:1", "b:2"])), "{number}");
    }
    for number in 13..=17 {
        let reason = FailReason::ServerString {
            servers: list(&["a:1,b:2"]),
            from: Which::BackendArgument,
            index: 0,
            problem: ServerProblem::SeveralInOne,
        };
        assert_eq!(set(number, "url:a:1,b:2"), TokenStore::Fails { reason }, "{number}");
    }
    let hidden = set(17, "url:redis://:secret@ctl1");
    assert_eq!(hidden, TokenStore::Unknown { option: "[cache] backend_argument".to_owned() });
    assert_eq!(hidden.is_shared(), None);
}

#[test]
fn unknown_backend_names() {
    for number in 13..=19 {
        let when = if number <= 15 { RefusedAt::FirstUse } else { RefusedAt::Start };
        for backend in ["memcached", "oslo_cache.memcached", "Dogpile.Cache.Memcached", "dogpile.cache.pymemcache", ""]
        {
            let expected = TokenStore::Refuses { backend: backend.to_owned(), when };
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
            assert_eq!(store, TokenStore::OtherShared { backend: backend.to_owned() }, "{number}");
            assert_eq!(store.is_shared(), Some(true));
        }
        for (backend, missing) in [("dogpile.cache.redis", "url"), ("oslo_cache.mongo", "db_hosts")] {
            let reason = FailReason::MissingArgument { backend: backend.to_owned(), argument: missing.to_owned() };
            assert_eq!(enabled(number, backend), TokenStore::Fails { reason }, "{number}");
        }
    }
}

#[test]
fn a_bad_server_spoils_the_list() {
    for (bad, problem) in
        [("[fd00::1]:11211", ServerProblem::Ipv6Form), ("", ServerProblem::Empty), ("ctl2:", ServerProblem::Unparsable)]
    {
        let servers = list(&["ctl1:11211", bad]);
        let fails = |from| TokenStore::Fails {
            reason: FailReason::ServerString { servers: servers.clone(), from, index: 1, problem: problem.clone() },
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

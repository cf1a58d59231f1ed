//! Cousins of the recorded failures: configurations and logs that look like a known fault and are another, or are none.
//! The program is run as an operator runs it, offline; what is asserted is the contract: exit code, verdict, findings.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Three servers, as an inventory orders them.
const LIST: &str = "10.0.0.11:11211,10.0.0.12:11211,10.0.0.13:11211";

/// What a run said.
struct Said {
    exit: i32,
    report: Value,
}

impl Said {
    fn findings(&self) -> &Vec<Value> {
        self.report["findings"].as_array().unwrap()
    }

    /// `(severity, cause)` of every finding, in order.
    fn said(&self) -> Vec<(&str, &str)> {
        self.findings().iter().map(|one| (one["severity"].as_str().unwrap(), one["cause"].as_str().unwrap())).collect()
    }

    fn finding(&self, cause: &str) -> &Value {
        let found = self.findings().iter().find(|one| one["cause"] == cause);
        found.unwrap_or_else(|| panic!("no {cause} in {:#}", self.report))
    }

    /// Exit 0 and nothing above a note.
    fn is_healthy(&self, what: &str) {
        let loud: Vec<&Value> = self.findings().iter().filter(|one| one["severity"] != "note").collect();
        assert!(self.exit == 0 && loud.is_empty(), "{what}: exit {} and {loud:#?}", self.exit);
    }

    /// `line:column-end_line:end_column` of the first finding of a cause.
    fn place(&self, cause: &str) -> String {
        let one = self.finding(cause);
        format!("{}:{}-{}:{}", one["line"], one["column"], one["end_line"], one["end_column"])
    }
}

/// Runs a verb on files that are written first; `@` in an argument stands for their directory.
fn run(verb: &str, files: &[(&str, String)], arguments: &[&str]) -> Said {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let here = format!("{}/", dir.path().display());
    let arguments: Vec<String> = arguments.iter().map(|text| text.replace('@', &here)).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    raw(dir.path(), verb, &arguments)
}

fn raw(dir: &Path, verb: &str, arguments: &[&str]) -> Said {
    let offline: &[&str] = if verb == "check" { &["--offline"] } else { &[] };
    let out = Command::new(env!("CARGO_BIN_EXE_vncdoctor"))
        .arg(verb)
        .args(arguments)
        .args(offline)
        .args(["--format", "json"])
        .current_dir(dir)
        .output()
        .unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    let report = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text} {}", String::from_utf8_lossy(&out.stderr)));
    Said { exit: out.status.code().unwrap(), report }
}

/// A controller's nova.conf: its number, and what follows the common part.
fn controller(number: u8, more: &str) -> String {
    format!(
        "[DEFAULT]\nmy_ip = 10.0.0.1{number}\ntransport_url = rabbit://nova:pw@10.0.0.11\n[database]\n\
         connection = mysql+pymysql://nova:pw@10.0.0.10/nova\n[keystone_authtoken]\nmemcached_servers = {LIST}\n{more}"
    )
}

/// Three named controllers that share what follows the common part.
fn three(verb: &str, more: &str, arguments: &[&str]) -> Said {
    let files = [("c1", 1), ("c2", 2), ("c3", 3)].map(|(name, number)| (name, controller(number, more)));
    let mut all = vec!["--config", "ctl1=@c1", "--config", "ctl2=@c2", "--config", "ctl3=@c3"];
    all.extend(arguments);
    run(verb, &files, &all)
}

/// One controller without a name.
fn one(more: &str, arguments: &[&str]) -> Said {
    let mut all = vec!["--config", "@nova.conf"];
    all.extend(arguments);
    run("check", &[("nova.conf", controller(1, more))], &all)
}

#[test]
fn one_controller_without_a_shared_store_is_worth_a_note() {
    for more in [
        String::new(),
        format!("[cache]\nmemcache_servers = {LIST}\n"),
        format!("[cache]\nbackend = oslo_cache.memcache_pool\nmemcache_servers = {LIST}\n"),
        format!("[cache]\nenabled = no\nbackend = oslo_cache.memcache_pool\nmemcache_servers = {LIST}\n"),
        "[cache]\nenabled = on\nbackend = oslo_cache.dict\n".to_owned(),
        "[cache]\nenabled = on\nbackend = dogpile.cache.dbm\nbackend_argument = filename:/var/lib/nova/t.dbm\n"
            .to_owned(),
    ] {
        for release in ["15", "pike", "17.0.13"] {
            if more.contains("dbm") && release == "pike" {
                continue; // pike's list of choices lacks dbm
            }
            let said = one(&more, &["--release", release]);
            said.is_healthy(&format!("{release} {more}"));
            assert_eq!(said.findings().len(), 1, "{release} {more}: {:?}", said.said());
        }
    }
}

#[test]
fn arguments_of_other_backends_are_seen_although_their_value_is_not() {
    let mongo = "[cache]\nenabled = true\nbackend = oslo_cache.mongo\nbackend_argument = db_hosts:10.0.0.9:27017\n";
    three("check", mongo, &["--release", "queens"]).is_healthy("mongo with its hosts");
    let dbm = "[cache]\nenabled = true\nbackend = dogpile.cache.dbm\nbackend_argument = filename:/srv/hush.dbm\n";
    let said = three("check", dbm, &["--release", "queens"]);
    assert_eq!(said.said(), [("error", "token-store-not-shared")]);
    assert!(!said.report.to_string().contains("hush"));
    let none = three("check", "[cache]\nenabled = true\nbackend = oslo_cache.mongo\n", &["--release", "queens"]);
    assert_eq!(none.said(), [("error", "cache-backend-unfit")]);
}

#[test]
fn several_servers_in_one_url_are_one_name_up_to_queens() {
    let more = format!("[cache]\nenabled = true\nbackend = oslo_cache.memcache_pool\nbackend_argument = url:{LIST}\n");
    let said = three("check", &more, &["--release", "17"]);
    assert_eq!(said.said(), [("error", "cache-backend-unfit")]);
    assert_eq!(said.finding("cache-backend-unfit")["option"], "backend_argument");
    assert_eq!(said.place("cache-backend-unfit"), "11:20-11:71");
}

#[test]
fn rocky_and_stein_fall_back_to_the_database() {
    let workaround = "[workarounds]\nenable_consoleauth = true\n";
    let cells = "[cells]\nenable = true\n";
    for release in ["18", "19"] {
        let said = three("check", workaround, &["--release", release]);
        assert_eq!((said.exit, said.said()), (0, vec![("warning", "token-store-not-shared")]), "{release}");
        let null = three("check", &format!("[cache]\nenabled = true\n{workaround}"), &["--release", release]);
        assert_eq!((null.exit, null.said()), (0, vec![("warning", "cache-backend-null")]), "{release}");
        // cells v1 has no database to fall back on
        let alone = three("check", cells, &["--release", release]);
        assert_eq!((alone.exit, alone.said()), (1, vec![("error", "token-store-not-shared")]), "{release}");
        three("check", "", &["--release", release]).is_healthy("neither");
    }
}

#[test]
fn an_empty_cache_is_no_trouble_while_a_later_release_is_possible() {
    let said = three("check", "", &[]);
    said.is_healthy("release unknown");
    assert_eq!(said.said(), [("note", "token-store-not-shared")]);
    assert_eq!(said.finding("token-store-not-shared")["releases"], "15-17");
    let differ = run(
        "check",
        &[
            (
                "a.conf",
                controller(
                    1,
                    &format!("[cache]\nenabled=1\nbackend=oslo_cache.memcache_pool\nmemcache_servers={LIST}\n"),
                ),
            ),
            (
                "b.conf",
                controller(
                    2,
                    "[cache]\nenabled=1\nbackend=oslo_cache.memcache_pool\nmemcache_servers=10.0.0.12:11211,10.0.0.11:11211\n",
                ),
            ),
        ],
        &["--config", "a=@a.conf", "--config", "b=@b.conf"],
    );
    assert_eq!((differ.exit, differ.said()), (0, vec![("warning", "memcached-lists-differ")]));
    assert_eq!(differ.finding("memcached-lists-differ")["releases"], "15-17");
}

#[test]
fn later_releases_are_never_accused_of_their_cache() {
    for more in [
        "",
        "[cache]\nenabled = true\n",
        "[cache]\nenable = true\nbackend = nothing\nmemcached_servers = 127.0.0.1\n",
        "[ cache ]\nenabled = true\n[cache]\nmemcache_servers = a,,b,[::1]:1\nenabled = true\nbackend = dogpile.cache.memcached\n",
    ] {
        for release in ["20", "23", "yoga", "2024.1", "34"] {
            let said = three("check", more, &["--release", release]);
            assert!(
                said.findings().iter().all(|one| !one["cause"].as_str().unwrap().contains("cache")),
                "{release}: {:?}",
                said.said()
            );
            if !more.contains("nothing") {
                said.is_healthy(&format!("{release} {more}"));
            }
        }
    }
}

#[test]
fn a_compute_node_of_the_installation_guide_is_no_controller() {
    let common = |ip: &str| {
        format!(
            "[DEFAULT]\nenabled_apis = osapi_compute,metadata\ntransport_url = rabbit://openstack:pw@controller\nmy_ip = {ip}\n\
             [api]\nauth_strategy = keystone\n[keystone_authtoken]\nauth_url = http://controller:5000/\n\
             memcached_servers = controller:11211\n[vnc]\nenabled = true\nserver_proxyclient_address = $my_ip\n"
        )
    };
    let ctl = common("10.0.0.11")
        + "server_listen = $my_ip\n[api_database]\nconnection = mysql+pymysql://nova:pw@controller/nova_api\n\
           [database]\nconnection = mysql+pymysql://nova:pw@controller/nova\n";
    let cmp = |ip| common(ip) + "server_listen = 0.0.0.0\nnovncproxy_base_url = http://controller:6080/vnc_auto.html\n";
    // ubuntu's package leaves these in the nova.conf of every node
    let leftover = "[api_database]\nconnection = sqlite:////var/lib/nova/nova_api.sqlite\n[database]\nconnection = sqlite:////var/lib/nova/nova.sqlite\n";
    let files = [("ctl.conf", ctl), ("one.conf", cmp("10.0.0.31")), ("two.conf", cmp("10.0.0.32") + leftover)];
    for release in [&[][..], &["--release", "queens"], &["--release", "stein"], &["--release", "2024.1"]] {
        for inputs in [
            &["--config", "a=@ctl.conf", "--config", "b=@one.conf", "--config", "c=@two.conf"][..],
            &["--config", "controller=@ctl.conf", "--config", "compute1=@one.conf"],
            &["--config", "@ctl.conf"],
            &["--config", "@one.conf"],
            &["--config", "@two.conf"],
            &["--config", "c:controller=@ctl.conf", "--config", "d:compute=@one.conf"],
        ] {
            for verb in ["check", "lint"] {
                let arguments = [inputs, release].concat();
                run(verb, &files, &arguments).is_healthy(&format!("{verb} {arguments:?}"));
            }
        }
    }
}

#[test]
fn controller_does_not_say_that_nova_consoleauth_exists() {
    let files = [("c/nova.conf", controller(1, "")), ("d/nova.conf", controller(2, ""))];
    let said = run("check", &files, &["--config", "a:controller=@c", "--config", "b:all=@d"]);
    assert_eq!(said.report["release"]["from"], "unknown");
    let modern = run("check", &files, &["--config", "a:controller=@c", "--release", "2024.1"]);
    assert!(modern.findings().is_empty(), "{:?}", modern.said());
    let told = run("check", &files, &["--config", "a:consoleauth=@c"]);
    assert_eq!(told.report["release"]["from"], "config");
}

/// A line of nova-consoleauth at a second of one minute.
fn line(second: u32, text: &str) -> String {
    format!("2026-03-01 10:00:{second:02}.000 7 INFO nova.consoleauth.manager [req-1 - - - - -] {text}\n")
}

fn token(number: u32) -> String {
    format!("0c3b1a52-6f0e-4a7f-9d6b-0000000000{number:02}")
}

fn took(second: u32, number: u32) -> String {
    let token = token(number);
    line(
        second,
        &format!(
            "Received Token: {token}, {{'instance_uuid': u'a1e0c9f2-5a3e-4d0c-8a51-0d9a6c2b7e01', 'access_url': u'http://h:6080/vnc_auto.html?token={token}', 'token': u'{token}', 'last_activity_at': 1.0, 'internal_access_path': None, 'console_type': u'novnc', 'host': u'10.0.0.21', 'port': u'5901'}}"
        ),
    )
}

fn asked(second: u32, number: u32, known: bool) -> String {
    line(second, &format!("Checking Token: {}, {}", token(number), if known { "True" } else { "False" }))
}

/// Logs of nova-consoleauth on three hosts, without any configuration.
fn logs(one: &str, two: &str, three: &str, arguments: &[&str]) -> Said {
    let files = [("1.log", one.to_owned()), ("2.log", two.to_owned()), ("3.log", three.to_owned())];
    let mut all = vec!["--log", "ctl1=@1.log", "--log", "ctl2=@2.log", "--log", "ctl3=@3.log", "--release", "queens"];
    all.extend(arguments);
    run("check", &files, &all)
}

#[test]
fn logs_tell_a_store_that_is_not_shared_from_one_that_loses() {
    let apart = logs(
        &(took(1, 1) + &asked(2, 1, true) + &asked(5, 2, false)),
        &(took(4, 2) + &asked(3, 1, false)),
        &asked(6, 2, false),
        &[],
    );
    assert_eq!((apart.exit, apart.said()), (1, vec![("error", "token-store-not-shared")]));
    // one that took it does not know it either
    let lost = logs(&(took(1, 1) + &asked(3, 1, false)), &asked(2, 1, false), "", &[]);
    assert_eq!(lost.said(), [("error", "token-lost-from-memcached"), ("error", "token-expired")]);
    assert!(lost.report["verdict"]["step"].is_null() && lost.report["verdict"]["status"] == "fail");
    // some others know it, so it is shared in part
    let parted = logs(&(took(1, 1) + &asked(2, 1, true)), &asked(3, 1, true), &asked(4, 1, false), &[]);
    assert_eq!(parted.said(), [("error", "memcached-lists-differ"), ("error", "token-lost-from-memcached")]);
}

#[test]
fn logs_of_what_is_over_or_of_strangers_accuse_nobody() {
    // a token that nobody was seen to take
    logs(&(took(1, 1) + &asked(2, 1, true)), &(asked(3, 1, true) + &asked(4, 9, false)), &asked(5, 9, false), &[])
        .is_healthy("a stray token");
    // mended: six tokens later are known wherever they are asked for
    let mut one = took(1, 1);
    let mut two = asked(2, 1, false);
    for number in 10..16 {
        one += &took(number, number);
        two += &asked(number + 10, number, true);
    }
    logs(&one, &two, "", &[]).is_healthy("mended");
    // lost in a restart of memcached, and well since
    logs(&(took(1, 1) + &asked(2, 1, false) + &took(5, 2)), &asked(6, 2, true), "", &[]).is_healthy("lost once");
}

#[test]
fn old_logs_tell_as_much_as_new_ones() {
    let old = |text: String| text.replace("2026-03-01", "2019-03-01");
    let said = logs(&old(took(1, 1)), &old(asked(2, 1, false)), "", &[]);
    assert_eq!(said.said(), [("error", "token-store-not-shared")]);
}

/// `[cache]` with a pool and what else.
fn pool(more: &str) -> String {
    format!("[cache]\nenabled = true\nbackend = oslo_cache.memcache_pool\n{more}")
}

#[test]
fn a_misspelt_list_is_one_finding_and_not_two() {
    for key in ["memcached_servers", "memcache_server", "memcache-servers", "Memcache_servers"] {
        let said = three("lint", &pool(&format!("{key} = {LIST}\n")), &["--release", "queens"]);
        assert_eq!((said.exit, said.said()), (1, vec![("error", "cache-option-ignored")]), "{key}");
        assert_eq!(said.finding("cache-option-ignored")["option"], key);
        assert_eq!(said.place("cache-option-ignored"), format!("11:1-11:{}", key.len() + 1));
        assert_eq!(said.finding("cache-option-ignored")["related"].as_array().unwrap().len(), 2);
    }
}

#[test]
fn lists_where_nobody_reads_them_are_named() {
    for section in [" cache ", "default", "vnc", "consoleauth", "glance", "DEFAULT"] {
        let said = three("check", &format!("[{section}]\nmemcached_servers = {LIST}\n"), &["--release", "pike"]);
        assert_eq!(said.said(), [("error", "cache-option-ignored")], "[{section}]");
        assert_eq!(said.finding("cache-option-ignored")["section"], section);
        assert_eq!(said.report["verdict"]["step"], 10);
    }
    let right = three("check", "[keystone_authtoken]\nmemcache_servers = a\n", &["--release", "pike"]);
    assert_eq!(right.said(), [("error", "token-store-not-shared")]);
    // the file that lacks a [cache], and not the middleware's line
    assert_eq!(right.finding("token-store-not-shared")["line"], 1);
}

#[test]
fn left_over_options_beside_the_right_ones_harm_nobody() {
    let left_over = format!("memcache_servers = {LIST}\n[DEFAULT]\nmemcached_servers = 192.0.2.1:11211\n");
    three("check", &pool(&left_over), &["--release", "queens"]).is_healthy("right beside wrong");
    // what the built-in default says anyway
    one(&pool("[DEFAULT]\nmemcached_servers = localhost:11211\n"), &["--release", "queens"]).is_healthy("localhost");
}

#[test]
fn a_missing_backend_comes_before_a_list_that_is_ignored() {
    let said =
        three("check", &format!("[cache]\nenabled = true\nmemcached_servers = {LIST}\n"), &["--release", "ocata"]);
    assert_eq!(said.said(), [("error", "cache-backend-null"), ("error", "cache-option-ignored")]);
    assert_eq!(said.report["verdict"]["cause"], "cache-backend-null");
    let misspelt =
        three("check", "[cache]\nenabled = true\nbackends = oslo_cache.memcache_pool\n", &["--release", "ocata"]);
    assert_eq!(misspelt.said(), [("error", "cache-option-ignored")]);
    assert_eq!(misspelt.finding("cache-option-ignored")["option"], "backends");
}

#[test]
fn two_kinds_of_store_are_not_shared() {
    let redis =
        "[cache]\nenabled = true\nbackend = dogpile.cache.redis\nbackend_argument = url:redis://10.0.0.9:6379\n";
    let files = [("a", controller(1, &pool(&format!("memcache_servers = {LIST}\n")))), ("b", controller(2, redis))];
    let said = run("check", &files, &["--config", "a=@a", "--config", "b=@b", "--release", "queens"]);
    assert_eq!(said.report["verdict"]["cause"], "token-store-not-shared");
    assert_eq!(said.finding("token-store-not-shared")["host"], "b");
}

#[test]
fn the_winning_line_is_named() {
    let twice = format!("memcache_servers = {LIST}\nmemcache_servers = 127.0.0.1:11211\n");
    let said = three("check", &pool(&twice), &["--release", "queens"]);
    assert_eq!(said.place("memcached-list-loopback"), "12:20-12:35");
    let later = [
        ("c1/nova.conf", controller(1, &pool(&format!("memcache_servers = {LIST}\n")))),
        ("c1/nova.conf.d/50-cache.conf", "[Cache]\n\nbackend = dogpile.cache.null\n".to_owned()),
        ("c2/nova.conf", controller(2, &pool(&format!("memcache_servers = {LIST}\n")))),
    ];
    let said = run("check", &later, &["--config", "ctl1=@c1", "--config", "ctl2=@c2", "--release", "queens"]);
    let null = said.finding("cache-backend-null");
    assert!(null["file"].as_str().unwrap().ends_with("50-cache.conf"));
    assert_eq!((&null["section"], &null["line"]), (&"Cache".into(), &3.into()));
}

#[test]
fn a_fingerprint_survives_moved_lines() {
    let bad = format!("[DEFAULT]\nmemcached_servers = {LIST}\n");
    let print = |text: String| {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("nova.conf"), text).unwrap();
        let said = raw(dir.path(), "lint", &["nova.conf", "--release", "queens"]);
        let one = said.finding("cache-option-ignored");
        (one["fingerprint"].clone(), one["line"].clone())
    };
    let (before, after) = (print(controller(1, &bad)), print(controller(1, &format!("\n# moved\n\n{bad}"))));
    assert_eq!(before.0, after.0);
    assert_ne!(before.1, after.1);
}

#[test]
fn the_workaround_is_compared_by_service() {
    let on = controller(1, "[workarounds]\nenable_consoleauth = true\n");
    let files = [
        ("on", on.clone()),
        ("off", controller(2, "")),
        ("d/nova.conf", controller(1, "")),
        ("d/nova-api.conf", "[workarounds]\nenable_consoleauth = true\n".to_owned()),
    ];
    for (inputs, service) in [
        (&["--config", "h:api=@on", "--config", "p:novncproxy=@off"][..], "api"),
        (&["--config", "h:novncproxy=@on", "--config", "p:api=@off"], "novncproxy"),
        (&["--config", "h=@d"], "api"),
    ] {
        let said = run("check", &files, &[inputs, &["--release", "stein"]].concat());
        let split = said.finding("consoleauth-workaround-split");
        assert_eq!(
            (&split["service"], &split["option"]),
            (&service.into(), &"enable_consoleauth".into()),
            "{inputs:?}"
        );
        let later = run("check", &files, &[inputs, &["--release", "train"]].concat());
        later.is_healthy("train");
    }
}

#[test]
fn token_ttl_counts_where_it_is_read() {
    let compute = |more: &str| {
        format!(
            "[DEFAULT]\nmy_ip = 10.0.0.31\ntransport_url = rabbit://nova:pw@10.0.0.11\ncompute_driver = libvirt.LibvirtDriver\n\
             [vnc]\nserver_listen = 0.0.0.0\nserver_proxyclient_address = 10.0.0.31\n\
             novncproxy_base_url = http://10.0.0.10:6080/vnc_auto.html\n{more}"
        )
    };
    let good = pool(&format!("memcache_servers = {LIST}\n"));
    let site = |ctl: &str, cmp: &str, release: &str| {
        let ttl =
            |text: &str| if text.is_empty() { String::new() } else { format!("[consoleauth]\ntoken_ttl = {text}\n") };
        let files = [("ctl", controller(1, &(good.clone() + &ttl(ctl)))), ("cmp", compute(&ttl(cmp)))];
        run("check", &files, &["--config", "ctl1=@ctl", "--config", "cmp1=@cmp", "--release", release])
    };
    for release in ["18", "20", "34"] {
        let wrong = site("3600", "", release);
        assert_eq!((wrong.exit, wrong.said()), (0, vec![("warning", "token-ttl-misplaced")]), "{release}");
        assert_eq!(wrong.finding("token-ttl-misplaced")["host"], "ctl1");
        site("", "3600", release).is_healthy(release);
        site("3600", "3600", release).is_healthy(release);
        let zero = site("", "0", release);
        assert_eq!((zero.exit, zero.said()), (1, vec![("error", "token-expired")]), "{release}");
    }
    site("3600", "", "17").is_healthy("queens");
    assert_eq!(site("", "3600", "17").said(), [("warning", "token-ttl-misplaced")]);
    site("0", "0", "17").is_healthy("no limit of its own up to queens");
}

#[test]
fn a_name_in_capitals_may_stand_in_for_what_a_file_says() {
    let text = |value: &str| controller(1, &format!("[oslo_concurrency]\nlock_path = {value}\n"));
    let lint = |value: &str| {
        run("lint", &[("nova.conf", text(value))], &["--config", "ctl1:api=@nova.conf", "--release", "29"])
    };
    for value in ["$LAB/nova/lock", "${STATE_PATH}/lock"] {
        let said = lint(value);
        said.is_healthy(value);
        assert_eq!(said.finding("nova-conf-refused")["confidence"], "possible");
    }
    for value in ["$state_pth/lock", "$LAB/$lower"] {
        assert_eq!(lint(value).said(), [("error", "nova-conf-refused")], "{value}");
    }
}

#[test]
fn a_token_that_was_cut_off_is_a_damaged_url() {
    let url = "http://10.0.0.10:6080/vnc_auto.html?token=0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1";
    let said = run("check", &[], &["--url", url]);
    assert_eq!((said.exit, &said.report["verdict"]["step"]), (1, &11.into()));
}

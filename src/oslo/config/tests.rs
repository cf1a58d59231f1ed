#![allow(clippy::unwrap_used)]

use super::*;
use crate::oslo::ini::parse;

fn config(files: &[&str], release: u16) -> Config {
    with(files, release, Program::Compute, &[], Identity::default())
}

fn with(files: &[&str], release: u16, program: Program, env: &[(&str, &str)], identity: Identity) -> Config {
    let files = files.iter().enumerate().map(|(n, f)| (format!("{n}.conf"), parse(f.as_bytes()))).collect();
    let env = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Config::new(files, env, program, release, identity)
}

#[test]
fn the_last_file_wins_then_the_new_name_then_the_last_assignment() {
    let c = config(&["[vnc]\nserver_listen=a\n", "[DEFAULT]\nvncserver_listen=b\n"], 17);
    assert_eq!(c.string("vnc", "server_listen").as_deref(), Some("b"));
    assert!(c.get("vnc", "server_listen").deprecated);
    let c = config(&["[VNC]\nserver_listen=a\n[vnc]\nserver_listen=b\n[DEFAULT]\nvncserver_listen=c\n"], 17);
    let setting = c.get("vnc", "server_listen");
    assert_eq!(setting.value(), Some(&Value::Text("b".into())));
    let Origin::File { file, entry, span, spelled, .. } = setting.origin.clone() else { unreachable!() };
    assert_eq!((file, entry, span.line, span.column), (0, 1, 4, 15));
    assert_eq!(spelled, ("vnc".to_owned(), "server_listen".to_owned()));
}

#[test]
fn only_capitals_are_default() {
    let c = config(&["[default]\nmy_ip=1.2.3.4\n[ vnc ]\nserver_listen=a\n"], 20);
    assert!(!c.get("DEFAULT", "my_ip").is_set());
    assert!(!c.get("vnc", "server_listen").is_set());
    let unread: Vec<_> = c.all().into_iter().filter(|s| !s.known).map(|s| (s.section, s.name)).collect();
    assert_eq!(unread, [(" vnc ".into(), "server_listen".into()), ("default".into(), "my_ip".into())]);
}

#[test]
fn removed_names_are_kept_and_not_known() {
    let c = config(&["[DEFAULT]\nmemcached_servers=a:1\n[vnc]\nvncserver_listen=0.0.0.0\n"], 25);
    let gone = c.get("DEFAULT", "memcached_servers");
    assert_eq!((gone.known, gone.raw.as_deref()), (false, Some("a:1")));
    assert_eq!(c.string("vnc", "server_listen").as_deref(), Some("127.0.0.1"));
    assert_eq!(c.all().iter().filter(|s| !s.known).count(), 2);
}

#[test]
fn the_environment_counts_from_stein_on() {
    let env =
        [("OS_VNC__SERVER_LISTEN", "0.0.0.0"), ("OS_PCI__ALIAS", "ab"), ("OS_DATABASE__CONNECTION", "mysql://u:p@h/n")];
    let c = |release| with(&["[vnc]\nserver_listen=::1\n"], release, Program::Compute, &env, Identity::default());
    assert_eq!(c(18).string("vnc", "server_listen").as_deref(), Some("::1"));
    assert_eq!(c(19).string("vnc", "server_listen").as_deref(), Some("0.0.0.0"));
    assert_eq!(c(19).get("vnc", "server_listen").origin, Origin::Environment { variable: env[0].0.into() });
    assert_eq!(c(19).list("pci", "alias").unwrap(), ["a", "b"]);
    let connection = c(19).get("database", "connection");
    assert_eq!(connection.raw.as_deref(), Some("mysql://***@h/n"));
    assert!(connection.redacted && matches!(connection.value, Outcome::Unknown(_)));
}

#[test]
fn names_are_replaced() {
    let me = Identity { my_ip: Some("10.0.0.5".into()), host: None };
    let text = "[vnc]\nserver_listen=$my_ip\nnovncproxy_base_url=http://${vnc.novncproxy_host}:$novncproxy_port/$$\n";
    let c = with(&[text], 20, Program::Compute, &[], me);
    assert_eq!(c.string("vnc", "server_listen").as_deref(), Some("10.0.0.5"));
    assert_eq!(c.string("vnc", "novncproxy_base_url").as_deref(), Some("http://0.0.0.0:6080/$"));
    let c = config(&[text], 20);
    assert!(matches!(c.get("vnc", "server_listen").value, Outcome::Unknown(_)));
    let c = config(&["[DEFAULT]\nmy_ip=1.1.1.1\n", text], 20);
    assert_eq!(c.string("vnc", "server_listen").as_deref(), Some("1.1.1.1"));
}

#[test]
fn bad_references_are_refused() {
    let value = |text: &str, release| {
        config(&[&format!("[DEFAULT]\nweb={text}\n")], release).get("DEFAULT", "web").value.clone()
    };
    for bad in ["pa$word", "$vnc", "${vnc.nope}", "$nogroup.x", "$DEFAULT.my_ip", "$vnc.server_listen."] {
        assert_eq!(value(bad, 20), Outcome::Refused(Refusal::NoSuchOption), "{bad}");
    }
    let circle = config(&["[DEFAULT]\nweb=$cert\ncert=$web\nkey=$web\n"], 20);
    for name in ["web", "cert", "key"] {
        assert_eq!(circle.get("DEFAULT", name).value, Outcome::Refused(Refusal::Circle));
    }
    assert_eq!(value("$vncserver_listen", 25), Outcome::Refused(Refusal::NoSuchOption));
    assert_eq!(value("$vncserver_listen", 24), Outcome::Value(Value::Text("127.0.0.1".into())));
}

#[test]
fn doubling_references_stay_small() {
    let names = ["web", "cert", "key", "record", "tempdir", "rootwrap_config", "compute_driver", "state_path"];
    let mut text = "[DEFAULT]\n".to_owned();
    for pair in names.windows(2) {
        let references = format!("${} ", pair[1]).repeat(20);
        text = format!("{text}{}={references}\n", pair[0]);
    }
    text.push_str("state_path=xxxxxxxxxxxxxxxx\n");
    let c = config(&[&text], 20);
    assert!(matches!(c.get("DEFAULT", "web").value, Outcome::Unknown(_)));
}

#[test]
fn each_proxy_has_its_page_directory() {
    let web = |program| with(&[], 20, program, &[], Identity::default()).string("DEFAULT", "web").unwrap();
    assert_eq!(web(Program::Novncproxy), "/usr/share/novnc");
    assert_eq!(web(Program::Other), "/usr/share/spice-html5");
}

#[test]
fn redacted_values_are_never_typed() {
    let mut parsed = parse(b"[neutron]\nmetadata_proxy_shared_secret = a\n[DEFAULT]\ntransport_url = rabbit://u:p$x@h/\nweb=$transport_url\n");
    redact::redact(&mut parsed);
    let c = Config::new(vec![("a".into(), parsed)], BTreeMap::new(), Program::Compute, 20, Identity::default());
    assert!(matches!(c.get("neutron", "metadata_proxy_shared_secret").value, Outcome::Unknown(_)));
    assert!(matches!(c.get("DEFAULT", "transport_url").value, Outcome::Refused(Refusal::Broken(_))));
    assert!(matches!(c.get("DEFAULT", "web").value, Outcome::Refused(_)));
}

#[test]
fn what_stops_a_start_depends_on_the_program() {
    let text = "[cache]\nenabled=maybe\n[vnc]\nnovncproxy_port=x\n[keystone_authtoken]\nmemcache_pool_maxsize=x\n";
    let failed = |program, text| {
        let c = with(&[text], 17, program, &[], Identity::default());
        c.refusals().into_iter().filter_map(|f| f.option.map(|(_, n)| n)).collect::<Vec<_>>()
    };
    assert_eq!(failed(Program::Consoleauth, text), ["enabled", "novncproxy_port"]);
    assert_eq!(failed(Program::Novncproxy, text), ["novncproxy_port"]);
    assert_eq!(failed(Program::Api, text).len(), 3);
    let database = "[database]\nmax_retries=x\n";
    assert_eq!(failed(Program::Novncproxy, database), ["max_retries"]);
    let quiet = format!("[DEFAULT]\nlog_options=false\n{text}");
    assert!(failed(Program::Consoleauth, &quiet).is_empty());
    let c = config(&["[cache]\nenabled=true\n", "enabled=true\n"], 17);
    let failures = c.refusals();
    assert_eq!(failures.len(), 1);
    assert_eq!((failures[0].file, failures[0].span.unwrap().line), (Some(1), 1));
    assert_eq!(failures[0].reason.to_string(), "assignment before the first section");
}

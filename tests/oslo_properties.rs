//! What holds for any file: nothing panics, spans lie in the file, and no secret of the input is in the output.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use vncdoctor::oslo::config::{Config, Identity, Program};
use vncdoctor::oslo::ini::{Parsed, parse};
use vncdoctor::oslo::options;
use vncdoctor::oslo::redact::{environment, redact, value};

const PROGRAMS: [Program; 6] =
    [Program::Consoleauth, Program::Novncproxy, Program::Compute, Program::Api, Program::Conductor, Program::Other];

/// Bytes that look like configuration often enough.
fn file() -> impl Strategy<Value = Vec<u8>> {
    let name = (0..options::all().len()).prop_map(|n| (options::all()[n].section, options::all()[n].name));
    let line = prop_oneof![
        name.clone().prop_map(|(s, _)| format!("[{s}]")),
        (name, "[ =:]{1,2}", ".{0,24}").prop_map(|((_, n), s, v)| format!("{n}{s}{v}")),
        "[ \t]{1,3}.{0,12}",
        "(\\$\\{?[a-z_.]{1,12}\\}?|.){0,6}",
        "\\PC{0,20}",
    ];
    let text = proptest::collection::vec((line, "(\n|\r\n|\r)"), 0..24);
    let text = text.prop_map(|lines| lines.into_iter().map(|(l, e)| l + &e).collect::<String>().into_bytes());
    prop_oneof![4 => text, 1 => proptest::collection::vec(any::<u8>(), 0..200)]
}

fn config(files: &[Parsed], env: BTreeMap<String, String>, program: Program, release: u16) -> Config {
    let files = files.iter().enumerate().map(|(n, p)| (format!("{n}.conf"), p.clone())).collect();
    Config::new(files, env, program, release, Identity::default())
}

/// Everything that may leave this room, as text.
fn shown(parsed: &Parsed, env: &BTreeMap<String, String>) -> String {
    let mut out = serde_json::to_string(parsed).unwrap();
    let files = [parsed.clone()];
    for release in [13, 34] {
        let config = config(&files, env.clone(), Program::Api, release);
        out += &serde_json::to_string(&(config.all(), config.refusals())).unwrap();
    }
    out + &serde_json::to_string(env).unwrap()
}

/// A password nobody escaped: its letters occur nowhere else.
fn secret() -> impl Strategy<Value = String> {
    "QZ[a-zA-Z0-9@/:,#?$;=%&!+.~ \\\\\"'-]{2,16}ZQ"
}

/// What a leak of it would look like: any run of five of its characters that are letters and digits.
fn pieces(secret: &str) -> Vec<String> {
    let runs = secret
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|r| r.len() >= 5 || r.contains("QZ") || r.contains("ZQ"));
    runs.map(str::to_owned).filter(|r| r.len() >= 2).collect()
}

/// Places where passwords stand in real files. `%` is the password.
const PLACES: &[&str] = &[
    "[DEFAULT]\ntransport_url = rabbit://nova:%@10.0.0.1:5672/\n",
    "[DEFAULT]\ntransport_url = rabbit://nova:%@10.0.0.1:5672,nova:%@10.0.0.2:5672/nova?ssl=1\n",
    "[DEFAULT]\ntransport_url: \"rabbit://nova:%@[fd00::1]:5672//\"\n",
    "[DEFAULT]\ntransport_url =\n  rabbit://nova:%@h/\n",
    "[DEFAULT]\ntransport_url = rabbit://nova:%\n",
    "[DEFAULT]\ntransport_url = rabbit://h:5672/?password=%\n",
    "[DEFAULT]\ntransport_url = %\n",
    "[DEFAULT]\ntransport_ulr = rabbit://nova:%@h/\n",
    "[DEFAULT]\ntransport-url = rabbit://nova:%@h/\n",
    "[default]\ntransport_url = rabbit://nova:%@h/\n",
    "[DEFAULT]\nsql_connection = mysql://nova:%@h/nova\n",
    "[database]\nconnection = mysql+pymysql://nova:%@10.0.0.1/nova?charset=utf8\n",
    "[DATABASE]\nslave_connection = mysql+pymysql://nova:%@10.0.0.1/nova\n",
    "[api_database]\nconnection = mysql+pymysql://nova:%@10.0.0.1/nova_api\n",
    "[database]\nmax_retries = 10\n  connection = mysql://nova:%@h/nova\n",
    "[database]\nconnection_parameters = passwd=%\n",
    "[database]\nconnection mysql://nova:%@h/nova\n",
    "[cache]\nmemcache_servers = a:1\n   password = %\n",
    "[cache]\nmemcache_servers = a:1\n   password: %\n",
    "[cache]\nmemcache_servers = a:1\n  # password %\n",
    "[cache]\nmemcache_password = %\n",
    "[cache]\nbackend_argument = url:redis://:%@h:6379\n",
    "[cache]\nbackend_argument = password:%\nbackend_argument = url:h:11211\n",
    "[neutron]\npassword = %\nmetadata_proxy_shared_secret = %\nauth_url = http://u:%@h/\n",
    "[keystone_authtoken]\nmemcache_secret_key = %\npassword = \"%\"\n",
    "[oslo_messaging_rabbit]\nrabbit_password = %\n",
    "[vault]\nroot_token_id = %\n",
    "[profiler]\nhmac_keys = %\nconnection_string = redis://:%@h\n",
    "[nowhere]\nanything = %\n",
    "[vnc]\nnovncproxy_base_url = http://u:%@h:6080/vnc_auto.html\n",
    "[vnc]\nenabled = true # password %\n",
    "[libvirt]\nconnection_uri = qemu+tcp://u:%@h/system\n",
    "[xenserver]\nconnection_url = http://root:%@h\n",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn nothing_panics(first in file(), second in file(), text in ".{0,20}", release in 0u16..60, nth in 0usize..6) {
        let option = &options::all()[usize::from(release) * 24 % options::all().len()];
        let env = BTreeMap::from([(format!("OS_{}__{}", option.section.to_uppercase(), option.name.to_uppercase()), text)]);
        let mut files = [parse(&first), parse(&second)];
        config(&files, env.clone(), PROGRAMS[nth], release).refusals();
        files.iter_mut().for_each(redact);
        let config = config(&files, env, PROGRAMS[nth], release);
        let all = config.all();
        prop_assert!(all.len() > 700);
        for setting in all.iter().step_by(97) {
            prop_assert_eq!(&*config.get(&setting.section, &setting.name), setting);
        }
    }

    #[test]
    fn spans_lie_in_the_file(bytes in file()) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n").replace('\r', "\n");
        let lines: Vec<Vec<char>> = text.split('\n').map(|l| l.chars().collect()).collect();
        for entry in parse(&bytes).entries {
            let key = entry.key_span;
            let written: String = lines[key.line as usize - 1][key.column as usize - 1..key.end_column as usize - 1].iter().collect();
            prop_assert_eq!(&written, &entry.key);
            let value = entry.value_span;
            let last: String = lines[value.end_line as usize - 1][..value.end_column as usize - 1].iter().collect();
            let tail = entry.value.rsplit('\n').next().unwrap();
            prop_assert!(last.trim_end_matches(['"', '\'']).ends_with(tail.trim_end_matches(['"', '\''])), "{} {}", last, tail);
        }
    }

    #[test]
    fn no_secret_is_in_the_output(secret in secret(), nth in 0..PLACES.len()) {
        let file = PLACES[nth].replace('%', &secret);
        let mut parsed = parse(file.as_bytes());
        redact(&mut parsed);
        let out = shown(&parsed, &BTreeMap::new());
        for piece in pieces(&secret) {
            prop_assert!(!out.contains(&piece), "{} of {} in {:?}", piece, secret, parsed);
        }
        let once = parsed.clone();
        redact(&mut parsed);
        prop_assert_eq!(once, parsed);
    }

    #[test]
    fn no_secret_of_the_environment_is_in_the_output(secret in secret()) {
        let given = [
            ("OS_DEFAULT__TRANSPORT_URL", format!("rabbit://u:{secret}@h/")),
            ("OS_DATABASE__CONNECTION", secret.clone()),
            ("OS_NEUTRON__METADATA_PROXY_SHARED_SECRET", secret.clone()),
            ("OS_PASSWORD", secret.clone()),
        ];
        let given: BTreeMap<_, _> = given.map(|(k, v)| (k.to_owned(), v)).into();
        let parsed = parse(b"[DEFAULT]\nweb = $transport_url\n");
        // the configuration hides them even when it is given them
        let unredacted = config(std::slice::from_ref(&parsed), given.clone(), Program::Api, 34);
        let outs = [shown(&parsed, &environment(&given)), serde_json::to_string(&unredacted.all()).unwrap()];
        for piece in pieces(&secret) {
            prop_assert!(!outs.iter().any(|out| out.contains(&piece)), "{} of {}", piece, secret);
        }
    }

    #[test]
    fn what_is_kept_of_a_value_stays_kept(nth in 0..options::all().len(), text in "\\PC{0,30}") {
        let option = &options::all()[nth];
        let once = value(option.section, option.name, &text);
        let twice = value(option.section, option.name, &once.text);
        prop_assert_eq!(twice.text, once.text);
    }
}

//! Slips of the pen in nova.conf: what `lint` says of them, where, and which edit it offers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;

use cli::run;
use serde_json::Value;

/// A compute node of a site of several machines, without its `[vnc]`.
const NODE: &str = "[DEFAULT]\ntransport_url = rabbit://nova:pw@192.0.2.10:5672/\nmy_ip = 192.0.2.21\n";

/// What lint says of one file with the release.
fn findings(release: &str, text: &str) -> (Option<i32>, Vec<Value>) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("nova.conf"), text).unwrap();
    let ran = run(dir.path(), &["lint", "--format", "json", "--release", release, "nova.conf"]);
    (ran.code, ran.json()["findings"].as_array().unwrap().clone())
}

/// What `--fix` makes of it.
fn fixed(release: &str, text: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("nova.conf");
    std::fs::write(&path, text).unwrap();
    run(dir.path(), &["lint", "--fix", "--release", release, "nova.conf"]);
    std::fs::read_to_string(path).unwrap()
}

fn one<'f>(found: &'f [Value], cause: &str) -> &'f Value {
    found.iter().find(|one| one["cause"] == cause).unwrap_or_else(|| panic!("no {cause} in {found:#?}"))
}

#[test]
fn a_refused_value_is_told_by_what_became_part_of_it() {
    for (bad, good, words, remedy) in [
        (
            "novncproxy_port = 6080 # the proxy\n",
            "# the proxy\nnovncproxy_port = 6080\n",
            "with the comment behind it",
            "put the comment",
        ),
        (
            "enabled = true\n  server_listen = 192.0.2.21\n",
            "enabled = true\nserver_listen = 192.0.2.21\n",
            "with the indented server_listen of line 6",
            "begin nova.conf line 6 in the first column",
        ),
        ("server_listen = [::]\n", "server_listen = ::\n", "without brackets", "take the brackets off"),
    ] {
        let rest =
            "server_proxyclient_address = $my_ip\nnovncproxy_base_url = http://console.example:6080/vnc_lite.html\n";
        let text = format!("{NODE}[vnc]\n{bad}{rest}");
        let (code, found) = findings("train", &text);
        let refused = one(&found, "nova-conf-refused");
        assert_eq!((code, &refused["line"]), (Some(1), &Value::from(5)), "{bad}");
        let text_of = |key: &Value| key.as_str().unwrap().to_owned();
        assert!(text_of(&refused["message"]).contains(words), "{refused:#}");
        assert!(text_of(&refused["remedy"]["text"]).starts_with(remedy), "{refused:#}");
        assert_eq!(fixed("train", &text), format!("{NODE}[vnc]\n{good}{rest}"));
    }
    // what would not be a value without it is left alone, and so is a word that belongs to nothing
    for bad in ["novncproxy_port = 608000 # x\n", "server_listen = [::x]\n"] {
        let text = format!("{NODE}[vnc]\n{bad}");
        let refused = findings("train", &text).1;
        assert!(one(&refused, "nova-conf-refused")["remedy"]["text"].as_str().unwrap().starts_with("mend the line"));
        assert_eq!(fixed("train", &text), text);
    }
}

#[test]
fn an_option_that_consoles_need_is_missed_however_far_off_its_name_is() {
    let rest = "server_listen = 0.0.0.0\n";
    for (slip, meant) in [
        ("server_proxyclient_addr = $my_ip\n", "server_proxyclient_address"),
        ("proxyclient_address = $my_ip\n", "server_proxyclient_address"),
        ("novncproxy_url = http://console.example:6080/vnc_lite.html\n", "novncproxy_base_url"),
        ("base_url = http://console.example:6080/vnc_lite.html\n", "novncproxy_base_url"),
    ] {
        let text = format!("{NODE}[vnc]\n{rest}{slip}");
        let (code, found) = findings("dalmatian", &text);
        let said = one(&found, "option-misspelt");
        assert_eq!((code, &said["severity"], &said["line"]), (Some(1), &"error".into(), &Value::from(6)), "{slip}");
        assert!(said["message"].as_str().unwrap().contains(&format!("did you mean [vnc] {meant}?")), "{said:#}");
        assert_eq!(fixed("dalmatian", &text), text, "what was meant is not certain");
    }
    // set by its right name too, it changes nothing
    let set = "server_proxyclient_address = $my_ip\nnovncproxy_base_url = http://console.example:6080/vnc_lite.html\n";
    let (code, found) = findings("dalmatian", &format!("{NODE}[vnc]\n{rest}{set}base_url = http://other.example\n"));
    assert_eq!((code, &one(&found, "option-misspelt")["severity"]), (Some(0), &"warning".into()));
}

#[test]
fn an_option_in_a_drivers_section_is_no_excuse_for_its_absence() {
    let text = format!(
        "{NODE}[vnc]\nserver_listen = 0.0.0.0\nserver_proxyclient_address = $my_ip\n[libvirt]\n\
         novncproxy_base_url = http://console.example:6080/vnc_lite.html\n"
    );
    let (code, found) = findings("dalmatian", &text);
    assert_eq!((code, &one(&found, "base-url-unreachable")["severity"]), (Some(1), &"error".into()));
}

#[test]
fn a_name_of_one_word_is_not_moved() {
    // the name by which nova knows this host is no address of a database
    for text in ["[database]\nhost = 192.0.2.10\n", "[vnc]\nhost = 0.0.0.0\n", "[cache]\nhost = 192.0.2.10\n"] {
        let text = format!("{NODE}{text}");
        assert_eq!(fixed("dalmatian", &text), text);
        assert!(findings("dalmatian", &text).1.iter().any(|one| one["line"] == 5), "{text}");
    }
}

#[test]
fn a_section_in_brackets_or_quotes_of_its_own_is_another() {
    for header in ["[[vnc]]", "[\"vnc\"]", "['vnc']"] {
        let url = "novncproxy_base_url = http://console.example:6080/vnc_lite.html";
        let text = format!("{NODE}{header}\nserver_listen = 0.0.0.0\nserver_proxyclient_address = $my_ip\n{url}\n");
        let (code, found) = findings("dalmatian", &text);
        let said = one(&found, "option-misspelt");
        assert_eq!((code, &said["line"], &said["severity"]), (Some(1), &Value::from(4), &"error".into()), "{header}");
        assert!(fixed("dalmatian", &text).contains("\n[vnc]\n"));
    }
    let (_, found) = findings("dalmatian", &format!("{NODE}[libvrit]\nvirt_type = kvm\n"));
    assert_eq!(one(&found, "option-misspelt")["severity"], "warning");
    for another in ["[libvrit]\nof_a_driver = 1\n", "[heat]\nauth_url = x\n", "[S3CRET\"]\nvirt_type = kvm\n"] {
        let (code, found) = findings("dalmatian", &format!("{NODE}{another}"));
        assert_eq!(code, Some(0));
        assert!(!found.iter().any(|one| one["cause"] == "option-misspelt"), "{another}: {found:#?}");
    }
}

#[test]
fn what_is_not_set_is_told_in_the_file_that_lacks_it() {
    let text = format!("# vncdoctor: ignore base-url-unreachable\n{NODE}compute_driver = libvirt.LibvirtDriver\n");
    let (_, found) = findings("dalmatian", &text);
    let said = one(&found, "proxyclient-address-wrong");
    assert_eq!((&said["file"], &said["line"]), (&"nova.conf".into(), &Value::from(2)));
    assert!(!found.iter().any(|one| one["cause"] == "base-url-unreachable"), "it can be left out there");
}

#[test]
fn an_address_copied_with_the_file_is_that_of_two_hosts() {
    let node = format!("{NODE}[vnc]\nserver_listen = 0.0.0.0\nserver_proxyclient_address = $my_ip\n");
    let url = "novncproxy_base_url = http://console.example:6080/vnc_lite.html\n";
    let dir = tempfile::tempdir().unwrap();
    let lint = |first: &str, second: &str| {
        std::fs::write(dir.path().join("a"), format!("{first}{url}")).unwrap();
        std::fs::write(dir.path().join("b"), format!("{second}{url}")).unwrap();
        let args = ["lint", "--format", "json", "--release", "dalmatian", "cmp1:compute=a", "cmp2:compute=b"];
        run(dir.path(), &args).json()["findings"].as_array().unwrap().clone()
    };
    let twice = lint(&node, &node);
    let said = one(&twice, "proxyclient-address-wrong");
    assert_eq!((&said["severity"], &said["confidence"]), (&"warning".into(), &"possible".into()));
    assert_eq!(lint(&node, &node.replace("192.0.2.21", "192.0.2.22")), Vec::<Value>::new());
}

#[test]
fn no_secret_of_a_urls_arguments_is_told() {
    for argument in ["apikey=S3CRET&x=1", "auth=S3CRET", "sig=S3CRET#key=S3CRET", "pwd=S3&CRET"] {
        let url = format!("novncproxy_base_url = http://127.0.0.1:6080//vnc_lite.html?{argument}\n");
        let text = format!("{NODE}[vnc]\nserver_listen = 0.0.0.0\nserver_proxyclient_address = $my_ip\n{url}");
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("nova.conf"), text).unwrap();
        for form in ["human", "json", "sarif", "junit", "github", "markdown", "short"] {
            let ran = run(dir.path(), &["lint", "-v", "--format", form, "--release", "dalmatian", "nova.conf"]);
            assert_eq!(ran.code, Some(1));
            assert!(!ran.stdout.contains("CRET"), "{form}: {}", ran.stdout);
        }
    }
}

#[test]
fn nobody_listens_on_an_address_that_is_another_hosts() {
    let dir = tempfile::tempdir().unwrap();
    let lint = |proxy: &str, listen: &str, ip: &str| {
        let ctl = format!(
            "[DEFAULT]\ntransport_url = rabbit://nova:pw@192.0.2.10:5672/\nmy_ip = 192.0.2.12\n\
            [database]\nconnection = mysql://nova:pw@192.0.2.10/nova\n[vnc]\nnovncproxy_host = {proxy}\n"
        );
        let node = format!(
            "[DEFAULT]\ntransport_url = rabbit://nova:pw@192.0.2.10:5672/\n{ip}[vnc]\nserver_listen = {listen}\n\
            server_proxyclient_address = 192.0.2.21\nnovncproxy_base_url = http://console.example:6080/vnc_lite.html\n"
        );
        std::fs::write(dir.path().join("a"), ctl.replace("192.0.2.12", "192.0.2.11").replace(proxy, "192.0.2.11"))
            .unwrap();
        std::fs::write(dir.path().join("b"), ctl).unwrap();
        std::fs::write(dir.path().join("c"), node).unwrap();
        let args =
            ["lint", "--format", "json", "--release", "30", "c1:controller=a", "c2:controller=b", "n1:compute=c"];
        let ran = run(dir.path(), &args).json();
        let said = |one: &Value| {
            format!("{} {} {}:{}", one["severity"], one["cause"], one["file"], one["line"]).replace('"', "")
        };
        ran["findings"].as_array().unwrap().iter().map(said).collect::<Vec<_>>()
    };
    let own = "my_ip = 192.0.2.21\n";
    assert!(lint("192.0.2.12", "192.0.2.21", own).is_empty());
    assert_eq!(lint("192.0.2.11", "0.0.0.0", own), ["error novncproxy-bind b:7"]);
    assert_eq!(lint("0.0.0.0", "192.0.2.12", own), ["error vnc-listen-foreign c:5"]);
    // a virtual address is nobody's, and a node that names no address of its own may have any
    assert!(lint("192.0.2.99", "192.0.2.21", own).is_empty());
    assert_eq!(lint("0.0.0.0", "192.0.2.12", ""), ["warning vnc-listens-elsewhere c:4"]);
}

#[test]
fn an_absent_cache_is_told_in_the_file_that_has_none() {
    let dir = tempfile::tempdir().unwrap();
    let cache = "[cache]\nenabled = true\nbackend = oslo_cache.memcache_pool\nmemcache_servers = 192.0.2.11:11211\n";
    std::fs::write(dir.path().join("a"), format!("{NODE}{cache}")).unwrap();
    std::fs::write(dir.path().join("b"), format!("# nothing\n{NODE}")).unwrap();
    let args = ["lint", "--format", "json", "--release", "queens", "c1:controller=a", "c2:controller=b"];
    let found = run(dir.path(), &args).json()["findings"].as_array().unwrap().clone();
    let said = one(&found, "token-store-not-shared");
    assert_eq!((&said["severity"], &said["file"], &said["line"]), (&"error".into(), &"b".into(), &Value::from(2)));
}

#[test]
fn an_empty_token_ttl_fails_every_request_from_rocky_on() {
    let site = format!(
        "{NODE}[vnc]\nserver_listen = 0.0.0.0\nserver_proxyclient_address = $my_ip\n\
         novncproxy_base_url = http://console.example:6080/vnc_lite.html\n[libvirt]\nvirt_type = kvm\n"
    );
    for (empty, line) in [("[consoleauth]\ntoken_ttl =\n", 11), ("[DEFAULT]\nconsole_token_ttl =  \n", 11)] {
        let text = format!("{site}{empty}");
        for (release, severity, code) in [("train", "error", 1), ("dalmatian", "error", 1)] {
            let (ended, found) = findings(release, &text);
            let said = one(&found, "token-ttl-misplaced");
            assert_eq!(
                (ended, &said["severity"], &said["step"]),
                (Some(code), &severity.into(), &7.into()),
                "{said:#}"
            );
            assert_eq!(said["line"], line);
            assert!(said["remedy"]["text"].as_str().unwrap().contains("nova.conf line 11"), "{said:#}");
        }
        assert!(!fixed("train", &text).contains("token_ttl"));
        // queens keeps such a token for ever
        assert!(!findings("queens", &text).1.iter().any(|one| one["cause"] == "token-ttl-misplaced"));
    }
    // on a controller of its own nobody reads it
    let (code, found) = findings("train", &format!("{NODE}[consoleauth]\ntoken_ttl =\n"));
    let said = one(&found, "token-ttl-misplaced");
    assert_eq!((code, &said["severity"], &said["confidence"]), (Some(0), &"warning".into(), &"possible".into()));
    for other in ["[consoleauth]\ntoken_ttl =\n  600\n", "[consoleauth]\n# token_ttl =\n"] {
        let (code, found) = findings("train", &format!("{site}{other}"));
        assert!(code == Some(0) && !found.iter().any(|one| one["cause"] == "token-ttl-misplaced"), "{found:#?}");
    }
}

#[test]
fn a_proxy_without_a_port_is_where_no_url_leads() {
    let site = format!(
        "{NODE}[database]\nconnection = mysql+pymysql://nova:pw@192.0.2.10/nova\n[vnc]\nserver_listen = 0.0.0.0\n\
         server_proxyclient_address = $my_ip\nnovncproxy_base_url = http://console.example:6080/vnc_lite.html\n"
    );
    for (port, how) in [("novncproxy_port = 0\n", "is 0"), ("novncproxy_port =\n", "is empty")] {
        let (code, found) = findings("dalmatian", &format!("{site}{port}"));
        let said = one(&found, "novncproxy-bind");
        assert_eq!((code, &said["severity"], &said["line"]), (Some(1), &"error".into(), &10.into()), "{said:#}");
        assert!(said["message"].as_str().unwrap().starts_with(&format!("novncproxy_port {how} on")), "{said:#}");
    }
    let (_, found) = findings("dalmatian", &format!("{site}novncproxy_port = {{{{ port }}}}\n"));
    assert!(!found.iter().any(|one| one["cause"] == "novncproxy-bind"), "{found:#?}");
    let (code, found) = findings("dalmatian", &format!("{site}novncproxy_port = 6090\n"));
    assert!(code == Some(0) && !found.iter().any(|one| one["cause"] == "novncproxy-bind"), "{found:#?}");
    // nor does one whose url names port 0
    let url = format!("{NODE}[vnc]\nnovncproxy_base_url = http://console.example:0/vnc_lite.html\n");
    let (code, found) = findings("dalmatian", &url);
    assert_eq!((code, &one(&found, "base-url-unreachable")["line"]), (Some(1), &5.into()));
}

#[test]
fn a_name_is_mended_whatever_a_template_fills_in() {
    let rest = "server_listen = 0.0.0.0\nnovncproxy_base_url = http://console.example:6080/vnc_lite.html\n";
    for value in ["{{ ip }}", "%IP%", "<%= @ip %>", "{% if a %}192.0.2.1{% else %}192.0.2.2{% endif %}"] {
        let text = |name: &str| format!("{NODE}[vnc]\n{rest}{name} = {value}\n");
        let right = text("server_proxyclient_address");
        assert_eq!(fixed("dalmatian", &text("server_proxyclient_adress")), right);
        assert_eq!(fixed("dalmatian", &right), right);
    }
}

#[test]
fn a_word_between_underscores_is_yet_to_be_filled_in() {
    let url = "novncproxy_base_url = http://console.example:6080/vnc_lite.html\n";
    let site = |lines: &str| format!("{NODE}[vnc]\nserver_listen = 0.0.0.0\n{lines}");
    let address = "server_proxyclient_address = $my_ip\n";
    for filled in [
        format!("{address}{url}novncproxy_port = __PORT__\n"),
        format!("{url}server_proxyclient_address = '__MY_IP__'\n"),
        format!("{address}novncproxy_base_url = __CONSOLE_URL__\n"),
    ] {
        let (code, found) = findings("dalmatian", &site(&filled));
        assert!(code == Some(0) && found.is_empty(), "{filled}{found:#?}");
    }
    for slip in ["__port__", "__PORT", "6080__PORT__", "____", "<PORT>", "PORT"] {
        let text = site(&format!("{address}{url}novncproxy_port = {slip}\n"));
        assert_eq!(one(&findings("dalmatian", &text).1, "nova-conf-refused")["line"], 8, "{slip}");
    }
}

#[test]
fn a_section_called_after_the_proxy_is_vnc() {
    let node = format!("{NODE}[vnc]\nserver_listen = 0.0.0.0\nserver_proxyclient_address = $my_ip\n");
    let url = "novncproxy_base_url = http://console.example:6080/vnc_lite.html\n";
    for header in ["novncproxy", "vncproxy", "novnc", "nova-novncproxy"] {
        let text = format!("{node}[{header}]\n{url}");
        let (code, found) = findings("dalmatian", &text);
        let said = one(&found, "option-misspelt");
        assert_eq!((code, &said["severity"], &said["line"]), (Some(1), &"error".into(), &7.into()), "{header}");
        assert!(
            said["message"].as_str().unwrap().contains("novncproxy_base_url in it; did you mean [vnc]?"),
            "{said:#}"
        );
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(fixed("dalmatian", &text), format!("{node}[vnc]\n{url}"));
    }
    // the section has the rest of the name
    let text = format!("{node}{url}[novncproxy]\nhost = 0.0.0.0\nport = 6081\n");
    let (code, found) = findings("dalmatian", &text);
    let said = one(&found, "option-misspelt")["message"].as_str().unwrap();
    assert!(code == Some(0) && said.contains("did you mean [vnc] novncproxy_host?"), "{found:#?}");
    assert_eq!(fixed("dalmatian", &text), text);
    // another's options, and another's section
    for other in ["[novncproxy]\nworkers = 4\ncert = /etc/ssl/a.pem\n", "[vncgateway]\nnovncproxy_port = 6081\n"] {
        let (code, found) = findings("dalmatian", &format!("{node}{url}{other}"));
        assert!(code == Some(0) && found.is_empty(), "{other}{found:#?}");
    }
}

#[test]
fn what_is_encoded_twice_before_the_token_breaks_no_console() {
    let site = |url: &str| {
        let addresses = "server_listen = 0.0.0.0\nserver_proxyclient_address = $my_ip\n";
        format!("{NODE}[vnc]\n{addresses}novncproxy_base_url = http://console.example:6080/{url}\n")
    };
    for release in ["queens", "train", "gazpacho"] {
        let (code, found) = findings(release, &site("vnc_lite.html?path=%253Ftoken"));
        assert_eq!((code, &one(&found, "url-damaged")["severity"]), (Some(0), &"warning".into()), "{release}");
    }
    // the page itself is not found
    let (code, found) = findings("train", &site("vnc_lite.html%3Fpath=x"));
    assert_eq!((code, &one(&found, "url-damaged")["severity"]), (Some(1), &"error".into()));
}

#[test]
fn a_password_in_the_wrong_line_is_told_and_not_shown() {
    for (value, shown) in [("Tr0ub4dor3xyz", false), ("PORT", true)] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("nova.conf"), format!("{NODE}[vnc]\nnovncproxy_port = {value}\n")).unwrap();
        for format in ["human", "json", "sarif"] {
            let ran = run(dir.path(), &["lint", "--format", format, "--release", "dalmatian", "nova.conf"]);
            assert!(ran.stdout.contains("novncproxy_port is not a port"), "{}", ran.stdout);
            assert!(!ran.stdout.contains("Tr0ub4dor"), "{}", ran.stdout);
        }
        let human = run(dir.path(), &["lint", "--release", "dalmatian", "nova.conf"]).stdout;
        assert_eq!(human.contains("novncproxy_port = PORT"), shown, "{human}");
    }
}

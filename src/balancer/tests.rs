#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use proptest::prelude::*;

const HAPROXY: &str = "\
# kolla's way
global
    log stdout format raw local0
    stats socket /run/haproxy.sock
defaults
    mode http
    timeout connect 10s
    timeout client 1m
    timeout server 50000
frontend nova_novncproxy
    bind 203.0.113.10:6080,[2001:db8::1]:6080 ssl crt /etc/haproxy/vip.pem
    http-request set-header X-Forwarded-Proto https
    http-request set-header Authorization \"Basic S3CRET\"
    default_backend back
backend back
    option httpchk
    http-check expect status 404
    default-server check inter 2s
    server ctl1 10.0.0.11:6080
    server ctl2 [fd00::12]:6080 ssl verify none
listen stats
    bind *:1984
    stats auth admin:S3CRET
";

fn haproxy(text: &str) -> Parsed {
    parse(Kind::Haproxy, text)
}

#[test]
fn haproxys_sections_come_to_doors() {
    let parsed = haproxy(HAPROXY);
    assert!(!serde_json::to_string(&parsed).unwrap().contains("S3CRET"));
    let doors = doors(&[&parsed]);
    let [door] = doors.as_slice() else { panic!("{doors:?}") };
    assert_eq!(door.name, "frontend nova_novncproxy");
    assert!(door.http && door.no_upgrade.is_none() && door.proto.as_ref().is_some_and(|(to, _)| to == "https"));
    let binds: Vec<_> = door.binds.iter().map(|bind| (bind.host.as_str(), bind.ports.0, bind.tls)).collect();
    assert_eq!(binds, [("203.0.113.10", 6080, true), ("2001:db8::1", 6080, true)]);
    let servers: Vec<_> =
        door.servers.iter().map(|one| (one.name.as_str(), one.host.as_str(), one.port, one.tls)).collect();
    assert_eq!(servers, [("ctl1", "10.0.0.11", Some(6080), false), ("ctl2", "fd00::12", Some(6080), true)]);
    let idle = door.idle.as_ref().unwrap();
    assert_eq!((idle.seconds, idle.option, idle.at.unwrap().directive.line), (50.0, "timeout server", 9));
    let check = door.check.as_ref().unwrap();
    assert_eq!((check.method.as_str(), check.path.as_str(), check.wants_success), ("OPTIONS", "/", false));
}

#[test]
fn defaults_begin_anew_and_names_are_followed() {
    let text = "defaults one\n timeout tunnel 1h\n mode http\ndefaults two\n timeout client 30s\n\
        listen a from one\n bind :1\n server s 10.0.0.1:6080\nlisten b\n bind :2\n server s 10.0.0.1:6080\n\
        defaults three from one\n timeout client 5m\nlisten c\n bind :3\n server s 10.0.0.1:6080\n";
    let parsed = haproxy(text);
    let idle: Vec<_> =
        doors(&[&parsed]).iter().map(|door| door.idle.as_ref().map(|idle| (idle.seconds, idle.option))).collect();
    assert_eq!(
        idle,
        [Some((3600.0, "timeout tunnel")), Some((30.0, "timeout client")), Some((3600.0, "timeout tunnel"))]
    );
}

#[test]
fn files_of_one_program_are_read_as_one() {
    let main = haproxy("defaults\n mode http\n timeout client 20s\n timeout server 40s\n");
    let part = haproxy("listen novnc\n bind 10.0.0.1:6080\n server ctl1 10.0.0.11:6080 check\n");
    let doors = doors(&[&main, &part]);
    assert_eq!((doors[0].at.file, doors[0].idle.as_ref().unwrap().seconds), (1, 20.0));
}

const NGINX: &str = "\
http {
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    proxy_read_timeout 5m;
    upstream vnc { server 10.0.0.11:6080; server 10.0.0.12:6080 down; }
    server {
        listen 443 ssl; listen [::]:443 ssl;
        server_name console.example;
        proxy_set_header Authorization S3CRET;
        location / {
            proxy_pass http://vnc;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;   # passed on
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header Host $host;
            location /deep/ { proxy_pass https://10.0.0.13:6080/; proxy_read_timeout 30; }
        }
        location /plain { proxy_pass http://10.0.0.11:6080; }
    }
}
";

#[test]
fn nginxs_levels_hand_down_and_stand_in() {
    let parsed = parse(Kind::Nginx, NGINX);
    assert!(!serde_json::to_string(&parsed).unwrap().contains("S3CRET"));
    let doors = doors(&[&parsed]);
    assert_eq!(
        doors.iter().map(|door| door.name.as_str()).collect::<Vec<_>>(),
        ["location / of console.example", "location /deep/ of console.example", "location /plain of console.example"]
    );
    let [root, deep, plain] = doors.as_slice() else { panic!() };
    assert!(root.no_upgrade.is_none() && matches!(root.host, HostHeader::Kept));
    assert_eq!(
        (root.servers.len(), root.servers[0].port, root.binds.len(), root.binds[0].tls),
        (1, Some(6080), 2, true)
    );
    assert!((root.idle.as_ref().unwrap().seconds - 300.0).abs() < 0.001);
    // the headers of the location around it are handed down, for it sets none
    assert!(deep.no_upgrade.is_none() && deep.servers[0].tls);
    assert!((deep.idle.as_ref().unwrap().seconds - 30.0).abs() < 0.001);
    assert!(plain.no_upgrade.is_some());
    assert!(matches!(&plain.host, HostHeader::Set { to, at: None } if to == "10.0.0.11"));
}

#[test]
fn a_fragment_is_read_as_if_included() {
    let main = parse(Kind::Nginx, "user www;\nhttp { proxy_read_timeout 1h; include conf.d/*.conf; }\n");
    let part = parse(Kind::Nginx, "server { location / { proxy_pass http://ctl1:6080; } }\n");
    let doors = doors(&[&main, &part]);
    assert_eq!((doors.len(), doors[0].idle.as_ref().unwrap().seconds), (1, 3600.0));
    assert_eq!((doors[0].binds[0].ports, doors[0].at.file), ((80, 80), 1));
}

#[test]
fn each_program_is_known_by_its_first_words() {
    for (text, kind) in [
        (HAPROXY, Some(Kind::Haproxy)),
        (NGINX, Some(Kind::Nginx)),
        ("# x\n\nlisten novnc 10.0.0.1:6080\n", Some(Kind::Haproxy)),
        ("defaults\n  mode tcp\n", Some(Kind::Haproxy)),
        ("crt-store web\n  crt-base /etc/tls\n", Some(Kind::Haproxy)),
        ("fcgi-app php\n", Some(Kind::Haproxy)),
        ("server\n{\n listen 80;\n}\n", Some(Kind::Nginx)),
        ("upstream novnc { server a:6080; }", Some(Kind::Nginx)),
        ("[DEFAULT]\nglobal = 1\n", None),
        ("listen = 1\n", None),
        ("server_listen = 0.0.0.0\n", None),
        ("", None),
        ("apiVersion: v1\n", None),
        ("<VirtualHost *:80>\n", None),
    ] {
        assert_eq!(kind_of(text), kind, "{text}");
    }
}

#[test]
fn a_template_opens_no_doors() {
    let parsed = haproxy(&HAPROXY.replace("1m", "{{ haproxy_client_timeout }}"));
    assert!(parsed.template && doors(&[&parsed]).is_empty());
}

proptest! {
    #[test]
    fn no_text_panics(words in proptest::collection::vec(
        prop_oneof![
            Just("defaults"), Just("frontend a"), Just("backend"), Just("listen x :1"), Just("bind"), Just("bind :70000-1"),
            Just("server"), Just("server a [::"), Just("timeout client"), Just("http-request set-header host"),
            Just("option httpchk"), Just("use_backend"), Just("default_backend a"), Just("\\"), Just("\""), Just("'"),
            Just("http {"), Just("server {"), Just("}"), Just("location / {"), Just("proxy_pass http://"), Just(";"),
            Just("listen [::]"), Just("\n"), Just("upstream a {"), Just("proxy_read_timeout ;"), Just("#"), Just("${"), Just("from"),
            Just("proxy_set_header Host;"), Just("\u{e9}"),
        ],
        0..60,
    )) {
        let text = words.join(" ").replace(" \n ", "\n");
        let _ = kind_of(&text);
        for kind in [Kind::Haproxy, Kind::Nginx] {
            let parsed = parse(kind, &text);
            let _ = doors(&[&parsed]);
        }
    }
}

//! Random configuration files: every odd feature of the format, odd values for every type of option.

#![allow(clippy::format_push_string)]

use vncdoctor::oslo::options::{self, OptionDef};

/// What is asked of both readers.
pub(crate) struct Case {
    /// files in reading order
    pub(crate) files: Vec<Vec<u8>>,
    /// environment of the process
    pub(crate) env: Vec<(String, String)>,
    /// options to read
    pub(crate) get: Vec<(&'static str, &'static str)>,
}

/// A small generator of random numbers (splitmix64): the same seed gives the same case everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }
}

/// Options that consoles stand on, and one of every type.
const FAVOURITES: &[(&str, &str)] = &[
    ("vnc", "server_listen"),
    ("vnc", "server_proxyclient_address"),
    ("vnc", "novncproxy_base_url"),
    ("vnc", "novncproxy_port"),
    ("vnc", "novncproxy_host"),
    ("vnc", "enabled"),
    ("vnc", "auth_schemes"),
    ("cache", "enabled"),
    ("cache", "backend"),
    ("cache", "memcache_servers"),
    ("cache", "expiration_time"),
    ("cache", "memcache_socket_timeout"),
    ("cache", "backend_argument"),
    ("consoleauth", "token_ttl"),
    ("console", "allowed_origins"),
    ("DEFAULT", "my_ip"),
    ("DEFAULT", "host"),
    ("DEFAULT", "web"),
    ("DEFAULT", "transport_url"),
    ("DEFAULT", "reserved_huge_pages"),
    ("DEFAULT", "instance_usage_audit_period"),
    ("DEFAULT", "rpc_response_timeout"),
    ("database", "connection"),
    ("glance", "retriable_status_codes"),
    ("profiler_jaeger", "process_tags"),
    ("serial_console", "port_range"),
    ("cinder", "catalog_info"),
    ("ironic", "partition_key"),
    ("libvirt", "rx_queue_size"),
    ("libvirt", "cpu_model_extra_flags"),
    ("libvirt", "live_migration_inbound_addr"),
    ("mks", "mksproxy_base_url"),
    ("pci", "alias"),
    ("key_manager", "backend"),
];

const SCALARS: &[&str] = &[
    "true",
    "True",
    "YES",
    "on",
    "1",
    "0",
    "off",
    "No",
    "FALSE",
    "t",
    "y",
    "none",
    "None",
    "truE ",
    "0x10",
    "007",
    "-1",
    "+5",
    "1_000",
    "1__0",
    "_1",
    "1_",
    "６０８０",
    "٣",
    "1e3",
    "1.5",
    ".5",
    "5.",
    "nan",
    "-inf",
    "Infinity",
    "1_0.5",
    "1._5",
    "65535",
    "65536",
    "99999999999999999999",
    "-99999999999999999999",
    "600",
    "6080",
    "256",
    "512",
    "1024",
    "300",
    "2147483648",
    "month",
    "day@3",
    "hour@",
    "xyearx",
    "1:2",
    "10000:20000",
    "10000:20000x",
    "a:b:c",
    "volumev3:cinderv3:publicURL",
    "b-s::x",
    "a.b-c",
    "vencrypt",
    "none,vencrypt",
    "VenCrypt",
    "dogpile.cache.memcached",
    "oslo_cache.memcache_pool",
    "oslo_cache.mongo",
    "dogpile.cache.pymemcache",
    "memcached",
    "dogpile.cache.null",
    "PCID",
    "pcid,ssbd",
    "",
    " ",
    "\u{a0}",
    "\u{1c}",
    "\u{2003}x\u{2003}",
];

const HOSTS: &[&str] = &[
    "10.0.0.1",
    "0.0.0.0",
    "127.0.0.1",
    "256.0.0.1",
    "10.0.0",
    "010.0.0.1",
    "1.2.3.4.",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "[::1]",
    "1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7::",
    "1::8:9:a:b:c:d",
    "::ffff:1.2.3.4",
    "::1.2.3.400",
    "12345::",
    "ctl1",
    "ctl-1.example.com",
    "ctl1.",
    "my_host",
    "-a",
    "a-",
    "a..b",
    ".",
    "1host",
    "host1",
    "127.1",
    "ſt",
    "K8s",
    "münchen.de",
    "a\u{130}b",
    "localhost",
    "*",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.x",
    "1-2",
    "a_b.c",
    "x.1-",
    "a.1",
];

const URIS: &[&str] = &[
    "http://",
    "https://",
    "HTTP://",
    "telnet://",
    "rabbit://",
    "//",
    "http:/",
    "http:",
    "1http://",
    "h+t-p.s://",
    "://",
];

const URI_TAILS: &[&str] = &[
    "/",
    "/vnc_auto.html",
    "/x y",
    "/50%",
    "/50%25",
    "/%zz",
    "/a[0]",
    "?token=1",
    "?a[0]=b",
    "?x=50%",
    "#frag",
    "#a#b",
    "#[x]",
    "\\x",
    "/\\x",
    "/é",
    ":6080",
    ":6080/vnc_lite.html?path=%3Ftoken%3D",
    ":",
    ":608000",
    ":6o80",
    ":6080 # public",
    "@",
    "@ctl",
    "",
    "6080",
    "%41",
    "%4",
    "/$$x",
    "//x",
    "/~u",
    "?",
    "?~\"",
    "/|",
];

const NAMES: &[&str] = &[
    "$my_ip",
    "${my_ip}",
    "$host",
    "${vnc.novncproxy_port}",
    "$vnc.enabled",
    "$vnc.server_listen",
    "$novncproxy_host",
    "${cache.memcache_servers}",
    "$web",
    "${DEFAULT.my_ip}",
    "$nope",
    "${nope}",
    "$vnc",
    "$vnc.nope",
    "$nogroup.x",
    "$$",
    "\\$",
    "$$my_ip",
    "\\$my_ip",
    "\\\\$my_ip",
    "$",
    "$1",
    "${",
    "${my_ip",
    "${my_ip.x}",
    "$my_ip.",
    "$My_ip",
    "$é",
    "$token_ttl",
    "$consoleauth.token_ttl",
    "$console_token_ttl",
    "$vncserver_listen",
    "$memcache_socket_timeout",
    "${pci.alias}",
    "$reserved_huge_pages",
    "${glance.retriable_status_codes}",
    "$VNC.enabled",
    "$connection",
    "${cache.expiration_time}",
    "$ſ",
    "${profiler_jaeger.process_tags}",
    "$cache.memcache_socket_timeout",
    "$allowed_origins",
    "$transport_url",
];

const JUNK: &[&str] = &[
    "a",
    "b,c",
    ",",
    " , ",
    ",,",
    "a:1",
    "b:2",
    ":",
    "=",
    "key:value",
    "k:v,l:w",
    "node:0,size:2MB,count:4",
    ":v",
    "k:",
    "#",
    ";",
    " # note",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "\"x\"",
    "'y'",
    "\\",
    "\\n",
    "\t",
    "é",
    "日本",
    "😀",
    "\u{feff}",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "x=y",
    "a 'b' \"c\"",
    "%",
    "@",
    "/",
    "!",
    "200",
    "500,502",
    "10.0.0.1:11211",
    "10.0.0.2:11211,",
    "\u{b}",
    "\u{c}",
];

fn value(r: &mut Random, option: Option<&OptionDef>) -> String {
    let mut text = String::new();
    if let Some(option) = option.filter(|_| r.one_in(6)) {
        let choices = option.shape(17 + 17 * (r.below(2) as u16)).choices;
        if !choices.is_empty() {
            return r.pick(choices).to_owned();
        }
    }
    match r.below(12) {
        0 => text.push_str(r.pick(HOSTS)),
        1 | 2 => text.push_str(r.pick(SCALARS)),
        3 => {
            text.push_str(r.pick(URIS));
            if r.one_in(4) {
                text.push_str(r.pick(&["user@", "u:p@", "u:p%40@", "u:p@x@", "@", "u:é@", "[x]@"]));
            }
            text.push_str(if r.one_in(4) { r.pick(LITERALS) } else { r.pick(HOSTS) });
            for _ in 0..r.below(3) {
                text.push_str(r.pick(URI_TAILS));
            }
        }
        4 => {
            for _ in 0..=r.below(3) {
                text.push_str(r.pick(NAMES));
                text.push_str(r.pick(&["", "", ":", ".", "x", ",", " "]));
            }
        }
        5 => {
            for _ in 0..=r.below(3) {
                text.push_str(r.pick(HOSTS));
                text.push_str(r.pick(&[":11211", ":11211,", ",", " , ", ", "]));
            }
        }
        6 => text.push_str(&format!("{}{}", r.pick(SCALARS), r.pick(&[" # x", " ; x", "#x", " ", ",", " x"]))),
        _ => {
            for _ in 0..=r.below(4) {
                text.push_str(match r.below(5) {
                    0 => r.pick(SCALARS),
                    1 => r.pick(HOSTS),
                    2 => r.pick(NAMES),
                    _ => r.pick(JUNK),
                });
            }
        }
    }
    match r.below(12) {
        0 => format!("\"{text}\""),
        1 => format!("'{text}'"),
        2 => format!("\"{text}'"),
        _ => text,
    }
}

const LITERALS: &[&str] = &[
    "[::1]",
    "[::]",
    "[fe80::]",
    "[fe80::1%25eth0]",
    "[fe80::1%eth0]",
    "[::1%25]",
    "[1:2:3:4:5:6:7:8]",
    "[1:2:3:4:5:6:7]",
    "[::1.2.3.4]",
    "[::1x2x3x4]",
    "[v1.x]",
    "[v1x]",
    "[vg.x]",
    "[::g]",
    "[",
    "[]",
    "[1::2::3]",
    "[1:2:3:4:5:6:1.2.3.4]",
    "[1:2:3:4:5:6:7::]",
    "[::2:3:4:5:6:7:8]",
    "[::1:2:3:4:5:6:7:8]",
];

fn section(r: &mut Random, name: &str) -> String {
    match r.below(14) {
        0 => name.to_uppercase(),
        1 => name.to_lowercase(),
        2 => format!(" {name}"),
        3 => format!("{name} "),
        _ => name.to_owned(),
    }
}

/// A case for one release: options that it knows, written in files.
pub(crate) fn case(seed: u64, release: u16) -> Case {
    let mut r = Random(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ u64::from(release));
    let mut wanted: Vec<&'static OptionDef> = Vec::new();
    while wanted.len() < 6 {
        let option = if r.one_in(3) {
            &options::all()[r.below(options::all().len())]
        } else {
            let (section, name) = FAVOURITES[r.below(FAVOURITES.len())];
            options::lookup(section, name).expect("a favourite of the table")
        };
        // several options claim such a name; which of them wins is a matter of import order
        if option.is_in(release) && option.library != "oslo.service" {
            wanted.push(option);
        }
    }
    let count = if r.one_in(4) { 2 } else { 1 };
    let files = (0..count).map(|_| file(&mut r, &wanted, release)).collect();
    let mut env = Vec::new();
    if r.one_in(4) {
        let option = wanted[r.below(wanted.len())];
        let name = format!("OS_{}__{}", option.section.to_uppercase(), option.name.to_uppercase());
        env.push((name, value(&mut r, Some(option)).replace('\0', "")));
    }
    let mut get: Vec<_> = wanted.iter().map(|o| (o.section, o.name)).collect();
    get.push(("DEFAULT", "my_ip"));
    get.push(("vnc", "enabled"));
    get.sort_unstable();
    get.dedup();
    Case { files, env, get }
}

fn file(r: &mut Random, wanted: &[&'static OptionDef], release: u16) -> Vec<u8> {
    let end = r.pick(&["\n", "\n", "\n", "\n", "\r\n", "\r"]).to_owned();
    let mut text = String::new();
    if r.one_in(60) {
        text.push('\u{feff}');
    }
    // most files are sound, so that values are reached
    let sloppy = r.one_in(4);
    let mut current = String::new();
    for _ in 0..=r.below(8) {
        let option = wanted[r.below(wanted.len())];
        let old: Vec<_> =
            option.aliases_in(release).filter(|a| options::formerly(a.section, a.name).count() == 1).collect();
        let (group, name) = if !old.is_empty() && r.one_in(4) {
            let alias = old[r.below(old.len())];
            (alias.section, alias.name)
        } else {
            (option.section, option.name)
        };
        if current != group || r.one_in(8) {
            group.clone_into(&mut current);
            let header = section(r, group);
            text.push_str(&format!("[{header}]{end}"));
        }
        let value = value(r, Some(option));
        let separator = r.pick(&["=", " = ", ": ", ":", " =", "\t=\t", "= "]);
        let name = match r.below(24) {
            0 => name.replace('_', "-"),
            1 => name.to_uppercase(),
            _ => name.to_owned(),
        };
        text.push_str(&format!("{name}{separator}{}{end}", value.replace(['\n', '\r'], " ")));
        if r.one_in(6) {
            for _ in 0..=r.below(2) {
                let indent = r.pick(&[" ", "\t", "    ", " \t "]);
                text.push_str(&format!(
                    "{indent}{}{end}",
                    r.pick(&["10.0.0.2:11211,", "b", "# old", "x = y", "[vnc]", "\"z\"", ",", "k:v", "$my_ip", "'"])
                ));
            }
        }
        if r.one_in(8) {
            text.push_str(&end);
        }
        if r.one_in(8) {
            text.push_str(&format!("{}{end}", r.pick(&["# note = 1", "; note", "#", "   ", "\t", "\u{a0}", "#[x]"])));
        }
        if sloppy && r.one_in(5) {
            let line = r.pick(&[
                "word",
                "  indented",
                " = x",
                "= x",
                ": x",
                "[vnc",
                "[]",
                "[vnc] # note",
                "[a]b]",
                "[x]y]z",
                "\u{a0}x = 1",
                "[ ]",
                "[[vnc]]",
                "=",
                "[",
                "]",
                "\u{1c}",
                "x\u{b}y = 1",
                "\tq = 1",
                "export A=b",
            ]);
            text.push_str(&format!("{line}{end}"));
        }
    }
    if sloppy && r.one_in(10) {
        text = text.split_once(']').map_or(text.clone(), |(_, rest)| rest.to_owned());
    }
    if r.one_in(6) {
        text.truncate(text.trim_end().len());
    }
    let mut bytes = text.into_bytes();
    if sloppy && r.one_in(8) && !bytes.is_empty() {
        let at = r.below(bytes.len());
        let bad: &[u8] = match r.below(5) {
            0 => b"\xff",
            1 => b"\xc3",
            2 => b"\xed\xa0\x80",
            3 => b"\xf0\x9f\x98",
            _ => b"\xc0\x80",
        };
        bytes.splice(at..at, bad.iter().copied());
    }
    bytes
}

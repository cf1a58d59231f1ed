//! What nginx's blocks come to: each location that is passed on, with what its levels hand down.
//!
//! A directive of an inner level stands in for that of the outer ones; `proxy_set_header` of an inner level stands in for all
//! of them (nginx.org, ngx_http_proxy_module).

use super::super::{At, Bind, Door, HostHeader, Idle, Kind, Lost, Parsed, Server, address, time};
use crate::balancer::Directive;

/// Default of `proxy_read_timeout`, in seconds.
const READ_TIMEOUT: f64 = 60.0;

/// A file's directive with its levels, the nearest first.
struct Level<'p> {
    file: usize,
    /// The blocks around it, nearest first; the last one stands for `http`.
    blocks: Vec<&'p [Directive]>,
}

impl<'p> Level<'p> {
    /// The directive in effect.
    fn find(&self, name: &str) -> Option<At<'p>> {
        let file = self.file;
        self.blocks
            .iter()
            .find_map(|block| block.iter().rev().find(|one| one.name() == name))
            .map(|directive| At { file, directive })
    }

    /// The lines of `proxy_set_header` in effect.
    fn headers(&self) -> Vec<At<'p>> {
        let set = |block: &&'p [Directive]| block.iter().any(|one| one.name() == "proxy_set_header");
        let Some(block) = self.blocks.iter().find(|block| set(block)) else { return Vec::new() };
        let file = self.file;
        block.iter().filter(|one| one.name() == "proxy_set_header").map(|directive| At { file, directive }).collect()
    }

    fn inside(&self, block: &'p [Directive]) -> Self {
        Self { file: self.file, blocks: std::iter::once(block).chain(self.blocks.iter().copied()).collect() }
    }
}

/// Every location that is passed on.
pub(in crate::balancer) fn doors<'p>(files: &[(usize, &'p Parsed)]) -> Vec<Door<'p>> {
    let mut upstreams = Vec::new();
    let mut servers: Vec<(Level<'p>, At<'p>)> = Vec::new();
    // what nginx.conf says in `http` counts for files that it includes
    let https: Vec<&'p [Directive]> = files
        .iter()
        .flat_map(|(_, parsed)| &parsed.directives)
        .filter(|one| one.name() == "http")
        .map(|one| one.block.as_slice())
        .collect();
    for (file, parsed) in files {
        let file = *file;
        for one in &parsed.directives {
            let block: &'p [Directive] = if one.name() == "http" { &one.block } else { std::slice::from_ref(one) };
            for inner in block {
                match inner.name() {
                    "upstream" => upstreams.push(At { file, directive: inner }),
                    "server" => {
                        let mut blocks = vec![inner.block.as_slice()];
                        blocks.extend(https.iter().copied());
                        servers.push((Level { file, blocks }, At { file, directive: inner }));
                    }
                    _ => {}
                }
            }
        }
    }
    servers.iter().flat_map(|(level, at)| of_server(level, *at, &upstreams)).collect()
}

fn of_server<'p>(level: &Level<'p>, at: At<'p>, upstreams: &[At<'p>]) -> Vec<Door<'p>> {
    let binds = binds(at);
    let hosts: Vec<String> = at
        .directive
        .block
        .iter()
        .filter(|one| one.name() == "server_name")
        .flat_map(|one| one.words.iter().skip(1).cloned())
        .collect();
    let mut doors = Vec::new();
    locations(level, at.directive, &mut |inner, location| {
        let Some(pass) = location.block.iter().find(|one| one.name() == "proxy_pass") else { return };
        let pass = At { file: at.file, directive: pass };
        doors.push(door(inner, location, pass, &binds, &hosts, upstreams));
    });
    doors
}

/// Visits every location, those within others too.
fn locations<'p>(level: &Level<'p>, within: &'p Directive, visit: &mut impl FnMut(&Level<'p>, &'p Directive)) {
    for location in within.block.iter().filter(|one| one.name() == "location") {
        let inner = level.inside(&location.block);
        visit(&inner, location);
        locations(&inner, location, visit);
    }
}

fn binds(at: At<'_>) -> Vec<Bind<'_>> {
    let switched = at.directive.block.iter().any(|one| one.starts(&["ssl", "on"]));
    let listens = at.directive.block.iter().filter(|one| one.name() == "listen");
    let binds: Vec<Bind> = listens
        .filter_map(|directive| {
            let text = directive.word(1);
            let (host, port) = if let Ok(port) = text.parse::<u16>() {
                (String::new(), port)
            } else {
                let (host, port) = address(text);
                (host, port.map_or(Ok(80), str::parse).ok()?)
            };
            let tls = switched || directive.words.iter().any(|word| word == "ssl" || word == "quic");
            Some(Bind { host, ports: (port, port), tls, at: At { file: at.file, directive } })
        })
        .collect();
    if !binds.is_empty() || at.directive.block.iter().any(|one| one.name() == "listen") {
        return binds;
    }
    vec![Bind { host: String::new(), ports: (80, 80), tls: switched, at }]
}

fn door<'p>(
    level: &Level<'p>,
    location: &'p Directive,
    pass: At<'p>,
    binds: &[Bind<'p>],
    hosts: &[String],
    upstreams: &[At<'p>],
) -> Door<'p> {
    let (scheme, rest) = pass.directive.word(1).split_once("://").unwrap_or(("", ""));
    let authority = rest.split('/').next().unwrap_or_default();
    let servers = servers(scheme == "https", authority, pass, upstreams);
    let path = location.words.iter().skip(1).cloned().collect::<Vec<_>>().join(" ");
    let of = hosts.first().map_or_else(|| "the default server".to_owned(), Clone::clone);
    let mut names = vec![path.clone(), authority.to_owned()];
    names.extend(hosts.iter().cloned());
    names.extend(servers.iter().map(|server| server.name.clone()));
    Door {
        kind: Kind::Nginx,
        name: format!("location {path} of {of}"),
        names,
        at: At { file: level.file, directive: location },
        binds: binds.to_vec(),
        servers,
        http: true,
        idle: Some(idle(level)).filter(|idle| idle.seconds > 0.0),
        no_upgrade: no_upgrade(level),
        host: host(level, authority),
        proto: proto(level),
        to_https: None,
        check: None,
        tls_check: None,
    }
}

fn servers<'p>(tls: bool, authority: &str, pass: At<'p>, upstreams: &[At<'p>]) -> Vec<Server<'p>> {
    let server = |name: &str, text: &str, own: Option<u16>, at| {
        let (host, port) = address(text);
        let port = port.map_or(own, |port| port.parse().ok());
        Server { name: name.to_owned(), host, port, tls, proxy_protocol: false, at }
    };
    let own = if tls { 443 } else { 80 };
    match upstreams.iter().find(|at| at.directive.word(1) == authority) {
        Some(group) => group
            .directive
            .block
            .iter()
            .filter(|one| one.name() == "server" && !one.words.iter().any(|word| word == "down"))
            .map(|one| server(one.word(1), one.word(1), Some(80), At { file: group.file, directive: one }))
            .collect(),
        None if authority.is_empty() || authority.contains('$') || authority.starts_with("unix:") => Vec::new(),
        None => vec![server(authority, authority, Some(own), pass)],
    }
}

/// `proxy_read_timeout` counts from one read of the server's to the next, also after the upgrade (ngx_http_upstream.c,
/// ngx_http_upstream_process_upgraded).
fn idle<'p>(level: &Level<'p>) -> Idle<'p> {
    let at = level.find("proxy_read_timeout");
    let seconds = at.and_then(|at| time::nginx(&at.directive.words[1..].join(" "))).unwrap_or(READ_TIMEOUT);
    Idle { seconds, option: "proxy_read_timeout", instead: "proxy_read_timeout", at }
}

fn header<'p>(level: &Level<'p>, name: &str) -> Option<At<'p>> {
    level.headers().into_iter().rev().find(|at| at.directive.word(1).eq_ignore_ascii_case(name))
}

/// nginx passes an upgrade on only where it is told to: `Upgrade` goes from hop to hop (nginx.org, "WebSocket proxying").
/// websockify looks for that header alone: without `proxy_http_version 1.1` and `Connection` it answers 101 as well.
fn no_upgrade<'p>(level: &Level<'p>) -> Option<Lost<'p>> {
    let lost = |why: &str, at| Some(Lost { why: why.to_owned(), at });
    match header(level, "upgrade") {
        None => lost("sets no proxy_set_header Upgrade $http_upgrade", None),
        Some(at) if at.directive.word(2).is_empty() => lost("empties the header Upgrade", Some(at)),
        Some(_) => None,
    }
}

fn host<'p>(level: &Level<'p>, authority: &str) -> HostHeader<'p> {
    let Some(at) = header(level, "host") else {
        return HostHeader::Set { to: address(authority).0, at: None };
    };
    match at.directive.word(2) {
        "$host" | "$http_host" | "$host:$server_port" | "$http_host:$server_port" | "$host:$port" => HostHeader::Kept,
        "$proxy_host" => HostHeader::Set { to: address(authority).0, at: Some(at) },
        text if text.contains('$') => HostHeader::Unknown,
        text => HostHeader::Set { to: address(text).0, at: Some(at) },
    }
}

fn proto<'p>(level: &Level<'p>) -> Option<(String, At<'p>)> {
    let at = header(level, "x-forwarded-proto")?;
    Some((at.directive.word(2).to_ascii_lowercase(), at))
}

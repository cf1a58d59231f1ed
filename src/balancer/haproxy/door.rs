//! What HAProxy's sections come to: each frontend with each of its backends.

use super::super::{At, Bind, Door, HostHeader, HttpCheck, Idle, Kind, Lost, Parsed, Server, address, time};
use crate::balancer::Directive;

/// A section with those it inherits from, nearest first.
struct Proxy<'p> {
    file: usize,
    section: &'p Directive,
    inherits: Vec<(usize, &'p Directive)>,
}

impl<'p> Proxy<'p> {
    /// Its own lines, then those of each section that it inherits from.
    fn levels(&self) -> impl Iterator<Item = (usize, &'p Directive)> {
        std::iter::once((self.file, self.section)).chain(self.inherits.iter().copied())
    }

    /// The line in effect: the last such one of the nearest section that has one.
    fn find(&self, is: impl Fn(&Directive) -> bool) -> Option<At<'p>> {
        self.levels().find_map(|(file, section)| {
            section.block.iter().rev().find(|line| is(line)).map(|directive| At { file, directive })
        })
    }

    /// Lines of its own: `defaults` cannot hold them, or hand them on.
    fn own(&self, name: &'static str) -> impl Iterator<Item = At<'p>> {
        let file = self.file;
        self.section.block.iter().filter(move |line| line.name() == name).map(move |directive| At { file, directive })
    }

    /// `timeout WHICH`, in seconds; 0 is for ever.
    fn timeout(&self, which: &str, old: &str) -> Option<(f64, At<'p>)> {
        let at = self.find(|line| line.starts(&["timeout", which]) || (!old.is_empty() && line.name() == old))?;
        let text = if at.directive.name() == old { at.directive.word(1) } else { at.directive.word(2) };
        Some((time::haproxy(text)?, at))
    }

    /// `option NAME`, unless `no option NAME` is nearer.
    fn option(&self, name: &str) -> Option<At<'p>> {
        let at = self.find(|line| line.starts(&["option", name]) || line.starts(&["no", "option", name]))?;
        (at.directive.name() == "option").then_some(at)
    }

    /// Its own lines about requests, then those of `defaults`, which HAProxy obeys from 2.5 on.
    fn lines(&self) -> impl Iterator<Item = At<'p>> {
        self.levels().flat_map(|(file, section)| section.block.iter().map(move |directive| At { file, directive }))
    }

    fn name(&self) -> &'p str {
        self.section.word(1)
    }

    fn is(&self, kinds: &[&str]) -> bool {
        kinds.contains(&self.section.name())
    }
}

/// Every frontend with every backend that it names.
pub(in crate::balancer) fn doors<'p>(files: &[(usize, &'p Parsed)]) -> Vec<Door<'p>> {
    let proxies = proxies(files);
    let mut doors = Vec::new();
    for front in proxies.iter().filter(|proxy| proxy.is(&["frontend", "listen"])) {
        let mut backs: Vec<&Proxy> = Vec::new();
        if front.is(&["listen"]) && front.own("server").next().is_some() {
            backs.push(front);
        }
        let named = front.lines().filter(|at| ["default_backend", "use_backend"].contains(&at.directive.name()));
        for at in named {
            let back =
                proxies.iter().find(|proxy| proxy.is(&["backend", "listen"]) && proxy.name() == at.directive.word(1));
            if let Some(back) = back
                && !backs.iter().any(|known| std::ptr::eq(*known, back))
            {
                backs.push(back);
            }
        }
        doors.extend(backs.into_iter().map(|back| door(front, back)));
    }
    doors
}

fn proxies<'p>(files: &[(usize, &'p Parsed)]) -> Vec<Proxy<'p>> {
    let mut defaults: Vec<Proxy<'p>> = Vec::new();
    let mut proxies = Vec::new();
    for (file, section) in files.iter().flat_map(|(file, parsed)| parsed.directives.iter().map(move |one| (*file, one)))
    {
        let from = section.words.iter().position(|word| word == "from").and_then(|at| section.words.get(at + 1));
        let above = match from {
            Some(name) => defaults.iter().rev().find(|one| one.name() == name),
            None if section.name() == "defaults" => None,
            None => defaults.last(),
        };
        let inherits = above.map(|one| one.levels().collect()).unwrap_or_default();
        let proxy = Proxy { file, section, inherits };
        match section.name() {
            "defaults" => defaults.push(proxy),
            "frontend" | "backend" | "listen" => proxies.push(proxy),
            _ => {}
        }
    }
    proxies
}

fn door<'p>(front: &Proxy<'p>, back: &Proxy<'p>) -> Door<'p> {
    let http =
        |proxy: &Proxy| proxy.find(|line| line.name() == "mode").is_some_and(|at| at.directive.word(1) == "http");
    let servers: Vec<Server> = back.own("server").filter_map(|at| server(back, at)).collect();
    let mut names = vec![front.name().to_owned(), back.name().to_owned()];
    names.extend(servers.iter().map(|server| server.name.clone()));
    let at = At { file: front.file, directive: front.section };
    Door {
        kind: Kind::Haproxy,
        name: format!("{} {}", front.section.name(), front.name()),
        names,
        at,
        binds: binds(front),
        servers,
        http: http(front) && http(back),
        idle: idle(front, back),
        no_upgrade: no_upgrade(front, back),
        host: host(front, back),
        proto: proto(front, back),
        to_https: front.lines().find(|at| redirects(at.directive)),
        check: check(back),
        tls_check: tls_check(back),
    }
}

fn binds<'p>(front: &Proxy<'p>) -> Vec<Bind<'p>> {
    let section = At { file: front.file, directive: front.section };
    let old = std::iter::once((section, front.section.word(2))).filter(|(_, text)| text.contains(':'));
    let lines = front.own("bind").map(|at| (at, at.directive.word(1)));
    old.chain(lines)
        .flat_map(|(at, list)| list.split(',').map(move |one| (at, one)))
        .filter_map(|(at, text)| {
            let text = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
            let (host, ports) = address(text);
            let (first, last) = ports?.split_once('-').unwrap_or((ports?, ports?));
            let tls = at.directive.words.iter().any(|word| word == "ssl");
            Some(Bind { host, ports: (first.parse().ok()?, last.parse().ok()?), tls, at })
        })
        .collect()
}

/// A server with what `default-server` adds to it.
fn server<'p>(back: &Proxy<'p>, at: At<'p>) -> Option<Server<'p>> {
    let line = at.directive;
    let text = line.word(2).rsplit_once('@').map_or(line.word(2), |(_, rest)| rest);
    let (host, port) = address(text);
    let all = |name: &str| {
        let word = |line: &Directive| line.words.iter().skip(1).any(|word| word == name);
        word(line) || back.find(|line| line.name() == "default-server" && word(line)).is_some()
    };
    let off = |name: &str| line.words.iter().any(|word| word == name);
    if host.starts_with('/') || host.is_empty() || off("disabled") {
        return None;
    }
    Some(Server {
        name: line.word(1).to_owned(),
        host,
        port: port.and_then(|port| port.parse().ok()),
        tls: all("ssl") && !off("no-ssl"),
        proxy_protocol: all("send-proxy") || all("send-proxy-v2"),
        at,
    })
}

/// Once both sides have switched to WebSocket, or in TCP mode at once, the backend's `timeout tunnel` stands in for the
/// frontend's `timeout client` and the backend's `timeout server`; without one the shorter of those counts
/// (configuration manual, "timeout tunnel").
fn idle<'p>(front: &Proxy<'p>, back: &Proxy<'p>) -> Option<Idle<'p>> {
    let idle = |(seconds, at), option| Idle { seconds, option, instead: "timeout tunnel", at: Some(at) };
    if let Some(tunnel) = back.timeout("tunnel", "") {
        return Some(idle(tunnel, "timeout tunnel")).filter(|idle| idle.seconds > 0.0);
    }
    let client = front.timeout("client", "clitimeout").map(|found| idle(found, "timeout client"));
    let server = back.timeout("server", "srvtimeout").map(|found| idle(found, "timeout server"));
    [client, server]
        .into_iter()
        .flatten()
        .filter(|idle| idle.seconds > 0.0)
        .min_by(|a, b| a.seconds.total_cmp(&b.seconds))
}

/// A line about a request's header, whatever comes.
fn header<'p>(front: &Proxy<'p>, back: &Proxy<'p>, name: &'static str) -> Vec<At<'p>> {
    let about = |line: &Directive| match line.name() {
        "http-request" => line.word(1).ends_with("-header") && line.word(2).eq_ignore_ascii_case(name),
        "reqdel" | "reqidel" | "reqrep" | "reqirep" | "reqadd" => {
            line.word(1).trim_start_matches('^').to_ascii_lowercase().starts_with(name)
        }
        _ => false,
    };
    front.lines().chain(back.lines()).filter(|at| about(at.directive)).collect()
}

fn conditional(line: &Directive) -> bool {
    line.words.iter().any(|word| word == "if" || word == "unless")
}

fn no_upgrade<'p>(front: &Proxy<'p>, back: &Proxy<'p>) -> Option<Lost<'p>> {
    let deletes = |at: &At| {
        let line = at.directive;
        !conditional(line) && (line.word(1) == "del-header" || matches!(line.name(), "reqdel" | "reqidel"))
    };
    let header_gone = |name| header(front, back, name).into_iter().find(deletes);
    let at = header_gone("upgrade")?;
    Some(Lost { why: "takes the request's header Upgrade away".to_owned(), at: Some(at) })
}

fn host<'p>(front: &Proxy<'p>, back: &Proxy<'p>) -> HostHeader<'p> {
    if let Some(at) = back.find(|line| line.starts(&["http-send-name-header", "host"])) {
        let to = back.own("server").next().map(|at| at.directive.word(1).to_owned()).unwrap_or_default();
        return HostHeader::Set { to, at: Some(at) };
    }
    let lines = header(front, back, "host");
    let Some(last) = lines.last() else { return HostHeader::Kept };
    let line = last.directive;
    let sets = line.starts(&["http-request", "set-header"]) && !conditional(line);
    let value = line.word(3);
    if !sets || value.contains('%') || lines.len() > 1 {
        return HostHeader::Unknown;
    }
    HostHeader::Set { to: address(value).0, at: Some(*last) }
}

fn proto<'p>(front: &Proxy<'p>, back: &Proxy<'p>) -> Option<(String, At<'p>)> {
    let lines = header(front, back, "x-forwarded-proto");
    let [only] = lines.as_slice() else { return None };
    let line = only.directive;
    let plain = line.starts(&["http-request", "set-header"]) && !conditional(line) && !line.word(3).contains('%');
    plain.then(|| (line.word(3).to_ascii_lowercase(), *only))
}

/// `redirect scheme https`, whatever its condition: it is the way to ask for TLS.
fn redirects(line: &Directive) -> bool {
    line.starts(&["redirect", "scheme", "https"]) || line.starts(&["http-request", "redirect", "scheme", "https"])
}

/// `option httpchk [METHOD] URI`, and what `http-check` says besides (configuration manual, "option httpchk": OPTIONS / by
/// default, 2xx and 3xx are well).
fn check<'p>(back: &Proxy<'p>) -> Option<HttpCheck<'p>> {
    let checked = |at: At| {
        at.directive.words.iter().any(|word| word == "check")
            || back
                .find(|line| line.name() == "default-server" && line.words.iter().any(|word| word == "check"))
                .is_some()
    };
    if !back.own("server").any(checked) {
        return None;
    }
    let at = back.option("httpchk")?;
    let words: Vec<&str> = at.directive.words.iter().skip(2).map(String::as_str).collect();
    let (mut method, mut path) = match words.as_slice() {
        [] => ("OPTIONS", "/"),
        [uri] => ("OPTIONS", *uri),
        [method, uri, ..] => (*method, *uri),
    };
    let sends: Vec<At> =
        back.lines().filter(|at| at.directive.name() == "http-check" && at.directive.word(1) != "expect").collect();
    let sent = |name: &str| {
        let words = &sends.first()?.directive.words;
        words.iter().position(|word| word == name).and_then(|at| words.get(at + 1)).map(String::as_str)
    };
    if sends.len() > 1 || sends.iter().any(|at| at.directive.word(1) != "send") {
        // several requests, a connect, a hidden header: another check than this
        return None;
    }
    method = sent("meth").unwrap_or(method);
    path = sent("uri").unwrap_or(path);
    let wants_success = back.find(|line| line.starts(&["http-check", "expect"])).is_none();
    let path = path.split('?').next().unwrap_or_default().to_owned();
    Some(HttpCheck { method: method.to_ascii_uppercase(), path, wants_success, at })
}

/// A check that speaks TLS where the traffic does not: `option ssl-hello-chk`, or `check-ssl` at a server.
fn tls_check<'p>(back: &Proxy<'p>) -> Option<At<'p>> {
    let plain = |line: &Directive| !line.words.iter().any(|word| word == "ssl");
    let at_server = back.own("server").find(|at| {
        plain(at.directive)
            && ["check", "check-ssl"].iter().all(|wanted| at.directive.words.iter().any(|word| word == wanted))
    });
    at_server.or_else(|| back.option("ssl-hello-chk"))
}

//! What stands before nova-novncproxy: the configuration of HAProxy and nginx, read with the place of every directive, and
//! the ways it opens to a backend. Imports nothing of ours: it could leave as a crate.
//!
//! [`parse`] takes the text of one file and never fails. Directives that may hold a secret are kept by their name alone.
//! [`doors`] takes the files that one program reads, in order, and works out what is in effect: `defaults` of HAProxy,
//! the levels of nginx. Limits: conditions (`if`, ACLs, maps, variables) are not evaluated; what hangs on one is not said to
//! be. A file that a template still has to fill in opens no doors.

mod haproxy;
mod nginx;
mod time;
mod tree;

use serde::{Deserialize, Serialize};

pub use tree::Directive;

/// Which program reads a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// HAProxy.
    Haproxy,
    /// nginx, and what is built of it (openresty, ingress-nginx).
    Nginx,
}

impl Kind {
    /// The program's name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Haproxy => "HAProxy",
            Self::Nginx => "nginx",
        }
    }
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parsed {
    /// Who reads it.
    pub kind: Kind,
    /// Its directives; those of HAProxy stand in the block of their section.
    pub directives: Vec<Directive>,
    /// It holds the marks of a template.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub template: bool,
}

/// A directive and the file it stands in, by its place in the list that [`doors`] was given.
#[derive(Clone, Copy, Debug)]
pub struct At<'p> {
    /// Index of the file.
    pub file: usize,
    /// The directive.
    pub directive: &'p Directive,
}

/// A way from a listening port to servers: a frontend with one of its backends, or a location that is passed on.
#[derive(Clone, Debug)]
pub struct Door<'p> {
    /// Who opens it.
    pub kind: Kind,
    /// `frontend novnc`, `listen nova_novncproxy`, `location / of console.example`.
    pub name: String,
    /// Every name that tells what it is for: of sections, servers, upstreams, hosts and paths.
    pub names: Vec<String>,
    /// Where it stands.
    pub at: At<'p>,
    /// Where it listens.
    pub binds: Vec<Bind<'p>>,
    /// Whom it leads to.
    pub servers: Vec<Server<'p>>,
    /// It reads HTTP: else bytes pass as they are, TLS within them too.
    pub http: bool,
    /// After how long a WebSocket without traffic is cut; absent where nothing cuts it or that is not known.
    pub idle: Option<Idle<'p>>,
    /// Why an upgrade to WebSocket does not get through.
    pub no_upgrade: Option<Lost<'p>>,
    /// What becomes of the browser's `Host`.
    pub host: HostHeader<'p>,
    /// `X-Forwarded-Proto` as it is set whatever comes.
    pub proto: Option<(String, At<'p>)>,
    /// Sends every plain request on to https.
    pub to_https: Option<At<'p>>,
    /// A health check that reads HTTP.
    pub check: Option<HttpCheck<'p>>,
    /// A health check that begins with TLS.
    pub tls_check: Option<At<'p>>,
}

/// A place to listen at.
#[derive(Clone, Debug)]
pub struct Bind<'p> {
    /// The address as written: empty or `*` for all.
    pub host: String,
    /// First and last port.
    pub ports: (u16, u16),
    /// TLS ends here.
    pub tls: bool,
    /// Where it stands.
    pub at: At<'p>,
}

impl Bind<'_> {
    /// Whether a port is among its own.
    pub fn takes(&self, port: u16) -> bool {
        self.ports.0 <= port && port <= self.ports.1
    }
}

/// A server behind a door.
#[derive(Clone, Debug)]
pub struct Server<'p> {
    /// Its name, or its address again.
    pub name: String,
    /// Name or address, without brackets.
    pub host: String,
    /// Its port, where one is written.
    pub port: Option<u16>,
    /// It is spoken to in TLS.
    pub tls: bool,
    /// It is sent the PROXY protocol's header first.
    pub proxy_protocol: bool,
    /// Where it stands.
    pub at: At<'p>,
}

/// What cuts a quiet WebSocket.
#[derive(Clone, Debug)]
pub struct Idle<'p> {
    /// After how long, in seconds.
    pub seconds: f64,
    /// The directive that says so: `timeout client`, `proxy_read_timeout`.
    pub option: &'static str,
    /// The directive that would lift it.
    pub instead: &'static str,
    /// Where it stands; absent for a default.
    pub at: Option<At<'p>>,
}

/// Why an upgrade does not get through.
#[derive(Clone, Debug)]
pub struct Lost<'p> {
    /// In words: `takes the header Upgrade away`.
    pub why: String,
    /// The directive at fault, where there is one; else it is what is missing.
    pub at: Option<At<'p>>,
}

/// What becomes of the browser's `Host`.
#[derive(Clone, Debug)]
pub enum HostHeader<'p> {
    /// It is passed on.
    Kept,
    /// Another one stands in its place.
    Set {
        /// The other one, without a port.
        to: String,
        /// Where that is written; absent where it is the program's default.
        at: Option<At<'p>>,
    },
    /// It hangs on what is not evaluated.
    Unknown,
}

/// A health check that asks over HTTP.
#[derive(Clone, Debug)]
pub struct HttpCheck<'p> {
    /// `OPTIONS`, `GET`.
    pub method: String,
    /// The path, without its query.
    pub path: String,
    /// Any status of 200 to 399 is well, and no other.
    pub wants_success: bool,
    /// Where it stands.
    pub at: At<'p>,
}

/// Which program a text is the configuration of, by its first words; none where it is neither's.
pub fn kind_of(text: &str) -> Option<Kind> {
    const STATEMENTS: [&str; 22] = [
        "user",
        "worker_processes",
        "events",
        "http",
        "stream",
        "server",
        "upstream",
        "map",
        "include",
        "error_log",
        "pid",
        "load_module",
        "location",
        "log_format",
        "listen",
        "server_name",
        "proxy_pass",
        "ssl_certificate",
        "access_log",
        "limit_req_zone",
        "daemon",
        "client_max_body_size",
    ];
    // comments and what a template engine takes out: `{{ … }}`, `{% … %}`, `{# … #}`
    let aside = |line: &&str| {
        line.is_empty()
            || line.starts_with(['#', ';', '.'])
            || ["{{", "{%", "{#"].iter().any(|mark| line.starts_with(mark))
    };
    let mut lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).filter(|line| !aside(line));
    let first = lines.next()?;
    let code = first.split('#').next().unwrap_or_default().trim_end();
    let word = first.split_whitespace().next().unwrap_or_default().trim_end_matches(['{', ';']);
    if first.starts_with('[') || first.split_whitespace().nth(1).is_some_and(|second| second.starts_with(['=', ':'])) {
        return None;
    }
    if STATEMENTS.contains(&word) && code.ends_with(['{', '}', ';']) {
        return Some(Kind::Nginx);
    }
    if STATEMENTS.contains(&word) && code == word && lines.next().is_some_and(|next| next.starts_with('{')) {
        return Some(Kind::Nginx);
    }
    (haproxy::SECTIONS.contains(&word) && !code.ends_with(['{', '}', ';']) && !code.contains('='))
        .then_some(Kind::Haproxy)
}

/// Reads one file.
pub fn parse(kind: Kind, text: &str) -> Parsed {
    let directives = match kind {
        Kind::Haproxy => haproxy::read(text),
        Kind::Nginx => nginx::read(text),
    };
    let template = ["{{", "{%", "<%"].iter().any(|mark| text.contains(mark));
    Parsed { kind, directives, template }
}

/// The doors that files of one host open; those of one program are read as one, in their order.
pub fn doors<'p>(files: &[&'p Parsed]) -> Vec<Door<'p>> {
    let of = |kind: Kind| -> Vec<(usize, &'p Parsed)> {
        files.iter().copied().enumerate().filter(|(_, file)| file.kind == kind).collect()
    };
    let (haproxy, nginx) = (of(Kind::Haproxy), of(Kind::Nginx));
    let plain = |files: &[(usize, &Parsed)]| !files.iter().any(|(_, file)| file.template);
    let mut doors = Vec::new();
    if plain(&haproxy) {
        doors.extend(haproxy::doors(&haproxy));
    }
    if plain(&nginx) {
        doors.extend(nginx::doors(&nginx));
    }
    doors
}

/// Host and port of an address as both programs write it: `10.0.0.1:6080`, `[::1]:6080`, `ctl1:6080`, `*:6080`, `:6080`.
fn address(text: &str) -> (String, Option<&str>) {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']').unwrap_or((rest, ""));
        return (host.to_owned(), after.strip_prefix(':').filter(|port| !port.is_empty()));
    }
    match text.rsplit_once(':') {
        Some((host, port)) => (host.to_owned(), Some(port).filter(|port| !port.is_empty())),
        None => (text.to_owned(), None),
    }
}

#[cfg(test)]
mod tests;

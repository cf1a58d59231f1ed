//! nova-novncproxy cannot listen, or listens where nobody comes.

use super::Cause;
use super::at_work::severity_of_start;
use super::console_words::{base_urls, confidence, owner, placed, proxies, proxy_remedy};
use super::wire_words::url_refused;
use crate::evidence::log::{Event, LogEvent, LogFile, StartFailure};
use crate::evidence::process::{Listener, Service};
use crate::evidence::site::is_loopback;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Finding, Need, Severity};
use crate::judge::case::{Case, HostView, lines};
use crate::judge::find::Draft;
use crate::oslo::config::Config;
use crate::oslo::value::Value;

const META: CauseMeta = CauseMeta {
    id: "novncproxy-bind",
    home: 13,
    releases: "15-34",
    severity: Severity::Error,
    field: &["F3"],
    title: "nova-novncproxy cannot listen, or listens where nobody comes",
    needs: &[Need::Logs, Need::Config, Need::Host],
    symptoms: &[],
    explanation: "\
nova-novncproxy listens on `[vnc] novncproxy_host`:`novncproxy_port`, by default 0.0.0.0:6080. Another program on the port, a balancer
on the same host among them, ends it at start with `[Errno 98] Address already in use`; an address that the host does not have (a
virtual address that is elsewhere) with `[Errno 99] Cannot assign requested address`. The words are on stderr or in one line of
the log at INFO. Bound to 127.0.0.1 it serves only a balancer on the same host. With port 0, or none, it listens on another port after
every start, one that no URL names.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// The service does not start because of the address it is to listen on.
pub(super) fn is_bind_trouble(failure: &StartFailure) -> bool {
    matches!(
        failure,
        StartFailure::AddressInUse
            | StartFailure::AddressNotHere
            | StartFailure::AddressDenied
            | StartFailure::AddressUnknown
    )
}

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let mut found: Vec<Finding> = case.hosts.iter().filter_map(|host| logged(case, host)).collect();
    for (host, config) in proxies(case, Basis::Guessed) {
        if found.iter().any(|finding| finding.host.as_deref().unwrap_or_default() == host.host.name) {
            continue;
        }
        found.extend(
            portless(host, &config)
                .or_else(|| taken(host, &config))
                .or_else(|| anothers(case, host, &config))
                .or_else(|| loopback(case, host, &config))
                .or_else(|| other_port(case, host, &config)),
        );
    }
    found
}

/// The last attempt to listen failed, and the proxy was not heard of since.
fn logged(case: &Case, host: &HostView) -> Option<Finding> {
    let of_start = |line: &LogEvent| match &line.event {
        Event::StartFailed { failure } => is_bind_trouble(failure),
        event => is_served(event),
    };
    // any program may find its port taken: a line that nobody is known to have written accuses no proxy
    let of_proxy = |line: &LogEvent| line.service == Some(Service::Novncproxy);
    let (_, log, line) = lines(case.evidence)
        .filter(|(owner, _, line)| std::ptr::eq(*owner, host.host) && of_proxy(line) && of_start(line))
        .last()?;
    let Event::StartFailed { failure } = &line.event else { return None };
    if started_since(host, log, line) {
        return None;
    }
    let severity = severity_of_start(case, host, line)?;
    let listen = listen_words(case, host);
    let (why, mend) = match failure {
        StartFailure::AddressInUse => (
            "another program has the port",
            "stop the other program, or give [vnc] novncproxy_host an address of this host that is free: a balancer here needs one of its own",
        ),
        StartFailure::AddressNotHere => (
            "the address is not one of this host's",
            "set [vnc] novncproxy_host to an address of this host, or to 0.0.0.0; a virtual address belongs to the balancer",
        ),
        StartFailure::AddressDenied => ("the user of nova may not use that port", "take a port above 1023"),
        _ => ("the name to listen on does not resolve", "set [vnc] novncproxy_host to an address"),
    };
    let draft = Draft::new(&META, severity, format!("nova-novncproxy on {} cannot listen{listen}: {why}", host.name()))
        .host(host.host)
        .service(Service::Novncproxy)
        .at_line(&log.path, line.line)
        .remedy(proxy_remedy(mend).command("ss -ltnp"));
    Some(draft.done())
}

/// A line later than this many seconds after a start that failed is of another start.
const ANOTHER: f64 = 60.0;

/// The proxy started again and no failure came after, or its log goes on. Its settings are printed before it listens, and may
/// stand in another file than why that failed.
fn started_since(host: &HostView, failed_in: &LogFile, failed: &LogEvent) -> bool {
    let later = |at: Option<f64>| at.zip(failed.at).is_some_and(|(at, failed)| at - failed > ANOTHER);
    let settings = |log: &LogFile, line: &LogEvent| {
        let here = std::ptr::eq(log, failed_in) && line.line > failed.line;
        line.event == Event::ProxySettings && (here || later(line.at))
    };
    let alone = |log: &LogFile| log.roles == [Service::Novncproxy];
    host.host.logs.iter().any(|log| log.events.iter().any(|line| settings(log, line)) || alone(log) && later(log.last))
}

/// Somebody came to the proxy, be it a health check: it listens.
fn is_served(event: &Event) -> bool {
    matches!(
        event,
        Event::Opened { .. }
            | Event::Path { .. }
            | Event::Connecting { .. }
            | Event::SecurityFinished
            | Event::HttpError { .. }
            | Event::EmptyHandshake
            | Event::NoCertificate { .. }
            | Event::PlainRefused
    )
}

fn listen_words(case: &Case, host: &HostView) -> String {
    let config = host.config(Service::Novncproxy, case.releases.newest());
    let words = config.and_then(|config| {
        Some(format!(" on {}:{}", config.string("vnc", "novncproxy_host")?, config.int("vnc", "novncproxy_port")?))
    });
    words.unwrap_or_default()
}

/// Another program owns the port of a host whose proxy does not run.
fn taken(host: &HostView, config: &Config) -> Option<Finding> {
    let told = host.runs(Service::Novncproxy) == Some(Basis::Told);
    let runs = host.host.processes.iter().any(|process| process.service == Service::Novncproxy);
    if !told || !host.host.processes_seen || runs {
        return None;
    }
    let port = config.int("vnc", "novncproxy_port")?;
    let address: std::net::IpAddr = config.string("vnc", "novncproxy_host")?.parse().ok()?;
    let clashes = |listener: &&Listener| {
        i64::from(listener.port) == port
            && listener.network_of.is_none()
            && (listener.address == address || listener.address.is_unspecified() || address.is_unspecified())
    };
    let other = host.host.listeners.iter().find(clashes)?;
    let program =
        other.program.as_deref().filter(|program| !program.starts_with("python") && !program.contains("novnc"))?;
    let draft = Draft::error(
        &META,
        format!("{program} has port {port} of {}, where nova-novncproxy is to listen", host.name()),
    )
    .likely()
    .host(host.host)
    .service(Service::Novncproxy)
    .seen(format!("{program} listens on {}:{port}, and no nova-novncproxy runs", other.address));
    let draft = placed(draft, host, Service::Novncproxy, &config.get("vnc", "novncproxy_port"));
    Some(
        draft
            .remedy(
                proxy_remedy("stop the other program, or give nova-novncproxy an address or a port of its own")
                    .command("ss -ltnp"),
            )
            .done(),
    )
}

/// Port 0 is any that is free, and so is none to websockify.
fn portless(host: &HostView, config: &Config) -> Option<Finding> {
    let setting = config.get("vnc", "novncproxy_port");
    let how = match setting.value()? {
        Value::Integer(0) => "0",
        Value::Null => "empty",
        _ => return None,
    };
    let message = format!(
        "novncproxy_port is {how} on {}: nova-novncproxy listens on another port after every start, and no URL leads there",
        host.name()
    );
    let draft = Draft::error(&META, message)
        .confidence(confidence(host.runs(Service::Novncproxy)?))
        .host(host.host)
        .service(Service::Novncproxy);
    let mend = format!(
        "in nova.conf of {}:\n[vnc]\nnovncproxy_port = THE PORT of novncproxy_base_url, or of the balancer's backend",
        host.name()
    );
    Some(placed(draft, host, Service::Novncproxy, &setting).remedy(proxy_remedy(mend)).done())
}

/// The address is another host's, as when a file is copied from one controller to the next.
fn anothers(case: &Case, host: &HostView, config: &Config) -> Option<Finding> {
    let setting = config.get("vnc", "novncproxy_host");
    let address: std::net::IpAddr = setting.value().filter(|_| setting.is_set())?.text().trim().parse().ok()?;
    let other = owner(case, host, address).filter(|_| host.host.addresses.is_empty())?;
    let told = host.runs(Service::Novncproxy) == Some(Basis::Told);
    let message = format!(
        "nova-novncproxy on {} is to listen on {address}, which is {}'s: it cannot listen there",
        host.name(),
        other.name()
    );
    let severity = if told { Severity::Error } else { Severity::Warning };
    let draft = Draft::new(&META, severity, message)
        .likely()
        .host(host.host)
        .service(Service::Novncproxy)
        .seen(format!("{address} is what {} has as its own in [DEFAULT]", other.name()));
    let draft = placed(draft, host, Service::Novncproxy, &setting);
    let mend = format!("in nova.conf of {}:\n[vnc]\nnovncproxy_host = ITS OWN ADDRESS, or 0.0.0.0", host.name());
    Some(draft.remedy(proxy_remedy(mend).command("ip -brief address")).done())
}

/// Bound to loopback while the URL leads elsewhere.
fn loopback(case: &Case, host: &HostView, config: &Config) -> Option<Finding> {
    let setting = config.get("vnc", "novncproxy_host");
    let address = config.string("vnc", "novncproxy_host").filter(|text| is_loopback(text))?;
    let port = config.int("vnc", "novncproxy_port")?;
    let outside = base_urls(case).into_iter().find(|base| !is_loopback(&base.url.host));
    let refused = url_refused(case).filter(|dial| dial.given && !is_loopback(&dial.host));
    // on a single machine loopback is right, unless this very port is tried at another address and refused
    let why = match &host.loopback_is_private {
        Some(why) if outside.is_some() || refused.is_some() => format!("{} is no single machine: {why}", host.name()),
        None if refused.as_ref().is_some_and(|dial| i64::from(dial.port) == port) => {
            "the URL leads to this port at another address".to_owned()
        }
        _ => return None,
    };
    let message = format!(
        "nova-novncproxy on {} listens on {address} only: nobody but a balancer on that host reaches it",
        host.name()
    );
    let draft = match &refused {
        Some(dial) => Draft::error(&META, message)
            .likely()
            .seen(format!("{}:{} is refused from {}", dial.host, dial.port, dial.from)),
        None => Draft::note(&META, message)
            .possible()
            .seen("right where a balancer or TLS terminator runs on the same host"),
    };
    let draft = draft.host(host.host).service(Service::Novncproxy).seen(why);
    let draft = placed(draft, host, Service::Novncproxy, &setting);
    Some(
        draft
            .remedy(
                proxy_remedy(format!("in nova.conf of {}:\n[vnc]\nnovncproxy_host = 0.0.0.0", host.name()))
                    .command("ss -ltn 'sport = :6080'"),
            )
            .done(),
    )
}

/// The URL leads to this very host, and to another port than the proxy's.
fn other_port(case: &Case, host: &HostView, config: &Config) -> Option<Finding> {
    let port = config.int("vnc", "novncproxy_port")?;
    let own = &host.own_names;
    let url = base_urls(case)
        .into_iter()
        .map(|base| base.url)
        .find(|url| !url.host.is_empty() && own.contains(&url.host.to_lowercase()))?;
    let listens = host.host.listeners.iter().any(|listener| listener.port == url.port);
    // 80 and 443 are a web server's or a balancer's
    if i64::from(url.port) == port || matches!(url.port, 80 | 443) || listens {
        return None;
    }
    let message =
        format!("console URLs lead to port {} of {}, and nova-novncproxy listens on {port}", url.port, host.name());
    let draft = Draft::note(&META, message)
        .possible()
        .host(host.host)
        .service(Service::Novncproxy)
        .seen("right where a balancer or a published container port is between them");
    let draft = placed(draft, host, Service::Novncproxy, &config.get("vnc", "novncproxy_port"));
    Some(
        draft
            .remedy(proxy_remedy("give novncproxy_base_url of the compute nodes and novncproxy_port the same port"))
            .done(),
    )
}

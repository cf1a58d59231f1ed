//! The console URL says https and the proxy speaks plain, or the other way round.

use super::Cause;
use super::balancer_words::{ConsoleDoor, console_doors, passed_through, quoted};
use super::console_words::{BaseUrl, base_urls, compute_remedy, placed, proxies, proxy_remedy};
use super::session_words::accepted;
use super::wire_words::{TlsClash, tls_clash};
use super::{mixed_content, proxy_certificate_missing};
use crate::console::access_url::{AccessUrl, Scheme};
use crate::evidence::log::Event;
use crate::evidence::process::Service;
use crate::evidence::site::is_loopback;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Finding, Need, Severity};
use crate::judge::case::{Case, HostView, SessionView, lines};
use crate::judge::find::Draft;
use crate::judge::words::on;
use crate::oslo::config::Config;

const META: CauseMeta = CauseMeta {
    id: "scheme-mismatch",
    home: 8,
    releases: "15-34",
    severity: Severity::Error,
    field: &["C3"],
    title: "the console URL and the proxy disagree about TLS",
    needs: &[Need::Config, Need::Probe, Need::Logs],
    symptoms: &[],
    explanation: "\
nova-novncproxy speaks TLS on its port if the file of `[DEFAULT] cert` (self.pem by default) is there, and nothing else if
`[DEFAULT] ssl_only` is true. The scheme that browsers use is that of `[vnc] novncproxy_base_url` on the compute nodes. An https URL to
a proxy without a certificate is cut off in the TLS handshake (log: `SSL connection but ... not found`); an http URL to a
proxy with ssl_only is cut off after the request (log: `non-SSL connection received but disallowed`). A browser also blocks
an http console in an https dashboard (mixed content): its frame stays empty, while the same URL opens in a window of its own.

Give both the same scheme. Where a balancer ends TLS, base_url is https and the proxy stays plain.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let doors = console_doors(case);
    let at_balancer = || balanced(case, &doors);
    let found = at_balancer().or_else(|| configured(case, &doors)).or_else(|| probed(case)).or_else(|| logged(case));
    let found = found.or_else(|| mixed_content::detect(case, &META));
    found.into_iter().collect()
}

/// A balancer ends TLS, or does not, where the URL says otherwise.
fn balanced(case: &Case, doors: &[ConsoleDoor]) -> Option<Finding> {
    if passed_through(case) {
        return None;
    }
    let bases = base_urls(case);
    bases.iter().find_map(|base| {
        let here: Vec<&ConsoleDoor> = doors.iter().filter(|door| door.takes(base.url)).collect();
        let binds: Vec<_> =
            here.iter().flat_map(|door| &door.door.binds).filter(|bind| bind.takes(base.url.port)).collect();
        let (first, door) = (binds.first()?, here.first()?);
        let secure = base.url.scheme.is_secure();
        let clash = if secure {
            // in TCP mode the proxy behind it may speak TLS itself
            binds.iter().all(|bind| !bind.tls) && here.iter().all(|door| door.door.http)
        } else {
            binds.iter().all(|bind| bind.tls)
        };
        if !clash {
            return None;
        }
        let what = if secure { "takes no TLS there" } else { "takes only TLS there" };
        let message = format!("{} hands out {}:// URLs, and {} {what}", base.host.name(), base.url.scheme, door.who());
        let draft = Draft::error(&META, message).likely().host(base.host.host).service(Service::Compute).seen(format!(
            "{}:{}: {}",
            door.path(first.at),
            first.at.directive.line,
            quoted(first.at.directive)
        ));
        let remedy = compute_remedy(
            "give [vnc] novncproxy_base_url of the compute nodes the scheme that the balancer speaks on that port",
        );
        Some(placed(draft, base.host, Service::Compute, base.setting).remedy(remedy).done())
    })
}

/// How surely a URL leads to this proxy itself, and not to a balancer before it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Leads {
    /// Its port is the proxy's; whose its host is, is not known.
    PortOnly,
    /// Its host is the proxy's too.
    There,
}

fn leads(url: &AccessUrl, host: &HostView, config: &Config) -> Option<Leads> {
    let port = config.int("vnc", "novncproxy_port")?;
    if i64::from(url.port) != port {
        return None;
    }
    let wanted = url.host.to_lowercase();
    let mut own = host.own_names.clone();
    own.extend(config.string("vnc", "novncproxy_host").map(|text| text.to_lowercase()));
    let there = own.iter().any(|name| !name.is_empty() && *name == wanted) || is_loopback(&wanted);
    Some(if there { Leads::There } else { Leads::PortOnly })
}

/// An http URL to a proxy that takes only TLS; an https URL to one that said at start that it has no certificate.
fn configured(case: &Case, doors: &[ConsoleDoor]) -> Option<Finding> {
    let mut bases = base_urls(case);
    // where a balancer takes the URL, the proxy's own port does not
    bases.retain(|base| !doors.iter().any(|door| door.takes(base.url)));
    let mut best: Option<(Leads, Finding)> = None;
    for (host, config) in proxies(case, Basis::Guessed) {
        for base in &bases {
            let Some(leads) = leads(base.url, host, &config) else { continue };
            let Some(found) = clash(case, base, host, &config, &leads) else { continue };
            if best.as_ref().is_none_or(|(other, _)| leads > *other) {
                best = Some((leads, found));
            }
        }
    }
    best.map(|(_, finding)| finding)
}

fn clash(case: &Case, base: &BaseUrl, host: &HostView, config: &Config, leads: &Leads) -> Option<Finding> {
    let only = config.get("DEFAULT", "ssl_only");
    let severity = if *leads == Leads::There { Severity::Error } else { Severity::Warning };
    let there = |draft: Draft| match leads {
        Leads::There => draft,
        Leads::PortOnly => draft
            .possible()
            .seen("a balancer between them may change that: vncdoctor check --url 'A CONSOLE URL' settles it"),
    };
    let ssl_only = config.bool("DEFAULT", "ssl_only") == Some(true);
    if base.url.scheme == Scheme::Http && ssl_only {
        let message = format!(
            "{} hands out http:// URLs, and nova-novncproxy on {} takes only TLS (ssl_only)",
            base.host.name(),
            host.name()
        );
        let mut draft = Draft::new(&META, severity, message).host(base.host.host).service(Service::Compute);
        if let Some((file, entry)) = host.entry(&only) {
            draft = draft.also(host.host, file, entry, "the proxy takes only TLS");
        }
        let remedy = compute_remedy("in nova.conf of every compute node write https:// in [vnc] novncproxy_base_url");
        return Some(placed(there(draft), base.host, Service::Compute, base.setting).remedy(remedy).done());
    }
    let (path, line) = plain_since_start(case, host)?;
    if base.url.scheme != Scheme::Https {
        return None;
    }
    let message = format!(
        "{} hands out https:// URLs, and nova-novncproxy on {} has no certificate",
        base.host.name(),
        host.name()
    );
    let draft = Draft::new(&META, severity, message)
        .host(base.host.host)
        .service(Service::Compute)
        .likely()
        .seen(format!("{path}:{line}: no SSL/TLS support"));
    let remedy = proxy_remedy(format!(
        "on {} set [DEFAULT] cert and key to files that nova may read, or write http:// in novncproxy_base_url of the compute nodes",
        host.name()
    ));
    Some(placed(there(draft), base.host, Service::Compute, base.setting).remedy(remedy).done())
}

/// What the proxy said of TLS when it last started.
fn plain_since_start<'e>(case: &Case<'e>, host: &HostView<'e>) -> Option<(&'e str, u32)> {
    let (_, log, line) = lines(case.evidence)
        .filter(|(owner, _, line)| std::ptr::eq(*owner, host.host) && matches!(line.event, Event::TlsSupport { .. }))
        .last()?;
    matches!(line.event, Event::TlsSupport { on: false }).then_some((log.path.as_str(), line.line))
}

/// The URL that was asked about was dialled.
fn probed(case: &Case) -> Option<Finding> {
    let (peer, clash, words) = tls_clash(case)?;
    let (certain, tls) = match clash {
        TlsClash::PlainBehindHttps { certain } => (certain, true),
        TlsClash::TlsBehindHttp { certain } => (certain, false),
    };
    let message = match (tls, certain) {
        (true, true) => format!("the console URL is https and {peer} does not speak TLS"),
        (false, true) => format!("the console URL is http and {peer} takes only TLS"),
        (true, false) => {
            format!("the console URL is https and {peer} hangs up on TLS, as a proxy without a certificate does")
        }
        (false, false) => {
            format!(
                "the console URL is http and {peer} hangs up without an answer, as a proxy that takes only TLS does"
            )
        }
    };
    let draft = Draft::error(&META, message).service(Service::Compute).seen(words);
    let logged = lines(case.evidence).any(|(_, _, line)| refused_client(Some(&line.event)) == Some(tls));
    let draft = match (certain, logged) {
        (true, _) => draft,
        (false, true) => draft.likely().seen("nova-novncproxy's log has such a client turned away"),
        (false, false) => draft
            .possible()
            .seen("a balancer without a living backend closes likewise: give --log or --config of the proxies"),
    };
    let draft = match base_urls(case).first() {
        Some(base) => placed(draft.host(base.host.host), base.host, Service::Compute, base.setting),
        None => draft,
    };
    let remedy = compute_remedy(
        "give [vnc] novncproxy_base_url of the compute nodes the scheme that the proxy, or the balancer before it, speaks on that port",
    );
    Some(draft.remedy(remedy).done())
}

/// Somebody spoke the wrong one to the proxy, and nobody was served. A balancer's health check does that all day, so it
/// says something only where a compute node's URL has that scheme, and is enough only where it leads straight there.
fn logged(case: &Case) -> Option<Finding> {
    let view = case.sessions.iter().rev().find(|view| refused_client(view.session.end.as_ref()).is_some())?;
    let tls_client = refused_client(view.session.end.as_ref())?;
    if case.sessions.iter().any(accepted) {
        return None;
    }
    let bases = base_urls(case);
    if bases.is_empty() {
        return log_alone(case, view, tls_client);
    }
    let base = bases.iter().find(|base| base.url.scheme.is_secure() == tls_client)?;
    let straight =
        proxies(case, Basis::Guessed).iter().any(|(host, config)| leads(base.url, host, config) == Some(Leads::There));
    let what = words(tls_client);
    let message =
        format!("nova-novncproxy{}: {what}, as the URLs of {} have it", on(&view.host.name), base.host.name());
    let draft = if straight {
        Draft::error(&META, message).likely()
    } else {
        Draft::warning(&META, message)
            .possible()
            .seen("a balancer's health check does the same: give --url to part them")
    };
    let draft = draft
        .host(base.host.host)
        .service(Service::Compute)
        .seen(format!("{}: {what}", view.at()))
        .seen(format!("{} hands out {}", base.host.name(), base.url.page_url()));
    let remedy = proxy_remedy(
        "give novncproxy_base_url of the compute nodes and [DEFAULT] cert, key and ssl_only of the proxies the same scheme",
    );
    Some(placed(draft, base.host, Service::Compute, base.setting).remedy(remedy).done())
}

fn words(tls_client: bool) -> &'static str {
    if tls_client {
        "clients speak TLS and the proxy has no certificate"
    } else {
        "clients speak plain HTTP and the proxy takes only TLS"
    }
}

/// A balancer's checks come every few seconds: so few clients in a whole log are none.
const NO_CHECKS: usize = 3;

/// No URL is known to compare with: what the log says, and what else would make it say so.
fn log_alone(case: &Case, view: &SessionView, tls_client: bool) -> Option<Finding> {
    let what = words(tls_client);
    let alike = |other: &&SessionView| refused_client(other.session.end.as_ref()) == Some(tls_client);
    // a certificate that was asked for and is not there is another cause's
    let asked_for = no_certificate(view).is_some_and(|path| !is_default(path));
    if asked_for {
        return None;
    }
    let checks = case.sessions.iter().filter(alike).count() > NO_CHECKS;
    let severity = if checks { Severity::Note } else { Severity::Warning };
    let other = if tls_client { "https" } else { "http" };
    let mut draft = Draft::new(&META, severity, format!("nova-novncproxy{}: {what}", on(&view.host.name)))
        .possible()
        .host(view.host)
        .service(Service::Novncproxy)
        .at_line(&view.log.path, view.line())
        .seen(format!("{}: the last client that came was turned away, and none was served", view.at()))
        .seen(format!(
            "right where novncproxy_base_url is not {other}:// and a balancer's health check comes so: give --url to part them"
        ));
    if tls_client {
        draft = draft.between(&[&META, &proxy_certificate_missing::CAUSE.meta]);
    }
    let remedy = proxy_remedy(
        "give novncproxy_base_url of the compute nodes and [DEFAULT] cert, key and ssl_only of the proxies the same scheme",
    );
    Some(draft.remedy(remedy).done())
}

/// Where the proxy that turned a TLS client away has looked for its certificate.
pub(super) fn no_certificate<'v>(view: &'v SessionView) -> Option<&'v str> {
    match &view.session.end {
        Some(Event::NoCertificate { path }) => Some(path),
        _ => None,
    }
}

/// Nobody has set another one than the default.
pub(super) fn is_default(path: &str) -> bool {
    path.is_empty() || path == "self.pem" || path.ends_with("/self.pem")
}

/// How a client spoke whom the proxy turned away: in TLS or not.
fn refused_client(end: Option<&Event>) -> Option<bool> {
    match end {
        Some(Event::NoCertificate { .. }) => Some(true),
        Some(Event::PlainRefused) => Some(false),
        _ => None,
    }
}

//! An IPv6 address is written the way another option wants it, or the proxy listens on IPv4 only.
//!
//! `[cache] memcache_servers` with IPv6 is the matter of `cache-backend-unfit`; brackets that oslo.config itself refuses are
//! that of `nova-conf-refused`.

use super::Cause;
use super::console_words::{
    base_urls, compute_remedy, computes, confidence, placed, proxies, proxy_remedy, severity, spoken,
};
use super::peer_words::is_literal;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Finding, Need, Severity};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::oslo::config::Config;
use crate::oslo::value::Value;
use std::net::{IpAddr, Ipv6Addr};

const META: CauseMeta = CauseMeta {
    id: "ipv6-literal-misspelt",
    home: 8,
    releases: "15-34",
    severity: Severity::Error,
    field: &["C6"],
    title: "an IPv6 address is written as its option cannot use it",
    needs: &[Need::Config],
    symptoms: &[],
    explanation: "\
In a URL an IPv6 address stands in brackets: `[vnc] novncproxy_base_url = http://[2001:db8::10]:6080/vnc_lite.html`; without them
oslo.config refuses it and nova-compute does not start. Options that take an address alone want it without: `novncproxy_host = ::`. nova does not
check novncproxy_host, and with brackets the proxy ends at start, because getaddrinfo takes them for a name. From Pike (16) on
server_listen and server_proxyclient_address with brackets are refused when nova-compute starts; in Ocata (15) libvirt and the proxy
get them. A proxy on 0.0.0.0, the default, takes no IPv6 connections: for a URL that names its IPv6 address it has to listen
on `::`.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

const BASE_URL: &str = "novncproxy_base_url";

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let mut found = base_url(case, before);
    for (host, config) in proxies(case, Basis::Guessed) {
        found.extend(bracketed_host(case, host, &config).or_else(|| ipv4_only(case, host, &config)));
    }
    found.extend(ocata(case));
    found
}

/// Why nova refuses a URL: its address and its port cannot be told apart. That it is refused is told by another cause.
fn base_url(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let mut found = Vec::new();
    for compute in computes(case).iter().filter(|compute| spoken(before, "nova-conf-refused", compute.host, BASE_URL)) {
        let host = compute.host;
        let Some(config) = host.config(Service::Compute, case.releases.newest()) else { continue };
        let setting = config.get("vnc", BASE_URL);
        if !setting.raw.as_deref().is_some_and(is_unbracketed) {
            continue;
        }
        let message = format!("[vnc] {BASE_URL} of {} has an IPv6 address without brackets", host.name());
        let draft = Draft::note(&META, message)
            .releases(Case::span(&case.releases.candidates))
            .confidence(confidence(compute.basis))
            .host(host.host)
            .service(Service::Compute)
            .remedy(compute_remedy(format!(
                "in nova.conf of {} put the address in brackets: {BASE_URL} = http://[ADDRESS]:PORT/PAGE",
                host.name()
            )));
        found.push(placed(draft, host, Service::Compute, &setting).done());
    }
    found
}

/// `http://fd00::10:6080/page`.
fn is_unbracketed(url: &str) -> bool {
    let Some((_, rest)) = url.trim().split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let hex = |text: &str| text.chars().all(|c| c.is_ascii_hexdigit() || c == ':' || c == '.');
    authority.matches(':').count() > 1 && hex(authority) && is_literal(authority)
}

/// `[::]`, with or without a port behind it, or an address in brackets.
fn is_bracketed(text: &str) -> bool {
    let inside = text.trim().strip_prefix('[').and_then(|rest| rest.split_once(']'));
    inside.is_some_and(|(address, _)| address.parse::<Ipv6Addr>().is_ok())
}

/// The proxy cannot listen there.
fn bracketed_host(case: &Case, host: &HostView, config: &Config) -> Option<Finding> {
    let setting = config.get("vnc", "novncproxy_host");
    let raw = setting.raw.as_deref().filter(|raw| is_bracketed(raw))?;
    let basis = host.runs(Service::Novncproxy)?;
    let message =
        format!("nova-novncproxy on {} cannot listen on {raw}: an address to listen on has no brackets", host.name());
    let draft = Draft::new(&META, severity(case, basis, &case.releases.candidates), message)
        .step(13)
        .confidence(confidence(basis))
        .host(host.host)
        .service(Service::Novncproxy)
        .remedy(
            proxy_remedy(format!("in nova.conf of {} write [vnc] novncproxy_host without brackets", host.name()))
                .command("ss -ltn 'sport = :6080'"),
        );
    Some(placed(draft, host, Service::Novncproxy, &setting).done())
}

/// The URL leads to this very host by IPv6, and the proxy listens on IPv4.
fn ipv4_only(case: &Case, host: &HostView, config: &Config) -> Option<Finding> {
    let setting = config.get("vnc", "novncproxy_host");
    let listens: IpAddr = config.string("vnc", "novncproxy_host")?.trim().parse().ok()?;
    let port = config.int("vnc", "novncproxy_port")?;
    let own = &host.own_names;
    let base = base_urls(case).into_iter().find(|base| {
        base.url.host.parse::<Ipv6Addr>().is_ok()
            && i64::from(base.url.port) == port
            && own.contains(&base.url.host.to_lowercase())
    })?;
    if listens.is_ipv6() {
        return None;
    }
    let message = format!(
        "console URLs lead to {} of {} by IPv6, and nova-novncproxy listens on {listens}, IPv4 only",
        base.url.host,
        host.name()
    );
    let draft = Draft::error(&META, message)
        .step(13)
        .likely()
        .host(host.host)
        .service(Service::Novncproxy)
        .seen(format!("{} hands out {}", base.host.name(), base.url.page_url()))
        .remedy(proxy_remedy(format!("in nova.conf of {}:\n[vnc]\nnovncproxy_host = ::", host.name())));
    Some(placed(draft, host, Service::Novncproxy, &setting).done())
}

/// Ocata takes any text for the addresses of a compute node.
fn ocata(case: &Case) -> Vec<Finding> {
    if case.releases.candidates != [15] {
        return Vec::new();
    }
    let mut found = Vec::new();
    for compute in computes(case) {
        let host = compute.host;
        let Some(config) = host.config(Service::Compute, 15) else { continue };
        for (name, step) in [("vncserver_listen", 5), ("vncserver_proxyclient_address", 6)] {
            let setting = config.get("vnc", name);
            let Some(text) = setting.value().map(Value::text).filter(|text| is_bracketed(text)) else {
                continue;
            };
            let message = format!("[vnc] {name} of {} is {text}: an address alone has no brackets", host.name());
            let draft = Draft::new(&META, severity(case, compute.basis, &[15]), message)
                .step(step)
                .releases("15")
                .confidence(confidence(compute.basis))
                .host(host.host)
                .service(Service::Compute)
                .remedy(compute_remedy(format!("in nova.conf of {} write [vnc] {name} without brackets", host.name())));
            found.push(placed(draft, host, Service::Compute, &setting).done());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{is_bracketed, is_unbracketed};

    #[test]
    fn brackets_are_missed_where_they_belong_only() {
        assert!(is_unbracketed("http://fd00::10:6080/vnc_auto.html") && is_unbracketed("https://::1/x"));
        for url in [
            "http://[fd00::10]:6080/x",
            "http://10.0.0.1:6080/x",
            "http://ctl1:6080/a:b:c",
            "fd00::1",
            "http://{{a}}:1:2/",
        ] {
            assert!(!is_unbracketed(url), "{url}");
        }
        assert!(is_bracketed("[::]") && is_bracketed("[fd00::1]:6080"));
        assert!(!is_bracketed("::") && !is_bracketed("[ctl1]"));
    }
}

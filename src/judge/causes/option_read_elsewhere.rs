//! An option is set for a service that does not read it, and the one that does is left with its default.
//!
//! Only where roles are told, not guessed, and both sides' files are there. A file that both services read accuses nobody.
//! token_ttl has a cause of its own: `token-ttl-misplaced`.

use super::Cause;
use super::console_words::{compute_remedy, proxy_remedy};
use super::peer_words::all_read;
use crate::evidence::host::ConfigFile;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Finding, Need, Severity};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::judge::words::list;
use crate::oslo::config::Setting;
use crate::oslo::ini::Entry;
use crate::oslo::options;
use std::sync::Arc;

const META: CauseMeta = CauseMeta {
    id: "option-read-elsewhere",
    home: 13,
    releases: "15-34",
    severity: Severity::Warning,
    field: &["C1", "E10"],
    title: "an option is set where the service that reads it does not run",
    needs: &[Need::Config],
    symptoms: &[],
    explanation: "\
`[vnc] novncproxy_base_url` is read by nova-compute, which makes the URL: on controllers alone it changes nothing, and users are sent to
http://127.0.0.1:6080/vnc_auto.html (nova/compute/manager.py, get_vnc_console). The other way round novncproxy_host,
novncproxy_port, auth_schemes and vencrypt_* of [vnc], all of [console], enforce_session_timeout of [consoleauth], and cert, key
and ssl_only of [DEFAULT] are read by nova-novncproxy and not by nova-compute (nova/cmd/novncproxy.py, nova/console).

Move the line to the files of the service that reads it, and restart that service.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// An option, who reads it, since when, and the step that suffers.
struct Rule {
    section: &'static str,
    name: &'static str,
    reader: Service,
    since: u16,
    step: u8,
}

const fn proxy(section: &'static str, name: &'static str, since: u16, step: u8) -> Rule {
    Rule { section, name, reader: Service::Novncproxy, since, step }
}

const RULES: [Rule; 14] = [
    Rule { section: "vnc", name: "novncproxy_base_url", reader: Service::Compute, since: 15, step: 8 },
    proxy("vnc", "novncproxy_host", 15, 13),
    proxy("vnc", "novncproxy_port", 15, 13),
    proxy("vnc", "auth_schemes", 17, 15),
    proxy("vnc", "vencrypt_ca_certs", 17, 15),
    proxy("vnc", "vencrypt_client_key", 17, 15),
    proxy("vnc", "vencrypt_client_cert", 17, 15),
    proxy("console", "allowed_origins", 15, 13),
    proxy("console", "ssl_ciphers", 21, 13),
    proxy("console", "ssl_minimum_version", 21, 13),
    proxy("consoleauth", "enforce_session_timeout", 29, 15),
    proxy("DEFAULT", "cert", 15, 13),
    proxy("DEFAULT", "key", 15, 13),
    proxy("DEFAULT", "ssl_only", 15, 13),
];

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    RULES.iter().filter_map(|rule| judge(case, rule)).collect()
}

/// A line that nobody reads, and for which service it stands.
struct Stray<'c, 'e> {
    host: &'c HostView<'e>,
    service: Service,
    file: &'e ConfigFile,
    entry: &'e Entry,
}

fn judge(case: &Case, rule: &Rule) -> Option<Finding> {
    let holds = case.releases.within(|release| release >= rule.since);
    let release = *holds.last()?;
    let mut read: Vec<(&HostView, Arc<Setting>)> = Vec::new();
    for reader in case.running(rule.reader, Basis::Told) {
        read.push((reader, reader.config(rule.reader, release)?.get(rule.section, rule.name)));
    }
    let names: Vec<&str> = read.iter().map(|(host, _)| host.name()).collect();
    let unset = read.iter().all(|(_, setting)| !setting.is_set());
    names.first()?;
    if !read.iter().all(|(host, _)| all_read(host)) {
        return None;
    }
    let strays: Vec<Stray> = case.hosts.iter().filter_map(|host| stray(case, host, rule)).collect();
    let first = strays.first()?;
    // a host's own value of an option that its own service reads is no slip, but a URL is one for all
    let other = rule.reader == Service::Compute
        && read.iter().all(|(_, setting)| setting.is_set() && setting.raw.as_deref() != Some(&first.entry.value));
    let counts = match (unset, other) {
        (true, _) => "has the default",
        (false, true) => "has another value",
        (false, false) => return None,
    };
    let message = format!(
        "[{}] {} of {} is not read there: {} reads it, and {counts} on {}",
        rule.section,
        rule.name,
        first.host.name(),
        rule.reader.program(),
        list(&names)
    );
    let text = format!(
        "set [{}] {} in the files that {} on {} reads",
        rule.section,
        rule.name,
        rule.reader.program(),
        list(&names)
    );
    let remedy = if rule.reader == Service::Compute { compute_remedy(text) } else { proxy_remedy(text) };
    // where the proxy listens is a matter of taste, and its default serves
    let harmless = matches!(rule.name, "novncproxy_host" | "novncproxy_port");
    let mut draft = match (unset, harmless) {
        (true, false) => Draft::warning(&META, message),
        (true, true) => Draft::note(&META, message),
        (false, _) => Draft::note(&META, message).possible(),
    };
    draft = draft
        .step(rule.step)
        .releases(Case::span(&holds))
        .host(first.host.host)
        .service(first.service)
        .at_name(first.file, first.entry)
        .remedy(remedy);
    for stray in &strays[1..] {
        draft = draft.same(stray.host.host, stray.file, stray.entry);
    }
    Some(draft.done())
}

/// The option, set otherwise than by its default, in a file that no reader of it reads.
fn stray<'c, 'e>(case: &'c Case<'e>, host: &'c HostView<'e>, rule: &Rule) -> Option<Stray<'c, 'e>> {
    // the other proxies read the same options
    if rule.reader == Service::Novncproxy
        && [Service::SpiceProxy, Service::SerialProxy].iter().any(|proxy| host.runs(*proxy).is_some())
    {
        return None;
    }
    let release = case.releases.newest();
    host.roles.iter().filter(|(service, basis)| *basis == Basis::Told && *service != rule.reader).find_map(
        |(service, _)| {
            let config = host.config(*service, release)?;
            let setting = config.get(rule.section, rule.name);
            let (file, entry) = host.entry(&setting)?;
            let index = host.host.files.iter().position(|other| std::ptr::eq(other, file))?;
            let read = host.runs(rule.reader).is_some()
                && host.host.files_of(rule.reader).is_some_and(|own| own.files.contains(&index));
            let option = options::lookup(rule.section, rule.name)?;
            let default = option.default(release).value(option.shape(release).kind);
            let default = setting.value() == Some(&default);
            (!read && !default).then_some(Stray { host, service: *service, file, entry })
        },
    )
}

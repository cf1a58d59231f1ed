//! What the causes about single lines of nova.conf have in common: what an option is for, how bad it is that it does not count,
//! and whether an earlier finding already stands on its line.

use super::console_words::computes;
use super::edit_words::{move_to, rename};
use crate::evidence::host::{ConfigFile, Host};
use crate::evidence::process::Service;
use crate::finding::{Edit, Finding, Remedy, Severity};
use crate::judge::case::{Case, HostView, Unread};
use crate::judge::find::Draft;
use crate::oslo::ini::Entry;
use crate::oslo::options::{Default, OptionDef, is_section, normalized};

/// The step whose product an option shapes.
pub(super) fn step(section: &str, name: &str) -> u8 {
    match normalized(section).as_ref() {
        "cache" | "consoleauth" | "database" | "api_database" => 10,
        "console" => 13,
        "vnc" => vnc_step(name),
        "workarounds" if name == "enable_consoleauth" => 10,
        "DEFAULT" => match name {
            "cert"
            | "daemon"
            | "key"
            | "record"
            | "source_is_ipv6"
            | "ssl_only"
            | "web"
            | "console_allowed_origins" => 13,
            "console_token_ttl" | "memcached_servers" => 10,
            "my_ip" => 6,
            "compute_driver" => 4,
            _ if name.contains("vnc") => vnc_step(name),
            _ if name.starts_with("osapi_") || name.contains("_apis") || name.starts_with("metadata_") => 2,
            _ if name.starts_with("sql_") => 10,
            _ => 3,
        },
        section if section.starts_with("oslo_messaging") => 3,
        "libvirt" | "spice" | "serial_console" | "vmware" | "hyperv" | "xenserver" | "workarounds" | "rdp" | "mks" => 4,
        "api" | "keystone_authtoken" | "keystone" | "oslo_policy" | "oslo_middleware" | "wsgi" => 2,
        _ => 3,
    }
}

fn vnc_step(name: &str) -> u8 {
    match name {
        _ if name.ends_with("base_url") => 8,
        _ if name.ends_with("_listen") || name.ends_with("proxyclient_address") => 6,
        _ if name.starts_with("vencrypt_") || name == "auth_schemes" => 15,
        _ if name.ends_with("_host") || name.ends_with("_port") => 13,
        _ => 4,
    }
}

/// The service that opens no console while its option has the default instead of what was meant; `None` where the default
/// mostly serves. Up to Stein the cache is judged by what it does to tokens, in causes of its own.
pub(super) fn fatal_to(section: &str, name: &str) -> Option<Service> {
    Some(match (section, name) {
        (
            "vnc",
            "novncproxy_base_url"
            | "server_listen"
            | "server_proxyclient_address"
            | "vncserver_listen"
            | "vncserver_proxyclient_address",
        )
        | ("DEFAULT", "transport_url") => Service::Compute,
        (
            "vnc",
            "novncproxy_port" | "auth_schemes" | "vencrypt_ca_certs" | "vencrypt_client_cert" | "vencrypt_client_key",
        )
        | ("console", "allowed_origins")
        | ("database", "connection") => Service::Novncproxy,
        ("api_database", "connection") => Service::Api,
        _ => return None,
    })
}

/// Options whose default, an address of loopback, serves a site of one machine.
fn serves_alone(name: &str) -> bool {
    name.ends_with("_listen") || name.ends_with("proxyclient_address")
}

/// How bad it is that an assignment does not count, in these releases, which was to set `meant`.
///
/// An error only if a service that needs the option reads the file, gets the option from nowhere else, and what was to be set is
/// not what it has anyway.
pub(super) fn severity(case: &Case, view: &HostView, file: &ConfigFile, entry: &Entry, lost: &Lost) -> Severity {
    let meant = lost.meant;
    let newest = lost.releases.last().copied().unwrap_or(case.releases.newest());
    let Some(service) = fatal_to(meant.section, meant.name).filter(|_| !entry.idle) else {
        // what the right name says as well changes nothing
        let is_set =
            |service| view.config(service, newest).is_some_and(|config| config.get(meant.section, meant.name).is_set());
        let also = view.roles.iter().any(|(service, _)| reads(view.host, *service, file) && is_set(*service));
        return if also { Severity::Note } else { Severity::Warning };
    };
    let services: Vec<Service> = match (meant.section, meant.name) {
        // every service speaks over the bus
        ("DEFAULT", "transport_url") => view.roles.iter().map(|(service, _)| *service).collect(),
        // and the proxies read the cell's database from Rocky on
        ("database", "connection") => vec![Service::Novncproxy, Service::Conductor, Service::Api],
        _ => vec![service],
    };
    if meant.section == "vnc" && service == Service::Compute {
        // no VNC there, or a proxy beside it, whose loopback is the node's own
        let computes = computes(case);
        let compute = computes.iter().find(|compute| std::ptr::eq(compute.host, view));
        if compute.is_none_or(|compute| compute.with_proxy && serves_alone(meant.name)) {
            return Severity::Warning;
        }
    }
    let lacks = services.iter().any(|&service| {
        view.runs(service).is_some()
            && reads(view.host, service, file)
            && view.config(service, newest).is_some_and(|config| {
                let old_bus = meant.name == "transport_url"
                    && view.entries(service).any(|(_, entry)| is_section(&entry.section, "oslo_messaging_rabbit"));
                !config.get(meant.section, meant.name).is_set() && !old_bus
            })
    });
    let alone = serves_alone(meant.name) && view.loopback_is_private.is_none();
    if lacks && !alone { case.severity_over(&lost.releases) } else { Severity::Warning }
}

/// What an assignment was to set, and the releases that would have read it.
pub(super) struct Lost {
    pub(super) meant: &'static OptionDef,
    pub(super) releases: Vec<u16>,
}

impl Lost {
    /// In those of the releases that know the option.
    pub(super) fn new(meant: &'static OptionDef, releases: &[u16]) -> Self {
        Self { meant, releases: releases.iter().copied().filter(|&release| meant.is_in(release)).collect() }
    }
}

fn reads(host: &Host, service: Service, file: &ConfigFile) -> bool {
    host.files_of(service).is_some_and(|config| {
        config.files.iter().any(|&index| host.files.get(index).is_some_and(|other| other.path == file.path))
    })
}

/// What nova has as long as an option is not set: ` novncproxy_port keeps its default 6080`.
pub(super) fn keeps(meant: &OptionDef, release: u16) -> String {
    let name = meant.name;
    let value = match meant.default(release) {
        Default::Text(text) if !text.is_empty() && !text.contains('<') => text.to_owned(),
        Default::Integer(number) => number.to_string(),
        Default::Boolean(value) => if value { "true" } else { "false" }.to_owned(),
        Default::None => return format!(" {name} stays unset"),
        _ => return String::new(),
    };
    format!(" {name} keeps its default {value}")
}

/// An earlier finding stands on a line of the assignment, or names it as one more of the same.
pub(super) fn is_spoken_of(before: &[Finding], file: &ConfigFile, entry: &Entry) -> bool {
    let first = entry.key_span.line;
    let last = entry.value_span.end_line.max(first);
    before.iter().any(|finding| {
        finding
            .place
            .as_ref()
            .is_some_and(|place| place.file == file.path && place.line <= last && place.end_line >= first)
            || finding.related.iter().any(|related| {
                related.file.as_deref() == Some(file.path.as_str())
                    && related.line.is_some_and(|line| (first..=last).contains(&line))
            })
    })
}

/// Assignments of one spelling on one host, the first and the others: one slip is copied to several files.
pub(super) fn alike<'c, 'e>(
    case: &'c Case<'e>,
    before: &[Finding],
    takes: impl Fn(&Unread) -> bool,
) -> Vec<(&'c HostView<'e>, Vec<&'c Unread<'e>>)> {
    let mut groups: Vec<(&HostView, Vec<&Unread>)> = Vec::new();
    let mine = |unread: &&Unread| takes(unread) && !is_spoken_of(before, unread.file, unread.entry);
    for unread in case.unread.iter().filter(mine) {
        let same = |other: &Unread| {
            other.host == unread.host
                && other.entry.key == unread.entry.key
                && other.entry.section == unread.entry.section
        };
        match groups.iter_mut().find(|(_, group)| group.first().is_some_and(|first| same(first))) {
            Some((_, group)) => group.push(unread),
            None => groups.extend(case.hosts.get(unread.host).map(|view| (view, vec![unread]))),
        }
    }
    groups
}

/// The places of the others of a group.
pub(super) fn with_others(mut draft: Draft, view: &HostView, group: &[&Unread]) -> Draft {
    for unread in group.iter().skip(1) {
        draft = draft.same(view.host, unread.file, unread.entry);
    }
    draft
}

/// Renames assignments of a group to what was meant, where that is certain: in the same section, and not set by its right name.
/// `[cache]` is mended whole, by the causes of the token store.
pub(super) fn renamed(case: &Case, view: &HostView, group: &[&Unread], section: &str, name: &str) -> Vec<Edit> {
    let here = group.iter().all(|unread| is_section(&unread.entry.section, section));
    if here && section != "cache" && !is_set(case, view, section, name) {
        group.iter().map(|unread| rename(unread.file, unread.entry, name)).collect()
    } else {
        Vec::new()
    }
}

/// Moves an assignment to the section where nova looks for it, where that is certain: it stands once, counts in no release that
/// the evidence fits, would count in each of them, and nothing sets the option by its right name.
pub(super) fn moved(case: &Case, view: &HostView, group: &[&Unread], lost: &Lost) -> Vec<Edit> {
    let [unread] = group else { return Vec::new() };
    let (section, name) = (lost.meant.section, lost.meant.name);
    if section == "cache" || lost.releases != case.releases.candidates || is_set(case, view, section, name) {
        return Vec::new();
    }
    move_to(unread.file, unread.entry, section, name).unwrap_or_default()
}

/// Whether any service of a host has an option set.
fn is_set(case: &Case, view: &HostView, section: &str, name: &str) -> bool {
    let newest = case.releases.newest();
    let set = |service| view.config(service, newest).is_some_and(|config| config.get(section, name).is_set());
    view.roles.iter().any(|&(service, _)| set(service))
}

/// `[section] name`, as the file has it.
pub(super) fn spelled(entry: &Entry) -> String {
    format!("[{}] {}", entry.section, entry.key)
}

/// `[section] name of ctl1`, as the file has it; files that were given without a name stand for no host.
pub(super) fn subject(view: &HostView, entry: &Entry) -> String {
    format!("{}{}", spelled(entry), of(view))
}

/// ` of ctl1`.
pub(super) fn of(view: &HostView) -> String {
    if view.host.name.is_empty() { String::new() } else { format!(" of {}", view.host.name) }
}

/// A change of an option: what to restart, and how to see that it worked.
pub(super) fn remedy(text: impl Into<String>, section: &str, name: &str) -> Remedy {
    let section = normalized(section);
    let programs: &[&'static str] = match (step(&section, name), section.as_ref()) {
        (4 | 6 | 8, _) => &["nova-compute"],
        (13 | 15, _) => &["nova-novncproxy"],
        (10, "database" | "api_database") => &["nova-conductor", "nova-novncproxy"],
        _ => &[],
    };
    let mut remedy = Remedy::new(text).verify("vncdoctor config PATH shows what nova reads; then open a new console");
    for program in programs {
        remedy = remedy.restart(program);
    }
    remedy
}

//! The VNC address of a compute node stands under a name that its release does not read, so 127.0.0.1 holds.
//!
//! Ranges come from the table of options: `vncserver_*` are names up to Pike (16) and old names from Queens (17) to Xena
//! (24); `server_*` are names from Queens on.

use super::Cause;
use super::console_words::{Compute, compute_remedy, computes, confidence, last_entry};
use super::edit_words::{move_to, rename};
use crate::evidence::host::ConfigFile;
use crate::evidence::process::Service;
use crate::evidence::site::is_loopback;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Edit, Finding, Need, Severity, Symptom};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::oslo::ini::Entry;
use crate::oslo::options;

const META: CauseMeta = CauseMeta {
    id: "vnc-option-renamed",
    home: 6,
    releases: "15-34",
    severity: Severity::Error,
    field: &["E2"],
    title: "a VNC option stands under a name that the release does not read",
    needs: &[Need::Config],
    symptoms: &[Symptom::HangsUp],
    explanation: "\
Queens (17) renamed `[vnc] vncserver_listen` to `server_listen` and `vncserver_proxyclient_address` to
`server_proxyclient_address` (nova/conf/vnc.py). The old names, in [vnc] and in [DEFAULT], work as aliases up to Xena (24); from
Yoga (25) on they are ignored, and so are the new names in Ocata and Pike (15, 16). No log says so. Then 127.0.0.1 holds: QEMU
listens on the compute node's loopback and the proxy is told to dial its own. The API still hands out a URL, and the browser
shows code 1006.

Mend the name in nova.conf of every compute node and restart nova-compute. server_listen is written into a guest when it starts:
running guests need a hard reboot.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// An option by the name of each era, and what it is for.
struct Renamed {
    old: &'static str,
    new: &'static str,
    what: &'static str,
}

const RENAMED: [Renamed; 2] = [
    Renamed {
        old: "vncserver_proxyclient_address",
        new: "server_proxyclient_address",
        what: "the console proxy is told to dial 127.0.0.1, its own loopback",
    },
    Renamed {
        old: "vncserver_listen",
        new: "server_listen",
        what: "QEMU listens on 127.0.0.1 of the compute node, where the console proxy cannot dial it",
    },
];

/// Names that no release from 15 on reads, and what was meant.
const NEVER: [(&str, &str, &str); 6] = [
    ("DEFAULT", "novnc_enabled", "enabled"),
    ("DEFAULT", "vncproxy_url", "novncproxy_base_url"),
    ("DEFAULT", "server_listen", "server_listen"),
    ("DEFAULT", "server_proxyclient_address", "server_proxyclient_address"),
    ("vnc", "novnc_enabled", "enabled"),
    ("vnc", "vnc_enabled", "enabled"),
];

/// First release with the new names.
const NEW_FROM: u16 = 17;

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let mut found = Vec::new();
    for compute in computes(case) {
        for renamed in &RENAMED {
            found.extend(ignored(case, &compute, renamed));
        }
        found.extend(never(case, &compute));
    }
    found
}

/// Where the option stands under a spelling, in [vnc] or, for the old name, in [DEFAULT].
fn written<'e>(host: &HostView<'e>, name: &str, sections: &[&str]) -> Option<(&'e ConfigFile, &'e Entry)> {
    sections.iter().find_map(|section| last_entry(host, Service::Compute, section, name))
}

fn ignored(case: &Case, compute: &Compute, renamed: &Renamed) -> Option<Finding> {
    let host = compute.host;
    let old = written(host, renamed.old, &["vnc", "DEFAULT"]);
    let new = written(host, renamed.new, &["vnc"]);
    // a file with both names is made for upgrades
    let ((file, entry), unread, meant) = match (old, new) {
        (Some(at), None) => (at, case.releases.within(|release| !reads(&at, release)), renamed.new),
        (None, Some(at)) if case.releases.exact.is_some() => {
            (at, case.releases.within(|release| !reads(&at, release)), renamed.old)
        }
        _ => return None,
    };
    if unread.is_empty() {
        return old.and_then(|(file, entry)| deprecated(case, compute, renamed, file, entry));
    }
    let spelled = format!("[{}] {}", entry.section, entry.key);
    let told = unread.len() == case.releases.candidates.len();
    let (severity, message) = if told {
        let era = if unread.first() < Some(&NEW_FROM) {
            "is not yet read in this release"
        } else {
            "is ignored from yoga (25) on"
        };
        (node_severity(compute, entry), format!("{spelled} of {} {era}: {}", host.name(), renamed.what))
    } else {
        // honoured in some of the releases: to be told is the release
        let message = format!(
            "{spelled} of {} is ignored in releases {}, and which release runs is not known",
            host.name(),
            Case::span(&unread)
        );
        (Severity::Note, message)
    };
    let mut draft = Draft::new(&META, severity, message)
        .releases(Case::span(&unread))
        .confidence(if told { confidence(compute.basis) } else { crate::finding::Confidence::Possible })
        .host(host.host)
        .service(Service::Compute)
        .at_name(file, entry)
        .remedy(
            remedy(host, entry, meant).edits(told.then(|| mended(file, entry, meant)).flatten().unwrap_or_default()),
        );
    if !told {
        draft = draft.seen("--release NAME settles it");
    }
    if compute.basis == Basis::Maybe {
        draft = draft.seen("only nova-compute reads it; whether it runs here is not known");
    }
    Some(draft.done())
}

/// 127.0.0.1 in place of the address breaks consoles on compute nodes of a site of several machines. On one machine, or
/// where 127.0.0.1 was meant, it changes nothing.
fn node_severity(compute: &Compute, entry: &Entry) -> Severity {
    let same = is_loopback(entry.value.trim());
    let private = compute.host.loopback_is_private.is_some();
    match (compute.basis, compute.with_proxy) {
        _ if same || !private => Severity::Note,
        (Basis::Maybe, _) => Severity::Note,
        (_, true) => Severity::Warning,
        _ => Severity::Error,
    }
}

fn reads((_, entry): &(&ConfigFile, &Entry), release: u16) -> bool {
    options::known(&entry.section, &entry.key, release)
}

/// Honoured, as an alias that is to go.
fn deprecated(case: &Case, compute: &Compute, renamed: &Renamed, file: &ConfigFile, entry: &Entry) -> Option<Finding> {
    let alias =
        case.releases.within(|release| options::lookup("vnc", renamed.old).is_none_or(|option| !option.is_in(release)));
    if alias.len() != case.releases.candidates.len() || compute.basis == Basis::Maybe {
        return None;
    }
    let message = format!(
        "[{}] {} of {} is an old name of {} and will be ignored from yoga (25) on",
        entry.section,
        entry.key,
        compute.host.name(),
        renamed.new
    );
    Some(
        Draft::note(&META, message)
            .releases(Case::span(&alias))
            .host(compute.host.host)
            .service(Service::Compute)
            .at_name(file, entry)
            .remedy(
                remedy(compute.host, entry, renamed.new).edits(mended(file, entry, renamed.new).unwrap_or_default()),
            )
            .done(),
    )
}

/// The name that the release reads, in `[vnc]`.
fn mended(file: &ConfigFile, entry: &Entry, meant: &str) -> Option<Vec<Edit>> {
    if options::normalized(&entry.section) == "vnc" {
        return Some(vec![rename(file, entry, meant)]);
    }
    move_to(file, entry, "vnc", meant)
}

fn remedy(host: &HostView, entry: &Entry, meant: &str) -> crate::finding::Remedy {
    let value = if entry.redacted { "..." } else { entry.value.trim() };
    let listen = if meant.ends_with("_listen") { "; guests that run need a hard reboot to listen there" } else { "" };
    compute_remedy(format!("in nova.conf of {}:\n[vnc]\n{meant} = {value}{listen}", host.name()))
}

/// Names of no release: worth a note, since what was meant has a default that mostly serves.
fn never(case: &Case, compute: &Compute) -> Option<Finding> {
    let (section, key, meant) = NEVER.into_iter().find(|(section, key, _)| {
        let unread = case.releases.candidates.iter().all(|&release| !options::known(section, key, release));
        unread && last_entry(compute.host, Service::Compute, section, key).is_some()
    })?;
    let (file, entry) = last_entry(compute.host, Service::Compute, section, key)?;
    let address = meant.starts_with("server_");
    let set = last_entry(compute.host, Service::Compute, "vnc", meant).is_some();
    if set {
        return None;
    }
    let severity = match (address, node_severity(compute, entry)) {
        (true, severity) => severity,
        (false, _) => Severity::Note,
    };
    let message = format!("[{section}] {key} of {} is no option of nova; [vnc] {meant} is meant", compute.host.name());
    Some(
        Draft::new(&META, severity, message)
            .releases(Case::span(&case.releases.candidates))
            .confidence(confidence(compute.basis))
            .host(compute.host.host)
            .service(Service::Compute)
            .at_name(file, entry)
            .remedy(remedy(compute.host, entry, meant).edits(
                // a switch that nobody read may be off
                address.then(|| mended(file, entry, meant)).flatten().unwrap_or_default(),
            ))
            .done(),
    )
}

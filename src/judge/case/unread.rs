//! Assignments that nova does not read in some release that the evidence fits, and what somebody may have meant by them.
//!
//! Names are judged here, values are not. Sections in which plugins register options at run time (drivers, keystoneauth, the
//! oslo libraries) are judged by near certain slips alone; a section that nova does not know is never judged, unless it is one
//! of the console's, misspelt or called after the proxy.

mod lists;

use self::lists::{OLD_NAMES, OLD_STARTS, STRAYS};
use super::HostView;
use crate::evidence::host::ConfigFile;
use crate::evidence::site::releases::Releases;
use crate::oslo::ini::{Entry, Words};
use crate::oslo::options::{
    self, OptionDef, RELEASES, Spelling, abridged, bare_section, near, near_section, near_section_with, normalized,
    plain, section_of,
};
use crate::oslo::plugins;
use crate::oslo::redact::HIDDEN;

/// Sections in which nothing but nova, oslo.cache and oslo.db registers options.
const STRICT: [&str; 9] =
    ["DEFAULT", "vnc", "console", "consoleauth", "cache", "workarounds", "database", "api_database", "spice"];

/// One assignment.
pub(crate) struct Unread<'e> {
    /// Index into the case's hosts.
    pub(crate) host: usize,
    pub(crate) file: &'e ConfigFile,
    pub(crate) entry: &'e Entry,
    /// The releases of which this is said, of those that the evidence fits.
    pub(crate) releases: Vec<u16>,
    pub(crate) what: What,
}

/// What is known of a name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// Read as an old name of another, which will end.
    Old { now: &'static OptionDef, until: u16 },
    /// Read up to a release, and by another name since, if it lives on.
    Gone { last: u16, now: Option<&'static OptionDef> },
    /// Read from a release on.
    Later { first: u16 },
    /// Near to these.
    Misspelt { meant: Vec<Spelling> },
    /// The section is near to this one.
    Section { meant: &'static str, option: Option<Spelling> },
    /// Near to a name that keystoneauth's plugins register.
    Plugin { meant: &'static str },
    /// Near to an option of other releases, or of another section in other releases.
    Stale { near: &'static OptionDef },
    /// Registered by keystoneauth's plugins, in other sections.
    PluginElsewhere,
    /// An option of other sections.
    Misplaced { at: Vec<&'static OptionDef> },
    /// Near to nothing.
    Unknown,
}

impl Unread<'_> {
    /// Whether the section is one in which every name is known.
    pub(crate) fn is_strict(&self) -> bool {
        is_strict(&self.entry.section)
    }

    /// Whether a deployment tool is known to write it.
    pub(crate) fn is_stray(&self) -> bool {
        STRAYS.iter().any(|(section, name)| *section == self.entry.section && *name == self.entry.key)
    }

    /// Whether it was most likely to set this option.
    pub(crate) fn was_to_set(&self, section: &str, name: &str) -> bool {
        let is = |option: &OptionDef| option.section == section && option.name == name;
        match &self.what {
            What::Misspelt { meant } => meant.first().is_some_and(|spelling| is(spelling.option)),
            What::Section { option, .. } => option.is_some_and(|spelling| is(spelling.option)),
            What::Gone { now, .. } => now.is_some_and(is),
            What::Misplaced { at } => at.len() == 1 && self.is_strict() && at.iter().any(|option| is(option)),
            _ => false,
        }
    }
}

pub(crate) fn is_strict(section: &str) -> bool {
    STRICT.contains(&normalized(section).as_ref())
}

/// Every assignment of every file, once a file.
pub(super) fn unread<'e>(hosts: &[HostView<'e>], releases: &Releases) -> Vec<Unread<'e>> {
    if releases.candidates.first() < Some(&RELEASES.0) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (index, view) in hosts.iter().enumerate() {
        for file in &view.host.files {
            for entry in &file.parsed.entries {
                if is_read(entry, &releases.candidates) {
                    continue;
                }
                if let Some((releases, what)) = of(&entry.section, &entry.key, &releases.candidates) {
                    found.push(Unread { host: index, file, entry, releases, what });
                }
            }
        }
    }
    found
}

/// Whether nothing is to be said of a name, as far as that is told at a glance: an option's own, or one that plugins register.
fn is_read(words: &Words, candidates: &[u16]) -> bool {
    match words.option() {
        Some(option) => reads_own(option, candidates),
        None => words.heirs().is_empty() && is_plugins(&words.section, &words.key),
    }
}

/// Whether the releases read an option by its own name: what only some of them read is of interest where consoles hang on it.
fn reads_own(option: &OptionDef, candidates: &[u16]) -> bool {
    let mut read = candidates.iter().map(|&release| option.is_in(release));
    let told = matches!(option.section, "vnc" | "console" | "consoleauth");
    if told { read.all(|is_read| is_read) } else { read.any(|is_read| is_read) }
}

/// What is to be said of a name, and of which releases.
fn of(section: &str, name: &str, candidates: &[u16]) -> Option<(Vec<u16>, What)> {
    let own = options::lookup(section, name);
    if own.is_some_and(|option| reads_own(option, candidates)) {
        return None;
    }
    if section.contains(HIDDEN)
        || name.contains(HIDDEN)
        || is_template(name)
        || is_template(section.trim_start_matches("cors."))
    {
        return None;
    }
    let unread: Vec<u16> =
        candidates.iter().copied().filter(|&release| !options::known(section, name, release)).collect();
    if unread.is_empty() {
        return old(section, name, candidates).map(|what| (candidates.to_vec(), what));
    }
    let ever = own.is_some() || options::formerly(section, name).next().is_some();
    let what = if ever { of_other_releases(section, name, &unread)? } else { of_none(section, name, &unread)? };
    Some((unread, what))
}

/// Honoured by every release, as an old name that will go.
fn old(section: &str, name: &str, candidates: &[u16]) -> Option<What> {
    let newest = *candidates.last()?;
    let now = heir(section, name, newest)?;
    let known = |release: &u16| options::known(section, name, *release);
    let until = (newest..=RELEASES.1).take_while(known).last()?;
    let is_own = options::lookup(section, name).is_some_and(|option| option.is_in(newest));
    (until < RELEASES.1 && !is_own).then_some(What::Old { now, until })
}

/// The option that an old name stands for: both databases have the same ones, and the cell's is the one of old.
fn heir(section: &str, name: &str, release: u16) -> Option<&'static OptionDef> {
    let section = normalized(section);
    let heirs = options::formerly(&section, name).filter(|option| option.is_in(release));
    heirs.min_by_key(|option| (option.section != section, option.section == "api_database"))
}

/// A name that other releases read.
fn of_other_releases(section: &str, name: &str, unread: &[u16]) -> Option<What> {
    let newest = *unread.last()?;
    let own = options::lookup(section, name);
    let known = |release: &u16| options::known(section, name, *release);
    let before = (RELEASES.0..newest).rev().find(known).or(own.map(|o| o.last).filter(|last| *last < RELEASES.0));
    if let Some(last) = before {
        let now = heir(section, name, newest);
        return Some(match now {
            Some(now) if now.name == name => What::Misplaced { at: vec![now] },
            now => What::Gone { last, now },
        });
    }
    let first = (newest..=RELEASES.1).find(known)?;
    // a library may be newer than the release asks for
    let of_library = own.is_none_or(|option| !option.library.is_empty());
    (!of_library).then_some(What::Later { first })
}

/// A name that no release reads.
fn of_none(section: &str, name: &str, unread: &[u16]) -> Option<What> {
    if is_plugins(section, name) {
        return None;
    }
    if !unread.iter().any(|&release| options::has_section(section, release)) {
        return of_no_section(section, name, unread);
    }
    if section == "DEFAULT" && OLD_NAMES.contains(&name) {
        return Some(What::Gone { last: RELEASES.0 - 1, now: None });
    }
    let same = near(section, name, unread);
    let distance = same.first().map(|spelling| spelling.distance);
    let elsewhere: Vec<&OptionDef> =
        options::named(name).filter(|option| unread.iter().any(|&release| option.is_in(release))).collect();
    if distance.is_some_and(|distance| distance <= 1) {
        return Some(What::Misspelt { meant: same });
    }
    if takes_plugins(section)
        && let Some(meant) = plugins::names().find(|known| strsim::osa_distance(&plain(name), known) <= 1)
    {
        return Some(What::Plugin { meant });
    }
    if !is_strict(section) && plugins::names().any(|known| known == name) {
        return Some(What::PluginElsewhere);
    }
    // the name of this host, and those of drivers' sections, are rather parts of longer ones
    let chance = |option: &&OptionDef| option.name == "host" || !is_strict(option.section);
    if is_strict(section) && normalized(section) != "DEFAULT" && elsewhere.iter().all(chance) {
        let meant = abridged(section, name, unread);
        if !meant.is_empty() {
            return Some(What::Misspelt { meant });
        }
    }
    if !elsewhere.is_empty() {
        return Some(What::Misplaced { at: placed(elsewhere) });
    }
    let stale = || {
        let any: Vec<u16> = (RELEASES.0..=RELEASES.1).collect();
        let near = near(section, name, &any).into_iter().find(|spelling| spelling.distance <= 1);
        near.map(|spelling| spelling.option).or_else(|| options::named(name).next()).map(|near| What::Stale { near })
    };
    if !is_strict(section) {
        return stale();
    }
    if !same.is_empty() {
        return Some(What::Misspelt { meant: same });
    }
    if let Some(stale) = stale() {
        return Some(stale);
    }
    let long = name.len() >= 10;
    let mut others = STRICT.into_iter().filter(|other| long && *other != section);
    let other = others.find_map(|other| Some(near(other, name, unread)).filter(|n| n.iter().any(|s| s.distance <= 1)));
    Some(match other {
        Some(meant) => What::Misspelt { meant },
        None if section == "DEFAULT" && OLD_STARTS.iter().any(|start| name.starts_with(start)) => {
            What::Gone { last: RELEASES.0 - 1, now: None }
        }
        None => What::Unknown,
    })
}

/// A section that no release which the evidence fits knows.
fn of_no_section(section: &str, name: &str, unread: &[u16]) -> Option<What> {
    if (RELEASES.0..=RELEASES.1).any(|release| options::has_section(section, release)) {
        return None;
    }
    let near = near_section(section, &STRICT).or_else(|| near_section_with(section, name, unread));
    let of_proxy = || is_proxys(section).then_some("vnc");
    let meant = near.or_else(of_proxy)?;
    let option = section_of(meant, name, unread);
    if near.is_none() && option.is_none() {
        // the section says the rest of the name
        let spelling = section_of(meant, &format!("novncproxy_{name}"), unread)?;
        return Some(What::Misspelt { meant: vec![Spelling { distance: name.len(), ..spelling }] });
    }
    // another's section may be called nearly the same
    let is_certain = meant.eq_ignore_ascii_case(bare_section(section));
    (is_certain || option.is_some()).then_some(What::Section { meant, option })
}

/// A section called after the console's proxy or its page, whose options stand in `[vnc]`.
fn is_proxys(section: &str) -> bool {
    let bare = plain(bare_section(section)).replace('_', "");
    matches!(bare.as_str(), "novnc" | "novncproxy" | "novanovncproxy" | "vncproxy")
}

/// The sections of the console first.
fn placed(mut at: Vec<&'static OptionDef>) -> Vec<&'static OptionDef> {
    if at.iter().any(|option| is_strict(option.section)) {
        at.retain(|option| is_strict(option.section));
    }
    at
}

/// What a deployment tool has yet to fill in, or has written with the name of a section before it.
fn is_template(name: &str) -> bool {
    name.contains(['{', '}', '%', '<', '>', '$', '@', '.'])
}

/// Sections in which keystoneauth registers the options of the plugin that `auth_type` names: those that have one, or that look
/// up a service, and those of castellan.
fn takes_plugins(section: &str) -> bool {
    options::lookup(section, "auth_type").is_some()
        || options::lookup(section, "service_type").is_some()
        || matches!(normalized(section).as_ref(), "keystone_authtoken" | "barbican" | "key_manager")
}

/// Whether a keystoneauth plugin registers the name in the section.
pub(crate) fn is_plugins(section: &str, name: &str) -> bool {
    takes_plugins(section) && plugins::names().any(|known| known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(section: &str, name: &str, releases: &[u16]) -> Option<What> {
        of(section, name, releases).map(|(_, what)| what)
    }

    #[test]
    fn what_plugins_register_is_not_judged() {
        for (section, name) in [
            ("placement", "username"),
            ("keystone_authtoken", "project_domain_name"),
            ("neutron", "application_credential_secret"),
            ("docker", "host_url"),
            ("oslo_messaging_rabbit", "something_of_a_fork"),
            ("libvirt", "vendor_option"),
            ("vnc", "{{ option }}"),
        ] {
            assert_eq!(what(section, name, &[17]), None, "[{section}] {name}");
        }
        assert_eq!(what("placement", "usrname", &[17]), Some(What::Plugin { meant: "username" }));
    }

    #[test]
    fn names_of_other_releases_are_told_from_slips() {
        assert!(matches!(what("vnc", "vncserver_listen", &[25]), Some(What::Gone { last: 24, now: Some(_) })));
        assert!(matches!(what("vnc", "vncserver_listen", &[17]), Some(What::Old { until: 24, .. })));
        assert!(matches!(what("console", "ssl_ciphers", &[17]), Some(What::Later { first: 21 })));
        assert!(matches!(what("DEFAULT", "memcached_servers", &[20]), Some(What::Gone { last: 13, now: None })));
        assert!(matches!(what("DEFAULT", "libvirt_type", &[17]), Some(What::Gone { last: 14, now: None })));
        assert_eq!(what("DEFAULT", "console_token_ttl", &[34]), None);
        assert_eq!(
            what("database", "sql_connection", &[17]),
            Some(What::Old { now: options::lookup("database", "connection").unwrap_or(&options::all()[0]), until: 28 })
        );
    }

    #[test]
    fn slips_are_told_apart() {
        let all: Vec<u16> = (15..=34).collect();
        assert!(matches!(what("vnc", "novncproxy_base_ulr", &all), Some(What::Misspelt { .. })));
        assert!(matches!(what("vnc", "enable_consoleauth", &[18]), Some(What::Misplaced { .. })));
        assert!(matches!(what(" vnc ", "enabled", &all), Some(What::Section { meant: "vnc", .. })));
        assert!(matches!(what("default", "my_ip", &all), Some(What::Section { meant: "DEFAULT", .. })));
        assert_eq!(what("vnc", "colour_of_the_door", &all), Some(What::Unknown));
    }
}

//! What somebody may have meant who wrote a name or a section that nothing reads.
//!
//! Distances are those of optimal string alignment: a letter left out, put in, changed, or two swapped count one each; `-` for
//! `_`, case and spaces around a name count nothing. How far a name may be off grows with its length, because short names are
//! near to each other by chance.

use super::{ALIASES, Alias, OPTIONS, OptionDef, normalized};

/// A way to write an option that a release reads: its name, or an old one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spelling {
    /// the option
    pub option: &'static OptionDef,
    /// section of this spelling
    pub section: &'static str,
    /// name of this spelling
    pub name: &'static str,
    /// letters that differ from what was written
    pub distance: usize,
}

impl Spelling {
    fn own(option: &'static OptionDef) -> Self {
        Self { option, section: option.section, name: option.name, distance: 0 }
    }

    fn old(option: &'static OptionDef, alias: &'static Alias) -> Self {
        Self { option, section: alias.section, name: alias.name, distance: 0 }
    }

    /// `[section] name`, as messages quote it.
    pub fn label(&self) -> String {
        format!("[{}] {}", self.section, self.name)
    }
}

/// A name as it is compared: without case, dashes and the spaces around it.
pub fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace('-', "_")
}

/// How many letters a name of this length may be off.
fn reach(length: usize) -> usize {
    match length {
        0..=7 => 1,
        8..=13 => 2,
        _ => 3,
    }
}

/// Spellings of the same section that are near to a name and that one of these releases reads, the nearest first.
///
/// An option's own name comes before an old one. At most three, all about as near as the first.
pub fn near(section: &str, name: &str, releases: &[u16]) -> Vec<Spelling> {
    let section = normalized(section);
    let wanted = plain(name);
    let reach = reach(wanted.len());
    let own = of_section(&section).iter().map(Spelling::own);
    let old = old_of_section(&section);
    let mut found: Vec<Spelling> = own
        .chain(old)
        .filter(|spelling| spelling.name != name && spelling.name.len().abs_diff(wanted.len()) <= reach)
        .filter(|spelling| is_read(spelling, releases))
        .filter_map(|spelling| {
            let distance = strsim::osa_distance(&wanted, spelling.name);
            (distance <= reach).then_some(Spelling { distance, ..spelling })
        })
        .collect();
    found.sort_by_key(|spelling| (spelling.distance, spelling.option.name != spelling.name));
    let first = found.first().map_or(0, |spelling| spelling.distance);
    found.retain(|spelling| spelling.distance == first);
    found.dedup_by_key(|spelling| (spelling.option.section, spelling.option.name));
    found.truncate(3);
    found
}

/// The options of the same section of whose name this one is some words, in their order: `base_url` for `novncproxy_base_url`.
/// Those that one of these releases reads; none where there are more than two.
pub fn abridged(section: &str, name: &str, releases: &[u16]) -> Vec<Spelling> {
    let section = normalized(section);
    let wanted = plain(name);
    let is_part = |whole: &str| {
        let mut words = whole.split('_');
        !wanted.is_empty() && wanted.split('_').all(|word| words.any(|other| other == word))
    };
    let own = of_section(&section).iter().map(Spelling::own).filter(|spelling| is_read(spelling, releases));
    let found: Vec<Spelling> = own
        .filter(|spelling| is_part(spelling.name))
        .map(|spelling| Spelling { distance: strsim::osa_distance(&wanted, spelling.name), ..spelling })
        .collect();
    if found.len() > 2 { Vec::new() } else { found }
}

/// The spelling of exactly this name in a section of this name, if one of these releases reads it.
pub fn section_of(section: &str, name: &str, releases: &[u16]) -> Option<Spelling> {
    let own = super::lookup(section, name).map(Spelling::own).filter(|spelling| is_read(spelling, releases));
    own.or_else(|| {
        let section = normalized(section).into_owned();
        old_of_section(&section).find(|spelling| spelling.name == name && is_read(spelling, releases))
    })
}

/// A section's name without the brackets, quotes and spaces that were written around it.
pub fn bare_section(section: &str) -> &str {
    section.trim_matches(['[', ']', '"', '\'', ' ', '\t'])
}

/// The section that a header which nothing reads was to be: another in case, spaces, brackets or quotes alone (`[ vnc ]`,
/// `[default]`, `[[vnc]]`), or one of `among` with one letter amiss.
pub fn near_section(section: &str, among: &[&'static str]) -> Option<&'static str> {
    let wanted = plain(bare_section(section));
    let mut known = OPTIONS.chunk_by(|a, b| a.section == b.section).map(|run| run[0].section);
    known.find(|known| *known != section && known.eq_ignore_ascii_case(&wanted)).or_else(|| {
        let near =
            |known: &&&'static str| wanted.len() > 1 && strsim::osa_distance(&wanted, &known.to_lowercase()) == 1;
        among.iter().find(near).copied()
    })
}

fn is_read(spelling: &Spelling, releases: &[u16]) -> bool {
    let old =
        |release| spelling.option.aliases_in(release).any(|a| a.section == spelling.section && a.name == spelling.name);
    let is_own = spelling.name == spelling.option.name && spelling.section == spelling.option.section;
    releases.iter().any(|&release| spelling.option.is_in(release) && (is_own || old(release)))
}

/// The section with one letter amiss that is written so, of all that are long enough not to be near to another by chance, if it
/// reads an option of just this name.
pub fn near_section_with(section: &str, name: &str, releases: &[u16]) -> Option<&'static str> {
    let wanted = plain(section);
    let mut known = OPTIONS.chunk_by(|a, b| a.section == b.section).map(|run| run[0].section);
    known.find(|known| {
        known.len() >= 6
            && strsim::osa_distance(&wanted, &known.to_lowercase()) == 1
            && section_of(known, name, releases).is_some()
    })
}

/// The options of a section, given in normal form.
fn of_section(section: &str) -> &'static [OptionDef] {
    let start = OPTIONS.partition_point(|o| o.section < section);
    let length = OPTIONS[start..].partition_point(|o| o.section == section);
    &OPTIONS[start..start + length]
}

/// Old spellings that stand in a section, given in normal form.
fn old_of_section(section: &str) -> impl Iterator<Item = Spelling> {
    let start = ALIASES.partition_point(|(s, ..)| *s < section);
    let length = ALIASES[start..].partition_point(|(s, ..)| *s == section);
    ALIASES[start..start + length].iter().filter_map(|(section, name, index)| {
        let option = OPTIONS.get(usize::from(*index))?;
        let alias = option.aliases.iter().find(|a| a.section == *section && a.name == *name)?;
        Some(Spelling::old(option, alias))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn did_you_mean() {
        let first = |s, n, r| near(s, n, &[r]).first().map(Spelling::label);
        assert_eq!(first("cache", "enable", 17).as_deref(), Some("[cache] enabled"));
        assert_eq!(first("cache", "memcached_servers", 17).as_deref(), Some("[cache] memcache_servers"));
        assert_eq!(first("vnc", "server-listen", 17).as_deref(), Some("[vnc] server_listen"));
        assert_eq!(first("vnc", "Server_Listen", 17).as_deref(), Some("[vnc] server_listen"));
        assert_eq!(first("DEFAULT", "novncproxy_base_ulr", 34).as_deref(), Some("[DEFAULT] novncproxy_base_url"));
        assert!(near("DEFAULT", "zzzzzzzz", &[17]).is_empty());
    }

    #[test]
    fn what_a_release_does_not_read_is_not_meant() {
        let first = |n, r| near("vnc", n, &[r]).first().map(Spelling::label);
        assert_eq!(first("server_listn", 16).as_deref(), None);
        assert_eq!(first("vncserver_listn", 17).as_deref(), Some("[vnc] vncserver_listen"));
        assert_eq!(first("vncserver_listn", 25).as_deref(), None);
        assert!(section_of("vnc", "vncserver_listen", &[24]).is_some());
        assert!(section_of("vnc", "vncserver_listen", &[25]).is_none());
    }

    #[test]
    fn a_name_may_lack_words() {
        let all = |s, n, r| abridged(s, n, &[r]).iter().map(Spelling::label).collect::<Vec<_>>();
        assert_eq!(all("vnc", "base_url", 30), ["[vnc] novncproxy_base_url"]);
        assert_eq!(all("vnc", "novncproxy-url", 30), ["[vnc] novncproxy_base_url"]);
        assert_eq!(all("vnc", "base_url", 17), ["[vnc] novncproxy_base_url", "[vnc] xvpvncproxy_base_url"]);
        assert_eq!(all("vnc", "proxyclient_address", 17), ["[vnc] server_proxyclient_address"]);
        assert_eq!(all("cache", "servers", 17), ["[cache] memcache_servers"]);
        assert!(all("cache", "memcache", 17).is_empty() && all("vnc", "url_base", 30).is_empty());
        assert!(all("vnc", "listener", 30).is_empty() && all("vnc", "", 30).is_empty());
    }

    #[test]
    fn sections_may_be_off_by_case_and_spaces() {
        let among = ["vnc", "cache", "DEFAULT"];
        assert_eq!(near_section(" vnc ", &among), Some("vnc"));
        assert_eq!(near_section("VNC ", &among), Some("vnc"));
        assert_eq!(near_section("default", &among), Some("DEFAULT"));
        assert_eq!(near_section(" neutron", &among), Some("neutron"));
        assert_eq!(near_section("caches", &among), Some("cache"));
        assert_eq!(near_section("[vnc]", &among), Some("vnc"));
        assert_eq!(near_section("\"cache\"", &among), Some("cache"));
        assert_eq!(near_section_with("libvrit", "virt_type", &[30]), Some("libvirt"));
        assert_eq!(near_section_with("libvrit", "virt_types", &[30]), None);
        assert_eq!(near_section("neutrn", &among), None);
        assert_eq!(near_section("lxd", &among), None);
    }
}

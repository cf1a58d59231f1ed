//! Every option that nova's programs read in the releases 15 to 34, and what each release makes of it.
//!
//! The table is static: `data/options.rs`, made by `data/generate_options.py` from `data/nova-options.json`, which
//! `data/extract_options.py` and `data/extract_types.py` take from the real packages of each release. Its limits: options
//! that plugins register at run time (keystoneauth's `[placement] username` and the like, third-party drivers) are not in it,
//! point releases within a major are not told apart, and releases 12 to 14 are read as 15 plus what had gone by then.

#![allow(clippy::unreadable_literal, clippy::cast_lossless)]

use super::value::{Item, Kind, Shape, Value};
use std::borrow::Cow;

mod near;
mod place;

pub use near::{Spelling, abridged, bare_section, near, near_section, near_section_with, plain, section_of};

/// The first and last release in the table.
pub const RELEASES: (u16, u16) = (15, 34);

/// One option.
#[derive(Debug, PartialEq)]
pub struct OptionDef {
    /// section, in the case it is registered in
    pub section: &'static str,
    /// name
    pub name: &'static str,
    /// first release that knows it; 1 stands for "before the table"
    pub first: u16,
    /// last release that knows it
    pub last: u16,
    /// releases in between that do not
    pub absent: &'static [u16],
    /// marked secret where it is registered
    pub secret: bool,
    /// first release that calls it deprecated for removal
    pub removal: Option<u16>,
    /// old spellings, in the order oslo.config tries them
    pub aliases: &'static [Alias],
    /// the library that registers it; empty for nova itself
    pub library: &'static str,
    shapes: &'static [Shape],
    defaults: &'static [(u16, Default)],
}

/// An old spelling of an option.
#[derive(Debug, PartialEq, Eq)]
pub struct Alias {
    /// section of the old spelling
    pub section: &'static str,
    /// old name
    pub name: &'static str,
    /// first release that honours it
    pub first: u16,
    /// last release that honours it
    pub last: u16,
}

/// A default as it is registered: text is interpolated and converted like text from a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Default {
    /// no default
    None,
    /// a boolean
    Boolean(bool),
    /// an integer
    Integer(i64),
    /// a float
    Float(f64),
    /// text; `<...>` stands for what depends on the machine
    Text(&'static str),
    /// a list of texts
    List(&'static [&'static str]),
    /// the empty dict
    Dict,
}

impl Default {
    /// The value for an option of this type, except that texts are not yet interpolated.
    pub fn value(self, kind: Kind) -> Value {
        match self {
            Self::None => Value::Null,
            Self::Boolean(b) => Value::Boolean(b),
            Self::Integer(i) if kind == Kind::Float => Value::Float(i as f64),
            Self::Integer(i) => Value::Integer(i),
            Self::Float(f) => Value::Float(f),
            Self::Text(t) => Value::Text(t.to_owned()),
            Self::List(l) => Value::List(l.iter().map(|t| Value::Text((*t).to_owned())).collect()),
            Self::Dict => Value::Dict(Vec::new()),
        }
    }
}

const OPTION: OptionDef = OptionDef {
    section: "",
    name: "",
    first: 0,
    last: 0,
    absent: &[],
    secret: false,
    removal: None,
    aliases: &[],
    library: "",
    shapes: &[],
    defaults: &[],
};
const SHAPE: Shape = Shape::ANY;

include!("../../data/options.rs");

/// The release of the table that stands for `release`.
pub(super) fn tabled(release: u16) -> u16 {
    release.clamp(RELEASES.0, RELEASES.1)
}

impl OptionDef {
    /// Whether this release reads the option.
    pub fn is_in(&self, release: u16) -> bool {
        // what was gone before the table begins is judged by its own dates
        let release = if self.last < RELEASES.0 { release } else { tabled(release) };
        (self.first..=self.last).contains(&release) && !self.absent.contains(&release)
    }

    /// What this release accepts as a value.
    pub fn shape(&self, release: u16) -> &'static Shape {
        let release = tabled(release);
        self.shapes.iter().rev().find(|s| s.from <= release).or(self.shapes.first()).unwrap_or(&Shape::ANY)
    }

    /// What the releases accept, the oldest first.
    pub(super) const fn shapes(&self) -> &'static [Shape] {
        self.shapes
    }

    /// Its place in [`all`].
    pub(super) fn place(&'static self) -> usize {
        (std::ptr::from_ref(self).addr() - OPTIONS.as_ptr().addr()) / size_of::<Self>()
    }

    /// The [`spelling`] of its name.
    pub(super) fn spelling(&'static self) -> u32 {
        place::SPELLINGS[self.place()]
    }

    /// The default of this release, for a program that sets none of its own.
    pub fn default(&self, release: u16) -> Default {
        let release = tabled(release);
        self.defaults.iter().rev().find(|(from, _)| *from <= release).map_or(Default::None, |(_, d)| *d)
    }

    /// The old spellings that this release honours, in the order it tries them.
    pub fn aliases_in(&self, release: u16) -> impl Iterator<Item = &'static Alias> + use<> {
        let release = tabled(release);
        self.aliases.iter().filter(move |a| (a.first..=a.last).contains(&release))
    }

    /// `[section] name`, as messages quote it.
    pub fn label(&self) -> String {
        format!("[{}] {}", self.section, self.name)
    }
}

/// How many options there are.
pub(super) const COUNT: usize = OPTIONS.len();

/// Every option of every release, by section and name.
pub const fn all() -> &'static [OptionDef] {
    OPTIONS
}

/// A section's name as oslo.config compares it: without case, except that only `DEFAULT` is `DEFAULT`.
pub fn normalized(section: &str) -> Cow<'_, str> {
    let odd = section.bytes().fold(false, |odd, byte| odd | !byte.is_ascii() | byte.is_ascii_uppercase());
    if !odd || section == "DEFAULT" || !section.chars().any(char::is_uppercase) {
        section.into()
    } else {
        section.to_lowercase().into()
    }
}

/// Whether a section as it is written is the one of this name in normal form: `normalized(written) == section`, at once.
pub fn is_section(written: &str, section: &str) -> bool {
    match () {
        () if written == section => true,
        () if written.len() == section.len() && written.is_ascii() => normalized(written) == section,
        () => !written.is_ascii() && normalized(written) == section,
    }
}

/// The option of this name, in whatever release.
pub fn lookup(section: &str, name: &str) -> Option<&'static OptionDef> {
    // a section as it is registered is in normal form already
    let as_written = place::option(section, name);
    let found = as_written.or_else(|| match normalized(section) {
        Cow::Borrowed(_) => None,
        Cow::Owned(section) => place::option(&section, name),
    });
    found.and_then(|index| OPTIONS.get(index))
}

/// Tells spellings apart, the section given in normal form: the same number for the same one, mostly another for another.
pub(super) const fn spelling(section: &str, name: &str) -> u32 {
    place::hash(section, name)
}

/// The options that have, or once had, this as an old spelling, in whatever release.
pub fn formerly(section: &str, name: &str) -> impl Iterator<Item = &'static OptionDef> + use<> {
    let section = normalized(section);
    let start = place::alias(&section, name).unwrap_or(ALIASES.len());
    let same = |alias: &&(&str, &str, u16)| alias.1 == name && alias.0 == section;
    let length = ALIASES[start..].iter().take_while(same).count();
    ALIASES[start..start + length].iter().filter_map(|(_, _, i)| OPTIONS.get(usize::from(*i)))
}

/// Whether this release reads this spelling at all, as a name or as an old name.
pub fn known(section: &str, name: &str, release: u16) -> bool {
    let section = normalized(section);
    lookup(&section, name).is_some_and(|o| o.is_in(release))
        || formerly(&section, name)
            .any(|o| o.is_in(release) && o.aliases_in(release).any(|a| a.section == section && a.name == name))
}

/// The options of this name, in whatever section and release.
pub fn named(name: &str) -> impl Iterator<Item = &'static OptionDef> {
    OPTIONS.iter().filter(move |o| o.name == name)
}

/// Whether any option has, or once had, this as an old name, in whatever section.
pub fn is_old_name(name: &str) -> bool {
    ALIASES.iter().any(|(_, n, _)| *n == name)
}

/// Whether any option is registered in this section in this release.
pub fn has_section(section: &str, release: u16) -> bool {
    let section = normalized(section);
    let start = OPTIONS.partition_point(|o| o.section < section.as_ref());
    OPTIONS[start..].iter().take_while(|o| o.section == section.as_ref()).any(|o| o.is_in(release))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn table_is_sorted_and_complete() {
        assert!(OPTIONS.windows(2).all(|w| (w[0].section, w[0].name) < (w[1].section, w[1].name)));
        assert!(ALIASES.windows(2).all(|w| w[0] < w[1]));
        assert_eq!(OPTIONS.len(), 1447);
        assert!(OPTIONS.iter().all(|o| !o.shapes.is_empty() && o.first <= o.last));
        assert!(OPTIONS.iter().all(|o| o.section == normalized(o.section)));
    }

    #[test]
    fn sections_are_told_at_once_as_by_their_normal_form() {
        for written in
            ["vnc", "VNC", " vnc", "DEFAULT", "default", "Default", "ÄB", "äb", "\u{212a}eystone", "", "cache"]
        {
            for section in ["vnc", "DEFAULT", "default", "äb", "keystone", "cache", ""] {
                assert_eq!(is_section(written, section), normalized(written) == section, "{written} {section}");
            }
        }
    }

    #[test]
    fn renamed_options_work_in_their_releases_only() {
        assert!(known("vnc", "vncserver_listen", 16) && known("VNC", "vncserver_listen", 24));
        assert!(!known("vnc", "vncserver_listen", 25));
        assert!(known("DEFAULT", "console_token_ttl", 34));
        assert!(!known("default", "console_token_ttl", 34));
        assert!(!known("vnc", "server_listen", 16) && known("vnc", "server_listen", 17));
    }

    #[test]
    fn memcached_servers_went_after_mitaka() {
        let option = lookup("DEFAULT", "memcached_servers").unwrap();
        assert!(option.is_in(12) && option.is_in(13) && !option.is_in(14) && !option.is_in(15) && !option.is_in(34));
        assert!(known("keystone_authtoken", "memcached_servers", 17));
    }

    #[test]
    fn cache_backends_are_those_of_the_period() {
        let backend = lookup("cache", "backend").unwrap();
        assert!(backend.shape(15).choices.is_empty());
        let queens = backend.shape(17).choices;
        assert!(queens.contains(&"oslo_cache.mongo") && !queens.contains(&"dogpile.cache.pymemcache"));
        assert!(backend.shape(20).choices.contains(&"dogpile.cache.pymemcache"));
        assert!(!backend.shape(34).choices.contains(&"oslo_cache.mongo"));
    }
}

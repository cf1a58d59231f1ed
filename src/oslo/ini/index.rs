//! Where each spelling is assigned within a file, so that an option is found without walking it.

use std::sync::OnceLock;

use super::{Entry, Parsed};
use crate::oslo::options::{self, OptionDef, normalized};

/// Made when it is first asked for; it says nothing that the entries do not, so two of them never differ.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    sections: OnceLock<Vec<Names>>,
    options: OnceLock<Vec<&'static OptionDef>>,
}

impl PartialEq for Index {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Index {}

/// The entries of one section.
#[derive(Clone, Debug)]
struct Names {
    /// normalized
    section: String,
    /// by name, entries of one name in the order of the file
    entries: Vec<u32>,
}

impl Parsed {
    /// The entries of one spelling, from 0, in the order of the file.
    pub(in crate::oslo) fn places(&self, section: &str, name: &str) -> &[u32] {
        let (sections, section) = (self.index(), normalized(section));
        let Ok(at) = sections.binary_search_by(|names| names.section.as_str().cmp(section.as_ref())) else {
            return &[];
        };
        let entries = sections.get(at).map_or(&[][..], |names| &names.entries);
        let start = entries.partition_point(|&entry| self.key(entry) < name);
        let length = entries[start..].partition_point(|&entry| self.key(entry) == name);
        &entries[start..start + length]
    }

    /// Every spelling once: a section, normalized, and a name.
    pub(in crate::oslo) fn spellings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.index().iter().flat_map(|names| {
            let keys = names.entries.chunk_by(|&a, &b| self.key(a) == self.key(b));
            keys.filter_map(|same| same.first()).map(|&entry| (names.section.as_str(), self.key(entry)))
        })
    }

    /// Spellings that stand more than once, a section, normalized, a name and its entries in the order of the file.
    pub fn repeated(&self) -> impl Iterator<Item = (&str, &str, Vec<&Entry>)> {
        self.index().iter().flat_map(|names| {
            let keys = names.entries.chunk_by(|&a, &b| self.key(a) == self.key(b)).filter(|same| same.len() > 1);
            keys.map(|same| {
                let entries = same.iter().filter_map(|&entry| self.entries.get(entry as usize));
                (names.section.as_str(), self.key(same[0]), entries.collect())
            })
        })
    }

    /// The options that some release reads from these entries, by section and name.
    pub(in crate::oslo) fn options(&self) -> &[&'static OptionDef] {
        self.index.options.get_or_init(|| {
            let own = |(s, n)| options::lookup(s, n).into_iter().chain(options::formerly(s, n));
            let mut found: Vec<_> = self.spellings().flat_map(own).collect();
            found.sort_unstable_by_key(|option| option.place());
            found.dedup_by_key(|option| option.place());
            found
        })
    }

    /// Must be called by whoever renames an entry.
    pub(in crate::oslo) fn forget_index(&mut self) {
        self.index = Index::default();
    }

    fn key(&self, entry: u32) -> &str {
        self.entries.get(entry as usize).map_or("", |entry| entry.key.as_str())
    }

    fn index(&self) -> &[Names] {
        self.index.sections.get_or_init(|| sections(&self.entries))
    }
}

fn sections(entries: &[Entry]) -> Vec<Names> {
    let mut sections: Vec<Names> = Vec::new();
    let mut nth = 0;
    // a section's entries stand together
    for run in entries.chunk_by(|a, b| a.section == b.section) {
        let section = normalized(&run[0].section);
        let end = nth + run.len() as u32;
        match sections.iter_mut().find(|names| names.section == section) {
            Some(names) => names.entries.extend(nth..end),
            None => sections.push(Names { section: section.into_owned(), entries: (nth..end).collect() }),
        }
        nth = end;
    }
    sections.sort_unstable_by(|a, b| a.section.cmp(&b.section));
    for names in &mut sections {
        names.entries.sort_by(|&a, &b| entries[a as usize].key.cmp(&entries[b as usize].key));
    }
    sections
}

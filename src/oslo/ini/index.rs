//! Where each spelling is assigned within a file, so that an option is found without walking it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::{Entry, Parsed};
use crate::oslo::options::{self, OptionDef, is_section, normalized};

/// Made when it is first asked for; it says nothing that the entries do not, so two of them never differ.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// spellings and entries, in order
    spellings: OnceLock<Box<[(u32, u32)]>>,
    /// a bit for each option, by its place
    options: OnceLock<Box<[u64; options::COUNT.div_ceil(64)]>>,
}

impl PartialEq for Index {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Index {}

impl Parsed {
    /// The entries of one spelling, from 0, in the order of the file.
    pub(in crate::oslo) fn places(&self, section: &str, name: &str) -> impl DoubleEndedIterator<Item = usize> {
        let section = normalized(section);
        self.spelled(options::spelling(&section, name), move |entry| {
            entry.key == name && is_section(&entry.section, &section)
        })
    }

    /// The entries of one spelling, in the order of the file.
    pub fn assigned(&self, section: &str, name: &str) -> impl DoubleEndedIterator<Item = &Entry> {
        self.places(section, name).filter_map(|entry| self.entries.get(entry))
    }

    /// The last entry of one spelling.
    pub fn last(&self, section: &str, name: &str) -> Option<&Entry> {
        self.assigned(section, name).next_back()
    }

    /// The entries of an option's own name, likewise.
    pub(in crate::oslo) fn places_of(&self, option: &'static OptionDef) -> impl DoubleEndedIterator<Item = usize> {
        self.spelled(option.spelling(), |entry| entry.option().is_some_and(|own| std::ptr::eq(own, option)))
    }

    /// Every spelling that stands in the file: a section, normalized, and a name.
    pub(in crate::oslo) fn spellings(&self) -> impl Iterator<Item = (String, &str)> {
        self.entries.iter().map(|entry| (normalized(&entry.section).into_owned(), entry.key.as_str()))
    }

    /// Spellings that stand more than once, a section, normalized, a name and its entries in the order of the file.
    pub fn repeated(&self) -> impl Iterator<Item = (String, &str, Vec<&Entry>)> {
        let mut found: BTreeMap<(String, &str), Vec<&Entry>> = BTreeMap::new();
        let runs = self.index().chunk_by(|a, b| a.0 == b.0).filter(|run| run.len() > 1);
        for entry in runs.flatten().filter_map(|&(_, entry)| self.entries.get(entry as usize)) {
            found.entry((normalized(&entry.section).into_owned(), &entry.key)).or_default().push(entry);
        }
        let several = found.into_iter().filter(|(_, entries)| entries.len() > 1);
        several.map(|((section, name), entries)| (section, name, entries))
    }

    /// Whether some release reads an option from these entries, by its own name or an old one.
    pub(in crate::oslo) fn sets(&self, option: &'static OptionDef) -> bool {
        let bits = self.index.options.get_or_init(|| {
            let mut bits = Box::new([0; options::COUNT.div_ceil(64)]);
            for option in self.entries.iter().flat_map(|entry| entry.options()) {
                bits[option.place() / 64] |= 1 << (option.place() % 64);
            }
            bits
        });
        bits[option.place() / 64] & (1 << (option.place() % 64)) != 0
    }

    /// Must be called by whoever changes an entry.
    pub(in crate::oslo) fn forget_index(&mut self) {
        self.index = Index::default();
    }

    fn spelled(&self, spelling: u32, is: impl Fn(&Entry) -> bool) -> impl DoubleEndedIterator<Item = usize> {
        let index = self.index();
        let start = index.partition_point(|(other, _)| *other < spelling);
        let length = index[start..].iter().take_while(|(other, _)| *other == spelling).count();
        let places = index[start..start + length].iter().map(|(_, entry)| *entry as usize);
        places.filter(move |&entry| self.entries.get(entry).is_some_and(&is))
    }

    fn index(&self) -> &[(u32, u32)] {
        self.index.spellings.get_or_init(|| {
            let mut index: Box<[_]> = self.entries.iter().map(|entry| entry.spelling()).zip(0..).collect();
            index.sort_unstable();
            index
        })
    }
}

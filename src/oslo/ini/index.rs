//! Where each spelling is assigned within a file, so that an option is found without walking it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::{Entry, Parsed};
use crate::oslo::options::{self, OptionDef, is_section, normalized};

/// Made when it is first asked for; it says nothing that the entries do not, so two of them never differ.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    spellings: OnceLock<Spellings>,
    /// a bit for each option, by its place
    options: OnceLock<Box<[u64; options::COUNT.div_ceil(64)]>>,
}

/// The entries in groups whose spellings end in the same bits: to sort them all takes longer than to read the file.
#[derive(Clone, Debug)]
struct Spellings {
    /// where each group ends; the number of groups is a power of two
    ends: Box<[u32]>,
    /// spellings and entries, group by group, in order within each
    entries: Box<[(u32, u32)]>,
}

impl Spellings {
    fn new(entries: &[Entry]) -> Self {
        let groups = entries.len().next_power_of_two();
        let spellings = || entries.iter().map(|entry| entry.spelling());
        let group = |spelling: u32| spelling as usize & (groups - 1);
        let mut ends = vec![0; groups].into_boxed_slice();
        spellings().for_each(|spelling| ends[group(spelling)] += 1);
        let mut taken = 0;
        for end in &mut ends {
            (*end, taken) = (taken, taken + *end);
        }
        let mut grouped = vec![(0, 0); entries.len()].into_boxed_slice();
        for (spelling, entry) in spellings().zip(0..) {
            let end = &mut ends[group(spelling)];
            grouped[*end as usize] = (spelling, entry);
            *end += 1;
        }
        let mut start = 0;
        for &end in &ends {
            grouped[start..end as usize].sort_unstable();
            start = end as usize;
        }
        Self { ends, entries: grouped }
    }

    /// The group of a spelling, others of the same bits among it.
    fn group(&self, spelling: u32) -> &[(u32, u32)] {
        let group = spelling as usize & (self.ends.len() - 1);
        let start = if group == 0 { 0 } else { self.ends[group - 1] };
        &self.entries[start as usize..self.ends[group] as usize]
    }
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
        let runs = self.index().entries.chunk_by(|a, b| a.0 == b.0).filter(|run| run.len() > 1);
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
        let group = self.index().group(spelling).iter().filter(move |(other, _)| *other == spelling);
        let places = group.map(|(_, entry)| *entry as usize);
        places.filter(move |&entry| self.entries.get(entry).is_some_and(&is))
    }

    fn index(&self) -> &Spellings {
        self.index.spellings.get_or_init(|| Spellings::new(&self.entries))
    }
}

//! Where each spelling is assigned, so that an option is found without walking the files.

use std::collections::HashMap;
use std::sync::Arc;

use crate::oslo::ini::Parsed;
use crate::oslo::options::normalized;

/// A file and an entry in it, both from 0.
pub(super) type Place = (u32, u32);

/// Section, then name, to the places in reading order. Sections are normalized.
#[derive(Clone, Debug, Default)]
pub(super) struct Index(HashMap<String, HashMap<String, Vec<Place>>>);

impl Index {
    pub(super) fn new(files: &[(String, Arc<Parsed>)]) -> Self {
        let mut index: HashMap<String, HashMap<String, Vec<Place>>> = HashMap::new();
        for (file, (_, parsed)) in files.iter().enumerate() {
            let mut nth = 0;
            // a section's entries stand together
            for run in parsed.entries.chunk_by(|a, b| a.section == b.section) {
                let names = index.entry(normalized(&run[0].section).into_owned()).or_default();
                names.reserve(run.len());
                for entry in run {
                    let place = (file as u32, nth);
                    nth += 1;
                    match names.get_mut(&entry.key) {
                        Some(places) => places.push(place),
                        None => {
                            names.insert(entry.key.clone(), vec![place]);
                        }
                    }
                }
            }
        }
        Self(index)
    }

    /// The places of one spelling.
    pub(super) fn places(&self, section: &str, name: &str) -> &[Place] {
        self.0.get(normalized(section).as_ref()).and_then(|names| names.get(name)).map_or(&[], Vec::as_slice)
    }

    /// Every spelling.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(section, names)| names.keys().map(move |name| (section.as_str(), name.as_str())))
    }
}

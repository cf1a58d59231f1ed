//! Settings that were asked for, found again without a search.

use std::sync::Arc;

use super::Setting;
use crate::oslo::options::{self, OptionDef};

#[derive(Debug, Default)]
pub(super) struct Asked {
    /// for each option, by its place in the table, how many settings stand before its own and it; 0 while it has none
    counts: Vec<u16>,
    settings: Vec<Arc<Setting>>,
}

impl Asked {
    pub(super) fn get(&self, option: &'static OptionDef) -> Option<Arc<Setting>> {
        let count = *self.counts.get(option.place())?;
        self.settings.get(usize::from(count).checked_sub(1)?).cloned()
    }

    pub(super) fn put(&mut self, option: &'static OptionDef, setting: Arc<Setting>) {
        self.counts.resize(options::COUNT, 0);
        self.settings.push(setting);
        self.counts[option.place()] = self.settings.len() as u16;
    }
}

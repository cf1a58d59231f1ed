//! A directive with its place.

use serde::{Deserialize, Serialize};

/// One directive, or a section of HAProxy, or a block of nginx. Lines and columns count from 1, columns count characters, the
/// end is exclusive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directive {
    /// Its words, quotes taken away; only the first one where others may hold a secret.
    pub words: Vec<String>,
    /// The line where it begins.
    pub line: u32,
    /// The column where it begins.
    pub column: u32,
    /// Just past its end on that line.
    pub end_column: u32,
    /// That line, for quoting; empty where it may hold a secret.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// What stands within it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub block: Vec<Directive>,
}

impl Directive {
    /// The word at a place; empty where there is none.
    pub fn word(&self, index: usize) -> &str {
        self.words.get(index).map_or("", String::as_str)
    }

    /// Its first word.
    pub fn name(&self) -> &str {
        self.word(0)
    }

    /// Whether it begins with these words.
    pub fn starts(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(index, word)| self.word(index).eq_ignore_ascii_case(word))
    }

    /// Keeps the name alone.
    pub(super) fn hide(&mut self) {
        self.words.truncate(1);
        self.source.clear();
    }
}

//! Lines that were read before: the files of one deployment are mostly the same lines, and what a line says does not change.
//!
//! Each thread remembers some thousand lines of one assignment each, by section and text. They hold secrets, as the files do, so
//! nothing here is ever shown or saved; and nothing counts but a line that is the same byte for byte.

use std::cell::RefCell;
use std::sync::Arc;

use super::entry::Words;
use crate::oslo::options;

/// How many lines are remembered, a power of two. A newer one takes the place of an older one.
const PLACES: usize = 4096;
/// Longest line remembered, in bytes.
const LONGEST: usize = 512;

/// An assignment on one line.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) words: Arc<Words>,
    /// first column of the name, and the one past it
    pub(super) key: (u32, u32),
    /// the same of the value
    pub(super) value: (u32, u32),
}

thread_local! {
    static LINES: RefCell<Vec<Option<Line>>> = const { RefCell::new(Vec::new()) };
}

/// What a line of a section says; `read` reads one that is not remembered.
pub(super) fn line(section: &str, text: &str, read: impl FnOnce() -> Option<Line>) -> Option<Line> {
    if text.len() > LONGEST {
        return read();
    }
    LINES.with_borrow_mut(|lines| {
        if lines.is_empty() {
            lines.resize(PLACES, None);
        }
        // that two lines meet in one place costs a reading, no more
        let place = &mut lines[options::spelling(section, text) as usize % PLACES];
        let same =
            |line: &Line| line.words.section == section && matches!(&line.words.text[..], [only] if only == text);
        if !place.as_ref().is_some_and(same) {
            *place = Some(read()?);
        }
        place.clone()
    })
}

#[cfg(test)]
mod tests {
    use crate::oslo::ini::parse;

    #[test]
    fn what_is_remembered_is_what_is_read() {
        let texts =
            ["[a]\nx = 1\ny: 'b'  \n", "[b]\nx = 1\n", "[a]\nx = 1\n more\nx = 1\n", "[a]\n# x\nx =\u{a0}1\nx = 1\n"];
        let first: Vec<_> = texts.iter().map(|text| parse(text.as_bytes())).collect();
        let again: Vec<_> = texts.iter().map(|text| parse(text.as_bytes())).collect();
        assert_eq!(first, again);
        assert_eq!(again[2].entries[0].value, "1\nmore");
        assert_eq!(again[2].entries[1].value, "1");
        assert_eq!(again[3].entries[1].key_span.line, 4);
        assert_eq!((again[0].entries[0].section.as_str(), again[1].entries[0].section.as_str()), ("a", "b"));
    }
}

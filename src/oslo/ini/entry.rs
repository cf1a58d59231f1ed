//! One assignment: what it says, and where it stands.
//!
//! What it says is shared by all places that say it: files of one deployment are mostly the same lines. So is what follows from
//! the words alone, worked out once for all of them: which options they name, and what of them may be shown.

use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::template::has_syntax;
use super::{Filled, Span};
use crate::oslo::options::{self, OptionDef};
use crate::oslo::value::{Shape, convert};

/// One assignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub struct Entry {
    words: Arc<Words>,
    /// where the name stands
    pub key_span: Span,
    /// where the value stands, quotes included; empty and just past the separator when there is none
    pub value_span: Span,
}

/// What an assignment says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// the section as written
    pub section: String,
    /// the option name as written
    pub key: String,
    /// the lines joined by a newline, quotes around the first line removed
    pub value: String,
    /// the source lines, for quoting
    pub text: Vec<String>,
    /// whether something was taken out of `value` and `text`
    pub redacted: bool,
    /// a rule that the value broke before it was taken out; the service refuses it
    pub breaks: Option<String>,
    /// what a template has to do with it
    pub filled: Filled,
    /// the value that was taken out is the default of the option that the name was probably meant for
    pub idle: bool,
    /// the url or path that was taken out goes on with a comment
    pub commented: bool,
    told: Told,
}

/// What follows from the words; it says nothing that they do not, so two of them never differ.
#[derive(Debug, Default)]
struct Told {
    names: OnceLock<Names>,
    /// bits of the releases that were asked about, above them of those that surely take the value
    fits: AtomicU64,
    /// hosts that the value names as peers, if the key is one of a peer's
    peers: OnceLock<Box<[String]>>,
    marked: OnceLock<bool>,
    /// what may be shown of them; nothing where all of it may
    shown: OnceLock<Option<Arc<Words>>>,
}

/// What section and name stand for, in whatever release, and whether a template may be behind it.
#[derive(Clone, Debug)]
struct Names {
    spelling: u32,
    own: Option<&'static OptionDef>,
    heirs: Box<[&'static OptionDef]>,
    has_syntax: bool,
}

impl Clone for Told {
    fn clone(&self) -> Self {
        // a copy is made to be changed
        Self::default()
    }
}

impl PartialEq for Told {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Told {}

impl Deref for Entry {
    type Target = Words;

    fn deref(&self) -> &Words {
        &self.words
    }
}

impl Words {
    /// What an assignment on one line says.
    pub(super) fn of_line(section: &str, key: &str, value: &str, line: &str) -> Self {
        Self {
            section: section.to_owned(),
            key: key.to_owned(),
            value: value.to_owned(),
            text: vec![line.to_owned()],
            ..Self::default()
        }
    }

    /// The option of this name.
    pub fn option(&self) -> Option<&'static OptionDef> {
        self.names().own
    }

    /// The options that have, or once had, this as an old name.
    pub fn heirs(&self) -> &[&'static OptionDef] {
        &self.names().heirs
    }

    /// The options that have this as their name, now or once.
    pub(in crate::oslo) fn options(&self) -> impl Iterator<Item = &'static OptionDef> {
        let names = self.names();
        names.own.into_iter().chain(names.heirs.iter().copied())
    }

    /// Tells spellings apart; see [`options::spelling`].
    pub(in crate::oslo) fn spelling(&self) -> u32 {
        self.names().spelling
    }

    /// See [`super::template`].
    pub(super) fn has_syntax(&self) -> bool {
        self.names().has_syntax
    }

    /// Whether every option that has this as its name, or as an old one, takes the value in a release: nothing in it hangs on
    /// anything else, and nobody refuses it.
    pub(in crate::oslo) fn surely_fit(&self, release: u16) -> bool {
        let bit = 1 << (options::tabled(release) - options::RELEASES.0);
        let fits = bit << 32;
        let known = self.told.fits.load(Relaxed);
        if known & bit != 0 {
            return known & fits != 0;
        }
        let fit = self.options().all(|option| self.fits(option.shape(release), release));
        self.told.fits.fetch_or(bit | if fit { fits } else { 0 }, Relaxed);
        fit
    }

    fn fits(&self, shape: &Shape, release: u16) -> bool {
        if self.redacted {
            // what was taken out is refused where it broke a rule
            return self.breaks.is_none() && !shape.kind.is_multi();
        }
        let plain = self.filled == Filled::No && !self.value.contains('$');
        plain && !shape.kind.is_multi() && convert(shape, &self.value, release).is_ok()
    }

    /// What `find` finds in the value, asked once for all that say the same.
    pub fn peers(&self, find: impl FnOnce(&str) -> Vec<String>) -> &[String] {
        self.told.peers.get_or_init(|| find(&self.value).into())
    }

    /// Whether the value holds what begins a comment, or a quotation mark.
    pub fn is_marked(&self) -> bool {
        *self.told.marked.get_or_init(|| self.value.contains(['#', ';', '"', '\'']))
    }

    fn names(&self) -> &Names {
        self.told.names.get_or_init(|| Names {
            spelling: options::spelling(&options::normalized(&self.section), &self.key),
            own: options::lookup(&self.section, &self.key),
            heirs: options::formerly(&self.section, &self.key).collect(),
            has_syntax: self.text.iter().any(|line| has_syntax(line)),
        })
    }
}

impl Entry {
    pub(super) fn new(words: Arc<Words>, key_span: Span, value_span: Span) -> Self {
        Self { words, key_span, value_span }
    }

    /// What it says, to be changed here and nowhere else.
    pub(in crate::oslo) fn words_mut(&mut self) -> &mut Words {
        let words = Arc::make_mut(&mut self.words);
        words.told = Told::default();
        words
    }

    /// Puts what may be shown in the place of what it says. `hide` changes an entry so; it is asked once for all that say the
    /// same at the same columns.
    pub(in crate::oslo) fn show(&mut self, hide: impl FnOnce(&mut Self)) {
        let shown = self.told.shown.get_or_init(|| {
            let mut copy = self.clone();
            hide(&mut copy);
            (!Arc::ptr_eq(&copy.words, &self.words)).then_some(copy.words)
        });
        if let Some(words) = shown {
            self.words = words.clone();
        }
    }
}

/// An assignment as evidence is saved.
#[derive(Serialize, Deserialize)]
struct Saved {
    section: String,
    key: String,
    value: String,
    key_span: Span,
    value_span: Span,
    text: Vec<String>,
    #[serde(default)]
    redacted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    breaks: Option<String>,
    #[serde(default, skip_serializing_if = "Filled::is_no")]
    filled: Filled,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    idle: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    commented: bool,
}

impl From<Saved> for Entry {
    fn from(saved: Saved) -> Self {
        let Saved { section, key, value, key_span, value_span, text, redacted, breaks, filled, idle, commented } =
            saved;
        let told = Told::default();
        let words = Words { section, key, value, text, redacted, breaks, filled, idle, commented, told };
        Self::new(words.into(), key_span, value_span)
    }
}

impl From<Entry> for Saved {
    fn from(entry: Entry) -> Self {
        let Entry { words, key_span, value_span } = entry;
        let words = Arc::unwrap_or_clone(words);
        let Words { section, key, value, text, redacted, breaks, filled, idle, commented, .. } = words;
        Self { section, key, value, key_span, value_span, text, redacted, breaks, filled, idle, commented }
    }
}

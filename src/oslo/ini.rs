//! The file as `oslo_config/iniparser.py` reads it, with the place of every piece.
//!
//! [`parse`] takes the bytes of one file and never fails: what oslo.config would refuse is recorded as a [`Problem`], and
//! reading goes on so that the rest can be judged. The rules are those of oslo.config 5.2.1 and 10.7.0 (identical here) on
//! Python 3: universal newlines, UTF-8, the first of `:` and `=` splits, an indented line continues the value above it, no
//! inline comments. Python 2 (Ocata to Rocky mostly ran there) differs in one thing: a lone CR ends no line.

mod entry;
mod index;
mod known;
mod marker;
mod reader;
pub mod template;

pub use entry::{Entry, Words};
pub use marker::Marker;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use self::index::Index;
use self::reader::{Reader, lines, position_after};

/// A piece of a file. Lines and columns count from 1, columns count characters, the end is exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// first line
    pub line: u32,
    /// first column
    pub column: u32,
    /// line of the end
    pub end_line: u32,
    /// column just past the end
    pub end_column: u32,
}

/// A section header, once for each time it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// the text between the brackets, spaces and case kept
    pub name: String,
    /// the header with its brackets
    pub span: Span,
}

/// Whether what stands there is what the program will read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Filled {
    /// it is
    #[default]
    No,
    /// a template fills in the value
    Value,
    /// a template decides whether the assignment is there
    Branch,
}

impl Filled {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes by reference")]
    fn is_no(&self) -> bool {
        *self == Self::No
    }
}

/// Why oslo.config refuses a whole file, and with it the service's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// the bytes are not UTF-8 (`UnicodeDecodeError`)
    #[error("not utf-8 from byte {offset} on")]
    Encoding {
        /// the first byte that fits no character, from 0
        offset: usize,
    },
    /// the file starts with a byte order mark, which oslo.config takes for text
    #[error("byte order mark before the first line")]
    Bom,
    /// an assignment before any section
    #[error("assignment before the first section")]
    NoSection,
    /// a line that is neither section, comment nor assignment
    #[error("line without ':' or '='")]
    NoSeparator,
    /// a line that starts with its separator
    #[error("assignment without a name")]
    EmptyKey,
    /// an indented line with nothing to continue
    #[error("indented line continues no assignment")]
    ContinuationFirst,
    /// a section line that does not end with its bracket
    #[error("section line does not end with ']'")]
    SectionUnclosed,
    /// `[]`
    #[error("section without a name")]
    SectionEmpty,
}

/// The first thing in a file that oslo.config refuses. It stops there; its message never repeats what the file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// what is wrong
    pub kind: ProblemKind,
    /// where
    pub span: Span,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.kind.fmt(f)
    }
}

/// One file, read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parsed {
    /// every section header, in order
    pub sections: Vec<Section>,
    /// every assignment inside a section, in order
    pub entries: Vec<Entry>,
    /// why oslo.config refuses the file
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// how many lines it would refuse after that one
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refused_below: u32,
    /// comments that speak to vncdoctor, in order
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub markers: Vec<Marker>,
    /// a template of the file, not the file itself
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub template: bool,
    /// how many lines there are
    #[serde(default)]
    pub lines: u32,
    /// a template puts whole lines in, so that options may be set which are not seen
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
    #[serde(skip)]
    index: Index,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes by reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// Reads the bytes of one file.
///
/// After a problem the bad line is skipped. Assignments whose section cannot be told (none yet, or a damaged header above
/// them) are left out: nothing can be said of them.
pub fn parse(bytes: &[u8]) -> Parsed {
    read(bytes, |reader, text| lines(text).for_each(|line| reader.line(line)))
}

/// Reads the bytes of a template of such a file; see [`template`].
pub fn parse_template(bytes: &[u8]) -> Parsed {
    read(bytes, template::read)
}

fn read(bytes: &[u8], read_lines: impl FnOnce(&mut Reader, &str)) -> Parsed {
    let mut reader = Reader::default();
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(error) => {
            let offset = error.valid_up_to();
            let before = std::str::from_utf8(&bytes[..offset]).unwrap_or_default();
            reader.fail(ProblemKind::Encoding { offset }, position_after(before));
            String::from_utf8_lossy(bytes)
        }
    };
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => {
            reader.fail(ProblemKind::Bom, Span { line: 1, column: 1, end_line: 1, end_column: 2 });
            rest
        }
        None => &text,
    };
    read_lines(&mut reader, text);
    reader.finish();
    reader.parsed.markers = marker::markers(text);
    reader.parsed
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn values(text: &str) -> Vec<(String, String, String)> {
        let said = |e: Entry| (e.section.clone(), e.key.clone(), e.value.clone());
        parse(text.as_bytes()).entries.into_iter().map(said).collect()
    }

    fn kind(text: &[u8]) -> Option<ProblemKind> {
        parse(text).problem.map(|p| p.kind)
    }

    #[test]
    fn spans_cover_key_and_value() {
        let parsed = parse("[vnc]\nsérver = \"x\ty\"  \nlist: a,\n   b,\n\tc\nempty =\n  d\nnone=\n".as_bytes());
        let spans: Vec<_> = parsed.entries.iter().map(|e| (e.key_span, e.value_span)).collect();
        let at = |line, column, end_line, end_column| Span { line, column, end_line, end_column };
        assert_eq!(spans[0], (at(2, 1, 2, 7), at(2, 10, 2, 15)));
        assert_eq!(spans[1], (at(3, 1, 3, 5), at(3, 7, 5, 3)));
        assert_eq!(spans[2], (at(6, 1, 6, 6), at(7, 3, 7, 4)));
        assert_eq!(spans[3], (at(8, 1, 8, 5), at(8, 6, 8, 6)));
        assert_eq!(parsed.entries[1].value, "a,\nb,\nc");
        assert_eq!(parsed.entries[1].text, ["list: a,", "   b,", "\tc"]);
        assert_eq!(parsed.sections[0].span, at(1, 1, 1, 6));
    }

    #[test]
    fn quotes_go_in_pairs_only() {
        let got = values("[a]\na=\"x\"\nb='x\nc=\"\nd=\"x\"y\"\ne='x\n y'\n");
        let got: Vec<_> = got.iter().map(|(_, _, v)| v.as_str()).collect();
        assert_eq!(got, ["x", "'x", "", "x\"y", "'x\ny'"]);
    }

    #[test]
    fn problems_have_kind_and_place() {
        assert_eq!(kind(b"\xef\xbb\xbf[a]\nb=1\n"), Some(ProblemKind::Bom));
        assert_eq!(kind(b"[a]\nb=\xff\n"), Some(ProblemKind::Encoding { offset: 6 }));
        assert_eq!(kind(b"a=1\n[a]\n"), Some(ProblemKind::NoSection));
        assert_eq!(kind(b"[a]\nword\n"), Some(ProblemKind::NoSeparator));
        assert_eq!(kind(b"[a]\n = 1\n"), Some(ProblemKind::ContinuationFirst));
        assert_eq!(kind(b"[a]\n= 1\n"), Some(ProblemKind::EmptyKey));
        assert_eq!(kind(b"[a]\nb=1\n\n c\n"), Some(ProblemKind::ContinuationFirst));
        assert_eq!(kind(b"[a] # note\n"), Some(ProblemKind::SectionUnclosed));
        assert_eq!(kind(b"[]\n"), Some(ProblemKind::SectionEmpty));
        assert_eq!(kind(b"[a]\nb=1\n"), None);
        let place = parse(b"[a]\nx=1\ny=\xff\n").problem.unwrap().span;
        assert_eq!((place.line, place.column), (3, 3));
    }

    #[test]
    fn reading_goes_on_after_a_problem() {
        assert_eq!(values("[a]\nword\nb=1\n"), [("a".into(), "b".into(), "1".into())]);
        assert_eq!(values("[vnc\nb=1\n[c]\nd=2\n"), [("c".into(), "d".into(), "2".into())]);
        assert_eq!(values("x=1\n[c]\nd=2\n"), [("c".into(), "d".into(), "2".into())]);
    }

    #[test]
    fn every_line_end_counts() {
        assert_eq!(values("[a]\r\nb=1\rc=2\n\rd=3").len(), 3);
        assert_eq!(values("[a]\nb = 1\u{1f}\n")[0].2, "1");
    }

    #[test]
    fn no_problem_message_repeats_the_file() {
        let problem = parse(b"[a]\nhunter2\n").problem.unwrap();
        assert_eq!(problem.to_string(), "line without ':' or '='");
    }
}

//! Line by line, in the order of `BaseParser.parse`.

use super::entry::{Entry, Words};
use super::known::{self, Line};
use super::{Filled, Parsed, Problem, ProblemKind, Section, Span};
use crate::oslo::text::{lstrip, rstrip, strip};

/// Lines as Python's universal newlines give them: LF, CR LF and a lone CR each end one.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text).filter(|t| !t.is_empty());
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = memchr::memchr2(b'\n', b'\r', text.as_bytes()) else {
            rest = None;
            return Some(text);
        };
        let crlf = text.as_bytes()[end..].starts_with(b"\r\n");
        rest = Some(&text[end + 1 + usize::from(crlf)..]).filter(|t| !t.is_empty());
        Some(&text[..end])
    })
}

/// The place of the character that follows `before`.
pub(super) fn position_after(before: &str) -> Span {
    let body = before.strip_prefix('\u{feff}').unwrap_or(before);
    let mut line = 0;
    let mut last = "";
    for text in lines(body) {
        line += 1;
        last = text;
    }
    if line == 0 || body.ends_with(['\n', '\r']) {
        line += 1;
        last = "";
    }
    let column = width(last) + 1;
    Span { line, column, end_line: line, end_column: column + 1 }
}

fn width(text: &str) -> u32 {
    if text.is_ascii() { text.len() as u32 } else { text.chars().count() as u32 }
}

/// The columns of `part`, which is a slice of `line`.
fn columns(line: &str, part: &str) -> (u32, u32) {
    let offset = part.as_ptr() as usize - line.as_ptr() as usize;
    let start = 1 + width(&line[..offset]);
    (start, start + width(part))
}

#[derive(Default)]
pub(super) struct Reader {
    pub(super) parsed: Parsed,
    number: u32,
    /// the header that assignments belong to; `None` before the first one and after a damaged one
    section: Option<String>,
    damaged: bool,
    pending: Option<Entry>,
}

impl Reader {
    pub(super) fn fail(&mut self, kind: ProblemKind, span: Span) {
        match self.parsed.problem {
            None => self.parsed.problem = Some(Problem { kind, span }),
            Some(_) => self.parsed.refused_below += 1,
        }
    }

    fn fail_line(&mut self, kind: ProblemKind, line: &str) {
        let (start, end) = columns(line, strip(line));
        self.fail(kind, Span { line: self.number, column: start, end_line: self.number, end_column: end });
    }

    pub(super) fn line(&mut self, line: &str) {
        self.number += 1;
        if line.starts_with(['#', ';']) {
            // most lines of most files
            return self.flush();
        }
        let line = rstrip(line);
        if line.is_empty() {
            self.flush();
        } else if line.starts_with([' ', '\t']) {
            self.continuation(line);
        } else {
            self.flush();
            if line.starts_with('[') {
                self.header(line);
            } else {
                self.assignment(line);
            }
        }
    }

    fn continuation(&mut self, line: &str) {
        let Some(entry) = &mut self.pending else {
            return self.fail_line(ProblemKind::ContinuationFirst, line);
        };
        let piece = lstrip(line);
        let (start, end) = columns(line, piece);
        if entry.value_span.column == entry.value_span.end_column && entry.value_span.line == entry.value_span.end_line
        {
            // nothing behind the separator: the value starts here
            entry.value_span.line = self.number;
            entry.value_span.column = start;
        }
        entry.value_span.end_line = self.number;
        entry.value_span.end_column = end;
        let words = entry.words_mut();
        words.value.push('\n');
        words.value.push_str(piece);
        words.text.push(line.to_owned());
    }

    fn header(&mut self, line: &str) {
        let name = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        self.section = None;
        self.damaged = true;
        match name {
            None => self.fail_line(ProblemKind::SectionUnclosed, line),
            Some("") => self.fail_line(ProblemKind::SectionEmpty, line),
            Some(name) => {
                self.section = Some(name.to_owned());
                let (start, end) = columns(line, line);
                let span = Span { line: self.number, column: start, end_line: self.number, end_column: end };
                self.parsed.sections.push(Section { name: name.to_owned(), span });
            }
        }
    }

    fn assignment(&mut self, line: &str) {
        let section = self.section.as_deref().unwrap_or_default();
        let mut refused = None;
        let read = || assignment(section, line).map_err(|kind| refused = Some(kind)).ok();
        let Some(known) = known::line(section, line, read) else {
            return self.fail_line(refused.unwrap_or(ProblemKind::NoSeparator), line);
        };
        let here = |(column, end_column)| Span { line: self.number, column, end_line: self.number, end_column };
        self.pending = Some(Entry::new(known.words, here(known.key), here(known.value)));
    }

    /// Ends the reading.
    pub(super) fn finish(&mut self) {
        self.flush();
        self.parsed.lines = self.number;
    }

    /// Files the assignment that is being read, if any.
    pub(super) fn flush(&mut self) {
        let Some(entry) = self.pending.take() else {
            return;
        };
        match &self.section {
            Some(_) => self.parsed.entries.push(entry),
            None if self.damaged => {}
            None => self.fail(ProblemKind::NoSection, entry.key_span),
        }
    }
}

/// What a template asks of the reader besides.
impl Reader {
    /// Goes past a line that leaves nothing in the file.
    pub(super) fn pass(&mut self) {
        self.number += 1;
    }

    /// A line, or a piece of one whose place is kept.
    pub(super) fn line_at(&mut self, whole: &str, piece: &str) {
        self.line(piece);
        let shift = columns(whole, piece).0 - 1;
        if let Some(entry) = self.pending.as_mut().filter(|_| shift > 0) {
            // at other columns other things may be shown of it
            entry.words_mut();
            if entry.key_span.line == self.number {
                entry.key_span.column += shift;
                entry.key_span.end_column += shift;
            }
            if entry.value_span.line == self.number {
                entry.value_span.column += shift;
            }
            if entry.value_span.end_line == self.number {
                entry.value_span.end_column += shift;
            }
        }
    }

    /// Whether an indented line continues an assignment.
    pub(super) fn continues(&self) -> bool {
        self.pending.is_some()
    }

    /// A line inside a value, whatever it looks like.
    pub(super) fn extend(&mut self, line: &str) {
        self.number += 1;
        if let Some(entry) = &mut self.pending {
            let line = rstrip(line);
            entry.value_span.end_line = self.number;
            entry.value_span.end_column = 1 + width(line);
            entry.words_mut().text.push(line.to_owned());
        }
    }

    /// What a template does to the assignment that is being read; a value that it fills in stays so.
    pub(super) fn fill(&mut self, filled: Filled) {
        if let Some(entry) = self.pending.as_mut().filter(|entry| filled != Filled::No && entry.filled != Filled::Value)
        {
            entry.words_mut().filled = filled;
        }
    }

    /// A header whose name is not known: so are the options below it.
    pub(super) fn unknown_section(&mut self) {
        self.pass();
        self.flush();
        self.section = None;
        self.damaged = true;
    }

    /// An assignment whose name is not known.
    pub(super) fn unknown_entry(&mut self) {
        self.pass();
        self.flush();
    }
}

/// What a line says that is neither indented nor a header.
fn assignment(section: &str, line: &str) -> Result<Line, ProblemKind> {
    let separator = memchr::memchr2(b':', b'=', line.as_bytes()).ok_or(ProblemKind::NoSeparator)?;
    let key = strip(&line[..separator]);
    if key.is_empty() {
        return Err(ProblemKind::EmptyKey);
    }
    let raw = strip(&line[separator + 1..]);
    let value = if raw.is_empty() {
        let end = columns(line, &line[separator..=separator]).1;
        (end, end)
    } else {
        columns(line, raw)
    };
    let words = Words::of_line(section, key, unquote(raw), line);
    Ok(Line { words: words.into(), key: columns(line, key), value })
}

/// `value[1:-1]` when first and last character are the same quote; a lone quote becomes nothing.
fn unquote(value: &str) -> &str {
    let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        return value;
    };
    if value.ends_with(quote) { value.get(1..value.len() - 1).unwrap_or_default() } else { value }
}

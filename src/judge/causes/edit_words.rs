//! Edits of a file that mend a finding: small, and each certain by itself.
//!
//! A value is written anew only where all of it may be shown and it reads the same in another place; what a template fills in
//! or decides is left alone. An option that goes into a section stands behind the section's last option, a section that is
//! not there yet at the end of the file.

use crate::evidence::host::ConfigFile;
use crate::finding::Edit;
use crate::oslo::ini::{Entry, Filled, Span};
use crate::oslo::options::is_section;

/// Another name for an option, in its place.
pub(super) fn rename(file: &ConfigFile, entry: &Entry, name: &str) -> Edit {
    replace(file, entry.key_span, name)
}

/// Another value for an option.
pub(super) fn value(file: &ConfigFile, entry: &Entry, text: &str) -> Option<Edit> {
    (entry.filled == Filled::No).then(|| replace(file, entry.value_span, text))
}

/// A comment behind a value, from this byte of it on, goes to a line of its own, above.
pub(super) fn uncomment(file: &ConfigFile, entry: &Entry, at: usize) -> Option<Vec<Edit>> {
    let (bare, comment) = (entry.value.get(..at)?.trim_end(), entry.value.get(at..)?);
    let Span { line, column, end_line, end_column } = entry.value_span;
    let width = |text: &str| text.chars().count() as u32;
    // on one line, and nothing of it taken off or hidden
    let whole = line == entry.key_span.line && line == end_line && column + width(&entry.value) == end_column;
    if !whole || bare.is_empty() || entry.redacted || entry.filled != Filled::No {
        return None;
    }
    let above = Span { line, column: 1, end_line: line, end_column: 1 };
    let behind = Span { column: column + width(bare), ..entry.value_span };
    Some(vec![replace(file, above, &format!("{comment}\n")), replace(file, behind, "")])
}

/// Another name for the section that an entry stands in.
pub(super) fn rename_section(file: &ConfigFile, entry: &Entry, name: &str) -> Option<Edit> {
    let above = |span: &Span| span.line < entry.key_span.line;
    let header = file.parsed.sections.iter().rfind(|header| above(&header.span))?;
    (header.name == entry.section).then(|| replace(file, header.span, &format!("[{name}]")))
}

/// A line begins in the first column.
pub(super) fn dedent(file: &ConfigFile, line: u32, source: &str) -> Edit {
    let width = source.chars().take_while(|c| c.is_whitespace()).count() as u32;
    replace(file, Span { line, column: 1, end_line: line, end_column: width + 1 }, "")
}

/// The byte order mark goes. It stands before the first column: an edit of nothing there is all that can name it.
pub(super) fn unmark(file: &ConfigFile) -> Edit {
    replace(file, Span { line: 1, column: 1, end_line: 1, end_column: 1 }, "")
}

/// The lines of an option go.
pub(super) fn drop_line(file: &ConfigFile, entry: &Entry) -> Option<Edit> {
    let span = Span { line: entry.key_span.line, column: 1, end_line: entry.value_span.end_line + 1, end_column: 1 };
    (entry.filled == Filled::No).then(|| replace(file, span, ""))
}

/// An option goes to another section, where it has another name perhaps.
pub(super) fn move_to(file: &ConfigFile, entry: &Entry, section: &str, name: &str) -> Option<Vec<Edit>> {
    let text = carried(entry)?;
    Some(vec![drop_line(file, entry)?, insert(file, section, &[(name, &text)])?])
}

/// A value as it can stand elsewhere in the same file: on one line, which may be a list's several, and nothing of it hidden.
pub(super) fn carried(entry: &Entry) -> Option<String> {
    // the first line of a value may be empty
    let value = entry.value.trim_start_matches('\n');
    let mut lines = value.split('\n').rev().skip(1);
    if !lines.all(|line| line.ends_with(',')) {
        return None;
    }
    let text = value.replace('\n', "");
    let same = text == text.trim() && !text.starts_with(['"', '\'']);
    (same && !text.is_empty() && !entry.redacted && entry.filled == Filled::No).then_some(text)
}

/// Options that are not there yet.
pub(super) fn insert(file: &ConfigFile, section: &str, options: &[(&str, &str)]) -> Option<Edit> {
    let parsed = &file.parsed;
    if parsed.template || parsed.problem.is_some() {
        return None;
    }
    let lines: Vec<String> = options.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
    let mut lines = lines.concat();
    let line = match parsed.sections.iter().rposition(|header| is_section(&header.name, section)) {
        Some(index) => {
            let start = parsed.sections[index].span.line;
            let end = parsed.sections.get(index + 1).map_or(u32::MAX, |next| next.span.line);
            let inside = parsed.entries.iter().filter(|entry| (start..end).contains(&entry.key_span.line));
            inside.map(|entry| entry.value_span.end_line).max().unwrap_or(start) + 1
        }
        // saved by a version that did not count
        None if parsed.lines == 0 => return None,
        None => {
            lines.insert_str(0, &format!("\n[{section}]\n"));
            parsed.lines + 1
        }
    };
    Some(replace(file, Span { line, column: 1, end_line: line, end_column: 1 }, &lines))
}

fn replace(file: &ConfigFile, span: Span, text: &str) -> Edit {
    Edit {
        file: file.path.clone(),
        line: span.line,
        column: span.column,
        end_line: span.end_line,
        end_column: span.end_column,
        text: text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{drop_line, insert, move_to, rename, rename_section, value};
    use crate::evidence::host::ConfigFile;
    use crate::finding::Edit;
    use crate::oslo::{ini, redact};

    fn file(text: &str) -> ConfigFile {
        let mut parsed = ini::parse(text.as_bytes());
        redact::redact(&mut parsed);
        ConfigFile { path: "nova.conf".to_owned(), modified: None, parsed: parsed.into() }
    }

    fn at(edit: &Edit) -> (u32, u32, u32, u32, &str) {
        (edit.line, edit.column, edit.end_line, edit.end_column, &edit.text)
    }

    #[test]
    fn each_edit_has_its_place() {
        let file = file("[ cache ]\nenable = T\n[vnc]\nenabled = true\nserver_listen = a,\n  b\n\n[api]\n");
        let entries = &file.parsed.entries;
        assert_eq!(at(&rename(&file, &entries[0], "enabled")), (2, 1, 2, 7, "enabled"));
        assert_eq!(at(&value(&file, &entries[0], "true").unwrap()), (2, 10, 2, 11, "true"));
        assert_eq!(at(&rename_section(&file, &entries[0], "cache").unwrap()), (1, 1, 1, 10, "[cache]"));
        assert_eq!(at(&drop_line(&file, &entries[2]).unwrap()), (5, 1, 7, 1, ""));
        assert_eq!(at(&insert(&file, "vnc", &[("a", "1")]).unwrap()), (7, 1, 7, 1, "a = 1\n"));
        assert_eq!(at(&insert(&file, "api", &[("a", "1")]).unwrap()), (9, 1, 9, 1, "a = 1\n"));
        assert_eq!(at(&insert(&file, "cache", &[("a", "1")]).unwrap()), (9, 1, 9, 1, "\n[cache]\na = 1\n"));
    }

    #[test]
    fn nothing_hidden_is_carried() {
        let file = file("[DEFAULT]\ntransport_ulr = rabbit://a:S3CRET@b\nmy_ip = 192.0.2.1\n");
        let entries = &file.parsed.entries;
        assert_eq!(move_to(&file, &entries[0], "vnc", "x"), None);
        let moved = move_to(&file, &entries[1], "vnc", "server_listen").unwrap();
        assert_eq!(at(&moved[0]), (3, 1, 4, 1, ""));
        assert_eq!(at(&moved[1]), (4, 1, 4, 1, "\n[vnc]\nserver_listen = 192.0.2.1\n"));
    }
}

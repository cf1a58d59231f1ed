//! Edits applied to the bytes of a file, and what of them may be printed.
//!
//! Lines are those of the reader (LF, CR LF and a lone CR each end one), columns count characters. What an edit puts in takes
//! the line ends that the file has, and a last line that is not ended is not ended by what comes behind it. A byte order mark has no column: an edit of
//! nothing at the first place takes it off.

use crate::finding::Edit;
use crate::oslo::ini::Parsed;
use crate::oslo::redact::HIDDEN;
use crate::report::diff::Line;

/// The text with these edits; none if they do not fit it, overlap, or it is not UTF-8.
pub(super) fn apply(bytes: &[u8], edits: &[&Edit]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let lines = lines(text);
    let ending = lines.first().map(|line| line.ending).filter(|ending| !ending.is_empty()).unwrap_or("\n");
    let unended = lines.last().is_some_and(|line| line.ending.is_empty());
    let mut stretches = Vec::new();
    for edit in edits {
        let mut start = offset(text, &lines, edit.line, edit.column)?;
        let end = offset(text, &lines, edit.end_line, edit.end_column)?;
        if start > end {
            return None;
        }
        if start == end && edit.text.is_empty() && end == mark(text).len() {
            // nothing for nothing at the first place is the mark, which has no column
            start = 0;
        }
        let stretch = (start, end, edit.text.replace('\n', ending));
        if !stretches.contains(&stretch) {
            stretches.push(stretch);
        }
    }
    stretches.sort_by_key(|(start, end, _)| (*start, *end));
    if stretches.windows(2).any(|pair| pair[0].1 > pair[1].0) {
        return None;
    }
    let appended = stretches.iter().any(|(start, _, put)| *start == text.len() && !put.is_empty());
    let drops_last = stretches.iter().any(|(start, end, put)| *end == text.len() && start < end && put.is_empty());
    for (start, end, put) in &mut stretches {
        if start < end && put.is_empty() {
            *start = above_blank(&lines, *start, *end);
        } else if *start == text.len() && unended && !drops_last {
            // behind a last line that is not ended
            put.insert_str(0, ending);
        }
    }
    let mut out = String::with_capacity(text.len() + 256);
    let mut at = 0;
    for (start, end, put) in stretches {
        out.push_str(&text[at..start]);
        out.push_str(&put);
        at = end;
    }
    out.push_str(&text[at..]);
    if appended && unended && out.ends_with(ending) {
        out.truncate(out.len() - ending.len());
    }
    Some(out.into_bytes())
}

/// Where whole lines begin that go, with the blank one above them where another would follow, or nothing: of two blank lines one
/// stays.
fn above_blank(lines: &[Raw], start: usize, end: usize) -> usize {
    let is_blank = |line: &Raw| line.content.trim().is_empty();
    let first = lines.iter().position(|line| line.start == start);
    let above = first.and_then(|first| lines.get(first.checked_sub(1)?)).filter(|above| is_blank(above));
    let below = lines.iter().find(|line| line.start >= end);
    // inside a line nothing else goes
    let whole = below.is_none_or(|below| below.start == end);
    above.filter(|_| whole && below.is_none_or(is_blank)).map_or(start, |above| above.start)
}

/// The byte order mark of a text, if it begins with one.
fn mark(text: &str) -> &str {
    const MARK: char = '\u{feff}';
    if text.starts_with(MARK) { &text[..MARK.len_utf8()] } else { "" }
}

/// A line of a text: where its content begins, the content, and what ends it.
struct Raw<'t> {
    start: usize,
    content: &'t str,
    ending: &'t str,
}

fn lines(text: &str) -> Vec<Raw<'_>> {
    let mut found = Vec::new();
    // a byte order mark belongs to no column
    let mut start = mark(text).len();
    while start < text.len() {
        let rest = &text[start..];
        let end = memchr::memchr2(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len());
        let ending = match rest.as_bytes().get(end..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([_, ..]) => 1,
            _ => 0,
        };
        found.push(Raw { start, content: &rest[..end], ending: &rest[end..end + ending] });
        start += end + ending;
    }
    found
}

/// The byte at a place; the place behind the last line is the end.
fn offset(text: &str, lines: &[Raw], line: u32, column: u32) -> Option<usize> {
    let index = (line as usize).checked_sub(1)?;
    let before = (column as usize).checked_sub(1)?;
    if index == lines.len() && before == 0 {
        return Some(text.len());
    }
    let line = lines.get(index)?;
    let mut places = line.content.char_indices().map(|(at, _)| at).chain([line.content.len()]);
    Some(line.start + places.nth(before)?)
}

/// A text line by line, with what may be printed of each: headers, options as evidence keeps them, comments that tell nothing.
pub(super) fn shown(bytes: &[u8], parsed: &Parsed) -> Vec<Line> {
    let text = String::from_utf8_lossy(bytes);
    let raw = lines(&text);
    let mut shown: Vec<Line> = raw
        .iter()
        .map(|line| Line {
            text: format!("{}{}", line.content, line.ending),
            shown: if is_plain(line.content) { line.content.to_owned() } else { hidden(line.content) },
        })
        .collect();
    for header in &parsed.sections {
        if let Some(line) = shown.get_mut(header.span.line as usize - 1) {
            line.shown = format!("[{}]", header.name);
        }
    }
    for entry in &parsed.entries {
        let first = entry.key_span.line as usize - 1;
        let last = (entry.value_span.end_line as usize).min(shown.len());
        for (nth, line) in shown.iter_mut().enumerate().take(last).skip(first) {
            let kept = entry.text.get(nth - first).map_or(HIDDEN, String::as_str);
            kept.clone_into(&mut line.shown);
        }
    }
    if let Some(first) = shown.first_mut().filter(|_| !mark(&text).is_empty()) {
        first.text.insert_str(0, mark(&text));
        first.shown.insert_str(0, "<U+FEFF>");
    }
    shown
}

/// Blank, or a comment without anything that could be an assignment, an address or a secret.
fn is_plain(line: &str) -> bool {
    const WORDS: [&str; 6] = ["pass", "pwd", "secret", "token", "cred", "key"];
    let lower = line.to_lowercase();
    line.trim().is_empty()
        || (line.starts_with(['#', ';'])
            && !line.contains(['=', ':', '@'])
            && !WORDS.iter().any(|word| lower.contains(word)))
}

fn hidden(line: &str) -> String {
    let mark = line.chars().next().filter(|mark| matches!(mark, '#' | ';'));
    mark.map_or_else(|| HIDDEN.to_owned(), |mark| format!("{mark} {HIDDEN}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::apply;
    use crate::finding::Edit;

    fn edit(place: (u32, u32, u32, u32), text: &str) -> Edit {
        let (line, column, end_line, end_column) = place;
        Edit { file: "nova.conf".to_owned(), line, column, end_line, end_column, text: text.to_owned() }
    }

    fn applied(text: &str, edits: &[Edit]) -> Option<String> {
        apply(text.as_bytes(), &edits.iter().collect::<Vec<_>>()).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn places_are_characters_and_line_ends_are_kept() {
        let text = "[a]\r\nsérver = ü\r\nx = 1";
        assert_eq!(applied(text, &[edit((2, 1, 2, 7), "b")]).unwrap(), "[a]\r\nb = ü\r\nx = 1");
        assert_eq!(applied(text, &[edit((2, 1, 3, 1), "")]).unwrap(), "[a]\r\nx = 1");
        let appended = edit((4, 1, 4, 1), "\n[c]\nd = 1\n");
        assert_eq!(applied(text, &[appended]).unwrap(), "[a]\r\nsérver = ü\r\nx = 1\r\n\r\n[c]\r\nd = 1");
        let marked = "\u{feff}[a]\nb = 1\n";
        assert_eq!(applied(marked, &[edit((1, 1, 1, 4), "[c]")]).unwrap(), "\u{feff}[c]\nb = 1\n");
    }

    #[test]
    fn the_mark_goes_by_an_edit_of_nothing_before_the_first_column() {
        let nothing = edit((1, 1, 1, 1), "");
        assert_eq!(applied("\u{feff}[a]\nb = 1\n", std::slice::from_ref(&nothing)).unwrap(), "[a]\nb = 1\n");
        assert_eq!(applied("[a]\nb = 1\n", &[nothing]).unwrap(), "[a]\nb = 1\n");
    }

    #[test]
    fn a_line_that_goes_leaves_one_blank_line() {
        let moved = |line| [edit((line, 1, line + 1, 1), ""), edit((3, 1, 3, 1), "\n[c]\nd = 1\n")];
        assert_eq!(applied("[a]\nd = 1", &moved(2)).unwrap(), "[a]\n\n[c]\nd = 1");
        assert_eq!(applied("[a]\nd = 1\n", &moved(2)).unwrap(), "[a]\n\n[c]\nd = 1\n");
        let gone = |line| [edit((line, 1, line + 1, 1), "")];
        assert_eq!(applied("[a]\n\nd = 1", &gone(3)).unwrap(), "[a]\n");
        assert_eq!(applied("[a]\n\nd = 1\n", &gone(3)).unwrap(), "[a]\n");
        assert_eq!(applied("[a]\nb = 1\n\nd = 1\n\n[c]\n", &gone(4)).unwrap(), "[a]\nb = 1\n\n[c]\n");
        // what stands together stays so
        assert_eq!(applied("[a]\n\nd = 1\ne = 1\n", &gone(3)).unwrap(), "[a]\n\ne = 1\n");
        assert_eq!(applied("[a]\n\nd = 1\n", &[edit((3, 2, 3, 4), "")]).unwrap(), "[a]\n\nd 1\n");
    }

    #[test]
    fn what_overlaps_or_fits_nowhere_is_not_applied() {
        let text = "[a]\nb = 1\n";
        assert_eq!(applied(text, &[edit((2, 1, 2, 4), "c"), edit((2, 3, 2, 5), "d")]), None);
        assert_eq!(applied(text, &[edit((2, 1, 2, 9), "c")]), None);
        assert_eq!(applied(text, &[edit((5, 1, 5, 1), "c")]), None);
        let same = edit((2, 1, 2, 2), "c");
        assert_eq!(applied(text, &[same.clone(), same]).unwrap(), "[a]\nc = 1\n");
        assert_eq!(apply(b"[a]\nb = \xff\n", &[&edit((2, 1, 2, 2), "c")]), None);
    }
}

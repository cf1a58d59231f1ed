//! Text of a fixed width beside a label.

use std::borrow::Cow;
use std::fmt::{Display, Write};

/// Width of the human report, in characters.
pub(super) const WIDTH: usize = 100;

/// `label` at `indent`, then the text in lines that begin at one column. A word longer than the line stays whole, so that
/// a path or a URL can be copied.
pub(super) fn labelled(out: &mut String, indent: usize, label: &str, text: &str) {
    const LABEL: usize = 10;
    let start = out.len();
    out.extend(std::iter::repeat_n(' ', indent));
    out.push_str(label);
    out.extend(std::iter::repeat_n(' ', LABEL.saturating_sub(label.len())));
    in_lines(out, start, indent + LABEL, text);
}

/// The same with a command, which stays one line however long it is: it is there to be copied.
pub(super) fn command(out: &mut String, indent: usize, label: &str, command: &str) {
    const LABEL: usize = 10;
    let start = out.len();
    let _ = write!(out, "{:indent$}{label:LABEL$}{}", "", clean(command));
    end_line(out, start);
}

/// `lead`, which takes `column` columns on a terminal, then the text in lines that begin there.
pub(super) fn beside(out: &mut String, lead: impl Display, column: usize, text: &str) {
    let start = out.len();
    let _ = write!(out, "{lead}");
    in_lines(out, start, column, text);
}

/// The text in lines that begin at `column`, the first one behind what stands from `start` on.
fn in_lines(out: &mut String, mut start: usize, column: usize, text: &str) {
    for (nth, line) in clean(text).split('\n').enumerate() {
        for (count, piece) in broken(line, WIDTH.saturating_sub(column)).enumerate() {
            if nth + count > 0 {
                end_line(out, start);
                start = out.len();
                out.extend(std::iter::repeat_n(' ', column));
            }
            out.push_str(piece);
        }
    }
    end_line(out, start);
}

/// Ends the line that began at `start`; nothing stays behind its last word.
fn end_line(out: &mut String, start: usize) {
    let end = start + out[start..].trim_end().len();
    out.truncate(end);
    out.push('\n');
}

/// Paragraphs of prose at the full width; an empty line parts them.
pub(super) fn prose(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|paragraph| {
        let words: Vec<&str> = paragraph.split_whitespace().collect();
        broken(&words.join(" "), WIDTH).collect::<Vec<_>>().join("\n")
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// Text without what a terminal would obey: peers and files are not trusted with the screen.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    let odd = |c: char| c.is_control() && c != '\n';
    // without a way out of the loop, so that many bytes are looked at together
    let plain = text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~' | b'\n'));
    if plain || !text.contains(odd) { text.into() } else { text.replace(odd, "\u{fffd}").into() }
}

/// A line cut at the width, with a mark that there was more.
pub(super) fn cut(line: &str, width: usize) -> String {
    let line = line.replace('\t', " ");
    if line.chars().count() <= width {
        return clean(&line).into_owned();
    }
    clean(&line.chars().take(width.saturating_sub(1)).chain(['…']).collect::<String>()).into_owned()
}

/// A line in pieces of at most the width, if no word is longer; spaces at which it is cut or begins are left out.
pub(super) fn broken(line: &str, width: usize) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?.trim_start_matches(' ');
        let (piece, behind) = match space_to_break(line, width) {
            Some(at) => (&line[..at], Some(&line[at + 1..])),
            None => (line, None),
        };
        rest = behind;
        Some(piece)
    })
}

/// The space at which a line that is too long is cut: the last one within the width, else the first.
fn space_to_break(line: &str, width: usize) -> Option<usize> {
    let reach = match line.as_bytes().get(..=width)? {
        near if near.is_ascii() => width,
        _ => line.char_indices().nth(width)?.0,
    };
    let near = line.as_bytes()[..=reach].iter().rposition(|byte| *byte == b' ');
    near.or_else(|| line[reach..].find(' ').map(|at| reach + at))
}

#[cfg(test)]
mod tests {
    use super::{cut, labelled, prose};

    #[test]
    fn long_text_keeps_its_column_and_long_words_stay_whole() {
        let mut out = String::new();
        let word = "x".repeat(120);
        labelled(&mut out, 4, "cause", &format!("a {word} b"));
        assert_eq!(out, format!("    cause     a\n              {word}\n              b\n"));
    }

    #[test]
    fn prose_is_set_anew_by_paragraph() {
        assert_eq!(prose("a\nb\n\nc"), "a b\n\nc");
    }

    #[test]
    fn what_a_terminal_would_obey_is_not_printed() {
        let mut out = String::new();
        labelled(&mut out, 0, "seen", "\u{1b}[2Jgone\r");
        assert_eq!(out, "seen      \u{fffd}[2Jgone\u{fffd}\n");
        assert_eq!(cut("abcdef", 4), "abc…");
    }
}

//! Text in a picture: how wide it gets, and where it is broken so that it fits.
//!
//! No font is at hand, and which one a reader has is not known. The widths are those of DejaVu Sans, the widest of the fonts
//! that stand in for a sans serif; in any other the text ends earlier.

/// Text of a size, in units of the picture.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(ems).sum::<f64>() * size
}

/// The width of a character, in ems.
fn ems(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' => 0.3,
        ' ' | '.' | ',' | ':' | ';' | '!' | '/' | '\\' | 'I' | 'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '`' => 0.42,
        'm' | 'M' | 'W' | 'w' | '%' | '@' | '—' | '…' | '→' => 1.0,
        'a'..='z' | '0'..='9' | '-' | '_' | '"' | '*' | '?' => 0.64,
        'A'..='Z' | '=' | '+' | '<' | '>' | '~' | '#' | '$' | '&' | '{' | '}' | '·' => 0.84,
        c if c.is_ascii() => 0.84,
        // Latin letters with marks, Greek, Cyrillic
        '\u{a0}'..='\u{4ff}' => 0.9,
        _ => 1.25,
    }
}

/// Lines of at most `room`, at most `most` of them; a word that is wider than a line is broken, and what is left out is
/// marked.
pub(super) fn wrapped(text: &str, size: f64, room: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut word = word;
        loop {
            let gap = if line.is_empty() { "" } else { " " };
            if width(&line, size) + width(gap, size) + width(word, size) <= room {
                line.push_str(gap);
                line.push_str(word);
                break;
            }
            if line.is_empty() {
                let fits = fitting(word, size, room);
                lines.push(word[..fits].to_owned());
                word = &word[fits..];
            } else {
                lines.push(std::mem::take(&mut line));
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = cut(&format!("{last} …"), size, room);
        }
    }
    lines
}

/// Text of at most `room`, with a mark that there was more.
pub(super) fn cut(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let fits = fitting(text, size, room - ems('…') * size);
    format!("{}…", text[..fits].trim_end_matches([' ', '…']))
}

/// How many bytes of a text fit; one character at least.
fn fitting(text: &str, size: f64, room: f64) -> usize {
    let mut used = 0.0;
    for (at, c) in text.char_indices() {
        used += ems(c) * size;
        if used > room && at > 0 {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{cut, width, wrapped};
    use proptest::prelude::*;

    #[test]
    fn lines_fit_and_nothing_is_lost() {
        let lines = wrapped("each of ctl1 and ctl2 keeps tokens", 10.0, 100.0, 9);
        assert_eq!(lines.join(" "), "each of ctl1 and ctl2 keeps tokens");
        assert!(lines.len() > 1);
        assert_eq!(wrapped("", 10.0, 100.0, 3), Vec::<String>::new());
        let path = "x".repeat(60);
        assert_eq!(wrapped(&path, 10.0, 100.0, 9).concat(), path);
    }

    #[test]
    fn what_is_left_out_is_marked() {
        let lines = wrapped("one two three four five six seven", 10.0, 60.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines.last().unwrap().ends_with('…'), "{lines:?}");
        assert_eq!(cut("ctl1, ctl2", 10.0, 500.0), "ctl1, ctl2");
        assert!(cut("ctl1, ctl2, ctl3", 10.0, 60.0).ends_with('…'));
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_its_room(text in "\\PC{0,200}", room in 20.0f64..400.0, most in 1usize..6) {
            let lines = wrapped(&text, 12.0, room, most);
            prop_assert!(lines.len() <= most);
            for line in lines {
                prop_assert!(width(&line, 12.0) <= room || line.chars().count() <= 2, "{:?}", line);
            }
        }
    }
}

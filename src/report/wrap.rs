//! Text of a fixed width beside a label.

/// Width of the human report, in characters.
pub(super) const WIDTH: usize = 100;

/// `label` at `indent`, then the text in lines that begin at one column. A word longer than the line stays whole, so that
/// a path or a URL can be copied.
pub(super) fn labelled(out: &mut String, indent: usize, label: &str, text: &str) {
    const LABEL: usize = 10;
    beside(out, &format!("{:indent$}{label:LABEL$}", ""), indent + LABEL, text);
}

/// The same with a command, which stays one line however long it is: it is there to be copied.
pub(super) fn command(out: &mut String, indent: usize, label: &str, command: &str) {
    const LABEL: usize = 10;
    out.push_str(format!("{:indent$}{label:LABEL$}{}", "", clean(command)).trim_end());
    out.push('\n');
}

/// `lead`, which takes `column` columns on a terminal, then the text in lines that begin there.
pub(super) fn beside(out: &mut String, lead: &str, column: usize, text: &str) {
    let text = clean(text);
    let mut lines = text.split('\n').flat_map(|line| broken(line, WIDTH.saturating_sub(column)));
    let first = lines.next().unwrap_or_default();
    out.push_str(format!("{lead}{first}").trim_end());
    out.push('\n');
    for line in lines {
        out.push_str(format!("{:column$}{line}", "").trim_end());
        out.push('\n');
    }
}

/// Paragraphs of prose at the full width; an empty line parts them.
pub(super) fn prose(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|paragraph| {
        let words: Vec<&str> = paragraph.split_whitespace().collect();
        broken(&words.join(" "), WIDTH).join("\n")
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// Text without what a terminal would obey: peers and files are not trusted with the screen.
pub(super) fn clean(text: &str) -> String {
    let odd = |c: char| c.is_control() && c != '\n';
    if text.contains(odd) { text.replace(odd, "\u{fffd}") } else { text.to_owned() }
}

/// A line cut at the width, with a mark that there was more.
pub(super) fn cut(line: &str, width: usize) -> String {
    let line = line.replace('\t', " ");
    if line.chars().count() <= width {
        return clean(&line);
    }
    clean(&line.chars().take(width.saturating_sub(1)).chain(['…']).collect::<String>())
}

/// A line in pieces of at most the width, if no word is longer.
pub(super) fn broken(line: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut last = String::new();
    let mut used = 0;
    for word in line.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            lines.push(std::mem::take(&mut last));
            used = 0;
        } else if used > 0 {
            last.push(' ');
            used += 1;
        }
        last.push_str(word);
        used += length;
    }
    lines.push(last);
    lines
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

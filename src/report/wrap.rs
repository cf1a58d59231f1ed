//! Text of a fixed width beside a label.

/// Width of the human report, in characters.
const WIDTH: usize = 100;

/// `label` at `indent`, then the text in lines that begin at one column. A word longer than the line stays whole, so that
/// a path or a URL can be copied.
pub(crate) fn labelled(out: &mut String, indent: usize, label: &str, text: &str) {
    const LABEL: usize = 10;
    let column = indent + LABEL;
    let mut lines = text.split('\n').flat_map(|line| broken(line, WIDTH.saturating_sub(column)));
    let first = lines.next().unwrap_or_default();
    out.push_str(&format!("{:indent$}{label:LABEL$}{first}", "").trim_end().to_owned());
    out.push('\n');
    for line in lines {
        out.push_str(format!("{:column$}{line}", "").trim_end());
        out.push('\n');
    }
}

fn broken(line: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in line.split(' ') {
        let last = lines.len() - 1;
        let used = lines[last].chars().count();
        if used > 0 && used + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if used > 0 {
                lines[last].push(' ');
            }
            lines[last].push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::labelled;

    #[test]
    fn long_text_keeps_its_column_and_long_words_stay_whole() {
        let mut out = String::new();
        let word = "x".repeat(120);
        labelled(&mut out, 4, "cause", &format!("a {word} b"));
        assert_eq!(out, format!("    cause     a\n              {word}\n              b\n"));
    }
}

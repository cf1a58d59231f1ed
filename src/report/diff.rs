//! A unified diff of two texts of one file, printing of each line only what may be shown.
//!
//! Lines are compared as they are and printed as they may be, so that the places hold although a secret is masked. Limits: a
//! diff with a masked line is for the eye; no program can apply it.

use similar::udiff::UnifiedHunkHeader;
use similar::{Algorithm, ChangeTag, DiffOp, capture_diff_slices, group_diff_ops};
use std::fmt::Write as _;

/// Lines around a change.
const AROUND: usize = 3;

/// One line.
pub struct Line {
    /// As it is, with what ends it.
    pub text: String,
    /// What may be printed of it, without an end.
    pub shown: String,
}

/// The diff; empty if nothing differs.
pub fn render(path: &str, before: &[Line], after: &[Line]) -> String {
    let texts = |lines: &[Line]| lines.iter().map(|line| line.text.clone()).collect::<Vec<_>>();
    let ops = capture_diff_slices(Algorithm::Myers, &texts(before), &texts(after));
    let mut out = String::new();
    for hunk in group_diff_ops(ops, AROUND).iter().filter(|hunk| !hunk.is_empty()) {
        if out.is_empty() {
            let _ = writeln!(out, "--- {path}\n+++ {path}");
        }
        let _ = writeln!(out, "{}", UnifiedHunkHeader::new(hunk));
        for op in hunk {
            changes(&mut out, op, before, after);
        }
    }
    out
}

fn changes(out: &mut String, op: &DiffOp, before: &[Line], after: &[Line]) {
    let (tag, old, new) = op.as_tag_tuple();
    let kept = tag == similar::DiffTag::Equal;
    let lines = |range: std::ops::Range<usize>, lines: &'_ [Line], tag: ChangeTag, out: &mut String| {
        for line in lines.get(range).unwrap_or_default() {
            let end = line.text.ends_with(['\n', '\r']);
            let carriage = if line.text.ends_with("\r\n") { "\r" } else { "" };
            let _ = writeln!(out, "{tag}{}{carriage}", line.shown);
            if !end {
                out.push_str("\\ No newline at end of file\n");
            }
        }
    };
    if kept {
        lines(old, before, ChangeTag::Equal, out);
    } else {
        lines(old, before, ChangeTag::Delete, out);
        lines(new, after, ChangeTag::Insert, out);
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, render};

    fn lines(text: &str) -> Vec<Line> {
        let line = |text: &str| Line { text: text.to_owned(), shown: text.trim_end().replace("S3CRET", "***") };
        text.split_inclusive('\n').map(line).collect()
    }

    #[test]
    fn lines_are_compared_as_they_are_and_printed_as_they_may_be() {
        let before = lines("[a]\nb = S3CRET-1\nc = 1\nd = 2\ne = 3\nf = 4\ng = 5");
        let after = lines("[a]\nb = S3CRET-1\nx = 1\nd = 2\ne = 3\nf = 4\ng = 5\n");
        let wanted = "--- nova.conf\n+++ nova.conf\n@@ -1,7 +1,7 @@\n [a]\n b = ***-1\n-c = 1\n+x = 1\n d = 2\n e = 3\n f = 4\n-g = 5\n\\ No newline at end of file\n+g = 5\n";
        assert_eq!(render("nova.conf", &before, &after), wanted);
        assert_eq!(render("nova.conf", &before, &lines("[a]\nb = S3CRET-1\nc = 1\nd = 2\ne = 3\nf = 4\ng = 5")), "");
    }
}

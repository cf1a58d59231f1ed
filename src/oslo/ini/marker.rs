//! Comments that speak to vncdoctor: `# vncdoctor: ignore cause-id[, cause-id]` on a line of its own, directly above what it
//! is about. oslo.config sees a comment like any other.
//!
//! What is read: `#` or `;` in the first column, `ignore`, `allow` or `disable` in any case, ids behind a space, a colon, an
//! equals sign or in brackets, parted by commas or spaces, `_` for `-`; a reason behind ` -- `, `(`, `#`, `;` or the closing
//! bracket. Words that can be no id are not kept: a comment may say anything. A file without `vncdoctor:` costs one search.

use super::reader::lines;
use memchr::memmem;
use serde::{Deserialize, Serialize};
use strsim::damerau_levenshtein;

/// What every such comment holds.
const CALL: &str = "vncdoctor:";
/// What it may ask for; all mean the same.
const VERBS: [&str; 5] = ["ignore", "allow", "disable", "suppress", "skip"];
/// Longest word kept, in bytes.
const LONGEST: usize = 64;

/// One such comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// its line
    pub line: u32,
    /// first line of what stands below it; absent when nothing does
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u32>,
    /// last line of that: an assignment takes its indented lines with it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<u32>,
    /// the ids as written, lower case with `-`; a word that can be no id is [`Marker::NO_ID`]
    pub ids: Vec<String>,
    /// it asks for something else, which looks like a slip of the pen
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub misspelt: bool,
}

impl Marker {
    /// Stands for a word that can be no id.
    pub const NO_ID: &str = "***";

    /// Whether a line belongs to what stands below the comment.
    pub fn covers(&self, line: u32) -> bool {
        matches!((self.first, self.last), (Some(first), Some(last)) if (first..=last).contains(&line))
    }
}

/// Every such comment of a file, in order.
pub(super) fn markers(text: &str) -> Vec<Marker> {
    if memmem::find(text.as_bytes(), CALL.as_bytes()).is_none() {
        return Vec::new();
    }
    let mut found: Vec<Marker> = Vec::new();
    // markers from here on wait for what stands below them; those before, from `open` on, for its last line
    let mut waiting = 0;
    let mut open = 0;
    for (number, line) in (1u32..).zip(lines(text)) {
        if line.starts_with(['#', ';']) {
            open = waiting;
            found.extend(asked(line).map(|asked| {
                let (misspelt, ids) = match asked {
                    Asked::ToIgnore(ids) => (false, ids),
                    Asked::Misspelt => (true, Vec::new()),
                };
                Marker { line: number, first: None, last: None, ids, misspelt }
            }));
        } else if line.trim().is_empty() {
            // directly above: an empty line parts them
            waiting = found.len();
            open = waiting;
        } else if line.starts_with([' ', '\t']) && waiting == found.len() {
            found[open..].iter_mut().for_each(|marker| marker.last = Some(number));
        } else {
            open = waiting;
            found[open..].iter_mut().for_each(|marker| (marker.first, marker.last) = (Some(number), Some(number)));
            waiting = found.len();
        }
    }
    found
}

/// What a comment asks for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    /// to ignore these ids
    ToIgnore(Vec<String>),
    /// something near it
    Misspelt,
}

/// What a comment asks for; `None` if it is a comment like any other.
fn asked(comment: &str) -> Option<Asked> {
    let text = comment.trim_start_matches(['#', ';', '!']).trim_start().strip_prefix(CALL)?.trim_start();
    let verb = text.find(|c: char| !c.is_ascii_alphabetic()).map_or(text, |end| &text[..end]);
    let distance = |known: &str| damerau_levenshtein(known, &verb.to_ascii_lowercase());
    let near = VERBS.iter().find(|known| distance(known) <= known.len() / 3)?;
    Some(if distance(near) == 0 { Asked::ToIgnore(ids(&text[verb.len()..])) } else { Asked::Misspelt })
}

/// The ids behind the verb.
fn ids(text: &str) -> Vec<String> {
    let rest = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '='));
    let list = match rest.strip_prefix(['[', '(']) {
        Some(inside) => inside.split([']', ')']).next().unwrap_or_default(),
        None => rest.split(" -- ").next().unwrap_or_default().split(['(', '#', ';']).next().unwrap_or_default(),
    };
    let words = list.split(|c: char| c == ',' || c.is_whitespace()).map(|word| word.trim_matches(['"', '\'', '`']));
    words.filter(|word| !word.is_empty()).map(id).collect()
}

/// A word as an id, as far as it can be one: words of letters, a digit at their end at most, with dashes between. A
/// password is rarely so.
fn id(word: &str) -> String {
    let plain = |part: &str| {
        let letters = part.strip_suffix(|c: char| c.is_ascii_digit()).unwrap_or(part);
        !letters.is_empty() && letters.chars().all(|c| c.is_ascii_alphabetic())
    };
    let several = word.contains(['-', '_']) && word.len() <= LONGEST;
    let known = several && word.split(['-', '_']).all(plain);
    if known { word.to_ascii_lowercase().replace('_', "-") } else { Marker::NO_ID.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Marker, asked, markers};

    fn ids(comment: &str) -> Vec<String> {
        match asked(comment) {
            Some(Asked::ToIgnore(ids)) => ids,
            _ => Vec::new(),
        }
    }

    fn spans(text: &str) -> Vec<(u32, Option<u32>, Option<u32>)> {
        markers(text).iter().map(|marker| (marker.line, marker.first, marker.last)).collect()
    }

    #[test]
    fn every_way_of_writing_it_is_read() {
        for comment in [
            "# vncdoctor: ignore a-b, c-d",
            "#vncdoctor:ignore a-b c-d",
            "; vncdoctor: allow[a-b,c-d] the vendor says so",
            "## vncdoctor: Disable = a_b, C-D",
            "# vncdoctor: ignore: a-b, c-d -- until the next window",
            "# vncdoctor: ignore (a-b, c-d)",
            "# vncdoctor: ignore `a-b` \"c-d\" (see the ticket)",
        ] {
            assert_eq!(ids(comment), ["a-b", "c-d"], "{comment}");
        }
        for comment in
            ["# vncdoctor says a-b", "# vncdoctor: all is well", "# see vncdoctor: ignore a-b", "# ignore a-b"]
        {
            assert_eq!(asked(comment), None, "{comment}");
        }
        assert_eq!(ids("# vncdoctor: ignore"), Vec::<String>::new());
        for comment in ["# vncdoctor: ingore a-b", "# vncdoctor: disabled a-b", "# vncdoctor: ignroe[a-b]"] {
            assert_eq!(asked(comment), Some(Asked::Misspelt), "{comment}");
        }
    }

    #[test]
    fn words_that_can_be_no_id_are_not_kept() {
        let kept = ids("# vncdoctor: ignore hunter2 Pa55-word pa:ss-word pass-12 a-b ipv6-address");
        let none = Marker::NO_ID;
        assert_eq!(kept, [none, none, none, none, "a-b", "ipv6-address"]);
    }

    #[test]
    fn what_stands_directly_below_is_meant() {
        let one = |above: &str, below: &str| spans(&format!("[a]\n{above}# vncdoctor: ignore a-b\n{below}"));
        assert_eq!(one("", "x = 1\ny = 2\n"), [(2, Some(3), Some(3))]);
        assert_eq!(one("", "x = 1,\n  2\n\t3\ny = 2\n"), [(2, Some(3), Some(5))]);
        assert_eq!(one("", "# more words\nx = 1\n"), [(2, Some(4), Some(4))]);
        assert_eq!(one("# vncdoctor: ignore c-d\n", "x = 1\n"), [(2, Some(4), Some(4)), (3, Some(4), Some(4))]);
        assert_eq!(one("x =\n", "  1\n"), [(3, Some(4), Some(4))]);
        assert_eq!(one("", "\nx = 1\n"), [(2, None, None)]);
        assert_eq!(one("", "[b]\n"), [(2, Some(3), Some(3))]);
        assert_eq!(one("", ""), [(2, None, None)]);
        assert_eq!(one("", "x = 1\n# note\n  2\n"), [(2, Some(3), Some(3))]);
    }

    #[test]
    fn an_indented_one_is_part_of_the_value_above() {
        assert_eq!(spans("[a]\nx = 1\n # vncdoctor: ignore a-b\ny = 2\n"), []);
    }
}

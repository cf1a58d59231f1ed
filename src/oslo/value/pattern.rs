//! The few regular expressions that nova's options carry, by hand: a regular expression engine is not needed for five.

/// Whether the text matches one of the expressions in the option table, searched as oslo.config does (unanchored).
///
/// An expression that is not known here matches everything; a test holds that the table has none.
pub(super) fn matches(expression: &str, text: &str) -> bool {
    match expression {
        r"(hour|month|day|year)(@([0-9]+))?" => PERIODS.iter().any(|p| text.contains(p)),
        r"^(hour|month|day|year)(@([0-9]+))?$" => {
            let text = text.strip_suffix('\n').unwrap_or(text);
            let (period, offset) = text.split_once('@').unwrap_or((text, "0"));
            PERIODS.contains(&period) && !offset.is_empty() && offset.bytes().all(|b| b.is_ascii_digit())
        }
        r"\d+:\d+" => colon_pairs(text).any(|(a, b)| a.ends_with(is_digit) && b.starts_with(is_digit)),
        r"^\d+:\d+$" => {
            let text = text.strip_suffix('\n').unwrap_or(text);
            let all = |t: &str| !t.is_empty() && t.chars().all(is_digit);
            text.split_once(':').is_some_and(|(a, b)| all(a) && all(b))
        }
        r"(\w+):(\w+):(.*?)" => colon_pairs(text).any(|(a, b)| {
            a.ends_with(is_word) && b.starts_with(is_word) && b.trim_start_matches(is_word).starts_with(':')
        }),
        r"^\w+:\w*:.*$" => catalog(text, is_word),
        r"^[\w-]+:\w*:.*$" => catalog(text, |c| is_word(c) || c == '-'),
        "^[a-zA-Z0-9_.-]*$" => text.strip_suffix('\n').unwrap_or(text).chars().all(is_key),
        "^[a-zA-Z0-9_.-]+$" => {
            let text = text.strip_suffix('\n').unwrap_or(text);
            !text.is_empty() && text.chars().all(is_key)
        }
        _ => true,
    }
}

/// The expressions known here.
#[cfg(test)]
pub(crate) const KNOWN: [&str; 9] = [
    r"(hour|month|day|year)(@([0-9]+))?",
    r"^(hour|month|day|year)(@([0-9]+))?$",
    r"\d+:\d+",
    r"^\d+:\d+$",
    r"(\w+):(\w+):(.*?)",
    r"^\w+:\w*:.*$",
    r"^[\w-]+:\w*:.*$",
    "^[a-zA-Z0-9_.-]*$",
    "^[a-zA-Z0-9_.-]+$",
];

const PERIODS: [&str; 4] = ["hour", "month", "day", "year"];

fn is_digit(c: char) -> bool {
    c.is_numeric()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

/// The text before and behind each colon.
fn colon_pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.match_indices(':').map(|(at, _)| (&text[..at], &text[at + 1..]))
}

/// `type:name:interface` on one line.
fn catalog(text: &str, in_type: impl Fn(char) -> bool) -> bool {
    let mut pieces = text.splitn(3, ':');
    let (Some(kind), Some(name), Some(rest)) = (pieces.next(), pieces.next(), pieces.next()) else {
        return false;
    };
    let rest = rest.strip_suffix('\n').unwrap_or(rest);
    !kind.is_empty() && kind.chars().all(in_type) && name.chars().all(is_word) && !rest.contains('\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_match_as_written() {
        for (expression, good, bad) in [
            (KNOWN[0], "xmonthx", "week"),
            (KNOWN[1], "day@3", "day@"),
            (KNOWN[2], "x1:2x", "a:b"),
            (KNOWN[3], "10000:20000", "10000:20000x"),
            (KNOWN[4], "volumev3:cinderv3:publicURL", "volumev3::publicURL"),
            (KNOWN[5], "volumev3::publicURL", "block-storage::publicURL"),
            (KNOWN[6], "block-storage::publicURL", "::"),
            (KNOWN[7], "", "a b"),
            (KNOWN[8], "a.b-c", ""),
        ] {
            assert!(matches(expression, good), "{expression} {good}");
            assert!(!matches(expression, bad), "{expression} {bad}");
        }
    }
}

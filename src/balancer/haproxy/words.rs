//! One line of HAProxy's into words.

/// The words of a line with the columns of its first character and behind its last one; `None` for a line without any.
/// Quotes and backslashes are undone, `#` begins a comment where it is not quoted.
pub(super) fn split(line: &str) -> Option<(Vec<String>, u32, u32)> {
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let (mut first, mut last) = (0, 0);
    let mut chars = line.chars().enumerate().peekable();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (None, '#') => break,
            (None, c) if c.is_whitespace() => {
                words.extend(word.take());
                continue;
            }
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '\\') => {
                if let Some((_, escaped)) = chars.next() {
                    word.get_or_insert_default().push(escaped);
                }
            }
            (_, c) => word.get_or_insert_default().push(c),
        }
        if words.is_empty() && word.as_ref().is_some_and(|word| word.chars().count() <= 1) && first == 0 {
            first = at + 1;
        }
        last = at + 2;
    }
    words.extend(word);
    let column = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    (!words.is_empty()).then(|| (words, column(first.max(1)), column(last)))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn words_are_split_as_haproxy_does() {
        let words = |line: &str| split(line).map(|(words, ..)| words.join("|"));
        assert_eq!(words("  bind *:6080 ssl # tls"), Some("bind|*:6080|ssl".into()));
        assert_eq!(
            words(r#"option httpchk GET "/a b" 'c"d' e\ f \#g"#),
            Some("option|httpchk|GET|/a b|c\"d|e f|#g".into())
        );
        assert_eq!(words("   # nothing"), None);
        assert_eq!(split("  mode http  ").map(|(_, first, end)| (first, end)), Some((3, 12)));
    }
}

//! Text as XML takes it.

/// Text for an attribute or an element; what XML 1.0 has no character for is replaced.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            _ if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_xml_would_obey_is_escaped() {
        assert_eq!(escaped("a<b>&\"]]>\n\u{1}\u{ffff}"), "a&lt;b&gt;&amp;&quot;]]&gt;&#10;\u{fffd}\u{fffd}");
    }
}

//! Python's idea of text, where it differs from Rust's: white space, decimal digits, `str()` of a value.
//!
//! oslo.config leaves stripping, number reading and string formatting to Python, so a reader that must agree with it
//! has to agree with `str.strip`, `int`, `float` and `str` first. Facts: `CPython 3.9 and 3.11`, `Objects/unicodectype.c`.

/// Whether Python's `str.strip()` removes this character.
///
/// Unicode white space plus the four information separators U+001C to U+001F.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// `str.strip()`.
pub(crate) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `str.rstrip()`.
pub(crate) fn rstrip(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

/// `str.lstrip()`.
pub(crate) fn lstrip(text: &str) -> &str {
    text.trim_start_matches(is_space)
}

/// The zero of each run of ten decimal digits outside ASCII that `int()` and `float()` read.
const ZEROS: &[u32] = &[
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
    0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0,
    0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0,
    0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16b50,
    0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

/// The text as `int()` and `float()` see it: stripped, every decimal digit in ASCII, underscores between digits gone.
///
/// `None` when an underscore stands anywhere else or a character can be part of no number.
pub(crate) fn number(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut underscore = false;
    for c in strip(text).chars() {
        if c == '_' {
            if underscore || !out.ends_with(|p: char| p.is_ascii_digit()) {
                return None;
            }
            underscore = true;
            continue;
        }
        let c = ascii_digit(c);
        if !c.is_ascii() || (underscore && !c.is_ascii_digit()) {
            return None;
        }
        underscore = false;
        out.push(c);
    }
    (!underscore && !out.is_empty()).then_some(out)
}

fn ascii_digit(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    let code = u32::from(c);
    let zero = ZEROS[..ZEROS.partition_point(|&z| z <= code)].last();
    zero.and_then(|z| char::from_digit(code - z, 10)).unwrap_or(c)
}

/// `repr()` of a string: the quotes Python chooses and its escapes.
///
/// Characters outside ASCII count as printable unless they are controls or white space; Python's table of unassigned
/// code points is not carried.
pub(crate) fn repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            ' ' => out.push(' '),
            c if c.is_control() || is_space(c) || matches!(c, '\u{ad}' | '\u{feff}' | '\u{200b}'..='\u{200f}') => {
                let code = u32::from(c);
                let escape = if code < 0x100 { format!("\\x{code:02x}") } else { format!("\\u{code:04x}") };
                out.push_str(&escape);
            }
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// `repr()` of a float: shortest digits that read back, an exponent below 1e-4 and from 1e16 on.
pub(crate) fn float(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf".to_owned() } else { "-inf".to_owned() };
    }
    if value != 0.0 && !(1e-4..1e16).contains(&value.abs()) {
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, power) = exponent.strip_prefix('-').map_or(("+", exponent), |p| ("-", p));
        return format!("{digits}e{sign}{power:0>2}");
    }
    format!("{value:?}")
}

/// `==` for the compiler.
pub(crate) const fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && holds_at(a.as_bytes(), b.as_bytes(), 0)
}

/// `str::contains` for the compiler.
pub(crate) const fn contains(text: &str, word: &str) -> bool {
    let mut at = 0;
    while at + word.len() <= text.len() {
        if holds_at(text.as_bytes(), word.as_bytes(), at) {
            return true;
        }
        at += 1;
    }
    false
}

/// `str::ends_with` for the compiler.
pub(crate) const fn ends_with(text: &str, end: &str) -> bool {
    end.len() <= text.len() && holds_at(text.as_bytes(), end.as_bytes(), text.len() - end.len())
}

const fn holds_at(text: &[u8], word: &[u8], at: usize) -> bool {
    let mut nth = 0;
    while nth < word.len() {
        if text[at + nth] != word[nth] {
            return false;
        }
        nth += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compilers_words_are_those_of_str() {
        for (text, word) in [("memcache", "cache"), ("cache", "memcache"), ("key", "key"), ("", ""), ("a", "")] {
            assert_eq!(same(text, word), text == word);
            assert_eq!(contains(text, word), text.contains(word));
            assert_eq!(ends_with(text, word), text.ends_with(word));
        }
    }

    #[test]
    fn numbers_read_as_python_reads_them() {
        assert_eq!(number(" 1_000 ").as_deref(), Some("1000"));
        assert_eq!(number("６０８０").as_deref(), Some("6080"));
        assert_eq!(number("-٥").as_deref(), Some("-5"));
        for bad in ["", "_1", "1_", "1__0", "1_.5", "é"] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }

    #[test]
    fn floats_print_as_python_prints_them() {
        for (value, text) in
            [(5.0, "5.0"), (0.5, "0.5"), (1e16, "1e+16"), (1e-5, "1e-05"), (-0.0, "-0.0"), (1.5e300, "1.5e+300")]
        {
            assert_eq!(float(value), text);
        }
    }

    #[test]
    fn strings_repr_as_python_does() {
        assert_eq!(repr("a'b"), "\"a'b\"");
        assert_eq!(repr("a'\"b"), "'a\\'\"b'");
        assert_eq!(repr("x\ny"), "'x\\ny'");
        assert_eq!(repr("\u{a0}"), "'\\xa0'");
    }
}

//! Text as pickle's protocol 0 escapes it.

/// The inside of `'...'` or `"..."`.
pub(super) fn quoted(line: &[u8]) -> Option<&[u8]> {
    match line {
        [open @ (b'\'' | b'"'), inner @ .., close] if open == close => Some(inner),
        _ => None,
    }
}

/// Python 2's `string_escape`: backslash with quote, letter, `xHH` or up to three octal digits.
pub(super) fn string_unescaped(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            plain.push(byte);
            continue;
        }
        let Some((&escape, after)) = rest.split_first() else {
            break;
        };
        rest = after;
        match escape {
            b'n' => plain.push(b'\n'),
            b't' => plain.push(b'\t'),
            b'r' => plain.push(b'\r'),
            b'a' => plain.push(7),
            b'b' => plain.push(8),
            b'v' => plain.push(11),
            b'f' => plain.push(12),
            b'\\' | b'\'' | b'"' => plain.push(escape),
            b'x' => {
                let code = rest.get(..2).and_then(|digits| from_radix(digits, 16));
                plain.push(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(b'?'));
                rest = rest.get(2..).unwrap_or_default();
            }
            b'0'..=b'7' => {
                let more = rest.iter().take(2).take_while(|digit| (b'0'..=b'7').contains(digit)).count();
                let digits: Vec<u8> = std::iter::once(escape).chain(rest.iter().copied().take(more)).collect();
                plain.push((from_radix(&digits, 8).unwrap_or_default() & 0xff) as u8);
                rest = rest.get(more..).unwrap_or_default();
            }
            other => plain.extend([b'\\', other]),
        }
    }
    plain
}

/// `raw-unicode-escape`: Latin-1 with `\uXXXX` and `\UXXXXXXXX`, into UTF-8.
pub(super) fn unicode_unescaped(text: &[u8]) -> Vec<u8> {
    let mut plain = String::with_capacity(text.len());
    let mut high: Option<u32> = None;
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        let width = match (byte, after.first()) {
            (b'\\', Some(b'u')) => 4,
            (b'\\', Some(b'U')) => 8,
            _ => 0,
        };
        let code = if width == 0 { None } else { after.get(1..=width).and_then(|digits| from_radix(digits, 16)) };
        let Some(code) = code else {
            high = None;
            plain.push(char::from(byte));
            rest = after;
            continue;
        };
        rest = after.get(width + 1..).unwrap_or_default();
        // python 2 on narrow builds writes two halves
        match (high.take(), code) {
            (Some(first), 0xdc00..=0xdfff) => {
                let joined = 0x1_0000 + ((first - 0xd800) << 10) + (code - 0xdc00);
                plain.push(char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            (_, 0xd800..=0xdbff) => high = Some(code),
            _ => plain.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
    }
    plain.into_bytes()
}

fn from_radix(digits: &[u8], radix: u32) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok()?;
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u32::from_str_radix(digits, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_2_writes() {
        // repr() of bytes 0x00, newline, both quotes, backslash, e acute in UTF-8
        assert_eq!(quoted(b"'a'"), Some(b"a".as_slice()));
        assert_eq!(quoted(b"\"it's\""), Some(b"it's".as_slice()));
        assert_eq!(quoted(b"'a"), None);
        assert_eq!(quoted(b"'"), None);
        let escaped = br#"\x00\n\'\"\\\xc3\xa9\101\q"#;
        assert_eq!(string_unescaped(escaped), b"\x00\n'\"\\\xc3\xa9A\\q");
        assert_eq!(string_unescaped(b"\\"), b"");
        assert_eq!(string_unescaped(b"\\x4"), b"?");
    }

    #[test]
    fn what_python_3_writes() {
        assert_eq!(unicode_unescaped(b"a\xe9\\u005c\\u000a\\u20ac"), "aé\\\n€".as_bytes());
        assert_eq!(unicode_unescaped(b"\\U0001f600"), "😀".as_bytes());
        assert_eq!(unicode_unescaped(b"\\ud83d\\ude00"), "😀".as_bytes());
        assert_eq!(unicode_unescaped(b"\\u12"), b"\\u12");
    }
}

//! `$name` in values: `string.Template` as `cfg.ConfigOpts` uses it.
//!
//! `$name`, `${name}`, `$group.name` and `${group.name}` are replaced, `$$` and `\$` are a dollar sign, any other `$` stays.
//! The identifier may hold dots, so `$my_ip.example` asks for option `example` of group `my_ip`. This file knows the syntax
//! only; what a name means is asked from the caller ([`super::config`]).

use super::value::{Refusal, Value};
use std::borrow::Cow;

/// The longest text that is built; beyond it the result counts as unknown. Doubling references would fill any memory.
const LONGEST: usize = 1 << 20;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolved<T> {
    /// this
    Known(T),
    /// it depends on what has not been seen, namely
    Unknown(String),
}

/// A piece of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// text as it is
    Text(String),
    /// a name to look up
    Name(String),
}

/// Cuts a value into text and names.
pub fn pieces(text: &str) -> Vec<Piece> {
    // oslo.config does this before anything else is looked at
    let text = if text.contains('\\') { text.replace("\\$", "$$").into() } else { Cow::Borrowed(text) };
    let mut out = Vec::new();
    let mut plain = String::new();
    let mut rest = text.as_ref();
    while let Some((before, after)) = rest.split_once('$') {
        plain.push_str(before);
        let braced = || after.strip_prefix('{').and_then(identifier);
        if let Some(after) = after.strip_prefix('$') {
            plain.push('$');
            rest = after;
        } else if let Some(name) = identifier(after) {
            out.push(Piece::Text(std::mem::take(&mut plain)));
            out.push(Piece::Name(name.to_owned()));
            rest = &after[name.len()..];
        } else if let Some(name) = braced().filter(|n| after[n.len() + 1..].starts_with('}')) {
            out.push(Piece::Text(std::mem::take(&mut plain)));
            out.push(Piece::Name(name.to_owned()));
            rest = &after[name.len() + 2..];
        } else {
            plain.push('$');
            rest = after;
        }
    }
    plain.push_str(rest);
    out.push(Piece::Text(plain));
    out.retain(|p| *p != Piece::Text(String::new()));
    out
}

/// `[_a-z][._a-z0-9]*` without case; four letters outside ASCII match `[a-z]` then.
fn identifier(text: &str) -> Option<&str> {
    let letter =
        |c: char| c == '_' || c.is_ascii_alphabetic() || matches!(c, '\u{130}' | '\u{131}' | '\u{17f}' | '\u{212a}');
    let end = text.find(|c: char| !(letter(c) || c == '.' || c.is_ascii_digit())).unwrap_or(text.len());
    text.starts_with(letter).then(|| &text[..end])
}

/// Replaces every name. `resolve` gives the value of one.
///
/// # Errors
/// The first refusal of `resolve`; oslo.config raises there too.
pub fn substitute(
    text: &str,
    mut resolve: impl FnMut(&str) -> Result<Resolved<Value>, Refusal>,
) -> Result<Resolved<String>, Refusal> {
    if !text.contains('$') {
        return Ok(Resolved::Known(text.to_owned()));
    }
    let mut out = String::with_capacity(text.len());
    let mut unknown = None;
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => out.push_str(&text),
            Piece::Name(name) => match resolve(&name)? {
                Resolved::Known(value) => out.push_str(&value.text()),
                Resolved::Unknown(why) => unknown = unknown.or(Some(why)),
            },
        }
        if out.len() > LONGEST {
            out.clear();
            unknown = unknown.or_else(|| Some("longer than a mebibyte after replacing its names".to_owned()));
        }
    }
    Ok(match unknown {
        Some(why) => Resolved::Unknown(why),
        None => Resolved::Known(out),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn shown(text: &str) -> String {
        let resolve = |name: &str| Ok(Resolved::Known(Value::Text(format!("<{name}>"))));
        match substitute(text, resolve).unwrap() {
            Resolved::Known(text) => text,
            Resolved::Unknown(why) => why,
        }
    }

    #[test]
    fn names_and_dollar_signs() {
        for (text, want) in [
            ("$a:$b", "<a>:<b>"),
            ("${a}b", "<a>b"),
            ("${g.a}/$g.b.c", "<g.a>/<g.b.c>"),
            ("$$a \\$a $", "$a $a $"),
            ("$1 ${1} ${a ${b}", "$1 ${1} ${a <b>"),
            ("\\\\$a", "\\$a"),
            ("\\$$a", "$<a>"),
            ("$\\$a", "$<a>"),
            ("$Kelvin", "<Kelvin>"),
            ("$é", "$é"),
        ] {
            assert_eq!(shown(text), want, "{text}");
        }
    }
}

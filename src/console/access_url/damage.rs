//! What happens to a console URL between nova and the browser's address bar, and how the text is mended.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One kind of damage. A URL with any of them may open nothing; what was meant is used all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Damage {
    /// Words or signs before the URL.
    LeadingText,
    /// Quotes or brackets around the URL.
    Wrapped,
    /// Words after the URL.
    FollowingText,
    /// White space or a line break inside.
    Whitespace,
    /// Characters that do not show, as chat programs insert them.
    InvisibleCharacter,
    /// A typographic dash in place of a hyphen.
    TypographicDash,
    /// `&amp;` and the like from HTML source.
    HtmlEscaped,
    /// Backslashes: from a Windows path, or escapes of a shell.
    Backslash,
    /// No scheme: the browser guesses, and nova compares it with the Origin.
    MissingScheme,
    /// Not exactly `://` after the scheme.
    SchemeSlashes,
    /// A user name or password before the host.
    Userinfo,
    /// An IPv6 address without brackets.
    UnbracketedIpv6,
    /// The path starts with `//`: nova refuses it with HTTP 400 (21.2.3, 22.3.0, 23.0.2 and 24 on).
    DoubleSlash,
    /// `%253F` or `%253D`: encoded twice, so that the page asks for a path without any token.
    DoubleEncoded,
    /// `%3F` in place of the first `?`: everything after it belongs to the page's name.
    EncodedQuestionMark,
    /// `token%3D` in place of `token=`.
    EncodedEquals,
    /// A percent sign without two hex digits behind it: the page stops with an error.
    BrokenPercent,
    /// A second `?` in place of `&`, from a base URL with arguments of its own (before 31).
    SecondQuestionMark,
    /// `path=token%3D...` without `%3F`: the token becomes the name of a path.
    PathWithoutQuestionMark,
    /// `path=` on a console that is no novnc (18.2.3 and 19.0.2 made such).
    PathOnOtherConsole,
    /// The token lies behind a `#`, which a browser does not send.
    Fragment,
    /// The token is there twice, the same.
    TokenTwice,
    /// Two different tokens; the last one counts.
    TokensDiffer,
    /// The token ends too early.
    TruncatedToken,
    /// Quotes, brackets or punctuation stick to the token.
    TrailingJunk,
    /// The token is in capitals; nova looks it up as it is.
    CapitalToken,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LeadingText => "there is text before the url",
            Self::Wrapped => "the url is enclosed in quotes or brackets",
            Self::FollowingText => "there is text after the url",
            Self::Whitespace => "the url has white space or a line break inside",
            Self::InvisibleCharacter => "the url has invisible characters inside",
            Self::TypographicDash => "the url has a typographic dash in place of a hyphen",
            Self::HtmlEscaped => "the url is escaped as html (&amp; in place of &)",
            Self::Backslash => "the url has backslashes",
            Self::MissingScheme => "the url has no scheme",
            Self::SchemeSlashes => "the scheme of the url is not followed by ://",
            Self::Userinfo => "the url has a user name before its host",
            Self::UnbracketedIpv6 => "the ipv6 address in the url has no brackets",
            Self::DoubleSlash => "the path of the url starts with //",
            Self::DoubleEncoded => "the url is percent-encoded twice (%253F in place of %3F)",
            Self::EncodedQuestionMark => "the first ? of the url is percent-encoded",
            Self::EncodedEquals => "the = after token is percent-encoded",
            Self::BrokenPercent => "the url has a percent sign without two hex digits",
            Self::SecondQuestionMark => "the url has a second ? in place of &",
            Self::PathWithoutQuestionMark => "the path argument has no %3F before token",
            Self::PathOnOtherConsole => "the url carries its token in path, which only novnc reads",
            Self::Fragment => "the token stands behind a #, which a browser does not send",
            Self::TokenTwice => "the token is in the url twice",
            Self::TokensDiffer => "the url has two different tokens",
            Self::TruncatedToken => "the token in the url is cut off",
            Self::TrailingJunk => "the token in the url has other characters around it",
            Self::CapitalToken => "the token in the url is in capitals",
        })
    }
}

/// Notes a damage once, in reading order.
pub(super) fn note(damages: &mut Vec<Damage>, damage: Damage) {
    if !damages.contains(&damage) {
        damages.push(damage);
    }
}

/// Undoes what copying does to a text as a whole; white space stays.
pub(super) fn mend(text: &str, damages: &mut Vec<Damage>) -> String {
    let mut text = text.to_owned();
    if !text.is_ascii() {
        text = replace_noting(&text, damages, Damage::InvisibleCharacter, |c| match c {
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => Some(""),
            _ => None,
        });
        text = replace_noting(&text, damages, Damage::TypographicDash, |c| match c {
            '\u{2010}'..='\u{2015}' | '\u{2212}' => Some("-"),
            _ => None,
        });
    }
    if text.contains('&') {
        text = unescape(text, damages);
    }
    let text = unwrap(text.trim(), damages);
    let text = cut_leading_text(text, damages);
    mend_backslashes(unwrap(text, damages), damages)
}

fn unescape(mut text: String, damages: &mut Vec<Damage>) -> String {
    for (escaped, plain) in
        [("&amp;", "&"), ("&quot;", "\""), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&#61;", "=")]
    {
        if text.contains(escaped) {
            note(damages, Damage::HtmlEscaped);
            text = text.replace(escaped, plain);
        }
    }
    text
}

fn replace_noting(
    text: &str,
    damages: &mut Vec<Damage>,
    damage: Damage,
    replacement: impl Fn(char) -> Option<&'static str>,
) -> String {
    let mut mended = String::with_capacity(text.len());
    for c in text.chars() {
        match replacement(c) {
            Some(other) => {
                note(damages, damage);
                mended.push_str(other);
            }
            None => mended.push(c),
        }
    }
    mended
}

/// Takes off a quote or bracket at the start, with its partner at the end.
fn unwrap<'a>(text: &'a str, damages: &mut Vec<Damage>) -> &'a str {
    const PAIRS: [(char, char); 8] =
        [('"', '"'), ('\'', '\''), ('<', '>'), ('(', ')'), ('{', '}'), ('`', '`'), ('“', '”'), ('‘', '’')];
    let mut text = text;
    for _ in 0..4 {
        let Some((inner, close)) = PAIRS.iter().find_map(|(open, close)| Some((text.strip_prefix(*open)?, *close)))
        else {
            break;
        };
        note(damages, Damage::Wrapped);
        text = inner.strip_suffix(close).unwrap_or(inner);
    }
    text
}

/// Starts at the first `http://` and the like when what is before it is no part of a URL.
fn cut_leading_text<'a>(text: &'a str, damages: &mut Vec<Damage>) -> &'a str {
    if text.starts_with("http://") || text.starts_with("https://") {
        return text;
    }
    let lower = text.to_ascii_lowercase();
    let start = ["http://", "https://", "ws://", "wss://"].iter().filter_map(|scheme| lower.find(scheme)).min();
    match start {
        Some(at) if at > 0 && !text[..at].contains(['/', '?']) => {
            note(damages, Damage::LeadingText);
            &text[at..]
        }
        _ => text,
    }
}

/// `http:\\host\page` becomes slashes; `\?`, `\=` and `\&` are a shell's escapes.
fn mend_backslashes(text: &str, damages: &mut Vec<Damage>) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    note(damages, Damage::Backslash);
    let mut mended = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek().is_some_and(|next| "?=&%#".contains(*next)) => {}
            '\\' => mended.push('/'),
            other => mended.push(other),
        }
    }
    mended
}

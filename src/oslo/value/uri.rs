//! URIs, as `URI` of `oslo_config/types.py` checks them through the `rfc3986` package.
//!
//! Up to Rocky `rfc3986.is_valid_uri` looks at every part (measured with rfc3986 1.1.0); from Stein on a
//! `Validator` looks at scheme, host and path (rfc3986 2.0.0). Characters that a path may not hold are percent-encoded before
//! the check, so little is refused: brackets outside the host, bad hosts and ports, a missing scheme or host.

struct Parts<'a> {
    scheme: &'a str,
    authority: &'a str,
    path: &'a str,
    query: &'a str,
    fragment: &'a str,
}

fn split<'a>(text: &'a str, ends_authority: &[char]) -> Option<Parts<'a>> {
    let (scheme, rest) = text.split_once(':')?;
    let in_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-');
    if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(in_scheme) {
        return None;
    }
    let rest = rest.strip_prefix("//")?;
    let (authority, rest) = rest.split_at(rest.find(ends_authority).unwrap_or(rest.len()));
    let (path, rest) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    let (query, fragment) = match rest.find('#') {
        Some(hash) => (&rest[..hash], &rest[hash + 1..]),
        None => (rest, ""),
    };
    let query = query.strip_prefix('?').unwrap_or(query);
    let fragment = fragment.split('\n').next().unwrap_or(fragment);
    Some(Parts { scheme, authority, path, query, fragment })
}

/// The scheme of a URI that Stein and later accept.
pub(super) fn check_parts(text: &str) -> Option<&str> {
    let parts = split(text, &['\\', '/', '?', '#'])?;
    let fine = is_authority(parts.authority, false) && !parts.path.contains(['[', ']']);
    fine.then_some(parts.scheme)
}

/// The scheme of a URI that Rocky and earlier accept.
pub(super) fn check_whole(text: &str) -> Option<&str> {
    let parts = split(text, &['/', '?', '#'])?;
    let rest = [parts.path, parts.query, parts.fragment];
    let fine = is_authority(parts.authority, true)
        && rest.iter().all(|p| !p.contains(['[', ']']) && percents_are_codes(p))
        && !parts.fragment.contains('#');
    fine.then_some(parts.scheme)
}

/// `[user@]host[:port]`, not empty. `old` is what rfc3986 1.1.0 did.
fn is_authority(text: &str, old: bool) -> bool {
    if text.is_empty() {
        return false;
    }
    // the expression ends in `$`, which also matches before a last newline
    let text = text.strip_suffix('\n').unwrap_or(text);
    let host = match text.split_once('@') {
        Some((user, host)) => {
            if user.is_empty() || !is_made_of(user, |c| is_name_char(c) || c == ':') {
                return false;
            }
            host
        }
        None => text,
    };
    if let Some(rest) = host.strip_prefix('[') {
        let Some((inside, port)) = rest.split_once(']') else {
            return false;
        };
        return is_port(port.strip_prefix(':').unwrap_or(port)) && is_literal(inside, old);
    }
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    if !is_port(port) || (old && name.contains('%') && !is_coded_name(name, host)) {
        return false;
    }
    is_made_of(name, is_name_char) && in_range_if_ipv4(name, old)
}

fn is_port(text: &str) -> bool {
    text.len() <= 5 && text.bytes().all(|b| b.is_ascii_digit())
}

/// rfc3986 1.1.0 took a name of percent codes only, or one without any; digits behind the codes passed as a port.
fn is_coded_name(name: &str, host: &str) -> bool {
    let digits = name.len() - name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    (0..=digits.min(5)).any(|port| {
        let codes = &name[..name.len() - port];
        (port == 0 || name.len() == host.len()) && codes.len().is_multiple_of(3) && is_made_of(codes, |_| false)
    })
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._~-!$&'()*+,;=".contains(c)
}

/// Whether the text consists of percent codes and characters that fit.
fn is_made_of(text: &str, fits: impl Fn(char) -> bool) -> bool {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if c == '%' && is_code(rest) {
            3
        } else if fits(c) {
            c.len_utf8()
        } else {
            return false;
        };
        rest = &rest[length..];
    }
    true
}

fn is_code(text: &str) -> bool {
    text.as_bytes().get(1..3).is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit))
}

fn percents_are_codes(text: &str) -> bool {
    text.match_indices('%').all(|(at, _)| is_code(&text[at..]))
}

/// A name of four numbers is an address, and each of them must fit a byte.
fn in_range_if_ipv4(name: &str, old: bool) -> bool {
    let fits = |part: &str| {
        crate::oslo::text::number(part).and_then(|n| n.parse::<i64>().ok()).is_some_and(|n| (0..=255).contains(&n))
    };
    !is_ipv4(name, old) || name.split('.').all(fits)
}

/// Four numbers of one to three digits. rfc3986 1.1.0 forgot to escape the dot and took any character between them.
fn is_ipv4(text: &str, old: bool) -> bool {
    fn groups(text: &[u8], left: usize, old: bool) -> bool {
        let digits = text.iter().take(3).take_while(|b| b.is_ascii_digit()).count();
        if left == 1 {
            return text.len() == digits && digits > 0;
        }
        (1..=digits).any(|n| {
            text.get(n).is_some_and(|b| if old { *b != b'\n' } else { *b == b'.' })
                && groups(&text[n + 1..], left - 1, old)
        })
    }
    text.is_ascii() && groups(text.as_bytes(), 4, old)
}

/// What stands between brackets: an IPv6 address with or without a zone, or an address of the future.
fn is_literal(text: &str, old: bool) -> bool {
    if let Some(rest) = text.strip_prefix('v') {
        let hex = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_hexdigit()).len();
        // the unescaped dot of 1.1.0 may also eat one of the digits
        let dots = if old { 1..=hex } else { hex..=hex };
        return dots.rev().any(|n| {
            let mut chars = rest[n..].chars();
            let dot = chars.next();
            let tail = chars.as_str();
            n > 0
                && dot.is_some_and(|c| if old { c != '\n' } else { c == '.' })
                && !tail.is_empty()
                && tail.chars().all(|c| is_name_char(c) || c == ':')
        });
    }
    let in_zone = |c: char| c.is_ascii_alphanumeric() || "._~-".contains(c);
    match text.split_once("%25") {
        Some((address, zone)) => is_ipv6(address, old) && !zone.is_empty() && is_made_of(zone, in_zone),
        None => is_ipv6(text, old),
    }
}

fn is_ipv6(text: &str, old: bool) -> bool {
    // without `::`: six groups and the last 32 bits
    if groups(text, 6).is_some_and(|rest| is_last_32_bits(rest, old)) {
        return true;
    }
    text.match_indices("::").any(|(at, _)| {
        let Some(before) = (if at == 0 { Some(0) } else { count_groups(&text[..at]) }) else {
            return false;
        };
        let tail = &text[at + 2..];
        if tail.is_empty() {
            // 1.1.0 left this form out
            return !old && before <= 7;
        }
        if is_group(tail) {
            return before <= 6;
        }
        (0..=5).any(|n| before + n + 2 <= 7 && groups(tail, n).is_some_and(|rest| is_last_32_bits(rest, old)))
    })
}

fn is_group(text: &str) -> bool {
    (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn count_groups(text: &str) -> Option<usize> {
    text.split(':').all(is_group).then(|| text.split(':').count())
}

/// What follows `count` groups, each with its colon.
fn groups(text: &str, count: usize) -> Option<&str> {
    (0..count).try_fold(text, |rest, _| rest.split_once(':').filter(|(group, _)| is_group(group)).map(|(_, rest)| rest))
}

fn is_last_32_bits(text: &str, old: bool) -> bool {
    text.split_once(':').is_some_and(|(a, b)| is_group(a) && is_group(b)) || is_ipv4(text, old)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn console_urls() {
        for good in [
            "http://ctl:6080/vnc_auto.html",
            "https://[fd00::1]:6080/vnc_lite.html?path=%3Ftoken%3D",
            "http://user:p%40ss@10.0.0.1/x y",
            "http://:6080/",
            "http://10.0.0.1:/",
        ] {
            assert!(check_parts(good).is_some() && check_whole(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "ctl:6080/vnc",
            "//ctl/",
            "http:///vnc",
            "http://10.0.0.300/",
            "http://ctl:608000/",
            "http://a b/",
            "http://[fd00::zz]/",
        ] {
            assert!(check_parts(bad).is_none() && check_whole(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn rocky_and_stein_differ() {
        for (text, whole, parts) in [
            ("http://[::]/", false, true),
            ("http://ctl/?a[0]=1", false, true),
            ("http://ctl/50%", false, true),
            ("http://ctl\\x/", false, true),
            ("http://a%41/", false, true),
            ("http://[::1x2x3x4]/", true, false),
        ] {
            assert_eq!((check_whole(text).is_some(), check_parts(text).is_some()), (whole, parts), "{text}");
        }
    }
}

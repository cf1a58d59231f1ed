//! Options that hold no secret by themselves: what may still have slipped into their value.
//!
//! Credentials in a url, a token pasted with the url, a comment that tells a password, or a whole line of another option
//! that was indented by mistake and became part of this one.

use super::HIDDEN;
use super::url::is_host_and_port;

const WORDS: [&str; 7] = ["pass", "pwd", "secret", "token", "cred", "key", "connection"];

/// How the names of secret arguments end, and whether the secret may hold what parts arguments.
const ENDS: [(&str, bool); 13] = [
    ("token", false),
    ("key", false),
    ("auth", false),
    ("sig", false),
    ("signature", false),
    ("session", false),
    ("credential", false),
    ("jwt", false),
    ("pwd", true),
    ("pass", true),
    ("password", true),
    ("passwd", true),
    ("secret", true),
];

/// What may be kept of the value; `None` for nothing.
///
/// Below a line that lost something nothing is kept: a password may go on there.
pub(super) fn cut(text: &str) -> Option<String> {
    let mut lines = text.split('\n');
    let first = lines.next()?;
    let mut kept = first_line(first)?;
    let mut whole = kept == first;
    for line in lines {
        let left = if whole { continuation(line)? } else { HIDDEN.to_owned() };
        whole = whole && left == line;
        kept.push('\n');
        kept.push_str(&left);
    }
    Some(kept)
}

/// A path stays when it looks like one.
pub(super) fn path(text: &str) -> Option<String> {
    let plain = |c: char| c.is_alphanumeric() || "/._-+$~{} ".contains(c);
    let looks = text.starts_with(['/', '$', '~', '.']) || text.contains('.');
    (text.len() <= 256 && looks && text.chars().all(plain)).then(|| text.to_owned())
}

/// One word that a person hardly made up: long, of letters in both cases and digits; or longer, of letters and digits alone, as
/// `openssl rand -hex` gives it. Names and addresses have dots, colons or underscores instead.
pub(super) fn looks_secret(text: &str) -> bool {
    let bytes = text.as_bytes();
    let any = |is: fn(&u8) -> bool| bytes.iter().any(is);
    let digits = bytes.len() >= 10 && any(u8::is_ascii_digit);
    if !digits || !bytes.iter().all(u8::is_ascii_graphic) || any(|byte| b".:,_<{$%".contains(byte)) {
        return false;
    }
    let (lower, upper) = (any(u8::is_ascii_lowercase), any(u8::is_ascii_uppercase));
    lower && upper || (lower || upper) && bytes.len() >= 16 && bytes.iter().all(u8::is_ascii_alphanumeric)
}

/// Neither url nor comment nor assignment, and on one line, as most values.
pub(super) fn is_plain(text: &str) -> bool {
    !text.bytes().any(|byte| matches!(byte, b'@' | b'#' | b';' | b':' | b'=' | b'%' | b'\n'))
}

fn first_line(line: &str) -> Option<String> {
    if is_plain(line) {
        return Some(line.to_owned());
    }
    let tail = comment_start(line).map_or("", |at| &line[at..]);
    if tail.contains('@') {
        // what looks like a comment may be the middle of a password
        return None;
    }
    let line = credentials(&comment(line))?;
    Some(query(&port(&line)))
}

/// Where white space and a comment mark follow the value.
pub(super) fn comment_start(line: &str) -> Option<usize> {
    let mut marks = line.match_indices(['#', ';']);
    marks.find_map(|(at, _)| line[..at].ends_with([' ', '\t']).then_some(at))
}

/// A comment behind the value is part of it for oslo.config; it stays unless it may tell a secret.
fn comment(line: &str) -> String {
    match comment_start(line) {
        Some(at) if has_word(&line[at..]) => format!("{} {HIDDEN}", &line[..=at]),
        _ => line.to_owned(),
    }
}

fn has_word(text: &str) -> bool {
    let lower = text.to_lowercase();
    WORDS.iter().any(|w| lower.contains(w))
}

/// Cuts what stands before a `@`.
fn credentials(line: &str) -> Option<String> {
    if !line.contains('@') || is_period(line) {
        return Some(line.to_owned());
    }
    let mut kept = Vec::new();
    for url in urls(line) {
        let Some(at) = url.rfind('@') else {
            kept.push(url.to_owned());
            continue;
        };
        let start = url.find("://").map_or(0, |s| s + 3);
        // a `@` in front of the scheme, or hosts that are none: nothing is certain
        let host = url[at + 1..].split(['/', '?', '#', ',', ' ']).next().unwrap_or_default();
        if at < start || !is_host_and_port(host, false) {
            return None;
        }
        kept.push(format!("{}{HIDDEN}{}", &url[..start], &url[at..]));
    }
    let sure = kept.iter().all(|url| {
        let Some((_, rest)) = url.split_once("://") else {
            return url.starts_with(HIDDEN) || kept.len() == 1;
        };
        let network = rest.split(['/', '?', '#', ',', ' ']).next().unwrap_or_default();
        let host = network.rsplit('@').next().unwrap_or_default();
        is_host_and_port(host, false)
    });
    sure.then(|| kept.concat())
}

/// `month@15`, the one use of a `@` in an option of nova that is no url.
fn is_period(line: &str) -> bool {
    line.split_once('@').is_some_and(|(period, offset)| {
        matches!(period, "hour" | "day" | "month" | "year")
            && offset.len() <= 2
            && offset.bytes().all(|b| b.is_ascii_digit())
    })
}

/// The line in pieces of one url each; a new one starts behind a comma or a space only.
fn urls(line: &str) -> Vec<&str> {
    let mut starts = vec![0];
    for (at, _) in line.match_indices("://") {
        let scheme = line[..at].trim_end_matches(|c: char| c.is_ascii_alphanumeric() || "+.-".contains(c)).len();
        if scheme > 0 && scheme < at && line[..scheme].ends_with([',', ' ', '\t']) {
            starts.push(scheme);
        }
    }
    starts.push(line.len());
    starts.windows(2).map(|w| &line[w[0]..w[1]]).collect()
}

/// Cuts from a port on that is none: `user:password` looks like that when the rest is missing.
fn port(line: &str) -> String {
    for (at, _) in line.match_indices("://") {
        let ends = ['/', '?', '#', ',', ' ', '\t'];
        let rest = &line[at + 3..];
        let network = &rest[..rest.find(ends).unwrap_or(rest.len())];
        let start = at + 3 + network.rfind('@').map_or(0, |a| a + 1);
        let network = &line[start..at + 3 + network.len()];
        let in_address = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.' | '[' | ']');
        if network.contains("::") && network.chars().all(in_address) {
            continue;
        }
        let bracket = network.starts_with('[').then(|| network.find(']')).flatten().unwrap_or(0);
        let Some(colon) = network[bracket..].find(':').map(|c| bracket + c) else {
            continue;
        };
        let port = &network[colon + 1..];
        if !port.is_empty() && !is_host_and_port(&format!("h:{port}"), true) && !is_template(port) {
            return format!("{}{HIDDEN}", &line[..=start + colon]);
        }
    }
    line.to_owned()
}

/// What a template or a manual leaves behind when nobody fills it in.
fn is_template(text: &str) -> bool {
    let marks = [("<", ">"), ("{{", "}}"), ("%", "%"), ("@", "@")];
    marks.iter().any(|(open, close)| {
        let inside = text.strip_prefix(open).and_then(|t| t.strip_suffix(close));
        inside.is_some_and(|t| t.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
    })
}

/// Cuts the value of a `token=`, a `key=` and the like, and everything behind a `password=` or `secret=`.
fn query(line: &str) -> String {
    let mut out = line.to_owned();
    if !line.contains('=') && !line.contains("%3") && !line.contains("%25") {
        return out;
    }
    for (word, to_end) in ENDS {
        for equals in ["=", "%3D", "%3d", "%253D", "%253d"] {
            let needle = format!("{word}{equals}");
            let mut from = 0;
            while let Some(at) = find_ignore_case(&out, &needle, from) {
                let start = at + needle.len();
                let length = if to_end { None } else { out[start..].find(['&', ' ', '\t', '#']) };
                let end = length.map_or(out.len(), |l| start + l);
                if end > start {
                    out.replace_range(start..end, HIDDEN);
                }
                from = start;
            }
        }
    }
    out
}

fn find_ignore_case(text: &str, needle: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    (from..(text.len() + 1).saturating_sub(needle.len()))
        .find(|&at| bytes[at..at + needle.len()].eq_ignore_ascii_case(needle.as_bytes()))
}

/// A line below the first: hosts, addresses, words and urls stay, an assignment does not.
fn continuation(line: &str) -> Option<String> {
    if let Some(mark) = line.chars().next().filter(|c| matches!(c, '#' | ';')) {
        let tame = !has_word(line) && !line.contains(['=', '@', ':']);
        return Some(if tame { line.to_owned() } else { format!("{mark} {HIDDEN}") });
    }
    let fits = |item: &str| {
        item.is_empty()
            || is_host_and_port(item, false)
            || item.contains("://")
            || item.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c))
    };
    if has_word(line) || line.contains('=') || !line.split([',', ' ', '\t']).all(fits) {
        return Some(HIDDEN.to_owned());
    }
    credentials(line).map(|l| query(&port(&l)))
}

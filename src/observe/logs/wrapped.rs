//! What tools and people put in front of a whole log line: `grep` its file and line number, `docker compose logs` the
//! container, a mail its `> `, an editor its blanks.
//!
//! Only where a line with a date is within: an indented line without one is the rest of a message.

use super::classify::by_tag;
use super::head::{Head, stamped};

/// The most that stands in front, in bytes.
const MOST: usize = 300;

/// The line within, if this is one that was wrapped.
pub(super) fn unwrap(line: &str) -> Option<Head<'_>> {
    let quoted = line.trim_start_matches([' ', '\t', '>']);
    if quoted.len() < line.len() {
        return stamped(quoted)
            .or_else(|| found(quoted))
            .or_else(|| composed(quoted).filter(|head| head.stamp.is_some()));
    }
    composed(line).or_else(|| found(line))
}

/// `nova_novncproxy  | …`, `nova-novncproxy-1  | …`: the name tells where the line does not.
fn composed(line: &str) -> Option<Head<'_>> {
    let (name, rest) = line.split_once("| ")?;
    let name = name.trim_end();
    if name.is_empty() || name.len() > MOST || name.contains(' ') {
        return None;
    }
    let tag = Some(name.trim_end_matches(|symbol: char| symbol.is_ascii_digit()).trim_end_matches(['-', '_']));
    match stamped(rest) {
        Some(head) => Some(Head { tag: head.tag.or(tag), ..head }),
        None => tag.filter(|tag| by_tag(tag).is_some()).map(|_| Head { tag, message: rest, ..Head::default() }),
    }
}

/// `/var/log/nova/nova-novncproxy.log:2026-…`, `FILE:17:2026-…`, `17:2026-…`, and `-` in place of `:` around a hit.
fn found(line: &str) -> Option<Head<'_>> {
    let front = line.split([' ', '\t']).next()?;
    let mut ends = front.match_indices([':', '-']).map(|(at, _)| at).take_while(|at| *at < MOST);
    let (end, head) = ends.find_map(|at| Some((at, stamped(&line[at + 1..])?)))?;
    let file = line[..end].trim_end_matches(|symbol: char| symbol.is_ascii_digit()).trim_end_matches([':', '-']);
    Some(Head { file: Some(file).filter(|file| !file.is_empty()), ..head })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "2026-11-22 11:34:15.112 14161 INFO nova.console.websocketproxy [-] m";

    #[test]
    fn what_is_put_in_front_is_taken_off() {
        let log = Some("/var/log/kolla/nova/nova-novncproxy.log");
        let proxy = Some("nova-novncproxy");
        for (front, file, tag) in [
            ("    ", None, None),
            ("\t", None, None),
            ("> ", None, None),
            ("> > ", None, None),
            ("17:", None, None),
            ("17-", None, None),
            ("/var/log/kolla/nova/nova-novncproxy.log:", log, None),
            ("/var/log/kolla/nova/nova-novncproxy.log:17:", log, None),
            ("/var/log/kolla/nova/nova-novncproxy.log-17-", log, None),
            ("> /var/log/kolla/nova/nova-novncproxy.log:", log, None),
            ("nova-novncproxy  | ", None, proxy),
            ("nova-novncproxy-1  | ", None, proxy),
            ("web_1  | ", None, Some("web")),
        ] {
            let line = format!("{front}{LINE}");
            let head = unwrap(&line).unwrap_or_default();
            assert_eq!((head.pid, head.file, head.tag, head.message), (Some(14161), file, tag, "m"), "{front:?}");
        }
        let last = "nova_novncproxy  | Can not find html/js files at /x.";
        let head = unwrap(last).unwrap_or_default();
        assert_eq!((head.tag, head.message), (Some("nova_novncproxy"), "Can not find html/js files at /x."));
    }

    #[test]
    fn a_line_without_a_date_is_left_alone() {
        for line in [
            "  File \"x.py\", line 3",
            "> Traceback (most recent call last):",
            "Can not find html/js files at /usr/share/novnc.",
            "web_1  | Can not find html/js files at /x.",
            "| id | 2026-11-22 11:34:15 |",
            "see 17:2026-11-22 11:34:15.112",
            "",
            "::::----",
        ] {
            assert_eq!(unwrap(line), None, "{line}");
        }
    }
}

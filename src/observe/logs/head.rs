//! The prefix of a log line: when, which process, which logger, which request.
//!
//! oslo.log's default formats (15 to 34), bare or behind what journald, syslog, Docker, Kubernetes or `docker logs -t`
//! put in front; DevStack's colours and its format without time; oslo.log's JSON and the journal's; what people who paste
//! put in front (see [`wrapped`]). A line without any of these is raw text:
//! standard error, or the rest of a message of several lines.

use std::borrow::Cow;

use super::stamp::{Stamp, civil_length, zone_length};

use super::wrapped;

/// A line taken apart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Head<'a> {
    /// When.
    pub stamp: Option<Stamp<'a>>,
    /// Process.
    pub pid: Option<u32>,
    /// Name of the Python logger; empty for raw text.
    pub logger: &'a str,
    /// Not the first line of a message: a line of a traceback.
    pub traceback: bool,
    /// `req-…`.
    pub request_id: Option<&'a str>,
    /// Program by syslog's tag: `nova-novncproxy`, `devstack@n-novnc-cell1`.
    pub tag: Option<&'a str>,
    /// The file that the line was found in, as `grep` prints it.
    pub file: Option<&'a str>,
    /// The message.
    pub message: &'a str,
}

/// A line of JSON, with what it holds.
pub(super) struct Unpacked {
    /// The message, or a whole line of a container's log.
    pub text: String,
    logger: Option<String>,
    request_id: Option<String>,
    pid: Option<u32>,
    at: Option<f64>,
    tag: Option<String>,
}

impl Unpacked {
    /// The parts of the line that was within.
    pub(super) fn head(&self) -> Head<'_> {
        match &self.logger {
            None => {
                let inner = split(self.text.trim_end());
                let (stamp, pid) = (self.at.map(Stamp::Unix).or(inner.stamp), inner.pid.or(self.pid));
                Head { stamp, pid, tag: self.tag.as_deref().or(inner.tag), ..inner }
            }
            Some(logger) => Head {
                stamp: self.at.map(Stamp::Unix),
                pid: self.pid,
                logger,
                request_id: self.request_id.as_deref(),
                message: &self.text,
                ..Head::default()
            },
        }
    }
}

/// Unpacks oslo.log's JSON, the journal's (`journalctl -o json`) and Docker's json-file format; none for any other line.
pub(super) fn unpack(line: &str) -> Option<Unpacked> {
    let serde_json::Value::Object(mut fields) = serde_json::from_str(line).ok()? else {
        return None;
    };
    let mut text = |name: &str| match fields.remove(name) {
        Some(serde_json::Value::String(text)) => Some(text),
        _ => None,
    };
    if let Some(inner) = text("log") {
        return Some(Unpacked { text: inner, logger: None, request_id: None, pid: None, at: None, tag: None });
    }
    if let Some(inner) = text("MESSAGE") {
        let pid = text("_PID").or_else(|| text("SYSLOG_PID")).and_then(|pid| pid.parse().ok());
        let at = text("__REALTIME_TIMESTAMP").and_then(|micros| micros.parse::<f64>().ok()).map(|micros| micros / 1e6);
        // of a container's line it is the container that tells
        let tag = text("CONTAINER_NAME").or_else(|| text("SYSLOG_IDENTIFIER"));
        return Some(Unpacked { text: inner, logger: None, request_id: None, pid, at, tag });
    }
    let (message, logger, summary) = (text("message")?, text("name")?, text("error_summary").unwrap_or_default());
    let request_id = fields.get("context").and_then(|context| context.get("request_id")).and_then(|id| id.as_str());
    let request_id = request_id.filter(|id| id.starts_with("req-") && id.len() <= 64).map(str::to_owned);
    let pid = fields.get("process").and_then(serde_json::Value::as_u64).and_then(|pid| pid.try_into().ok());
    let at = fields.get("created").and_then(serde_json::Value::as_f64);
    let text = if summary.is_empty() { message } else { format!("{message}: {summary}") };
    Some(Unpacked { text, logger: Some(logger), request_id, pid, at, tag: None })
}

/// Removes terminal colours and the end of a DOS line.
pub(super) fn plain(line: &str) -> Cow<'_, str> {
    let line = line.trim_end_matches(['\n', '\r']);
    if !line.contains('\u{1b}') {
        return Cow::Borrowed(line);
    }
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('\u{1b}') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(sequence) = rest.strip_prefix('[') {
            let end = sequence.find(|symbol: char| !matches!(symbol, '0'..='9' | ';'));
            rest = end.map_or("", |end| sequence[end..].strip_prefix(['m', 'K']).unwrap_or(&sequence[end..]));
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Takes a line apart.
pub(super) fn split(line: &str) -> Head<'_> {
    if let Some(head) = timed(line) {
        return head;
    }
    if let Some(rest) = line.strip_prefix("[pod/") {
        return rest.split_once("] ").map_or_else(Head::default, |(_, rest)| split(rest));
    }
    if let Some(rest) = line.strip_prefix('<').and_then(|rest| rest.split_once('>')).map(|(_, rest)| rest) {
        return rfc5424(rest).unwrap_or_else(|| split(rest));
    }
    if let Some(head) = syslog(line) {
        return head;
    }
    wrapped::unwrap(line).unwrap_or_else(|| untimed(line, Head { message: line, ..Head::default() }))
}

/// A line that begins with a full date, or with syslog's.
pub(super) fn stamped(line: &str) -> Option<Head<'_>> {
    timed(line).or_else(|| syslog(line))
}

/// A line that begins with a full date.
fn timed(line: &str) -> Option<Head<'_>> {
    let bytes = line.as_bytes();
    let length = civil_length(bytes);
    if length == 0 {
        return None;
    }
    let zone = zone_length(&bytes[length..]);
    if zone > 0 {
        let outer = Head { stamp: Some(Stamp::Zoned(&line[..length + zone])), ..Head::default() };
        let rest = line[length + zone..].trim_start();
        // Kubernetes: `stderr F `; Docker: nothing; journald and rsyslog: `host tag[pid]: `.
        let rest = ["stderr F ", "stdout F ", "stderr P ", "stdout P "]
            .iter()
            .find_map(|stream| rest.strip_prefix(stream))
            .unwrap_or(rest);
        return Some(tagged(rest, outer).unwrap_or_else(|| within(rest, outer)));
    }
    let stamp = Some(Stamp::Civil(&line[..length]));
    let rest = line[length..].trim_start();
    let (pid, rest) =
        rest.split_once(' ').and_then(|(pid, rest)| Some((Some(pid.parse().ok()?), rest))).unwrap_or((None, rest));
    Some(untimed(rest, Head { stamp, pid, ..Head::default() }))
}

/// `LEVEL logger [context] message`, or raw text.
fn untimed<'a>(text: &'a str, outer: Head<'a>) -> Head<'a> {
    let raw = Head { message: text, ..outer };
    let Some((level, rest)) = text.trim_start().split_once(' ') else {
        return raw;
    };
    if !matches!(level, "INFO" | "WARNING" | "ERROR" | "CRITICAL" | "DEBUG" | "TRACE" | "AUDIT") {
        return raw;
    }
    let rest = rest.trim_start();
    let (logger, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((context, message)) if is_context(context) => {
            let request_id = context.split(' ').rfind(|word| word.starts_with("req-"));
            let request_id = request_id.filter(|id| id.len() <= 64);
            Head { logger, request_id, message: message.strip_prefix(' ').unwrap_or(message), ..outer }
        }
        _ => Head { logger, traceback: true, message: rest, ..outer },
    }
}

/// `-`, or words of which one is a request id.
fn is_context(context: &str) -> bool {
    context.trim() == "-"
        || context.split(' ').any(|word| word.starts_with("req-"))
        || context.split(' ').all(|word| matches!(word, "-" | "None"))
}

/// What a journal or a container log holds: a line of oslo.log's, whose own stamp gives way to one with a zone.
fn within<'a>(text: &'a str, outer: Head<'a>) -> Head<'a> {
    let inner = timed(text).unwrap_or_else(|| untimed(text, outer));
    let stamp = match outer.stamp {
        Some(Stamp::Zoned(_)) => outer.stamp,
        _ => inner.stamp.or(outer.stamp),
    };
    Head { stamp, pid: inner.pid.or(outer.pid), tag: outer.tag, ..inner }
}

/// `Nov 22 11:34:15 host tag[pid]: …`.
fn syslog(line: &str) -> Option<Head<'_>> {
    let stamp = line.get(..15)?;
    let bytes = stamp.as_bytes();
    let fits =
        bytes[0].is_ascii_uppercase() && bytes[3] == b' ' && bytes[6] == b' ' && bytes[9] == b':' && bytes[12] == b':';
    // `journalctl -o short-precise` has a fraction.
    let rest = line[15..].trim_start_matches(|symbol: char| symbol == '.' || symbol.is_ascii_digit());
    if !fits {
        return None;
    }
    tagged(rest.strip_prefix(' ')?, Head { stamp: Some(Stamp::Yearless(stamp)), ..Head::default() })
}

/// `host tag[pid]: …` or `host tag: …`.
fn tagged<'a>(text: &'a str, outer: Head<'a>) -> Option<Head<'a>> {
    let (_host, rest) = text.split_once(' ')?;
    let (tag, rest) = rest.split_once(": ")?;
    let (tag, pid) = match tag.split_once('[') {
        Some((tag, pid)) => (tag, Some(pid.strip_suffix(']')?.parse().ok()?)),
        None => (tag, None),
    };
    if tag.is_empty() || tag.contains(' ') {
        return None;
    }
    Some(within(rest, Head { pid, tag: Some(tag), ..outer }))
}

/// `1 2026-11-22T11:34:15Z host app pid msgid - …`, after the priority.
fn rfc5424(text: &str) -> Option<Head<'_>> {
    let mut words = text.strip_prefix("1 ")?.splitn(7, ' ');
    let (stamp, _host, app, pid, _id, _data, rest) =
        (words.next()?, words.next()?, words.next()?, words.next()?, words.next()?, words.next()?, words.next()?);
    let length = civil_length(stamp.as_bytes());
    if length == 0 || length + zone_length(&stamp.as_bytes()[length..]) != stamp.len() {
        return None;
    }
    let outer = Head { stamp: Some(Stamp::Zoned(stamp)), pid: pid.parse().ok(), tag: Some(app), ..Head::default() };
    Some(within(rest.trim_start_matches('\u{feff}'), outer))
}

#[cfg(test)]
mod tests;

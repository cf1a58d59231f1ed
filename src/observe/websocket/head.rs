//! The head of an HTTP/1 answer: a small bounded reader that keeps what a diagnosis needs.
//!
//! tungstenite's own handshake drops the answer whenever it finds a fault in it; here the fault and the answer are both
//! evidence. Header values beyond 200 characters are cut.

use crate::observe::excerpt::hide;

/// The largest head that is read, in bytes.
pub(super) const LARGEST: usize = 16 * 1024;

/// What became of the bytes read so far.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// Not yet a whole head.
    Partial,
    /// No HTTP answer at all.
    NotHttp,
    /// A head, and where its body begins.
    Whole(Head, usize),
}

/// A status line and headers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) reason: String,
    headers: Vec<(String, String)>,
}

impl Head {
    /// The first header of that (lower-case) name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(each, _)| each == name).map(|(_, value)| value.as_str())
    }

    /// Whether a list header of that name, sent once or several times, holds `word`.
    pub(super) fn lists(&self, name: &str, word: &str) -> bool {
        let values = self.headers.iter().filter(|(each, _)| each == name);
        values.flat_map(|(_, value)| value.split(',')).any(|each| each.trim().eq_ignore_ascii_case(word))
    }

    /// As [`get`](Self::get), without secrets and short enough to be shown.
    pub(super) fn shown(&self, name: &str, secrets: &[&str]) -> Option<String> {
        self.get(name).map(|value| hide(value, secrets).chars().take(200).collect())
    }
}

/// Reads what has come of an answer.
pub(super) fn parse(bytes: &[u8]) -> Parsed {
    let mark = b"HTTP/1.";
    let here = bytes.len().min(mark.len());
    if bytes[..here] != mark[..here] {
        return Parsed::NotHttp;
    }
    let Some((end, body)) = end_of_head(bytes) else {
        return if bytes.len() >= LARGEST { Parsed::NotHttp } else { Parsed::Partial };
    };
    let text = String::from_utf8_lossy(&bytes[..end]);
    let mut lines = text.lines();
    let mut first = lines.next().unwrap_or_default().splitn(3, ' ');
    let status = first.nth(1).filter(|code| code.len() == 3).and_then(|code| code.parse().ok());
    let Some(status) = status else {
        return Parsed::NotHttp;
    };
    let printable = |text: &str| text.trim().chars().map(|c| if c.is_control() { '.' } else { c }).collect::<String>();
    let reason = printable(first.next().unwrap_or_default()).chars().take(80).collect();
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), printable(value)))
        .collect();
    Parsed::Whole(Head { status, reason, headers }, body)
}

/// Where the head ends and where the body begins; bare line feeds are taken as well.
fn end_of_head(bytes: &[u8]) -> Option<(usize, usize)> {
    let bytes = &bytes[..bytes.len().min(LARGEST)];
    (0..bytes.len()).filter(|at| bytes[*at] == b'\n').find_map(|at| match &bytes[at + 1..] {
        [b'\r', b'\n', ..] => Some((at, at + 3)),
        [b'\n', ..] => Some((at, at + 2)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_answer_is_read_whole_and_its_body_is_found() {
        let said = b"HTTP/1.1 101 Switching Protocols\r\nServer: WebSockify Python/3.11.7\r\nConnection: keep-alive, upgrade\r\n\r\n\x82\x00";
        let Parsed::Whole(head, body) = parse(said) else { panic!("not whole") };
        assert_eq!((head.status, head.reason.as_str()), (101, "Switching Protocols"));
        assert_eq!(head.get("server"), Some("WebSockify Python/3.11.7"));
        assert!(head.lists("connection", "Upgrade") && !head.lists("connection", "close"));
        assert_eq!(&said[body..], b"\x82\x00");
    }

    #[test]
    fn what_is_no_answer_is_told_from_what_is_no_whole_one() {
        assert_eq!(parse(b""), Parsed::Partial);
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\nServer: x\r\n"), Parsed::Partial);
        for said in [b"RFB 003.008\n".as_slice(), b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1\r\n\r\n"] {
            assert_eq!(parse(said), Parsed::NotHttp, "{said:?}");
        }
        assert_eq!(parse(&[b"HTTP/1.1 200 OK\r\n".as_slice(), &vec![b'x'; LARGEST]].concat()), Parsed::NotHttp);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(tail in proptest::collection::vec(any::<u8>(), 0..200), mark in any::<bool>()) {
            let said = if mark { [b"HTTP/1.1 404 ".as_slice(), &tail, b"\r\n\r\n"].concat() } else { tail };
            if let Parsed::Whole(head, body) = parse(&said) {
                prop_assert!(body <= said.len());
                prop_assert!(!head.reason.contains(char::is_control));
            }
        }
    }
}

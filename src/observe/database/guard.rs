//! Looks at what a database server sends before a driver sees it: whole packets of a size that any answer has, and a first one
//! that is a greeting.
//!
//! MySQL: a packet has a length of three bytes and a number; the first is a greeting of protocol 10 or an error. PostgreSQL:
//! one byte answers a request for TLS; then a letter and a length of four bytes. Where TLS begins, looking ends.

/// Largest packet let through, in bytes: the longest row that is asked for has 4 KiB.
const LARGEST: usize = 64 * 1024;

/// What becomes of bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// These may go on; the rest waits for more.
    Pass(Vec<u8>),
    /// The peer is not what it should be.
    Refuse(&'static str),
}

/// The look-out of one connection.
pub(super) struct Guard {
    kind: Kind,
    waiting: Vec<u8>,
    first: bool,
    tls: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    MySql,
    /// the driver asks for TLS first, or not
    Postgres {
        asks: bool,
    },
}

impl Guard {
    pub(super) fn mysql() -> Self {
        Self { kind: Kind::MySql, waiting: Vec::new(), first: true, tls: false }
    }

    pub(super) fn postgres(asks_for_tls: bool) -> Self {
        Self { kind: Kind::Postgres { asks: asks_for_tls }, waiting: Vec::new(), first: true, tls: false }
    }

    /// Takes what came; gives what may go on.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Verdict {
        self.waiting.extend_from_slice(bytes);
        let mut passed = Vec::new();
        while !self.waiting.is_empty() {
            if self.tls {
                passed.append(&mut self.waiting);
                break;
            }
            match self.packet() {
                Ok(Some(length)) => passed.extend(self.waiting.drain(..length)),
                Ok(None) => break,
                Err(what) => return Verdict::Refuse(what),
            }
            self.first = false;
        }
        Verdict::Pass(passed)
    }

    /// The length of the packet that is whole in front.
    fn packet(&mut self) -> Result<Option<usize>, &'static str> {
        match self.kind {
            Kind::MySql => self.mysql_packet(),
            Kind::Postgres { asks } if self.first && asks => match self.waiting[0] {
                b'S' => {
                    self.tls = true;
                    Ok(Some(1))
                }
                b'N' => Ok(Some(1)),
                b'E' => self.postgres_packet(),
                _ => Err("not an answer of postgresql"),
            },
            Kind::Postgres { .. } => self.postgres_packet(),
        }
    }

    fn mysql_packet(&mut self) -> Result<Option<usize>, &'static str> {
        if !self.first && matches!(self.waiting[..], [0x15 | 0x16, 3, 0..=4, ..]) {
            self.tls = true;
            return Ok(Some(self.waiting.len()));
        }
        let [low, middle, high, _number, rest @ ..] = &self.waiting[..] else { return Ok(None) };
        let length = usize::from(*low) | usize::from(*middle) << 8 | usize::from(*high) << 16;
        if length == 0 || length > LARGEST {
            return Err("not a packet of mysql");
        }
        if self.first && rest.first().is_some_and(|byte| !matches!(byte, 10 | 0xff)) {
            return Err("not a greeting of mysql");
        }
        let Some(payload) = rest.get(..length) else { return Ok(None) };
        let whole = match payload {
            [0xff, _, _, b'#', state @ ..] => state.len() >= 5,
            [0xff, ..] => payload.len() >= 3,
            [10, ..] if self.first => is_greeting(payload),
            _ => true,
        };
        if whole { Ok(Some(4 + length)) } else { Err("half a packet of mysql") }
    }

    fn postgres_packet(&self) -> Result<Option<usize>, &'static str> {
        if !self.waiting[0].is_ascii_alphabetic() {
            return Err("not a message of postgresql");
        }
        let Some(&[a, b, c, d]) = self.waiting.get(1..5) else { return Ok(None) };
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        if !(4..=LARGEST).contains(&length) || (self.first && !matches!(self.waiting[0], b'R' | b'E' | b'v' | b'N')) {
            return Err("not a message of postgresql");
        }
        Ok((self.waiting.len() > length).then_some(1 + length))
    }
}

/// Version, number of the connection, challenge, capabilities: all of it there.
fn is_greeting(payload: &[u8]) -> bool {
    let Some(version) = payload.iter().position(|byte| *byte == 0) else { return false };
    // 4 number, 8 challenge, 1, 2 capabilities, 1 collation, 2 status, 2 capabilities, 1 length, 10, 13 challenge
    let fixed = 4 + 8 + 1 + 2 + 1 + 2 + 2 + 1 + 10 + 13;
    let length = payload.get(version + 21).map_or(0, |length| usize::from(*length));
    payload.len() > version + fixed + length.saturating_sub(21)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn greeting() -> Vec<u8> {
        let mut payload = b"\n10.11.6-MariaDB\0".to_vec();
        payload.extend([0; 20]);
        payload.push(21);
        payload.extend([0; 10 + 13]);
        payload.extend(b"mysql_native_password\0");
        let mut packet = vec![payload.len() as u8, 0, 0, 0];
        packet.extend(payload);
        packet
    }

    #[test]
    fn a_greeting_passes_whole_and_in_pieces() {
        assert_eq!(Guard::mysql().take(&greeting()), Verdict::Pass(greeting()));
        let mut guard = Guard::mysql();
        let mut passed = Vec::new();
        for byte in greeting() {
            let Verdict::Pass(bytes) = guard.take(&[byte]) else { return assert_eq!(byte, 0, "refused") };
            passed.extend(bytes);
        }
        assert_eq!(passed, greeting());
    }

    #[test]
    fn what_is_no_server_is_refused() {
        for text in
            [&b"HTTP/1.1 400 Bad Request\r\n"[..], b"ERROR\r\n", b"\x05\0\0\0\x09abcd", b"\x03\0\0\0\nab", b"\0\0\0\0"]
        {
            assert!(matches!(Guard::mysql().take(text), Verdict::Refuse(_)), "{text:?}");
        }
        for text in [&b"HTTP/1.1 400"[..], b"R\0\0\0\x03", b"R\x7f\xff\xff\xff", b"\x0a", b"Z\0\0\0\x05I"] {
            assert!(matches!(Guard::postgres(false).take(text), Verdict::Refuse(_)), "{text:?}");
        }
        assert!(matches!(Guard::postgres(true).take(b"H"), Verdict::Refuse(_)));
    }

    #[test]
    fn tls_goes_through_unseen() {
        let mut guard = Guard::postgres(true);
        assert_eq!(guard.take(b"S"), Verdict::Pass(b"S".to_vec()));
        assert_eq!(guard.take(b"\x16\x03\x03"), Verdict::Pass(b"\x16\x03\x03".to_vec()));
        let mut guard = Guard::mysql();
        guard.take(&greeting());
        assert_eq!(guard.take(b"\x16\x03\x03\0\x7a"), Verdict::Pass(b"\x16\x03\x03\0\x7a".to_vec()));
    }
}

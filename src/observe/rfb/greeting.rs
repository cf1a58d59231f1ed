//! The client's half of the RFB handshake as a pure machine: bytes in, what to do next out.
//!
//! It stops before `ClientInit`, so no viewer is ever disconnected and no picture is asked for. RFC 6143 sections 7.1.1 to
//! 7.1.3; before 3.7 the server decides the security type itself (section 7.1.2 of the same, appendix A).

use crate::evidence::rfb::{Greeting, Message, SecurityResult, SecurityType};
use crate::observe::excerpt::excerpt;

/// How far the handshake goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// To the security types, none of which is chosen.
    Types,
    /// To the security result, where the server offers type 1 (none). Nova's proxy offers that type to every client from
    /// Queens on, before it looks at what the compute host offers: only the result tells whether the two agree.
    Result,
    /// To where `ClientInit` may follow, by whichever way the version has.
    Open,
}

/// The longest reason that is read, in bytes.
const LONGEST_REASON: usize = 1024;

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Read more.
    Read,
    /// Send this.
    Send(Vec<u8>),
    /// Nothing more: all that was wanted was said.
    Told,
    /// Nothing more: this is no RFB.
    NotRfb,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Banner,
    /// The list of 3.7 and newer.
    Types {
        results: bool,
    },
    /// The one type of versions before 3.7.
    OneType,
    /// Why no type was offered.
    Refusal,
    Result,
    /// Why the result was not 0.
    Failure,
    Told,
    NotRfb,
}

/// The machine.
pub(crate) struct Machine {
    depth: Depth,
    state: State,
    unread: Vec<u8>,
    seen: Greeting,
}

impl Machine {
    pub(crate) fn new(depth: Depth) -> Self {
        Self { depth, state: State::Banner, unread: Vec::new(), seen: Greeting::default() }
    }

    /// What was said so far.
    pub(crate) fn seen(&self) -> &Greeting {
        &self.seen
    }

    /// What has come and is not yet understood.
    pub(crate) fn unread(&self) -> &[u8] {
        &self.unread
    }

    /// The message that is waited for.
    pub(crate) fn waiting_for(&self) -> Message {
        match self.state {
            State::Banner | State::NotRfb => Message::Banner,
            State::Types { .. } | State::OneType => Message::SecurityTypes,
            State::Refusal | State::Failure => Message::Reason,
            State::Result | State::Told => Message::SecurityResult,
        }
    }

    /// Takes bytes of the server; nothing is kept beyond the longest message.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        let room = (LONGEST_REASON + 64).saturating_sub(self.unread.len());
        self.unread.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// The next thing to do; to be called again after each `Send`.
    pub(crate) fn next(&mut self) -> Next {
        loop {
            match self.state {
                State::Told => return Next::Told,
                State::NotRfb => return Next::NotRfb,
                State::Banner => {
                    if let Some(next) = self.banner() {
                        return next;
                    }
                }
                State::Types { results } => {
                    let Some((&count, list)) = self.unread.split_first() else {
                        return Next::Read;
                    };
                    let count = usize::from(count);
                    if count == 0 {
                        self.unread.drain(..1);
                        self.seen.security_types = Some(Vec::new());
                        self.state = State::Refusal;
                        continue;
                    }
                    let Some(list) = list.get(..count) else {
                        return Next::Read;
                    };
                    let offers_none = list.contains(&1);
                    self.seen.security_types =
                        Some(list.iter().map(|number| SecurityType::of(u32::from(*number))).collect());
                    self.unread.drain(..=count);
                    let chosen = offers_none && (self.depth == Depth::Open || self.depth == Depth::Result && results);
                    self.state = if chosen && results { State::Result } else { State::Told };
                    if chosen {
                        return Next::Send(vec![1]);
                    }
                }
                State::OneType => {
                    let Some(number) = self.number() else {
                        return Next::Read;
                    };
                    let refused = number == 0;
                    self.seen.security_types = Some(if refused { Vec::new() } else { vec![SecurityType::of(number)] });
                    self.state = if refused { State::Refusal } else { State::Told };
                }
                State::Refusal => {
                    let Some(reason) = self.reason() else {
                        return Next::Read;
                    };
                    self.seen.refusal = Some(reason);
                    self.state = State::Told;
                }
                State::Result => {
                    let Some(code) = self.number() else {
                        return Next::Read;
                    };
                    self.seen.result = Some(SecurityResult { code, reason: None });
                    self.state = if code == 0 { State::Told } else { State::Failure };
                }
                State::Failure => {
                    let Some(reason) = self.reason() else {
                        return Next::Read;
                    };
                    if let Some(result) = &mut self.seen.result {
                        result.reason = Some(reason);
                    }
                    self.state = State::Told;
                }
            }
        }
    }

    /// Reads the version line; `None` is "look again".
    fn banner(&mut self) -> Option<Next> {
        let here = self.unread.len().min(12);
        let fits = self.unread[..here].iter().enumerate().all(|(index, byte)| match index {
            0..=3 => *byte == b"RFB "[index],
            7 => *byte == b'.',
            11 => *byte == b'\n',
            _ => byte.is_ascii_digit(),
        });
        if !fits {
            self.state = State::NotRfb;
            return None;
        }
        if here < 12 {
            return Some(Next::Read);
        }
        let line: Vec<u8> = self.unread.drain(..12).collect();
        self.seen.banner = Some(String::from_utf8_lossy(&line[..11]).into_owned());
        let digits =
            |from: usize| line[from..from + 3].iter().fold(0u16, |sum, digit| sum * 10 + u16::from(digit - b'0'));
        let (version, state) = match (digits(4), digits(8)) {
            (0..3, _) | (3, 0..7) => ("RFB 003.003\n", State::OneType),
            (3, 7) => ("RFB 003.007\n", State::Types { results: false }),
            // Higher ones exist (Apple's 3.889, RealVNC's 4 and 5); they all take 3.8.
            _ => ("RFB 003.008\n", State::Types { results: true }),
        };
        self.state = state;
        Some(Next::Send(version.as_bytes().to_vec()))
    }

    /// A 32-bit number.
    fn number(&mut self) -> Option<u32> {
        let number = u32::from_be_bytes(*self.unread.first_chunk::<4>()?);
        self.unread.drain(..4);
        Some(number)
    }

    /// A text with its length before it; a text of any length is read to our bound only.
    fn reason(&mut self) -> Option<String> {
        let length = u32::from_be_bytes(*self.unread.first_chunk::<4>()?) as usize;
        let text = self.unread.get(4..4 + length.min(LONGEST_REASON))?;
        Some(excerpt(text, &[]))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    /// Plays `bytes` in pieces of `size`; returns what was sent and the last word.
    fn play(machine: &mut Machine, bytes: &[u8], size: usize) -> (Vec<u8>, Next) {
        let mut sent = Vec::new();
        let mut pieces = bytes.chunks(size);
        loop {
            match machine.next() {
                Next::Send(bytes) => sent.extend(bytes),
                Next::Read => match pieces.next() {
                    Some(piece) => machine.feed(piece),
                    None => return (sent, Next::Read),
                },
                last => return (sent, last),
            }
        }
    }

    #[test]
    fn a_healthy_qemu_is_read_to_its_types_and_nothing_is_chosen() {
        let mut machine = Machine::new(Depth::Types);
        let (sent, last) = play(&mut machine, b"RFB 003.008\n\x01\x01", 1);
        assert_eq!((sent.as_slice(), last), (b"RFB 003.008\n".as_slice(), Next::Told));
        assert_eq!(machine.seen().offered(), Some(vec![1]));
    }

    #[test]
    fn novas_refusal_shows_only_in_the_result() {
        // The bytes of nova's proxy before a QEMU with a password (2024.1, captured).
        let said = b"RFB 003.008\n\x01\x01\0\0\0\x01\0\0\0\x28Unable to negotiate security with server";
        let mut machine = Machine::new(Depth::Result);
        let (sent, last) = play(&mut machine, said, 7);
        assert_eq!((sent.as_slice(), last), (b"RFB 003.008\n\x01".as_slice(), Next::Told));
        let reason = Some("Unable to negotiate security with server".to_owned());
        assert_eq!(machine.seen().result, Some(SecurityResult { code: 1, reason }));
    }

    #[test]
    fn a_password_is_never_answered() {
        let mut machine = Machine::new(Depth::Result);
        let (sent, last) = play(&mut machine, b"RFB 003.008\n\x02\x02\x13", 64);
        assert_eq!((sent.as_slice(), last), (b"RFB 003.008\n".as_slice(), Next::Told));
        assert_eq!(machine.seen().offered(), Some(vec![2, 19]));
    }

    #[test]
    fn older_versions_are_answered_in_kind() {
        let mut machine = Machine::new(Depth::Result);
        assert_eq!(play(&mut machine, b"RFB 003.003\n\0\0\0\x02", 5), (b"RFB 003.003\n".to_vec(), Next::Told));
        assert_eq!(machine.seen().offered(), Some(vec![2]));
        let mut machine = Machine::new(Depth::Result);
        // 3.7 has no result after type 1: choosing it would put us before ClientInit with nothing to read.
        assert_eq!(play(&mut machine, b"RFB 003.007\n\x01\x01", 5), (b"RFB 003.007\n".to_vec(), Next::Told));
    }

    #[test]
    fn no_types_come_with_a_reason() {
        for said in [b"RFB 003.008\n\0\0\0\0\x04full".as_slice(), b"RFB 003.003\n\0\0\0\0\0\0\0\x04full"] {
            let mut machine = Machine::new(Depth::Types);
            assert_eq!(play(&mut machine, said, 3).1, Next::Told);
            assert_eq!(machine.seen().offered(), Some(vec![]));
            assert_eq!(machine.seen().refusal.as_deref(), Some("full"));
        }
    }

    #[test]
    fn what_is_no_version_line_is_no_rfb() {
        for said in [b"SSH-2.0-OpenSSH\r\n".as_slice(), b"RFB 003.00x\n", b"RFB 003.008\r", b"\0"] {
            assert_eq!(play(&mut Machine::new(Depth::Types), said, 1).1, Next::NotRfb, "{said:?}");
        }
        assert_eq!(play(&mut Machine::new(Depth::Types), b"RFB 003", 1).1, Next::Read);
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_end_or_ask_for_more(
            version in "RFB [0-9]{3}\\.[0-9]{3}\n",
            tail in proptest::collection::vec(any::<u8>(), 0..80),
            size in 1usize..40,
            result in any::<bool>(),
        ) {
            let said = [version.as_bytes(), &tail].concat();
            let depth = if result { Depth::Result } else { Depth::Types };
            let mut whole = Machine::new(depth);
            let mut pieces = Machine::new(depth);
            let (sent, last) = play(&mut whole, &said, said.len());
            prop_assert_eq!((&sent, &last), (&play(&mut pieces, &said, size).0, &pieces.next()));
            prop_assert_eq!(whole.seen(), pieces.seen());
            // A version, and at most the choice of "none".
            prop_assert!(sent.len() == 12 || (sent.len() == 13 && sent[12] == 1 && result));
        }
    }
}

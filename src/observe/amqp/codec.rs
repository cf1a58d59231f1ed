//! Frames and methods of AMQP 0-9-1, as many as a look needs, bounded.
//!
//! A codec of our own: amq-protocol 10.6 reads tables by recursion, and 10 KB of arrays within arrays in a server's greeting end
//! the whole process by a stack overflow. Here values that are not asked for are stepped over by their size.

/// Frame types and the mark at the end of each.
const METHOD: u8 = 1;
const END: u8 = 0xce;

/// The largest payload that is read, in bytes: RabbitMQ's greeting has about 500.
pub(super) const LARGEST: usize = 64 * 1024;

/// What a client says first.
pub(super) const HEADER: &[u8; 8] = b"AMQP\x00\x00\x09\x01";

/// Class and method, as the specification numbers them.
pub(super) type Id = (u16, u16);
pub(super) const START: Id = (10, 10);
pub(super) const START_OK: Id = (10, 11);
pub(super) const SECURE: Id = (10, 20);
pub(super) const TUNE: Id = (10, 30);
pub(super) const TUNE_OK: Id = (10, 31);
pub(super) const OPEN: Id = (10, 40);
pub(super) const OPEN_OK: Id = (10, 41);
pub(super) const CLOSE: Id = (10, 50);
pub(super) const CLOSE_OK: Id = (10, 51);
pub(super) const BLOCKED: Id = (10, 60);
pub(super) const UNBLOCKED: Id = (10, 61);
pub(super) const CHANNEL_OPEN: Id = (20, 10);
pub(super) const CHANNEL_OPEN_OK: Id = (20, 11);
pub(super) const CHANNEL_CLOSE: Id = (20, 40);
pub(super) const CHANNEL_CLOSE_OK: Id = (20, 41);
pub(super) const QUEUE_DECLARE: Id = (50, 10);
pub(super) const QUEUE_DECLARE_OK: Id = (50, 11);

/// One frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// A method on a channel, with its arguments.
    Method { channel: u16, id: Id, arguments: Vec<u8> },
    /// A heartbeat, or content that nobody asked for.
    Other,
}

/// What the first bytes hold.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A frame, and its length in bytes.
    Frame(Frame, usize),
    /// Not all of it has come.
    More,
    /// No frame; why.
    Broken(&'static str),
}

/// The frame at the beginning of `bytes`.
pub(super) fn step(bytes: &[u8]) -> Step {
    let Some(kind) = bytes.first() else { return Step::More };
    if !matches!(kind, 1..=3 | 8) {
        return Step::Broken("not a frame of AMQP");
    }
    let Some(head) = bytes.get(..7) else { return Step::More };
    let channel = u16::from_be_bytes([head[1], head[2]]);
    let size = u32::from_be_bytes([head[3], head[4], head[5], head[6]]) as usize;
    if size > LARGEST {
        return Step::Broken("a frame of impossible size");
    }
    let Some(payload) = bytes.get(7..7 + size) else { return Step::More };
    match bytes.get(7 + size) {
        None => return Step::More,
        Some(&END) => {}
        Some(_) => return Step::Broken("a frame that does not end where it said"),
    }
    let frame = match (*kind, payload) {
        (METHOD, [c1, c2, m1, m2, arguments @ ..]) => Frame::Method {
            channel,
            id: (u16::from_be_bytes([*c1, *c2]), u16::from_be_bytes([*m1, *m2])),
            arguments: arguments.to_vec(),
        },
        (METHOD, _) => return Step::Broken("a method without a number"),
        _ => Frame::Other,
    };
    Step::Frame(frame, 8 + size)
}

/// Reads arguments one after the other; `None` where they end too early.
pub(super) struct Arguments<'a>(pub(super) &'a [u8]);

impl<'a> Arguments<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn octet(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    pub(super) fn short(&mut self) -> Option<u16> {
        self.take(2).map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    pub(super) fn long(&mut self) -> Option<u32> {
        self.take(4).map(|bytes| u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    pub(super) fn short_string(&mut self) -> Option<&'a [u8]> {
        let length = self.octet()?;
        self.take(usize::from(length))
    }

    pub(super) fn long_string(&mut self) -> Option<&'a [u8]> {
        let length = self.long()?;
        self.take(length as usize)
    }

    /// The texts at the first level of a table; whatever else stands in it is stepped over.
    pub(super) fn table_texts(&mut self) -> Option<Vec<(&'a [u8], &'a [u8])>> {
        let mut table = Arguments(self.long_string()?);
        let mut texts = Vec::new();
        while !table.0.is_empty() {
            let name = table.short_string()?;
            if let Value::Text(text) = table.value()? {
                texts.push((name, text));
            }
        }
        Some(texts)
    }

    /// One value of a table. The letters are RabbitMQ's, which differ from the specification's.
    fn value(&mut self) -> Option<Value<'a>> {
        let size = match self.octet()? {
            b'S' => return self.long_string().map(Value::Text),
            b'A' | b'F' | b'x' => self.long()? as usize,
            b't' | b'b' | b'B' => 1,
            b's' | b'u' | b'U' => 2,
            b'I' | b'i' | b'f' => 4,
            b'D' => 5,
            b'l' | b'L' | b'd' | b'T' => 8,
            b'V' => 0,
            _ => return None,
        };
        self.take(size).map(|_| Value::Other)
    }
}

/// A value of a table.
enum Value<'a> {
    /// A text's bytes.
    Text(&'a [u8]),
    /// Anything else, which nobody asks for.
    Other,
}

/// The arguments of a method in the making.
#[derive(Default)]
pub(super) struct Method(Vec<u8>);

impl Method {
    pub(super) fn octet(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    pub(super) fn short(mut self, value: u16) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    pub(super) fn long(mut self, value: u32) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    /// A text of at most 255 bytes; what is longer is cut.
    pub(super) fn short_string(mut self, text: &str) -> Self {
        let text = &text.as_bytes()[..text.len().min(255)];
        self.0.push(text.len() as u8);
        self.0.extend(text);
        self
    }

    pub(super) fn long_string(mut self, text: &[u8]) -> Self {
        self.0.extend((text.len() as u32).to_be_bytes());
        self.0.extend(text);
        self
    }

    /// A text as a value of a table.
    pub(super) fn text(self, name: &str, text: &[u8]) -> Self {
        self.short_string(name).octet(b'S').long_string(text)
    }

    /// A truth as a value of a table.
    pub(super) fn truth(self, name: &str) -> Self {
        self.short_string(name).octet(b't').octet(1)
    }

    /// A table within a table.
    pub(super) fn table(self, name: &str, table: &Self) -> Self {
        self.short_string(name).octet(b'F').long_string(&table.0)
    }

    /// The bytes so far: the inside of a table.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The whole as a frame.
    pub(super) fn frame(self, channel: u16, id: Id) -> Vec<u8> {
        let mut frame = vec![METHOD];
        frame.extend(channel.to_be_bytes());
        frame.extend((self.0.len() as u32 + 4).to_be_bytes());
        frame.extend(id.0.to_be_bytes());
        frame.extend(id.1.to_be_bytes());
        frame.extend(self.0);
        frame.push(END);
        frame
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_written_is_read() {
        let bytes = Method::default().short(7).short_string("compute.cmp1").long(9).frame(3, QUEUE_DECLARE_OK);
        let Step::Frame(Frame::Method { channel: 3, id: QUEUE_DECLARE_OK, arguments }, length) = step(&bytes) else {
            unreachable!("{bytes:?}")
        };
        assert_eq!(length, bytes.len());
        let mut read = Arguments(&arguments);
        assert_eq!(read.short(), Some(7));
        assert_eq!(read.short_string(), Some(&b"compute.cmp1"[..]));
        assert_eq!((read.long(), read.octet()), (Some(9), None));
        for cut in 0..bytes.len() {
            assert_eq!(step(&bytes[..cut]), Step::More);
        }
    }

    #[test]
    fn of_a_table_the_texts_are_read_and_the_rest_is_stepped_over() {
        let inner = Method::default().truth("deep").text("hidden", b"x");
        let table = Method::default().truth("a").table("capabilities", &inner).text("product", b"RabbitMQ");
        let bytes = Method::default().long_string(table.bytes());
        assert_eq!(Arguments(bytes.bytes()).table_texts(), Some(vec![(&b"product"[..], &b"RabbitMQ"[..])]));
    }

    /// 60 KB of arrays within arrays.
    #[test]
    fn depth_costs_nothing() {
        let mut deep: Vec<u8> = Vec::new();
        for _ in 0..60_000 / 5 {
            deep = [&[b'A'][..], &(deep.len() as u32).to_be_bytes(), &deep].concat();
        }
        let table = [&[1, b'a'][..], &deep].concat();
        let bytes = Method::default().long_string(&table);
        assert_eq!(Arguments(bytes.bytes()).table_texts(), Some(Vec::new()));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            step(&bytes);
            let mut read = Arguments(&bytes);
            let _ = (read.table_texts(), read.short_string(), read.long_string());
        }
    }
}

//! The line protocol over a wire: no line and no block can be larger than what was asked for.

use std::io;

use crate::observe::wire::{Closed, Stream, Wire};

/// The longest line memcached sends is an `me` or `VALUE` line with a 250-byte key; a `stats` value may be longer.
const LONGEST_LINE: usize = 2048;

/// Why a read ended without what was asked for.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The peer closed, or the connection broke.
    Closed(Option<io::Error>),
    /// A line without an end.
    EndlessLine,
}

impl From<Closed> for Trouble {
    fn from(Closed(error): Closed) -> Self {
        Self::Closed(error)
    }
}

impl<S: Stream> Wire<S> {
    /// The next line, without its end.
    pub(super) async fn line(&mut self) -> Result<Vec<u8>, Trouble> {
        loop {
            if let Some(end) = self.unread().iter().position(|byte| *byte == b'\n') {
                let mut line = self.take(end + 1);
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            if self.unread().len() > LONGEST_LINE {
                return Err(Trouble::EndlessLine);
            }
            self.fill().await?;
        }
    }

    /// The next `length` bytes.
    pub(super) async fn block(&mut self, length: usize) -> Result<Vec<u8>, Closed> {
        while self.unread().len() < length {
            self.fill().await?;
        }
        Ok(self.take(length))
    }

    /// Throws the next `length` bytes away as they come.
    pub(super) async fn skip(&mut self, mut length: usize) -> Result<(), Closed> {
        loop {
            length -= self.take(length).len();
            if length == 0 {
                return Ok(());
            }
            self.fill().await?;
        }
    }

    /// Ends the connection in the protocol's way.
    pub(super) async fn quit(&mut self) {
        if self.send(b"quit\r\n").await.is_ok() {
            self.shut().await;
        }
    }
}

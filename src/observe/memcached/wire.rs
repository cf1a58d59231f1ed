//! A bounded reader of a line protocol: no line and no block can be larger than what was asked for.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

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

/// What a conversation is held over: TCP or a Unix socket.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

/// A stream and what of it was read and not yet used.
pub(super) struct Wire<S> {
    stream: S,
    unread: Vec<u8>,
}

impl<S: Stream> Wire<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, unread: Vec::new() }
    }

    /// What has come and is not yet used.
    pub(super) fn unread(&self) -> &[u8] {
        &self.unread
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.stream.write_all(bytes).await.map_err(|error| Trouble::Closed(Some(error)))?;
        self.stream.flush().await.map_err(|error| Trouble::Closed(Some(error)))
    }

    /// The next line, without its end.
    pub(super) async fn line(&mut self) -> Result<Vec<u8>, Trouble> {
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.unread.drain(..=end).collect();
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            if self.unread.len() > LONGEST_LINE {
                return Err(Trouble::EndlessLine);
            }
            self.fill().await?;
        }
    }

    /// The next `length` bytes.
    pub(super) async fn block(&mut self, length: usize) -> Result<Vec<u8>, Trouble> {
        while self.unread.len() < length {
            self.fill().await?;
        }
        Ok(self.unread.drain(..length).collect())
    }

    /// Throws the next `length` bytes away as they come.
    pub(super) async fn skip(&mut self, mut length: usize) -> Result<(), Trouble> {
        loop {
            let here = length.min(self.unread.len());
            self.unread.drain(..here);
            length -= here;
            if length == 0 {
                return Ok(());
            }
            self.fill().await?;
        }
    }

    /// Ends the connection in the protocol's way. Best effort: the peer may be gone.
    pub(super) async fn quit(&mut self) {
        if self.send(b"quit\r\n").await.is_ok() {
            let _ = self.stream.shutdown().await;
        }
    }

    async fn fill(&mut self) -> Result<(), Trouble> {
        let mut chunk = [0; 4096];
        match self.stream.read(&mut chunk).await {
            Ok(0) => Err(Trouble::Closed(None)),
            Ok(count) => {
                self.unread.extend_from_slice(&chunk[..count]);
                Ok(())
            }
            Err(error) => Err(Trouble::Closed(Some(error))),
        }
    }
}

//! Frames over a stream: no more is held than the largest frame that is taken.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::codec::{Frame, Step, step};

/// What a conversation is held over: TCP or TLS.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

/// Why no further frame came.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The peer closed, or the connection broke.
    Closed(Option<io::Error>),
    /// Its bytes are no frame.
    Broken(&'static str),
}

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

    /// The next frame.
    pub(super) async fn frame(&mut self) -> Result<Frame, Trouble> {
        loop {
            match step(&self.unread) {
                Step::Frame(frame, length) => {
                    self.unread.drain(..length);
                    return Ok(frame);
                }
                Step::Broken(what) => return Err(Trouble::Broken(what)),
                Step::More => self.fill().await?,
            }
        }
    }

    /// Ends the connection. Best effort: the peer may be gone.
    pub(super) async fn shut(&mut self) {
        let _ = self.stream.shutdown().await;
    }

    async fn fill(&mut self) -> Result<(), Trouble> {
        let mut chunk = [0; 2048];
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

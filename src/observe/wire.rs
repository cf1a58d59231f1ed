//! A stream and what of it was read and not yet used: each protocol takes its lines or frames off it, and bounds them.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// What a conversation is held over: TCP, TLS or a Unix socket.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

/// The peer closed, or the connection broke.
#[derive(Debug)]
pub(super) struct Closed(pub(super) Option<io::Error>);

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

    /// Takes `length` bytes, or as many as are there.
    pub(super) fn take(&mut self, length: usize) -> Vec<u8> {
        self.unread.drain(..length.min(self.unread.len())).collect()
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) -> Result<(), Closed> {
        self.stream.write_all(bytes).await.map_err(|error| Closed(Some(error)))?;
        self.stream.flush().await.map_err(|error| Closed(Some(error)))
    }

    /// Waits for more, at most 2 KiB at a time.
    pub(super) async fn fill(&mut self) -> Result<(), Closed> {
        let mut chunk = [0; 2048];
        match self.stream.read(&mut chunk).await {
            Ok(0) => Err(Closed(None)),
            Ok(count) => {
                self.unread.extend_from_slice(&chunk[..count]);
                Ok(())
            }
            Err(error) => Err(Closed(Some(error))),
        }
    }

    /// Ends the connection. Best effort: the peer may be gone.
    pub(super) async fn shut(&mut self) {
        let _ = self.stream.shutdown().await;
    }
}

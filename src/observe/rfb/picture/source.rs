//! Where a picture's bytes come from: a connection, in clear, within TLS or within WebSocket frames, read in the order sent.
//!
//! Every wait has a deadline, and so has the whole; every byte counts against a budget. What was read since a mark can be
//! read again, for servers whose pixels turn out to be of another form.

use std::io;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

use super::Trouble;
use crate::observe::limits::{Deadline, Limits};
use crate::observe::websocket::Stream;

/// How many time-outs a picture may take in all.
const WAITS: u32 = 10;
/// How long a goodbye may take.
const GOODBYE: std::time::Duration = std::time::Duration::from_millis(300);

/// A connection.
pub(super) enum Pipe {
    /// Plain, or within TLS.
    Straight(Box<dyn Stream>),
    /// Within WebSocket frames.
    Framed(Box<WebSocketStream<Box<dyn Stream>>>),
}

impl Pipe {
    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Straight(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
            Self::Framed(socket) => {
                socket.send(Message::Binary(Bytes::copy_from_slice(bytes))).await.map_err(io::Error::other)
            }
        }
    }

    /// Reads on; false at the end.
    async fn more(&mut self, into: &mut Vec<u8>) -> io::Result<bool> {
        match self {
            Self::Straight(stream) => {
                let mut chunk = vec![0; 64 * 1024];
                let count = stream.read(&mut chunk).await?;
                into.extend_from_slice(&chunk[..count]);
                Ok(count > 0)
            }
            Self::Framed(socket) => match socket.next().await {
                Some(Ok(Message::Binary(data))) => {
                    into.extend_from_slice(&data);
                    Ok(true)
                }
                Some(Ok(Message::Text(text))) => {
                    into.extend_from_slice(text.as_bytes());
                    Ok(true)
                }
                None | Some(Ok(Message::Close(_)) | Err(Error::ConnectionClosed | Error::AlreadyClosed)) => Ok(false),
                Some(Ok(_)) => Ok(true),
                Some(Err(error)) => Err(io::Error::other(error)),
            },
        }
    }

    async fn close(&mut self) {
        let goodbye = Deadline::after(GOODBYE);
        match self {
            Self::Straight(stream) => drop(goodbye.bound(stream.shutdown()).await),
            Self::Framed(socket) => {
                if goodbye.bound(socket.as_mut().close(None)).await.is_some() {
                    while let Some(Some(Ok(_))) = goodbye.bound(socket.next()).await {}
                }
            }
        }
    }
}

/// A connection with what has come of it and was not taken yet.
pub(super) struct Source {
    pipe: Pipe,
    read: Vec<u8>,
    taken: usize,
    budget: u64,
    limits: Limits,
    whole: Deadline,
}

impl Source {
    pub(super) fn new(pipe: Pipe, limits: &Limits, budget: u64) -> Self {
        let whole = Deadline::after(limits.timeout.saturating_mul(WAITS).max(limits.patience));
        Self { pipe, read: Vec::new(), taken: 0, budget, limits: *limits, whole }
    }

    /// Another budget, counted from now.
    pub(super) fn allow(&mut self, budget: u64) {
        self.budget = budget;
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let deadline = self.nearest();
        match deadline.bound(self.pipe.send(bytes)).await {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(Trouble::Lost(error.to_string())),
            None => Err(Trouble::Silent(deadline.millis)),
        }
    }

    /// The next bytes, exactly so many.
    pub(super) async fn take(&mut self, count: usize) -> Result<Vec<u8>, Trouble> {
        while self.read.len() - self.taken < count {
            self.fill().await?;
        }
        let bytes = self.read[self.taken..self.taken + count].to_vec();
        self.taken += count;
        Ok(bytes)
    }

    /// What another part has read already.
    pub(super) fn begins_with(&mut self, bytes: &[u8]) {
        self.read.extend_from_slice(bytes);
    }

    pub(super) async fn byte(&mut self) -> Result<u8, Trouble> {
        Ok(self.take(1).await?[0])
    }

    pub(super) async fn two(&mut self) -> Result<u16, Trouble> {
        let bytes = self.take(2).await?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    pub(super) async fn four(&mut self) -> Result<u32, Trouble> {
        let bytes = self.take(4).await?;
        Ok(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// Passes over bytes that nobody keeps.
    pub(super) async fn skip(&mut self, count: u64) -> Result<(), Trouble> {
        let mut left = count;
        while left > 0 {
            let piece = left.min(16 * 1024);
            self.take(piece as usize).await?;
            left -= piece;
        }
        Ok(())
    }

    /// What was taken before is gone for good.
    pub(super) fn mark(&mut self) {
        self.read.drain(..self.taken);
        self.taken = 0;
    }

    /// Back to the mark.
    pub(super) fn rewind(&mut self) {
        self.taken = 0;
    }

    pub(super) async fn close(mut self) {
        self.pipe.close().await;
    }

    async fn fill(&mut self) -> Result<(), Trouble> {
        let deadline = self.nearest();
        let before = self.read.len();
        match deadline.bound(self.pipe.more(&mut self.read)).await {
            Some(Ok(true)) => {}
            Some(Ok(false)) => return Err(Trouble::Lost("the connection was closed".to_owned())),
            Some(Err(error)) => return Err(Trouble::Lost(error.to_string())),
            None => return Err(Trouble::Silent(deadline.millis)),
        }
        let came = (self.read.len() - before) as u64;
        self.budget = self.budget.checked_sub(came).ok_or(Trouble::TooMuch)?;
        Ok(())
    }

    fn nearest(&self) -> Deadline {
        let next = self.limits.deadline();
        if self.whole.at < next.at { self.whole } else { next }
    }
}

//! Frames over a wire: no more is held than the largest frame that is taken.

use std::io;

use super::codec::{Frame, Step, step};
use crate::observe::wire::{Closed, Stream, Wire};

/// Why no further frame came.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The peer closed, or the connection broke.
    Closed(Option<io::Error>),
    /// Its bytes are no frame.
    Broken(&'static str),
}

impl From<Closed> for Trouble {
    fn from(Closed(error): Closed) -> Self {
        Self::Closed(error)
    }
}

impl<S: Stream> Wire<S> {
    /// The next frame.
    pub(super) async fn frame(&mut self) -> Result<Frame, Trouble> {
        loop {
            match step(self.unread()) {
                Step::Frame(frame, length) => {
                    self.take(length);
                    return Ok(frame);
                }
                Step::Broken(what) => return Err(Trouble::Broken(what)),
                Step::More => self.fill().await?,
            }
        }
    }
}

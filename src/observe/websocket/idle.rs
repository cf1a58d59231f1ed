//! A session that is kept quiet: nothing is sent, and its end is timed.
//!
//! It rests after the RFB security result and short of ClientInit, so no viewer is disturbed: a VNC server waits there for as
//! long as the client likes, and whatever stands between sees an open WebSocket without traffic, as of a user who looks on.
//! Pings are answered, as a browser answers them.

use std::time::Duration;

use futures_util::StreamExt;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};

use super::Stream;
use crate::evidence::websocket::{Idle, IdleEnd};
use crate::observe::limits::{Deadline, Watch};

/// Frames after which a session is not called quiet.
const MOST_FRAMES: u32 = 10_000;

/// Waits for the end, for `hold` at most.
pub(super) async fn keep<S: Stream>(socket: &mut WebSocketStream<S>, hold: Duration) -> Idle {
    let deadline = Deadline::after(hold);
    let watch = Watch::start();
    let mut frames = 0;
    let mut last = 0;
    let end = loop {
        match deadline.bound(socket.next()).await {
            None => break IdleEnd::Alive,
            Some(Some(Ok(Message::Close(frame)))) => {
                break IdleEnd::CloseFrame { code: frame.map(|frame| u16::from(frame.code)) };
            }
            Some(Some(Ok(_))) if frames == MOST_FRAMES => break IdleEnd::Broken,
            Some(Some(Ok(_))) => {
                frames += 1;
                last = watch.millis();
            }
            Some(Some(Err(error))) if !is_end(&error) => break IdleEnd::Broken,
            Some(_) => break IdleEnd::Closed,
        }
    };
    Idle { asked_millis: deadline.millis, millis: watch.millis().saturating_sub(last), frames, end }
}

/// The connection ended, and not by what was said on it.
fn is_end(error: &Error) -> bool {
    matches!(
        error,
        Error::ConnectionClosed
            | Error::AlreadyClosed
            | Error::Io(_)
            | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)
    )
}

//! What comes after the 101: frames, the RFB handshake inside them, and the way it ends.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use super::Stream;
use super::upgrade::Upgrade;
use crate::console::token::hex;
use crate::evidence::stranger::Stranger;
use crate::evidence::websocket::{Frame, WebsocketAnswer, WebsocketEnd};
use crate::observe::excerpt::{excerpt, hide};
use crate::observe::limits::{Deadline, Limits, Watch};
use crate::observe::rfb::{Machine, Next};

/// The most frames that are kept, and the most that are read.
const MOST_FRAMES: usize = 32;

/// The largest frame that is read, in bytes: no message of the handshake is larger than a reason.
const LARGEST_FRAME: usize = 64 * 1024;

/// How many bytes of a frame are kept.
const KEPT: usize = 64;

/// How long the peer may take to answer our close frame; websockify does so at once.
const GOODBYE: Duration = Duration::from_millis(100);

/// Reads frames until the RFB handshake has told all, or the connection ends, or patience does.
pub(super) async fn listen<S: Stream>(
    stream: S,
    read: Vec<u8>,
    upgrade: &Upgrade,
    limits: &Limits,
    answer: &mut WebsocketAnswer,
) -> WebsocketEnd {
    let watch = Watch::start();
    let config = WebSocketConfig::default()
        .read_buffer_size(8 * 1024)
        .max_message_size(Some(LARGEST_FRAME))
        .max_frame_size(Some(LARGEST_FRAME));
    let mut socket = WebSocketStream::from_partially_read(stream, read, Role::Client, Some(config)).await;
    let mut machine = Machine::new(upgrade.depth);
    let end = converse(&mut socket, &mut machine, upgrade, limits, &watch, &mut answer.frames).await;
    if machine.seen().banner.is_some() {
        answer.rfb = Some(machine.seen().clone());
    }
    let accepted = machine.seen().result.as_ref().is_some_and(|result| result.code == 0);
    if let Some(hold) = upgrade.hold.filter(|_| accepted && end == WebsocketEnd::Told) {
        answer.idle = Some(super::idle::keep(&mut socket, hold).await);
    }
    // The peer that was heard out is told that we leave, and given a moment to agree.
    let goodbye = Deadline::after(GOODBYE);
    let polite = CloseFrame { code: CloseCode::Normal, reason: "".into() };
    if goodbye.bound(socket.close(Some(polite))).await.is_some() {
        while let Some(Some(Ok(_))) = goodbye.bound(socket.next()).await {}
    }
    end
}

async fn converse<S: Stream>(
    socket: &mut WebSocketStream<S>,
    machine: &mut Machine,
    upgrade: &Upgrade,
    limits: &Limits,
    watch: &Watch,
    frames: &mut Vec<Frame>,
) -> WebsocketEnd {
    let secrets = upgrade.secrets();
    // Patience for each message, and thrice that in all: frames without content do not stretch it.
    let whole = Deadline::after(limits.patience.saturating_mul(3));
    let mut deadline = limits.patience_deadline();
    let mut expected = machine.waiting_for();
    loop {
        match machine.next() {
            Next::Told => return WebsocketEnd::Told,
            Next::NotRfb => {
                let first = machine.unread();
                return WebsocketEnd::NotRfb { protocol: Stranger::known(first), first: excerpt(first, &secrets) };
            }
            Next::Send(bytes) => {
                // A peer that has closed its side refuses the write; what it had said is read first.
                let _ = deadline.bound(socket.send(Message::Binary(Bytes::from(bytes)))).await;
                continue;
            }
            Next::Read => {}
        }
        let waiting_for = machine.waiting_for();
        if waiting_for != expected {
            expected = waiting_for;
            deadline = limits.patience_deadline();
        }
        let nearest = if whole.at < deadline.at { whole } else { deadline };
        let message = match nearest.bound(socket.next()).await {
            None => {
                return WebsocketEnd::Silent { waiting_for, after_millis: nearest.millis };
            }
            Some(Some(Ok(message))) => message,
            Some(Some(Err(error))) => return ended(error, waiting_for, watch.millis()),
            Some(None) => {
                return WebsocketEnd::Closed { waiting_for, error: None, millis: watch.millis() };
            }
        };
        if frames.len() == MOST_FRAMES {
            return WebsocketEnd::Broken { what: format!("more than {MOST_FRAMES} frames and no RFB handshake") };
        }
        let (opcode, data) = content(&message);
        frames.push(Frame { opcode, bytes: data.len() as u64, hex: start(&data, &secrets), millis: watch.millis() });
        match message {
            Message::Binary(_) | Message::Text(_) => machine.feed(&data),
            Message::Close(frame) => {
                let code = frame.as_ref().map(|frame| u16::from(frame.code));
                let reason = frame.map(|frame| hide(&frame.reason, &secrets)).unwrap_or_default();
                return WebsocketEnd::CloseFrame { code, reason, waiting_for };
            }
            _ => {}
        }
    }
}

fn ended(error: Error, waiting_for: crate::evidence::rfb::Message, millis: u64) -> WebsocketEnd {
    match error {
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            WebsocketEnd::Closed { waiting_for, error: None, millis }
        }
        // TLS peers that leave without a goodbye end here as well.
        Error::Io(error) => WebsocketEnd::Closed { waiting_for, error: Some(error.to_string()), millis },
        other => WebsocketEnd::Broken { what: other.to_string() },
    }
}

fn content(message: &Message) -> (u8, Vec<u8>) {
    match message {
        Message::Text(text) => (1, text.as_bytes().to_vec()),
        Message::Binary(data) => (2, data.to_vec()),
        Message::Ping(data) => (9, data.to_vec()),
        Message::Pong(data) => (10, data.to_vec()),
        Message::Close(frame) => {
            let code = frame.as_ref().map(|frame| u16::from(frame.code).to_be_bytes().to_vec()).unwrap_or_default();
            let reason = frame.as_ref().map(|frame| frame.reason.as_bytes().to_vec()).unwrap_or_default();
            (8, [code, reason].concat())
        }
        Message::Frame(frame) => (u8::from(frame.header().opcode), frame.payload().to_vec()),
    }
}

/// The start of a frame in hex. One that holds a secret is not shown: a stranger may echo what it was sent.
fn start(data: &[u8], secrets: &[&str]) -> String {
    let text = String::from_utf8_lossy(data);
    if hide(&text, secrets) == text { hex(&data[..data.len().min(KEPT)]) } else { String::new() }
}

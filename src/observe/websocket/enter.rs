//! A WebSocket for those who go on after the 101: the same request as [`super::knock`], without keeping what was seen.
//!
//! Limits: as there; a frame has at most a few megabytes.

use tokio::io::AsyncWriteExt;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::head::{self, Parsed};
use super::upgrade::Upgrade;
use super::{Filled, Stream, faults, fill};
use crate::observe::dial::dial;
use crate::observe::limits::Limits;
use crate::observe::tls::{self, Trust};

/// The largest frame, in bytes.
const LARGEST: usize = 8 * 1024 * 1024;

/// Opens one.
///
/// # Errors
/// Why there is none, a lower-case fragment.
pub(crate) async fn enter(
    upgrade: &Upgrade,
    trust: &Trust,
    limits: &Limits,
) -> Result<WebSocketStream<Box<dyn Stream>>, String> {
    let (dial, stream) = dial(&upgrade.host, upgrade.port, limits).await;
    let stream = stream.ok_or_else(|| dial.outcome.words())?;
    let mut stream: Box<dyn Stream> = if upgrade.secure {
        let (seen, secured) = tls::wrap(stream, &upgrade.host, trust, limits.deadline()).await;
        let problem = seen.problem.map(|problem| problem.words()).unwrap_or_default();
        Box::new(secured.ok_or(problem)?)
    } else {
        Box::new(stream)
    };
    let (request, accept) = upgrade.request().ok_or("the URL holds what no request may")?;
    let deadline = limits.deadline();
    let gone = |error: std::io::Error| error.to_string();
    match deadline.bound(stream.write_all(&request)).await {
        Some(sent) => sent.map_err(gone)?,
        None => return Err("the upgrade cannot be sent".to_owned()),
    }
    let mut read = Vec::new();
    let (head, body) = loop {
        match head::parse(&read) {
            Parsed::Whole(head, body) => break (head, body),
            Parsed::NotHttp => return Err("no HTTP server answers the upgrade".to_owned()),
            Parsed::Partial => {}
        }
        match fill(&mut stream, &mut read, deadline).await {
            Filled::More => {}
            Filled::End => return Err("closed in place of an answer to the upgrade".to_owned()),
            Filled::Broken(error) => return Err(gone(error)),
            Filled::Late => return Err("no answer to the upgrade".to_owned()),
        }
    };
    if head.status != 101 {
        return Err(format!("the upgrade is answered with {}", head.status));
    }
    if !faults(&head, &accept, upgrade.subprotocol.as_deref()).is_empty() {
        return Err("the 101 is not one that a browser takes".to_owned());
    }
    let config = WebSocketConfig::default().max_message_size(Some(LARGEST)).max_frame_size(Some(LARGEST));
    Ok(WebSocketStream::from_partially_read(stream, read.split_off(body), Role::Client, Some(config)).await)
}

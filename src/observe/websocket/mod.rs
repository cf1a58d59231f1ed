//! The upgrade a browser makes, and what follows the 101 up to the RFB security result.
//!
//! nova-novncproxy answers 101 before it looks at the token, so the frames - or their absence - are the answer. The HTTP
//! exchange is our own, so that a refused upgrade keeps its whole answer; the frames are tungstenite's.
//!
//! Limits: one `timeout` each for the dial, the TLS handshake and the answer; one `patience` for each RFB message after the
//! 101, and three in all, whatever the peer drips. websockify gives a client three seconds to speak: the request is sent at
//! once. Each upgrade makes the proxy fork a process; how many are tried is for the plan.

mod enter;
mod frames;
mod head;
mod idle;
mod upgrade;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::dial::{dial, peer};
use super::excerpt::{EXCERPT, excerpt, hide};
use super::limits::{Deadline, Limits, Watch};
use super::tls::{self, Trust};
use crate::evidence::probe::{Behalf, Seen};
use crate::evidence::stranger::Stranger;
use crate::evidence::websocket::{HttpAnswer, UpgradeFault, WebsocketAnswer, WebsocketEnd};
pub(crate) use enter::enter;
use head::{Head, Parsed};
pub use upgrade::{Era, Upgrade};

/// A connection with or without TLS.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// How much longer than the head the start of a refusal's body is waited for.
const BODY: std::time::Duration = std::time::Duration::from_millis(300);

/// Tries one upgrade.
pub async fn knock(upgrade: &Upgrade, trust: &Trust, limits: &Limits, behalf: &Behalf) -> Seen<WebsocketAnswer> {
    let watch = Watch::start();
    let (host, port) = upgrade.dialled();
    let (dial, stream) = dial(host, port, limits).await;
    let mut answer = WebsocketAnswer {
        asked: upgrade.asked(),
        dial,
        tls: None,
        http: None,
        frames: Vec::new(),
        rfb: None,
        end: None,
        idle: None,
    };
    if let Some(stream) = stream {
        if upgrade.secure {
            let (seen, stream) = tls::wrap(stream, &upgrade.host, trust, limits.deadline()).await;
            answer.tls = Some(seen);
            answer.end = Some(match stream {
                Some(stream) => ask(upgrade, stream, limits, &mut answer).await,
                None => WebsocketEnd::TlsFailed,
            });
        } else {
            answer.end = Some(ask(upgrade, stream, limits, &mut answer).await);
        }
    }
    watch.seen(behalf, peer(host, port), answer)
}

/// Sends the request, reads the answer's head, and goes on to the frames after a good 101.
async fn ask<S: Stream>(
    upgrade: &Upgrade,
    mut stream: S,
    limits: &Limits,
    answer: &mut WebsocketAnswer,
) -> WebsocketEnd {
    let Some((request, accept)) = upgrade.request() else {
        return WebsocketEnd::NotAsked;
    };
    let secrets = upgrade.secrets();
    let watch = Watch::start();
    let deadline = limits.deadline();
    let mut read = Vec::new();
    let sent = async {
        stream.write_all(&request).await?;
        stream.flush().await
    };
    // A peer may close or answer before it has read the request: what it said counts more than the failed write.
    let wrote = deadline.bound(sent).await;
    let (head, body) = loop {
        match head::parse(&read) {
            Parsed::Whole(head, body) => break (head, body),
            Parsed::NotHttp => {
                let _ = deadline.bound(stream.shutdown()).await;
                return WebsocketEnd::NotHttp { protocol: Stranger::known(&read), first: excerpt(&read, &secrets) };
            }
            Parsed::Partial => {}
        }
        let bytes = read.len() as u64;
        match fill(&mut stream, &mut read, deadline).await {
            Filled::More => {}
            Filled::End => {
                let error = wrote.and_then(Result::err).map(|error| error.to_string());
                return WebsocketEnd::ClosedBeforeAnswer { bytes, error };
            }
            Filled::Broken(error) => {
                return WebsocketEnd::ClosedBeforeAnswer { bytes, error: Some(error.to_string()) };
            }
            Filled::Late => {
                return WebsocketEnd::NoAnswer { after_millis: deadline.millis, bytes };
            }
        }
    };
    let mut http = told(&head, &secrets, watch.millis());
    if head.status != 101 {
        let grace = Deadline::after(BODY);
        while read.len() - body < EXCERPT && matches!(fill(&mut stream, &mut read, grace).await, Filled::More) {}
        let text = excerpt(&read[body..], &secrets);
        http.body = (!text.is_empty()).then_some(text);
        answer.http = Some(http);
        let _ = grace.bound(stream.shutdown()).await;
        return WebsocketEnd::Answered;
    }
    answer.http = Some(http);
    let faults = faults(&head, &accept, upgrade.subprotocol.as_deref());
    if !faults.is_empty() {
        let _ = deadline.bound(stream.shutdown()).await;
        return WebsocketEnd::UpgradeBroken { faults };
    }
    frames::listen(stream, read.split_off(body), upgrade, limits, answer).await
}

enum Filled {
    More,
    End,
    Broken(std::io::Error),
    Late,
}

async fn fill<S: Stream>(stream: &mut S, read: &mut Vec<u8>, deadline: Deadline) -> Filled {
    let mut chunk = [0; 2048];
    match deadline.bound(stream.read(&mut chunk)).await {
        None => Filled::Late,
        Some(Ok(0)) => Filled::End,
        Some(Ok(count)) => {
            read.extend_from_slice(&chunk[..count]);
            Filled::More
        }
        Some(Err(error)) => Filled::Broken(error),
    }
}

fn told(head: &Head, secrets: &[&str], millis: u64) -> HttpAnswer {
    HttpAnswer {
        status: head.status,
        reason: Some(hide(&head.reason, secrets)).filter(|reason| !reason.is_empty()),
        server: head.shown("server", secrets),
        via: head.shown("via", secrets),
        subprotocol: head.shown("sec-websocket-protocol", secrets),
        location: head.shown("location", secrets),
        content_type: head.shown("content-type", secrets),
        body: None,
        millis,
    }
}

/// Why a browser would not take this 101 (RFC 6455 section 4.1).
fn faults(head: &Head, accept: &str, asked: Option<&str>) -> Vec<UpgradeFault> {
    let selected = head.get("sec-websocket-protocol");
    let was_asked = |name: &str| asked.is_some_and(|asked| asked.split(',').any(|each| each.trim() == name));
    let all = [
        (!head.lists("upgrade", "websocket"), UpgradeFault::NoUpgrade),
        (!head.lists("connection", "upgrade"), UpgradeFault::NoConnectionUpgrade),
        (head.get("sec-websocket-accept") != Some(accept), UpgradeFault::WrongAccept),
        (asked.is_some() && selected.is_none(), UpgradeFault::SubprotocolNotSelected),
        (selected.is_some_and(|name| !was_asked(name)), UpgradeFault::SubprotocolNotAsked),
        (head.get("sec-websocket-extensions").is_some_and(|list| !list.is_empty()), UpgradeFault::ExtensionNotAsked),
    ];
    all.into_iter().filter(|(wrong, _)| *wrong).map(|(_, fault)| fault).collect()
}

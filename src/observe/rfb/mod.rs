//! A direct look at a VNC server: banner, security types, and away - as nova's proxy would meet it. Where the server offers
//! VeNCrypt alone it goes on as the proxy does, with the proxy's certificate if it is on this machine.
//!
//! Limits: one `timeout` for the dial and one for each message. QEMU logs nothing of such a visit, and a shared connection
//! is not disturbed before `ClientInit`, which is never sent.

mod certificate;
mod greeting;
pub(crate) mod papers;
pub(crate) mod picture;
mod vencrypt;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::dial::{dial, peer};
use super::excerpt::excerpt;
use super::limits::{Deadline, Limits, Watch};
use crate::evidence::probe::{Behalf, Seen};
use crate::evidence::rfb::{Greeting, Message, RfbAnswer, RfbEnd};
use crate::evidence::stranger::Stranger;
pub use greeting::Depth;
pub(crate) use greeting::{Machine, Next};
use papers::Papers;

/// How long a silent server has for its answer to a first word.
const NUDGE: std::time::Duration = std::time::Duration::from_secs(1);

/// Dials `host:port` and reads the RFB handshake up to the security types.
pub async fn look(host: &str, port: u16, limits: &Limits, behalf: &Behalf) -> Seen<RfbAnswer> {
    look_with(host, port, None, limits, behalf).await
}

/// The same with what a proxy of this machine would show to a server that asks for VeNCrypt.
pub(crate) async fn look_with(
    host: &str,
    port: u16,
    papers: Option<&Papers>,
    limits: &Limits,
    behalf: &Behalf,
) -> Seen<RfbAnswer> {
    let watch = Watch::start();
    let (dial, stream) = dial(host, port, limits).await;
    let mut answer = RfbAnswer { dial, greeting: None, end: None, vencrypt: None };
    if let Some(mut stream) = stream {
        let mut machine = Machine::new(Depth::Types);
        let mut end = greet(&mut stream, &mut machine, limits).await;
        if matches!(end, RfbEnd::Silent { waiting_for: Message::Banner, .. }) && machine.unread().is_empty() {
            end = nudge(&mut stream, limits).await.unwrap_or(end);
        }
        if end == RfbEnd::Told && wants_vencrypt(machine.seen()) {
            answer.vencrypt = Some(vencrypt::choose(stream, papers, host, limits).await.0);
        } else {
            // A proper end, so that the server logs no reset.
            let _ = limits.deadline().bound(stream.shutdown()).await;
        }
        answer.end = Some(end);
        answer.greeting = Some(machine.seen().clone());
    }
    watch.seen(behalf, peer(host, port), answer)
}

/// VeNCrypt is offered by a server of version 3.8, and None is not.
fn wants_vencrypt(greeting: &Greeting) -> bool {
    let offered = greeting.offered().unwrap_or_default();
    greeting.banner.as_deref() == Some("RFB 003.008") && offered.contains(&vencrypt::VENCRYPT) && !offered.contains(&1)
}

/// Many servers wait for the client to speak: a web server, memcached, redis. A version line makes them say what they are,
/// and is what a VNC server that was only slow would hear next.
async fn nudge(stream: &mut TcpStream, limits: &Limits) -> Option<RfbEnd> {
    let deadline = Deadline::after(limits.timeout.min(NUDGE));
    deadline.bound(stream.write_all(b"RFB 003.008\n\r\n")).await?.ok()?;
    let mut first = [0; 512];
    let count = deadline.bound(stream.read(&mut first)).await?.ok()?;
    let first = &first[..count];
    let protocol = Stranger::known(first);
    let told = count > 0 && protocol != Some(Stranger::Rfb);
    told.then(|| RfbEnd::NotRfbWhenAsked { protocol, first: excerpt(first, &[]) })
}

async fn greet(stream: &mut TcpStream, machine: &mut Machine, limits: &Limits) -> RfbEnd {
    let closed = |machine: &Machine, error: Option<std::io::Error>| match Stranger::known(machine.unread()) {
        // Cut off in the middle of a banner that was none.
        Some(protocol) if protocol != Stranger::Rfb => {
            RfbEnd::NotRfb { protocol: Some(protocol), first: excerpt(machine.unread(), &[]) }
        }
        _ => RfbEnd::Closed {
            waiting_for: machine.waiting_for(),
            bytes: machine.unread().len() as u64,
            error: error.map(|error| error.to_string()),
        },
    };
    let mut deadline = limits.deadline();
    let mut expected = machine.waiting_for();
    loop {
        match machine.next() {
            Next::Told => break RfbEnd::Told,
            Next::NotRfb => {
                let first = machine.unread();
                break RfbEnd::NotRfb { protocol: Stranger::known(first), first: excerpt(first, &[]) };
            }
            Next::Send(bytes) => match deadline.bound(stream.write_all(&bytes)).await {
                Some(Ok(())) => {}
                Some(Err(error)) => break closed(machine, Some(error)),
                None => {
                    break RfbEnd::Silent { waiting_for: machine.waiting_for(), after_millis: deadline.millis };
                }
            },
            Next::Read => {
                // A deadline for each message, not for each byte: dripping does not stretch it.
                if machine.waiting_for() != expected {
                    expected = machine.waiting_for();
                    deadline = limits.deadline();
                }
                let mut chunk = [0; 512];
                match deadline.bound(stream.read(&mut chunk)).await {
                    Some(Ok(0)) => break closed(machine, None),
                    Some(Ok(count)) => machine.feed(&chunk[..count]),
                    Some(Err(error)) => break closed(machine, Some(error)),
                    None => {
                        break RfbEnd::Silent { waiting_for: expected, after_millis: deadline.millis };
                    }
                }
            }
        }
    }
}

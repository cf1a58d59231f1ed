//! A direct look at a VNC server: banner, security types, and away - as nova's proxy would meet it.
//!
//! Limits: one `timeout` for the dial and one for each message. QEMU logs nothing of such a visit, and a shared connection
//! is not disturbed before `ClientInit`, which is never sent.

mod greeting;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::dial::{dial, peer};
use super::excerpt::excerpt;
use super::limits::{Limits, Watch};
use crate::evidence::probe::{Behalf, Seen};
use crate::evidence::rfb::{RfbAnswer, RfbEnd};
use crate::evidence::stranger::Stranger;
pub use greeting::Depth;
pub(crate) use greeting::{Machine, Next};

/// Dials `host:port` and reads the RFB handshake up to the security types.
pub async fn look(host: &str, port: u16, limits: &Limits, behalf: &Behalf) -> Seen<RfbAnswer> {
    let watch = Watch::start();
    let (dial, stream) = dial(host, port, limits).await;
    let mut answer = RfbAnswer { dial, greeting: None, end: None };
    if let Some(stream) = stream {
        let mut machine = Machine::new(Depth::Types);
        answer.end = Some(greet(stream, &mut machine, limits).await);
        answer.greeting = Some(machine.seen().clone());
    }
    watch.seen(behalf, peer(host, port), answer)
}

async fn greet(mut stream: TcpStream, machine: &mut Machine, limits: &Limits) -> RfbEnd {
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
    let end = loop {
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
    };
    // A proper end, so that the server logs no reset.
    let _ = limits.deadline().bound(stream.shutdown()).await;
    end
}

//! One frame of a console, as a user would see it: the handshake is completed as a shared client, so that no viewer is
//! disconnected, one whole frame is asked for, and the connection is closed. Nothing is typed and nothing is moved.
//!
//! The server's pixels are taken as they are where they have eight bits for each colour; else ours are asked for, and if they
//! do not come the server's own are read. Limits: 4096x4096 pixels, one `timeout` for each wait and ten in all, a few bytes
//! for each pixel; the desktop's name and the clipboard are passed over unread.

mod canvas;
mod format;
mod source;
mod update;
mod zlib;

use std::fmt;

use super::greeting::{Depth, Machine, Next};
use super::papers::Papers;
use super::{greet, vencrypt, wants_vencrypt};
use crate::evidence::dial::seconds;
use crate::evidence::rfb::{Greeting, Message, RfbEnd, names};
use crate::observe::dial::dial;
use crate::observe::limits::Limits;
use crate::observe::tls::Trust;
use crate::observe::websocket::{Upgrade, enter};
use canvas::Canvas;
use format::Format;
use source::{Pipe, Source};
use update::{ENCODINGS, Painted, rectangle};
use zlib::Inflater;

/// Bytes that may come before the frame.
const BEFORE: u64 = 1024 * 1024;
/// The longest name of a desktop that is passed over, in bytes.
const LONGEST_NAME: u32 = 64 * 1024;
/// How often a desktop may change its size while it is painted.
const MOST_SIZES: u32 = 3;

/// What keeps a picture from being taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// No answer within so many milliseconds.
    Silent(u64),
    /// The connection is gone, in these words.
    Lost(String),
    /// More bytes came than any picture needs.
    TooMuch,
    /// Something else, a lower-case fragment.
    Said(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent(millis) => write!(out, "no answer within {}", seconds(*millis)),
            Self::TooMuch => out.write_str("more comes than any picture needs"),
            Self::Lost(words) | Self::Said(words) => out.write_str(words),
        }
    }
}

/// A picture that was taken.
pub(crate) struct Shot {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) uniform: Option<String>,
    pub(crate) missing: u64,
    /// As PNG.
    pub(crate) png: Vec<u8>,
}

/// Takes one through the console proxy, as a browser would.
///
/// # Errors
/// Why there is none, a lower-case fragment.
pub(crate) async fn through(upgrade: &Upgrade, trust: &Trust, limits: &Limits) -> Result<Shot, String> {
    let socket = enter(upgrade, trust, limits).await?;
    let mut source = Source::new(Pipe::Framed(Box::new(socket)), limits, BEFORE);
    let shot = async {
        negotiate(&mut source).await?;
        frame(&mut source).await
    };
    let canvas = shot.await.map_err(|trouble| trouble.to_string());
    source.close().await;
    develop(&canvas?)
}

/// Takes one of the VNC server itself, with a proxy's papers where it asks for VeNCrypt.
///
/// # Errors
/// As [`through`].
pub(crate) async fn directly(host: &str, port: u16, papers: Option<&Papers>, limits: &Limits) -> Result<Shot, String> {
    let (dial, stream) = dial(host, port, limits).await;
    let mut stream = stream.ok_or_else(|| dial.outcome.words())?;
    let mut machine = Machine::new(Depth::Open);
    if greet(&mut stream, &mut machine, limits).await != RfbEnd::Told {
        return Err(format!("no VNC handshake, {} did not come", awaited(machine.waiting_for())));
    }
    let pipe = if wants_vencrypt(machine.seen()) {
        let (seen, secured) = vencrypt::choose(stream, papers, host, limits).await;
        Pipe::Straight(Box::new(secured.ok_or_else(|| seen.words())?))
    } else {
        admitted(machine.seen()).map_err(|trouble| trouble.to_string())?;
        Pipe::Straight(Box::new(stream))
    };
    let mut source = Source::new(pipe, limits, BEFORE);
    // a hasty server has said more than the handshake by now
    source.begins_with(machine.unread());
    let canvas = frame(&mut source).await.map_err(|trouble| trouble.to_string());
    source.close().await;
    develop(&canvas?)
}

fn awaited(message: Message) -> &'static str {
    match message {
        Message::Banner => "the version",
        Message::SecurityTypes => "the security types",
        Message::Reason => "the reason",
        Message::SecurityResult => "the security result",
    }
}

/// The handshake up to the security result.
async fn negotiate(source: &mut Source) -> Result<(), Trouble> {
    let mut machine = Machine::new(Depth::Open);
    loop {
        match machine.next() {
            Next::Told => return admitted(machine.seen()),
            Next::NotRfb => return Err(Trouble::Said("no VNC server answers".to_owned())),
            Next::Send(bytes) => source.send(&bytes).await?,
            Next::Read => {
                let wanted = awaited(machine.waiting_for());
                // one by one: what follows the handshake is not the machine's
                let byte = source.byte().await;
                machine.feed(&[byte.map_err(|trouble| Trouble::Said(format!("{wanted} did not come: {trouble}")))?]);
            }
        }
    }
}

/// Whether the server takes a client without a password.
fn admitted(seen: &Greeting) -> Result<(), Trouble> {
    let refused = |words: String| Err(Trouble::Said(words));
    if let Some(reason) = &seen.refusal {
        return refused(format!("the server refuses: {reason}"));
    }
    match &seen.result {
        Some(result) if result.code == 0 => Ok(()),
        Some(result) => {
            let reason = result.reason.as_deref().unwrap_or("without a reason");
            refused(format!("the security handshake is refused: {reason}"))
        }
        // before 3.8 there is no result after type None
        None if seen.banner.as_deref() < Some("RFB 003.008") && seen.offered().unwrap_or_default().contains(&1) => {
            Ok(())
        }
        None => {
            let types = seen.security_types.as_deref().unwrap_or_default();
            refused(format!("the server offers only the security types {}", names(types)))
        }
    }
}

/// ClientInit, shared, and one whole frame.
async fn frame(source: &mut Source) -> Result<Canvas, Trouble> {
    source.send(&[1]).await?;
    let (width, height) = (u32::from(source.two().await?), u32::from(source.two().await?));
    let native = Format::parse(&source.take(16).await?)
        .ok_or_else(|| Trouble::Said("the server's pixel format cannot be meant".to_owned()))?;
    let name = source.four().await?;
    if name > LONGEST_NAME {
        return Err(Trouble::Said("what follows the security handshake is no VNC".to_owned()));
    }
    source.skip(u64::from(name)).await?;
    let blank = || Canvas::new(width, height);
    let mut canvas = blank()?;
    let asked = if native.is_full() { None } else { Some(Format::ours()) };
    if let Some(format) = &asked {
        source.send(&[&[0, 0, 0, 0], format.bytes().as_slice()].concat()).await?;
    }
    source.send(&encodings()).await?;
    source.allow(BEFORE + u64::from(width) * u64::from(height) * 12);
    source.mark();
    source.send(&request(width, height)).await?;
    let first = paint(source, &mut canvas, asked.clone().unwrap_or_else(|| native.clone())).await;
    if canvas.missing() == 0 {
        return Ok(canvas);
    }
    if asked.is_some() {
        // the wish may have been ignored: the same bytes, read by the server's own format
        source.rewind();
        let mut other = blank()?;
        let second = paint(source, &mut other, native).await;
        if second.is_ok() && other.missing() == 0 {
            return Ok(other);
        }
    }
    let painted = canvas.missing() < u64::from(canvas.width) * u64::from(canvas.height);
    if painted { Ok(canvas) } else { Err(first.err().unwrap_or(Trouble::Silent(0))) }
}

fn encodings() -> Vec<u8> {
    let count = u16::try_from(ENCODINGS.len()).unwrap_or_default().to_be_bytes();
    let list = ENCODINGS.iter().flat_map(|encoding| encoding.to_be_bytes());
    [2, 0].into_iter().chain(count).chain(list).collect()
}

/// Asks for the whole desktop, whatever of it was sent before.
fn request(width: u32, height: u32) -> Vec<u8> {
    let two = |size: u32| u16::try_from(size).unwrap_or(u16::MAX).to_be_bytes();
    [3, 0, 0, 0, 0, 0].into_iter().chain(two(width)).chain(two(height)).collect()
}

/// Reads messages until every pixel is painted.
async fn paint(source: &mut Source, canvas: &mut Canvas, mut format: Format) -> Result<(), Trouble> {
    let mut inflater = Inflater::new();
    let mut sizes = 0;
    loop {
        match source.byte().await? {
            0 => {
                source.byte().await?;
                let mut resized = false;
                for _ in 0..source.two().await? {
                    if let Painted::Resized(width, height) = rectangle(source, canvas, &format, &mut inflater).await? {
                        // told at the first update by some servers, though nothing has changed
                        if (width, height) != (canvas.width, canvas.height) {
                            *canvas = Canvas::new(width, height)?;
                            resized = true;
                        }
                    }
                }
                if resized {
                    sizes += 1;
                    if sizes > MOST_SIZES {
                        return Err(Trouble::Said("the desktop changes its size again and again".to_owned()));
                    }
                    source.send(&request(canvas.width, canvas.height)).await?;
                } else if canvas.missing() == 0 {
                    return Ok(());
                }
            }
            1 => {
                source.byte().await?;
                let first = source.two().await?;
                let count = source.two().await?;
                let entries = source.take(usize::from(count) * 6).await?;
                // the more significant byte of each
                let colours = entries.chunks_exact(6).map(|entry| [entry[0], entry[2], entry[4]]);
                format.colours(usize::from(first), colours);
            }
            2 => {}
            3 => {
                source.take(3).await?;
                let length = source.four().await?;
                source.skip(u64::from(length)).await?;
            }
            other => return Err(Trouble::Said(format!("the server sends a message of the unknown kind {other}"))),
        }
    }
}

fn develop(canvas: &Canvas) -> Result<Shot, String> {
    let png = canvas.png().map_err(|error| format!("it cannot be written as PNG: {error}"))?;
    Ok(Shot {
        width: canvas.width,
        height: canvas.height,
        uniform: canvas.uniform().map(|[red, green, blue]| format!("#{red:02x}{green:02x}{blue:02x}")),
        missing: canvas.missing(),
        png,
    })
}

//! Hostile and odd peers: a small TCP server that follows a script, on a free port, gone when dropped.
#![allow(dead_code, reason = "each test program uses some of these")]

pub mod cloud;
pub mod mysql;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a fake does with each connection.
#[derive(Clone, Debug)]
pub enum Script {
    /// Accepts and never says a word.
    Mute,
    /// Closes as soon as it has accepted.
    CloseAtOnce,
    /// Resets the connection after the first bytes it reads.
    Reset,
    /// Speaks first, then stays silent.
    Greet(Vec<u8>),
    /// Speaks first, then closes.
    GreetAndClose(Vec<u8>),
    /// Answers the first bytes it reads, then closes.
    Once(Vec<u8>),
    /// Answers each request by its beginning; closes on an unknown one.
    Answers(Vec<(&'static str, Vec<u8>)>),
    /// One byte of this at a time, with a pause before each.
    Drip(Vec<u8>, Duration),
    /// This, again and again, as fast as it is taken.
    Endless(Vec<u8>),
    /// As nova-novncproxy does: these pages by path, 404 for every other, and 101 to an upgrade on any path.
    Proxy { pages: &'static [&'static str], then: Then },
    /// As websockify 0.8 or, if it is not old, a newer one does, with this as every page, which comes late.
    Late { page: &'static str, after: Duration, old: bool },
    /// Answers an upgrade with these header lines, `{accept}` filled in, then sends `frames`, then closes or stays.
    Upgraded { headers: &'static str, frames: Vec<u8>, close: bool },
}

/// What a proxy does after its 101.
#[derive(Clone, Debug)]
pub enum Then {
    /// A bare close: a token, an Origin or a VNC server that is no good.
    HangUp,
    /// A bare close if the request has an Origin; else the frames.
    MindOrigin(Vec<u8>),
    /// Says nothing.
    Wait,
    /// Says nothing for this long, then a bare close.
    HangUpAfter(Duration),
    /// These frames, then the connection stays.
    Frames(Vec<u8>),
    /// These frames, then a bare close.
    FramesAndHangUp(Vec<u8>),
    /// No 101 but this.
    Instead(Vec<u8>),
    /// The frames on the tries that are marked, a bare close on the others, again and again.
    ByTurns(&'static [bool], Vec<u8>),
    /// The frames at this path, nginx's 404 at every other.
    OnlyAt(&'static str, Vec<u8>),
    /// The frames if the request has a header line that begins so, or no Origin; else a bare close.
    Wants(&'static str, Vec<u8>),
}

/// The frames of a VNC server that takes type 1: version, types, result.
pub fn vnc() -> Vec<u8> {
    [frame(2, b"RFB 003.008\n"), frame(2, &[1, 1]), frame(2, &[0, 0, 0, 0])].concat()
}

/// The header lines of a good 101.
pub const GOOD: &str = "Server: WebSockify Python/3.11.7\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: binary\r\n";

/// A frame as a server sends it.
pub fn frame(opcode: u8, data: &[u8]) -> Vec<u8> {
    assert!(data.len() < 126, "a short frame");
    [&[0x80 | opcode, data.len() as u8], data].concat()
}

/// A running fake.
pub struct Fake {
    pub port: u16,
    pub address: String,
    /// Connections accepted so far.
    pub accepted: Arc<AtomicUsize>,
    /// All bytes read so far.
    pub heard: Arc<std::sync::Mutex<Vec<u8>>>,
    task: JoinHandle<()>,
}

impl Fake {
    pub async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let accepted = Arc::new(AtomicUsize::new(0));
        let heard = Arc::new(std::sync::Mutex::new(Vec::new()));
        let (count, ear) = (accepted.clone(), heard.clone());
        let upgrades = Arc::new(AtomicUsize::new(0));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(play(script.clone(), stream, ear.clone(), upgrades.clone()));
            }
        });
        Self { port: address.port(), address: address.to_string(), accepted, heard, task }
    }

    /// What was read so far, as text.
    pub fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard.lock().unwrap()).into_owned()
    }

    /// What was read by the time it ends so, as text; the last words may arrive after the client has gone.
    pub async fn heard_until(&self, end: &str) -> String {
        for _ in 0..100 {
            if self.heard().ends_with(end) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.heard()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(stream: &mut TcpStream, ear: &std::sync::Mutex<Vec<u8>>) -> Option<Vec<u8>> {
    let mut chunk = vec![0; 8192];
    let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
    chunk.truncate(count);
    ear.lock().unwrap().extend_from_slice(&chunk);
    Some(chunk)
}

async fn play(script: Script, mut stream: TcpStream, ear: Arc<std::sync::Mutex<Vec<u8>>>, upgrades: Arc<AtomicUsize>) {
    match script {
        Script::Mute => while listen(&mut stream, &ear).await.is_some() {},
        Script::CloseAtOnce => {}
        Script::Reset => {
            // One byte is left unread: the kernel answers the close with a reset.
            let _ = stream.read_u8().await;
        }
        Script::Greet(bytes) => {
            let _ = stream.write_all(&bytes).await;
            while listen(&mut stream, &ear).await.is_some() {}
        }
        Script::GreetAndClose(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
            while listen(&mut stream, &ear).await.is_some() {}
        }
        Script::Once(bytes) => {
            if listen(&mut stream, &ear).await.is_some() {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                while listen(&mut stream, &ear).await.is_some() {}
            }
        }
        Script::Answers(answers) => {
            while let Some(request) = listen(&mut stream, &ear).await {
                let known = answers.iter().find(|(beginning, _)| request.starts_with(beginning.as_bytes()));
                let Some((_, answer)) = known else { break };
                if stream.write_all(answer).await.is_err() {
                    break;
                }
            }
        }
        Script::Drip(bytes, pause) => {
            for byte in bytes {
                tokio::time::sleep(pause).await;
                if stream.write_all(&[byte]).await.is_err() {
                    break;
                }
            }
        }
        Script::Upgraded { headers, frames, close } => {
            let Some(request) = listen(&mut stream, &ear).await else {
                return;
            };
            let request = String::from_utf8_lossy(&request).into_owned();
            let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap_or_default();
            let accept = tokio_tungstenite::tungstenite::handshake::derive_accept_key(key.as_bytes());
            let head = format!("HTTP/1.1 101 Switching Protocols\r\n{}\r\n", headers.replace("{accept}", &accept));
            let _ = stream.write_all(&[head.as_bytes(), &frames].concat()).await;
            if close {
                let _ = stream.shutdown().await;
            }
            while listen(&mut stream, &ear).await.is_some() {}
        }
        Script::Proxy { pages, then } => {
            let Some(request) = listen(&mut stream, &ear).await else { return };
            proxy(&mut stream, &String::from_utf8_lossy(&request), pages, then, &upgrades).await;
            let _ = stream.shutdown().await;
            while listen(&mut stream, &ear).await.is_some() {}
        }
        Script::Late { page, after, old } => {
            let Some(request) = listen(&mut stream, &ear).await else { return };
            late(&mut stream, &String::from_utf8_lossy(&request), page, after, old).await;
            while listen(&mut stream, &ear).await.is_some() {}
        }
        Script::Endless(bytes) => while stream.write_all(&bytes).await.is_ok() {},
    }
}

/// One request, answered as nova-novncproxy answers it.
async fn proxy(stream: &mut TcpStream, request: &str, pages: &[&str], then: Then, upgrades: &AtomicUsize) {
    let header = |name: &str| {
        let found = request.lines().find(|line| line.to_ascii_lowercase().starts_with(name))?;
        found.split_once(": ").map(|(_, value)| value.trim().to_owned())
    };
    let Some(key) = header("sec-websocket-key:") else {
        let path = request.split([' ', '?']).nth(1).unwrap_or_default();
        let answer = if pages.contains(&path) {
            let page = "<html><head><title>noVNC</title></head></html>";
            format!(
                "HTTP/1.1 200 OK\r\nServer: WebSockify Python/3.11.7\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{page}",
                page.len()
            )
        } else {
            "HTTP/1.1 404 Not Found\r\nServer: WebSockify Python/3.11.7\r\nContent-Length: 0\r\n\r\n".to_owned()
        };
        let _ = stream.write_all(answer.as_bytes()).await;
        return;
    };
    let path = request.split([' ', '?']).nth(1).unwrap_or_default();
    if matches!(then, Then::OnlyAt(only, _) if only != path) {
        let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n").await;
        return;
    }
    if let Then::Instead(answer) = then {
        let _ = stream.write_all(&answer).await;
        return;
    }
    let accept = tokio_tungstenite::tungstenite::handshake::derive_accept_key(key.as_bytes());
    let head = format!("HTTP/1.1 101 Switching Protocols\r\n{}\r\n", GOOD.replace("{accept}", &accept));
    let _ = stream.write_all(head.as_bytes()).await;
    let stays = Duration::from_mins(10);
    let turn = upgrades.fetch_add(1, Ordering::SeqCst);
    match then {
        Then::ByTurns(opens, _) if !opens[turn % opens.len()] => {}
        Then::Wants(line, _) if header("origin:").is_some() && !request.contains(&format!("\r\n{line}")) => {}
        Then::HangUp | Then::Instead(_) => {}
        Then::MindOrigin(_) if header("origin:").is_some() => {}
        Then::Wait => tokio::time::sleep(stays).await,
        Then::HangUpAfter(time) => tokio::time::sleep(time).await,
        Then::FramesAndHangUp(frames) => {
            let _ = stream.write_all(&frames).await;
        }
        Then::MindOrigin(frames)
        | Then::Frames(frames)
        | Then::ByTurns(_, frames)
        | Then::OnlyAt(_, frames)
        | Then::Wants(_, frames) => {
            let _ = stream.write_all(&frames).await;
            tokio::time::sleep(stays).await;
        }
    }
}

/// One request to a proxy of the years before noVNC 1.2, or of those after: only the older wants a subprotocol and names itself
/// in its 101.
async fn late(stream: &mut TcpStream, request: &str, page: &str, after: Duration, old: bool) {
    let server = "Server: WebSockify Python/3.11.7\r\n";
    let Some((_, rest)) = request.split_once("Sec-WebSocket-Key: ") else {
        tokio::time::sleep(after).await;
        let head = format!("HTTP/1.1 200 OK\r\n{server}Content-Length: {}\r\n\r\n", page.len());
        let _ = stream.write_all([head.as_str(), page].concat().as_bytes()).await;
        return;
    };
    let asks = request.contains("Sec-WebSocket-Protocol: ");
    if old && !asks {
        let refusal = "400 Client must support 'binary' or 'base64' protocol";
        let _ = stream.write_all(format!("HTTP/1.1 {refusal}\r\n{server}\r\n").as_bytes()).await;
        let _ = stream.shutdown().await;
        return;
    }
    let key = rest.lines().next().unwrap_or_default();
    let accept = tokio_tungstenite::tungstenite::handshake::derive_accept_key(key.as_bytes());
    let protocol = if asks { "Sec-WebSocket-Protocol: binary\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\n{}Upgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n{protocol}\r\n",
        if old { server } else { "" }
    );
    let _ = stream.write_all(&[head.as_bytes(), &vnc()].concat()).await;
}

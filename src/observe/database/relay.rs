//! Stands between a driver and its server, so that the driver gets no more than a server of ours would send.
//!
//! The drivers read whatever length a peer announces into memory, and take the shape of its packets for granted. So our own
//! dial makes the connection, and the driver talks through a Unix socket of ours in a directory that only this user may
//! enter; it is gone as soon as the driver has connected. What comes from the server is counted, and looked at packet by
//! packet until the two agree on TLS, from where on it is only counted.

use super::guard::{Guard, Verdict};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixListener;
use tokio::task::JoinHandle;

/// Most bytes taken from a server in one conversation: every answer that is asked for fits in a tenth.
const MOST: usize = 4 * 1024 * 1024;

/// A connection as a dial gives it.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A relay that runs; it ends when it is dropped.
pub(super) struct Relay {
    dir: Private,
    task: JoinHandle<()>,
    heard: Arc<Mutex<Heard>>,
}

/// What the relay saw of the server.
#[derive(Clone, Default)]
pub(super) struct Heard {
    /// the first bytes
    pub(super) first: Vec<u8>,
    /// how many came in all
    pub(super) bytes: usize,
    /// why the relay hung up
    pub(super) refused: Option<&'static str>,
    /// the server closed the connection
    pub(super) closed: bool,
}

/// How many of the first bytes are kept.
const KEPT: usize = 512;

impl Relay {
    /// Waits for a driver at a socket of this name in a directory of its own.
    pub(super) fn open(server: Box<dyn Stream>, guard: Guard, name: &str) -> io::Result<Self> {
        let dir = Private::new()?;
        let listener = UnixListener::bind(dir.path().join(name))?;
        let heard = Arc::new(Mutex::new(Heard::default()));
        let task = tokio::spawn(run(listener, server, guard, heard.clone()));
        Ok(Self { dir, task, heard })
    }

    /// The directory.
    pub(super) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The driver has connected: nobody else can.
    pub(super) fn hide(&mut self) {
        self.dir.remove();
    }

    /// What was seen so far.
    pub(super) fn heard(&self) -> Heard {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(listener: UnixListener, server: Box<dyn Stream>, mut guard: Guard, heard: Arc<Mutex<Heard>>) {
    let Ok((driver, _)) = listener.accept().await else { return };
    drop(listener);
    let (mut from_driver, mut to_driver) = driver.into_split();
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let up = async {
        let _ = tokio::io::copy(&mut from_driver, &mut to_server).await;
        let _ = to_server.shutdown().await;
    };
    let down = async {
        let mut chunk = vec![0; 16 * 1024];
        loop {
            let count = from_server.read(&mut chunk).await.unwrap_or_default();
            let passed = note(&heard, &mut guard, &chunk[..count]);
            if count == 0 || to_driver.write_all(&passed.bytes).await.is_err() || passed.end {
                break;
            }
        }
        let _ = to_driver.shutdown().await;
    };
    tokio::join!(up, down);
}

/// What the driver may have of a chunk.
struct Passed {
    bytes: Vec<u8>,
    end: bool,
}

fn note(heard: &Mutex<Heard>, guard: &mut Guard, chunk: &[u8]) -> Passed {
    let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
    if chunk.is_empty() {
        heard.closed = true;
        return Passed { bytes: Vec::new(), end: true };
    }
    let room = KEPT.saturating_sub(heard.first.len());
    heard.first.extend_from_slice(&chunk[..chunk.len().min(room)]);
    heard.bytes += chunk.len();
    if heard.bytes > MOST {
        heard.refused = Some("more than any answer needs");
        return Passed { bytes: Vec::new(), end: true };
    }
    match guard.take(chunk) {
        Verdict::Pass(bytes) => Passed { bytes, end: false },
        Verdict::Refuse(what) => {
            heard.refused = Some(what);
            Passed { bytes: Vec::new(), end: true }
        }
    }
}

/// A directory that only this user may enter.
struct Private(Option<PathBuf>);

impl Private {
    fn new() -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let mut last = None;
        for _ in 0..16 {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            let name = format!("vncdoctor-{}-{count}-{}", std::process::id(), now.subsec_nanos());
            let path = std::env::temp_dir().join(name);
            match std::fs::DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(Some(path))),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = Some(error),
                Err(error) => return Err(error),
            }
        }
        Err(last.unwrap_or_else(|| io::Error::other("no free name")))
    }

    fn path(&self) -> &Path {
        self.0.as_deref().unwrap_or(Path::new("/nonexistent"))
    }

    fn remove(&mut self) {
        if let Some(path) = self.0.take() {
            // nothing else is ever put there
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        self.remove();
    }
}

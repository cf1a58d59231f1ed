//! A MySQL 8 as far as its login goes: `caching_sha2_password`, with the password cached or not, with TLS or not. It answers
//! every `SET` well and every other question with an error. Debian has no MySQL; what is said here follows MySQL's own manual
//! (Internals, Protocol::Handshake and Caching_sha2_password information).

use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// LONG_PASSWORD, FOUND_ROWS, LONG_FLAG, CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, MULTI_STATEMENTS, MULTI_RESULTS,
/// PS_MULTI_RESULTS, PLUGIN_AUTH.
const CAPABILITIES: u32 = 0x1 | 0x2 | 0x4 | 0x8 | 0x200 | 0x2000 | 0x8000 | 0x1_0000 | 0x2_0000 | 0x4_0000 | 0x8_0000;
const SSL: u32 = 0x800;
/// A public key, which nobody is to use.
const KEY: &str = "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf\n\
    9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ==\n-----END PUBLIC KEY-----\n";

/// A running one.
pub struct MySql8 {
    pub port: u16,
    /// What was done, in order: `tls`, `key asked`, `clear password`.
    pub heard: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

#[derive(Clone)]
struct Server {
    /// The password is in the server's cache: the fast way is enough.
    cached: bool,
    password: String,
    tls: Option<TlsAcceptor>,
    heard: Arc<Mutex<Vec<String>>>,
}

impl MySql8 {
    /// `pem` holds a certificate with its key, for a server with TLS.
    pub async fn start(password: &str, cached: bool, pem: Option<&Path>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let server = Server { cached, password: password.to_owned(), tls: pem.map(acceptor), heard: heard.clone() };
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, server.clone()));
            }
        });
        Self { port, heard, task }
    }

    /// What was done so far.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

impl Drop for MySql8 {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn acceptor(pem: &Path) -> TlsAcceptor {
    let chain: Vec<_> = CertificateDer::pem_file_iter(pem).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(pem).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    TlsAcceptor::from(Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap()))
}

async fn serve(mut stream: TcpStream, server: Server) -> Option<()> {
    let capabilities = CAPABILITIES | if server.tls.is_some() { SSL } else { 0 };
    let [a, b, c, d] = capabilities.to_le_bytes();
    let mut greeting = b"\x0a8.0.36\0".to_vec();
    greeting.extend([7, 0, 0, 0]);
    greeting.extend(b"12345678\0");
    greeting.extend([a, b, 45, 2, 0, c, d, 21]);
    greeting.extend([0; 10]);
    greeting.extend(b"123456789012\0caching_sha2_password\0");
    send(&mut stream, 0, &greeting).await?;
    let (number, first) = packet(&mut stream).await?;
    match &server.tls {
        // a request for TLS is an answer that ends before the user's name
        Some(acceptor) if first.len() == 32 => {
            server.heard.lock().unwrap().push("tls".to_owned());
            let mut stream = acceptor.accept(stream).await.ok()?;
            let (number, _) = packet(&mut stream).await?;
            login(&mut stream, &server, number, true).await
        }
        _ => login(&mut stream, &server, number, false).await,
    }
}

async fn login<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    server: &Server,
    number: u8,
    secure: bool,
) -> Option<()> {
    let ok = [0, 0, 0, 2, 0, 0, 0];
    let mut number = number + 1;
    if server.cached {
        send(stream, number, &[1, 3]).await?;
    } else {
        send(stream, number, &[1, 4]).await?;
        let (asked, answer) = packet(stream).await?;
        let clear = [server.password.as_bytes(), b"\0"].concat();
        match () {
            () if secure && answer == clear => server.heard.lock().unwrap().push("clear password".to_owned()),
            () if !secure && answer == [2] => {
                server.heard.lock().unwrap().push("key asked".to_owned());
                send(stream, asked + 1, &[&[1], KEY.as_bytes()].concat()).await?;
                // whoever had RSA would send the password now
                packet(stream).await?;
                return None;
            }
            () => {
                let refused = [b"\xff\x15\x04#28000Access denied for user".as_slice()].concat();
                return send(stream, asked + 1, &refused).await;
            }
        }
        number = asked;
    }
    send(stream, number + 1, &ok).await?;
    loop {
        let (_, question) = packet(stream).await?;
        match question.first()? {
            1 => return Some(()),
            3 if question[1..].starts_with(b"SET") => send(stream, 1, &ok).await?,
            _ => send(stream, 1, b"\xff\x28\x04#42000no such question here").await?,
        }
    }
}

async fn send<S: AsyncWrite + Unpin>(stream: &mut S, number: u8, payload: &[u8]) -> Option<()> {
    let [low, middle, high, _] = u32::try_from(payload.len()).unwrap().to_le_bytes();
    stream.write_all(&[&[low, middle, high, number], payload].concat()).await.ok()
}

/// Number and content of a packet.
async fn packet<S: AsyncRead + Unpin>(stream: &mut S) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 4];
    stream.read_exact(&mut head).await.ok()?;
    let mut payload = vec![0; u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize];
    stream.read_exact(&mut payload).await.ok()?;
    Some((head[3], payload))
}

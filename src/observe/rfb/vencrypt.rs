//! VeNCrypt as nova's proxy speaks it (`nova/console/rfb/authvencrypt.py`): version 0.2, subtype X509None, TLS with the
//! proxy's own certificate, the security result - and no further: `ClientInit` is not sent.
//!
//! Limits: one `timeout` for each message and one for the TLS handshake.

use std::io;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::certificate::{heard, problem, settings};
use super::papers::Papers;
use crate::evidence::rfb::SecurityResult;
use crate::evidence::tls::TlsProblem;
use crate::evidence::vencrypt::{Stage, Vencrypt, VencryptEnd, VencryptTls, X509_NONE};
use crate::observe::excerpt::excerpt;
use crate::observe::limits::Limits;

/// The number of VeNCrypt among the security types.
pub(super) const VENCRYPT: u32 = 19;
/// The longest reason that is read, in bytes.
const LONGEST_REASON: usize = 1024;

/// Goes on from the security types; the connection within TLS is given back if the server opened it.
pub(super) async fn choose(
    mut stream: TcpStream,
    papers: Option<&Papers>,
    host: &str,
    limits: &Limits,
) -> (Vencrypt, Option<TlsStream<TcpStream>>) {
    let mut seen = Vencrypt::default();
    if let Err(end) = in_clear(&mut stream, &mut seen, papers.is_some(), limits).await {
        seen.end = Some(end);
        let _ = limits.deadline().bound(stream.shutdown()).await;
        return (seen, None);
    }
    let Some(mut secured) = in_tls(stream, &mut seen, papers, host, limits).await else {
        return (seen, None);
    };
    let end = result(&mut secured, &mut seen, limits).await;
    seen.end = Some(end.err().unwrap_or(VencryptEnd::Told));
    if seen.opened() {
        return (seen, Some(secured));
    }
    let _ = limits.deadline().bound(secured.shutdown()).await;
    (seen, None)
}

/// Version, subtypes and choice. `Err` is the end.
async fn in_clear(
    stream: &mut TcpStream,
    seen: &mut Vencrypt,
    go_on: bool,
    limits: &Limits,
) -> Result<(), VencryptEnd> {
    send(stream, &[VENCRYPT as u8], Stage::Version, limits).await?;
    let version = exact(stream, 2, Stage::Version, limits).await?;
    seen.version = Some(format!("{}.{}", version[0], version[1]));
    if version != [0, 2] {
        return Err(VencryptEnd::Refused);
    }
    send(stream, &[0, 2], Stage::Subtypes, limits).await?;
    let word = exact(stream, 1, Stage::Subtypes, limits).await?;
    if word != [0] {
        return Err(VencryptEnd::Refused);
    }
    let count = exact(stream, 1, Stage::Subtypes, limits).await?[0];
    let list = exact(stream, usize::from(count) * 4, Stage::Subtypes, limits).await?;
    let numbers = list.chunks_exact(4).filter_map(|four| four.first_chunk::<4>()).map(|four| u32::from_be_bytes(*four));
    seen.subtypes = Some(numbers.map(Vencrypt::subtype).collect());
    if seen.offers(X509_NONE) != Some(true) {
        return Err(VencryptEnd::Refused);
    }
    if !go_on {
        return Err(VencryptEnd::NoFiles);
    }
    send(stream, &X509_NONE.to_be_bytes(), Stage::Acceptance, limits).await?;
    let accepted = exact(stream, 1, Stage::Acceptance, limits).await? != [0];
    seen.accepted = Some(accepted);
    if accepted { Ok(()) } else { Err(VencryptEnd::Refused) }
}

/// The TLS handshake; `None` is the end.
async fn in_tls(
    stream: TcpStream,
    seen: &mut Vencrypt,
    papers: Option<&Papers>,
    host: &str,
    limits: &Limits,
) -> Option<TlsStream<TcpStream>> {
    let Some((config, ear)) = papers.and_then(settings) else {
        seen.end = Some(VencryptEnd::NoFiles);
        return None;
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let named = ServerName::try_from(bare).ok();
    let no_name = named.is_none();
    // the verification wants some name; what it says of this one is not kept
    let name = named.or_else(|| ServerName::try_from("vnc.invalid").ok())?;
    let deadline = limits.deadline();
    let connected = deadline.bound(TlsConnector::from(Arc::new(config)).connect(name, stream)).await;
    let heard = heard(&ear);
    let mut tls = VencryptTls {
        client: papers.is_some_and(|papers| papers.identity.is_some()),
        name_fits: heard.name_fits.filter(|_| !no_name),
        certificate: heard.certificate.clone(),
        ..VencryptTls::default()
    };
    let secured = match connected {
        None => {
            tls.problem = Some(TlsProblem::Silent { after_millis: deadline.millis });
            None
        }
        Some(Err(error)) => {
            tls.problem = Some(problem(&error, &heard));
            tls.error = Some(error.to_string());
            None
        }
        Some(Ok(secured)) => {
            let version = secured.get_ref().1.protocol_version();
            tls.version = version.and_then(|version| version.as_str()).map(|name| name.replace('_', "."));
            Some(secured)
        }
    };
    if secured.is_none() {
        seen.end = Some(VencryptEnd::TlsFailed);
    }
    seen.tls = Some(tls);
    secured
}

/// The security result. A TLS 1.3 server tells only here that it wants another certificate.
async fn result(stream: &mut TlsStream<TcpStream>, seen: &mut Vencrypt, limits: &Limits) -> Result<(), VencryptEnd> {
    let code = number(stream, limits).await?;
    seen.result = Some(SecurityResult { code, reason: None });
    if code == 0 {
        return Ok(());
    }
    let length = (number(stream, limits).await? as usize).min(LONGEST_REASON);
    let reason = exact(stream, length, Stage::Result, limits).await?;
    seen.result = Some(SecurityResult { code, reason: Some(excerpt(&reason, &[])) });
    Ok(())
}

async fn number(stream: &mut TlsStream<TcpStream>, limits: &Limits) -> Result<u32, VencryptEnd> {
    let bytes = exact(stream, 4, Stage::Result, limits).await?;
    Ok(bytes.first_chunk::<4>().map(|four| u32::from_be_bytes(*four)).unwrap_or_default())
}

async fn send(stream: &mut TcpStream, bytes: &[u8], stage: Stage, limits: &Limits) -> Result<(), VencryptEnd> {
    let deadline = limits.deadline();
    match deadline.bound(stream.write_all(bytes)).await {
        Some(Ok(())) => Ok(()),
        Some(Err(error)) => Err(closed(stage, &error)),
        None => Err(VencryptEnd::Silent { waiting_for: stage, after_millis: deadline.millis }),
    }
}

async fn exact<S: AsyncRead + Unpin>(
    stream: &mut S,
    count: usize,
    stage: Stage,
    limits: &Limits,
) -> Result<Vec<u8>, VencryptEnd> {
    let deadline = limits.deadline();
    let mut bytes = vec![0; count];
    match deadline.bound(stream.read_exact(&mut bytes)).await {
        Some(Ok(_)) => Ok(bytes),
        Some(Err(error)) => Err(closed(stage, &error)),
        None => Err(VencryptEnd::Silent { waiting_for: stage, after_millis: deadline.millis }),
    }
}

fn closed(waiting_for: Stage, error: &io::Error) -> VencryptEnd {
    // an end without a word has no words worth keeping
    let plain = error.kind() == io::ErrorKind::UnexpectedEof
        && error.get_ref().is_none_or(|inner| inner.to_string() == "early eof");
    VencryptEnd::Closed { waiting_for, error: (!plain).then(|| error.to_string()) }
}

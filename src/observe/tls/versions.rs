//! Which versions of TLS a port takes: a handshake for each, that verifies nothing and says nothing afterwards.
//!
//! A port with a certificate that nobody trusts is looked at all the same, and what it presents is kept. No secret is sent:
//! nothing at all is sent but the handshakes and a goodbye. Limit: TLS 1.0 and 1.1 are not spoken; a port that takes only
//! those answers both handshakes with the alert `protocol_version`.

use std::sync::Arc;

use rustls::SupportedProtocolVersion;
use rustls::version::{TLS12, TLS13};
use tokio::io::AsyncWriteExt;

use super::{handshake, settings};
use crate::evidence::probe::{Behalf, Seen};
use crate::evidence::tls::{TlsOffer, TlsVersions};
use crate::observe::dial::{dial, peer};
use crate::observe::limits::{Limits, Watch};

/// Asks a port for TLS 1.2 and for TLS 1.3, each by itself and both at once.
pub async fn versions(host: &str, port: u16, limits: &Limits, behalf: &Behalf) -> Seen<TlsVersions> {
    let watch = Watch::start();
    let ((dial, older), (_, newer)) =
        tokio::join!(offer(host, port, "TLSv1.2", &TLS12, limits), offer(host, port, "TLSv1.3", &TLS13, limits));
    let offers = older.into_iter().chain(newer).collect();
    watch.seen(behalf, peer(host, port), TlsVersions { dial, offers })
}

async fn offer(
    host: &str,
    port: u16,
    name: &str,
    version: &'static SupportedProtocolVersion,
    limits: &Limits,
) -> (crate::evidence::dial::Dial, Option<TlsOffer>) {
    let (dial, stream) = dial(host, port, limits).await;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let (Some(stream), Ok((config, heard))) = (stream, settings(&provider, None, &[version])) else {
        return (dial, None);
    };
    let (saw, stream) = handshake(stream, host, config, &heard, limits.deadline()).await;
    if let Some(mut stream) = stream {
        let _ = limits.deadline().bound(stream.shutdown()).await;
    }
    (dial, Some(TlsOffer { version: name.to_owned(), saw }))
}

//! The one way out: resolve a name, dial every address of every family at once, within one deadline.
//!
//! The operating system's errors become an operator's words here and nowhere else (`evidence::dial::DialOutcome`), with the
//! raw error kept beside them.
//!
//! Limits: at most sixteen addresses of a name are dialled.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::net::{TcpStream, UnixStream};

use super::limits::{Deadline, Limits, Watch};
use super::resolve::{is_literal, resolve};
use crate::evidence::dial::{Address, Dial, DialOutcome, Family, Reach};

/// How long the other addresses of a name may still answer once one has connected: enough to tell refused from dropped
/// on a healthy network, too short to be felt.
const GRACE: Duration = Duration::from_millis(200);

/// Dials `host:port` within one `limits.timeout` for name and connection together. `host` is a name, an IPv4 address or
/// an IPv6 address with or without brackets and zone.
pub async fn dial(host: &str, port: u16, limits: &Limits) -> (Dial, Option<TcpStream>) {
    dial_by(host, port, limits.deadline()).await
}

/// As [`dial`], within a deadline shared with what follows.
pub(crate) async fn dial_by(host: &str, port: u16, deadline: Deadline) -> (Dial, Option<TcpStream>) {
    let watch = Watch::start();
    let named = !is_literal(host);
    let resolved = resolve(host, port, deadline).await;
    let resolve_millis = named.then(|| watch.millis());
    match resolved {
        Ok(addresses) => {
            let (addresses, stream) = dial_all(&addresses, deadline).await;
            // Several may have connected: the one that is kept is the one that is told.
            let kept = stream.as_ref().and_then(|stream| stream.peer_addr().ok()).map(|peer| peer.ip().to_string());
            let told = addresses.iter().find(|address| Some(&address.ip) == kept.as_ref()).or(addresses.first());
            let outcome = told.map_or(DialOutcome::NameUnknown, |address| address.outcome.clone());
            let error = told.and_then(|address| address.error.clone());
            (Dial { addresses, outcome, error, resolve_millis }, stream)
        }
        Err((outcome, error)) => (Dial { addresses: Vec::new(), outcome, error, resolve_millis }, None),
    }
}

/// Dials a Unix socket within one `limits.timeout`.
pub async fn dial_unix(path: &str, limits: &Limits) -> (Dial, Option<UnixStream>) {
    dial_unix_by(path, limits.deadline()).await
}

pub(crate) async fn dial_unix_by(path: &str, deadline: Deadline) -> (Dial, Option<UnixStream>) {
    let (outcome, error, stream) = match deadline.bound(UnixStream::connect(path)).await {
        Some(Ok(stream)) => (DialOutcome::Connected { ip: path.to_owned() }, None, Some(stream)),
        Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
            (DialOutcome::NoSuchSocket, Some(error.to_string()), None)
        }
        Some(Err(error)) => (outcome_of(&error, deadline), Some(error.to_string()), None),
        None => (DialOutcome::TimedOut { after_millis: deadline.millis }, None, None),
    };
    (Dial { addresses: Vec::new(), outcome, error, resolve_millis: None }, stream)
}

/// Every address at once; the first to connect wins, the others get a short grace to say what they say.
async fn dial_all(addresses: &[SocketAddr], deadline: Deadline) -> (Vec<Address>, Option<TcpStream>) {
    let watch = Watch::start();
    let mut open: FuturesUnordered<_> = addresses
        .iter()
        .enumerate()
        .map(|(index, address)| async move { (index, TcpStream::connect(address).await) })
        .collect();
    let mut seen: Vec<Option<Address>> = addresses.iter().map(|_| None).collect();
    let mut winner = None;
    let mut until = deadline;
    while let Some(Some((index, result))) = until.bound(open.next()).await {
        let (outcome, error) = match result {
            Ok(stream) => {
                let outcome = DialOutcome::Connected { ip: addresses[index].ip().to_string() };
                if winner.is_none() {
                    winner = Some(stream);
                    let grace = Deadline::after(GRACE);
                    if grace.at < until.at {
                        until = grace;
                    }
                }
                (outcome, None)
            }
            Err(error) => (outcome_of(&error, deadline), Some(error.to_string())),
        };
        seen[index] = Some(address_seen(addresses[index], outcome, error, watch.millis()));
    }
    let late = |address: &SocketAddr| {
        let after_millis = watch.millis();
        let outcome = if winner.is_some() {
            DialOutcome::NotWaitedFor { after_millis }
        } else {
            DialOutcome::TimedOut { after_millis: deadline.millis }
        };
        address_seen(*address, outcome, None, after_millis)
    };
    let seen = seen.into_iter().zip(addresses).map(|(seen, address)| seen.unwrap_or_else(|| late(address))).collect();
    (seen, winner)
}

fn address_seen(address: SocketAddr, outcome: DialOutcome, error: Option<String>, millis: u64) -> Address {
    let family = if address.is_ipv4() { Family::Ipv4 } else { Family::Ipv6 };
    Address { ip: address.ip().to_string(), family, outcome, error, millis }
}

/// A failed connection in an operator's words.
pub(crate) fn outcome_of(error: &io::Error, deadline: Deadline) -> DialOutcome {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => DialOutcome::Refused,
        io::ErrorKind::TimedOut => DialOutcome::TimedOut { after_millis: deadline.millis },
        io::ErrorKind::HostUnreachable => DialOutcome::Unreachable { what: Reach::Host },
        // EADDRNOTAVAIL and EAFNOSUPPORT: this machine has no address of that family to dial from.
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown | io::ErrorKind::AddrNotAvailable => {
            DialOutcome::Unreachable { what: Reach::Network }
        }
        io::ErrorKind::PermissionDenied => DialOutcome::Denied,
        _ => DialOutcome::Other { text: error.to_string() },
    }
}

/// The dial of a connection that another part made.
pub(crate) fn connected(address: SocketAddr) -> Dial {
    let ip = address.ip().to_string();
    Dial { addresses: Vec::new(), outcome: DialOutcome::Connected { ip }, error: None, resolve_millis: None }
}

/// A peer as it is written: an IPv6 address in brackets, a name or an IPv4 address bare.
pub fn peer(host: &str, port: u16) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use std::time::Instant;

    fn quick() -> Limits {
        Limits { timeout: Duration::from_millis(400), ..Limits::default() }
    }

    #[tokio::test]
    async fn a_listener_is_reached_and_a_closed_port_refuses() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (seen, stream) = dial("127.0.0.1", port, &quick()).await;
        assert_eq!(seen.outcome, DialOutcome::Connected { ip: "127.0.0.1".to_owned() });
        assert_eq!(seen.resolve_millis, None);
        assert!(stream.is_some());
        drop(listener);
        let (seen, stream) = dial("127.0.0.1", port, &quick()).await;
        assert_eq!(seen.outcome, DialOutcome::Refused);
        assert!(seen.error.unwrap().contains("Connection refused"));
        assert!(stream.is_none());
    }

    #[tokio::test]
    async fn every_address_of_a_name_is_told() {
        // localhost stands for 127.0.0.1 and, on most machines, ::1; the listener has one family only.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (seen, _stream) = dial("localhost", port, &quick()).await;
        assert_eq!(seen.outcome, DialOutcome::Connected { ip: "127.0.0.1".to_owned() });
        assert!(seen.resolve_millis.is_some());
        for address in &seen.addresses {
            let connected = matches!(address.outcome, DialOutcome::Connected { .. });
            assert_eq!(connected, address.family == Family::Ipv4, "{address:?}");
        }
    }

    #[tokio::test]
    async fn a_full_backlog_is_a_time_out_within_the_deadline() {
        // A listener that never accepts, its queue filled: the kernel drops further SYNs, as a firewall does.
        let listener = tokio::net::TcpSocket::new_v4().unwrap();
        listener.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = listener.listen(1).unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut held = Vec::new();
        for _ in 0..8 {
            if let (_, Some(stream)) = dial("127.0.0.1", port, &quick()).await {
                held.push(stream);
            }
        }
        let before = Instant::now();
        let (seen, _) = dial("127.0.0.1", port, &quick()).await;
        assert_eq!(seen.outcome, DialOutcome::TimedOut { after_millis: 400 });
        assert!(before.elapsed() < Duration::from_millis(700), "{:?}", before.elapsed());
    }

    #[tokio::test]
    async fn names_that_cannot_be_dialled_are_told_apart() {
        for nonsense in ["", "a b", "a,b", "http://x"] {
            let (seen, _) = dial(nonsense, 1, &quick()).await;
            assert_eq!(seen.outcome, DialOutcome::NotAnAddress, "{nonsense:?}");
        }
        let (seen, _) = dial("vncdoctor.invalid", 1, &Limits::default()).await;
        // A machine without any name server says the second or third of these.
        assert!(
            matches!(
                seen.outcome,
                DialOutcome::NameUnknown | DialOutcome::NameServerFailed | DialOutcome::NameTimedOut { .. }
            ),
            "{seen:?}"
        );
    }

    #[tokio::test]
    async fn a_unix_socket_is_dialled_by_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("memcached.sock");
        let path = path.to_str().unwrap();
        assert_eq!(dial_unix(path, &quick()).await.0.outcome, DialOutcome::NoSuchSocket);
        let listener = std::os::unix::net::UnixListener::bind(path).unwrap();
        assert!(dial_unix(path, &quick()).await.1.is_some());
        drop(listener);
        assert_eq!(dial_unix(path, &quick()).await.0.outcome, DialOutcome::Refused);
    }

    #[test]
    fn an_ipv6_peer_is_written_in_brackets() {
        assert_eq!(peer("::1", 11211), "[::1]:11211");
        assert_eq!(peer("[::1]", 11211), "[::1]:11211");
        assert_eq!(peer("ctl1", 11211), "ctl1:11211");
    }
}

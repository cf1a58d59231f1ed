//! The addresses of a name, within a deadline.
//!
//! A name is resolved by the system's resolver (`/etc/hosts`, `nsswitch.conf` and all, as Python's does it). Its call cannot
//! be cancelled, so it runs on a thread of its own that holds up neither a deadline nor the end of the process.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use tokio::sync::oneshot;

use super::limits::Deadline;
use crate::evidence::dial::DialOutcome;

/// How many addresses of one name are taken.
const MOST_ADDRESSES: usize = 16;

/// The addresses `host` stands for, in the resolver's order, each once.
pub(crate) async fn resolve(
    host: &str,
    port: u16,
    deadline: Deadline,
) -> Result<Vec<SocketAddr>, (DialOutcome, Option<String>)> {
    if let Some(ip) = literal(host) {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    if name.is_empty() || name.len() > 255 || name.contains(['\0', ' ', '/', ',']) {
        return Err((DialOutcome::NotAnAddress, None));
    }
    let (tell, told) = oneshot::channel();
    let thread = std::thread::Builder::new().name("resolve".to_owned()).spawn(move || {
        let found = (name.as_str(), port).to_socket_addrs().map(|all| {
            let mut unique: Vec<SocketAddr> = Vec::new();
            for address in all {
                if unique.len() < MOST_ADDRESSES && !unique.contains(&address) {
                    unique.push(address);
                }
            }
            unique
        });
        // Nobody listens any more when the deadline has passed.
        let _ = tell.send(found);
    });
    if let Err(error) = thread {
        return Err((DialOutcome::Other { text: "no thread to resolve the name".to_owned() }, Some(error.to_string())));
    }
    match deadline.bound(told).await {
        None => Err((DialOutcome::NameTimedOut { after_millis: deadline.millis }, None)),
        Some(Ok(Ok(found))) if found.is_empty() => Err((DialOutcome::NameUnknown, None)),
        Some(Ok(Ok(found))) => Ok(found),
        Some(Ok(Err(error))) => Err((unresolved(&error), Some(error.to_string()))),
        Some(Err(_)) => Err((DialOutcome::Other { text: "the resolver gave up".to_owned() }, None)),
    }
}

/// Whether `host` is an address rather than a name.
pub(crate) fn is_literal(host: &str) -> bool {
    literal(host).is_some()
}

/// An address given as such; a zone (`fe80::1%eth0`) needs the resolver.
fn literal(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    bare.parse().ok()
}

/// The resolver's error. Rust gives getaddrinfo's code only as glibc's or musl's text.
fn unresolved(error: &io::Error) -> DialOutcome {
    let text = error.to_string();
    // EAI_AGAIN: no name server answered, or it failed.
    if ["Temporary failure", "Try again"].iter().any(|sign| text.contains(sign)) {
        return DialOutcome::NameServerFailed;
    }
    // EAI_NONAME, EAI_NODATA, EAI_ADDRFAMILY.
    let unknown =
        ["Name or service not known", "No address associated", "Name does not resolve", "not supported for name"];
    if unknown.iter().any(|sign| text.contains(sign)) {
        return DialOutcome::NameUnknown;
    }
    if error.kind() == io::ErrorKind::InvalidInput {
        return DialOutcome::NotAnAddress;
    }
    DialOutcome::Other { text }
}

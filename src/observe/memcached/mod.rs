//! Asks memcached nodes for keys and for their figures: each node by itself, all at once, reading only.
//!
//! One connection per node and one deadline for the whole conversation - connection, `version`, `stats`, every key - so a
//! frozen, mute or dripping node costs one time-out, whatever it does. Keys are asked with `mg` and its `u` flag, which
//! leaves no trace in the node's LRU; servers before 1.6 answer `ERROR` to that and are asked with `get`.
//!
//! The meta protocol is written and read by the memcache crate's `exp` wire layer; the bytes come through our own bounded
//! reader. The crate's own connection reads a line of any length into memory: an endless line made it hold 0.4 GiB after
//! one second (release build, loopback), thirty such nodes thirty times that, and its deadline does not bound it.
//!
//! Limits: plain TCP and Unix sockets, without SASL or TLS - which no nova before Train could speak to memcached either;
//! that a node wants them is seen and said. Values beyond 64 KiB are not read.

mod key;
mod lookup;
mod server;
mod stop;
mod talk;
mod wire;

use super::dial::{dial_by, dial_unix_by, peer};
use super::limits::{Deadline, Limits, Watch};
use super::wire::Stream;
use crate::evidence::dial::{Dial, DialOutcome};
use crate::evidence::memcached::MemcachedAnswer;
use crate::evidence::probe::{Behalf, Seen};
use futures_util::future::join_all;
pub use key::{Key, Value};
pub use server::Server;

/// What one node said, with the values it held: the evidence may be saved, the values may not.
#[derive(Debug)]
pub struct Answer {
    /// The evidence.
    pub seen: Seen<MemcachedAnswer>,
    /// The value of each key, parallel to `seen.saw.keys`, for the caller to decode.
    pub values: Vec<Option<Value>>,
}

/// One node to be asked.
#[derive(Clone, Debug)]
pub struct Node {
    /// The node as configuration writes it: see [`Server::parse`].
    pub server: String,
    /// On whose behalf.
    pub behalf: Behalf,
}

/// Asks every node at once; the answers come in the order of `nodes`, after at most one `limits.timeout`.
pub async fn ask_all(nodes: &[Node], keys: &[Key], limits: &Limits) -> Vec<Answer> {
    join_all(nodes.iter().map(|node| ask(&node.server, keys, limits, &node.behalf))).await
}

/// Asks one node for its figures and for `keys`, within one `limits.timeout` in all.
pub async fn ask(server: &str, keys: &[Key], limits: &Limits, behalf: &Behalf) -> Answer {
    let watch = Watch::start();
    let deadline = limits.deadline();
    match Server::parse(server) {
        None => {
            let dial =
                Dial { addresses: Vec::new(), outcome: DialOutcome::NotAnAddress, error: None, resolve_millis: None };
            Answer { seen: watch.seen(behalf, server.to_owned(), unheard(dial)), values: Vec::new() }
        }
        Some(Server::Tcp { host, port }) => {
            let (dial, stream) = dial_by(&host, port, deadline).await;
            let (answer, values) = converse(dial, stream, keys, deadline).await;
            Answer { seen: watch.seen(behalf, peer(&host, port), answer), values }
        }
        Some(Server::Unix { path }) => {
            let (dial, stream) = dial_unix_by(&path, deadline).await;
            let (answer, values) = converse(dial, stream, keys, deadline).await;
            Answer { seen: watch.seen(behalf, format!("unix:{path}"), answer), values }
        }
    }
}

fn unheard(dial: Dial) -> MemcachedAnswer {
    MemcachedAnswer { dial, conduct: None, node: None, keys: Vec::new() }
}

async fn converse<S: Stream>(
    dial: Dial,
    stream: Option<S>,
    keys: &[Key],
    deadline: Deadline,
) -> (MemcachedAnswer, Vec<Option<Value>>) {
    let mut answer = unheard(dial);
    let Some(stream) = stream else {
        return (answer, Vec::new());
    };
    let heard = talk::talk(stream, keys, deadline).await;
    answer.conduct = Some(heard.conduct);
    answer.node = heard.node;
    answer.keys = heard.keys;
    (answer, heard.values)
}

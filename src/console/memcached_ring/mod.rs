//! Which memcached of a list a client asks for a key, and whether two lists agree on it.
//!
//! python-memcached (all token-carrying backends up to release 19) counts: only a server's place in the list matters.
//! pymemcache (a `[cache] backend` only after consoleauth was gone) draws by name: only the text `host:port` matters.

mod agreement;
mod python;
mod rendezvous;
mod server;

pub use agreement::{Agreement, Machines, Names, Sameness, same_node, same_ring, same_server};
pub use python::{MAX_TRIES, node_with_dead, probe_order, python_memcached, start_hash};
pub use rendezvous::{murmur3_32, rendezvous};
pub use server::{DEFAULT_PORT, ServerAddr, ServerProblem, parse_pymemcache, parse_python_memcached, pymemcache_node};

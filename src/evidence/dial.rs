//! What a dial met: the addresses of a name, the answer of each, and the one place with the words an operator knows.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One dial of `host:port` or of a Unix socket: every address that was tried, and the outcome as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dial {
    /// The addresses the name stands for, in the resolver's order; empty for a Unix socket or an unresolved name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Address>,
    /// Connected if one address did; else what the first address in order met.
    pub outcome: DialOutcome,
    /// The operating system's or resolver's own words, where there was an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Time spent on the name, in milliseconds; absent where the host was given as an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve_millis: Option<u64>,
}

impl Dial {
    /// Nobody was dialled, yet or at all.
    pub fn not_tried() -> Self {
        Self { addresses: Vec::new(), outcome: DialOutcome::NotAnAddress, error: None, resolve_millis: None }
    }

    /// Whether a connection was made.
    pub fn connected(&self) -> bool {
        matches!(self.outcome, DialOutcome::Connected { .. })
    }
}

/// One address of a name and what came of dialling it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The address, without a port.
    pub ip: String,
    /// Its family.
    pub family: Family,
    /// What came of dialling it.
    pub outcome: DialOutcome,
    /// The operating system's own words, where there was an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How long this address took, in milliseconds.
    pub millis: u64,
}

/// The family of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

/// What a dial met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum DialOutcome {
    /// A connection was made.
    Connected {
        /// The address that answered first, or the path of a Unix socket.
        ip: String,
    },
    /// The machine is there and nothing listens at that port (or a firewall rejects with a reset).
    Refused,
    /// No answer at all within the deadline.
    TimedOut {
        /// The deadline, in milliseconds.
        after_millis: u64,
    },
    /// Still without an answer when another address of the same name had connected; not waited for.
    NotWaitedFor {
        /// How long it had, in milliseconds.
        after_millis: u64,
    },
    /// A router, or this machine, knows no way there.
    Unreachable {
        /// What is out of reach.
        what: Reach,
    },
    /// The name stands for no address.
    NameUnknown,
    /// The name servers gave no usable answer.
    NameServerFailed,
    /// The name servers gave no answer within the deadline.
    NameTimedOut {
        /// The deadline, in milliseconds.
        after_millis: u64,
    },
    /// This machine does not permit the dial (a local firewall rule, a Unix socket's mode).
    Denied,
    /// The path of a Unix socket does not exist.
    NoSuchSocket,
    /// Not an address at all: the text cannot be dialled.
    NotAnAddress,
    /// Anything else, in the operating system's words.
    Other {
        /// Those words.
        text: String,
    },
}

/// What an unreachable peer is out of reach of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// The host: a router on the way, or the neighbour table, gave it up.
    Host,
    /// The network: no route.
    Network,
}

impl DialOutcome {
    /// The outcome in the words an operator knows, as a lower-case fragment without host or port.
    pub fn words(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for DialOutcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected { .. } => out.write_str("connected"),
            Self::Refused => out.write_str("refused (the machine answers, nothing listens there)"),
            Self::TimedOut { after_millis } => {
                write!(out, "no answer within {} (dropped by a firewall, or no such machine)", seconds(*after_millis))
            }
            Self::NotWaitedFor { after_millis } => {
                write!(out, "no answer after {}, when another address had answered", seconds(*after_millis))
            }
            Self::Unreachable { what: Reach::Host } => out.write_str("no route to host"),
            Self::Unreachable { what: Reach::Network } => out.write_str("network is unreachable"),
            Self::NameUnknown => out.write_str("the name is unknown"),
            Self::NameServerFailed => out.write_str("the name servers gave no usable answer"),
            Self::NameTimedOut { after_millis } => {
                write!(out, "the name servers gave no answer within {}", seconds(*after_millis))
            }
            Self::Denied => out.write_str("permission denied on this machine"),
            Self::NoSuchSocket => out.write_str("no such socket"),
            Self::NotAnAddress => out.write_str("not an address that can be dialled"),
            Self::Other { text } => out.write_str(text),
        }
    }
}

/// Milliseconds as an operator writes a time-out: `3 s`, `0.25 s`.
pub fn seconds(millis: u64) -> String {
    let text = format!("{:.3}", std::time::Duration::from_millis(millis).as_secs_f64());
    format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_outs_read_as_an_operator_writes_them() {
        assert_eq!(seconds(3000), "3 s");
        assert_eq!(seconds(250), "0.25 s");
        assert_eq!(seconds(10), "0.01 s");
        assert_eq!(seconds(100_000), "100 s");
        assert_eq!(seconds(0), "0 s");
    }

    #[test]
    fn the_words_say_who_dropped_it() {
        let words = DialOutcome::TimedOut { after_millis: 3000 }.words();
        assert_eq!(words, "no answer within 3 s (dropped by a firewall, or no such machine)");
    }
}

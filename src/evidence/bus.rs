//! What a RabbitMQ said: about itself, to a login, and about the queues that nova's services consume.
//!
//! No credential is kept, nor who they are for: a login is named by the host and service whose file has it.

use serde::{Deserialize, Serialize};

use super::dial::{Dial, seconds};
use super::process::Service;
use super::stranger::Stranger;
use super::tls::TlsSeen;

/// One conversation with one broker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BusAnswer {
    /// The dial.
    pub dial: Dial,
    /// The TLS handshake, where the configuration wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSeen>,
    /// The configuration names authorities of its own for that, and the handshake was judged by them.
    #[serde(default)]
    pub own_authorities: bool,
    /// The virtual host that was asked for.
    pub virtual_host: String,
    /// The login is RabbitMQ's own `guest`, who may log in from the broker's machine alone unless it says otherwise.
    #[serde(default)]
    pub guest: bool,
    /// The services whose configuration names this broker with this login and virtual host.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<Seat>,
    /// How it went; absent where no connection was made, or TLS failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conduct: Option<BusConduct>,
    /// What the broker said about itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broker: Option<BrokerSeen>,
    /// Why it holds publishers back (a resource alarm), where it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<String>,
    /// Each queue, in the order asked; one whose answer did not come is absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<QueueSeen>,
}

impl BusAnswer {
    /// Logged in, and the virtual host open.
    pub fn opened(&self) -> bool {
        matches!(self.conduct, Some(BusConduct::Opened))
    }

    /// What became of it, as a lower-case fragment without the peer.
    pub fn words(&self) -> String {
        let tls = self.tls.as_ref().and_then(|tls| tls.problem.as_ref());
        match (&self.conduct, tls) {
            (Some(conduct), _) => conduct.words(&self.virtual_host),
            (None, Some(problem)) => format!("TLS fails: {}", problem.words()),
            (None, None) => self.dial.outcome.words(),
        }
    }

    /// What is said of a queue, if it was asked for and answered.
    pub fn queue(&self, name: &str) -> Option<&QueueFound> {
        self.queues.iter().find(|queue| queue.name == name).map(|queue| &queue.found)
    }
}

impl BusConduct {
    fn words(&self, virtual_host: &str) -> String {
        match self {
            Self::Opened => format!("logged in, virtual host {virtual_host} open"),
            Self::LoginRefused { .. } => "refuses the login".to_owned(),
            Self::NoVirtualHost { .. } => format!("has no virtual host {virtual_host}"),
            Self::VirtualHostRefused { .. } => format!("does not let the user into the virtual host {virtual_host}"),
            Self::NoMechanism => "offers no login by password".to_owned(),
            Self::Refused { waiting_for, code, text } => {
                format!("ends the connection at the {waiting_for} ({code}: {text})")
            }
            Self::OtherVersion { version } => format!("speaks AMQP {version}, not 0.9.1"),
            Self::Stranger { protocol, .. } => format!("answers as {}", protocol.words()),
            Self::Silent { waiting_for, after_millis, .. } => {
                format!("takes connections and says nothing to the {waiting_for} within {}", seconds(*after_millis))
            }
            Self::Closed { waiting_for, .. } => format!("takes connections and hangs up at the {waiting_for}"),
            Self::Broken { waiting_for, what, .. } => format!("breaks the protocol at the {waiting_for} ({what})"),
            Self::NotAskable { what } => what.clone(),
        }
    }
}

impl QueueFound {
    /// In words, as a lower-case fragment.
    pub fn words(&self) -> String {
        match self {
            Self::Present { messages, consumers } => format!("{consumers} consumers, {messages} messages waiting"),
            Self::Absent => "there is no such queue".to_owned(),
            Self::NodeDown { .. } => "its RabbitMQ node is down".to_owned(),
            Self::Forbidden => "the user may not ask for it".to_owned(),
            Self::Other { code, text } => format!("{code}: {text}"),
        }
    }
}

/// A service that sits on a bus.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Seat {
    /// Name of the host.
    pub host: String,
    /// The service.
    pub service: Service,
}

/// A broker's own words in its greeting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerSeen {
    /// `RabbitMQ`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Its release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Name of the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Ways to log in that it offers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mechanisms: Vec<String>,
}

/// How a conversation went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum BusConduct {
    /// Logged in, and the virtual host is open.
    Opened,
    /// It does not take this user with this password.
    LoginRefused {
        /// Its words; absent where it only closed the connection.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// It has no such virtual host.
    NoVirtualHost {
        /// Its words.
        text: String,
    },
    /// The user may not enter the virtual host.
    VirtualHostRefused {
        /// Its words.
        text: String,
    },
    /// It offers no way to log in with a password.
    NoMechanism,
    /// It closed the connection in the protocol's way, for another reason.
    Refused {
        /// What it was asked: `greeting`, `login`, `tuning`, `virtual host` or `queues`.
        waiting_for: String,
        /// AMQP's number of the reason.
        code: u16,
        /// Its words.
        text: String,
    },
    /// It speaks another version of AMQP: its numbers, as `1.0.0`.
    OtherVersion {
        /// Major, minor and revision, as it gives them.
        version: String,
    },
    /// Something else listens there.
    Stranger {
        /// What its first bytes are the mark of.
        protocol: Stranger,
        /// Those bytes, made printable.
        first: String,
    },
    /// The deadline passed while an answer was outstanding.
    Silent {
        /// The question that was open.
        waiting_for: String,
        /// The deadline of the whole conversation, in milliseconds.
        after_millis: u64,
        /// Bytes of the unfinished answer that had come.
        bytes: u64,
    },
    /// It closed the connection without a word.
    Closed {
        /// The question that was open.
        waiting_for: String,
        /// Bytes of the unfinished answer that had come.
        bytes: u64,
        /// The operating system's own words, where it was a reset.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// It breaks the protocol.
    Broken {
        /// The question that was open.
        waiting_for: String,
        /// What is wrong with the answer.
        what: String,
        /// The start of the answer, made printable.
        first: String,
    },
    /// What the configuration wants cannot be asked in AMQP.
    NotAskable {
        /// Why.
        what: String,
    },
}

/// A queue that was asked for by name, without making it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueSeen {
    /// Its name.
    pub name: String,
    /// What came back.
    pub found: QueueFound,
}

/// What a broker says of a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum QueueFound {
    /// It is there.
    Present {
        /// Messages that wait in it.
        messages: u32,
        /// Consumers that take from it.
        consumers: u32,
    },
    /// There is none of that name (404).
    Absent,
    /// It is there, and its node is not (404 in other words).
    NodeDown {
        /// The broker's words.
        text: String,
    },
    /// The user may not ask (403).
    Forbidden,
    /// Anything else.
    Other {
        /// AMQP's number of the reason.
        code: u16,
        /// The broker's words.
        text: String,
    },
}

/// A transport URL that leads to no conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusUnasked {
    /// Whose it is.
    pub seat: Seat,
    /// Why nobody was asked, or one of its brokers was not.
    pub why: Unasked,
}

/// Why a transport URL, or one of its brokers, was not asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Unasked {
    /// It cannot be read: the service does not start.
    Unreadable {
        /// Why, without a word of it.
        what: String,
    },
    /// It has an option that this release refuses: the service does not start.
    Misfit {
        /// Which and why, without a word of a secret.
        what: String,
    },
    /// A member that kombu makes no connection of.
    Unusable {
        /// Which, counted from 1.
        member: u32,
        /// Why, without a word of it.
        what: String,
    },
    /// Another driver than RabbitMQ's.
    Driver {
        /// Its name.
        name: String,
    },
    /// The file with it was given without its secrets, or could not be read again.
    Unknown,
}

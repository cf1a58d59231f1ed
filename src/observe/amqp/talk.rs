//! One conversation with one broker, whatever it does.

use super::codec::{
    Arguments, BLOCKED, CHANNEL_CLOSE, CHANNEL_CLOSE_OK, CHANNEL_OPEN, CHANNEL_OPEN_OK, CLOSE, CLOSE_OK, Frame, HEADER,
    Id, LARGEST, Method, OPEN, OPEN_OK, QUEUE_DECLARE, QUEUE_DECLARE_OK, SECURE, START, START_OK, TUNE, TUNE_OK,
    UNBLOCKED,
};
use super::wire::Trouble;
use crate::evidence::bus::{BrokerSeen, BusConduct, QueueFound, QueueSeen};
use crate::evidence::stranger::Stranger;
use crate::observe::excerpt::excerpt;
use crate::observe::limits::Deadline;
use crate::observe::wire::{Closed, Stream, Wire};
use crate::oslo::secret::Secret;
use crate::oslo::transport_url::Broker;
use std::time::Duration;

/// How long a broker may take to say goodbye.
const GOODBYE: Duration = Duration::from_millis(500);
/// Frames that are no answer and still read before a peer counts as endless.
const MOST_IDLE: usize = 100;
/// AMQP's reasons.
const ACCESS_REFUSED: u16 = 403;
const NOT_FOUND: u16 = 404;
const NOT_ALLOWED: u16 = 530;

/// Who logs in to what.
pub(super) struct Login<'b> {
    username: &'b Secret,
    password: &'b Secret,
    virtual_host: &'b str,
}

impl<'b> Login<'b> {
    pub(super) fn of(broker: &'b Broker) -> Self {
        Self { username: &broker.username, password: &broker.password, virtual_host: &broker.virtual_host }
    }
}

/// All that a conversation brought.
pub(super) struct Heard {
    pub(super) conduct: BusConduct,
    pub(super) broker: Option<BrokerSeen>,
    pub(super) blocked: Option<String>,
    pub(super) queues: Vec<QueueSeen>,
}

/// Why a conversation stopped short.
enum Stop {
    Trouble(Trouble),
    /// The broker closed the connection, and why.
    Told(u16, String),
    Conduct(BusConduct),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<Closed> for Stop {
    fn from(closed: Closed) -> Self {
        Self::Trouble(closed.into())
    }
}

/// Holds the whole conversation, until the deadline at the latest; what was heard by then is kept.
pub(super) async fn talk<S: Stream>(stream: S, login: &Login<'_>, queues: &[String], deadline: Deadline) -> Heard {
    if login.virtual_host.len() > 255 {
        let what = "the virtual host has more than 255 bytes".to_owned();
        let conduct = BusConduct::NotAskable { what };
        return Heard { conduct, broker: None, blocked: None, queues: Vec::new() };
    }
    let mut talk = Talk {
        wire: Wire::new(stream),
        login,
        open: "greeting",
        opened: false,
        broker: None,
        blocked: None,
        queues: queues.iter().map(|_| None).collect(),
    };
    let ended = deadline.bound(talk.hold(queues)).await;
    let conduct = match ended {
        Some(Ok(())) => BusConduct::Opened,
        Some(Err(stop)) => talk.stopped(stop),
        None => talk.stranger().unwrap_or(BusConduct::Silent {
            waiting_for: talk.open.to_owned(),
            after_millis: deadline.millis,
            bytes: talk.wire.unread().len() as u64,
        }),
    };
    // whatever became of the queues, the way in was open
    let conduct = if talk.opened { BusConduct::Opened } else { conduct };
    let seen = queues
        .iter()
        .zip(talk.queues)
        .filter_map(|(name, found)| Some(QueueSeen { name: name.clone(), found: found? }));
    Heard { conduct, broker: talk.broker, blocked: talk.blocked, queues: seen.collect() }
}

struct Talk<'l, S> {
    wire: Wire<S>,
    login: &'l Login<'l>,
    /// The question that is open.
    open: &'static str,
    opened: bool,
    broker: Option<BrokerSeen>,
    blocked: Option<String>,
    queues: Vec<Option<QueueFound>>,
}

impl<S: Stream> Talk<'_, S> {
    async fn hold(&mut self, queues: &[String]) -> Result<(), Stop> {
        self.wire.send(HEADER).await?;
        let start = self.answer(START).await?;
        let mechanisms = self.greeting(&start)?;
        self.open = "login";
        let login = self.response(&mechanisms).ok_or(Stop::Conduct(BusConduct::NoMechanism))?;
        self.wire.send(&login).await?;
        let tune = self.answer(TUNE).await?;
        self.open = "virtual host";
        let channels = self.tune(&tune).await?;
        self.wire
            .send(&Method::default().short_string(self.login.virtual_host).short_string("").octet(0).frame(0, OPEN))
            .await?;
        self.answer(OPEN_OK).await?;
        self.opened = true;
        self.open = "queues";
        let asked = queues.len().min(channels);
        self.ask(&queues[..asked]).await?;
        self.goodbye().await;
        Ok(())
    }

    /// The arguments of the method that is waited for on the connection itself.
    async fn answer(&mut self, wanted: Id) -> Result<Vec<u8>, Stop> {
        let (_, _, arguments) = self.method(|channel, id| channel == 0 && id == wanted).await?;
        Ok(arguments)
    }

    /// The next method that is wanted; what a broker may say at any time is taken on the way.
    async fn method(&mut self, wanted: impl Fn(u16, Id) -> bool) -> Result<(u16, Id, Vec<u8>), Stop> {
        for _ in 0..MOST_IDLE {
            let Frame::Method { channel, id, arguments } = self.wire.frame().await? else { continue };
            match (channel, id) {
                _ if wanted(channel, id) => return Ok((channel, id, arguments)),
                (0, CLOSE) => {
                    let told = reason(&arguments).ok_or(broken("a close without a reason"))?;
                    let _ = self.wire.send(&Method::default().frame(0, CLOSE_OK)).await;
                    self.wire.shut().await;
                    return Err(Stop::Told(told.0, self.words(&told.1)));
                }
                (0, BLOCKED) => {
                    let text = Arguments(&arguments).short_string().unwrap_or_default();
                    self.blocked = Some(self.words(text));
                }
                (0, UNBLOCKED) => self.blocked = None,
                (0, SECURE) => return Err(broken("a challenge that no password answers")),
                (_, CHANNEL_OPEN_OK | CHANNEL_CLOSE_OK) => {}
                _ => return Err(broken("an answer that was not asked for")),
            }
        }
        Err(broken("an endless answer"))
    }

    /// Keeps what the broker says of itself; the ways to log in that it offers.
    fn greeting(&mut self, start: &[u8]) -> Result<Vec<u8>, Stop> {
        let mut start = Arguments(start);
        let mut read = || {
            let version = (start.octet()?, start.octet()?);
            Some((version, start.table_texts()?, start.long_string()?))
        };
        let (version, texts, mechanisms) = read().ok_or(broken("a greeting that cannot be read"))?;
        if version != (0, 9) {
            let version = format!("{}.{}", version.0, version.1);
            return Err(Stop::Conduct(BusConduct::OtherVersion { version }));
        }
        let text = |wanted: &[u8]| {
            let found = texts.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, text)| excerpt(text, &[]))
        };
        self.broker = Some(BrokerSeen {
            product: text(b"product"),
            version: text(b"version"),
            cluster: text(b"cluster_name"),
            mechanisms: excerpt(mechanisms, &[]).split(' ').map(str::to_owned).collect(),
        });
        Ok(mechanisms.to_vec())
    }

    /// The login, by the plainest way that is offered.
    fn response(&self, mechanisms: &[u8]) -> Option<Vec<u8>> {
        let offered = |name: &[u8]| mechanisms.split(|byte| *byte == b' ').any(|one| one == name);
        let (user, password) = (self.login.username.reveal(), self.login.password.reveal());
        let (name, response) = if offered(b"PLAIN") {
            ("PLAIN", format!("\0{user}\0{password}").into_bytes())
        } else if offered(b"AMQPLAIN") {
            let table = Method::default().text("LOGIN", user.as_bytes()).text("PASSWORD", password.as_bytes());
            ("AMQPLAIN", table.bytes().to_vec())
        } else {
            return None;
        };
        let capabilities = Method::default().truth("authentication_failure_close").truth("connection.blocked");
        let about = Method::default()
            .text("product", b"vncdoctor")
            .text("version", env!("CARGO_PKG_VERSION").as_bytes())
            .table("capabilities", &capabilities);
        let start_ok = Method::default()
            .long_string(about.bytes())
            .short_string(name)
            .long_string(&response)
            .short_string("en_US");
        Some(start_ok.frame(0, START_OK))
    }

    /// Takes what the broker proposes, frames of a bounded size, and no heartbeat; how many channels there may be.
    async fn tune(&mut self, tune: &[u8]) -> Result<usize, Stop> {
        let mut tune = Arguments(tune);
        let (channels, frame) = tune.short().zip(tune.long()).ok_or(broken("a proposal that cannot be read"))?;
        let frame = if frame == 0 { LARGEST as u32 } else { frame.min(LARGEST as u32) };
        self.wire.send(&Method::default().short(channels).long(frame).short(0).frame(0, TUNE_OK)).await?;
        Ok(if channels == 0 { usize::from(u16::MAX) } else { usize::from(channels) })
    }

    /// Asks for every queue by a passive declare, all at once, each on a channel of its own: an answer of "no" closes it.
    async fn ask(&mut self, queues: &[String]) -> Result<(), Stop> {
        let mut bytes = Vec::new();
        for (index, name) in queues.iter().enumerate() {
            let channel = index as u16 + 1;
            bytes.extend(Method::default().short_string("").frame(channel, CHANNEL_OPEN));
            // passive, and nothing else
            let declare = Method::default().short(0).short_string(name).octet(1).long(0);
            bytes.extend(declare.frame(channel, QUEUE_DECLARE));
        }
        self.wire.send(&bytes).await?;
        let count = queues.len();
        for _ in queues {
            let here = |channel: u16| (1..=count).contains(&usize::from(channel));
            let wanted = |channel, id| here(channel) && matches!(id, QUEUE_DECLARE_OK | CHANNEL_CLOSE);
            let (channel, id, arguments) = self.method(wanted).await?;
            let found = if id == CHANNEL_CLOSE {
                self.wire.send(&Method::default().frame(channel, CHANNEL_CLOSE_OK)).await?;
                let (code, text) = reason(&arguments).ok_or(broken("a close without a reason"))?;
                self.refused(code, &text)
            } else {
                let mut read = Arguments(&arguments);
                let mut counts = || {
                    read.short_string()?;
                    Some((read.long()?, read.long()?))
                };
                let (messages, consumers) = counts().ok_or(broken("a queue that cannot be read"))?;
                QueueFound::Present { messages, consumers }
            };
            let place = &mut self.queues[usize::from(channel) - 1];
            if place.replace(found).is_some() {
                return Err(broken("two answers for one queue"));
            }
        }
        Ok(())
    }

    /// Why a queue was not told.
    fn refused(&self, code: u16, text: &[u8]) -> QueueFound {
        let text = self.words(text);
        match code {
            // rabbit_amqqueue.erl, not_found: "home node 'NODE' of durable queue 'NAME' … is down or inaccessible"
            NOT_FOUND if text.contains("down or inaccessible") || text.contains("home node") => {
                QueueFound::NodeDown { text }
            }
            NOT_FOUND => QueueFound::Absent,
            ACCESS_REFUSED => QueueFound::Forbidden,
            code => QueueFound::Other { code, text },
        }
    }

    /// Ends the connection in the protocol's way.
    async fn goodbye(&mut self) {
        let close = Method::default().short(200).short_string("done").short(0).short(0);
        if self.wire.send(&close.frame(0, CLOSE)).await.is_ok() {
            let _ = Deadline::after(GOODBYE).bound(self.answer(CLOSE_OK)).await;
        }
        self.wire.shut().await;
    }

    /// A stopped conversation as evidence.
    fn stopped(&self, stop: Stop) -> BusConduct {
        let waiting_for = self.open.to_owned();
        match stop {
            Stop::Conduct(BusConduct::Broken { what, first, .. }) => BusConduct::Broken { waiting_for, what, first },
            Stop::Conduct(conduct) => conduct,
            Stop::Told(ACCESS_REFUSED, text) if self.open == "login" => BusConduct::LoginRefused { text: Some(text) },
            Stop::Told(code @ (ACCESS_REFUSED | NOT_ALLOWED), text) if self.open == "virtual host" => {
                // rabbit_reader.erl and rabbit_access_control.erl; of limits they speak in other words
                match () {
                    () if text.contains("not found") => BusConduct::NoVirtualHost { text },
                    () if text.contains("refused for user") && !text.contains("limit") => {
                        BusConduct::VirtualHostRefused { text }
                    }
                    () => BusConduct::Refused { waiting_for, code, text },
                }
            }
            Stop::Told(code, text) => BusConduct::Refused { waiting_for, code, text },
            Stop::Trouble(trouble) => self.stranger().unwrap_or_else(|| self.troubled(trouble)),
        }
    }

    fn troubled(&self, trouble: Trouble) -> BusConduct {
        let waiting_for = self.open.to_owned();
        let unread = self.wire.unread();
        match trouble {
            // a broker that knows no other answer to a wrong password (before 3.2)
            Trouble::Closed(_) if self.open == "login" && unread.is_empty() => BusConduct::LoginRefused { text: None },
            Trouble::Closed(error) => BusConduct::Closed {
                waiting_for,
                bytes: unread.len() as u64,
                error: error.map(|error| error.to_string()),
            },
            Trouble::Broken(what) => {
                BusConduct::Broken { waiting_for, what: what.to_owned(), first: self.words(unread) }
            }
        }
    }

    /// Whether the first bytes are another protocol's, or another AMQP's; only where nothing of AMQP was heard.
    fn stranger(&self) -> Option<BusConduct> {
        let unread = self.wire.unread();
        if self.open != "greeting" {
            return None;
        }
        if let [b'A', b'M', b'Q', b'P', id, major, minor, revision, ..] = unread {
            let sasl = if *id == 3 { " with SASL" } else { "" };
            return Some(BusConduct::OtherVersion { version: format!("{major}.{minor}.{revision}{sasl}") });
        }
        let protocol = Stranger::known(unread)?;
        Some(BusConduct::Stranger { protocol, first: self.words(unread) })
    }

    /// A broker's bytes as evidence may quote them.
    fn words(&self, bytes: &[u8]) -> String {
        excerpt(bytes, &[self.login.password.reveal(), self.login.username.reveal()])
    }
}

/// Number and words of a close.
fn reason(arguments: &[u8]) -> Option<(u16, Vec<u8>)> {
    let mut read = Arguments(arguments);
    Some((read.short()?, read.short_string()?.to_vec()))
}

fn broken(what: &str) -> Stop {
    Stop::Conduct(BusConduct::Broken { waiting_for: String::new(), what: what.to_owned(), first: String::new() })
}

#[cfg(test)]
mod tests;

//! One conversation with one node, whatever it does: `version`, `stats`, each key, `quit`.

use super::key::{Key, Value};
use super::lookup;
use super::stop::{Refusal, Stop, refusal};
use super::wire::Trouble;
use crate::evidence::memcached::{Conduct, Found, KeySeen, Node};
use crate::evidence::stranger::Stranger;
use crate::observe::excerpt::excerpt;
use crate::observe::limits::{Deadline, unix_now};
use crate::observe::wire::{Stream, Wire};

/// The most lines of `stats` that are read; 1.6 sends about ninety.
const MOST_STATS: usize = 400;

/// All that a conversation brought.
pub(super) struct Heard {
    pub(super) conduct: Conduct,
    pub(super) node: Option<Node>,
    pub(super) keys: Vec<KeySeen>,
    pub(super) values: Vec<Option<Value>>,
}

/// Holds the whole conversation, until the deadline at the latest; what was heard by then is kept.
pub(super) async fn talk<S: Stream>(stream: S, keys: &[Key], deadline: Deadline) -> Heard {
    let mut talk = Talk { wire: Wire::new(stream), open: "version", node: None, keys: Vec::new(), values: Vec::new() };
    let ended = deadline.bound(talk.hold(keys)).await;
    let secrets: Vec<&str> = keys.iter().filter_map(Key::secret).collect();
    let conduct = match ended {
        Some(Ok(())) => Conduct::Answered,
        Some(Err(stop)) => talk.stopped(stop, &secrets),
        None => talk.stranger(talk.wire.unread(), &secrets).unwrap_or(Conduct::Silent {
            waiting_for: talk.open.to_owned(),
            after_millis: deadline.millis,
            bytes: talk.wire.unread().len() as u64,
        }),
    };
    Heard { conduct, node: talk.node, keys: talk.keys, values: talk.values }
}

struct Talk<S> {
    wire: Wire<S>,
    /// The question that is open.
    open: &'static str,
    node: Option<Node>,
    keys: Vec<KeySeen>,
    values: Vec<Option<Value>>,
}

impl<S: Stream> Talk<S> {
    async fn hold(&mut self, keys: &[Key]) -> Result<(), Stop> {
        self.version().await?;
        self.open = "stats";
        self.stats().await?;
        self.open = "key";
        let mut meta = true;
        for key in keys {
            let mut held = if meta { lookup::meta_get(&mut self.wire, key).await? } else { None };
            if held.is_none() {
                meta = false;
                held = Some(lookup::classic_get(&mut self.wire, key).await?);
            }
            let (found, value) = held.unwrap_or((Found::Absent, None));
            let lost = matches!(found, Found::TooLarge { bytes } if bytes > lookup::LARGEST_SKIP as u64);
            self.keys.push(KeySeen { form: key.form(), found, decoded: None });
            self.values.push(value);
            if lost {
                return Err(Stop::Broken("a value of impossible size".to_owned(), Vec::new()));
            }
        }
        self.wire.quit().await;
        Ok(())
    }

    async fn version(&mut self) -> Result<(), Stop> {
        self.wire.send(b"version\r\n").await?;
        let line = self.wire.line().await?;
        if let Some(version) = line.strip_prefix(b"VERSION ") {
            self.node.get_or_insert_default().version = Some(excerpt(version.trim_ascii(), &[]));
            return Ok(());
        }
        match refusal(&line) {
            Some(Refusal::Auth(text)) => Err(Stop::Auth(text)),
            // A proxy in front of memcached may not know `version`; the keys still may be asked for.
            Some(_) => Ok(()),
            None => Err(Stop::Broken("not an answer of memcached".to_owned(), line)),
        }
    }

    async fn stats(&mut self) -> Result<(), Stop> {
        self.wire.send(b"stats\r\n").await?;
        for count in 0..MOST_STATS {
            let line = self.wire.line().await?;
            if line == b"END" {
                return Ok(());
            }
            if let Some(figure) = line.strip_prefix(b"STAT ") {
                if let Ok(text) = std::str::from_utf8(figure)
                    && let Some((name, value)) = text.split_once(' ')
                {
                    note(self.node.get_or_insert_default(), name, value.trim());
                }
                continue;
            }
            return match refusal(&line) {
                Some(Refusal::Auth(text)) => Err(Stop::Auth(text)),
                Some(_) if count == 0 => Ok(()),
                _ => Err(Stop::Broken("neither STAT nor END in the answer to stats".to_owned(), line)),
            };
        }
        Err(Stop::Broken("endless answer to stats".to_owned(), Vec::new()))
    }

    /// A stopped conversation as evidence.
    fn stopped(&self, stop: Stop, secrets: &[&str]) -> Conduct {
        let waiting_for = self.open.to_owned();
        let unread = self.wire.unread();
        match stop {
            Stop::Auth(text) => Conduct::AuthRequired { text },
            Stop::Broken(what, line) => self.stranger(&line, secrets).unwrap_or_else(|| Conduct::Broken {
                waiting_for,
                what,
                first: excerpt(&line, secrets),
            }),
            Stop::Trouble(Trouble::EndlessLine) => self.stranger(unread, secrets).unwrap_or_else(|| Conduct::Broken {
                waiting_for,
                what: "a line without an end".to_owned(),
                first: excerpt(unread, secrets),
            }),
            Stop::Trouble(Trouble::Closed(error)) => self.stranger(unread, secrets).unwrap_or_else(|| {
                Conduct::Closed { waiting_for, bytes: unread.len() as u64, error: error.map(|error| error.to_string()) }
            }),
        }
    }

    /// Whether the first bytes are another protocol's; only at the first question, where nothing of memcached was heard.
    fn stranger(&self, bytes: &[u8], secrets: &[&str]) -> Option<Conduct> {
        let protocol = Stranger::known(bytes).filter(|protocol| *protocol != Stranger::Memcached)?;
        let first = excerpt(bytes, secrets);
        (self.open == "version").then_some(Conduct::Stranger { protocol, first })
    }
}

/// One figure of `stats`.
fn note(node: &mut Node, name: &str, value: &str) {
    let number = value.parse::<u64>().ok();
    match name {
        "uptime" => node.uptime = number,
        "time" => {
            node.time = value.parse().ok();
            // Years of nonsense would only be noise: the difference is kept to the millisecond.
            node.clock_offset = node.time.map(|time| ((time as f64 - unix_now()) * 1000.0).round() / 1000.0);
        }
        "evictions" => node.evictions = number,
        "curr_items" => node.curr_items = number,
        "total_items" => node.total_items = number,
        "bytes" => node.bytes = number,
        "limit_maxbytes" => node.limit_maxbytes = number,
        "cmd_get" => node.cmd_get = number,
        "get_hits" => node.get_hits = number,
        "cmd_set" => node.cmd_set = number,
        "cmd_flush" => node.cmd_flush = number,
        "curr_connections" => node.curr_connections = number,
        "max_connections" => node.max_connections = number,
        "listen_disabled_num" => node.listen_disabled_num = number,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::evidence::memcached::KeyForm;

    const TOKEN: &str = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11";

    /// What is heard of a node that says `bytes` and closes.
    fn hear(bytes: &[u8]) -> Heard {
        let keys = [Key::new(KeyForm::Raw, TOKEN).unwrap(), Key::new(KeyForm::Sha1, "aecf").unwrap()];
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let stream = tokio::io::join(bytes, tokio::io::sink());
        runtime.block_on(talk(stream, &keys, Deadline::after(Duration::from_secs(5))))
    }

    #[test]
    fn a_well_told_answer_is_heard_whole() {
        let told = format!("VERSION 1.6.9\r\nSTAT uptime 3\r\nEND\r\nVA 2 f1 t-1 l9 h1 k{TOKEN}\r\nab\r\nEN\r\n");
        let heard = hear(told.as_bytes());
        assert_eq!(heard.conduct, Conduct::Answered);
        let found = Found::Present { flags: 1, bytes: 2, ttl: Some(-1), last_access: Some(9), fetched: Some(true) };
        assert_eq!(heard.keys[0].found, found);
        assert_eq!(heard.keys[1].found, Found::Absent);
    }

    /// Pieces of real answers, so that random text gets past the first line.
    fn piece() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            Just(b"VERSION 1.6.9\r\n".to_vec()),
            Just(b"STAT time 1\r\n".to_vec()),
            Just(b"END\r\n".to_vec()),
            Just(b"ERROR\r\n".to_vec()),
            Just(b"EN\r\n".to_vec()),
            any::<i64>().prop_map(|n| format!("VA {n} f1 t{n} h{n}\r\n").into_bytes()),
            any::<i16>().prop_map(|n| format!("VALUE aecf {n} {n}\r\n").into_bytes()),
            Just(format!("VALUE {TOKEN} 0 36\r\n{TOKEN}\r\n").into_bytes()),
            Just(format!("SERVER_ERROR {TOKEN}\r\n").into_bytes()),
            proptest::collection::vec(any::<u8>(), 0..60),
        ]
    }

    proptest! {
        #[test]
        fn no_answer_panics_or_leaks_the_token(pieces in proptest::collection::vec(piece(), 0..12)) {
            let heard = hear(&pieces.concat());
            let shown = format!("{:?} {:?} {:?} {:?}", heard.conduct, heard.node, heard.keys, heard.values);
            prop_assert!(!shown.contains(TOKEN), "{shown}");
            prop_assert_eq!(heard.keys.len(), heard.values.len());
        }
    }
}

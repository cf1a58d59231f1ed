//! One conversation with one node, whatever it does: `version`, `stats`, each key, `quit`.

use memcache::exp::{GetOptions, MetaResponse, ReturnCode, build_get, parse_meta_result};
use tokio::io::{AsyncRead, AsyncWrite};

use super::key::{Key, Value};
use super::wire::{Trouble, Wire};
use crate::evidence::memcached::{Conduct, Found, KeySeen, Node};
use crate::evidence::stranger::Stranger;
use crate::observe::excerpt::excerpt;
use crate::observe::limits::{Deadline, unix_now};

/// The largest value that is read, in bytes: a token's is under 1 KiB, a busy instance's list of tokens under 16 KiB.
const LARGEST_VALUE: usize = 64 * 1024;

/// The largest value that is waited for and thrown away, to stay in step for the next key: memcached's default item size.
const LARGEST_SKIP: usize = 1024 * 1024;

/// The most lines of `stats` that are read; 1.6 sends about ninety.
const MOST_STATS: usize = 400;

/// All that a conversation brought.
pub(super) struct Heard {
    pub(super) conduct: Conduct,
    pub(super) node: Option<Node>,
    pub(super) keys: Vec<KeySeen>,
    pub(super) values: Vec<Option<Value>>,
}

/// Why a conversation stopped short.
enum Stop {
    Trouble(Trouble),
    Auth(String),
    /// The answer is none of memcached's: what is wrong, and the line.
    Broken(String, Vec<u8>),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

/// Holds the whole conversation, until the deadline at the latest; what was heard by then is kept.
pub(super) async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    keys: &[Key],
    deadline: Deadline,
) -> Heard {
    let mut talk = Talk {
        wire: Wire::new(stream),
        open: "version",
        node: None,
        keys: Vec::new(),
        values: Vec::new(),
    };
    let ended = deadline.bound(talk.hold(keys)).await;
    let secrets: Vec<&str> = keys.iter().filter_map(Key::secret).collect();
    let conduct = match ended {
        Some(Ok(())) => Conduct::Answered,
        Some(Err(stop)) => talk.stopped(stop, &secrets),
        None => talk
            .stranger(talk.wire.unread(), &secrets)
            .unwrap_or(Conduct::Silent {
                waiting_for: talk.open.to_owned(),
                after_millis: deadline.millis,
                bytes: talk.wire.unread().len() as u64,
            }),
    };
    Heard {
        conduct,
        node: talk.node,
        keys: talk.keys,
        values: talk.values,
    }
}

struct Talk<S> {
    wire: Wire<S>,
    /// The question that is open.
    open: &'static str,
    node: Option<Node>,
    keys: Vec<KeySeen>,
    values: Vec<Option<Value>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Talk<S> {
    async fn hold(&mut self, keys: &[Key]) -> Result<(), Stop> {
        self.version().await?;
        self.open = "stats";
        self.stats().await?;
        self.open = "key";
        let mut meta = true;
        for key in keys {
            let mut held = if meta {
                self.meta_get(key).await?
            } else {
                None
            };
            if held.is_none() {
                meta = false;
                held = Some(self.classic_get(key).await?);
            }
            let (found, value) = held.unwrap_or((Found::Absent, None));
            let lost = matches!(found, Found::TooLarge { bytes } if bytes > LARGEST_SKIP as u64);
            self.keys.push(KeySeen {
                form: key.form(),
                found,
                decoded: None,
            });
            self.values.push(value);
            if lost {
                return Err(Stop::Broken(
                    "a value of impossible size".to_owned(),
                    Vec::new(),
                ));
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
                _ => Err(Stop::Broken(
                    "neither STAT nor END in the answer to stats".to_owned(),
                    line,
                )),
            };
        }
        Err(Stop::Broken(
            "endless answer to stats".to_owned(),
            Vec::new(),
        ))
    }

    /// Asks by the meta protocol; `None` when the server does not know it.
    async fn meta_get(&mut self, key: &Key) -> Result<Option<(Found, Option<Value>)>, Stop> {
        let mut options = GetOptions::default();
        options.value = true;
        options.return_client_flags = true;
        options.return_ttl = true;
        options.return_last_access = true;
        options.return_hit_before = true;
        options.return_key = true;
        // Leave the node as it was: no bump in the LRU, no mark of having been read.
        options.no_lru_bump = true;
        let command = build_get(key.wire(), &options).and_then(|command| command.encode());
        let Ok(command) = command else {
            return Ok(Some((
                Found::Error {
                    text: "not a key".to_owned(),
                },
                None,
            )));
        };
        self.wire.send(&command).await?;
        let line = self.wire.line().await?;
        match refusal(&line) {
            Some(Refusal::Unknown) => return Ok(None),
            Some(Refusal::Auth(text)) => return Err(Stop::Auth(text)),
            Some(Refusal::Other) => return Ok(Some((error_of(&line, key), None))),
            None => {}
        }
        let broken = |what: &str, line: &[u8]| Stop::Broken(what.to_owned(), line.to_owned());
        // The size is read first, by ourselves: the crate would take anything up to 1 GiB.
        let length = if line.starts_with(b"VA ") {
            Some(size(&line, 1))
        } else {
            None
        };
        let length = match length {
            Some(None) => return Err(broken("a value of no valid size", &line)),
            Some(Some(length)) if length > LARGEST_VALUE as u64 => {
                return self.too_large(length).await.map(Some);
            }
            Some(Some(length)) => Some(length as usize),
            None => None,
        };
        let result = MetaResponse::parse_header(&line).and_then(parse_meta_result);
        let Ok(result) = result else {
            return Err(broken("not an answer to mg", &line));
        };
        match (&result.rc, length) {
            (ReturnCode::En, _) => Ok(Some((Found::Absent, None))),
            (ReturnCode::Va, Some(length)) => {
                if result
                    .key
                    .as_deref()
                    .is_some_and(|echoed| echoed != key.wire().as_bytes())
                {
                    return Err(Stop::Broken(
                        "it answers for another key".to_owned(),
                        Vec::new(),
                    ));
                }
                let value = self.value(length).await?;
                let found = Found::Present {
                    flags: result.client_flags.unwrap_or(0),
                    bytes: length as u64,
                    ttl: result.ttl,
                    last_access: result.last_access,
                    fetched: result.hit_before,
                };
                Ok(Some((found, Some(value))))
            }
            _ => Err(broken("not an answer to mg", &line)),
        }
    }

    /// Asks by the classic text protocol, the only one before 1.6.
    async fn classic_get(&mut self, key: &Key) -> Result<(Found, Option<Value>), Stop> {
        self.wire
            .send(format!("get {}\r\n", key.wire()).as_bytes())
            .await?;
        let line = self.wire.line().await?;
        match refusal(&line) {
            Some(Refusal::Auth(text)) => return Err(Stop::Auth(text)),
            Some(_) => return Ok((error_of(&line, key), None)),
            None => {}
        }
        if line == b"END" {
            return Ok((Found::Absent, None));
        }
        let words: Vec<&[u8]> = line
            .split(|byte| *byte == b' ')
            .filter(|word| !word.is_empty())
            .collect();
        let [b"VALUE", echoed, flags, ..] = words[..] else {
            return Err(Stop::Broken(
                "neither VALUE nor END in the answer to get".to_owned(),
                line,
            ));
        };
        if echoed != key.wire().as_bytes() {
            return Err(Stop::Broken(
                "it answers for another key".to_owned(),
                Vec::new(),
            ));
        }
        let flags = std::str::from_utf8(flags)
            .ok()
            .and_then(|flags| flags.parse().ok());
        let (Some(flags), Some(length)) = (flags, size(&line, 3)) else {
            return Err(Stop::Broken("a value of no valid size".to_owned(), line));
        };
        if length > LARGEST_VALUE as u64 {
            let found = self.too_large(length).await?;
            if length <= LARGEST_SKIP as u64 {
                self.end().await?;
            }
            return Ok(found);
        }
        let value = self.value(length as usize).await?;
        self.end().await?;
        Ok((
            Found::Present {
                flags,
                bytes: length,
                ttl: None,
                last_access: None,
                fetched: None,
            },
            Some(value),
        ))
    }

    async fn value(&mut self, length: usize) -> Result<Value, Stop> {
        let mut block = self.wire.block(length + 2).await?;
        if !block.ends_with(b"\r\n") {
            // The block itself is not quoted: it may be somebody's token.
            return Err(Stop::Broken(
                "a value that does not end where the node said".to_owned(),
                Vec::new(),
            ));
        }
        block.truncate(length);
        Ok(Value(block))
    }

    async fn too_large(&mut self, length: u64) -> Result<(Found, Option<Value>), Stop> {
        if length <= LARGEST_SKIP as u64 {
            self.wire.skip(length as usize + 2).await?;
        }
        Ok((Found::TooLarge { bytes: length }, None))
    }

    async fn end(&mut self) -> Result<(), Stop> {
        let line = self.wire.line().await?;
        if line == b"END" {
            Ok(())
        } else {
            Err(Stop::Broken(
                "no END after the value".to_owned(),
                Vec::new(),
            ))
        }
    }

    /// A stopped conversation as evidence.
    fn stopped(&self, stop: Stop, secrets: &[&str]) -> Conduct {
        let waiting_for = self.open.to_owned();
        let unread = self.wire.unread();
        match stop {
            Stop::Auth(text) => Conduct::AuthRequired { text },
            Stop::Broken(what, line) => {
                self.stranger(&line, secrets)
                    .unwrap_or_else(|| Conduct::Broken {
                        waiting_for,
                        what,
                        first: excerpt(&line, secrets),
                    })
            }
            Stop::Trouble(Trouble::EndlessLine) => {
                self.stranger(unread, secrets)
                    .unwrap_or_else(|| Conduct::Broken {
                        waiting_for,
                        what: "a line without an end".to_owned(),
                        first: excerpt(unread, secrets),
                    })
            }
            Stop::Trouble(Trouble::Closed(error)) => {
                self.stranger(unread, secrets)
                    .unwrap_or_else(|| Conduct::Closed {
                        waiting_for,
                        bytes: unread.len() as u64,
                        error: error.map(|error| error.to_string()),
                    })
            }
        }
    }

    /// Whether the first bytes are another protocol's; only at the first question, where nothing of memcached was heard.
    fn stranger(&self, bytes: &[u8], secrets: &[&str]) -> Option<Conduct> {
        let protocol =
            Stranger::known(bytes).filter(|protocol| *protocol != Stranger::Memcached)?;
        let first = excerpt(bytes, secrets);
        (self.open == "version").then_some(Conduct::Stranger { protocol, first })
    }
}

/// An error line of the protocol.
enum Refusal {
    /// `ERROR`: it does not know the command.
    Unknown,
    /// It wants a password first.
    Auth(String),
    /// `CLIENT_ERROR` or `SERVER_ERROR`.
    Other,
}

fn refusal(line: &[u8]) -> Option<Refusal> {
    if line == b"ERROR" {
        return Some(Refusal::Unknown);
    }
    if !line.starts_with(b"CLIENT_ERROR") && !line.starts_with(b"SERVER_ERROR") {
        return None;
    }
    let text = excerpt(line, &[]);
    // `CLIENT_ERROR unauthenticated` is memcached's with an auth file (1.5.15 and newer, proto_text.c).
    Some(if text.contains("unauthenticated") {
        Refusal::Auth(text)
    } else {
        Refusal::Other
    })
}

fn error_of(line: &[u8], key: &Key) -> Found {
    Found::Error {
        text: excerpt(line, key.secret().as_slice()),
    }
}

/// The size in word `index` of a line.
fn size(line: &[u8], index: usize) -> Option<u64> {
    let word = line
        .split(|byte| *byte == b' ')
        .filter(|word| !word.is_empty())
        .nth(index)?;
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// One figure of `stats`.
fn note(node: &mut Node, name: &str, value: &str) {
    let number = value.parse::<u64>().ok();
    match name {
        "uptime" => node.uptime = number,
        "time" => {
            node.time = value.parse().ok();
            // Years of nonsense would only be noise: the difference is kept to the millisecond.
            node.clock_offset = node
                .time
                .map(|time| ((time as f64 - unix_now()) * 1000.0).round() / 1000.0);
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
        let keys = [
            Key::new(KeyForm::Raw, TOKEN).unwrap(),
            Key::new(KeyForm::Sha1, "aecf").unwrap(),
        ];
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let stream = tokio::io::join(bytes, tokio::io::sink());
        runtime.block_on(talk(stream, &keys, Deadline::after(Duration::from_secs(5))))
    }

    #[test]
    fn a_well_told_answer_is_heard_whole() {
        let told = format!(
            "VERSION 1.6.9\r\nSTAT uptime 3\r\nEND\r\nVA 2 f1 t-1 l9 h1 k{TOKEN}\r\nab\r\nEN\r\n"
        );
        let heard = hear(told.as_bytes());
        assert_eq!(heard.conduct, Conduct::Answered);
        let found = Found::Present {
            flags: 1,
            bytes: 2,
            ttl: Some(-1),
            last_access: Some(9),
            fetched: Some(true),
        };
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

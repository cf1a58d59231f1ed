//! Looks one key up: by the meta protocol, or by `get` where the server does not know that.

use memcache::exp::{GetOptions, MetaResponse, ReturnCode, build_get, parse_meta_result};

use super::key::{Key, Value};
use super::stop::{Refusal, Stop, refusal};
use crate::evidence::memcached::Found;
use crate::observe::excerpt::excerpt;
use crate::observe::wire::{Stream, Wire};

/// The largest value that is read, in bytes: a token's is under 1 KiB, a busy instance's list of tokens under 16 KiB.
const LARGEST_VALUE: usize = 64 * 1024;

/// The largest value that is waited for and thrown away, to stay in step for the next key: memcached's default item size.
pub(super) const LARGEST_SKIP: usize = 1024 * 1024;

/// What a key holds, and the value itself where it was read.
pub(super) type Held = (Found, Option<Value>);

/// Asks by the meta protocol; `None` when the server does not know it.
pub(super) async fn meta_get<S: Stream>(wire: &mut Wire<S>, key: &Key) -> Result<Option<Held>, Stop> {
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
        return Ok(Some((Found::Error { text: "not a key".to_owned() }, None)));
    };
    wire.send(&command).await?;
    let line = wire.line().await?;
    match refusal(&line) {
        Some(Refusal::Unknown) => return Ok(None),
        Some(Refusal::Auth(text)) => return Err(Stop::Auth(text)),
        Some(Refusal::Other) => return Ok(Some((error_of(&line, key), None))),
        None => {}
    }
    let broken = |what: &str, line: &[u8]| Stop::Broken(what.to_owned(), line.to_owned());
    // The size is read first, by ourselves: the crate would take anything up to 1 GiB.
    let length = if line.starts_with(b"VA ") { Some(size(&line, 1)) } else { None };
    let length = match length {
        Some(None) => return Err(broken("a value of no valid size", &line)),
        Some(Some(length)) if length > LARGEST_VALUE as u64 => {
            return too_large(wire, length).await.map(Some);
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
            if result.key.as_deref().is_some_and(|echoed| echoed != key.wire().as_bytes()) {
                return Err(Stop::Broken("it answers for another key".to_owned(), Vec::new()));
            }
            let value = value(wire, length).await?;
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
pub(super) async fn classic_get<S: Stream>(wire: &mut Wire<S>, key: &Key) -> Result<Held, Stop> {
    wire.send(format!("get {}\r\n", key.wire()).as_bytes()).await?;
    let line = wire.line().await?;
    match refusal(&line) {
        Some(Refusal::Auth(text)) => return Err(Stop::Auth(text)),
        Some(_) => return Ok((error_of(&line, key), None)),
        None => {}
    }
    if line == b"END" {
        return Ok((Found::Absent, None));
    }
    let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).collect();
    let [b"VALUE", echoed, flags, ..] = words[..] else {
        return Err(Stop::Broken("neither VALUE nor END in the answer to get".to_owned(), line));
    };
    if echoed != key.wire().as_bytes() {
        return Err(Stop::Broken("it answers for another key".to_owned(), Vec::new()));
    }
    let flags = std::str::from_utf8(flags).ok().and_then(|flags| flags.parse().ok());
    let (Some(flags), Some(length)) = (flags, size(&line, 3)) else {
        return Err(Stop::Broken("a value of no valid size".to_owned(), line));
    };
    if length > LARGEST_VALUE as u64 {
        let found = too_large(wire, length).await?;
        if length <= LARGEST_SKIP as u64 {
            end(wire).await?;
        }
        return Ok(found);
    }
    let value = value(wire, length as usize).await?;
    end(wire).await?;
    Ok((Found::Present { flags, bytes: length, ttl: None, last_access: None, fetched: None }, Some(value)))
}

async fn value<S: Stream>(wire: &mut Wire<S>, length: usize) -> Result<Value, Stop> {
    let mut block = wire.block(length + 2).await?;
    if !block.ends_with(b"\r\n") {
        // The block itself is not quoted: it may be somebody's token.
        return Err(Stop::Broken("a value that does not end where the node said".to_owned(), Vec::new()));
    }
    block.truncate(length);
    Ok(Value(block))
}

async fn too_large<S: Stream>(wire: &mut Wire<S>, length: u64) -> Result<Held, Stop> {
    if length <= LARGEST_SKIP as u64 {
        wire.skip(length as usize + 2).await?;
    }
    Ok((Found::TooLarge { bytes: length }, None))
}

async fn end<S: Stream>(wire: &mut Wire<S>) -> Result<(), Stop> {
    let line = wire.line().await?;
    if line == b"END" { Ok(()) } else { Err(Stop::Broken("no END after the value".to_owned(), Vec::new())) }
}

fn error_of(line: &[u8], key: &Key) -> Found {
    Found::Error { text: excerpt(line, key.secret().as_slice()) }
}

/// The size in word `index` of a line.
fn size(line: &[u8], index: usize) -> Option<u64> {
    let word = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).nth(index)?;
    std::str::from_utf8(word).ok()?.parse().ok()
}

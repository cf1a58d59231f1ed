//! The JSON inside a cached value: a token's connect_info, or an instance's list of tokens.

use serde_json::Value;

use super::Payload;
use crate::console::connect_info::ConnectInfo;
use crate::console::token::{Token, TokenPrint};

/// Tells what a text is; anything but nova's two forms is [`Payload::Other`].
pub(super) fn classify(text: &[u8]) -> Payload {
    // serde_json bounds its own depth at 128
    match serde_json::from_slice::<Value>(text) {
        Ok(Value::Object(fields)) => {
            ConnectInfo::from_json(&fields).map_or(Payload::Other, |info| Payload::Console(Box::new(info)))
        }
        Ok(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().and_then(|text| Token::parse(text).ok()))
            .map(|token| token.map(|token| token.fingerprint()))
            .collect::<Option<Vec<TokenPrint>>>()
            .map_or(Payload::Other, Payload::InstanceTokens),
        _ => Payload::Other,
    }
}

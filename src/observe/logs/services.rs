//! Lines of the other services: nova-consoleauth, nova-conductor, nova-compute, nova-api, and of the libraries
//! through which every service speaks of its bus and its database.

use super::{clean, failure, fields, startup};
use crate::evidence::log::{Event, Failure, TokenPrint};

type Told = (Event, Option<TokenPrint>);

/// `nova.consoleauth.manager`, and `nova.consoleauth` at start.
pub(super) fn consoleauth(message: &str) -> Option<Told> {
    if let Some(rest) = message.strip_prefix("Received Token: ") {
        // Masked from 18.3 and 19.1 on, then only the dictionary is printed; before that the token stands in front.
        let (clear, value) =
            if rest.starts_with('{') { ("", rest) } else { rest.split_once(", ").unwrap_or((rest, "")) };
        let (target, token) = fields::target(value);
        return Some((Event::TokenReceived { target }, clean::print(clear).or(token)));
    }
    if let Some(rest) = message.strip_prefix("Checking Token: ") {
        let (token, known) = rest.rsplit_once(", ")?;
        return Some((Event::TokenChecked { known: boolean(known)? }, clean::print(token)));
    }
    if let Some(known) = message.strip_prefix("Checking that token is known: ") {
        return Some((Event::TokenChecked { known: boolean(known)? }, None));
    }
    if message.trim_end_matches('.').ends_with("failed to save into memcached") {
        let token = message.strip_prefix("Token: ").and_then(|rest| rest.split(' ').next()).and_then(clean::print);
        return Some((Event::SaveFailed { of_token: message.starts_with("Token: ") }, token));
    }
    message.starts_with("The nova-consoleauth service is deprecated").then_some((Event::ConsoleauthDeprecated, None))
}

fn boolean(text: &str) -> Option<bool> {
    match text.trim() {
        "True" => Some(true),
        "False" => Some(false),
        _ => None,
    }
}

/// `nova.cache_utils`, 14 to 19.
pub(super) fn cache(message: &str) -> Option<Told> {
    let backend = message.strip_prefix("Cache enabled with backend ")?.trim_end_matches('.');
    (backend == "dogpile.cache.null").then(|| (Event::NullCache { backend: clean::name(backend) }, None))
}

/// `nova.service`: `Starting consoleauth node (version 17.0.13)`.
pub(super) fn start(message: &str) -> Option<Told> {
    let (node, rest) = message.strip_prefix("Starting ")?.split_once(" node (version ")?;
    let version = rest.strip_suffix(')')?;
    Some((Event::Started { node: clean::name(node), version: clean::name(version) }, None))
}

/// `nova.console.securityproxy.rfb` and `nova.console.rfb.authvencrypt`, from 17 on.
pub(super) fn security(message: &str) -> Option<Told> {
    if message.starts_with("Finished security handshake, resuming normal proxy mode") {
        return Some((Event::SecurityFinished, None));
    }
    if message == "VeNCrypt security handshake accepted" {
        return Some((Event::VencryptAccepted, None));
    }
    // `The server sent security types [1]` to 23, `Server sent security types: 1 (NONE)` from 24 on.
    let (_, list) = message.split_once("erver sent security types")?;
    let numbers = list.split(|symbol: char| !symbol.is_ascii_digit()).filter_map(|word| word.parse().ok());
    Some((Event::SecurityTypes { types: numbers.take(32).collect() }, None))
}

/// `nova.objects.console_auth_token`, DEBUG, from 18 on.
pub(super) fn database_token(message: &str) -> Option<Told> {
    if let Some(rest) = message.strip_prefix("Authorized token with expiry ") {
        let (expires, value) = rest.split_once(' ')?;
        let (target, token) = fields::target(value);
        return Some((Event::TokenAuthorized { expires: expires.parse().ok()?, target }, token));
    }
    if let Some(value) = message.strip_prefix("Validated token - console connection is ") {
        let (target, token) = fields::target(value);
        return Some((Event::TokenValidated { target }, token));
    }
    message.starts_with("Token validation failed").then_some((Event::TokenUnknown, None))
}

/// `nova.compute.manager`, DEBUG.
pub(super) fn compute(message: &str) -> Option<Told> {
    let (instance, text) = match message.strip_prefix("[instance: ").and_then(|rest| rest.split_once("] ")) {
        Some((instance, text)) => (Some(instance).filter(|id| clean::is_uuid(id)), text),
        None => (None, message),
    };
    text.starts_with("Getting vnc console")
        .then(|| (Event::GettingConsole { instance: instance.map(str::to_owned) }, None))
}

/// `nova.api.openstack.requestlog`, `nova.osapi_compute.wsgi.server`, `nova.api.openstack.wsgi`.
pub(super) fn api(message: &str) -> Option<Told> {
    if let Some(text) = message.strip_prefix("HTTP exception thrown: ") {
        return Some((Event::ApiException { text: clean::text(text) }, None));
    }
    let (_, rest) = message.split_once('"')?;
    let (request, rest) = rest.split_once('"')?;
    let status = rest.split_once("status: ")?.1.split(' ').next()?.parse().ok()?;
    let mut words = request.split(' ');
    let (method, path) = (words.next()?, words.next()?.split('?').next()?);
    let mut parts = path.trim_end_matches('/').rsplit('/');
    let (last, before) = (parts.next()?, parts.next()?);
    let instance = || Some(before).filter(|id| clean::is_uuid(id)).map(str::to_owned);
    match (method, last) {
        ("POST", "remote-consoles") => Some((Event::ConsoleRequested { status, instance: instance() }, None)),
        // most other actions are answered by 202
        ("POST", "action") if matches!(status, 200 | 400 | 500) => {
            Some((Event::ServerActed { status, instance: instance() }, None))
        }
        ("GET", token) if before == "os-console-auth-tokens" => {
            Some((Event::TokenAsked { status }, clean::print(token)))
        }
        _ => None,
    }
}

/// `oslo.messaging`: the bus.
pub(super) fn bus(message: &str) -> Option<Told> {
    if let Some((_, rest)) = message.split_once("AMQP server on ") {
        let (peer, text) = rest.split_once(" is unreachable: ")?;
        let text = text.split(". Trying again").next().unwrap_or_default();
        return Some((Event::BusUnreachable { peer: Some(clean::name(peer)), text: clean::text(text) }, None));
    }
    if let Some(rest) = message.strip_prefix("Connection failed: ") {
        let text = rest.split(" (retrying in").next().unwrap_or_default();
        return Some((Event::BusUnreachable { peer: None, text: clean::text(text) }, None));
    }
    let rest = message.strip_prefix("Exception during message handling")?;
    let text = rest.trim_start_matches(':').trim();
    let timeout = text.contains("MessagingTimeout") || text.contains("Timed out waiting for a reply");
    Some((if timeout { Event::RpcTimeout } else { Event::RpcFailed { text: clean::text(text) } }, None))
}

/// `oslo_db.…` and `nova.servicegroup.drivers.db`: `SQL connection failed. 10 attempts left.: …`, and other errors that
/// name their driver.
pub(super) fn database(message: &str) -> Option<Told> {
    let Some(rest) = message.strip_prefix("SQL connection failed. ") else {
        let Failure::Database { code, text } = failure::database(message)? else {
            return None;
        };
        return Some((Event::DatabaseError { code, text }, None));
    };
    let (attempts, text) = rest.split_once(" attempts left.")?;
    let text = match failure::database(text) {
        Some(Failure::Database { text, .. }) => text,
        _ => clean::text(text.trim_start_matches(':')),
    };
    Some((Event::DatabaseRetry { attempts: attempts.parse().ok()?, text }, None))
}

/// Logger `nova` itself: an error that ended the program.
pub(super) fn ended(message: &str, traceback: bool) -> Option<Told> {
    let failure = if traceback { startup::unhandled(message)? } else { startup::critical(message) };
    Some((Event::StartFailed { failure }, None))
}

#[cfg(test)]
mod tests;

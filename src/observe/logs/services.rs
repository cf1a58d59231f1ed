//! Lines of the other services: nova-consoleauth, nova-conductor, nova-compute, nova-api, and of the libraries
//! through which every service speaks of its bus and its database.

use super::{clean, failure, fields, startup};
use crate::evidence::log::{Event, Failure, TokenPrint};

type Told = (Event, Option<TokenPrint>);

/// `nova.consoleauth.manager`, and `nova.consoleauth` at start.
pub(super) fn consoleauth(message: &str) -> Option<Told> {
    if let Some(rest) = message.strip_prefix("Received Token: ") {
        // Masked from 18.3 and 19.1 on, then only the dictionary is printed; before that the token stands in front.
        let (clear, value) = if rest.starts_with('{') {
            ("", rest)
        } else {
            rest.split_once(", ").unwrap_or((rest, ""))
        };
        let (target, token) = fields::target(value);
        return Some((
            Event::TokenReceived { target },
            clean::print(clear).or(token),
        ));
    }
    if let Some(rest) = message.strip_prefix("Checking Token: ") {
        let (token, known) = rest.rsplit_once(", ")?;
        return Some((
            Event::TokenChecked {
                known: boolean(known)?,
            },
            clean::print(token),
        ));
    }
    if let Some(known) = message.strip_prefix("Checking that token is known: ") {
        return Some((
            Event::TokenChecked {
                known: boolean(known)?,
            },
            None,
        ));
    }
    if message
        .trim_end_matches('.')
        .ends_with("failed to save into memcached")
    {
        let token = message
            .strip_prefix("Token: ")
            .and_then(|rest| rest.split(' ').next())
            .and_then(clean::print);
        return Some((
            Event::SaveFailed {
                of_token: message.starts_with("Token: "),
            },
            token,
        ));
    }
    message
        .starts_with("The nova-consoleauth service is deprecated")
        .then_some((Event::ConsoleauthDeprecated, None))
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
    let backend = message
        .strip_prefix("Cache enabled with backend ")?
        .trim_end_matches('.');
    (backend == "dogpile.cache.null").then(|| {
        (
            Event::NullCache {
                backend: clean::name(backend),
            },
            None,
        )
    })
}

/// `nova.service`: `Starting consoleauth node (version 17.0.13)`.
pub(super) fn start(message: &str) -> Option<Told> {
    let (node, rest) = message
        .strip_prefix("Starting ")?
        .split_once(" node (version ")?;
    let version = rest.strip_suffix(')')?;
    Some((
        Event::Started {
            node: clean::name(node),
            version: clean::name(version),
        },
        None,
    ))
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
    let numbers = list
        .split(|symbol: char| !symbol.is_ascii_digit())
        .filter_map(|word| word.parse().ok());
    Some((
        Event::SecurityTypes {
            types: numbers.take(32).collect(),
        },
        None,
    ))
}

/// `nova.objects.console_auth_token`, DEBUG, from 18 on.
pub(super) fn database_token(message: &str) -> Option<Told> {
    if let Some(rest) = message.strip_prefix("Authorized token with expiry ") {
        let (expires, value) = rest.split_once(' ')?;
        let (target, token) = fields::target(value);
        return Some((
            Event::TokenAuthorized {
                expires: expires.parse().ok()?,
                target,
            },
            token,
        ));
    }
    if let Some(value) = message.strip_prefix("Validated token - console connection is ") {
        let (target, token) = fields::target(value);
        return Some((Event::TokenValidated { target }, token));
    }
    message
        .starts_with("Token validation failed")
        .then_some((Event::TokenUnknown, None))
}

/// `nova.compute.manager`, DEBUG.
pub(super) fn compute(message: &str) -> Option<Told> {
    let (instance, text) = match message
        .strip_prefix("[instance: ")
        .and_then(|rest| rest.split_once("] "))
    {
        Some((instance, text)) => (Some(instance).filter(|id| clean::is_uuid(id)), text),
        None => (None, message),
    };
    (text.trim() == "Getting vnc console").then(|| {
        (
            Event::GettingConsole {
                instance: instance.map(str::to_owned),
            },
            None,
        )
    })
}

/// `nova.api.openstack.requestlog`, `nova.osapi_compute.wsgi.server`, `nova.api.openstack.wsgi`.
pub(super) fn api(message: &str) -> Option<Told> {
    if let Some(text) = message.strip_prefix("HTTP exception thrown: ") {
        return Some((
            Event::ApiException {
                text: clean::text(text),
            },
            None,
        ));
    }
    let (_, rest) = message.split_once('"')?;
    let (request, rest) = rest.split_once('"')?;
    let status = rest
        .split_once("status: ")?
        .1
        .split(' ')
        .next()?
        .parse()
        .ok()?;
    let mut words = request.split(' ');
    let (method, path) = (words.next()?, words.next()?.split('?').next()?);
    let mut parts = path.trim_end_matches('/').rsplit('/');
    let (last, before) = (parts.next()?, parts.next()?);
    match (method, last) {
        ("POST", "remote-consoles") => {
            let instance = Some(before)
                .filter(|id| clean::is_uuid(id))
                .map(str::to_owned);
            Some((Event::ConsoleRequested { status, instance }, None))
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
        return Some((
            Event::BusUnreachable {
                peer: Some(clean::name(peer)),
                text: clean::text(text),
            },
            None,
        ));
    }
    if let Some(rest) = message.strip_prefix("Connection failed: ") {
        let text = rest.split(" (retrying in").next().unwrap_or_default();
        return Some((
            Event::BusUnreachable {
                peer: None,
                text: clean::text(text),
            },
            None,
        ));
    }
    let rest = message.strip_prefix("Exception during message handling")?;
    let text = rest.trim_start_matches(':').trim();
    let timeout =
        text.contains("MessagingTimeout") || text.contains("Timed out waiting for a reply");
    Some((
        if timeout {
            Event::RpcTimeout
        } else {
            Event::RpcFailed {
                text: clean::text(text),
            }
        },
        None,
    ))
}

/// `oslo_db.sqlalchemy.engines`: `SQL connection failed. 10 attempts left.: …`.
pub(super) fn database(message: &str) -> Option<Told> {
    let rest = message.strip_prefix("SQL connection failed. ")?;
    let (attempts, text) = rest.split_once(" attempts left.")?;
    let text = match failure::database(text) {
        Some(Failure::Database { text, .. }) => text,
        _ => clean::text(text.trim_start_matches(':')),
    };
    Some((
        Event::DatabaseRetry {
            attempts: attempts.parse().ok()?,
            text,
        },
        None,
    ))
}

/// Logger `nova` itself: an error that ended the program.
pub(super) fn ended(message: &str, traceback: bool) -> Option<Told> {
    let failure = if traceback {
        startup::unhandled(message)?
    } else {
        startup::critical(message)
    };
    Some((Event::StartFailed { failure }, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11";

    #[test]
    fn consoleauth_of_both_eras() {
        let old = consoleauth(&format!(
            "Received Token: {TOKEN}, {{'host': u'10.0.0.21', 'port': u'5901', 'token': u'{TOKEN}'}}"
        ));
        let new = consoleauth(&format!(
            "Received Token: {{'token': '***', 'host': '10.0.0.21', 'port': '5901', 'access_url': 'http://c:6080/x?token={TOKEN}'}}"
        ));
        for told in [old, new] {
            assert!(
                matches!(&told, Some((Event::TokenReceived { target }, token)) if target.port == Some(5901) && *token == clean::print(TOKEN)),
                "{told:?}"
            );
        }
        assert_eq!(
            consoleauth(&format!("Checking Token: {TOKEN}, False")),
            Some((Event::TokenChecked { known: false }, clean::print(TOKEN)))
        );
        assert_eq!(
            consoleauth("Checking Token: , False"),
            Some((Event::TokenChecked { known: false }, None))
        );
        assert_eq!(
            consoleauth("Checking that token is known: True"),
            Some((Event::TokenChecked { known: true }, None))
        );
        assert_eq!(
            consoleauth(&format!("Token: {TOKEN} failed to save into memcached.")),
            Some((Event::SaveFailed { of_token: true }, clean::print(TOKEN)))
        );
        assert_eq!(
            consoleauth("Instance: x failed to save into memcached"),
            Some((Event::SaveFailed { of_token: false }, None))
        );
        assert_eq!(
            consoleauth("The nova-consoleauth service is deprecated as console token"),
            Some((Event::ConsoleauthDeprecated, None))
        );
        for other in [
            "Checking Token: x, Maybe",
            "Checking that token is known: ",
            "Received",
            "The nova-consoleauth service is fine",
            "Reloading compute RPC API",
        ] {
            assert_eq!(consoleauth(other), None, "{other}");
        }
    }

    #[test]
    fn cache_start_and_security() {
        assert!(matches!(
            cache("Cache enabled with backend dogpile.cache.null."),
            Some((Event::NullCache { .. }, None))
        ));
        assert_eq!(
            cache("Cache enabled with backend dogpile.cache.memcached."),
            None
        );
        let started = Event::Started {
            node: "consoleauth".to_owned(),
            version: "17.0.13".to_owned(),
        };
        assert_eq!(
            start("Starting consoleauth node (version 17.0.13)"),
            Some((started, None))
        );
        assert_eq!(start("Starting consoleauth"), None);
        assert_eq!(
            security(
                "Finished security handshake, resuming normal proxy mode using secured socket"
            ),
            Some((Event::SecurityFinished, None))
        );
        assert_eq!(
            security("VeNCrypt security handshake accepted"),
            Some((Event::VencryptAccepted, None))
        );
        assert_eq!(
            security("The server sent security types [1, 19]"),
            Some((Event::SecurityTypes { types: vec![1, 19] }, None))
        );
        assert_eq!(
            security("Server sent security types: 1 (NONE)"),
            Some((Event::SecurityTypes { types: vec![1] }, None))
        );
        assert_eq!(
            security("Got version string 'RFB 003.008' from compute node"),
            None
        );
    }

    #[test]
    fn the_database_era() {
        let object = "ConsoleAuthToken(host='10.0.0.21',port=5901,token='***')";
        assert!(
            matches!(database_token(&format!("Authorized token with expiry 1795347170 for console connection {object}")), Some((Event::TokenAuthorized { expires: 1_795_347_170, target }, None)) if target.port == Some(5901))
        );
        assert!(matches!(
            database_token(&format!("Validated token - console connection is {object}")),
            Some((Event::TokenValidated { .. }, None))
        ));
        assert_eq!(
            database_token("Token validation failed"),
            Some((Event::TokenUnknown, None))
        );
        assert_eq!(database_token("Authorized token with expiry soon"), None);
        let instance = "a1e0c9f2-5a3e-4d0c-8a51-0d9a6c2b7e01";
        assert_eq!(
            compute(&format!("[instance: {instance}] Getting vnc console")),
            Some((
                Event::GettingConsole {
                    instance: Some(instance.to_owned())
                },
                None
            ))
        );
        assert_eq!(compute("[instance: x] Getting spice console"), None);
    }

    #[test]
    fn the_api() {
        let instance = "a1e0c9f2-5a3e-4d0c-8a51-0d9a6c2b7e01";
        let asked = api(&format!(
            "127.0.0.1 \"POST /v2.1/servers/{instance}/remote-consoles\" status: 200 len: 184 microversion: 2.6 time: 0.4"
        ));
        assert_eq!(
            asked,
            Some((
                Event::ConsoleRequested {
                    status: 200,
                    instance: Some(instance.to_owned())
                },
                None
            ))
        );
        let token = api(&format!(
            "127.0.0.1 \"GET /v2.1/os-console-auth-tokens/{TOKEN}\" status: 404 len: 1"
        ));
        assert_eq!(
            token,
            Some((Event::TokenAsked { status: 404 }, clean::print(TOKEN)))
        );
        assert_eq!(
            api("HTTP exception thrown: Token not found"),
            Some((
                Event::ApiException {
                    text: "Token not found".to_owned()
                },
                None
            ))
        );
        assert_eq!(
            api("127.0.0.1 \"GET /v2.1/servers\" status: 200 len: 1"),
            None
        );
    }

    #[test]
    fn the_bus_and_the_database() {
        let down = bus(
            "[0a] AMQP server on 10.0.0.5:5672 is unreachable: [Errno 111] Connection refused. Trying again in 1 seconds.: ConnectionRefusedError: x",
        );
        assert_eq!(
            down,
            Some((
                Event::BusUnreachable {
                    peer: Some("10.0.0.5:5672".to_owned()),
                    text: "[Errno 111] Connection refused".to_owned()
                },
                None
            ))
        );
        assert!(matches!(
            bus("Connection failed: [Errno 111] ECONNREFUSED (retrying in 1.0 seconds): x"),
            Some((Event::BusUnreachable { peer: None, .. }, None))
        ));
        assert_eq!(
            bus(
                "Exception during message handling: MessagingTimeout: Timed out waiting for a reply to message ID 0a"
            ),
            Some((Event::RpcTimeout, None))
        );
        assert!(
            matches!(bus("Exception during message handling: ImportError: No module named memcache"), Some((Event::RpcFailed { text }, None)) if text == "ImportError: No module named memcache")
        );
        assert_eq!(bus("Reconnected to AMQP server"), None);
        let retry = database(
            "SQL connection failed. 10 attempts left.: oslo_db.exception.DBConnectionError: (pymysql.err.OperationalError) (2003, \"x\")",
        );
        assert!(matches!(
            retry,
            Some((Event::DatabaseRetry { attempts: 10, .. }, None))
        ));
        assert_eq!(database("SQL connection established"), None);
    }

    #[test]
    fn what_ends_a_program() {
        assert!(matches!(
            ended("Unhandled error: KeyError: 'x'", false),
            Some((Event::StartFailed { .. }, None))
        ));
        assert_eq!(ended("  File \"x.py\", line 1, in main", true), None);
    }
}

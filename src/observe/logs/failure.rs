//! Why a console connection ended: the text after `handler exception: `.
//!
//! Texts of nova 15 to 34 under eventlet (`[Errno 111] ECONNREFUSED`) and under threads (`[Errno 111] Connection refused`).

use super::{clean, fields};
use crate::evidence::log::{Failure, TokenPrint};

/// The reason, and the token that the text shows.
pub(super) fn failure(text: &str) -> (Failure, Option<TokenPrint>) {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix("The token ")
        && rest.trim_end().ends_with("is invalid or has expired")
    {
        return token(rest);
    }
    (plain(text), None)
}

fn token(rest: &str) -> (Failure, Option<TokenPrint>) {
    let token = fields::literal(rest).unwrap_or_default();
    let masked = !token.is_empty() && token.bytes().all(|byte| byte == b'*');
    if token.is_empty() {
        (Failure::TokenEmpty, None)
    } else {
        (Failure::TokenInvalid { masked }, clean::print(&token))
    }
}

fn plain(text: &str) -> Failure {
    match text {
        "Origin header does not match this host." => return Failure::OriginHost,
        "Origin header protocol does not match this host." => return Failure::OriginProtocol,
        "Origin header not valid." => return Failure::OriginInvalid,
        "Invalid Connection Info" => return Failure::InvalidConnectionInfo,
        "timed out" => return Failure::TimedOut,
        _ => {}
    }
    if text.starts_with("No access_url") {
        return Failure::NoAccessUrl;
    }
    if let Some(number) = errno(text) {
        return by_errno(number).unwrap_or_else(|| other(text));
    }
    // From oslo.messaging 14.7 on (29) a raw tuple: ('Timed out waiting for a reply %(reply_q)s to …', {…}).
    if text
        .trim_start_matches(['(', '\'', '"'])
        .starts_with("Timed out waiting for a reply")
    {
        return Failure::RpcTimeout;
    }
    if let Some(code) = tls(text) {
        return Failure::Tls { code };
    }
    if text.contains("No sql_connection parameter is established") {
        return Failure::DatabaseNotSet;
    }
    if let Some(failure) = database(text) {
        return failure;
    }
    if text.starts_with("Failed to complete auth handshake: Incorrect read from socket") {
        let mut numbers = text
            .split(|symbol: char| !symbol.is_ascii_digit())
            .filter_map(|word| word.parse().ok());
        if let (Some(wanted), Some(got)) = (numbers.next(), numbers.next()) {
            return Failure::SecurityShortRead { wanted, got };
        }
    }
    if let Some(seen) = text.strip_prefix("invalid literal for int() with base 10: ") {
        return Failure::NotRfb {
            seen: clean::name(&fields::literal(seen).unwrap_or_default()),
        };
    }
    if let Some(reason) = text.strip_prefix("Failed to negotiate security type with server: ") {
        return negotiation(reason);
    }
    if text.contains("AMQP server") || text.contains("Connection to broker") {
        return Failure::Bus {
            text: clean::text(text),
        };
    }
    other(text)
}

fn other(text: &str) -> Failure {
    Failure::Other {
        text: clean::text(text),
    }
}

/// The number in `[Errno N]`, only at the start: elsewhere it is a detail of another error.
fn errno(text: &str) -> Option<i32> {
    text.strip_prefix("[Errno ")?
        .split_once(']')?
        .0
        .trim()
        .parse()
        .ok()
}

fn by_errno(number: i32) -> Option<Failure> {
    Some(match number {
        111 => Failure::ConnRefused,
        110 => Failure::TimedOut,
        113 => Failure::HostUnreachable,
        101 => Failure::NetUnreachable,
        104 | 32 => Failure::ConnReset,
        -2 | -3 | -5 => Failure::NameUnknown,
        -8 => Failure::ServnameNotSupported,
        _ => return None,
    })
}

/// `[SSL: TLSV1_ALERT_UNKNOWN_CA] …`, `EOF occurred in violation of protocol (_ssl.c:…)`.
fn tls(text: &str) -> Option<String> {
    if let Some((code, _)) = text
        .strip_prefix("[SSL: ")
        .and_then(|rest| rest.split_once(']'))
    {
        return Some(clean::name(code));
    }
    if text.starts_with("[SSL]") || text.contains("(_ssl.c:") {
        let eof = text.contains("EOF occurred in violation of protocol");
        return Some(if eof {
            "EOF".to_owned()
        } else {
            clean::name(text)
        });
    }
    None
}

/// `(pymysql.err.OperationalError) (2003, "Can't connect to …")`, psycopg2, sqlite3, oslo.db's own errors.
pub(super) fn database(text: &str) -> Option<Failure> {
    let known = [
        "(pymysql.",
        "(MySQLdb.",
        "(_mysql_exceptions.",
        "(psycopg2.",
        "(sqlite3.",
        "DBConnectionError",
        "DBNonExistentTable",
        "DBNonExistentDatabase",
    ];
    let driver = known.iter().find_map(|name| text.find(name))?;
    let error = &text[driver..];
    // The statement and its parameters follow; the parameters are the token's hash and more.
    let error = error
        .split("[SQL:")
        .next()
        .unwrap_or_default()
        .split("(Background on")
        .next()
        .unwrap_or_default();
    let code = error
        .split_once(") (")
        .and_then(|(_, tuple)| tuple.split(',').next()?.trim().parse().ok());
    Some(Failure::Database {
        code,
        text: clean::text(error),
    })
}

/// `No compute auth available: No matching auth scheme: allowed types: '1', desired types: '2'`: what the proxy
/// would do, and what the server offers. Python before 3.11 prints `AuthType.NONE` for 1.
fn negotiation(reason: &str) -> Failure {
    let types = |label: &str| -> Vec<u32> {
        let Some((_, rest)) = reason.split_once(label) else {
            return Vec::new();
        };
        let list = rest
            .trim_start()
            .trim_start_matches('\'')
            .split('\'')
            .next()
            .unwrap_or_default();
        list.split(',')
            .filter_map(|word| security_type(word.trim()))
            .collect()
    };
    let (allowed, offered) = (types("allowed types:"), types("desired types:"));
    Failure::SecurityNegotiation {
        reason: clean::text(reason),
        allowed,
        offered,
    }
}

/// An RFB security type by number or by the name of nova's enumeration (`nova/console/rfb/auth.py`).
fn security_type(word: &str) -> Option<u32> {
    Some(match word.strip_prefix("AuthType.").unwrap_or(word) {
        "INVALID" => 0,
        "NONE" => 1,
        "VNC" => 2,
        "RA2" => 5,
        "RA2NE" => 6,
        "TIGHT" => 16,
        "ULTRA" => 17,
        "TLS" => 18,
        "VENCRYPT" => 19,
        "SASL" => 20,
        "MD5" => 21,
        "XVP" => 22,
        number => return number.parse().ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11";

    fn name(text: &str) -> String {
        let failure = serde_json::to_value(failure(text).0).unwrap_or_default();
        failure["why"].as_str().unwrap_or_default().to_owned()
    }

    #[test]
    fn each_reason_fires_and_its_look_alike_does_not() {
        // text, what it is, a text like it that is something else
        let cases = [
            (
                "The token '***' is invalid or has expired",
                "token-invalid",
                "The token '***' is fine",
            ),
            (
                "The token 'x' is invalid or has expired",
                "token-invalid",
                "A token 'x' is invalid or has expired",
            ),
            (
                "The token '' is invalid or has expired",
                "token-empty",
                "The token '' is",
            ),
            (
                "Origin header does not match this host.",
                "origin-host",
                "Origin header does not match",
            ),
            (
                "Origin header protocol does not match this host.",
                "origin-protocol",
                "Origin protocol does not match this host.",
            ),
            (
                "Origin header not valid.",
                "origin-invalid",
                "Origin header is valid.",
            ),
            (
                "No access_url in connection_info. Cannot validate protocol",
                "no-access-url",
                "access_url in connection_info",
            ),
            (
                "No access_url_base in connect_info. Cannot validate protocol",
                "no-access-url",
                "no access",
            ),
            (
                "[Errno 111] ECONNREFUSED",
                "conn-refused",
                "[Errno 112] EHOSTDOWN",
            ),
            (
                "[Errno 111] Connection refused",
                "conn-refused",
                "Connection refused by policy",
            ),
            ("[Errno 110] ETIMEDOUT", "timed-out", "[Errno 11] EAGAIN"),
            (
                "[Errno 113] EHOSTUNREACH",
                "host-unreachable",
                "EHOSTUNREACH",
            ),
            (
                "[Errno 101] ENETUNREACH",
                "net-unreachable",
                "[Errno 1010] x",
            ),
            (
                "[Errno 104] ECONNRESET",
                "conn-reset",
                "[Errno 105] ENOBUFS",
            ),
            (
                "[Errno -8] Servname not supported for ai_socktype",
                "servname-not-supported",
                "[Errno 8] Exec format error",
            ),
            (
                "[Errno -2] Name or service not known",
                "name-unknown",
                "[Errno 2] No such file or directory",
            ),
            (
                "[Errno -3] Temporary failure in name resolution",
                "name-unknown",
                "[Errno 3] No such process",
            ),
            (
                "Timed out waiting for a reply to message ID 0a1b",
                "rpc-timeout",
                "Timed out",
            ),
            (
                "('Timed out waiting for a reply %(reply_q)s to message ID %(msg_id)s.', {'msg_id': '0a', 'reply_q': 'r'})",
                "rpc-timeout",
                "('Timed out', 1)",
            ),
            (
                "Invalid Connection Info",
                "invalid-connection-info",
                "Invalid Connection",
            ),
            (
                "Failed to complete auth handshake: Incorrect read from socket, wanted 12 bytes but got 0. Socket returned b''",
                "security-short-read",
                "Failed to complete auth handshake: x",
            ),
            (
                "invalid literal for int() with base 10: b'2.0'",
                "not-rfb",
                "invalid literal for float()",
            ),
            (
                "Failed to negotiate security type with server: b'Too many'",
                "security-negotiation",
                "Failed to negotiate",
            ),
            (
                "[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca (_ssl.c:2580)",
                "tls",
                "SSL is fine",
            ),
            (
                "EOF occurred in violation of protocol (_ssl.c:1129)",
                "tls",
                "EOF occurred",
            ),
            (
                "(pymysql.err.OperationalError) (2003, \"Can't connect\")",
                "database",
                "OperationalError",
            ),
            (
                "No sql_connection parameter is established",
                "database-not-set",
                "sql_connection",
            ),
        ];
        for (text, expected, other) in cases {
            assert_eq!(name(text), expected, "{text}");
            assert_eq!(name(other), "other", "{other}");
        }
    }

    #[test]
    fn tokens_in_clear_are_hashed_and_masked_ones_are_told() {
        let clear = failure(&format!("The token '{TOKEN}' is invalid or has expired"));
        assert_eq!(
            clear,
            (Failure::TokenInvalid { masked: false }, clean::print(TOKEN))
        );
        assert_eq!(
            failure("The token '***' is invalid or has expired"),
            (Failure::TokenInvalid { masked: true }, None)
        );
        assert_eq!(
            failure(&format!("The token u'{TOKEN}' is invalid or has expired")).1,
            clean::print(TOKEN)
        );
    }

    #[test]
    fn details_are_kept() {
        assert_eq!(
            failure("invalid literal for int() with base 10: b'2.0'").0,
            Failure::NotRfb {
                seen: "2.0".to_owned()
            }
        );
        let short = "Failed to complete auth handshake: Incorrect read from socket, wanted 12 bytes but got 0. Socket returned b''";
        assert_eq!(
            failure(short).0,
            Failure::SecurityShortRead { wanted: 12, got: 0 }
        );
        for (python, types) in [
            ("3.11", "'1', desired types: '2'"),
            ("3.6", "'AuthType.NONE', desired types: 'AuthType.VNC'"),
        ] {
            let text = format!(
                "Failed to negotiate security type with server: No compute auth available: No matching auth scheme: allowed types: {types}"
            );
            let Failure::SecurityNegotiation {
                allowed, offered, ..
            } = failure(&text).0
            else {
                unreachable!("{python}")
            };
            assert_eq!((allowed, offered), (vec![1], vec![2]), "{python}");
        }
    }

    #[test]
    fn a_database_error_comes_without_its_statement() {
        let text = "(pymysql.err.ProgrammingError) (1146, \"Table 'nova_api.console_auth_tokens' doesn't exist\") [SQL: SELECT 1] [parameters: {'token_hash_1': 'abc'}] (Background on this error at: x)";
        let expected = Failure::Database {
            code: Some(1146),
            text: "(pymysql.err.ProgrammingError) (1146, \"Table 'nova_api.console_auth_tokens' doesn't exist\")".to_owned(),
        };
        assert_eq!(failure(text).0, expected);
        assert_eq!(
            name("(psycopg2.OperationalError) could not connect"),
            "database"
        );
    }
}

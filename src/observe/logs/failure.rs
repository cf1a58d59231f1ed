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
    if text.trim_start_matches(['(', '\'', '"']).starts_with("Timed out waiting for a reply") {
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
        let mut numbers = text.split(|symbol: char| !symbol.is_ascii_digit()).filter_map(|word| word.parse().ok());
        if let (Some(wanted), Some(got)) = (numbers.next(), numbers.next()) {
            return Failure::SecurityShortRead { wanted, got };
        }
    }
    if let Some(seen) = text.strip_prefix("invalid literal for int() with base 10: ") {
        return Failure::NotRfb { seen: clean::name(&fields::literal(seen).unwrap_or_default()) };
    }
    if let Some(reason) = text.strip_prefix("Failed to negotiate security type with server: ") {
        return negotiation(reason);
    }
    if text.contains("AMQP server") || text.contains("Connection to broker") {
        return Failure::Bus { text: clean::text(text) };
    }
    other(text)
}

fn other(text: &str) -> Failure {
    Failure::Other { text: clean::text(text) }
}

/// The number in `[Errno N]`, only at the start: elsewhere it is a detail of another error.
fn errno(text: &str) -> Option<i32> {
    text.strip_prefix("[Errno ")?.split_once(']')?.0.trim().parse().ok()
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
    if let Some((code, _)) = text.strip_prefix("[SSL: ").and_then(|rest| rest.split_once(']')) {
        return Some(clean::name(code));
    }
    if text.starts_with("[SSL]") || text.contains("(_ssl.c:") {
        let eof = text.contains("EOF occurred in violation of protocol");
        return Some(if eof { "EOF".to_owned() } else { clean::name(text) });
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
    let error = error.split("[SQL:").next().unwrap_or_default().split("(Background on").next().unwrap_or_default();
    let code = error.split_once(") (").and_then(|(_, tuple)| tuple.split(',').next()?.trim().parse().ok());
    Some(Failure::Database { code, text: clean::text(error) })
}

/// `No compute auth available: No matching auth scheme: allowed types: '1', desired types: '2'`: what the proxy
/// would do, and what the server offers. Python before 3.11 prints `AuthType.NONE` for 1.
fn negotiation(reason: &str) -> Failure {
    let types = |label: &str| -> Vec<u32> {
        let Some((_, rest)) = reason.split_once(label) else {
            return Vec::new();
        };
        let list = rest.trim_start().trim_start_matches('\'').split('\'').next().unwrap_or_default();
        list.split(',').filter_map(|word| security_type(word.trim())).collect()
    };
    let (allowed, offered) = (types("allowed types:"), types("desired types:"));
    Failure::SecurityNegotiation { reason: clean::text(reason), allowed, offered }
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
mod tests;

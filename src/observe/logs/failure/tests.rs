//! Every reason once, with a text like it that is another.

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
        ("The token '***' is invalid or has expired", "token-invalid", "The token '***' is fine"),
        ("The token 'x' is invalid or has expired", "token-invalid", "A token 'x' is invalid or has expired"),
        ("The token '' is invalid or has expired", "token-empty", "The token '' is"),
        ("Origin header does not match this host.", "origin-host", "Origin header does not match"),
        (
            "Origin header protocol does not match this host.",
            "origin-protocol",
            "Origin protocol does not match this host.",
        ),
        ("Origin header not valid.", "origin-invalid", "Origin header is valid."),
        (
            "No access_url in connection_info. Cannot validate protocol",
            "no-access-url",
            "access_url in connection_info",
        ),
        ("No access_url_base in connect_info. Cannot validate protocol", "no-access-url", "no access"),
        ("[Errno 111] ECONNREFUSED", "conn-refused", "[Errno 112] EHOSTDOWN"),
        ("[Errno 111] Connection refused", "conn-refused", "Connection refused by policy"),
        ("[Errno 110] ETIMEDOUT", "timed-out", "[Errno 11] EAGAIN"),
        ("[Errno 113] EHOSTUNREACH", "host-unreachable", "EHOSTUNREACH"),
        ("[Errno 101] ENETUNREACH", "net-unreachable", "[Errno 1010] x"),
        ("[Errno 104] ECONNRESET", "conn-reset", "[Errno 105] ENOBUFS"),
        ("[Errno -8] Servname not supported for ai_socktype", "servname-not-supported", "[Errno 8] Exec format error"),
        ("[Errno -2] Name or service not known", "name-unknown", "[Errno 2] No such file or directory"),
        ("[Errno -3] Temporary failure in name resolution", "name-unknown", "[Errno 3] No such process"),
        ("Timed out waiting for a reply to message ID 0a1b", "rpc-timeout", "Timed out"),
        (
            "('Timed out waiting for a reply %(reply_q)s to message ID %(msg_id)s.', {'msg_id': '0a', 'reply_q': 'r'})",
            "rpc-timeout",
            "('Timed out', 1)",
        ),
        ("Invalid Connection Info", "invalid-connection-info", "Invalid Connection"),
        (
            "Failed to complete auth handshake: Incorrect read from socket, wanted 12 bytes but got 0. Socket returned b''",
            "security-short-read",
            "Failed to complete auth handshake: x",
        ),
        ("invalid literal for int() with base 10: b'2.0'", "not-rfb", "invalid literal for float()"),
        ("Failed to negotiate security type with server: b'Too many'", "security-negotiation", "Failed to negotiate"),
        ("[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca (_ssl.c:2580)", "tls", "SSL is fine"),
        ("EOF occurred in violation of protocol (_ssl.c:1129)", "tls", "EOF occurred"),
        ("(pymysql.err.OperationalError) (2003, \"Can't connect\")", "database", "OperationalError"),
        ("No sql_connection parameter is established", "database-not-set", "sql_connection"),
    ];
    for (text, expected, other) in cases {
        assert_eq!(name(text), expected, "{text}");
        assert_eq!(name(other), "other", "{other}");
    }
}

#[test]
fn tokens_in_clear_are_hashed_and_masked_ones_are_told() {
    let clear = failure(&format!("The token '{TOKEN}' is invalid or has expired"));
    assert_eq!(clear, (Failure::TokenInvalid { masked: false }, clean::print(TOKEN)));
    assert_eq!(failure("The token '***' is invalid or has expired"), (Failure::TokenInvalid { masked: true }, None));
    assert_eq!(failure(&format!("The token u'{TOKEN}' is invalid or has expired")).1, clean::print(TOKEN));
}

#[test]
fn details_are_kept() {
    assert_eq!(failure("invalid literal for int() with base 10: b'2.0'").0, Failure::NotRfb { seen: "2.0".to_owned() });
    let short =
        "Failed to complete auth handshake: Incorrect read from socket, wanted 12 bytes but got 0. Socket returned b''";
    assert_eq!(failure(short).0, Failure::SecurityShortRead { wanted: 12, got: 0 });
    for (python, types) in
        [("3.11", "'1', desired types: '2'"), ("3.6", "'AuthType.NONE', desired types: 'AuthType.VNC'")]
    {
        let text = format!(
            "Failed to negotiate security type with server: No compute auth available: No matching auth scheme: allowed types: {types}"
        );
        let Failure::SecurityNegotiation { allowed, offered, .. } = failure(&text).0 else { unreachable!("{python}") };
        assert_eq!((allowed, offered), (vec![1], vec![2]), "{python}");
    }
}

#[test]
fn a_database_error_comes_without_its_statement() {
    let text = "(pymysql.err.ProgrammingError) (1146, \"Table 'nova_api.console_auth_tokens' doesn't exist\") [SQL: SELECT 1] [parameters: {'token_hash_1': 'abc'}] (Background on this error at: x)";
    let expected = Failure::Database {
        code: Some(1146),
        text: "(pymysql.err.ProgrammingError) (1146, \"Table 'nova_api.console_auth_tokens' doesn't exist\")"
            .to_owned(),
    };
    assert_eq!(failure(text).0, expected);
    assert_eq!(name("(psycopg2.OperationalError) could not connect"), "database");
}

//! Logs that nobody would write: nothing panics, and no token is kept.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use jiff::tz::TimeZone;
use proptest::prelude::*;
use vncdoctor::evidence::log::LogFile;
use vncdoctor::observe::logs::{self, Clock};

fn utc() -> Clock {
    Clock { zone: TimeZone::UTC, latest: Some(1_795_400_000.0) }
}

/// Lines of the kinds that hold a token, with a place for it.
const WITH_TOKEN: [&str; 14] = [
    "10.0.0.9 - - [22/Nov/2026 11:14:48] 10.0.0.9: Path: '/?token=@'",
    "10.0.0.9 - - [22/Nov/2026 11:14:48] 10.0.0.9: Path: '/websockify?path=%3Ftoken%3D@&x=1'",
    "10.0.0.9 - - [22/Nov/2026 11:14:48] 10.0.0.9: Path: '/a/@/b'",
    "  3: connect info: {u'token': u'@', u'host': u'10.0.0.21', u'access_url': u'http://c:6080/vnc_auto.html?token=@', u'port': u'5901'}",
    "  3: connect info: ConsoleAuthToken(access_url_base='http://c:6080/@',host='10.0.0.21',port=5901,token='@')",
    "Received Token: @, {'token': '@', 'access_url': 'http://u:@@c:6080/vnc_auto.html?path=%3Ftoken%3D@'}",
    "Checking Token: @, True",
    "Token: @ failed to save into memcached.",
    "handler exception: The token '@' is invalid or has expired",
    "handler exception: something about @ and token @",
    "handler exception: (pymysql.err.OperationalError) (1, \"@\") [parameters: ('@',)]",
    "code 400, message bad request @",
    "HTTP exception thrown: Token @ not found",
    "10.0.0.9 \"GET /v2.1/os-console-auth-tokens/@\" status: 404 len: 1",
];
const LOGGERS: [&str; 6] = [
    "nova.console.websocketproxy",
    "nova.consoleauth.manager",
    "nova.api.openstack.wsgi",
    "nova",
    "oslo_messaging.rpc.server",
    "nova.service",
];

fn uuid() -> impl Strategy<Value = String> {
    proptest::string::string_regex("[0-9a-fA-F]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}").unwrap()
}

proptest! {
    #[test]
    fn no_text_panics(text in "(\\PC|\n|\r|\u{1b}|\\{|'|\"|: |%){0,400}") {
        vncdoctor::evidence::log::sessions(&logs::parse(&text, &utc()).events);
    }

    #[test]
    fn no_torn_line_panics(kind in 0..WITH_TOKEN.len(), logger in 0..LOGGERS.len(), cut in 0..400_usize, noise in "\\PC{0,20}", token in uuid()) {
        let line = format!("2026-11-22 11:34:15.112 1 INFO {} [-] {}", LOGGERS[logger], WITH_TOKEN[kind].replace('@', &token));
        let cut = (0..=cut.min(line.len())).rev().find(|at| line.is_char_boundary(*at)).unwrap();
        logs::parse(&format!("{}{noise}{}", &line[..cut], &line[cut..]), &utc());
        logs::parse(&line[cut..], &utc());
    }

    #[test]
    fn no_token_is_kept(kind in 0..WITH_TOKEN.len(), logger in 0..LOGGERS.len(), noise in "[ -~]{0,60}", token in uuid()) {
        let message = WITH_TOKEN[kind].replace('@', &token);
        let oslo = format!("2026-11-22 11:34:15.112 1 INFO {} [-] {message}{noise}", LOGGERS[logger]);
        let json = serde_json::json!({"message": message, "name": LOGGERS[logger], "process": 1, "created": 1.5, "error_summary": message});
        for line in [oslo, json.to_string(), message.clone(), format!("{noise} {message}")] {
            let log = logs::parse(&line, &utc());
            let saved = serde_json::to_string(&(&log, vncdoctor::evidence::log::sessions(&log.events))).unwrap();
            prop_assert!(!saved.contains(&token), "{saved}");
        }
    }

    #[test]
    fn evidence_survives_being_saved(kind in 0..WITH_TOKEN.len(), logger in 0..LOGGERS.len(), token in uuid()) {
        let line = format!("2026-11-22 11:34:15.112 1 INFO {} [-] {}", LOGGERS[logger], WITH_TOKEN[kind].replace('@', &token));
        let log = logs::parse(&line, &utc());
        let again: LogFile = serde_json::from_str(&serde_json::to_string(&log).unwrap()).unwrap();
        prop_assert_eq!(log, again);
    }
}

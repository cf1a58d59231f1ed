//! Lines of nova-novncproxy: logger `nova.console.websocketproxy`, which websockify's own lines share.
//!
//! Limit: the SPICE and serial proxies log through the same logger with the same words.

use super::{clean, failure, fields, startup};
use crate::evidence::log::{Event, Failure, TokenPrint};

type Told = (Event, Option<TokenPrint>);

/// What a line of the proxy says; none for lines that part nothing.
pub(super) fn event(message: &str) -> Option<Told> {
    let text = after_client(message);
    request(text).or_else(|| setting(message)).or_else(|| connection(text))
}

/// The text behind `10.0.0.1 - - [22/Nov/2026 11:14:48] `, if that is there.
fn after_client(message: &str) -> &str {
    match message.split_once(" - - [") {
        Some((client, rest)) if !client.contains(' ') => rest.split_once("] ").map_or(message, |(_, text)| text),
        _ => message,
    }
}

/// What happens to one connection after the 101.
fn request(text: &str) -> Option<Told> {
    if let Some(reason) = text.strip_prefix("handler exception: ") {
        let (failure, token) = failure::failure(reason);
        return Some((Event::HandlerException { failure }, token));
    }
    // Python's socketserver, from 3.10 on; measured with nova 34 for a VNC host that drops packets.
    if text.starts_with("Request timed out: ") {
        return Some((Event::HandlerException { failure: Failure::TimedOut }, None));
    }
    if text.starts_with("Unable to perform security proxying, shutting down connection") {
        let reason = text.find("Failed to ").map_or(text, |at| &text[at..]);
        return Some((Event::SecurityProxyFailed { failure: failure::failure(reason).0 }, None));
    }
    // `%3d: ` is websockify's count of connections.
    let (count, rest) = text.trim_start().split_once(": ")?;
    if count.is_empty() || !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if let Some(info) = rest.strip_prefix("connect info: ") {
        let (target, token) = fields::target(info);
        return Some((Event::ConnectInfo { target }, token));
    }
    let (host, port) = fields::host_port(rest.strip_prefix("connecting to: ")?)?;
    Some((Event::Connecting { host, port }, None))
}

/// What the proxy prints when it starts.
fn setting(message: &str) -> Option<Told> {
    if let Some(failure) = startup::proxy(message) {
        return Some((Event::StartFailed { failure }, None));
    }
    if message == "WebSocket server settings:" {
        return Some((Event::ProxySettings, None));
    }
    let text = message.trim_start().strip_prefix("- ")?;
    let event = if let Some(place) = text.strip_prefix("Listen on ") {
        let (host, port) = fields::host_port(place)?;
        Event::ListenOn { host, port: port.try_into().ok()? }
    } else if let Some(dir) = text.strip_prefix("Web server").and_then(|rest| rest.split_once("Web root: ")) {
        Event::WebRoot { dir: clean::name(dir.1) }
    } else if text == "SSL/TLS support" {
        Event::TlsSupport { on: true }
    } else if text.starts_with("No SSL/TLS support") {
        Event::TlsSupport { on: false }
    } else if text == "Deny non-SSL/TLS connections" {
        Event::PlainDenied
    } else {
        return None;
    };
    Some((event, None))
}

/// What a connection is, before nova looks at it.
fn connection(text: &str) -> Option<Told> {
    if text.starts_with("Found malformed cookie") {
        return Some((Event::MalformedCookie, None));
    }
    if let Some(seconds) = text.strip_suffix(" seconds to terminate connection.") {
        return Some((Event::SessionLimit { seconds: seconds.trim().parse().ok()? }, None));
    }
    if let Some((code, message)) = text.strip_prefix("code ").and_then(|rest| rest.split_once(", message ")) {
        return Some((Event::HttpError { code: code.parse().ok()?, message: clean::text(message) }, None));
    }
    // `ADDRESS: text`; an IPv6 address holds colons, but no colon and space.
    let (client, rest) = text.split_once(": ")?;
    if client.contains(' ') {
        return None;
    }
    let event = match rest {
        "Plain non-SSL (ws://) WebSocket connection" => Event::Opened { client: clean::name(client), tls: false },
        "SSL/TLS (wss://) WebSocket connection" => Event::Opened { client: clean::name(client), tls: true },
        "non-SSL connection received but disallowed" => Event::PlainRefused,
        "ignoring empty handshake" | "ignoring socket not ready" => Event::EmptyHandshake,
        _ => {
            if let Some(path) = rest.strip_prefix("SSL connection but ").and_then(fields::quoted) {
                return Some((Event::NoCertificate { path: clean::name(&path) }, None));
            }
            let raw = fields::quoted(rest.strip_prefix("Path: ")?)?;
            let (path, carried, token) = fields::request_path(&raw);
            return Some((Event::Path { path, carried }, token));
        }
    };
    Some((event, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(message: &str) -> String {
        let event = event(message).and_then(|told| serde_json::to_value(told.0).ok()).unwrap_or_default();
        event["kind"].as_str().unwrap_or_default().to_owned()
    }

    #[test]
    fn each_line_fires_and_its_look_alike_does_not() {
        const A: &str = "10.0.0.9 - - [22/Nov/2026 11:14:48] ";
        let cases = [
            ("WebSocket server settings:", "proxy-settings", "WebSocket server"),
            ("  - Listen on 0.0.0.0:6080", "listen-on", "  - Listen on 0.0.0.0:none"),
            ("  - Listen on ::0:6080", "listen-on", "  - Flash security policy server"),
            ("  - Web server (no directory listings). Web root: /usr/share/novnc", "web-root", "  - Web server"),
            ("  - SSL/TLS support", "tls-support", "  - SSL/TLS supported elsewhere"),
            ("  - No SSL/TLS support (no cert file)", "tls-support", "  - Backgrounding (daemon)"),
            ("  - Deny non-SSL/TLS connections", "plain-denied", "  - proxying from 0.0.0.0:6080 to None:None"),
            (
                &format!("{A}10.0.0.9: Plain non-SSL (ws://) WebSocket connection"),
                "opened",
                &format!("{A}10.0.0.9: Version hybi-13, base64: 'False'"),
            ),
            (
                &format!("{A}::ffff:10.0.0.9: SSL/TLS (wss://) WebSocket connection"),
                "opened",
                &format!("{A}SSL/TLS (wss://) WebSocket connection"),
            ),
            (&format!("{A}10.0.0.9: Path: '/?token=x'"), "path", &format!("{A}10.0.0.9: Path: cut '/?token=")),
            ("  3: connect info: {'host': 'h'}", "connect-info", "connect info: none"),
            (" 10: connecting to: 10.0.0.21:5901", "connecting", "  x: connecting to: 10.0.0.21:5901"),
            ("handler exception: [Errno 111] ECONNREFUSED", "handler-exception", "exception: [Errno 111] ECONNREFUSED"),
            (
                &format!("{A}Request timed out: TimeoutError(110, 'ETIMEDOUT')"),
                "handler-exception",
                &format!("{A}Request timed"),
            ),
            (
                "Unable to perform security proxying, shutting down connection: nova.exception.SecurityProxyNegotiationFailed: Failed to negotiate security type with server: x",
                "security-proxy-failed",
                "security proxying",
            ),
            (
                &format!("{A}code 404, message File not found"),
                "http-error",
                &format!("{A}code x, message File not found"),
            ),
            ("10.0.0.9: SSL connection but '/root/self.pem' not found", "no-certificate", "10.0.0.9: SSL connection"),
            ("10.0.0.9: non-SSL connection received but disallowed", "plain-refused", "10.0.0.9: new handler Process"),
            ("10.0.0.9: ignoring empty handshake", "empty-handshake", "10.0.0.9: ignoring"),
            ("10.0.0.9: ignoring socket not ready", "empty-handshake", "In exit"),
            ("Found malformed cookie", "malformed-cookie", "malformed"),
            ("600 seconds to terminate connection.", "session-limit", "x seconds to terminate connection."),
            ("Openening socket failed: [Errno 98] Address already in use", "start-failed", "Terminating child 15803"),
        ];
        for (message, expected, other) in cases {
            assert_eq!(kind(message), expected, "{message}");
            assert_eq!(kind(other), "", "{other}");
        }
    }

    #[test]
    fn details_of_a_connection() {
        let opened = event("10.0.0.9 - - [22/Nov/2026 11:14:48] fd00::9: SSL/TLS (wss://) WebSocket connection")
            .map(|told| told.0);
        assert_eq!(opened, Some(Event::Opened { client: "fd00::9".to_owned(), tls: true }));
        let dial = event(" 12: connecting to: 10.0.0.21:-1").map(|told| told.0);
        assert_eq!(dial, Some(Event::Connecting { host: "10.0.0.21".to_owned(), port: -1 }));
    }
}

//! connect_info: what nova keeps with a token, so that the proxy knows where to dial.
//!
//! Fields of the JSON (nova/consoleauth/manager.py `authorize_console`, 2015.1 to 19): token, instance_uuid, console_type,
//! host, port (text, as libvirt gives it; other drivers a number), internal_access_path, access_url, last_activity_at.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::access_url::{AccessUrl, UrlProblem};
use super::token::{TokenPrint, find_uuid};

/// A connect_info without its secrets: the token is kept as its hashes, the access URL without its arguments' values,
/// and of `internal_access_path` only what is before a `?` (behind it are tickets of VMware and XenAPI).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConnectInfo {
    /// Hashes of the token inside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenPrint>,
    /// The instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_uuid: Option<String>,
    /// `novnc`, `spice-html5`, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub console_type: Option<String>,
    /// Where the proxy dials: the compute's `[vnc] server_proxyclient_address`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The VNC port; -1 when the instance was not running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<i32>,
    /// A path that the proxy CONNECTs to first (XenAPI, VMware).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internal_access_path: Option<String>,
    /// The console URL, made of the compute's `[vnc] novncproxy_base_url`; the proxy compares Origin with its scheme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_url: Option<AccessUrl>,
    /// Why the access URL that is there cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_url_problem: Option<UrlProblem>,
    /// Is the token in the access URL the one of the entry? Absent when the URL has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_url_has_this_token: Option<bool>,
    /// When it was authorized, seconds since 1970 by the clock of nova-consoleauth's host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_activity_at: Option<f64>,
}

impl ConnectInfo {
    /// Reads the JSON object of a cached token; `None` when it has neither a token nor an instance with host and port.
    pub fn from_json(fields: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let token_text = text("token");
        if token_text.is_none() && ["instance_uuid", "host", "port"].iter().any(|name| !fields.contains_key(*name)) {
            return None;
        }
        let is_clean = |value: &&str| match token_text {
            Some(token) if token.len() >= 8 => !value.contains(token),
            _ => true,
        };
        let kept = |name: &str, limit: usize, fits: fn(char) -> bool| {
            text(name)
                .filter(is_clean)
                .filter(|value| value.len() <= limit && value.chars().all(fits))
                .map(str::to_owned)
        };
        let token = token_text.map(TokenPrint::of_text);
        let parsed_url = text("access_url").map(AccessUrl::parse);
        let access_url_has_this_token = match &parsed_url {
            Some(Ok((_, Some(Ok(inner))))) => token.as_ref().map(|token| inner.fingerprint() == *token),
            _ => None,
        };
        let (access_url, access_url_problem) = match parsed_url {
            Some(Ok((url, _))) => (Some(url).filter(|url| is_clean(&url.host.as_str())), None),
            Some(Err(problem)) => (None, Some(problem)),
            None => (None, None),
        };
        Some(Self {
            instance_uuid: kept("instance_uuid", 64, |c| c.is_ascii_alphanumeric() || c == '-'),
            console_type: kept("console_type", 32, |c| c.is_ascii_alphanumeric() || "-_".contains(c)),
            host: kept("host", 255, |c| c.is_ascii_alphanumeric() || ".:-_%[]".contains(c)),
            port: fields.get("port").and_then(port),
            internal_access_path: text("internal_access_path").map(internal_path),
            access_url,
            access_url_problem,
            access_url_has_this_token,
            last_activity_at: fields.get("last_activity_at").and_then(Value::as_f64),
            token,
        })
    }

    /// Does the entry hold this token?
    pub fn token_matches(&self, token: &TokenPrint) -> bool {
        self.token.as_ref() == Some(token)
    }

    /// The port to dial, when it is one.
    pub fn dialable_port(&self) -> Option<u16> {
        self.port.and_then(|port| u16::try_from(port).ok()).filter(|port| *port != 0)
    }
}

/// A port as a number or as text.
fn port(value: &Value) -> Option<i32> {
    match value {
        Value::Number(number) => number.as_i64().and_then(|number| i32::try_from(number).ok()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The path without query and uuids; what is no path (VMware's JSON with a ticket) is not kept.
fn internal_path(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    if path.starts_with('/') && path.len() <= 255 && find_uuid(path).is_none() {
        path.to_owned()
    } else {
        "***".to_owned()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use serde_json::json;

    const T: &str = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11";

    fn read(value: &Value) -> Option<ConnectInfo> {
        let Value::Object(fields) = value else {
            panic!("an object is needed");
        };
        ConnectInfo::from_json(fields)
    }

    fn queens(port: &Value) -> Value {
        json!({
            "token": T,
            "instance_uuid": "a1e0c9f2-5a3e-4d0c-8a51-0d9a6c2b7e01",
            "console_type": "novnc",
            "host": "10.0.0.21",
            "port": port,
            "internal_access_path": null,
            "access_url": format!("http://ctl.example:6080/vnc_auto.html?token={T}"),
            "last_activity_at": 1_795_345_760.086_698,
        })
    }

    #[test]
    fn what_queens_writes() {
        for (port, number) in [(json!("5901"), 5901), (json!(5901), 5901), (json!("-1"), -1)] {
            let info = read(&queens(&port)).unwrap();
            assert_eq!(info.port, Some(number));
            assert_eq!(info.dialable_port(), u16::try_from(number).ok());
            assert_eq!(info.host.as_deref(), Some("10.0.0.21"));
            assert_eq!(info.instance_uuid.as_deref(), Some("a1e0c9f2-5a3e-4d0c-8a51-0d9a6c2b7e01"));
            assert!(info.token_matches(&TokenPrint::of_text(T)));
            assert_eq!(info.access_url_has_this_token, Some(true));
            assert_eq!(info.access_url.as_ref().unwrap().page_url(), "http://ctl.example:6080/vnc_auto.html");
            let json = serde_json::to_string(&info).unwrap();
            assert!(!json.contains(T), "{json}");
            assert_eq!(serde_json::from_str::<ConnectInfo>(&json).unwrap(), info);
        }
    }

    #[test]
    fn secrets_are_dropped_wherever_they_stand() {
        let mut value = queens(&json!("5901"));
        for field in ["instance_uuid", "console_type", "host", "internal_access_path"] {
            value[field] = json!(T);
        }
        value["access_url"] = json!(format!("http://{T}/{T}?token={T}"));
        assert!(!serde_json::to_string(&read(&value).unwrap()).unwrap().contains(T));
        value["internal_access_path"] = json!("{\"ticket\": \"52ab\", \"thumbprint\": \"x\"}");
        assert_eq!(read(&value).unwrap().internal_access_path.as_deref(), Some("***"));
        value["internal_access_path"] = json!("/console?session_id=OpaqueRef:1");
        assert_eq!(read(&value).unwrap().internal_access_path.as_deref(), Some("/console"));
    }

    #[test]
    fn what_is_missing_is_absent() {
        assert!(read(&json!({"access": 1})).is_none());
        assert!(read(&json!({"instance_uuid": 1, "host": 2})).is_none());
        let bare = read(&json!({"token": T})).unwrap();
        assert_eq!((bare.port, bare.access_url.is_none(), bare.access_url_has_this_token), (None, true, None));
        let broken = read(&json!({"token": T, "access_url": "http://"})).unwrap();
        assert_eq!(broken.access_url_problem, Some(UrlProblem::NoHost));
    }
}

//! What an upgrade to WebSocket met, from the dial to the last frame.
//!
//! The token of the request is not kept: the path is kept with `***` in its place.

use serde::{Deserialize, Serialize};

use super::dial::Dial;
use super::rfb::{Greeting, Message};
use super::stranger::Stranger;
use super::tls::TlsSeen;

/// One upgrade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebsocketAnswer {
    /// What was asked.
    pub asked: Asked,
    /// The dial.
    pub dial: Dial,
    /// The TLS handshake; absent for `ws://` and where no connection was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSeen>,
    /// The HTTP answer, 101 or other; absent where none came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpAnswer>,
    /// The frames that came, in order; at most thirty-two are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Frame>,
    /// The RFB handshake inside the frames; absent where none came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rfb: Option<Greeting>,
    /// How it ended; absent where no connection was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<WebsocketEnd>,
    /// What became of it when it was kept quiet; absent where it was not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle: Option<Idle>,
}

/// A session that was kept quiet after the RFB handshake, short of ClientInit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Idle {
    /// For how long it was to be kept, in milliseconds.
    pub asked_millis: u64,
    /// How long it was quiet when it ended, in milliseconds: from the last frame of the peer's.
    pub millis: u64,
    /// Frames that came meanwhile: signs of life, as a rule.
    #[serde(default)]
    pub frames: u32,
    /// How it ended.
    pub end: IdleEnd,
}

/// How a quiet session ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum IdleEnd {
    /// It lived as long as it was to; this side closed.
    Alive,
    /// The connection ended without a close frame.
    Closed,
    /// With a close frame.
    CloseFrame {
        /// Its code; absent where the frame held none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<u16>,
    },
    /// What came breaks the WebSocket protocol, or was more than a quiet session has.
    Broken,
}

/// What was asked, without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Whether TLS was spoken (`wss://`).
    pub secure: bool,
    /// The `Host` header.
    pub host: String,
    /// The request's path and query, secrets replaced by `***`.
    pub path: String,
    /// Whether a token was in the query.
    pub token: bool,
    /// The `Origin` header, if one was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The `Sec-WebSocket-Protocol` header, if one was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subprotocol: Option<String>,
    /// Whether the token was sent as a cookie.
    pub cookie: bool,
    /// The `X-Forwarded-Proto` header, if one was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarded_proto: Option<String>,
    /// Sent before the page was known, which then turned out to ask otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guess: bool,
}

/// A bare close within this many milliseconds after the 101 is a refusal, not a time-out.
pub const AT_ONCE: u64 = 3000;

impl Asked {
    /// The token was sent, in the query or as a cookie.
    pub fn carries_token(&self) -> bool {
        self.token || self.cookie
    }
}

impl WebsocketAnswer {
    /// A VNC server's version came through.
    pub fn opened(&self) -> bool {
        self.rfb.as_ref().is_some_and(|greeting| greeting.banner.is_some())
    }

    /// 101, then a bare end at once, before any byte of RFB: what a browser calls 1006.
    pub fn hung_up(&self) -> bool {
        matches!(self.end, Some(WebsocketEnd::Closed { millis, .. }) if millis <= AT_ONCE) && !self.opened()
    }

    /// 101, then silence, or an end that came late.
    pub fn waited(&self) -> bool {
        let late = match self.end {
            Some(WebsocketEnd::Closed { millis, .. }) => millis > AT_ONCE,
            Some(WebsocketEnd::Silent { .. }) => true,
            _ => false,
        };
        late && !self.opened()
    }

    /// The status of an answer in place of the 101.
    pub fn refused(&self) -> Option<&HttpAnswer> {
        self.http.as_ref().filter(|_| matches!(self.end, Some(WebsocketEnd::Answered)))
    }
}

impl HttpAnswer {
    /// The answer is websockify's own, which nova-novncproxy is made of.
    pub fn is_websockify(&self) -> bool {
        self.server.as_ref().is_some_and(|server| server.to_ascii_lowercase().contains("websockify"))
    }
}

/// The head of the HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// The status line's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The `Server` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The `Via` header, a sign of a proxy on the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// The subprotocol the server selected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subprotocol: Option<String>,
    /// The `Location` header, secrets replaced by `***`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The `Content-Type` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The start of the body of an answer other than 101, made printable and without secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Time from the request to the answer's head, in milliseconds.
    pub millis: u64,
}

/// A frame the server sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// 1 text, 2 binary, 8 close, 9 ping, 10 pong.
    pub opcode: u8,
    /// The size of its content, in bytes.
    pub bytes: u64,
    /// Its first 64 bytes, in hex.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hex: String,
    /// Time from the 101, in milliseconds.
    pub millis: u64,
}

/// A fault in a 101 for which a browser gives the connection up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpgradeFault {
    /// No `Upgrade: websocket`.
    NoUpgrade,
    /// No `Connection: Upgrade`: something on the way dropped it.
    NoConnectionUpgrade,
    /// `Sec-WebSocket-Accept` is absent or does not answer our key: a cached or made-up answer.
    WrongAccept,
    /// A subprotocol was asked for and none selected (Chrome gives up, Firefox does not).
    SubprotocolNotSelected,
    /// A subprotocol was selected that was not asked for.
    SubprotocolNotAsked,
    /// An extension was switched on that was not asked for.
    ExtensionNotAsked,
}

/// How an upgrade ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum WebsocketEnd {
    /// The request holds a character that no URL or header may; nothing was sent.
    NotAsked,
    /// The TLS handshake failed; see `tls`.
    TlsFailed,
    /// The peer accepted the connection and did not answer the request.
    NoAnswer {
        /// How long, in milliseconds.
        after_millis: u64,
        /// Bytes of an unfinished head that had come.
        bytes: u64,
    },
    /// The peer closed before its answer was complete: a proxy that wants TLS does so.
    ClosedBeforeAnswer {
        /// Bytes of an unfinished head that had come.
        bytes: u64,
        /// The operating system's own words, where it was a reset.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// What came is no HTTP.
    NotHttp {
        /// The protocol whose mark it begins with: a VNC port dialled by mistake, a port that wants TLS.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        protocol: Option<Stranger>,
        /// Its start, made printable and without secrets.
        first: String,
    },
    /// An HTTP answer other than 101; see `http`.
    Answered,
    /// A 101 that a browser does not take.
    UpgradeBroken {
        /// What is wrong with it.
        faults: Vec<UpgradeFault>,
    },
    /// After the 101: all that was wanted was said; this side closed.
    Told,
    /// After the 101: a close frame.
    CloseFrame {
        /// Its code; absent where the frame held none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<u16>,
        /// Its reason, without secrets.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
        /// What of the RFB handshake was waited for.
        waiting_for: Message,
    },
    /// After the 101: the connection ended without a close frame, which a browser shows as 1006.
    Closed {
        /// What of the RFB handshake was waited for.
        waiting_for: Message,
        /// The operating system's own words, where it was a reset.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        /// Time from the 101, in milliseconds.
        millis: u64,
    },
    /// After the 101: silence.
    Silent {
        /// What of the RFB handshake was waited for.
        waiting_for: Message,
        /// How long, in milliseconds.
        after_millis: u64,
    },
    /// After the 101: frames that hold no RFB.
    NotRfb {
        /// The protocol whose mark they begin with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        protocol: Option<Stranger>,
        /// Their start, made printable and without secrets.
        first: String,
    },
    /// After the 101: the frames break the WebSocket protocol.
    Broken {
        /// What is wrong.
        what: String,
    },
}

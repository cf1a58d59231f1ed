//! The telling lines of nova's service logs, one variant each.
//!
//! Limits: texts are redacted and cut before they get here; option values are never kept.

use serde::{Deserialize, Serialize};

use super::{Carried, Target};

/// What a line says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// `Starting consoleauth node (version 17.0.13)`.
    Started {
        /// As the line names it: `consoleauth`, `conductor`, `compute`.
        node: String,
        /// Version of nova.
        version: String,
    },
    /// `The nova-consoleauth service is deprecated…` (18 and 19), printed at start.
    ConsoleauthDeprecated,
    /// `WebSocket server settings:` the proxy starts.
    ProxySettings,
    /// `  - Listen on H:P`: meant to be, not yet bound.
    ListenOn {
        /// `[vnc] novncproxy_host`.
        host: String,
        /// `[vnc] novncproxy_port`.
        port: u16,
    },
    /// `  - Web server (no directory listings). Web root: DIR`.
    WebRoot {
        /// The directory.
        dir: String,
    },
    /// `  - SSL/TLS support` or `  - No SSL/TLS support (…)`.
    TlsSupport {
        /// A certificate was found.
        on: bool,
    },
    /// `  - Deny non-SSL/TLS connections`.
    PlainDenied,
    /// A WebSocket was accepted: HTTP 101 is sent, the token not yet looked at.
    Opened {
        /// Address of the client, or of the balancer before it.
        client: String,
        /// `wss://` rather than `ws://`.
        tls: bool,
    },
    /// `Path: '…'` of the WebSocket request.
    Path {
        /// Path without query.
        path: String,
        /// Where the token was.
        carried: Carried,
    },
    /// `connect info: …`: the token is good and the Origin fits.
    ConnectInfo {
        /// What the token stands for.
        target: Target,
    },
    /// `connecting to: H:P`: the proxy is about to dial the VNC server.
    Connecting {
        /// The host.
        host: String,
        /// The port; -1 for an instance that is not running.
        port: i32,
    },
    /// `handler exception: …`: the connection ends here.
    HandlerException {
        /// Why.
        failure: Failure,
    },
    /// `Unable to perform security proxying, shutting down connection` (17 on); the handler exception follows.
    SecurityProxyFailed {
        /// Why.
        failure: Failure,
    },
    /// `Finished security handshake, …` (17 on): the console works.
    SecurityFinished,
    /// `VeNCrypt security handshake accepted`.
    VencryptAccepted,
    /// DEBUG `The server sent security types …`.
    SecurityTypes {
        /// RFB numbers in the server's order.
        types: Vec<u32>,
    },
    /// `code 404, message File not found`: an HTTP error of the proxy.
    HttpError {
        /// HTTP status.
        code: u16,
        /// Its text.
        message: String,
    },
    /// `SSL connection but '…' not found`: a TLS client, and the proxy has no certificate.
    NoCertificate {
        /// Where it was looked for.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        path: String,
    },
    /// `non-SSL connection received but disallowed`: a plain client, and the proxy wants TLS.
    PlainRefused,
    /// `ignoring empty handshake` or `ignoring socket not ready`: connected and said nothing, as health checks do.
    EmptyHandshake,
    /// `Found malformed cookie`.
    MalformedCookie,
    /// `N seconds to terminate connection.` (29 on, `enforce_session_timeout`).
    SessionLimit {
        /// Seconds.
        seconds: u64,
    },
    /// consoleauth `Received Token: …`: it was given this token to keep.
    TokenReceived {
        /// What the token stands for.
        target: Target,
    },
    /// consoleauth `Checking Token: …` or `Checking that token is known: …`.
    TokenChecked {
        /// consoleauth knows the token. The proxy may refuse it still, if the VNC port has moved.
        known: bool,
    },
    /// `failed to save into memcached` (up to 13; printed on success too in 13).
    SaveFailed {
        /// The token's entry, not the instance's.
        of_token: bool,
    },
    /// `Cache enabled with backend dogpile.cache.null.` (14 to 19): every token is lost.
    NullCache {
        /// The backend named.
        backend: String,
    },
    /// DEBUG `Authorized token with expiry …` (18 on): the token is in the cell database.
    TokenAuthorized {
        /// Unix seconds.
        expires: u64,
        /// What the token stands for.
        target: Target,
    },
    /// DEBUG `Validated token - console connection is …` (18 on).
    TokenValidated {
        /// What the token stands for.
        target: Target,
    },
    /// DEBUG `Token validation failed` (18 on).
    TokenUnknown,
    /// nova-compute, DEBUG `Getting vnc console`.
    GettingConsole {
        /// Instance UUID.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instance: Option<String>,
    },
    /// nova-api was asked for a console.
    ConsoleRequested {
        /// HTTP status of the answer.
        status: u16,
        /// Instance UUID.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instance: Option<String>,
    },
    /// nova-api was asked for an action on a server, in which the API before 2.6 has its consoles: kept where the answer is
    /// that of a console, or of its failure.
    ServerActed {
        /// HTTP status of the answer.
        status: u16,
        /// Instance UUID.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instance: Option<String>,
    },
    /// nova-api was asked about a token.
    TokenAsked {
        /// HTTP status of the answer; 404 for unknown or expired.
        status: u16,
    },
    /// nova-api `HTTP exception thrown: …`.
    ApiException {
        /// The text.
        text: String,
    },
    /// Somebody waited in vain for an answer over the bus (`MessagingTimeout`).
    RpcTimeout,
    /// A call that came in over the bus failed: `Exception during message handling`.
    RpcFailed {
        /// The text.
        text: String,
    },
    /// `AMQP server on H:P is unreachable` or `Connection failed: … (retrying in …)`.
    BusUnreachable {
        /// `host:port`, when the line names it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        peer: Option<String>,
        /// The error.
        text: String,
    },
    /// `SQL connection failed. N attempts left.`
    DatabaseRetry {
        /// Attempts left.
        attempts: i32,
        /// The error.
        text: String,
    },
    /// Another error of the database.
    DatabaseError {
        /// The server's number: 2003 no connection, 1045 access denied, 1049 no such database, 1146 no such table.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<u32>,
        /// The text, without statement and parameters.
        text: String,
    },
    /// The service does not start, or says why it will not.
    StartFailed {
        /// Why.
        failure: StartFailure,
    },
}

/// Why a console connection ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Failure {
    /// `The token '…' is invalid or has expired`.
    TokenInvalid {
        /// The line shows `***` instead of the token (18 on).
        masked: bool,
    },
    /// `The token '' is invalid or has expired` (15 to 17): no token arrived.
    TokenEmpty,
    /// `Origin header does not match this host.`
    OriginHost,
    /// `Origin header protocol does not match this host.`
    OriginProtocol,
    /// `Origin header not valid.`
    OriginInvalid,
    /// `No access_url…`: nothing to compare the Origin's protocol with.
    NoAccessUrl,
    /// `[Errno 111]`.
    ConnRefused,
    /// `[Errno 110]`, or `Request timed out` (34).
    TimedOut,
    /// `[Errno 113]`.
    HostUnreachable,
    /// `[Errno 101]`.
    NetUnreachable,
    /// `[Errno 104]` or `[Errno 32]`: the other side, which may be the browser, a health check or the VNC server, is gone.
    ConnReset,
    /// `[Errno -2]`, `-3`, `-5`: the name of the VNC host does not resolve on the proxy.
    NameUnknown,
    /// `[Errno -8]`: the port is -1, the instance is not running.
    ServnameNotSupported,
    /// `Timed out waiting for a reply …`: consoleauth (to 17) or nova-compute does not answer.
    RpcTimeout,
    /// `Invalid Connection Info`.
    InvalidConnectionInfo,
    /// `Failed to complete auth handshake: Incorrect read from socket, wanted N bytes but got M`: hung up in the handshake.
    SecurityShortRead {
        /// Bytes waited for.
        wanted: u32,
        /// Bytes that came.
        got: u32,
    },
    /// `invalid literal for int() with base 10: …`: the peer does not speak RFB.
    NotRfb {
        /// The bytes in the place of a version number.
        seen: String,
    },
    /// `Failed to negotiate security type with server: …`.
    SecurityNegotiation {
        /// The text after the colon.
        reason: String,
        /// RFB security types the proxy would do.
        allowed: Vec<u32>,
        /// RFB security types the VNC server offers.
        offered: Vec<u32>,
    },
    /// TLS failed between client and proxy.
    Tls {
        /// OpenSSL's name of the error: `TLSV1_ALERT_UNKNOWN_CA`.
        code: String,
    },
    /// The cell database does not answer, or not as wished.
    Database {
        /// The server's number: 2003 no connection, 1045 access denied, 1049 no such database, 1146 no such table.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<u32>,
        /// The text, without statement and parameters.
        text: String,
    },
    /// `No sql_connection parameter is established`: no `[database] connection`.
    DatabaseNotSet,
    /// The bus does not answer.
    Bus {
        /// The text.
        text: String,
    },
    /// Anything else.
    Other {
        /// The text, redacted and cut.
        text: String,
    },
}

/// Why a service does not start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum StartFailure {
    /// `Address already in use`.
    AddressInUse,
    /// `Cannot assign requested address`.
    AddressNotHere,
    /// `Permission denied` at the socket.
    AddressDenied,
    /// The name to listen on does not resolve.
    AddressUnknown,
    /// `Permission denied` at a file: a key, a log, a socket of the file system.
    FileDenied {
        /// The path.
        path: String,
    },
    /// `SSL only and … not found`.
    CertificateMissing {
        /// The path.
        path: String,
    },
    /// `Can not find html/js files at …`.
    WebRootMissing {
        /// The directory.
        dir: String,
    },
    /// `ConfigFileValueError`: an option has a value that its type does not allow. The value is not kept.
    ConfigValue {
        /// The option, when the text names it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        option: Option<String>,
    },
    /// `ConfigFileParseError`: a line that oslo.config cannot read.
    ConfigParse {
        /// The file.
        file: String,
        /// Line in it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<u32>,
    },
    /// `ConfigFilesNotFoundError`, `ConfigFilesPermissionDeniedError`: files named on the command line.
    ConfigFiles {
        /// The paths.
        files: String,
        /// There, but not to be read by the service.
        denied: bool,
    },
    /// `RequiredOptError`, `NoSuchOptError`, `TemplateSubstitutionError` and the like.
    Config {
        /// The name of the error.
        error: String,
    },
    /// `No module named …`.
    ModuleMissing {
        /// The module.
        module: String,
    },
    /// No `[database] connection`, or one that cannot be used.
    Database {
        /// The text.
        text: String,
    },
    /// Another unhandled error.
    Other {
        /// The text, redacted and cut.
        text: String,
    },
}

//! From a connection's text to a session: dial, relay, log in, as the text asks.

use super::failure::conduct;
use super::guard::Guard;
use super::relay::{Heard, Relay, Stream};
use super::wire::{Connection, sheltered};
use crate::evidence::database::{Conduct, Refusal};
use crate::evidence::dial::{Dial, DialOutcome};
use crate::observe::dial::{dial_by, dial_unix_by, peer};
use crate::observe::discover;
use crate::observe::limits::Deadline;
use crate::oslo::db_url::DbUrl;
use crate::oslo::db_url::driver::{Backend, Place, Tls, TlsMode};
use sqlx::ConnectOptions as _;
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::sqlite::SqliteConnectOptions;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What came of it.
pub(super) struct Login {
    pub(super) peer: String,
    pub(super) dial: Option<Dial>,
    pub(super) outcome: Result<Open, Option<Conduct>>,
}

/// A session and the relay that it goes through.
pub(super) struct Open {
    pub(super) connection: Connection,
    pub(super) relay: Option<Relay>,
    pub(super) encrypted: bool,
}

/// The peer of a place, as evidence names it.
pub(super) fn named(place: &Place) -> String {
    match place {
        Place::Tcp { host, port } => match u16::try_from(*port) {
            Ok(port) => peer(host, port),
            Err(_) => format!("{host}:{port}"),
        },
        Place::Unix { path } => format!("unix:{path}"),
        Place::File { path } => path.clone(),
        Place::Memory => "memory".to_owned(),
    }
}

/// Logs in at the first place that takes a connection.
pub(super) async fn login(url: &DbUrl, cwd: Option<&Path>, deadline: Deadline) -> Login {
    let mut first: Option<Login> = None;
    for place in url.places() {
        let login = at(url, &place, cwd, deadline).await;
        let connected = login.dial.as_ref().is_none_or(Dial::connected);
        if connected {
            return login;
        }
        first = first.or(Some(login));
    }
    first.unwrap_or_else(|| {
        let text = format!("no driver of nova's is for {}", scheme(url));
        Login { peer: String::new(), dial: None, outcome: Err(Some(Conduct::NotAConnection { text })) }
    })
}

fn scheme(url: &DbUrl) -> String {
    url.scheme.chars().take(40).collect()
}

async fn at(url: &DbUrl, place: &Place, cwd: Option<&Path>, deadline: Deadline) -> Login {
    let name = named(place);
    let (dial, stream) = match place {
        Place::File { path } => return file(path, cwd, deadline).await,
        Place::Memory => {
            let text = "an sqlite database in memory, which no other process sees".to_owned();
            return Login { peer: name, dial: None, outcome: Err(Some(Conduct::NotAConnection { text })) };
        }
        place => connect(place, deadline).await,
    };
    let tls = url.tls();
    let outcome = match stream {
        None => Err(None),
        Some(stream) => match converse(url, place, &tls, stream, deadline).await {
            Err(Conduct::LoginUnknown { text }) if tls.mode == TlsMode::Off => {
                // what a server has not cached is told to it by RSA, which is not spoken here, or inside TLS
                match with_tls(url, place, deadline).await {
                    Some(Ok(open)) => Ok(open),
                    Some(Err(refused @ Conduct::Refused(_))) => Err(Some(refused)),
                    _ => Err(Some(Conduct::LoginUnknown { text })),
                }
            }
            Err(refused) if tls.mode == TlsMode::Off => Err(Some(encrypted_only(url, place, refused, deadline).await)),
            done => done.map_err(Some),
        },
    };
    Login { peer: name, dial: Some(dial), outcome }
}

async fn connect(place: &Place, deadline: Deadline) -> (Dial, Option<Box<dyn Stream>>) {
    match place {
        Place::Tcp { host, port } if u16::try_from(*port).is_ok_and(|port| port > 0) => {
            let (dial, stream) = dial_by(host, *port as u16, deadline).await;
            (dial, stream.map(|stream| Box::new(stream) as Box<dyn Stream>))
        }
        Place::Unix { path } => {
            let (dial, stream) = dial_unix_by(path, deadline).await;
            (dial, stream.map(|stream| Box::new(stream) as Box<dyn Stream>))
        }
        _ => {
            let outcome = DialOutcome::NotAnAddress;
            (Dial { addresses: Vec::new(), outcome, error: None, resolve_millis: None }, None)
        }
    }
}

/// MariaDB (10.11) turns a user away with the error of a wrong password who does not come encrypted though it must: the same
/// login with TLS tells the two apart.
async fn encrypted_only(url: &DbUrl, place: &Place, refused: Conduct, deadline: Deadline) -> Conduct {
    let Conduct::Refused(mut told) = refused else { return refused };
    if told.why == Refusal::Login && matches!(with_tls(url, place, deadline).await, Some(Ok(_))) {
        told.why = Refusal::TlsRequired;
        told.text.push_str("; with TLS it is let in");
    }
    Conduct::Refused(told)
}

/// The same login to a MySQL with TLS, whatever the connection asks for; `None` where nobody is to be asked.
async fn with_tls(url: &DbUrl, place: &Place, deadline: Deadline) -> Option<Result<Open, Conduct>> {
    url.backend().filter(|backend| *backend == Backend::MySql)?;
    let (_, stream) = connect(place, deadline).await;
    let tls = Tls { mode: TlsMode::Required, ..Tls::default() };
    Some(converse(url, place, &tls, stream?, deadline).await)
}

async fn converse(
    url: &DbUrl,
    place: &Place,
    tls: &Tls,
    stream: Box<dyn Stream>,
    deadline: Deadline,
) -> Result<Open, Conduct> {
    let mysql = url.backend() == Some(Backend::MySql);
    let guard = if mysql { Guard::mysql() } else { Guard::postgres(tls.mode != TlsMode::Off) };
    let local = |error: std::io::Error| Conduct::Broken { text: format!("no socket for the driver: {error}") };
    let mut relay = Relay::open(stream, guard, if mysql { "db" } else { ".s.PGSQL.5432" }).map_err(local)?;
    let host = match place {
        Place::Tcp { host, .. } => host.clone(),
        _ => "localhost".to_owned(),
    };
    let work = async {
        if mysql {
            let options = mysql_options(url, &host, tls, &relay.dir().join("db"));
            sheltered(Box::pin(options.connect())).await.map(Connection::MySql)
        } else {
            let options = postgres_options(url, &host, tls, relay.dir());
            sheltered(Box::pin(options.connect())).await.map(Connection::Postgres)
        }
    };
    let done = deadline.bound(work).await;
    relay.hide();
    let heard = relay.heard();
    let waiting_for = if heard.bytes == 0 { "greeting" } else { "login" };
    match done {
        Some(Ok(connection)) => {
            let encrypted = tls.mode != TlsMode::Off && is_encrypted(&heard, mysql);
            Ok(Open { connection, relay: Some(relay), encrypted })
        }
        Some(Err(error)) => Err(conduct(&error, waiting_for, Some(&heard), &secrets(url))),
        None => Err(Conduct::Silent { waiting_for: waiting_for.to_owned(), after_millis: deadline.millis }),
    }
}

/// PostgreSQL says so in its first byte; a MySQL driver that asked for less than "preferred" would have failed.
fn is_encrypted(heard: &Heard, mysql: bool) -> bool {
    mysql || heard.first.first() == Some(&b'S')
}

/// What no text may show.
pub(super) fn secrets(url: &DbUrl) -> Vec<&str> {
    [url.password(), url.user.as_deref(), url.parameter("passwd"), url.parameter("password")]
        .into_iter()
        .flatten()
        .collect()
}

fn mysql_options(url: &DbUrl, host: &str, tls: &Tls, socket: &Path) -> MySqlConnectOptions {
    let mode = match tls.mode {
        TlsMode::Off => MySqlSslMode::Disabled,
        TlsMode::Preferred => MySqlSslMode::Preferred,
        TlsMode::VerifyCa if readable(tls.ca.as_ref()) => MySqlSslMode::VerifyCa,
        TlsMode::VerifyHost if readable(tls.ca.as_ref()) => MySqlSslMode::VerifyIdentity,
        // without the authority's file, which may lie on another machine, nothing can be verified
        _ => MySqlSslMode::Required,
    };
    let mut options = MySqlConnectOptions::new()
        .host(host)
        .socket(socket)
        .ssl_mode(mode)
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .disable_statement_logging();
    if let Some(user) = url.user.as_deref().or(url.parameter("user")) {
        options = options.username(user);
    }
    if let Some(password) = url.password().or(url.parameter("passwd")).or(url.parameter("password")) {
        options = options.password(password);
    }
    if let Some(name) = url.database.as_deref().filter(|name| !name.is_empty()) {
        options = options.database(name);
    }
    if let Some(ca) = tls.ca.as_ref().filter(|ca| readable(Some(ca))) {
        options = options.ssl_ca(ca);
    }
    if let (Some(certificate), Some(key)) = own(tls) {
        options = options.ssl_client_cert(certificate).ssl_client_key(key);
    }
    options
}

fn postgres_options(url: &DbUrl, host: &str, tls: &Tls, dir: &Path) -> PgConnectOptions {
    let mode = match tls.mode {
        TlsMode::Off => PgSslMode::Disable,
        TlsMode::Preferred => PgSslMode::Prefer,
        TlsMode::VerifyCa if readable(tls.ca.as_ref()) => PgSslMode::VerifyCa,
        TlsMode::VerifyHost if readable(tls.ca.as_ref()) => PgSslMode::VerifyFull,
        _ => PgSslMode::Require,
    };
    let user = url.user.as_deref().or(url.parameter("user")).unwrap_or("nova");
    let mut options = PgConnectOptions::new_without_pgpass()
        .host(host)
        .port(5432)
        .socket(dir)
        .username(user)
        .ssl_mode(mode)
        .application_name("vncdoctor")
        .disable_statement_logging();
    if let Some(password) = url.password().or(url.parameter("password")) {
        options = options.password(password);
    }
    options = options.database(url.database.as_deref().filter(|name| !name.is_empty()).unwrap_or(user));
    if let Some(ca) = tls.ca.as_ref().filter(|ca| readable(Some(ca))) {
        options = options.ssl_root_cert(ca);
    }
    if let (Some(certificate), Some(key)) = own(tls) {
        options = options.ssl_client_cert(certificate).ssl_client_key(key);
    }
    options
}

/// The client's own certificate and key, if both can be read here.
fn own(tls: &Tls) -> (Option<&PathBuf>, Option<&PathBuf>) {
    let both = readable(tls.certificate.as_ref()) && readable(tls.key.as_ref());
    if both { (tls.certificate.as_ref(), tls.key.as_ref()) } else { (None, None) }
}

fn readable(path: Option<&PathBuf>) -> bool {
    path.is_some_and(|path| discover::open(path).is_ok())
}

/// An SQLite file, opened so that nothing can be written.
async fn file(path: &str, cwd: Option<&Path>, deadline: Deadline) -> Login {
    let login = |outcome| Login { peer: path.to_owned(), dial: None, outcome };
    let whole = match cwd {
        _ if Path::new(path).is_absolute() => PathBuf::from(path),
        Some(cwd) => cwd.join(path),
        None => {
            let text = "relative to wherever the service was started".to_owned();
            return login(Err(Some(Conduct::File { text, missing: false })));
        }
    };
    if let Err(problem) = discover::open(&whole) {
        let missing = matches!(problem, discover::PathProblem::Missing(_));
        return login(Err(Some(Conduct::File { text: problem.to_string(), missing })));
    }
    let options = SqliteConnectOptions::new()
        .filename(&whole)
        .read_only(true)
        .busy_timeout(Duration::from_secs(1))
        .disable_statement_logging();
    match deadline.bound(sheltered(options.connect())).await {
        Some(Ok(connection)) => {
            login(Ok(Open { connection: Connection::Sqlite(connection), relay: None, encrypted: false }))
        }
        Some(Err(error)) => login(Err(Some(Conduct::File { text: error.to_string().to_lowercase(), missing: false }))),
        None => login(Err(Some(Conduct::Silent { waiting_for: "login".to_owned(), after_millis: deadline.millis }))),
    }
}

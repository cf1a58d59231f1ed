//! Asks nova's databases about consoles, as the services that read them would log in.
//!
//! One connection to each; the session cannot write, every question has a deadline and every answer a bound. Our own dial
//! connects, so refused, dropped and unknown names are told in our words; a driver logs in through a bounded relay
//! (`relay`, `guard`). Connections are kept open until the token is known, which may be late. What holds secrets stays in
//! [`Target`] and [`Session`], which cannot be shown or saved.

mod answers;
mod cells;
mod failure;
mod guard;
mod login;
mod relay;
mod sql;
mod wire;

pub(crate) use cells::Mapping;

use crate::evidence::database::{Conduct, DatabaseAnswer, Kind, Naming, Server, TokenSought, Unanswered};
use crate::evidence::probe::{Behalf, Seen};
use crate::observe::limits::{Deadline, Limits, Watch, unix_now};
use crate::oslo::db_url::DbUrl;
use crate::oslo::db_url::driver::{Backend, Place};
use login::Open;
use std::path::PathBuf;
use wire::{Connection, Row};

/// A database to be asked: how to log in there, and who named it.
pub(crate) struct Target {
    /// The connection, or why it is none.
    pub(crate) url: Result<DbUrl, String>,
    /// Who names it.
    pub(crate) named_by: Vec<Naming>,
    /// Where the service was started, for a file named relative to it.
    pub(crate) cwd: Option<PathBuf>,
}

impl Target {
    /// Whom it dials, as evidence names them.
    pub(crate) fn peer(&self) -> String {
        let places = self.url.as_ref().map(DbUrl::places).unwrap_or_default();
        places.first().map(login::named).unwrap_or_default()
    }

    /// The host or path that it dials first.
    pub(crate) fn place(&self) -> Option<Place> {
        self.url.as_ref().ok()?.places().into_iter().next()
    }
}

/// A database that is being asked.
pub(crate) struct Session {
    answer: DatabaseAnswer,
    peer: String,
    behalf: Behalf,
    watch: Watch,
    millis: u64,
    limits: Limits,
    open: Option<(Connection, Kind)>,
    relay: Option<relay::Relay>,
    url: Option<DbUrl>,
    columns: Vec<(String, String)>,
    mappings: Vec<Mapping>,
}

impl Session {
    /// Logs in and asks what needs no token.
    pub(crate) async fn open(target: Target, behalf: Behalf, limits: &Limits) -> Self {
        let watch = Watch::start();
        let peer = target.peer();
        let section = target.named_by.first().map_or("database", |naming| naming.section.as_str());
        // a text that leads nowhere is named by its place
        let peer = if peer.is_empty() { format!("[{section}] connection") } else { peer };
        let mut answer = DatabaseAnswer::named(target.named_by);
        let session = |answer, peer, open, relay, url| Self {
            answer,
            peer,
            behalf: behalf.clone(),
            watch: Watch::start(),
            millis: 0,
            limits: *limits,
            open,
            relay,
            url,
            columns: Vec::new(),
            mappings: Vec::new(),
        };
        let url = match target.url {
            Ok(url) => url,
            Err(text) => {
                answer.conduct = Some(Conduct::NotAConnection { text });
                return session(answer, peer, None, None, None);
            }
        };
        let kind = url.backend().map(kind);
        answer.kind = kind;
        answer.database = url.database.as_deref().map(|name| name.chars().take(200).collect());
        let login = login::login(&url, target.cwd.as_deref(), limits.deadline()).await;
        answer.dial = login.dial;
        let (open, relay) = match (login.outcome, kind) {
            (Ok(Open { connection, relay, encrypted }), Some(kind)) => {
                answer.encrypted = encrypted;
                answer.conduct = Some(Conduct::Answered);
                (Some((connection, kind)), relay)
            }
            (Err(conduct), _) => {
                answer.conduct = conduct;
                (None, None)
            }
            (Ok(_), None) => (None, None),
        };
        let peer = if login.peer.is_empty() { peer } else { login.peer };
        let mut session = session(answer, peer, open, relay, Some(url));
        session.watch = watch;
        session.basics().await;
        session.millis = session.watch.millis();
        session
    }

    async fn basics(&mut self) {
        let Some((_, kind)) = self.open else { return };
        let deadline = self.limits.deadline();
        let before = unix_now();
        let Some(rows) = self.ask("version", sql::version(kind), 1, deadline).await else { return };
        let after = unix_now();
        let server = server(&rows, kind, f64::midpoint(before, after));
        let maria = server.version.as_deref().is_some_and(|version| version.contains("Maria"));
        self.answer.server = Some(server);
        let seconds = self.limits.timeout.as_secs().max(1);
        for (nth, line) in sql::read_only(kind, maria, seconds).iter().enumerate() {
            // a server that cannot bound a question's time says so, and is asked all the same
            let done = self.ask(if nth == 0 { "read only" } else { "" }, line, 1, deadline).await;
            if nth == 0 && done.is_none() {
                return;
            }
        }
        let Some(rows) = self.ask("tables", &sql::columns(kind), 500, deadline).await else { return };
        self.columns = rows.iter().filter_map(|row| Some((text(row, 0)?, text(row, 1)?))).collect();
        let mut tables: Vec<String> = self.columns.iter().map(|(table, _)| table.clone()).collect();
        tables.sort();
        tables.dedup();
        self.answer.tables = Some(tables);
        if self.has("console_auth_tokens") {
            let of_tokens = self.columns.iter().filter(|(table, _)| table == "console_auth_tokens");
            self.answer.token_columns = Some(of_tokens.map(|(_, column)| column.chars().take(64).collect()).collect());
        }
        self.details(kind, deadline).await;
    }

    async fn details(&mut self, kind: Kind, deadline: Deadline) {
        let alembic = self.has("alembic_version");
        if alembic || self.has("migrate_version") {
            let rows = self.ask("revision", sql::revision(alembic), 1, deadline).await;
            self.answer.revision = rows.and_then(|rows| text(rows.first()?, 0));
        }
        if self.has("cell_mappings") {
            let disabled = self.has_column("cell_mappings", "disabled");
            let rows = self.ask("cells", &sql::cells(disabled), sql::MOST_CELLS, deadline).await;
            self.mappings = rows.unwrap_or_default().iter().filter_map(Mapping::of).collect();
        }
        if self.has("console_auth_tokens") {
            let now = unix_now() as i64;
            let rows = self.ask("tokens", &sql::tokens(kind, now), sql::MOST_HOSTS, deadline).await;
            self.answer.tokens = rows.map(|rows| answers::tokens(&rows));
        }
    }

    /// Asks for a token by the hex of its sha256; says where its VNC server is.
    pub(crate) async fn token(&mut self, sha256: &str) -> Option<(String, u16)> {
        let kind = self.open.as_ref().map(|(_, kind)| *kind)?;
        if !self.has("console_auth_tokens") || !is_hex(sha256) {
            return None;
        }
        let tls_port = self.has_column("console_auth_tokens", "tls_port");
        let question = sql::token(kind, sha256, tls_port);
        let watch = Watch::start();
        let rows = self.ask("token", &question, 1, self.limits.deadline()).await;
        self.millis += watch.millis();
        let row = rows?.into_iter().next();
        let sought = row.and_then(|row| answers::token(&row)).map_or(TokenSought::Absent, TokenSought::Found);
        let server = match &sought {
            TokenSought::Found(row) => row.host.clone().zip(row.port.and_then(|port| u16::try_from(port).ok())),
            TokenSought::Absent => None,
        };
        self.answer.token = Some(sought);
        server.filter(|(_, port)| *port > 0)
    }

    /// The instance of the token that was found here.
    pub(crate) fn instance_of_token(&self) -> Option<&str> {
        self.answer.row()?.instance.as_deref()
    }

    /// Asks for an instance, and for the cell that it is in.
    pub(crate) async fn instance(&mut self, uuid: &str) {
        let Some((_, kind)) = self.open else { return };
        if !is_uuid(uuid) {
            return;
        }
        let watch = Watch::start();
        let deadline = self.limits.deadline();
        if self.has("instance_mappings") && self.has("cell_mappings") {
            let rows = self.ask("mapping", &sql::mapping(uuid), 1, deadline).await;
            self.answer.mapping = rows.map(|rows| answers::mapping(uuid, &rows));
        }
        if self.has("instances") {
            let rows = self.ask("instance", &sql::instance(uuid), 1, deadline).await;
            self.answer.instance = rows.map(|rows| answers::instance(&rows));
            if self.has("instance_actions") {
                let rows = self.ask("actions", &sql::actions(kind, uuid), sql::MOST_ACTIONS, deadline).await;
                if let (Some(instance), Some(rows)) = (&mut self.answer.instance, rows) {
                    instance.actions = answers::actions(&rows);
                }
            }
        }
        self.millis += watch.millis();
    }

    /// The cell mappings that were found here, with their secrets.
    pub(crate) fn mappings(&self) -> &[Mapping] {
        &self.mappings
    }

    /// What was found of them, for evidence.
    pub(crate) fn with_cells(&mut self, cells: Vec<crate::evidence::database::Cell>) {
        self.answer.cells = cells;
    }

    /// Who names it.
    pub(crate) fn named_by(&self) -> &[Naming] {
        &self.answer.named_by
    }

    /// The evidence; the connection is closed.
    pub(crate) async fn done(mut self) -> Seen<DatabaseAnswer> {
        if let Some((connection, _)) = self.open.take() {
            // no peer may hold us up now
            let _ = Deadline::after(std::time::Duration::from_millis(200)).bound(connection.close()).await;
        }
        drop(self.relay);
        let mut seen = self.watch.seen(&self.behalf, self.peer, self.answer);
        seen.millis = self.millis;
        seen
    }

    fn has(&self, table: &str) -> bool {
        self.columns.iter().any(|(known, _)| known == table)
    }

    fn has_column(&self, table: &str, column: &str) -> bool {
        self.columns.iter().any(|(known, its)| known == table && its == column)
    }

    /// One question. Without an answer the reason is kept under what was asked, and a broken session is given up.
    async fn ask(&mut self, asked: &str, question: &str, most: usize, deadline: Deadline) -> Option<Vec<Row>> {
        let (connection, _) = self.open.as_mut()?;
        let conduct = match deadline.bound(connection.rows(question, most)).await {
            Some(Ok(rows)) => return Some(rows),
            Some(Err(error)) => {
                let heard = self.relay.as_ref().map(relay::Relay::heard);
                let secrets = self.url.as_ref().map(login::secrets).unwrap_or_default();
                failure::conduct(&error, "answer", heard.as_ref(), &secrets)
            }
            None => Conduct::Silent { waiting_for: "answer".to_owned(), after_millis: deadline.millis },
        };
        if !matches!(conduct, Conduct::Refused(_)) {
            self.open = None;
        }
        if !asked.is_empty() {
            self.answer.unanswered.push(Unanswered { asked: asked.to_owned(), conduct });
        }
        None
    }
}

fn kind(backend: Backend) -> Kind {
    match backend {
        Backend::MySql => Kind::Mysql,
        Backend::Postgres => Kind::Postgresql,
        Backend::Sqlite => Kind::Sqlite,
    }
}

fn server(rows: &[Row], kind: Kind, now: f64) -> Server {
    let row = rows.first();
    let version = row.and_then(|row| text(row, 0)).map(|version| version.chars().take(80).collect());
    let time =
        row.and_then(|row| text(row, 1)).and_then(|time| time.parse::<f64>().ok()).filter(|time| time.is_finite());
    let round = |seconds: f64| (seconds * 1000.0).round() / 1000.0;
    let clock_offset = time.filter(|_| kind != Kind::Sqlite).map(|time| round(time - now));
    Server { version, time: time.map(round), clock_offset }
}

/// A column's text.
fn text(row: &Row, column: usize) -> Option<String> {
    row.get(column).cloned().flatten()
}

fn is_hex(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

//! What a database said: who names it, how the conversation went, and what stands in it about consoles.
//!
//! Tables and columns are nova's (`nova/db/main/models.py`, `nova/db/api/models.py`, 18 to 34): tokens lie in console_auth_tokens of
//! a cell's database, under their sha256; cell_mappings and instance_mappings lie in the API's. A connection is kept without
//! user, password and parameters.

use super::dial::Dial;
use super::process::Service;
use super::stranger::Stranger;
use serde::{Deserialize, Serialize};

/// `uuid` of cell0, which holds instances that never ran.
pub const CELL0: &str = "00000000-0000-0000-0000-000000000000";

/// One database as it was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatabaseAnswer {
    /// Whose configuration, or which cell mapping, names it.
    pub named_by: Vec<Naming>,
    /// `mysql`, `postgresql`, `sqlite`; absent where the connection cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Its name; for SQLite the path of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// The dial; absent for a file and where nobody was dialled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dial: Option<Dial>,
    /// How it went; absent where no connection was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conduct: Option<Conduct>,
    /// What the server said about itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<Server>,
    /// The session is encrypted.
    #[serde(default)]
    pub encrypted: bool,
    /// Which of nova's tables are there, as far as they matter to consoles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tables: Option<Vec<String>>,
    /// Columns of console_auth_tokens; absent without the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_columns: Option<Vec<String>>,
    /// The schema's revision, by alembic (24 and newer) or sqlalchemy-migrate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// The token that was asked about; absent if none was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenSought>,
    /// All tokens together; absent without the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
    /// The cells, of an API database.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<Cell>,
    /// Which cell the token's instance is in, of an API database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping: Option<InstanceMapping>,
    /// The token's instance, of a cell's database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<Instance>,
    /// Questions that were answered with an error.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unanswered: Vec<Unanswered>,
}

impl DatabaseAnswer {
    /// Nothing but who names it.
    pub fn named(named_by: Vec<Naming>) -> Self {
        Self {
            named_by,
            kind: None,
            database: None,
            dial: None,
            conduct: None,
            server: None,
            encrypted: false,
            tables: None,
            token_columns: None,
            revision: None,
            token: None,
            tokens: None,
            cells: Vec::new(),
            mapping: None,
            instance: None,
            unanswered: Vec::new(),
        }
    }

    /// Whether a table is there; `None` if that was not seen.
    pub fn has(&self, table: &str) -> Option<bool> {
        self.tables.as_ref().map(|tables| tables.iter().any(|known| known == table))
    }

    /// The token's row, if it was found here.
    pub fn row(&self) -> Option<&TokenRow> {
        match &self.token {
            Some(TokenSought::Found(row)) => Some(row),
            _ => None,
        }
    }

    /// It logged in and answered.
    pub fn answered(&self) -> bool {
        self.conduct == Some(Conduct::Answered)
    }
}

/// Who names a database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Naming {
    /// The host whose file does, or whose API database holds the mapping.
    pub host: String,
    /// The service that reads it.
    pub service: Service,
    /// `database` or `api_database`; for a mapping the section whose database holds it, `api_database`.
    pub section: String,
    /// The cell whose mapping names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
}

/// The kind of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// MySQL, MariaDB and their like.
    Mysql,
    /// PostgreSQL.
    Postgresql,
    /// A file.
    Sqlite,
}

/// How a conversation went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Conduct {
    /// Logged in; what could not be asked stands under `unanswered`.
    Answered,
    /// The server refused to serve.
    Refused(Refused),
    /// The two could not agree on TLS.
    Tls {
        /// Whether it was the certificate that was not trusted.
        untrusted: bool,
        /// The reason in the library's words.
        text: String,
    },
    /// The deadline passed.
    Silent {
        /// What was waited for: `greeting`, `login`, `answer`.
        waiting_for: String,
        /// The deadline in milliseconds.
        after_millis: u64,
    },
    /// The connection was closed.
    Closed {
        /// What was waited for.
        waiting_for: String,
    },
    /// Something else answers there.
    Stranger {
        /// What it is, if its first bytes tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        protocol: Option<Stranger>,
        /// Those bytes, printable and without secrets.
        first: String,
    },
    /// It broke its protocol.
    Broken {
        /// What is wrong.
        text: String,
    },
    /// The file cannot be read.
    File {
        /// Why.
        text: String,
        /// Whether it is not there at all.
        missing: bool,
    },
    /// The text is no connection, or one that nothing here can use.
    NotAConnection {
        /// Why, without the text.
        text: String,
    },
    /// The server wants a way to log in that vncdoctor does not know.
    LoginUnknown {
        /// Which.
        text: String,
    },
}

/// An error of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// What it comes to.
    pub why: Refusal,
    /// The error's number (MySQL) or SQLSTATE (PostgreSQL).
    pub code: String,
    /// The server's words, without user and password.
    pub text: String,
}

/// What an error of the server comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// User or password are wrong, or not for the host that asks (1045, 1698; 28P01, 28000).
    Login,
    /// The user may not use this database (1044; 42501).
    NotPermitted,
    /// There is no such database (1049; 3D000).
    NoDatabase,
    /// There is no such table (1146; 42P01).
    NoTable,
    /// Hosts like the one that asks may not connect (1130; 28000 without an entry in `pg_hba.conf`).
    HostNotAllowed,
    /// The host that asks is blocked after too many errors (1129).
    HostBlocked,
    /// Only encrypted connections are taken (MySQL 3159; MariaDB says 1045, and lets the same user in with TLS).
    TlsRequired,
    /// Every connection is taken (1040, 1203, 1226; 53300).
    Full,
    /// It starts, stops or recovers (1053, 1205 of Galera's 1047; 57P03).
    NotReady,
    /// Anything else.
    Other,
}

/// A server about itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Server {
    /// Its version, as it gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its clock in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<f64>,
    /// Its clock minus ours, in seconds; exact to half the time of the question. Absent for a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_offset: Option<f64>,
}

/// What was found of a token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum TokenSought {
    /// No row under its hash.
    Absent,
    /// Its row.
    Found(TokenRow),
}

/// A row of console_auth_tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenRow {
    /// Where the VNC server is: the compute node's `[vnc] server_proxyclient_address`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Its port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<i64>,
    /// Its port with TLS (31 and newer).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_port: Option<i64>,
    /// When it ends: Unix seconds by the clock of the nova-conductor that wrote it.
    pub expires: i64,
    /// When it was written, by the same clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<i64>,
    /// `novnc`, `spice-html5`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub console_type: Option<String>,
    /// The instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The compute node's base URL, without secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_url_base: Option<String>,
}

/// All rows of console_auth_tokens together; of a large table the newest ones.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tokens {
    /// Rows looked at.
    pub rows: u64,
    /// There are more.
    #[serde(default)]
    pub more: bool,
    /// Rows whose time had passed, by our clock.
    pub expired: u64,
    /// The earliest `expires`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_expires: Option<i64>,
    /// When the newest was written, by the clock of the nova-conductor that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest_created: Option<i64>,
    /// Addresses of VNC servers, those with most rows first.
    pub hosts: Vec<HostCount>,
}

/// How often an address occurs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostCount {
    /// The address, as nova-compute gave it.
    pub host: String,
    /// Rows with it.
    pub rows: u64,
    /// Rows with it whose time has not passed.
    pub live: u64,
}

/// A row of cell_mappings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Its uuid; see [`CELL0`].
    pub uuid: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// No new instances go there.
    #[serde(default)]
    pub disabled: bool,
    /// Its database, without credentials and parameters, templates filled in.
    pub database: String,
    /// Its message bus, the same way.
    pub transport: String,
    /// One of the two is a template that the host's own configuration fills in.
    #[serde(default)]
    pub template: bool,
    /// Why its database could not be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl Cell {
    /// Its name for a sentence.
    pub fn label(&self) -> &str {
        match self.name.as_deref() {
            Some(name) if !name.is_empty() => name,
            _ if self.uuid == CELL0 => "cell0",
            _ => &self.uuid,
        }
    }
}

/// A row of instance_mappings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceMapping {
    /// The instance.
    pub instance: String,
    /// There is a row.
    pub found: bool,
    /// Uuid of its cell; absent while it is not scheduled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
}

/// A row of instances, and what was done to the guest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// There is a row that is not deleted.
    pub found: bool,
    /// The compute node it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// `active`, `stopped`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vm_state: Option<String>,
    /// What is being done to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_state: Option<String>,
    /// The last actions, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
}

/// A row of instance_actions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// `reboot`, `live-migration`, `stop`, …
    pub action: String,
    /// When it began: Unix seconds by the clock of the nova-api that took it.
    pub began: i64,
}

/// A question without an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unanswered {
    /// What was asked: `version`, `tables`, `token`, `tokens`, `cells`, `mapping`, `instance`.
    pub asked: String,
    /// Why.
    pub conduct: Conduct,
}

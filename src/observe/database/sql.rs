//! What is asked, in each kind's SQL: reading only, bounded in rows, and answered from an index or a few thousand rows.

use crate::evidence::database::Kind;

/// Tables that tell whose database it is.
pub(super) const TABLES: [&str; 7] = [
    "console_auth_tokens",
    "cell_mappings",
    "instance_mappings",
    "instances",
    "instance_actions",
    "alembic_version",
    "migrate_version",
];

/// Newest tokens looked at.
pub(super) const MOST_TOKENS: u64 = 100_000;
/// Most addresses of VNC servers told apart.
pub(super) const MOST_HOSTS: usize = 5000;
/// Most cells: large public clouds have about a hundred.
pub(super) const MOST_CELLS: usize = 256;
/// Last actions on the guest.
pub(super) const MOST_ACTIONS: usize = 8;

/// What makes a session one that cannot write. The second line bounds a question's time; a server may not know it.
pub(super) fn read_only(kind: Kind, maria: bool, seconds: u64) -> Vec<String> {
    match kind {
        Kind::Mysql if maria => {
            vec!["SET SESSION TRANSACTION READ ONLY".to_owned(), format!("SET SESSION max_statement_time = {seconds}")]
        }
        Kind::Mysql => vec![
            "SET SESSION TRANSACTION READ ONLY".to_owned(),
            format!("SET SESSION max_execution_time = {}", seconds * 1000),
        ],
        Kind::Postgresql => vec![
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY".to_owned(),
            format!("SET statement_timeout = {}", seconds * 1000),
        ],
        // opened read only
        Kind::Sqlite => Vec::new(),
    }
}

/// Version and clock.
pub(super) fn version(kind: Kind) -> &'static str {
    match kind {
        Kind::Mysql => "SELECT VERSION(), UNIX_TIMESTAMP(NOW(6))",
        Kind::Postgresql => "SELECT current_setting('server_version'), EXTRACT(EPOCH FROM clock_timestamp())",
        Kind::Sqlite => "SELECT sqlite_version(), NULL",
    }
}

/// Table and column of what is known of [`TABLES`].
pub(super) fn columns(kind: Kind) -> String {
    let names = TABLES.map(|table| format!("'{table}'")).join(", ");
    match kind {
        Kind::Mysql => format!(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name IN ({names}) LIMIT 500"
        ),
        Kind::Postgresql => format!(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = ANY (current_schemas(false)) AND table_name IN ({names}) LIMIT 500"
        ),
        Kind::Sqlite => format!(
            "SELECT m.name, p.name FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name IN ({names}) LIMIT 500"
        ),
    }
}

/// The revision of the schema, by whichever tool wrote it.
pub(super) fn revision(alembic: bool) -> &'static str {
    if alembic {
        "SELECT version_num FROM alembic_version LIMIT 1"
    } else {
        "SELECT version FROM migrate_version ORDER BY version DESC LIMIT 1"
    }
}

/// A column of DATETIME, which nova writes in UTC, in Unix seconds.
fn epoch(kind: Kind, column: &str) -> String {
    match kind {
        Kind::Mysql => format!("TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', {column})"),
        Kind::Postgresql => format!("CAST(EXTRACT(EPOCH FROM {column}) AS BIGINT)"),
        Kind::Sqlite => format!("CAST(strftime('%s', {column}) AS INTEGER)"),
    }
}

/// The row of a token, by the hex of its sha256.
pub(super) fn token(kind: Kind, sha256: &str, tls_port: bool) -> String {
    let tls_port = if tls_port { "tls_port" } else { "NULL" };
    let created = epoch(kind, "created_at");
    format!(
        "SELECT host, port, {tls_port}, expires, {created}, console_type, instance_uuid, access_url_base \
         FROM console_auth_tokens WHERE token_hash = '{sha256}' LIMIT 1"
    )
}

/// For each address: rows, live ones, the earliest end, the latest beginning. `now` in Unix seconds.
pub(super) fn tokens(kind: Kind, now: i64) -> String {
    let created = epoch(kind, "created_at");
    format!(
        "SELECT host, COUNT(*), SUM(CASE WHEN expires > {now} THEN 1 ELSE 0 END), MIN(expires), MAX({created}) \
         FROM (SELECT host, expires, created_at FROM console_auth_tokens ORDER BY id DESC LIMIT {MOST_TOKENS}) AS newest \
         GROUP BY host ORDER BY 2 DESC LIMIT {MOST_HOSTS}"
    )
}

/// Cells, in the order of their making.
pub(super) fn cells(disabled: bool) -> String {
    let disabled = if disabled { "disabled" } else { "NULL" };
    format!(
        "SELECT uuid, name, {disabled}, database_connection, transport_url FROM cell_mappings ORDER BY id LIMIT {MOST_CELLS}"
    )
}

/// The cell of an instance.
pub(super) fn mapping(instance: &str) -> String {
    format!(
        "SELECT c.uuid FROM instance_mappings m LEFT JOIN cell_mappings c ON c.id = m.cell_id \
         WHERE m.instance_uuid = '{instance}' LIMIT 1"
    )
}

/// An instance.
pub(super) fn instance(instance: &str) -> String {
    format!("SELECT host, vm_state, task_state, deleted FROM instances WHERE uuid = '{instance}' LIMIT 1")
}

/// What was done to it last.
pub(super) fn actions(kind: Kind, instance: &str) -> String {
    let began = epoch(kind, "start_time");
    format!(
        "SELECT action, {began} FROM instance_actions WHERE instance_uuid = '{instance}' \
         ORDER BY start_time DESC LIMIT {MOST_ACTIONS}"
    )
}

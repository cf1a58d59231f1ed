//! One connection of whichever kind, and rows of text: what is asked for is counted, cut and typed in SQL, so that no driver has
//! to know the types of nova's columns.

use futures_util::{FutureExt, TryStreamExt};
use sqlx::mysql::MySqlConnection;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, ColumnIndex, Connection as _, Decode, Error, Executor, Row as _};
use std::panic::AssertUnwindSafe;

/// Longest text of a column that is kept, in bytes.
const LONGEST: usize = 4096;

/// A row; a column without a value is absent.
pub(super) type Row = Vec<Option<String>>;

/// A session.
pub(super) enum Connection {
    MySql(MySqlConnection),
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

impl Connection {
    /// The first rows of an answer.
    pub(super) async fn rows(&mut self, sql: &str, most: usize) -> Result<Vec<Row>, Error> {
        match self {
            Self::MySql(connection) => sheltered(rows(connection, sql, most)).await,
            Self::Postgres(connection) => sheltered(rows(connection, sql, most)).await,
            Self::Sqlite(connection) => sheltered(rows(connection, sql, most)).await,
        }
    }

    /// Says good-bye.
    pub(super) async fn close(self) {
        let _ = match self {
            Self::MySql(connection) => sheltered(connection.close()).await,
            Self::Postgres(connection) => sheltered(connection.close()).await,
            Self::Sqlite(connection) => sheltered(connection.close()).await,
        };
    }
}

/// A driver that trips over what a peer sends ends the conversation, not vncdoctor.
pub(super) async fn sheltered<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let panicked = |_| Err(Error::Protocol("an answer that no server gives".to_owned()));
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(panicked)
}

async fn rows<'c, C, DB>(connection: &'c mut C, sql: &str, most: usize) -> Result<Vec<Row>, Error>
where
    DB: sqlx::Database,
    &'c mut C: Executor<'c, Database = DB>,
    usize: ColumnIndex<DB::Row>,
    for<'r> &'r str: Decode<'r, DB>,
{
    // nothing of the user's stands in the text but hashes and uuids, checked letter by letter
    let mut answer = connection.fetch(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())));
    let mut rows = Vec::new();
    while rows.len() < most
        && let Some(row) = answer.try_next().await?
    {
        let columns = (0..row.len()).map(|at| {
            let text: Option<&str> = row.try_get_unchecked(at).ok().flatten();
            text.map(|text| cut(text).to_owned())
        });
        rows.push(columns.collect());
    }
    Ok(rows)
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

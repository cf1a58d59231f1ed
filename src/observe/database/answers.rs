//! Rows into evidence: typed, cut, and without secrets.

use super::text;
use super::wire::Row;
use crate::evidence::database::{Action, HostCount, Instance, InstanceMapping, TokenRow, Tokens};
use crate::evidence::site::{is_loopback, is_wildcard};
use crate::oslo::redact;

/// Addresses of VNC servers that evidence keeps.
const KEPT_HOSTS: usize = 20;
/// Longest text that evidence keeps, in characters.
const LONGEST: usize = 255;

/// The row of a token; without an end there is no row of nova's.
pub(super) fn token(row: &Row) -> Option<TokenRow> {
    let number = |column| text(row, column)?.trim().parse::<i64>().ok();
    Some(TokenRow {
        host: short(row, 0),
        port: number(1),
        tls_port: number(2),
        expires: number(3)?,
        created: number(4),
        console_type: short(row, 5),
        instance: short(row, 6),
        access_url_base: short(row, 7).map(|url| redact::value("vnc", "novncproxy_base_url", &url).text),
    })
}

/// All tokens together.
pub(super) fn tokens(rows: &[Row]) -> Tokens {
    let number = |row: &Row, column| text(row, column).and_then(|text| text.trim().parse::<i64>().ok());
    let count = |row: &Row, column| number(row, column).and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
    let mut all = Tokens::default();
    for row in rows {
        let (rows, live) = (count(row, 1), count(row, 2));
        all.rows += rows;
        all.expired += rows.saturating_sub(live);
        all.oldest_expires = all.oldest_expires.into_iter().chain(number(row, 3)).min();
        all.newest_created = all.newest_created.max(number(row, 4));
        let Some(host) = short(row, 0) else { continue };
        if all.hosts.len() < KEPT_HOSTS || is_loopback(&host) || is_wildcard(&host) {
            all.hosts.push(HostCount { host, rows, live });
        }
    }
    all.more = all.rows >= super::sql::MOST_TOKENS;
    all
}

/// The cell of an instance.
pub(super) fn mapping(instance: &str, rows: &[Row]) -> InstanceMapping {
    let cell = rows.first().and_then(|row| short(row, 0));
    InstanceMapping { instance: instance.to_owned(), found: !rows.is_empty(), cell }
}

/// An instance; one that is marked as deleted is gone.
pub(super) fn instance(rows: &[Row]) -> Instance {
    let Some(row) = rows.first() else { return Instance::default() };
    let there = text(row, 3).is_none_or(|deleted| deleted == "0");
    Instance {
        found: there,
        host: short(row, 0),
        vm_state: short(row, 1),
        task_state: short(row, 2),
        actions: Vec::new(),
    }
}

/// What was done to it.
pub(super) fn actions(rows: &[Row]) -> Vec<Action> {
    rows.iter().filter_map(|row| Some(Action { action: short(row, 0)?, began: text(row, 1)?.parse().ok()? })).collect()
}

/// A column's text, printable and cut.
fn short(row: &Row, column: usize) -> Option<String> {
    let text = text(row, column)?;
    Some(text.chars().map(|c| if c.is_control() { '.' } else { c }).take(LONGEST).collect())
}

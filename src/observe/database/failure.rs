//! Errors of drivers and servers in the words of evidence: what each number comes to stands here and nowhere else.

use super::relay::Heard;
use crate::evidence::database::{Conduct, Refusal, Refused};
use crate::evidence::stranger::Stranger;
use crate::observe::excerpt::{excerpt, hide};
use sqlx::Error;
use sqlx::mysql::MySqlDatabaseError;
use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;
use std::io::ErrorKind;

/// Longest error text kept, in characters.
const LONGEST: usize = 300;

/// How a conversation went that ended in an error while something was waited for.
pub(super) fn conduct(error: &Error, waiting_for: &str, heard: Option<&Heard>, secrets: &[&str]) -> Conduct {
    if let Some(stranger) = heard.and_then(|heard| stranger(heard, secrets)) {
        return stranger;
    }
    match error {
        Error::Database(error) => Conduct::Refused(refused(error.as_ref(), secrets)),
        Error::Tls(reason) => tls(&reason.to_string(), secrets),
        Error::Io(error) => {
            let text = error.to_string();
            if text.contains("certificate") || error.kind() == ErrorKind::InvalidData {
                return tls(&text, secrets);
            }
            Conduct::Closed { waiting_for: waiting_for.to_owned() }
        }
        Error::Protocol(text) if text.contains("authentication") || text.contains("auth plugin") => {
            Conduct::LoginUnknown { text: shown(text, secrets) }
        }
        Error::Configuration(text) if text.to_string().contains("RSA") => {
            Conduct::LoginUnknown { text: UNCACHED.to_owned() }
        }
        other => {
            let text = other.to_string();
            if is_login(&text) {
                return Conduct::LoginUnknown { text: shown(&text, secrets) };
            }
            Conduct::Broken { text: shown(&text, secrets) }
        }
    }
}

/// MySQL 8's default login, where the driver would need RSA (`caching_sha2_password`, full authentication).
const UNCACHED: &str =
    "caching_sha2_password: a password that the server has not cached goes by RSA or inside TLS alone";

/// A way to log in that the driver does not have.
fn is_login(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("rsa") || text.contains("plugin")
}

/// What listens there is no such server.
fn stranger(heard: &Heard, secrets: &[&str]) -> Option<Conduct> {
    let what = heard.refused?;
    let protocol = Stranger::known(&heard.first);
    if protocol.is_none() && !what.starts_with("not a") {
        return Some(Conduct::Broken { text: what.to_owned() });
    }
    Some(Conduct::Stranger { protocol, first: excerpt(&heard.first, secrets) })
}

fn tls(text: &str, secrets: &[&str]) -> Conduct {
    let untrusted = text.contains("certificate") && !text.contains("CertificateRequired");
    Conduct::Tls { untrusted, text: shown(text, secrets) }
}

fn shown(text: &str, secrets: &[&str]) -> String {
    let text = hide(text, secrets);
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect()
}

fn refused(error: &(dyn sqlx::error::DatabaseError + 'static), secrets: &[&str]) -> Refused {
    let (why, code, text) = if let Some(error) = error.try_downcast_ref::<MySqlDatabaseError>() {
        (mysql(error.number()), error.number().to_string(), error.message().to_owned())
    } else if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
        (postgres(error.code(), error.message()), error.code().to_owned(), error.message().to_owned())
    } else {
        let code = error.code().unwrap_or_default().into_owned();
        let missing = error.message().contains("no such table");
        let why = if error.try_downcast_ref::<SqliteError>().is_some() && missing {
            Refusal::NoTable
        } else {
            Refusal::Other
        };
        (why, code, error.message().to_owned())
    };
    Refused { why, code: shown(&code, secrets), text: shown(&text, secrets) }
}

/// MySQL's and MariaDB's numbers (`include/mysqld_error.h`; 1698 and 4151 are MariaDB's, 3159 MySQL's).
fn mysql(number: u16) -> Refusal {
    match number {
        1045 | 1698 | 4151 => Refusal::Login,
        1044 | 1142 | 1143 | 1227 => Refusal::NotPermitted,
        1049 => Refusal::NoDatabase,
        1146 => Refusal::NoTable,
        1130 => Refusal::HostNotAllowed,
        1129 => Refusal::HostBlocked,
        3159 => Refusal::TlsRequired,
        1040 | 1203 | 1226 => Refusal::Full,
        1047 | 1053 | 1927 => Refusal::NotReady,
        _ => Refusal::Other,
    }
}

/// PostgreSQL's SQLSTATEs (`src/backend/utils/errcodes.txt`); 28000 means two things, told apart by its words.
fn postgres(code: &str, message: &str) -> Refusal {
    match code {
        "28000" if message.contains("pg_hba.conf") && message.contains("no encryption") => Refusal::TlsRequired,
        "28000" if message.contains("pg_hba.conf") => Refusal::HostNotAllowed,
        "28P01" | "28000" => Refusal::Login,
        "42501" => Refusal::NotPermitted,
        "3D000" => Refusal::NoDatabase,
        "42P01" => Refusal::NoTable,
        "53300" => Refusal::Full,
        "57P03" | "57P01" | "57P02" => Refusal::NotReady,
        _ => Refusal::Other,
    }
}

//! What a driver makes of a connection: whom it dials, and whether it wants TLS.
//!
//! Sources: `sqlalchemy/dialects/mysql/mysqldb.py` and `pymysql.py`, `postgresql/psycopg2.py`, `sqlite/pysqlite.py` (1.3.24,
//! 2.0.51); `pymysql/connections.py` 1.1 (`_create_ssl_ctx`); libpq's `sslmode`. Limits: options of a `read_default_file` are
//! not read, nor PostgreSQL's `service` files and environment.

use super::DbUrl;
use std::path::PathBuf;

/// The kind of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Backend {
    /// MySQL, MariaDB, Galera, Percona
    MySql,
    /// PostgreSQL
    Postgres,
    /// a file
    Sqlite,
}

/// Whom a driver dials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// by TCP; the port may be out of range, or the host no name at all
    Tcp {
        /// name or address
        host: String,
        /// port
        port: i64,
    },
    /// by a Unix socket
    Unix {
        /// its path
        path: String,
    },
    /// a file; relative to wherever the service was started
    File {
        /// its path
        path: String,
    },
    /// nothing that another process could see
    Memory,
}

/// What a driver asks of TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// how much
    pub mode: TlsMode,
    /// certificates of authorities
    pub ca: Option<PathBuf>,
    /// the client's own
    pub certificate: Option<PathBuf>,
    /// its key
    pub key: Option<PathBuf>,
}

/// How much of TLS is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsMode {
    /// none
    #[default]
    Off,
    /// if the server has it
    Preferred,
    /// whoever answers
    Required,
    /// by a certificate that an authority signed
    VerifyCa,
    /// and that names the host
    VerifyHost,
}

impl DbUrl {
    /// The kind of database; `None` for one that nova has no driver for.
    pub fn backend(&self) -> Option<Backend> {
        match self.scheme.split('+').next().unwrap_or_default() {
            "mysql" | "mariadb" => Some(Backend::MySql),
            "postgresql" | "postgres" => Some(Backend::Postgres),
            "sqlite" => Some(Backend::Sqlite),
            _ => None,
        }
    }

    /// Everybody who is dialled, in order; all but PostgreSQL's drivers dial one.
    pub fn places(&self) -> Vec<Place> {
        match self.backend() {
            Some(Backend::MySql) => vec![self.mysql_place()],
            Some(Backend::Postgres) => self.postgres_places(),
            Some(Backend::Sqlite) => vec![self.sqlite_place()],
            None => Vec::new(),
        }
    }

    fn mysql_place(&self) -> Place {
        if let Some(path) = self.parameter("unix_socket") {
            return Place::Unix { path: path.to_owned() };
        }
        let host = self.parameter("host").or(self.host.as_deref()).unwrap_or("localhost").to_owned();
        let port = self.parameter("port").and_then(|port| port.parse().ok()).or(self.port).unwrap_or(3306);
        Place::Tcp { host, port }
    }

    /// `?host=a:1&host=b:2`, `?host=/run/postgresql`, `a,b` before the database; libpq's default is its socket.
    fn postgres_places(&self) -> Vec<Place> {
        let named: Vec<&str> = self.parameters("host").collect();
        let hosts: Vec<&str> = if named.is_empty() {
            self.host.iter().flat_map(|hosts| hosts.split(',')).collect()
        } else {
            named.into_iter().flat_map(|hosts| hosts.split(',')).collect()
        };
        let ports: Vec<&str> = self.parameters("port").flat_map(|ports| ports.split(',')).collect();
        let hosts = if hosts.is_empty() { vec!["/var/run/postgresql"] } else { hosts };
        hosts
            .into_iter()
            .enumerate()
            .map(|(nth, text)| {
                let (host, own) = match text.rsplit_once(':') {
                    Some((host, port)) if !host.contains(':') => (host, Some(port)),
                    _ => (text, None),
                };
                let listed = ports.get(nth).or(ports.first()).copied();
                let port = own.or(listed).and_then(|port| port.parse().ok()).or(self.port).unwrap_or(5432);
                if host.starts_with('/') {
                    Place::Unix { path: format!("{host}/.s.PGSQL.{port}") }
                } else {
                    Place::Tcp { host: host.to_owned(), port }
                }
            })
            .collect()
    }

    fn sqlite_place(&self) -> Place {
        match self.database.as_deref() {
            None | Some("" | ":memory:") => Place::Memory,
            Some(path) => {
                let path = path.strip_prefix("file:").filter(|_| self.parameter("uri").is_some()).unwrap_or(path);
                Place::File { path: path.to_owned() }
            }
        }
    }

    /// What the driver asks of TLS. A MySQL driver asks for none unless some `ssl_` parameter is there.
    pub fn tls(&self) -> Tls {
        match self.backend() {
            Some(Backend::MySql) => self.mysql_tls(),
            Some(Backend::Postgres) => self.postgres_tls(),
            _ => Tls::default(),
        }
    }

    fn mysql_tls(&self) -> Tls {
        let path = |name| self.parameter(name).map(PathBuf::from);
        let says = |name: &str| self.parameter(name).map(|text| !is_false(text));
        let authority = path("ssl_ca").or(path("ssl_capath"));
        let any = authority.is_some()
            || ["ssl_cert", "ssl_key", "ssl_cipher", "ssl_check_hostname", "ssl"]
                .iter()
                .any(|name| self.parameter(name).is_some())
            || ["ssl_verify_cert", "ssl_verify_identity"].iter().any(|name| says(name) == Some(true));
        let mode = match self.parameter("ssl_mode").map(str::to_ascii_uppercase).as_deref() {
            Some("DISABLED") => TlsMode::Off,
            Some("PREFERRED") => TlsMode::Preferred,
            Some("VERIFY_CA") => TlsMode::VerifyCa,
            Some("VERIFY_IDENTITY") => TlsMode::VerifyHost,
            Some(_) => TlsMode::Required,
            None if says("ssl_disabled") == Some(true) || !any => TlsMode::Off,
            None if authority.is_none() || says("ssl_verify_cert") == Some(false) => TlsMode::Required,
            None if says("ssl_check_hostname").or(says("ssl_verify_identity")) == Some(false) => TlsMode::VerifyCa,
            None => TlsMode::VerifyHost,
        };
        Tls { mode, ca: path("ssl_ca"), certificate: path("ssl_cert"), key: path("ssl_key") }
    }

    fn postgres_tls(&self) -> Tls {
        let path = |name| self.parameter(name).map(PathBuf::from);
        let ca = path("sslrootcert");
        let mode = match self.parameter("sslmode") {
            Some("disable" | "allow") => TlsMode::Off,
            // libpq verifies with `require` as soon as it has an authority
            Some("require") if ca.is_none() => TlsMode::Required,
            Some("require" | "verify-ca") => TlsMode::VerifyCa,
            Some("verify-full") => TlsMode::VerifyHost,
            _ => TlsMode::Preferred,
        };
        Tls { mode, ca, certificate: path("sslcert"), key: path("sslkey") }
    }
}

fn is_false(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "false" | "0" | "no" | "none" | "off" | "f" | "n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn url(text: &str) -> DbUrl {
        DbUrl::parse(text, 30).unwrap()
    }

    fn tcp(host: &str, port: i64) -> Place {
        Place::Tcp { host: host.to_owned(), port }
    }

    #[test]
    fn every_driver_dials_whom_it_is_told() {
        assert_eq!(url("mysql+pymysql://nova:x@db1/nova").places(), [tcp("db1", 3306)]);
        assert_eq!(url("mysql://nova:x@[fd00::1]:3307/nova").places(), [tcp("fd00::1", 3307)]);
        let socket = Place::Unix { path: "/run/mysqld.sock".to_owned() };
        assert_eq!(url("mysql+mysqldb://nova@localhost/nova?unix_socket=/run/mysqld.sock").places(), [socket]);
        assert_eq!(url("postgresql://nova@a,b/nova").places(), [tcp("a", 5432), tcp("b", 5432)]);
        assert_eq!(url("postgresql+psycopg2://nova@/nova?host=a:1&host=b:2").places(), [tcp("a", 1), tcp("b", 2)]);
        let own = Place::Unix { path: "/run/pg/.s.PGSQL.5433".to_owned() };
        assert_eq!(url("postgresql://nova@/nova?host=/run/pg&port=5433").places(), [own]);
        assert_eq!(url("sqlite:////var/nova.db").places(), [Place::File { path: "/var/nova.db".to_owned() }]);
        assert_eq!(url("sqlite:///nova.db").places(), [Place::File { path: "nova.db".to_owned() }]);
        assert_eq!(url("sqlite://").places(), [Place::Memory]);
        assert_eq!(url("oracle://nova@db1/nova").places(), []);
    }

    #[test]
    fn tls_is_asked_for_as_each_driver_does() {
        let mode = |text| url(text).tls().mode;
        assert_eq!(mode("mysql+pymysql://nova@db1/nova?charset=utf8"), TlsMode::Off);
        assert_eq!(mode("mysql+pymysql://nova@db1/nova?ssl_ca=/etc/ca.pem"), TlsMode::VerifyHost);
        assert_eq!(
            mode("mysql+pymysql://nova@db1/nova?ssl_ca=/etc/ca.pem&ssl_check_hostname=false"),
            TlsMode::VerifyCa
        );
        assert_eq!(mode("mysql+pymysql://nova@db1/nova?ssl_cert=/c&ssl_key=/k"), TlsMode::Required);
        assert_eq!(mode("mysql+pymysql://nova@db1/nova?ssl_verify_cert=false"), TlsMode::Off);
        assert_eq!(mode("postgresql://nova@db1/nova"), TlsMode::Preferred);
        assert_eq!(mode("postgresql://nova@db1/nova?sslmode=verify-full"), TlsMode::VerifyHost);
        assert_eq!(mode("sqlite:////x"), TlsMode::Off);
    }
}

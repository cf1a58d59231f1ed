//! Real database servers with nova's console tables: MariaDB and PostgreSQL, on free ports, as a user without rights.

use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Process, free_port, listens};

/// The user of every database, and a password with all that has to be escaped.
pub const USER: &str = "nova";
pub const PASSWORD: &str = "se:cr@t/pw?";
/// The same as a url has it.
pub const ESCAPED: &str = "se%3Acr%40t%2Fpw%3F";

/// `nobody`, who owns nothing.
const NOBODY: u32 = 65_534;

/// Tables of a cell's database, in SQL that every kind understands; `{id}` stands for a number that counts itself,
/// `{time}` for a time without a zone.
pub const CELL: &str = "\
CREATE TABLE console_auth_tokens (created_at {time} NULL, updated_at {time} NULL, {id}, token_hash VARCHAR(255) NOT NULL UNIQUE,
 console_type VARCHAR(255) NOT NULL, host VARCHAR(255) NOT NULL, port INTEGER NOT NULL, internal_access_path VARCHAR(255),
 instance_uuid VARCHAR(36) NOT NULL, expires INTEGER NOT NULL, access_url_base VARCHAR(255));
CREATE TABLE instances (created_at {time} NULL, {id}, uuid VARCHAR(36) NOT NULL, host VARCHAR(255), vm_state VARCHAR(255),
 task_state VARCHAR(255), deleted INTEGER);
CREATE TABLE instance_actions ({id}, action VARCHAR(255), instance_uuid VARCHAR(36), start_time {time} NULL);
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
INSERT INTO alembic_version VALUES ('1acf2c98e646');
";

/// Tables of the API's database.
pub const API: &str = "\
CREATE TABLE cell_mappings (id INTEGER NOT NULL PRIMARY KEY, uuid VARCHAR(36) NOT NULL, name VARCHAR(255), transport_url TEXT NOT NULL,
 database_connection TEXT NOT NULL, disabled BOOLEAN);
CREATE TABLE instance_mappings (id INTEGER NOT NULL PRIMARY KEY, instance_uuid VARCHAR(36) NOT NULL, cell_id INTEGER);
";

/// A program of a package, on the PATH or where Debian puts servers.
fn program(name: &str, package: &str) -> PathBuf {
    let mut folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    folders.extend(["/usr/sbin", "/usr/bin"].map(PathBuf::from));
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    folders.extend(versions.map(|version| version.path().join("bin")));
    let found = folders.into_iter().map(|folder| folder.join(name)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{name} is missing: install the Debian package {package}"))
}

/// Root gives its rights up: PostgreSQL refuses to run with them.
fn humble(command: &mut Command) -> &mut Command {
    if is_root() { command.uid(NOBODY).gid(NOBODY) } else { command }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

/// A folder that the server may write to.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    give(folder.path());
    folder
}

/// Lets the server read what we made.
pub fn give(path: &Path) {
    if is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

fn done(command: &mut Command) {
    let out = humble(command).stdin(Stdio::null()).output().unwrap();
    let error = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{command:?}: {error}{}", String::from_utf8_lossy(&out.stdout));
}

/// A running MariaDB.
pub struct MariaDb {
    process: Option<Process>,
    pub port: u16,
    pub folder: tempfile::TempDir,
}

impl MariaDb {
    /// With nothing in it.
    pub fn start() -> Self {
        let folder = folder();
        let data = folder.path().join("data");
        done(
            Command::new(program("mariadb-install-db", "mariadb-server"))
                .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
                .arg(format!("--datadir={}", data.display())),
        );
        let mut server = Self { process: None, port: 0, folder };
        server.restart(&[]);
        server
    }

    /// Once more, with these arguments.
    pub fn restart(&mut self, more: &[String]) {
        self.process = None;
        for _ in 0..5 {
            self.port = free_port();
            let own = |name: &str| self.folder.path().join(name).display().to_string();
            let mut command = Command::new(program("mariadbd", "mariadb-server"));
            command
                .args([
                    "--no-defaults",
                    "--bind-address=127.0.0.1,::1",
                    "--skip-log-bin",
                    "--innodb-buffer-pool-size=16M",
                ])
                .args([format!("--datadir={}", own("data")), format!("--socket={}", own("socket"))])
                .args([format!("--port={}", self.port), format!("--pid-file={}", own("pid"))])
                .args(more);
            let mut process = Process::start(humble(&mut command));
            if listens(&mut process, &format!("127.0.0.1:{}", self.port)) {
                self.process = Some(process);
                return;
            }
        }
        panic!("mariadbd does not start");
    }

    /// Its Unix socket.
    pub fn socket(&self) -> String {
        self.folder.path().join("socket").display().to_string()
    }

    /// Runs statements as its master; `database` may be empty.
    pub fn run(&self, database: &str, sql: &str) {
        let mut command = Command::new(program("mariadb", "mariadb-client"));
        command.args(["--no-defaults", "-uroot", "-S", &self.socket(), "-e", sql]);
        if !database.is_empty() {
            command.arg(database);
        }
        done(&mut command);
    }

    /// A database with these tables, for nova to read.
    pub fn database(&self, name: &str, tables: &str) {
        self.run(
            "",
            &format!("CREATE DATABASE {name}; GRANT SELECT ON {name}.* TO '{USER}'@'%' IDENTIFIED BY '{PASSWORD}'"),
        );
        self.run(
            name,
            &tables.replace("{id}", "id INTEGER NOT NULL PRIMARY KEY AUTO_INCREMENT").replace("{time}", "DATETIME"),
        );
    }

    /// The connection of a database, as nova.conf has it.
    pub fn url(&self, database: &str) -> String {
        format!("mysql+pymysql://{USER}:{ESCAPED}@127.0.0.1:{}/{database}?charset=utf8", self.port)
    }
}

/// A running PostgreSQL.
pub struct Postgres {
    _process: Process,
    pub port: u16,
    pub folder: tempfile::TempDir,
}

impl Postgres {
    /// With nothing in it.
    pub fn start() -> Self {
        let folder = folder();
        let own = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(own("password"), PASSWORD).unwrap();
        give(Path::new(&own("password")));
        done(
            Command::new(program("initdb", "postgresql"))
                .args([
                    "-D",
                    &own("data"),
                    "-U",
                    USER,
                    "--auth=scram-sha-256",
                    "-E",
                    "UTF8",
                    "--no-sync",
                    "--no-locale",
                ])
                .arg(format!("--pwfile={}", own("password")))
                .current_dir(folder.path()),
        );
        for _ in 0..5 {
            let port = free_port();
            let mut command = Command::new(program("postgres", "postgresql"));
            command.args([
                "-D",
                &own("data"),
                "-p",
                &port.to_string(),
                "-c",
                "listen_addresses=127.0.0.1,::1",
                "-c",
                "fsync=off",
            ]);
            command.arg("-c").arg(format!("unix_socket_directories={}", folder.path().display()));
            let mut process = Process::start(humble(&mut command).current_dir(folder.path()));
            if listens(&mut process, &format!("127.0.0.1:{port}")) {
                return Self { _process: process, port, folder };
            }
        }
        panic!("postgres does not start");
    }

    /// Runs statements.
    pub fn run(&self, database: &str, sql: &str) {
        let mut command = Command::new(program("psql", "postgresql-client"));
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", USER, "-d", database, "-q", "-c", sql]);
        // a server that has just begun to listen may not be ready yet
        for _ in 0..50 {
            let out =
                humble(&mut command).env("PGPASSWORD", PASSWORD).current_dir(self.folder.path()).output().unwrap();
            let error = String::from_utf8_lossy(&out.stderr).into_owned();
            if out.status.success() {
                return;
            }
            assert!(error.contains("starting up"), "{sql}: {error}");
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("postgres is never ready");
    }

    /// A database with these tables.
    pub fn database(&self, name: &str, tables: &str) {
        self.run("postgres", &format!("CREATE DATABASE {name}"));
        self.run(name, &tables.replace("{id}", "id SERIAL PRIMARY KEY").replace("{time}", "TIMESTAMP"));
    }

    /// The connection of a database, as nova.conf has it.
    pub fn url(&self, database: &str) -> String {
        format!("postgresql+psycopg2://{USER}:{ESCAPED}@127.0.0.1:{}/{database}", self.port)
    }
}

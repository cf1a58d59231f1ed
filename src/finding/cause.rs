//! What is known about a cause before anything is looked at.

use serde::Serialize;

/// A reason why a step fails. One file under `judge/causes` each; `explain`, the docs and the schema read this.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CauseMeta {
    /// Kebab-case, stable for ever.
    pub id: &'static str,
    /// The step whose product it spoils, 1 to 15.
    pub home: u8,
    /// Releases in which it can happen, as `14-19`.
    pub releases: &'static str,
    /// The worst severity it is reported with.
    pub severity: super::Severity,
    /// Rows of the list of public cases that it detects; empty where no public report is known.
    pub field: &'static [&'static str],
    /// One line.
    pub title: &'static str,
    /// Which evidence it can be seen in.
    pub needs: &'static [Need],
    /// What `explain` prints: what nova really does, how it looks, how to mend it.
    #[serde(skip)]
    pub explanation: &'static str,
}

/// A kind of evidence that an input provides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Need {
    /// `--config`
    Config,
    /// `--token` or `--url`
    Token,
    /// A dial from here.
    Probe,
    /// `--log`
    Logs,
    /// `--server` with credentials.
    Credentials,
    /// The cell database.
    Database,
    /// The message bus.
    Bus,
    /// Processes and files of the host itself.
    Host,
}

impl Need {
    /// The word of the contract.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Token => "token",
            Self::Probe => "probe",
            Self::Logs => "logs",
            Self::Credentials => "credentials",
            Self::Database => "database",
            Self::Bus => "bus",
            Self::Host => "host",
        }
    }
}

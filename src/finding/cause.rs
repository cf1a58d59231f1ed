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
    /// How it shows to one who has nothing but the console URL, once the proxy has answered 101, or nothing but the proxy's log;
    /// empty where it shows otherwise.
    #[serde(skip)]
    pub symptoms: &'static [Symptom],
    /// What `explain` prints: what nova really does, how it looks, how to mend it.
    #[serde(skip)]
    pub explanation: &'static str,
}

impl CauseMeta {
    /// Whether it can happen in a release, by its number.
    pub fn concerns(&self, release: u16) -> bool {
        let (first, last) = self.releases.split_once('-').unwrap_or((self.releases, self.releases));
        first.parse().is_ok_and(|first: u16| first <= release) && last.parse().is_ok_and(|last: u16| release <= last)
    }
}

/// What is seen at the console URL after the 101, before any byte of RFB, or in the proxy's log. Several causes share each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symptom {
    /// A bare close at once.
    HangsUp,
    /// Silence, or a close that comes late.
    KeepsSilent,
    /// The same request opens the console on some tries and not on others.
    Alternates,
    /// The proxy's log says `The token ... is invalid or has expired`, and not which.
    TokenRefused,
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

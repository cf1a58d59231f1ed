//! What is wrong with the user's own words: credentials, the entry of clouds.yaml, the server. None of it is a finding.

use thiserror::Error;

/// Why a cloud cannot be asked as the user wishes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CloudProblem {
    /// Neither `OS_*` nor `--os-cloud`.
    #[error("no credentials: OS_AUTH_URL is not set (source an openrc file), and no --os-cloud NAME of clouds.yaml{}", there(.clouds))]
    NoCredentials {
        /// Entries that clouds.yaml has.
        clouds: Vec<String>,
    },
    /// A file that cannot be read or is not what it should be.
    #[error("{path}: {what}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// No clouds.yaml anywhere.
    #[error("--os-cloud {name}: there is no clouds.yaml in {}", .folders.join(", "))]
    NoFile {
        /// The entry asked for.
        name: String,
        /// Where it was looked for.
        folders: Vec<String>,
    },
    /// clouds.yaml has no such entry.
    #[error("--os-cloud {name}: {path} has no such cloud; {hint}")]
    NoCloud {
        /// The entry asked for.
        name: String,
        /// The file.
        path: String,
        /// The nearest one, or all there are.
        hint: String,
    },
    /// Something that the kind of credentials needs is not there.
    #[error("{place}: {what}")]
    Incomplete {
        /// `OS_*` or the entry of clouds.yaml.
        place: String,
        /// What is missing or not understood.
        what: String,
    },
    /// The identity API does not take the credentials.
    #[error("{peer} refuses the credentials of {place}: {status}{}", quoted(.message.as_ref()))]
    Refused {
        /// The identity API, `host:port`.
        peer: String,
        /// `OS_*` or the entry of clouds.yaml.
        place: String,
        /// HTTP status.
        status: u16,
        /// The identity API's own words.
        message: Option<String>,
    },
    /// The credentials are good, but for no project, so that there is no catalogue.
    #[error("the credentials of {place} are for no project, so the identity API lists no services: set {wanted}")]
    Unscoped {
        /// `OS_*` or the entry of clouds.yaml.
        place: String,
        /// What to set.
        wanted: &'static str,
    },
    /// The catalogue has no such region at all.
    #[error("the catalogue has no region {region:?}; {hint}")]
    NoRegion {
        /// The region asked for.
        region: String,
        /// The nearest one, or all there are.
        hint: String,
    },
    /// No server of that name or id can be seen with these credentials.
    #[error("--server {name}: nova knows no such server {seen}")]
    NoServer {
        /// As given.
        name: String,
        /// Where it was looked for.
        seen: String,
    },
    /// Several servers of one name.
    #[error("--server {name}: {count} servers have this name; give the id of one: {}", .ids.join(", "))]
    ManyServers {
        /// As given.
        name: String,
        /// How many.
        count: usize,
        /// Some of their ids.
        ids: Vec<String>,
    },
}

fn there(clouds: &[String]) -> String {
    if clouds.is_empty() { String::new() } else { format!(" (it has {})", clouds.join(", ")) }
}

fn quoted(message: Option<&String>) -> String {
    message.map(|message| format!(" {message:?}")).unwrap_or_default()
}

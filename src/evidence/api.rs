//! What the identity and compute APIs said: every exchange, and what the answers tell of the server and its console.
//!
//! Nothing here is a secret: paths are kept without tokens, messages are masked, and credentials never leave `observe`.

use super::dial::Dial;
use super::page::PageEnd;
use super::probe::Seen;
use super::tls::TlsSeen;
use crate::console::access_url::UrlProblem;
use serde::{Deserialize, Serialize};

/// One cloud, asked with one user's credentials.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Api {
    /// Who asked, and where.
    pub login: Login,
    /// Every question and its answer, in the order begun.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<Seen<Exchange>>,
    /// What the catalogue says of the compute API; absent without a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Endpoint>,
    /// The microversions of nova-api; absent where it did not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub microversions: Option<Microversions>,
    /// The server asked about, as it was before the console was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<Server>,
    /// The same after a console was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub afterwards: Option<Afterwards>,
    /// Nova's service records; absent where they were not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub services: Option<Vec<ServiceRecord>>,
    /// What came back in place of a console URL that can be opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_problem: Option<UrlProblem>,
    /// What nova-api knows of the console token; absent where it did not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<KnownToken>,
}

/// Who asked, without what proves it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The entry of clouds.yaml; absent where `OS_*` of the environment were used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud: Option<String>,
    /// `password`, `token` or `application credential`.
    pub by: String,
    /// The identity API: scheme, host, port and path.
    pub identity: String,
    /// The region asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// `public`, `internal` or `admin`.
    pub interface: String,
    /// The project that the token is for, by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Roles of the user there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Certificates were not verified, as the user wished.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub insecure: bool,
}

/// One HTTP request and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// What was asked.
    pub question: Question,
    /// `GET` or `POST`.
    pub method: String,
    /// Path and query, without secrets.
    pub path: String,
    /// The microversion asked for, as `2.6` or `latest`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub microversion: Option<String>,
    /// Whether it went over TLS.
    pub secure: bool,
    /// The dial.
    pub dial: Dial,
    /// What was wrong with TLS, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSeen>,
    /// The answer, where one came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<HttpAnswer>,
    /// How it ended; absent where no connection was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<PageEnd>,
}

impl Exchange {
    /// The status of the answer.
    pub fn status(&self) -> Option<u16> {
        self.answer.as_ref().map(|answer| answer.status)
    }

    /// An answer that can be used: 2xx, and JSON (or the 300 of a list of versions).
    pub fn answered(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| matches!(answer.status, 200..=300) && answer.json)
    }
}

/// What is asked of an API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// Which versions of the identity API there are.
    IdentityVersions,
    /// A token for the credentials.
    Token,
    /// Which microversions nova-api has.
    ComputeVersions,
    /// A server by its id.
    Server,
    /// Servers of a name.
    Servers,
    /// Nova's service records.
    Services,
    /// A console of the server.
    Console,
    /// What a console token stands for.
    ConsoleToken,
}

impl Question {
    /// Whether it goes to the identity API; else to nova-api.
    pub const fn is_identity(self) -> bool {
        matches!(self, Self::IdentityVersions | Self::Token)
    }
}

/// The head of an answer, and what its body says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// HTTP status.
    pub status: u16,
    /// The `Server` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The `Content-Type` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The `Location` header without its query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The id under which the service logs the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Whether the body is JSON.
    #[serde(default)]
    pub json: bool,
    /// Bytes of the body that were read.
    #[serde(default)]
    pub bytes: u64,
    /// Whether the body ended early or went on beyond the bound.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// The fault's message, where the body is a fault in JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The Python class that an unexpected fault names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The start of a body that is no JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
}

/// The compute API by the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Endpoint {
    /// It is there.
    Found {
        /// Its URL.
        url: String,
        /// Its region.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<String>,
        /// Further regions that have one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        others: Vec<String>,
    },
    /// It is not, or not there where it was asked for.
    Missing {
        /// The types of service that the catalogue has.
        services: Vec<String>,
        /// `interface in region` of each compute endpoint that there is.
        compute: Vec<String>,
    },
    /// It is no URL.
    Misspelt {
        /// As the catalogue has it.
        url: String,
    },
}

/// What nova-api speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Microversions {
    /// `v2.1`, or `v2.0` where there are none.
    pub id: String,
    /// The newest: `2.96`; empty where there are none.
    pub newest: String,
}

/// A server, as nova-api shows it to the user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Its uuid.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `ACTIVE`, `SHUTOFF`, `UNKNOWN` (its cell does not answer).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// `active`, `building`, `stopped`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vm_state: Option<String>,
    /// `deleting`, `migrating`, `spawning`; absent where nothing is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_state: Option<String>,
    /// 1 running, 3 paused, 4 shut down, 6 crashed, 7 suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_state: Option<i64>,
    /// The compute host; only administrators see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// `instance-0000002a`; likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Message of the fault that put it into `error`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// A server after its console was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Afterwards {
    /// Nova-api does not know it any more.
    Gone,
    /// It is there.
    There {
        /// As it is then.
        server: Box<Server>,
    },
}

/// One record of `os-services`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRecord {
    /// `nova-compute`.
    pub binary: String,
    /// Its host.
    pub host: String,
    /// Its availability zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// `up` or `down`; absent where its cell does not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// `enabled`, `disabled`, `UNKNOWN`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// When it last reported, as nova writes it, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
    /// Why an operator disabled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_reason: Option<String>,
}

impl ServiceRecord {
    /// Nova takes it for dead: no report within `service_down_time` (60 s), or forced down.
    pub fn is_down(&self) -> bool {
        self.state.as_deref() == Some("down")
    }

    /// Nova takes it for alive.
    pub fn is_up(&self) -> bool {
        self.state.as_deref() == Some("up")
    }
}

/// What `os-console-auth-tokens` says of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum KnownToken {
    /// It stands for a console.
    Known {
        /// The instance.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instance: Option<String>,
        /// Where nova-novncproxy is to dial.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<String>,
        /// The port there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<u16>,
    },
    /// Expired, never stored, or in a cell whose database does not answer.
    Unknown,
}

impl Api {
    /// The last exchange about a question.
    pub fn last(&self, question: Question) -> Option<&Seen<Exchange>> {
        self.exchanges.iter().rev().find(|seen| seen.saw.question == question)
    }

    /// The records of a service.
    pub fn records<'a>(&'a self, binary: &'a str) -> impl Iterator<Item = &'a ServiceRecord> {
        self.services.iter().flatten().filter(move |record| record.binary == binary)
    }

    /// The nova-compute of the server asked about.
    pub fn compute(&self) -> Option<&ServiceRecord> {
        let host = self.server.as_ref()?.host.as_deref()?;
        self.records("nova-compute").find(|record| record.host == host)
    }
}

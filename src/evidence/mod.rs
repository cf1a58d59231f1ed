//! What was seen: plain serde types, nothing decided. A fact that was not seen is an absent key.
//!
//! The whole is one [`Evidence`]: it can be saved (`collect`), carried elsewhere and judged there with the same report.
//! Secrets never get here: `observe` drops them first, and tokens are kept as their hashes.

pub mod api;
pub mod bundle;
pub mod bus;
pub mod database;
pub mod dial;
pub mod domain;
pub mod host;
pub mod log;
pub mod memcached;
pub mod page;
pub mod picture;
pub mod probe;
pub mod process;
pub mod rfb;
pub mod site;
pub mod stranger;
pub mod target;
pub mod tls;
pub mod vencrypt;
pub mod websocket;

use crate::console::release::Release;
use api::Api;
use bus::{BusAnswer, BusUnasked};
use database::DatabaseAnswer;
use host::Host;
use memcached::MemcachedAnswer;
use page::PageAnswer;
use picture::Picture;
use probe::Seen;
use rfb::RfbAnswer;
use serde::{Deserialize, Serialize};
use target::Target;
use tls::TlsVersions;
use websocket::WebsocketAnswer;

/// Version of the saved form.
pub const SCHEMA: u32 = 1;

/// Everything that was seen in one run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Evidence {
    /// Version of this form, [`SCHEMA`].
    pub schema: u32,
    /// Version of vncdoctor that looked.
    pub tool: String,
    /// The machine that looked.
    pub vantage: Vantage,
    /// When the looking began: Unix seconds by the clock of the vantage.
    pub began: f64,
    /// When it ended.
    pub ended: f64,
    /// What was asked about.
    #[serde(default)]
    pub target: Target,
    /// The release the user named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Release>,
    /// Nobody was to be dialled.
    #[serde(default)]
    pub offline: bool,
    /// Hosts that files, logs or processes stand for.
    pub hosts: Vec<Host>,
    /// Every memcached node that was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub memcached: Vec<Seen<MemcachedAnswer>>,
    /// Every database that was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub databases: Vec<Seen<DatabaseAnswer>>,
    /// Pages of the console proxy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<Seen<PageAnswer>>,
    /// WebSocket upgrades, in the order made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub upgrades: Vec<Seen<WebsocketAnswer>>,
    /// Which versions of TLS the console URL's port takes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tls: Vec<Seen<TlsVersions>>,
    /// Direct looks at VNC servers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vnc: Vec<Seen<RfbAnswer>>,
    /// What the identity and compute APIs said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<Api>,
    /// The picture of the console, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Seen<Picture>>,
    /// Every broker of a message bus that was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buses: Vec<Seen<BusAnswer>>,
    /// Transport URLs, or brokers of them, that were not asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buses_unasked: Vec<BusUnasked>,
    /// Peers that were not dialled, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spared: Vec<Spared>,
}

impl Evidence {
    /// Nothing seen at all, in a saved form of this version.
    pub fn empty(schema: u32) -> Self {
        Self {
            schema,
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            vantage: Vantage::default(),
            began: 0.0,
            ended: 0.0,
            target: Target::default(),
            release: None,
            offline: true,
            hosts: Vec::new(),
            memcached: Vec::new(),
            databases: Vec::new(),
            pages: Vec::new(),
            upgrades: Vec::new(),
            tls: Vec::new(),
            vnc: Vec::new(),
            api: None,
            picture: None,
            buses: Vec::new(),
            buses_unasked: Vec::new(),
            spared: Vec::new(),
        }
    }
}

impl Evidence {
    /// Nothing but files of nova's: nobody was asked, about nothing in particular, and no machine was looked at.
    pub fn is_configuration(&self) -> bool {
        // whole, so that whoever adds a kind of evidence decides here too
        let Self {
            schema: _,
            tool: _,
            vantage: _,
            began: _,
            ended: _,
            target,
            release: _,
            offline: _,
            hosts,
            memcached,
            databases,
            pages,
            upgrades,
            tls,
            vnc,
            api,
            picture,
            buses,
            buses_unasked,
            spared,
        } = self;
        let asked = !memcached.is_empty()
            || !databases.is_empty()
            || !pages.is_empty()
            || !upgrades.is_empty()
            || !tls.is_empty()
            || !vnc.is_empty()
            || api.is_some()
            || picture.is_some()
            || !buses.is_empty()
            || !buses_unasked.is_empty()
            || !spared.is_empty();
        !asked && target.is_none() && hosts.iter().all(Host::is_configuration)
    }
}

/// The machine that looked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vantage {
    /// Its host name.
    pub machine: String,
    /// First 16 hex digits of the sha256 of its machine-id: tells two machines of one name apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine_id: Option<String>,
}

/// A peer that was not dialled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spared {
    /// The host whose file named it.
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    pub for_host: Option<String>,
    /// `host:port`.
    pub peer: String,
    /// Why not.
    pub why: String,
}

//! What is to be looked at: inputs as the user named them, already told apart, not yet opened.

use crate::console::access_url::AccessUrl;
use crate::console::release::Release;
use crate::console::token::Token;
use crate::evidence::process::Service;
use crate::evidence::target::{Target, TargetKind};
use crate::observe::limits::Limits;
use crate::observe::openstack::Cloud;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// One run's worth of looking.
#[derive(Debug)]
pub struct Request {
    /// `--config`, in order.
    pub configs: Vec<ConfigInput>,
    /// `--log`, in order.
    pub logs: Vec<LogInput>,
    /// The console asked about.
    pub target: Arc<TargetInput>,
    /// The cloud to be asked.
    pub cloud: Option<Cloud>,
    /// `--release`
    pub release: Option<Release>,
    /// How long to wait for peers.
    pub limits: Limits,
    /// For how long a console that opened is kept quiet, to see whether it is cut.
    pub idle: Option<Duration>,
    /// Dial nobody.
    pub offline: bool,
    /// Take a picture of the console and write it there.
    pub screenshot: Option<PathBuf>,
    /// Look for processes of this machine that read the named files; configuration alone needs none.
    pub processes: bool,
    /// Nothing was named: examine this machine.
    pub this_machine: bool,
}

/// `--config [NAME[:SERVICE]=]PATH`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigInput {
    /// The host it stands for; empty for the one host without a name.
    pub name: String,
    /// The services it is for; empty if not said.
    pub services: Vec<Service>,
    /// `controller` or `all` was said, which names services that the release may not have.
    pub group: bool,
    /// A file or a directory.
    pub path: PathBuf,
}

/// `--log [NAME=]PATH`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogInput {
    /// The host that wrote it.
    pub name: String,
    /// A file or a directory.
    pub path: PathBuf,
}

/// The console asked about, with its secret.
#[derive(Debug, Default)]
pub struct TargetInput {
    /// How it was named.
    pub kind: TargetKind,
    /// The token: for the wire only.
    pub token: Option<Token>,
    /// The URL without it.
    pub url: Option<AccessUrl>,
    /// What stands in the token's place, in words.
    pub not_a_token: Option<String>,
}

impl TargetInput {
    /// The console, as evidence may keep it.
    pub fn evidence(&self) -> Target {
        Target {
            kind: self.kind,
            token: self.token.as_ref().map(Token::fingerprint),
            url: self.url.clone(),
            not_a_token: self.not_a_token.clone(),
        }
    }
}

impl Request {
    /// The console asked about, as evidence may keep it.
    pub fn target_evidence(&self) -> Target {
        self.target.evidence()
    }
}

//! What was asked about: a URL or a token, never in clear.

use crate::console::access_url::AccessUrl;
use crate::console::token::TokenPrint;
use serde::{Deserialize, Serialize};

/// The console that was asked about.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Target {
    /// How it was named.
    #[serde(default)]
    pub kind: TargetKind,
    /// The token, by its hashes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenPrint>,
    /// The URL without its token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<AccessUrl>,
    /// What stands in the URL where a console token should be, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_a_token: Option<String>,
}

impl Target {
    /// Nothing was asked about.
    pub fn is_none(&self) -> bool {
        self.kind == TargetKind::None && self.token.is_none() && self.url.is_none() && self.not_a_token.is_none()
    }
}

/// How the console was named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetKind {
    /// Not at all.
    #[default]
    None,
    /// `--url`
    Url,
    /// `--token`
    Token,
    /// `--server`
    Server,
}

impl TargetKind {
    /// The word of the contract.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Url => "url",
            Self::Token => "token",
            Self::Server => "server",
        }
    }
}

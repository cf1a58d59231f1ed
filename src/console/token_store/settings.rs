//! What decides the token store of one host, as read from its nova.conf.

use serde::{Deserialize, Serialize};

use crate::console::release::Release;

/// A boolean option that may be absent or not known (a reference to another machine's facts, an unreadable file).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Switch {
    /// Not set anywhere: the default, off, holds.
    #[default]
    Unset,
    /// Set to a false value.
    Off,
    /// Set to a true value.
    On,
    /// Set, to what is unknown.
    Unknown,
}

impl From<Option<bool>> for Switch {
    fn from(value: Option<bool>) -> Self {
        match value {
            None => Self::Unset,
            Some(false) => Self::Off,
            Some(true) => Self::On,
        }
    }
}

/// One `[cache] backend_argument`. The option is secret (it carries passwords of redis and SASL), so a value is kept
/// only of `url`, and only when it is a list of plain memcached servers, well or badly written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BackendArgument {
    /// The part before the first colon.
    pub name: String,
    /// The rest, where it is known and harmless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl BackendArgument {
    /// Splits `name:value`; `None` without a colon, which oslo.cache skips with an error in the log.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, value) = text.split_once(':')?;
        // what a list of hosts and ports needs, well or badly written; a url with credentials needs more
        let is_harmless = name == "url" && value.chars().all(|c| c.is_ascii_alphanumeric() || ".:,_-[] ".contains(c));
        Some(Self { name: name.to_owned(), value: is_harmless.then(|| value.to_owned()) })
    }
}

/// The options of the host that runs nova-consoleauth (12-19), or novncproxy (18 on), that decide where tokens are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreSettings {
    /// Nova's release.
    pub release: Release,
    /// `[DEFAULT] memcached_servers`: read up to 13, ignored without a word from 14 on.
    pub default_memcached_servers: Option<Vec<String>>,
    /// `[cache] enabled`.
    pub cache_enabled: Switch,
    /// `[cache] backend`.
    pub cache_backend: Option<String>,
    /// `[cache] memcache_servers`.
    pub memcache_servers: Option<Vec<String>>,
    /// `[cache] backend_argument`, in file order.
    pub backend_arguments: Vec<BackendArgument>,
    /// `[workarounds] enable_consoleauth`: exists in 18 and 19.
    pub enable_consoleauth: Switch,
    /// `[cells] enable`, cells v1: gone in 20.
    pub cells_v1: bool,
}

impl StoreSettings {
    /// A release with nothing set.
    pub fn of(release: Release) -> Self {
        Self {
            release,
            default_memcached_servers: None,
            cache_enabled: Switch::Unset,
            cache_backend: None,
            memcache_servers: None,
            backend_arguments: Vec::new(),
            enable_consoleauth: Switch::Unset,
            cells_v1: false,
        }
    }

    /// The last `backend_argument` of this name: oslo.cache puts them in a dictionary, so the last one wins.
    pub(super) fn argument(&self, name: &str) -> Option<&BackendArgument> {
        self.backend_arguments.iter().rev().find(|argument| argument.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<(String, Option<String>)> {
        BackendArgument::parse(text).map(|argument| (argument.name, argument.value))
    }

    #[test]
    fn only_plain_servers_are_kept() {
        let kept = |name: &str, value: &str| Some((name.to_owned(), Some(value.to_owned())));
        let dropped = |name: &str| Some((name.to_owned(), None));
        assert_eq!(parse("url:ctl1:11211"), kept("url", "ctl1:11211"));
        assert_eq!(parse("url:ctl1:11211, ctl2:11211"), kept("url", "ctl1:11211, ctl2:11211"));
        assert_eq!(parse("url:inet6:[fd00::1]:11211"), kept("url", "inet6:[fd00::1]:11211"));
        assert_eq!(parse("url:[::1]:11211"), kept("url", "[::1]:11211"));
        assert_eq!(parse("url:redis://:secret@ctl1:6379"), dropped("url"));
        assert_eq!(parse("url:secret@ctl1"), dropped("url"));
        assert_eq!(parse("password:secret"), dropped("password"));
        assert_eq!(parse("no colon"), None);
    }
}

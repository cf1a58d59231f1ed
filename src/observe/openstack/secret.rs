//! What proves a user to the identity API. It is sent there and nowhere else: it cannot be serialised, and shows nothing.

use std::fmt;

/// A password, a token or the secret of an application credential.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(String);

impl Secret {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself: for the wire, and to be cut out of what comes back.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

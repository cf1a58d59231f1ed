//! Keys and values: both may be or hold a token, so neither is ever shown or saved.

use std::fmt;

use crate::evidence::memcached::KeyForm;

/// The longest key memcached takes, in bytes.
const LONGEST: usize = 250;

/// One key to be asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    form: KeyForm,
    wire: String,
}

impl Key {
    /// A key of that form; `None` where the text cannot be a key (empty, too long, or with a byte that would end the
    /// command: a token pasted from somewhere must never become a command of its own).
    pub fn new(form: KeyForm, wire: impl Into<String>) -> Option<Self> {
        let wire = wire.into();
        let fits = (1..=LONGEST).contains(&wire.len()) && wire.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then_some(Self { form, wire })
    }

    /// Its form.
    pub fn form(&self) -> KeyForm {
        self.form
    }

    pub(super) fn wire(&self) -> &str {
        &self.wire
    }

    /// The key if it is a secret, to be cut out of whatever a peer echoes.
    pub(super) fn secret(&self) -> Option<&str> {
        (self.form == KeyForm::Raw).then_some(self.wire.as_str())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Key").field("form", &self.form).finish_non_exhaustive()
    }
}

/// The bytes a node holds under a key: nova's holds the token in clear.
#[derive(Clone, PartialEq, Eq)]
pub struct Value(pub(super) Vec<u8>);

impl Value {
    /// The bytes, to be decoded and dropped.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Value({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_would_end_the_command_is_no_key() {
        for text in ["", "a b", "a\r\nflush_all", "a\n", "\u{7f}", "tökén"] {
            assert_eq!(Key::new(KeyForm::Raw, text), None, "{text:?}");
        }
        assert_eq!(Key::new(KeyForm::Raw, "k".repeat(251)), None);
        assert!(Key::new(KeyForm::Raw, "k".repeat(250)).is_some());
    }

    #[test]
    fn neither_key_nor_value_shows_itself() {
        let shown = format!("{:?} {:?}", Key::new(KeyForm::Raw, "hunter2"), Value(b"hunter2".to_vec()));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

//! Options that nobody sets and whose default is the same on every host: worked out once a thread, for all configurations.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::Setting;
use crate::oslo::options::{Default, OptionDef};

thread_local! {
    static SETTINGS: RefCell<HashMap<(usize, u16), Arc<Setting>>> = RefCell::default();
}

/// Whether a default hangs on nothing: no other option, no host, no program.
pub(super) fn is_fixed(option: &OptionDef, release: u16) -> bool {
    // each console proxy has a page directory of its own
    let of_program = option.name == "web" && option.section == "DEFAULT";
    let plain = |text: &str| !text.contains(['$', '<']);
    !of_program
        && match option.default(release) {
            Default::Text(text) => plain(text),
            Default::List(items) => items.iter().all(|item| plain(item)),
            _ => true,
        }
}

/// The setting of such an option.
pub(super) fn shared(option: &'static OptionDef, release: u16, read: impl FnOnce() -> Arc<Setting>) -> Arc<Setting> {
    SETTINGS.with_borrow_mut(|settings| settings.entry((option.place(), release)).or_insert_with(read).clone())
}

//! What an option may hold, by its name and its type: told once for all of them, by the compiler.

use crate::oslo::options::{self, OptionDef};
use crate::oslo::text::{contains, ends_with, same};
use crate::oslo::value::Kind;

/// What of an option's value may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// All that is no slip.
    Open,
    /// `[cache] backend_argument`: hosts.
    Argument,
    /// A url with a password in it: all but that.
    Url,
    /// Nothing.
    Secret,
    /// The path of a key or token file: what looks like one.
    Path,
}

static CLASSES: [Class; options::COUNT] = classes();

/// The class of an option.
pub(super) fn class(option: &'static OptionDef) -> Class {
    CLASSES[option.place()]
}

const fn classes() -> [Class; options::COUNT] {
    let mut classes = [Class::Open; options::COUNT];
    let mut index = 0;
    while index < options::COUNT {
        classes[index] = of(&options::all()[index]);
        index += 1;
    }
    classes
}

const fn of(option: &OptionDef) -> Class {
    match () {
        () if same(option.name, "backend_argument") => Class::Argument,
        () if is_url(option.name) => Class::Url,
        () if may_hold_secret(option) => Class::Secret,
        () if is_path(option) => Class::Path,
        () => Class::Open,
    }
}

const fn is_url(name: &str) -> bool {
    const NAMES: [&str; 6] = [
        "transport_url",
        "connection",
        "slave_connection",
        "asyncio_connection",
        "asyncio_slave_connection",
        "connection_string",
    ];
    any_same(name, &NAMES)
}

/// Options that are secret, or may be although they are not marked so.
const fn may_hold_secret(option: &OptionDef) -> bool {
    if option.secret || same(option.name, "connection_parameters") {
        return true;
    }
    has_telling_word(option.name) && takes_free_text(option) && !is_path(option) && !is_harmless_name(option.name)
}

const fn has_telling_word(name: &str) -> bool {
    const WORDS: [&str; 6] = ["password", "passwd", "secret", "token", "key", "credential"];
    let mut nth = 0;
    while nth < WORDS.len() {
        if contains(name, WORDS[nth]) {
            return true;
        }
        nth += 1;
    }
    false
}

/// Whether some release takes any text as the value.
const fn takes_free_text(option: &OptionDef) -> bool {
    let shapes = option.shapes();
    let mut nth = 0;
    while nth < shapes.len() {
        let texts = matches!(
            shapes[nth].kind,
            Kind::Text | Kind::List | Kind::Dict | Kind::MultiText | Kind::MultiDict | Kind::Uri
        );
        if texts && shapes[nth].choices.is_empty() {
            return true;
        }
        nth += 1;
    }
    false
}

/// Options whose name has a telling word and whose value tells nothing.
const fn is_harmless_name(name: &str) -> bool {
    const NAMES: [&str; 9] = [
        "keymap",
        "vnc_keymap",
        "key_pairs",
        "partition_key",
        "vpn_key_suffix",
        "service_token_roles",
        "token_role",
        "rbd_secret_uuid",
        "supported_tpm_secret_security",
    ];
    any_same(name, &NAMES)
}

/// Options that hold the path of a key or token file.
const fn is_path(option: &OptionDef) -> bool {
    const ENDS: [&str; 5] = ["keyfile", "key_file", "keys_path", "token_file", "vencrypt_client_key"];
    let mut nth = 0;
    while nth < ENDS.len() {
        if ends_with(option.name, ENDS[nth]) {
            return true;
        }
        nth += 1;
    }
    same(option.section, "DEFAULT") && same(option.name, "key")
}

const fn any_same(name: &str, names: &[&str]) -> bool {
    let mut nth = 0;
    while nth < names.len() {
        if same(name, names[nth]) {
            return true;
        }
        nth += 1;
    }
    false
}

//! What `$name` stands for (`StrSubWrapper.__getitem__` and `_get_opt_info`).

use crate::oslo::options::{self, OptionDef};
use crate::oslo::plugins;

/// An option as it is asked for.
///
/// Asking by an old spelling (`$console_token_ttl`) is odd in oslo.config: the value is then looked up under the section that
/// was asked, so that a value set under the new name is not found.
#[derive(Clone, Copy, Debug)]
pub(in crate::oslo) struct View {
    pub(super) option: &'static OptionDef,
    /// the section that was asked, which is the option's own unless an old spelling was used
    pub(super) section: &'static str,
    /// the name that was asked
    pub(super) name: &'static str,
}

impl View {
    /// The option under its own name.
    pub(super) fn of(option: &'static OptionDef) -> Self {
        Self { option, section: option.section, name: option.name }
    }

    /// What tells one view from another.
    pub(super) fn key(self) -> (&'static str, &'static str) {
        (self.section, self.name)
    }
}

/// The option that `$name` stands for in a value of section `group`.
///
/// Without a dot the same group comes first, then `DEFAULT`; a name that is a section's is none.
pub(in crate::oslo) fn target(group: &str, name: &str, release: u16) -> Option<View> {
    if let Some((group, option)) = name.split_once('.') {
        let is_group = group != "DEFAULT" && options::normalized(group) == group;
        return is_group.then(|| registered(group, option, release)).flatten();
    }
    let same = (group != "DEFAULT").then(|| registered(group, name, release));
    same.flatten().or_else(|| {
        let is_section = options::has_section(name, release);
        (!is_section).then(|| registered("DEFAULT", name, release)).flatten()
    })
}

/// An option by its name or an old spelling of it.
fn registered(section: &str, name: &str, release: u16) -> Option<View> {
    let option = options::lookup(section, name).filter(|o| o.is_in(release));
    option.map(View::of).or_else(|| {
        let mut known = options::formerly(section, name).filter(|o| o.is_in(release));
        known.find_map(|option| {
            let mut old = option.aliases_in(release);
            let alias = old.find(|a| a.section == section && a.name == name)?;
            Some(View { option, section: alias.section, name: alias.name })
        })
    })
}

/// Whether a keystoneauth plugin may register this name in the section when the service runs.
pub(in crate::oslo) fn by_plugin(group: &str, name: &str) -> bool {
    let (group, name) = name.split_once('.').unwrap_or((group, name));
    let takes_plugins = options::lookup(group, "auth_type").is_some() || group == "keystone_authtoken";
    takes_plugins && plugins::IDENTITY.contains(&name)
}

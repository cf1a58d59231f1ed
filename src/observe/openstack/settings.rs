//! What a user says of a cloud, from `OS_*` variables or from clouds.yaml: one set of names for both, values as text.
//!
//! The variables are those of our own shell: the user sources an openrc file for us as for `openstack`. Nothing here ever
//! counts as nova's configuration.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Settings by name, as clouds.yaml and openstacksdk spell them: `auth_url`, `project_domain_name`. Holds secrets.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Settings(BTreeMap<String, String>);

impl Settings {
    /// A value that is there and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The first of several names that is there.
    pub(super) fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// Whether a switch is on: `true`, `yes`, `on`, `1` in any case.
    pub(super) fn is_on(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| is_one_of(value, ["true", "yes", "on", "1"]))
    }

    /// Whether a switch is there and off.
    pub(super) fn is_off(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| is_one_of(value, ["false", "no", "off", "0"]))
    }

    /// Sets a value; a name with dashes is the one with underscores.
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.replace('-', "_"), value.into());
    }
}

fn is_one_of(value: &str, words: [&str; 4]) -> bool {
    words.iter().any(|word| value.eq_ignore_ascii_case(word))
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Where this user's clouds are described.
#[derive(Clone)]
pub(super) struct Places {
    /// `OS_*` variables, without the prefix, in lower case.
    pub(super) variables: Settings,
    /// Folders that may hold clouds.yaml, the first one that does counts.
    pub(super) folders: Vec<PathBuf>,
}

impl Places {
    /// Of this process, as openstacksdk looks them up (openstack/config/loader.py): the current directory, the user's
    /// configuration, the site's.
    pub(super) fn here() -> Self {
        let mut variables = Settings::default();
        for (name, value) in std::env::vars() {
            if let Some(name) = name.strip_prefix("OS_") {
                variables.set(&name.to_ascii_lowercase(), value);
            }
        }
        let home = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let config = home("XDG_CONFIG_HOME").or_else(|| home("HOME").map(|home| home.join(".config")));
        let folders = [
            Some(PathBuf::from(".")),
            config.map(|config| config.join("openstack")),
            home("HOME").map(|home| home.join(".config/openstack")),
            Some(PathBuf::from("/etc/xdg/openstack")),
            Some(PathBuf::from("/etc/openstack")),
        ];
        let mut unique: Vec<PathBuf> = Vec::new();
        for folder in folders.into_iter().flatten() {
            if !unique.contains(&folder) {
                unique.push(folder);
            }
        }
        Self { variables, folders: unique }
    }
}

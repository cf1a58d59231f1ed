//! What one program sees: its files, its environment and its release put together.
//!
//! [`Config::get`] follows `ConfigOpts._do_get` and `_Namespace._get_file_value` (oslo.config 5.2.1 and 10.7.0): the environment
//! before the files from Stein (19) on, the last file that names the option before earlier ones, within a file the new name
//! before old ones, the last assignment of a name; then `$name` is replaced and the text converted. Nothing is asked of
//! the machine this runs on: who the examined host is comes in as [`Identity`].

mod index;
mod refusals;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use self::index::Index;
pub use self::refusals::{Reason, StartFailure};
use super::ini::{Entry, Parsed, Span};
use super::interpolate::{Resolved, substitute};
use super::options::{self, Default, OptionDef};
use super::redact;
use super::value::{self, Refusal, Value};

/// The program that reads the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Program {
    /// nova-consoleauth (up to 19)
    Consoleauth,
    /// nova-novncproxy
    Novncproxy,
    /// nova-compute
    Compute,
    /// nova-api, as a service of its own or under a web server
    Api,
    /// nova-conductor
    Conductor,
    /// any other nova service
    Other,
}

/// Who the host is whose files these are. What is not known stays unknown; our own address is never put in its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// the IPv4 address of its default route, the default of `[DEFAULT] my_ip`
    pub my_ip: Option<String>,
    /// its host name, the default of `[DEFAULT] host`
    pub host: Option<String>,
}

/// What reading an option gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// this value
    Value(Value),
    /// an error: whoever reads the option dies
    Refused(Refusal),
    /// not to be told from what was seen, because
    Unknown(String),
}

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// an assignment in a file
    File {
        /// which of the files, from 0
        file: usize,
        /// its path as given
        path: String,
        /// which entry of the file, from 0
        entry: usize,
        /// where the value stands
        span: Span,
        /// section and name as written
        spelled: (String, String),
    },
    /// a variable of the process
    Environment {
        /// its name
        variable: String,
    },
    /// nobody sets it
    Default,
}

/// One option as one program sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// section
    pub section: String,
    /// name
    pub name: String,
    /// the text that was set, before anything is replaced in it; absent for a default
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// what the program gets
    pub value: Outcome,
    /// where it comes from
    pub origin: Origin,
    /// whether the release reads this option at all
    pub known: bool,
    /// whether it was set through an old spelling
    pub deprecated: bool,
    /// whether something was taken out of `raw`
    pub redacted: bool,
}

impl Setting {
    /// Whether a file or the environment sets it.
    pub fn is_set(&self) -> bool {
        self.origin != Origin::Default
    }

    /// The value, if there is one.
    pub fn value(&self) -> Option<&Value> {
        match &self.value {
            Outcome::Value(value) => Some(value),
            _ => None,
        }
    }
}

/// The configuration of one program on one host.
#[derive(Clone, Debug)]
pub struct Config {
    files: Vec<(String, Parsed)>,
    env: BTreeMap<String, String>,
    program: Program,
    release: u16,
    identity: Identity,
    index: Index,
}

/// Deepest chain of references; Python's stack ends near there.
const DEEPEST: usize = 100;

type Memo = HashMap<(&'static str, &'static str), Outcome>;

/// What sets an option.
enum Source<'a> {
    Environment {
        variable: String,
        text: &'a str,
    },
    File {
        file: usize,
        entry: usize,
        old: bool,
    },
    Default,
}

impl Config {
    /// Puts the files of one program together, in the order it reads them (see [`super::precedence`]).
    ///
    /// `env` is the environment of the program's process; it counts from release 19 on.
    pub fn new(
        files: Vec<(String, Parsed)>,
        env: BTreeMap<String, String>,
        program: Program,
        release: u16,
        identity: Identity,
    ) -> Self {
        let index = Index::new(&files);
        Self {
            files,
            env,
            program,
            release,
            identity,
            index,
        }
    }

    /// The files, in reading order.
    pub fn files(&self) -> &[(String, Parsed)] {
        &self.files
    }

    /// The program.
    pub fn program(&self) -> Program {
        self.program
    }

    /// The release.
    pub fn release(&self) -> u16 {
        self.release
    }

    /// The assignment behind a setting, if a file made it.
    pub fn entry(&self, origin: &Origin) -> Option<&Entry> {
        match origin {
            Origin::File { file, entry, .. } => self.files.get(*file)?.1.entries.get(*entry),
            _ => None,
        }
    }

    /// Every assignment of exactly this spelling, in reading order, whether or not it has an effect.
    pub fn assignments(&self, section: &str, name: &str) -> impl Iterator<Item = (&str, &Entry)> {
        self.index
            .places(section, name)
            .iter()
            .filter_map(|&(file, entry)| {
                let (path, parsed) = self.files.get(file as usize)?;
                Some((path.as_str(), parsed.entries.get(entry as usize)?))
            })
    }

    /// One option. An option that the release does not read is answered from the files with `known` false.
    pub fn get(&self, section: &str, name: &str) -> Setting {
        match options::lookup(section, name).filter(|o| o.is_in(self.release)) {
            Some(option) => self.setting(option, &mut Memo::new()),
            None => self.ignored(section, name),
        }
    }

    /// Every option that the release reads, then every assignment that nothing reads.
    pub fn all(&self) -> Vec<Setting> {
        let mut memo = Memo::new();
        let known = options::all().iter().filter(|o| o.is_in(self.release));
        let mut settings: Vec<_> = known.map(|o| self.setting(o, &mut memo)).collect();
        let unread = self
            .index
            .names()
            .filter(|(s, n)| !options::known(s, n, self.release));
        let mut unread: Vec<_> = unread.map(|(s, n)| self.ignored(s, n)).collect();
        unread.sort_by(|a, b| (&a.section, &a.name).cmp(&(&b.section, &b.name)));
        settings.append(&mut unread);
        settings
    }

    /// A boolean option's value.
    pub fn bool(&self, section: &str, name: &str) -> Option<bool> {
        match self.get(section, name).value {
            Outcome::Value(Value::Boolean(b)) => Some(b),
            _ => None,
        }
    }

    /// An integer or port option's value.
    pub fn int(&self, section: &str, name: &str) -> Option<i64> {
        match self.get(section, name).value {
            Outcome::Value(Value::Integer(i)) => Some(i),
            _ => None,
        }
    }

    /// A text option's value: also addresses and urls.
    pub fn string(&self, section: &str, name: &str) -> Option<String> {
        match self.get(section, name).value {
            Outcome::Value(Value::Text(t)) => Some(t),
            _ => None,
        }
    }

    /// A list option's value, each item as text.
    pub fn list(&self, section: &str, name: &str) -> Option<Vec<String>> {
        match self.get(section, name).value {
            Outcome::Value(Value::List(items)) => Some(items.iter().map(Value::text).collect()),
            _ => None,
        }
    }

    fn ignored(&self, section: &str, name: &str) -> Setting {
        let place = self.index.places(section, name).last();
        let entry = place.and_then(|&(f, e)| self.files.get(f as usize)?.1.entries.get(e as usize));
        Setting {
            section: section.to_owned(),
            name: name.to_owned(),
            raw: entry.map(|e| e.value.clone()),
            value: Outcome::Unknown("nothing in this release reads it".to_owned()),
            origin: place.map_or(Origin::Default, |&(f, e)| {
                self.origin(f as usize, e as usize)
            }),
            known: false,
            deprecated: false,
            redacted: entry.is_some_and(|e| e.redacted),
        }
    }

    fn origin(&self, file: usize, entry: usize) -> Origin {
        let Some((path, found)) = self
            .files
            .get(file)
            .and_then(|(p, f)| Some((p, f.entries.get(entry)?)))
        else {
            return Origin::Default;
        };
        let spelled = (found.section.clone(), found.key.clone());
        Origin::File {
            file,
            path: path.clone(),
            entry,
            span: found.value_span,
            spelled,
        }
    }

    fn setting(&self, option: &'static OptionDef, memo: &mut Memo) -> Setting {
        let source = self.source(option);
        let value = self.evaluate(option, &mut Vec::new(), memo);
        let (raw, origin, deprecated, redacted) = match source {
            Source::Environment { variable, text } => {
                let kept = redact::value(option.section, option.name, text);
                (
                    Some(kept.text),
                    Origin::Environment { variable },
                    false,
                    kept.redacted,
                )
            }
            Source::File { file, entry, old } => {
                let found = self.files.get(file).and_then(|(_, f)| f.entries.get(entry));
                (
                    found.map(|e| e.value.clone()),
                    self.origin(file, entry),
                    old,
                    found.is_some_and(|e| e.redacted),
                )
            }
            Source::Default => (None, Origin::Default, false, false),
        };
        Setting {
            section: option.section.to_owned(),
            name: option.name.to_owned(),
            raw,
            value,
            origin,
            known: true,
            deprecated,
            redacted,
        }
    }

    /// The spellings of an option, the one that wins within a file first.
    fn spellings<'a>(
        &self,
        option: &'a OptionDef,
    ) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let old = option.aliases_in(self.release).map(|a| (a.section, a.name));
        std::iter::once((option.section, option.name)).chain(old)
    }

    fn source(&self, option: &OptionDef) -> Source<'_> {
        if self.release >= 19 {
            let variable = variable(option);
            if let Some(text) = self.env.get(&variable) {
                return Source::Environment { variable, text };
            }
        }
        let mut best: Option<(u32, u32, bool)> = None;
        for (nth, (section, name)) in self.spellings(option).enumerate() {
            if let Some(&(file, entry)) = self.index.places(section, name).last()
                && best.is_none_or(|(f, _, _)| file > f)
            {
                best = Some((file, entry, nth > 0));
            }
        }
        match best {
            Some((file, entry, old)) => Source::File {
                file: file as usize,
                entry: entry as usize,
                old,
            },
            None => Source::Default,
        }
    }

    fn evaluate(
        &self,
        option: &'static OptionDef,
        stack: &mut Vec<&'static OptionDef>,
        memo: &mut Memo,
    ) -> Outcome {
        let key = (option.section, option.name);
        if let Some(known) = memo.get(&key) {
            return known.clone();
        }
        if stack.len() >= DEEPEST || stack.iter().any(|o| std::ptr::eq(*o, option)) {
            return Outcome::Refused(Refusal::Circle);
        }
        stack.push(option);
        let outcome = self
            .compute(option, stack, memo)
            .unwrap_or_else(Outcome::Refused);
        stack.pop();
        memo.insert(key, outcome.clone());
        outcome
    }

    fn compute(
        &self,
        option: &'static OptionDef,
        stack: &mut Vec<&'static OptionDef>,
        memo: &mut Memo,
    ) -> Result<Outcome, Refusal> {
        let shape = option.shape(self.release);
        let text = match self.source(option) {
            _ if shape.kind.is_multi() => return self.compute_multi(option, stack, memo),
            Source::Environment { text, .. } => {
                let kept = redact::value(option.section, option.name, text);
                if kept.redacted {
                    return hidden(kept.breaks.as_ref());
                }
                text
            }
            Source::File { file, entry, .. } => {
                let Some(entry) = self.files.get(file).and_then(|(_, f)| f.entries.get(entry))
                else {
                    return Ok(Outcome::Value(Value::Null));
                };
                if entry.redacted {
                    return hidden(entry.breaks.as_ref());
                }
                &entry.value
            }
            Source::Default => match self.default(option) {
                Default::Text(text) => match self.placeholder(text) {
                    Some(Resolved::Known(text)) => {
                        return value::convert(shape, &text, self.release).map(Outcome::Value);
                    }
                    Some(Resolved::Unknown(why)) => return Ok(Outcome::Unknown(why)),
                    None => text,
                },
                Default::List(items) => return self.default_list(option, items, stack, memo),
                other => return Ok(Outcome::Value(other.value())),
            },
        };
        Ok(match self.substituted(option, text, stack, memo)? {
            Resolved::Known(text) => Outcome::Value(value::convert(shape, &text, self.release)?),
            Resolved::Unknown(why) => Outcome::Unknown(why),
        })
    }

    /// An option of which every assignment counts: oldest file first, within a file old names first.
    fn compute_multi(
        &self,
        option: &'static OptionDef,
        stack: &mut Vec<&'static OptionDef>,
        memo: &mut Memo,
    ) -> Result<Outcome, Refusal> {
        let mut found: Vec<(u32, usize, &Entry)> = Vec::new();
        let mut texts: Vec<String> = Vec::new();
        match self.source(option) {
            Source::Default => {
                if let Default::List(items) = self.default(option) {
                    return self.default_list(option, items, stack, memo);
                }
                return Ok(Outcome::Value(self.default(option).value()));
            }
            // oslo.config walks over the characters of the variable here
            Source::Environment { text, .. } => texts.extend(text.chars().map(String::from)),
            Source::File { .. } => {
                for (nth, (section, name)) in self.spellings(option).enumerate() {
                    for &(file, entry) in self.index.places(section, name) {
                        let entry = self
                            .files
                            .get(file as usize)
                            .and_then(|(_, f)| f.entries.get(entry as usize));
                        found.extend(entry.map(|e| (file, nth, e)));
                    }
                }
                found.sort_by_key(|(file, nth, _)| (*file, std::cmp::Reverse(*nth)));
                if let Some((_, _, entry)) = found.iter().find(|(_, _, e)| e.redacted) {
                    return hidden(entry.breaks.as_ref());
                }
                texts.extend(found.iter().map(|(_, _, e)| e.value.clone()));
            }
        }
        let mut replaced = Vec::with_capacity(texts.len());
        for text in &texts {
            match self.substituted(option, text, stack, memo)? {
                Resolved::Known(text) => replaced.push(text),
                Resolved::Unknown(why) => return Ok(Outcome::Unknown(why)),
            }
        }
        value::convert_all(option.shape(self.release), &replaced).map(Outcome::Value)
    }

    fn default_list(
        &self,
        option: &'static OptionDef,
        items: &[&str],
        stack: &mut Vec<&'static OptionDef>,
        memo: &mut Memo,
    ) -> Result<Outcome, Refusal> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            match self.substituted(option, item, stack, memo)? {
                Resolved::Known(text) => values.push(Value::Text(text)),
                Resolved::Unknown(why) => return Ok(Outcome::Unknown(why)),
            }
        }
        Ok(Outcome::Value(Value::List(values)))
    }

    /// The default of this program: each console proxy sets a page directory of its own (`nova/cmd/novncproxy.py`, 15 to 34).
    fn default(&self, option: &OptionDef) -> Default {
        match (self.program, option.section, option.name) {
            (Program::Novncproxy, "DEFAULT", "web") => Default::Text("/usr/share/novnc"),
            _ => option.default(self.release),
        }
    }

    /// A default that depends on the machine.
    fn placeholder(&self, text: &str) -> Option<Resolved<String>> {
        let (known, what) = match text {
            "<host_ipv4>" => (
                &self.identity.my_ip,
                "depends on the address of a host that was not examined",
            ),
            "<current_hostname>" => (
                &self.identity.host,
                "depends on the name of a host that was not examined",
            ),
            _ if text.starts_with('<') && text.contains('>') => {
                (&None, "depends on where nova is installed")
            }
            _ => return None,
        };
        Some(match known {
            Some(text) => Resolved::Known(text.clone()),
            None => Resolved::Unknown(what.to_owned()),
        })
    }

    fn substituted(
        &self,
        option: &'static OptionDef,
        text: &str,
        stack: &mut Vec<&'static OptionDef>,
        memo: &mut Memo,
    ) -> Result<Resolved<String>, Refusal> {
        substitute(text, |name| {
            let Some(target) = target(option.section, name, self.release) else {
                return if by_plugin(option.section, name) {
                    Ok(Resolved::Unknown(
                        "refers to an option that a plugin registers".to_owned(),
                    ))
                } else {
                    Err(Refusal::NoSuchOption)
                };
            };
            match self.evaluate(target, stack, memo) {
                Outcome::Value(value) => Ok(Resolved::Known(value)),
                Outcome::Unknown(why) => Ok(Resolved::Unknown(why)),
                Outcome::Refused(refusal) => Err(refusal),
            }
        })
    }
}

/// What a value counts as whose text was taken out.
fn hidden(breaks: Option<&String>) -> Result<Outcome, Refusal> {
    match breaks {
        Some(rule) => Err(Refusal::Broken(rule.clone())),
        None => Ok(Outcome::Unknown("its value was taken out".to_owned())),
    }
}

/// The variable that overrides an option, `OS_<GROUP>__<OPTION>` (`sources/_environment.py`, from 6.5).
pub fn variable(option: &OptionDef) -> String {
    format!(
        "OS_{}__{}",
        option.section.to_uppercase(),
        option.name.to_uppercase()
    )
}

/// The option that `$name` stands for in a value of section `group` (`StrSubWrapper.__getitem__`).
///
/// Without a dot the same group comes first, then `DEFAULT`; a name that is a section's is none.
pub(super) fn target(group: &str, name: &str, release: u16) -> Option<&'static OptionDef> {
    if let Some((group, option)) = name.split_once('.') {
        return (group != "DEFAULT" && options::normalized(group) == group)
            .then(|| registered(group, option, release))
            .flatten();
    }
    let same = if group == "DEFAULT" {
        None
    } else {
        registered(group, name, release)
    };
    same.or_else(|| {
        if options::has_section(name, release) {
            None
        } else {
            registered("DEFAULT", name, release)
        }
    })
}

/// An option by its name or an old spelling of it.
fn registered(section: &str, name: &str, release: u16) -> Option<&'static OptionDef> {
    let option = options::lookup(section, name).filter(|o| o.is_in(release));
    option.or_else(|| {
        options::formerly(section, name).find(|o| {
            o.is_in(release)
                && o.aliases_in(release)
                    .any(|a| a.section == section && a.name == name)
        })
    })
}

/// Whether a keystoneauth plugin may register this name in the section when the service runs.
pub(super) fn by_plugin(group: &str, name: &str) -> bool {
    const NAMES: [&str; 20] = [
        "auth_url",
        "default_domain_id",
        "default_domain_name",
        "domain_id",
        "domain_name",
        "password",
        "project_domain_id",
        "project_domain_name",
        "project_id",
        "project_name",
        "system_scope",
        "tenant_id",
        "tenant_name",
        "token",
        "trust_id",
        "user_domain_id",
        "user_domain_name",
        "user_id",
        "username",
        "user_name",
    ];
    let (group, name) = name.split_once('.').unwrap_or((group, name));
    NAMES.contains(&name) && options::lookup(group, "auth_type").is_some()
}

#[cfg(test)]
mod tests;

//! What one program sees: its files, its environment and its release put together.
//!
//! [`Config::get`] follows `ConfigOpts._do_get` and `_Namespace._get_file_value` (oslo.config 5.2.1 and 10.7.0): the environment
//! before the files from Stein (19) on, the last file that names the option before earlier ones, within a file the new name
//! before old ones, the last assignment of a name; then `$name` is replaced and the text converted. Nothing is asked of
//! the machine this runs on: who the examined host is comes in as [`Identity`].

mod asked;
mod defaults;
mod evaluate;
mod reference;
mod refusals;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use self::asked::Asked;
use self::evaluate::{Evaluation, Source};
use self::reference::View;
pub(super) use self::reference::{by_plugin, target};
pub use self::refusals::{Reason, StartFailure};
use super::ini::{Entry, Parsed, Span};
use super::options::{self, OptionDef};
use super::redact;
use super::value::{Refusal, Value};

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
    pub section: Cow<'static, str>,
    /// name
    pub name: Cow<'static, str>,
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
    files: Arc<[(String, Arc<Parsed>)]>,
    env: Arc<BTreeMap<String, String>>,
    program: Program,
    release: u16,
    identity: Identity,
    /// a template puts lines in that are not seen
    open: bool,
    /// nothing is taken out of what the environment says
    secrets: bool,
    /// options that were asked for: a judge asks for the same few many times
    asked: Arc<Mutex<Asked>>,
}

impl Config {
    /// Puts the files of one program together, in the order it reads them (see [`super::precedence`]).
    ///
    /// `env` is the environment of the program's process; it counts from release 19 on.
    ///
    /// Files are shared: one host's are read by the rules of many programs and releases.
    pub fn new(
        files: Vec<(String, impl Into<Arc<Parsed>>)>,
        env: BTreeMap<String, String>,
        program: Program,
        release: u16,
        identity: Identity,
    ) -> Self {
        let files: Arc<[(String, Arc<Parsed>)]> =
            files.into_iter().map(|(path, parsed)| (path, parsed.into())).collect();
        let env = Arc::new(env);
        let open = files.iter().any(|(_, parsed)| parsed.open);
        Self { files, env, program, release, identity, open, secrets: false, asked: Arc::default() }
    }

    /// The same with the secrets that its files and environment hold: for a caller that shows and saves nothing of it.
    #[must_use]
    pub fn with_secrets(self) -> Self {
        Self { secrets: true, asked: Arc::default(), ..self }
    }

    /// What another program reads from the same files; what both read alike is worked out once.
    #[must_use]
    pub fn of(&self, program: Program) -> Self {
        // each console proxy has defaults of its own
        let alike = self.program == program || ![self.program, program].contains(&Program::Novncproxy);
        let asked = if alike { self.asked.clone() } else { Arc::default() };
        Self { program, asked, ..self.clone() }
    }

    /// The files, in reading order.
    pub fn files(&self) -> &[(String, Arc<Parsed>)] {
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
    pub fn assignments<'a>(&'a self, section: &'a str, name: &'a str) -> impl Iterator<Item = (&'a str, &'a Entry)> {
        self.files
            .iter()
            .flat_map(move |(path, parsed)| parsed.assigned(section, name).map(|entry| (path.as_str(), entry)))
    }

    /// One option. An option that the release does not read is answered from the files with `known` false.
    pub fn get(&self, section: &str, name: &str) -> Arc<Setting> {
        self.asked(section, name).unwrap_or_else(|| self.ignored(section, name).into())
    }

    /// One option that the release reads.
    fn asked(&self, section: &str, name: &str) -> Option<Arc<Setting>> {
        options::lookup(section, name).filter(|option| option.is_in(self.release)).map(|option| self.read(option))
    }

    fn read(&self, option: &'static OptionDef) -> Arc<Setting> {
        let asked = || self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(setting) = asked().get(option) {
            return setting;
        }
        let setting = || Arc::new(self.setting(option, &mut Evaluation::new(self)));
        let setting = if self.leaves(option) { defaults::shared(option, self.release, setting) } else { setting() };
        asked().put(option, setting.clone());
        setting
    }

    /// Whether neither a file nor a variable may set an option, and its default is the same for whoever leaves it alone.
    fn leaves(&self, option: &'static OptionDef) -> bool {
        let set = self.open || !self.env.is_empty() || self.files.iter().any(|(_, parsed)| parsed.sets(option));
        !set && defaults::is_fixed(option, self.release)
    }

    /// Every option that the release reads, then every assignment that nothing reads.
    pub fn all(&self) -> Vec<Setting> {
        let mut evaluation = Evaluation::new(self);
        let known = options::all().iter().filter(|o| o.is_in(self.release));
        let mut settings: Vec<_> = known.map(|o| self.setting(o, &mut evaluation)).collect();
        let unread = self.spellings().into_iter().filter(|(s, n)| !options::known(s, n, self.release));
        settings.extend(unread.map(|(s, n)| self.ignored(&s, n)));
        settings
    }

    /// A boolean option's value.
    pub fn bool(&self, section: &str, name: &str) -> Option<bool> {
        match self.asked(section, name)?.value {
            Outcome::Value(Value::Boolean(b)) => Some(b),
            _ => None,
        }
    }

    /// An integer or port option's value.
    pub fn int(&self, section: &str, name: &str) -> Option<i64> {
        match self.asked(section, name)?.value {
            Outcome::Value(Value::Integer(i)) => Some(i),
            _ => None,
        }
    }

    /// A text option's value: also addresses and urls.
    pub fn string(&self, section: &str, name: &str) -> Option<String> {
        match &self.asked(section, name)?.value {
            Outcome::Value(Value::Text(t)) => Some(t.clone()),
            _ => None,
        }
    }

    /// A list option's value, each item as text.
    pub fn list(&self, section: &str, name: &str) -> Option<Vec<String>> {
        match &self.asked(section, name)?.value {
            Outcome::Value(Value::List(items)) => Some(items.iter().map(Value::text).collect()),
            _ => None,
        }
    }

    /// Every spelling that is assigned, once, by section and name.
    fn spellings(&self) -> BTreeSet<(String, &str)> {
        self.files.iter().flat_map(|(_, parsed)| parsed.spellings()).collect()
    }

    fn ignored(&self, section: &str, name: &str) -> Setting {
        let mut files = self.files.iter().enumerate().rev();
        let place = files.find_map(|(file, (_, parsed))| Some((file, parsed.places(section, name).next_back()?)));
        let entry = place.and_then(|(file, entry)| self.files.get(file)?.1.entries.get(entry));
        Setting {
            section: section.to_owned().into(),
            name: name.to_owned().into(),
            raw: entry.map(|e| e.value.clone()),
            value: Outcome::Unknown("nothing in this release reads it".to_owned()),
            origin: place.map_or(Origin::Default, |(file, entry)| self.origin(file, entry)),
            known: false,
            deprecated: false,
            redacted: entry.is_some_and(|e| e.redacted),
        }
    }

    fn origin(&self, file: usize, entry: usize) -> Origin {
        let Some((path, found)) = self.files.get(file).and_then(|(p, f)| Some((p, f.entries.get(entry)?))) else {
            return Origin::Default;
        };
        let spelled = (found.section.clone(), found.key.clone());
        Origin::File { file, path: path.clone(), entry, span: found.value_span, spelled }
    }

    fn setting(&self, option: &'static OptionDef, evaluation: &mut Evaluation<'_>) -> Setting {
        let view = View::of(option);
        let source = self.source(view);
        let value = evaluation.outcome(view, source);
        let (raw, origin, deprecated, redacted) = match source {
            Source::Environment { text } => {
                let kept = redact::value(option.section, option.name, text);
                let origin = Origin::Environment { variable: variable(view.section, view.name) };
                (Some(kept.text), origin, false, kept.redacted)
            }
            Source::File { file, entry, old } => {
                let found = self.files.get(file).and_then(|(_, f)| f.entries.get(entry));
                let redacted = found.is_some_and(|e| e.redacted);
                let raw = found.map(|e| e.value.clone());
                (raw, self.origin(file, entry), old, redacted)
            }
            Source::Default => (None, Origin::Default, false, false),
        };
        Setting {
            section: option.section.into(),
            name: option.name.into(),
            raw,
            value,
            origin,
            known: true,
            deprecated,
            redacted,
        }
    }
}

/// The variable that overrides an option, `OS_<GROUP>__<OPTION>` (`sources/_environment.py`, from 6.5).
pub fn variable(section: &str, name: &str) -> String {
    format!("OS_{}__{}", section.to_uppercase(), name.to_uppercase())
}

#[cfg(test)]
mod tests;

//! From what is written to what the program gets: find the text, replace its names, convert it.

use super::reference::{View, by_plugin, target};
use super::{Config, Outcome, Program, variable};
use crate::oslo::ini::{Entry, Filled};
use crate::oslo::interpolate::{Resolved, substitute};
use crate::oslo::options::Default;
use crate::oslo::redact;
use crate::oslo::value::{self, Kind, Refusal, Value};

/// Why the value of an assignment in a template is not known.
const BY_TEMPLATE: &str = "a template fills it in";
/// Why that of an assignment in a branch is not.
const BY_BRANCH: &str = "a template decides whether it is set";
/// Deepest chain of references; Python's stack ends near there.
const DEEPEST: usize = 100;

/// What sets an option.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Environment { text: &'a str },
    File { file: usize, entry: usize, old: bool },
    Default,
}

impl Config {
    /// The spellings that are looked for, the one that wins within a file first.
    fn names(&self, view: View) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        let old = view.option.aliases_in(self.release);
        std::iter::once((view.section, view.option.name)).chain(old.map(|a| (a.section, a.name)))
    }

    pub(super) fn source(&self, view: View) -> Source<'_> {
        if self.release >= 19 && !self.env.is_empty() {
            let variable = variable(view.section, view.name);
            if let Some(text) = self.env.get(&variable) {
                return Source::Environment { text };
            }
        }
        let is_own = view.section == view.option.section;
        for (file, (_, parsed)) in self.files.iter().enumerate().rev() {
            if is_own && !parsed.sets(view.option) {
                continue;
            }
            let own = is_own.then(|| parsed.places_of(view.option).next_back()).flatten();
            if let Some(entry) = own {
                return Source::File { file, entry, old: false };
            }
            for (section, name) in self.names(view).skip(usize::from(is_own)) {
                if let Some(entry) = parsed.places(section, name).next_back() {
                    let old = (section, name) != (view.section, view.option.name);
                    return Source::File { file, entry, old };
                }
            }
        }
        Source::Default
    }

    /// Every assignment of an option of which every one counts: oldest file first, within a file old names first.
    fn assigned(&self, view: View) -> Vec<&Entry> {
        let mut names: Vec<_> = self.names(view).collect();
        names.reverse();
        let mut found = Vec::new();
        for (_, parsed) in self.files.iter() {
            for (section, name) in &names {
                found.extend(parsed.places(section, name).filter_map(|entry| parsed.entries.get(entry)));
            }
        }
        found
    }

    /// The default of this program: each console proxy sets a page directory of its own (`nova/cmd/novncproxy.py`, 15 to 34).
    fn default(&self, view: View) -> Default {
        match (self.program, view.option.section, view.option.name) {
            (Program::Novncproxy, "DEFAULT", "web") => Default::Text("/usr/share/novnc"),
            _ => view.option.default(self.release),
        }
    }

    /// A default that depends on the machine.
    fn placeholder(&self, text: &str) -> Option<Resolved<String>> {
        let (known, why) = match text {
            "<host_ipv4>" => (&self.identity.my_ip, "depends on the address of a host that was not examined"),
            "<current_hostname>" => (&self.identity.host, "depends on the name of a host that was not examined"),
            _ if text.starts_with('<') && text.contains('>') => (&None, "depends on where nova is installed"),
            _ => return None,
        };
        let known = known.clone().map(Resolved::Known);
        Some(known.unwrap_or_else(|| Resolved::Unknown(why.to_owned())))
    }
}

/// The reading of options, each at most once.
pub(super) struct Evaluation<'a> {
    config: &'a Config,
    /// the options whose values are being built, each because of the one before it
    stack: Vec<(&'static str, &'static str)>,
    /// few: options that others refer to
    known: Vec<((&'static str, &'static str), Outcome)>,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(config: &'a Config) -> Self {
        Self { config, stack: Vec::new(), known: Vec::new() }
    }

    /// What reading the option gives, which this sets.
    pub(super) fn outcome(&mut self, view: View, source: Source<'_>) -> Outcome {
        let key = view.key();
        if let Some((_, known)) = self.known.iter().find(|(other, _)| *other == key) {
            return known.clone();
        }
        if self.stack.len() >= DEEPEST || self.stack.contains(&key) {
            return Outcome::Refused(Refusal::Circle);
        }
        self.stack.push(key);
        let outcome = self.read(view, source).unwrap_or_else(Outcome::Refused);
        self.stack.pop();
        if !self.stack.is_empty() {
            // only what another option refers to is asked for again
            self.known.push((key, outcome.clone()));
        }
        outcome
    }

    fn read(&mut self, view: View, source: Source<'_>) -> Result<Outcome, Refusal> {
        let config = self.config;
        let shape = view.option.shape(config.release);
        let mut branch = false;
        let text = match source {
            Source::Environment { text } => {
                let kept = redact::value(view.option.section, view.option.name, text);
                if kept.redacted && !config.secrets {
                    return hidden(kept.breaks.as_ref());
                }
                text
            }
            Source::File { .. } if shape.kind.is_multi() => return self.read_all(view),
            Source::File { file, entry, .. } => {
                let Some(entry) = config.files.get(file).and_then(|(_, f)| f.entries.get(entry)) else {
                    return Ok(Outcome::Value(Value::Null));
                };
                if entry.filled == Filled::Value {
                    return Ok(Outcome::Unknown(BY_TEMPLATE.to_owned()));
                }
                if entry.redacted {
                    let shown = shape.kind == Kind::Uri && entry.breaks.is_none() && redact::is_whole_url(&entry.value);
                    let value = value::convert(shape, &entry.value, config.release).ok().filter(|_| shown);
                    return value.map_or_else(|| hidden(entry.breaks.as_ref()), |value| Ok(Outcome::Value(value)));
                }
                branch = entry.filled == Filled::Branch;
                &entry.value
            }
            Source::Default if config.open => {
                return Ok(Outcome::Unknown("a template may set it in lines that it puts in".to_owned()));
            }
            Source::Default => return self.read_default(view),
        };
        let text = match self.replaced(view, text)? {
            Resolved::Known(text) => text,
            Resolved::Unknown(why) => return Ok(Outcome::Unknown(why)),
        };
        if shape.kind.is_multi() {
            // oslo.config walks over the characters of a variable here
            let letters: Vec<_> = text.chars().map(String::from).collect();
            return value::convert_all(shape, &letters).map(Outcome::Value);
        }
        let value = value::convert(shape, &text, config.release)?;
        Ok(if branch { Outcome::Unknown(BY_BRANCH.to_owned()) } else { Outcome::Value(value) })
    }

    fn read_all(&mut self, view: View) -> Result<Outcome, Refusal> {
        let entries = self.config.assigned(view);
        if entries.iter().any(|entry| entry.filled != Filled::No) {
            return Ok(Outcome::Unknown(BY_TEMPLATE.to_owned()));
        }
        if let Some(entry) = entries.iter().find(|e| e.redacted) {
            return hidden(entry.breaks.as_ref());
        }
        let mut texts = Vec::with_capacity(entries.len());
        for entry in entries {
            match self.replaced(view, &entry.value)? {
                Resolved::Known(text) => texts.push(text),
                Resolved::Unknown(why) => return Ok(Outcome::Unknown(why)),
            }
        }
        let shape = view.option.shape(self.config.release);
        value::convert_all(shape, &texts).map(Outcome::Value)
    }

    fn read_default(&mut self, view: View) -> Result<Outcome, Refusal> {
        let shape = view.option.shape(self.config.release);
        let text = match self.config.default(view) {
            Default::Text(text) => match self.config.placeholder(text) {
                Some(placeholder) => placeholder,
                None => self.replaced(view, text)?,
            },
            Default::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    match self.replaced(view, item)? {
                        Resolved::Known(text) => values.push(Value::Text(text)),
                        Resolved::Unknown(why) => return Ok(Outcome::Unknown(why)),
                    }
                }
                return Ok(Outcome::Value(Value::List(values)));
            }
            other => return Ok(Outcome::Value(other.value(shape.kind))),
        };
        match text {
            Resolved::Known(text) => value::convert(shape, &text, self.config.release).map(Outcome::Value),
            Resolved::Unknown(why) => Ok(Outcome::Unknown(why)),
        }
    }

    /// The text with every name replaced.
    fn replaced(&mut self, view: View, text: &str) -> Result<Resolved<String>, Refusal> {
        let release = self.config.release;
        substitute(text, |name| match target(view.section, name, release) {
            Some(target) => match self.outcome(target, self.config.source(target)) {
                Outcome::Value(value) => Ok(Resolved::Known(value)),
                Outcome::Unknown(why) => Ok(Resolved::Unknown(why)),
                Outcome::Refused(refusal) => Err(refusal),
            },
            None if by_plugin(view.section, name) => {
                let why = "refers to an option that a plugin registers";
                Ok(Resolved::Unknown(why.to_owned()))
            }
            None => Err(Refusal::NoSuchOption),
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

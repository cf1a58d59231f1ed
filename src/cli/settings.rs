//! `vncdoctor.ini`: what would otherwise be typed with every run. docs/settings.md says what it may hold.
//!
//! It is read with rust-ini, in its plain dialect: no escapes, no quotes, no comments behind a value. nova.conf never is.
//! Whatever it holds that is not known is an error: a setting that does nothing is worse than none.

use super::args::{FailOn, Inputs, Selection as Args};
use super::problem::Problem;
use super::select::{ids, nearest};
use crate::console::release::Release;
use crate::judge::Files;
use crate::observe::discover::read;
use clap::ValueEnum;
use ini::{Ini, ParseOption, Properties};
use std::path::{Path, PathBuf};

/// Looked for in the current directory.
const NAME: &str = "vncdoctor.ini";
/// Largest file read, in bytes.
const LIMIT: u64 = 1024 * 1024;
/// The section for everything, and the word that opens one for some files.
const ALL: &str = "vncdoctor";
const PATH: &str = "path";
const KEYS: [&str; 6] = ["release", "skip", "fail-on", "baseline", "config", "log"];
/// Keys that may stand there several times.
const LISTS: [&str; 2] = ["config", "log"];
const PATH_KEYS: [&str; 2] = ["release", "skip"];

/// What such a file says; nothing where there is none.
#[derive(Debug, Default)]
pub(super) struct Settings {
    name: String,
    pub(super) release: Option<Release>,
    pub(super) skip: Vec<String>,
    pub(super) fail_on: Option<FailOn>,
    pub(super) baseline: Option<PathBuf>,
    config: Vec<String>,
    log: Vec<String>,
    paths: Vec<ForFiles>,
}

/// What it says of some files.
#[derive(Debug)]
struct ForFiles {
    section: String,
    files: Files,
    release: Option<Release>,
    skip: Vec<String>,
}

impl Settings {
    /// The settings that the arguments ask for.
    ///
    /// # Errors
    /// The file named cannot be read, or holds what is not known.
    pub(super) fn load(args: &Args) -> Result<Self, Problem> {
        let path = match &args.settings {
            Some(path) => path.as_path(),
            None if args.no_settings || !Path::new(NAME).exists() => return Ok(Self::default()),
            None => Path::new(NAME),
        };
        let name = path.display().to_string();
        let bytes = read(path, LIMIT).map_err(Problem::Input)?;
        let text = String::from_utf8(bytes).map_err(|_| Problem::Usage(format!("{name}: not utf-8")))?;
        let here = std::env::current_dir().unwrap_or_default();
        parse(&name, &text, &here.display().to_string())
    }

    /// The inputs that the settings name, for a command line that names none.
    pub(super) fn fill(&self, inputs: &mut Inputs) {
        if inputs.config.is_empty() && inputs.log.is_empty() && inputs.bundle.is_empty() {
            inputs.config.clone_from(&self.config);
            inputs.log.clone_from(&self.log);
        }
    }

    /// The release of some files that are judged together: what the section of a path says beats what is said of all.
    ///
    /// # Errors
    /// Two sections say two releases.
    pub(super) fn release_of<'p>(&self, paths: impl Iterator<Item = &'p str>) -> Result<Option<Release>, Problem> {
        let mut told: Option<(Release, &str)> = None;
        for path in paths {
            // the last one is the most special
            let said = self.paths.iter().rev().find(|one| one.release.is_some() && one.files.hold(path));
            let Some((release, section)) = said.and_then(|one| Some((one.release?, one.section.as_str()))) else {
                continue;
            };
            match told {
                Some((other, before)) if other != release => {
                    return Err(Problem::Usage(format!(
                        "{}: [{before}] says {}, [{section}] says {}, and {path} is judged with the other; give --release",
                        self.name,
                        other.name(),
                        release.name()
                    )));
                }
                _ => told = Some((release, section)),
            }
        }
        Ok(told.map(|(release, _)| release).or(self.release))
    }

    /// What is left out of which files.
    pub(super) fn skip_in(&self) -> Vec<(Files, Vec<String>)> {
        let with_ids = self.paths.iter().filter(|one| !one.skip.is_empty());
        with_ids.map(|one| (one.files.clone(), one.skip.clone())).collect()
    }
}

/// Reads a settings file's text.
fn parse(name: &str, text: &str, here: &str) -> Result<Settings, Problem> {
    let problem = |what: String| Problem::Usage(format!("{name}: {what}"));
    let dialect = ParseOption { enabled_quote: false, enabled_escape: false, ..ParseOption::default() };
    let document = Ini::load_from_str_opt(text.trim_start_matches('\u{feff}'), dialect)
        .map_err(|error| problem(format!("line {}, column {}: {}", error.line, error.col, error.msg)))?;
    let mut settings = Settings { name: name.to_owned(), ..Settings::default() };
    for (section, keys) in &document {
        match section {
            None => {
                if let Some((key, _)) = keys.iter().next() {
                    return Err(problem(format!("{} stands above any section; put it under [{ALL}]", quoted(key))));
                }
            }
            Some(ALL) if document.section_all(Some(ALL)).count() > 1 => {
                return Err(problem(format!("[{ALL}] given twice")));
            }
            Some(ALL) => settings.all(keys).map_err(|what| problem(format!("[{ALL}] {what}")))?,
            Some(section) => {
                let pattern = section.strip_prefix(PATH).filter(|rest| rest.starts_with(char::is_whitespace));
                let Some(pattern) = pattern.map(str::trim).filter(|pattern| !pattern.is_empty()) else {
                    return Err(problem(unknown_section(section)));
                };
                let some = for_files(section, pattern, here, keys);
                settings.paths.push(some.map_err(|what| problem(format!("[{section}] {what}")))?);
            }
        }
    }
    Ok(settings)
}

impl Settings {
    /// The section for everything.
    fn all(&mut self, keys: &Properties) -> Result<(), String> {
        known(keys, &KEYS)?;
        self.release = release(keys)?;
        self.skip = skipped(keys)?;
        self.fail_on = keys.get("fail-on").map(fail_on).transpose()?;
        self.baseline = keys.get("baseline").map(PathBuf::from);
        self.config = keys.get_all("config").map(str::to_owned).collect();
        self.log = keys.get_all("log").map(str::to_owned).collect();
        Ok(())
    }
}

/// A section for some files.
fn for_files(section: &str, pattern: &str, here: &str, keys: &Properties) -> Result<ForFiles, String> {
    let files = Files::new(pattern, here).map_err(|error| format!("is no pattern of paths: {}", error.msg))?;
    known(keys, &PATH_KEYS)?;
    Ok(ForFiles { section: section.to_owned(), files, release: release(keys)?, skip: skipped(keys)? })
}

/// Every key is one of these, and stands there once, but for lists.
fn known(keys: &Properties, wanted: &[&'static str]) -> Result<(), String> {
    for (key, _) in keys {
        if !wanted.contains(&key) {
            return Err(unknown_key(key, wanted));
        }
        if keys.get_all(key).count() > 1 && !LISTS.contains(&key) {
            return Err(format!("{key}: given twice"));
        }
    }
    Ok(())
}

fn release(keys: &Properties) -> Result<Option<Release>, String> {
    keys.get("release").map(Release::parse).transpose().map_err(|error| format!("release: {error}"))
}

/// The ids behind `skip`, parted by commas or spaces.
fn skipped(keys: &Properties) -> Result<Vec<String>, String> {
    let words = keys.get("skip").unwrap_or_default().split([',', ' ', '\t']).filter(|word| !word.is_empty());
    words
        .map(|word| {
            let known = ids().any(|id| id == word);
            known.then(|| word.to_owned()).ok_or_else(|| format!("skip: {}", super::select::no_such(word)))
        })
        .collect()
}

fn fail_on(word: &str) -> Result<FailOn, String> {
    FailOn::from_str(word, false).map_err(|_| {
        let near = nearest(word, ["error", "warning", "never"].into_iter());
        format!("fail-on: {} is none of error, warning, never{}", quoted(word), hint(near))
    })
}

fn unknown_section(section: &str) -> String {
    let near = nearest(section, [ALL, PATH].into_iter()).map(|near| if near == PATH { "path PATTERN" } else { near });
    format!("unknown section [{section}]; [{ALL}] and [{PATH} PATTERN] are known{}", hint(near))
}

fn unknown_key(key: &str, wanted: &[&'static str]) -> String {
    // a line without `=` is read as the beginning of the next one
    if let Some((lone, _)) = key.split_once(['\n', '\r']) {
        return format!("{}: a line without =", quoted(lone));
    }
    let near = nearest(key, wanted.iter().copied());
    let known = if near.is_some() { String::new() } else { format!("; {} are known here", wanted.join(", ")) };
    format!("unknown key {}{known}{}", quoted(key), hint(near))
}

fn hint(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default()
}

fn quoted(word: &str) -> String {
    format!("{word:?}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::parse;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_is_settings_or_one_problem(text in "([\\[\\]=:;#\\\\\"' \t\r\n*]|path|vncdoctor|skip|release|queens|\\PC){0,40}") {
            if let Err(problem) = parse("vncdoctor.ini", &text, "/repo") {
                prop_assert!(problem.line().starts_with("vncdoctor.ini: "), "{}", problem.line());
            }
        }
    }

    #[test]
    fn values_are_read_as_they_stand() {
        let settings =
            parse("x", "[vncdoctor]\nbaseline = a\\n \"b\".json\nskip: url-damaged\ttoken-stored\n", "/").unwrap();
        assert_eq!(settings.baseline.unwrap().to_str(), Some("a\\n \"b\".json"));
        assert_eq!(settings.skip, ["url-damaged", "token-stored"]);
    }
}

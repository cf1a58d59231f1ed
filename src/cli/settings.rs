//! `vncdoctor.ini`: what would otherwise be typed with every run. docs/settings.md says what it may hold.
//!
//! It is read with rust-ini, in its plain dialect: no escapes, no quotes, no comments behind a value. nova.conf never is.
//! Whatever it holds that is not known is an error: a setting that does nothing is worse than none.

use super::args::{FailOn, Selection as Args};
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
const KEYS: [&str; 4] = ["release", "skip", "fail-on", "baseline"];
const PATH_KEYS: [&str; 2] = ["release", "skip"];

/// What such a file says; nothing where there is none.
#[derive(Debug, Default)]
pub(super) struct Settings {
    name: String,
    pub(super) release: Option<Release>,
    pub(super) skip: Vec<String>,
    pub(super) fail_on: Option<FailOn>,
    pub(super) baseline: Option<PathBuf>,
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
    for (section, keys) in document.iter() {
        let Some(section) = section else {
            let Some((key, _)) = keys.iter().next() else { continue };
            return Err(problem(format!("{} stands above any section; put it under [{ALL}]", quoted(key))));
        };
        let at = |key: &str, what: String| problem(format!("[{section}] {key}: {what}"));
        let wanted = if section == ALL { &KEYS[..] } else { &PATH_KEYS[..] };
        let pattern = section.strip_prefix(PATH).map(str::trim).filter(|_| section != ALL);
        let files = match pattern {
            _ if section == ALL => None,
            Some(pattern) if !pattern.is_empty() => {
                let files = Files::new(pattern.trim_matches(['"', ':']).trim(), here);
                Some(files.map_err(|error| problem(format!("[{section}]: no pattern of paths: {}", error.msg)))?)
            }
            _ => return Err(problem(unknown_section(section))),
        };
        for (key, _) in keys.iter() {
            if !wanted.contains(&key) {
                return Err(problem(unknown_key(section, key, wanted)));
            }
            if keys.get_all(key).count() > 1 {
                return Err(at(key, "given twice".to_owned()));
            }
        }
        let release =
            keys.get("release").map(Release::parse).transpose().map_err(|error| at("release", error.to_string()))?;
        let skip = skipped(keys).map_err(|what| at("skip", what))?;
        match files {
            Some(files) => settings.paths.push(ForFiles { section: section.to_owned(), files, release, skip }),
            None => {
                settings.release = release.or(settings.release);
                settings.skip.extend(skip);
                if let Some(word) = keys.get("fail-on") {
                    settings.fail_on = Some(fail_on(word).map_err(|what| at("fail-on", what))?);
                }
                settings.baseline = keys.get("baseline").map(PathBuf::from).or(settings.baseline);
            }
        }
    }
    Ok(settings)
}

/// The ids behind `skip`, parted by commas or spaces.
fn skipped(keys: &Properties) -> Result<Vec<String>, String> {
    let words = keys.get("skip").unwrap_or_default().split([',', ' ', '\t']).filter(|word| !word.is_empty());
    words
        .map(|word| if ids().any(|id| id == word) { Ok(word.to_owned()) } else { Err(super::select::no_such(word)) })
        .collect()
}

fn fail_on(word: &str) -> Result<FailOn, String> {
    FailOn::from_str(word, false).map_err(|_| {
        let near = nearest(word, ["error", "warning", "never"].into_iter());
        format!("{} is none of error, warning, never{}", quoted(word), hint(near))
    })
}

fn unknown_section(section: &str) -> String {
    let near = nearest(section, [ALL, PATH].into_iter()).map(|near| if near == PATH { "path PATTERN" } else { near });
    format!("unknown section [{section}]; [{ALL}] and [{PATH} PATTERN] are known{}", hint(near))
}

fn unknown_key(section: &str, key: &str, wanted: &[&'static str]) -> String {
    // a line without `=` is read as the beginning of the next one
    if let Some((lone, _)) = key.split_once(['\n', '\r']) {
        return format!("[{section}] {}: a line without =", quoted(lone));
    }
    let near = nearest(key, wanted.iter().copied());
    let known = if near.is_some() { String::new() } else { format!("; {} are known here", wanted.join(", ")) };
    format!("[{section}] unknown key {}{known}{}", quoted(key), hint(near))
}

fn hint(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default()
}

fn quoted(word: &str) -> String {
    format!("{word:?}")
}

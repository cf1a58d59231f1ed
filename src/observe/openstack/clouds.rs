//! clouds.yaml, secure.yaml and clouds-public.yaml, found and laid over one another as openstacksdk does it
//! (openstack/config/loader.py and _util.py).
//!
//! Limits: a profile is looked up in clouds-public.yaml only, not among those that openstacksdk ships nor behind a URL; of a
//! file 1 MiB is read. An error never quotes the file: a line may hold a password.

use super::problem::CloudProblem;
use super::settings::{Places, Settings};
use crate::observe::discover::read;
use std::path::{Path, PathBuf};
use strsim::damerau_levenshtein;
use yaml_serde::{Mapping, Value};

/// Largest file read, in bytes.
const LIMIT: u64 = 1024 * 1024;
/// Endings of the files, in the order in which they are tried.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// The settings of one entry.
pub(super) fn cloud(name: &str, places: &Places) -> Result<Settings, CloudProblem> {
    let named = places.variables.get("client_config_file").map(PathBuf::from);
    let Some((path, file)) = load(named, "clouds", places)? else {
        let folders = places.folders.iter().map(|folder| folder.display().to_string()).collect();
        return Err(CloudProblem::NoFile { name: name.to_owned(), folders });
    };
    let clouds = section(&path, &file, "clouds")?;
    let Some(entry) = clouds.get(name) else {
        let names = names(&clouds);
        let hint = nearest(name, &names);
        return Err(CloudProblem::NoCloud { name: name.to_owned(), path: path.display().to_string(), hint });
    };
    let entry = mapping(&path, name, entry)?;
    let mut settings = Settings::default();
    if let Some(profile) = text(entry, "profile").or_else(|| text(entry, "cloud")) {
        public(&profile, places, &mut settings)?;
    }
    take(entry, &mut settings);
    let named = places.variables.get("client_secure_file").map(PathBuf::from);
    if let Some((path, file)) = load(named, "secure", places)?
        && let Some(more) = section(&path, &file, "clouds")?.get(name)
    {
        take(mapping(&path, name, more)?, &mut settings);
    }
    region(entry, &mut settings);
    Ok(settings)
}

/// The names of every entry; none where no file can be read.
pub(super) fn all(places: &Places) -> Vec<String> {
    let named = places.variables.get("client_config_file").map(PathBuf::from);
    let file = load(named, "clouds", places).ok().flatten();
    file.and_then(|(path, file)| section(&path, &file, "clouds").ok()).map(|clouds| names(&clouds)).unwrap_or_default()
}

/// `did you mean "x"?`, or all there are.
pub(super) fn nearest(typed: &str, known: &[String]) -> String {
    let near = known.iter().map(|word| (damerau_levenshtein(typed, word), word)).min();
    match near {
        Some((distance, word)) if distance <= (word.len() / 3).max(2) => format!("did you mean {word:?}?"),
        Some(_) => format!("it has {}", known.join(", ")),
        None => "it has none".to_owned(),
    }
}

/// The first file of this name: as the user named it, or in the folders.
fn load(named: Option<PathBuf>, name: &str, places: &Places) -> Result<Option<(PathBuf, Value)>, CloudProblem> {
    let in_folders = places.folders.iter().flat_map(|folder| {
        ENDINGS.iter().map(move |ending| {
            let file = format!("{name}.{ending}");
            if folder == Path::new(".") { PathBuf::from(file) } else { folder.join(file) }
        })
    });
    let Some(path) = named.into_iter().chain(in_folders).find(|path| path.exists()) else { return Ok(None) };
    let problem = |what: String| CloudProblem::File { path: path.display().to_string(), what };
    let bytes = read(&path, LIMIT).map_err(|error| {
        let words = error.to_string();
        problem(words.strip_prefix(&format!("{}: ", path.display())).unwrap_or(&words).to_owned())
    })?;
    let value: Value = yaml_serde::from_slice(&bytes).map_err(|error| {
        let at = error.location().map(|at| format!(" at line {}, column {}", at.line(), at.column()));
        problem(format!("this is not YAML{}", at.unwrap_or_default()))
    })?;
    Ok(Some((path, value)))
}

/// The entries below a key of the whole file.
fn section(path: &Path, file: &Value, key: &str) -> Result<Mapping, CloudProblem> {
    match file.get(key) {
        Some(Value::Mapping(clouds)) => Ok(clouds.clone()),
        Some(Value::Null) | None => Ok(Mapping::new()),
        Some(_) => Err(CloudProblem::File { path: path.display().to_string(), what: format!("{key} is no mapping") }),
    }
}

fn mapping<'v>(path: &Path, name: &str, value: &'v Value) -> Result<&'v Mapping, CloudProblem> {
    value.as_mapping().ok_or_else(|| CloudProblem::File {
        path: path.display().to_string(),
        what: format!("the cloud {name} is no mapping"),
    })
}

fn names(clouds: &Mapping) -> Vec<String> {
    clouds.keys().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What a profile of clouds-public.yaml says.
fn public(profile: &str, places: &Places, settings: &mut Settings) -> Result<(), CloudProblem> {
    let Some((path, file)) = load(None, "clouds-public", places)? else { return Ok(()) };
    let clouds = section(&path, &file, "public-clouds")?;
    if let Some(entry) = clouds.get(profile) {
        take(mapping(&path, profile, entry)?, settings);
    }
    Ok(())
}

/// Every plain value, those below `auth` too.
fn take(entry: &Mapping, settings: &mut Settings) {
    for (key, value) in entry {
        let Some(key) = key.as_str() else { continue };
        if let ("auth", Value::Mapping(auth)) = (key, value) {
            take(auth, settings);
        } else if let Some(value) = plain(value) {
            settings.set(key, value);
        }
    }
}

/// `regions`: the first one where none is named, and what is said of that one alone.
fn region(entry: &Mapping, settings: &mut Settings) {
    let Some(Value::Sequence(regions)) = entry.get("regions") else { return };
    let name = |region: &Value| match region {
        Value::Mapping(region) => text(region, "name"),
        other => plain(other),
    };
    let wanted = settings.get("region_name").map(str::to_owned);
    let Some(chosen) = regions.iter().find(|region| wanted.is_none() || name(region) == wanted) else { return };
    if let Some(name) = name(chosen) {
        settings.set("region_name", name);
    }
    if let Some(Value::Mapping(values)) = chosen.get("values") {
        take(values, settings);
    }
}

fn text(entry: &Mapping, key: &str) -> Option<String> {
    entry.get(key).and_then(plain)
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(switch) => Some(switch.to_string()),
        _ => None,
    }
}

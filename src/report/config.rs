//! What nova sees, as a list for people and as JSON for machines; secrets are redacted.

use super::Palette;
use crate::console::release::Release;
use crate::evidence::host::Host;
use crate::evidence::process::Service;
use crate::oslo::config::{Config, Origin, Outcome, Setting};
use serde::Serialize;
use std::fmt::Write;

/// One option as one service of one host sees it.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The host, if it was named.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub host: String,
    /// The service.
    pub service: &'static str,
    /// Section.
    pub section: String,
    /// Option.
    pub option: String,
    /// What the service gets; absent where it is refused or cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<serde_json::Value>,
    /// The text that was set, before anything is replaced in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// The file that sets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Its line there, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// file, env or default.
    pub from: &'static str,
    /// Whether the release reads it.
    pub known: bool,
    /// Why there is no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// The options that are set, or all of them.
pub fn rows(host: &Host, service: Service, config: &Config, all: bool) -> Vec<Row> {
    config
        .all()
        .into_iter()
        .filter(|setting| all || setting.is_set())
        .map(|setting| row(host, service, setting))
        .collect()
}

fn row(host: &Host, service: Service, setting: Setting) -> Row {
    let (file, line, from) = match &setting.origin {
        Origin::File { path, span, .. } => (Some(path.clone()), Some(span.line), "file"),
        Origin::Environment { .. } => (None, None, "env"),
        Origin::Default => (None, None, "default"),
    };
    let (value, problem) = match (&setting.value, setting.redacted) {
        (_, true) => (setting.raw.clone().map(serde_json::Value::from), None),
        (Outcome::Value(value), false) => (serde_json::to_value(value).ok(), None),
        (Outcome::Refused(refusal), false) => (None, Some(refusal.to_string())),
        (Outcome::Unknown(why), false) => (None, Some(why.clone())),
    };
    let program = service.program();
    Row {
        host: host.name.clone(),
        service: program.strip_prefix("nova-").unwrap_or(program),
        section: setting.section,
        option: setting.name,
        value,
        raw: setting.raw,
        file,
        line,
        from,
        known: setting.known,
        problem,
    }
}

/// A list of objects.
///
/// # Errors
/// Only if a value cannot be serialised, which would be a defect.
pub fn json(rows: &[Row]) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(rows)? + "\n")
}

/// Options by host, service and section, with the place of each.
pub fn human(rows: &[Row], exact: Option<Release>, release: u16, palette: Palette) -> String {
    let mut out = String::new();
    let by = match exact {
        Some(release) => format!("read as {} ({})", release.name(), release.version()),
        None => format!("read as release {release}; give --release for another"),
    };
    let mut head = (String::new(), "");
    let mut section = String::new();
    for row in rows {
        if (row.host.as_str(), row.service) != (head.0.as_str(), head.1) || out.is_empty() {
            head = (row.host.clone(), row.service);
            section.clear();
            let gap = if out.is_empty() { "" } else { "\n" };
            let _ = writeln!(out, "{gap}{} {}", palette.strong(format!("{} nova-{}", row.host, row.service).trim()), palette.faint(&by));
        }
        if row.section != section {
            section.clone_from(&row.section);
            let _ = writeln!(out, "[{section}]");
        }
        let value = match (&row.value, &row.problem) {
            (Some(serde_json::Value::String(text)), _) => text.replace('\n', "\\n"),
            (Some(value), _) => value.to_string(),
            (None, Some(problem)) if row.known => format!("{} <- {problem}", row.raw.clone().unwrap_or_default().replace('\n', "\\n")),
            (None, _) => row.raw.clone().unwrap_or_default().replace('\n', "\\n"),
        };
        let place = match (&row.file, row.line) {
            (Some(file), Some(line)) => format!("{file}:{line}"),
            _ => row.from.to_owned(),
        };
        let ignored = if row.known { "" } else { "  (no service reads this)" };
        let _ = writeln!(out, "{} = {value}  {}{ignored}", row.option, palette.faint(&format!("# {place}")));
    }
    if rows.is_empty() {
        out.push_str("no option is set\n");
    }
    out
}

//! What nova sees, as a list for people and as JSON for machines; the rows come in with secrets redacted.

use super::Palette;
use super::wrap::clean;
use serde::Serialize;
use std::borrow::Cow;
use std::fmt::Write;

/// One option as one service of one host sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
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
    /// Why there is no value; `lint` says it in full, with the line.
    #[serde(skip)]
    pub problem: Option<String>,
}

/// A list of objects.
///
/// # Errors
/// Only if a value cannot be serialised, which would be a defect.
pub fn json(rows: &[Row]) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(rows)? + "\n")
}

/// Options by host, service and section, with the place of each. `by` says which release's rules they were read by.
pub fn human(rows: &[Row], by: &str, palette: Palette) -> String {
    if rows.is_empty() {
        return "no option is set\n".to_owned();
    }
    let mut out = String::new();
    for (services, rows) in views(rows) {
        let gap = if out.is_empty() { "" } else { "\n" };
        let services: Vec<String> = services.iter().map(|service| format!("nova-{service}")).collect();
        let head = format!("{} {}", rows[0].host, services.join(", "));
        let _ = writeln!(out, "{gap}{}  {}", palette.strong(head.trim()), palette.faint(by));
        let mut sorted: Vec<&Row> = rows.iter().collect();
        // as oslo's own sample does: DEFAULT first, and what no service reads in its section, too
        sorted.sort_by_key(|row| (row.section != "DEFAULT", &row.section));
        for section in sorted.chunk_by(|a, b| a.section == b.section) {
            let _ = writeln!(out, "[{}]", section[0].section);
            for row in section {
                line(&mut out, row, palette);
            }
        }
    }
    out
}

/// What each service sees; neighbours that see the same are one.
fn views(rows: &[Row]) -> Vec<(Vec<&'static str>, &[Row])> {
    let same = |a: &[Row], b: &[Row]| {
        let blind = |row: &Row| Row { service: "", ..row.clone() };
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| blind(a) == blind(b))
    };
    let mut views: Vec<(Vec<&'static str>, &[Row])> = Vec::new();
    for service in rows.chunk_by(|a, b| (&a.host, a.service) == (&b.host, b.service)) {
        match views.last_mut() {
            Some((services, known)) if same(known, service) => services.push(service[0].service),
            _ => views.push((vec![service[0].service], service)),
        }
    }
    views
}

fn line(out: &mut String, row: &Row, palette: Palette) {
    let raw = row.raw.as_deref().unwrap_or_default();
    let value: Cow<'_, str> = match (&row.value, &row.problem) {
        (Some(serde_json::Value::String(text)), _) => text.into(),
        (Some(value), _) => value.to_string().into(),
        (None, Some(problem)) if row.known => format!("{raw} <- {problem}").into(),
        (None, _) => raw.into(),
    };
    let value =
        if value.contains(char::is_control) { clean(&value.replace('\n', "\\n")).into_owned().into() } else { value };
    let mut place = String::from("# ");
    match (&row.file, row.line) {
        (Some(file), Some(line)) => place.extend([file, ":", &line.to_string()]),
        _ => place.push_str(row.from),
    }
    if !row.known {
        place.push_str(", unknown to this release");
    }
    for part in [&row.option, " = ", &value, "  ", &palette.faint(&place), "\n"] {
        out.push_str(part);
    }
}

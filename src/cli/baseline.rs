//! `--baseline`: an earlier report, and what it knows already.

use super::problem::Problem;
use crate::observe::discover::read;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

/// Largest report read, in bytes.
const LIMIT: u64 = 64 * 1024 * 1024;

/// What of a report counts here.
#[derive(Deserialize)]
struct Known {
    schema: u32,
    tool: Tool,
    findings: Vec<Fingerprint>,
}

#[derive(Deserialize)]
struct Tool {
    name: String,
}

#[derive(Deserialize)]
struct Fingerprint {
    fingerprint: String,
}

/// The fingerprints of every finding in a report of `--format json`.
///
/// # Errors
/// The file cannot be read, or is no such report.
pub(super) fn load(path: &Path) -> Result<BTreeSet<String>, Problem> {
    let problem = |what: &str| Problem::Bundle {
        path: path.display().to_string(),
        what: format!("no report of vncdoctor to compare with: {what}; lint --format json writes one"),
    };
    let bytes = read(path, LIMIT).map_err(Problem::Input)?;
    let report: Known = serde_json::from_slice(&bytes).map_err(|error| {
        problem(&match error.classify() {
            serde_json::error::Category::Data => "it holds no findings with fingerprints".to_owned(),
            _ => format!("no json at line {}, column {}", error.line(), error.column()),
        })
    })?;
    match (report.tool.name.as_str(), report.schema) {
        ("vncdoctor", 1) => Ok(report.findings.into_iter().map(|finding| finding.fingerprint).collect()),
        ("vncdoctor", schema) => Err(problem(&format!("it is of schema {schema}; schema 1 is read here"))),
        _ => Err(problem("another tool wrote it")),
    }
}

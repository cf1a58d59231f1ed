//! Schema 1 of `docs/report.schema.json`, one document.

use crate::finding::Report;

/// The whole report as JSON, ending in a newline.
///
/// # Errors
/// Only if a value cannot be serialised, which would be a defect.
pub fn render(report: &Report) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(report)? + "\n")
}

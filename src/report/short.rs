//! Broken steps and the verdict, with versions: for chat and tickets.

use super::{counts, place, release};
use crate::finding::{Report, Severity, Status};
use std::fmt::Write;

/// The short form.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{} {}  {}  release {}{}",
        report.tool.name,
        report.tool.version,
        report.started,
        release(report),
        report.target.token.as_ref().map(|token| format!("  token {token}")).unwrap_or_default()
    );
    for step in report.steps.iter().filter(|s| matches!(s.status, Status::Fail | Status::Warn | Status::Unknown)) {
        let reason = step.reason.as_deref().unwrap_or_default();
        let _ = writeln!(out, "{:>2} {} {}: {reason}", step.number, step.id, step.status.word());
    }
    for finding in report.findings.iter().filter(|finding| finding.severity >= Severity::Warning) {
        let place = place(finding).map(|place| format!(" ({place})")).unwrap_or_default();
        let _ = writeln!(out, "   {} {}: {}{place}", finding.severity.word(), finding.cause, finding.message);
    }
    let _ = writeln!(out, "verdict: {} ({})", report.verdict.message, counts(report));
    out
}

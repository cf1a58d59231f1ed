//! Broken steps and the verdict, with versions: for chat and tickets.

use super::wrap::clean;
use super::{Around, counts, place, release};
use crate::finding::{Report, Severity, Status};
use std::fmt::Write;

/// The short form: a line each, none of them wrapped.
pub fn render(report: &Report, around: &Around) -> String {
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
        // of a broken step the finding below says why
        let reason = step.reason.as_deref().filter(|_| step.status == Status::Unknown);
        let reason = reason.map(|reason| format!(": {}", clean(reason))).unwrap_or_default();
        let _ = writeln!(out, "{:>2} {} {}{reason}", step.number, step.id, step.status.word());
        findings(&mut out, report, Some(step.number));
    }
    if report.steps.is_empty() {
        findings(&mut out, report, None);
    }
    let sums = Some(counts(report)).filter(|sums| !sums.is_empty()).map(|sums| format!(" ({sums})"));
    let _ = writeln!(out, "verdict: {}{}", clean(&report.verdict.message), sums.unwrap_or_default());
    if let Some((when, command)) = around.next(report) {
        let _ = writeln!(out, "next, {when}: {}", clean(&command));
    }
    out
}

/// What was found, of one step or of all.
fn findings(out: &mut String, report: &Report, step: Option<u8>) {
    let wanted = |finding: &&crate::finding::Finding| {
        finding.severity >= Severity::Warning && step.is_none_or(|step| finding.step == step)
    };
    for finding in report.findings.iter().filter(wanted) {
        let place = place(finding).map(|place| format!(" ({place})")).unwrap_or_default();
        let words = clean(&format!("{}{place}", finding.message)).replace('\n', " ");
        let _ = writeln!(out, "   {} {}: {words}", finding.severity.word(), finding.cause);
    }
}

//! One format a file: each turns the same [`Report`] into text. Nothing is decided here and nothing is looked up.

mod alike;
mod around;
pub mod config;
pub mod diff;
pub mod explain;
mod flow;
pub mod github;
pub mod human;
pub mod json;
pub mod junit;
pub mod markdown;
mod mermaid;
mod palette;
pub mod sarif;
pub mod short;
pub mod svg;
mod wrap;
mod xml;

pub use around::Around;
pub use palette::Palette;

use crate::finding::{Confidence, Finding, Report, Severity, Status, Verdict};

/// What else it may be, a line a step: `step 14: token-expired, token-unknown (possible)`.
pub(crate) fn candidates(verdict: &Verdict, quoted: fn(&str) -> String) -> Vec<String> {
    let mut lines: Vec<(u8, Confidence, Vec<String>)> = Vec::new();
    for candidate in &verdict.candidates {
        let id = quoted(candidate.cause);
        match lines.iter_mut().find(|(step, sure, _)| (*step, *sure) == (candidate.step, candidate.confidence)) {
            Some((_, _, ids)) => ids.push(id),
            None => lines.push((candidate.step, candidate.confidence, vec![id])),
        }
    }
    let line =
        |(step, sure, ids): (u8, Confidence, Vec<String>)| format!("step {step}: {} ({})", ids.join(", "), sure.word());
    lines.into_iter().map(line).collect()
}

/// `2 failed, 1 warning, 8 passed, 3 blocked, 1 skipped`, leaving out what is nought.
pub(crate) fn counts(report: &Report) -> String {
    let steps = |status: Status| report.steps.iter().filter(|step| step.status == status).count();
    let new = |f: &&Finding| !f.known();
    let findings = |severity: Severity| report.findings.iter().filter(new).filter(|f| f.severity == severity).count();
    let mut parts = Vec::new();
    for (count, word) in [
        (steps(Status::Fail), "failed"),
        (steps(Status::Warn), "with a warning"),
        (steps(Status::Pass), "passed"),
        (steps(Status::Blocked), "blocked"),
        (steps(Status::Skipped), "skipped"),
        (steps(Status::Unknown), "unknown"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    let steps = parts.join(", ");
    let found = [Severity::Error, Severity::Warning, Severity::Note]
        .map(|severity| plural(findings(severity), severity.word()))
        .into_iter()
        .chain(set_aside(report))
        .flatten()
        .collect::<Vec<_>>()
        .join(", ");
    match (steps.is_empty(), found.is_empty()) {
        (true, true) => String::new(),
        (true, false) => found,
        (false, true) => format!("steps: {steps}"),
        (false, false) => format!("steps: {steps}; {found}"),
    }
}

/// `1 finding known from the baseline`, `2 findings ignored by comments`.
fn set_aside(report: &Report) -> [Option<String>; 2] {
    let known = report.findings.iter().filter(|finding| finding.known()).count();
    let known = plural(known, "finding").map(|text| format!("{text} known from the baseline"));
    let ignored = report.ignored.len();
    let comments = if ignored == 1 { "a comment" } else { "comments" };
    let ignored = plural(ignored, "finding").map(|text| format!("{text} ignored by {comments}"));
    [known, ignored]
}

fn plural(count: usize, word: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        _ => Some(format!("{count} {word}s")),
    }
}

/// `ctl1/nova.conf:12:1`, or the host alone, or nothing.
pub(crate) fn place(finding: &Finding) -> Option<String> {
    match (&finding.host, &finding.place) {
        (host, Some(place)) => {
            let file = format!("{}:{}:{}", place.file, place.line, place.column);
            Some(host.as_ref().map_or_else(|| file.clone(), |host| format!("{host} {file}")))
        }
        (Some(host), None) => Some(host.clone()),
        (None, None) => None,
    }
}

/// `queens (17.0.13, told by logs)`.
pub(crate) fn release(report: &Report) -> String {
    let release = &report.release;
    match (&release.name, release.number) {
        (Some(name), Some(number)) => {
            let version = release.version.clone().unwrap_or_else(|| number.to_string());
            format!("{name} ({version}, told by {})", release.from)
        }
        _ => "unknown (give --release)".into(),
    }
}

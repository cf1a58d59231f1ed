//! The report for a person whose console is down: quiet where all is well, generous where it is not.

use super::wrap::labelled;
use super::{Palette, counts, place, release};
use crate::finding::{Finding, Report, Status, StepResult};
use std::fmt::Write;

/// The human form. With `verbose` the evidence of healthy steps is shown too.
pub fn render(report: &Report, palette: Palette, verbose: u8) -> String {
    let mut out = String::new();
    head(&mut out, report, palette);
    for step in &report.steps {
        self::step(&mut out, report, step, palette, verbose);
    }
    if report.steps.is_empty() {
        for finding in &report.findings {
            self::finding(&mut out, finding, palette);
        }
    }
    unexamined(&mut out, report);
    verdict(&mut out, report, palette);
    out
}

fn head(out: &mut String, report: &Report, palette: Palette) {
    let token = report.target.token.as_ref().map(|token| format!("   token {token}")).unwrap_or_default();
    let _ = writeln!(
        out,
        "{} {}   release {}{token}   {}\n",
        palette.strong(report.tool.name),
        report.tool.version,
        release(report),
        report.started
    );
}

fn step(out: &mut String, report: &Report, step: &StepResult, palette: Palette, verbose: u8) {
    let reason = match (step.status, step.blocked_by) {
        (Status::Blocked, Some(by)) => format!("blocked by step {by}"),
        (Status::Skipped, _) => format!("skipped: {}", step.reason.as_deref().unwrap_or("no evidence")),
        (Status::Unknown, _) => format!("unknown: {}", step.reason.as_deref().unwrap_or("no evidence")),
        // the finding below says it in full
        (Status::Fail | Status::Warn, _) => step.title.to_owned(),
        _ => step.reason.clone().unwrap_or_default(),
    };
    let name = if step.status == Status::Fail { palette.strong(step.id) } else { step.id.to_owned() };
    let gap = " ".repeat(22usize.saturating_sub(step.id.len()));
    let line = format!(" {} {:>2} {name}{gap} {reason}", palette.symbol(step.status), step.number);
    let _ = writeln!(out, "{}", line.trim_end());
    if verbose > 0 || matches!(step.status, Status::Fail | Status::Unknown) {
        for seen in &step.evidence {
            labelled(out, 6, "seen", &sentence(seen));
        }
    }
    for finding in report.findings.iter().filter(|finding| finding.step == step.number) {
        self::finding(out, finding, palette);
    }
}

/// `10.0.0.11:11211 (asked from here for ctl1): refused`
fn sentence(seen: &crate::finding::StepEvidence) -> String {
    let mut text = String::new();
    if let Some(peer) = &seen.peer {
        text.push_str(peer);
        let aside: Vec<String> = [
            seen.from.as_ref().map(|from| format!("from {from}")),
            seen.for_host.as_ref().map(|host| format!("named by {host}")),
        ]
        .into_iter()
        .flatten()
        .collect();
        if !aside.is_empty() {
            let _ = write!(text, " ({})", aside.join(", "));
        }
        text.push_str(": ");
    }
    text.push_str(&seen.text);
    text
}

fn finding(out: &mut String, finding: &Finding, palette: Palette) {
    let indent = 6;
    let _ = writeln!(
        out,
        "{:indent$}{} {} ({})",
        "",
        palette.severity(finding.severity),
        palette.strong(finding.cause),
        finding.confidence.word()
    );
    labelled(out, indent, "cause", &finding.message);
    if let Some(place) = place(finding) {
        labelled(out, indent, "at", &place);
    }
    if let Some((place, source)) = finding.place.as_ref().and_then(|p| p.source.as_ref().map(|s| (p, s))) {
        for (offset, line) in source.lines().enumerate() {
            let _ = writeln!(out, "{:indent$}{:>8} | {line}", "", place.line as usize + offset);
        }
    }
    for seen in &finding.evidence {
        labelled(out, indent, "evidence", seen);
    }
    for related in &finding.related {
        let place = match (&related.host, &related.file, related.line) {
            (Some(host), Some(file), Some(line)) => format!("{host} {file}:{line}: "),
            (None, Some(file), Some(line)) => format!("{file}:{line}: "),
            (Some(host), ..) => format!("{host}: "),
            _ => String::new(),
        };
        labelled(out, indent, "also", &format!("{place}{}", related.message));
    }
    let remedy = &finding.remedy;
    if !remedy.text.is_empty() {
        labelled(out, indent, "remedy", &remedy.text);
    }
    for command in &remedy.commands {
        labelled(out, indent, "run", command);
    }
    if !remedy.restart.is_empty() {
        let costs = remedy.costs.map(|costs| format!(" ({costs})")).unwrap_or_default();
        labelled(out, indent, "restart", &format!("{}{costs}", remedy.restart.join(", ")));
    }
    if let Some(verify) = &remedy.verify {
        labelled(out, indent, "verify", verify);
    }
    labelled(out, indent, "see", &format!("vncdoctor explain {}", finding.cause));
}

fn unexamined(out: &mut String, report: &Report) {
    let names: Vec<&str> = report.hosts.iter().filter(|host| !host.examined).map(|host| host.name.as_str()).collect();
    if !names.is_empty() {
        out.push('\n');
        labelled(out, 0, "named", &format!("in the files, but not examined: {}", names.join(", ")));
    }
}

fn verdict(out: &mut String, report: &Report, palette: Palette) {
    out.push('\n');
    let verdict = &report.verdict;
    labelled(out, 0, "verdict", &verdict.message);
    for candidate in &verdict.candidates {
        let text = format!("step {}: {} ({})", candidate.step, candidate.cause, candidate.confidence.word());
        labelled(out, 0, "maybe", &text);
    }
    for provide in &verdict.provide {
        labelled(out, 0, "next", provide);
    }
    let _ = writeln!(out, "{:10}{}", "", palette.faint(&format!("{}; {} ms", counts(report), report.duration_ms)));
}

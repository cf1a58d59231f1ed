//! The report for a person whose console is down: quiet where all is well, generous where it is not.

use super::alike::alike;
use super::wrap::{WIDTH, beside, clean, command, cut, labelled};
use super::{Around, Palette, candidates, counts, place, release};
use crate::finding::{Finding, Place, Report, Status, StepEvidence, StepResult};
use std::fmt::Write;

/// Columns before the text of a finding.
const INDENT: usize = 6;

/// The human form. With `verbose` the evidence of healthy steps is shown too.
pub fn render(report: &Report, palette: Palette, verbose: u8, around: &Around) -> String {
    let mut out = String::new();
    head(&mut out, report, palette);
    for step in &report.steps {
        self::step(&mut out, report, step, palette, verbose, around);
    }
    if report.steps.is_empty() {
        for (index, group) in alike(report.findings.iter()).into_iter().enumerate() {
            if index > 0 {
                out.push('\n');
            }
            finding(&mut out, 0, &group, palette);
        }
        if !report.findings.is_empty() {
            out.push('\n');
        }
    } else {
        out.push('\n');
    }
    unexamined(&mut out, report);
    for finding in report.ignored.iter().filter(|_| verbose > 0) {
        let text = format!("{} {}", finding.cause, place(finding).unwrap_or_default());
        labelled(&mut out, 0, "ignored", &text);
    }
    for idle in &report.idle {
        labelled(&mut out, 0, "note", &idle.to_string());
    }
    if !report.idle.is_empty() || verbose > 0 && !report.ignored.is_empty() {
        out.push('\n');
    }
    if verbose > 0 {
        timeline(&mut out, report, palette);
    }
    verdict(&mut out, report, palette, around);
    out
}

fn head(out: &mut String, report: &Report, palette: Palette) {
    let token = report.target.token.as_ref().map(|token| format!("   token {token}")).unwrap_or_default();
    let rest = format!("{}   release {}{token}   {}", report.tool.version, release(report), report.started);
    let _ = writeln!(out, "{} {}\n", palette.strong(report.tool.name), palette.faint(&rest));
}

fn step(out: &mut String, report: &Report, step: &StepResult, palette: Palette, verbose: u8, around: &Around) {
    let reason = step.reason.as_deref();
    let said = match (step.status, step.blocked_by) {
        (Status::Blocked, Some(by)) => format!("blocked by step {by}"),
        (Status::Skipped, _) => format!("skipped: {}", reason.unwrap_or("no evidence")),
        (Status::Unknown, _) => format!("unknown: {}", reason.unwrap_or("no evidence")),
        // the finding below says why
        (Status::Fail, _) => "fails".to_owned(),
        (Status::Warn, _) => "works, with something worth mending".to_owned(),
        _ => reason.unwrap_or_default().to_owned(),
    };
    let gap = " ".repeat(22usize.saturating_sub(step.id.len()));
    let name = if step.status == Status::Fail { palette.strong(step.id) } else { step.id.to_owned() };
    let quiet = matches!(step.status, Status::Blocked | Status::Skipped);
    let name = if quiet { palette.faint(&name) } else { name };
    let lead = format!(" {} {:>2} {name}{gap} ", palette.symbol(step.status), step.number);
    beside(out, &lead, 29, &said);
    if verbose > 0 || matches!(step.status, Status::Fail | Status::Unknown) {
        for seen in &step.evidence {
            labelled(out, INDENT, "seen", &sentence(seen, verbose));
        }
    }
    for group in alike(report.findings.iter().filter(|finding| finding.step == step.number)) {
        finding(out, INDENT, &group, palette);
    }
    if step.status == Status::Unknown {
        match step.settle {
            Some(wanted) => {
                labelled(out, INDENT, "settle", wanted.what);
                command(out, INDENT, "next", &around.with(wanted.argument));
            }
            None => command(out, INDENT, "next", &format!("vncdoctor explain {}", step.id)),
        }
    }
}

/// `10.0.0.11:11211 (from here, named by ctl1): refused`
fn sentence(seen: &StepEvidence, verbose: u8) -> String {
    let mut text = String::new();
    if let Some(peer) = &seen.peer {
        text.push_str(peer);
        let aside: Vec<String> = [
            seen.from.as_ref().map(|from| format!("from {from}")),
            seen.for_host.as_ref().filter(|host| !host.is_empty()).map(|host| format!("named by {host}")),
            seen.because.as_ref().filter(|_| verbose > 0).map(|because| format!("because {because}")),
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

/// A finding, and where else the same is found.
fn finding(out: &mut String, indent: usize, group: &[&Finding], palette: Palette) {
    let [finding, others @ ..] = group else { return };
    let known = if finding.known() { ", known from the baseline" } else { "" };
    let sure = palette.faint(&format!("({}{known})", finding.confidence.word()));
    let severity = palette.severity(finding.severity);
    let _ = writeln!(out, "{:indent$}{severity} {} {sure}", "", palette.strong(finding.cause));
    labelled(out, indent, "cause", &finding.message);
    if let Some(place) = place(finding) {
        labelled(out, indent, "at", &place);
    }
    if let Some(place) = &finding.place {
        quote(out, indent, place, palette);
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
    for line in &remedy.commands {
        command(out, indent, "run", line);
    }
    if !remedy.restart.is_empty() {
        let costs = remedy.costs.map(|costs| format!(" ({costs})")).unwrap_or_default();
        labelled(out, indent, "restart", &format!("{}{costs}", remedy.restart.join(", ")));
    }
    if let Some(verify) = &remedy.verify {
        labelled(out, indent, "verify", verify);
    }
    labelled(out, indent, "see", &format!("vncdoctor explain {}", finding.cause));
    for place in others.iter().filter_map(|other| place(other)) {
        labelled(out, indent, "same at", &place);
    }
}

/// The source line, with the piece at fault underlined where it stands on one line.
fn quote(out: &mut String, indent: usize, place: &Place, palette: Palette) {
    let Some(source) = &place.source else { return };
    let lead = indent + 13;
    let width = WIDTH - lead;
    for (offset, line) in source.lines().enumerate() {
        let _ = writeln!(out, "{:indent$}{:>10} | {}", "", place.line as usize + offset, cut(line, width));
    }
    let single = place.line == place.end_line && source.lines().count() == 1;
    let start = (place.column as usize).saturating_sub(1);
    let room = source.chars().count().min(width).saturating_sub(start);
    let length = (place.end_column.saturating_sub(place.column) as usize).min(room);
    if single && length > 0 {
        let carets = palette.strong(&"^".repeat(length));
        let _ = writeln!(out, "{:indent$}{:>10} | {:start$}{carets}", "", "", "");
    }
}

fn unexamined(out: &mut String, report: &Report) {
    let names: Vec<&str> = report.hosts.iter().filter(|host| !host.examined).map(|host| host.name.as_str()).collect();
    if !names.is_empty() {
        labelled(out, 0, "unseen", &format!("named in the files, examined by nobody: {}", names.join(", ")));
        out.push('\n');
    }
}

/// When each probe began, how long it took, who was asked what.
fn timeline(out: &mut String, report: &Report, palette: Palette) {
    if report.timeline.is_empty() {
        return;
    }
    let _ = writeln!(out, "{}", palette.strong("timeline"));
    for moment in &report.timeline {
        let seconds = |millis: u64| millis as f64 / 1000.0;
        let lead =
            format!("  {:>7.3} s  {:>7.3} s  {}  ", seconds(moment.after), seconds(moment.millis), clean(&moment.peer));
        let room = WIDTH.saturating_sub(lead.chars().count()).max(20);
        let _ = writeln!(out, "{lead}{}", palette.faint(&cut(&clean(&moment.what), room)));
    }
    out.push('\n');
}

fn verdict(out: &mut String, report: &Report, palette: Palette, around: &Around) {
    let verdict = &report.verdict;
    let (word, column) = (palette.verdict(verdict.status, "verdict"), 10);
    beside(out, format_args!("{word}   "), column, &verdict.message);
    for text in candidates(verdict, str::to_owned) {
        labelled(out, 0, if verdict.cause.is_some() { "also" } else { "maybe" }, &text);
    }
    let seconds = report.duration_ms as f64 / 1000.0;
    let sums = format!("{}   {seconds:.1} s   exit {}", counts(report), around.exit);
    let sums = sums.trim_start();
    let _ = writeln!(out, "{:column$}{}", "", palette.faint(sums));
    let asks = matches!(verdict.status, Status::Fail | Status::Unknown);
    for provide in verdict.provide.iter().skip(usize::from(asks)) {
        let text = format!("{}: {}", provide.what, provide.argument);
        labelled(out, 0, "more", &text);
    }
    if let Some((when, line)) = around.next(report) {
        labelled(out, 0, "next", &format!("{when}:"));
        let _ = writeln!(out, "{:column$}{}", "", palette.strong(&clean(&line)));
    }
}

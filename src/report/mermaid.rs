//! The same picture as a Mermaid sequence diagram, for the Markdown report.
//!
//! Tickets do not show every picture: GitHub and GitLab take data URIs and inline SVG out of what people paste, and a file
//! beside the report is not there when only its text is copied. A fence of Mermaid is drawn by both, needs no file, and
//! where nothing draws it (Redmine) it stays a list of who talks to whom that can be read.

use super::flow::{Era, Lane, hop, status, told};
use super::wrap::{broken, cut};
use crate::finding::{Report, Status, StepResult};
use std::fmt::Write;

/// Columns of a note: over one party it grows with its text, over two it does not.
const NOTE: usize = 56;
/// The longest reason in a note, in characters.
const REASON: usize = 220;

/// The diagram of the steps, without its fence.
pub(super) fn diagram(report: &Report) -> String {
    let era = Era::of(report);
    let mut out = String::from("sequenceDiagram\n");
    for lane in Lane::ALL {
        let _ = writeln!(out, "  participant {} as {}", name(lane), lane.label(era));
    }
    for step in &report.steps {
        let (from, to) = hop(step.number, era);
        let state = status(report, step.number).unwrap_or(step.status);
        let _ =
            writeln!(out, "  {}{}{}: {} {} {}", name(from), arrow(state), name(to), sign(state), step.number, step.id);
        if let Some(reason) = reason(report, step, state) {
            let lines: Vec<String> = broken(&cut(&reason, REASON), NOTE).map(escaped).collect();
            let _ = writeln!(out, "  Note over {}: {}", name(from), lines.join("<br/>"));
        }
    }
    out
}

/// Why a step is broken, or may be.
fn reason(report: &Report, step: &StepResult, state: Status) -> Option<String> {
    if !matches!(state, Status::Fail | Status::Warn | Status::Unknown) {
        return None;
    }
    match told(report, step.number).first() {
        Some(finding) => Some(format!("{}: {}", finding.cause, finding.message.replace('\n', " "))),
        None => step.reason.as_ref().map(|reason| reason.replace('\n', " ")),
    }
}

const fn name(lane: Lane) -> &'static str {
    match lane {
        Lane::Browser => "browser",
        Lane::Api => "api",
        Lane::Compute => "compute",
        Lane::Libvirt => "libvirt",
        Lane::Keeper => "keeper",
        Lane::Store => "store",
        Lane::Proxy => "proxy",
        Lane::Vnc => "vnc",
    }
}

const fn arrow(status: Status) -> &'static str {
    match status {
        Status::Pass | Status::Warn => "->>",
        Status::Fail => "-x",
        Status::Blocked | Status::Skipped | Status::Unknown => "-->>",
    }
}

const fn sign(status: Status) -> &'static str {
    match status {
        Status::Pass => "✔",
        Status::Warn => "⚠",
        Status::Fail => "✘",
        Status::Blocked => "⋯",
        Status::Skipped => "–",
        Status::Unknown => "❓",
    }
}

/// Text in a diagram: whatever the language could take for its own becomes a numbered character.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() || " .,:/-_()[]=+*'?!|…→·".contains(c) {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_a_diagram_would_obey_is_escaped() {
        assert_eq!(
            escaped("a; b#1 %%{init}%% <b> `x` $$y$$"),
            "a#59; b#35;1 #37;#37;#123;init#125;#37;#37; #60;b#62; #96;x#96; #36;#36;y#36;#36;"
        );
    }
}

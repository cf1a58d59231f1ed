//! Annotations of GitHub Actions: a workflow command a finding, on stdout of a step, shown at the line in a pull request.
//!
//! What the runner reads: `::error file=…,line=…::words`, with `%`, CR and LF escaped everywhere, `:` and `,` in properties
//! too. It takes columns only where a finding ends on the line it begins on.

use super::wrap::clean;
use crate::finding::{Finding, Report, Severity, Status};
use std::fmt::Write;

/// The annotations, a line each.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        annotation(&mut out, finding);
    }
    if report.findings.is_empty() && report.verdict.status == Status::Unknown {
        let _ = writeln!(out, "::notice title=vncdoctor {}::{}", report.command, data(&report.verdict.message));
    }
    out
}

fn annotation(out: &mut String, finding: &Finding) {
    let (level, known) = match finding.severity {
        _ if finding.known() => ("notice", " (known from the baseline)"),
        Severity::Error => ("error", ""),
        Severity::Warning => ("warning", ""),
        Severity::Note => ("notice", ""),
    };
    let _ = write!(out, "::{level} ");
    if let Some(place) = &finding.place {
        let _ = write!(out, "file={},line={},", property(&place.file), place.line);
        if place.line == place.end_line {
            let _ = write!(out, "col={},", place.column);
        }
        let _ = write!(out, "endLine={},", place.end_line);
        if place.line == place.end_line {
            let _ = write!(out, "endColumn={},", place.end_column);
        }
    }
    let mut words = finding.message.clone();
    if !finding.remedy.text.is_empty() {
        let _ = write!(words, "\nremedy: {}", finding.remedy.text);
    }
    let _ = writeln!(out, "title={}{known}::{}", property(finding.cause), data(&words));
}

/// What stands behind the last `::`.
fn data(text: &str) -> String {
    clean(text).replace('%', "%25").replace('\n', "%0A")
}

/// The value of a property; a line break in it is part of a path.
fn property(text: &str) -> String {
    let text =
        text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").replace(':', "%3A").replace(',', "%2C");
    clean(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn what_would_end_a_command_is_escaped() {
        assert_eq!(data("50%\n::error::x\r\u{1b}[0m"), "50%25%0A::error::x\u{fffd}\u{fffd}[0m");
        assert_eq!(property("a:b,c%\r\nd"), "a%3Ab%2Cc%25%0D%0Ad");
    }
}

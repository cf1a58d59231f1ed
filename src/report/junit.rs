//! JUnit's XML, as GitLab, Jenkins and Zuul's log viewers read it: a suite for each step (`check`) or each file (`lint`,
//! `logs`), a case for each finding, and one that passes where nothing was found.
//!
//! A case fails exactly if its finding makes the exit code 1, so that the report is red when the job is.

use super::xml::escaped;
use super::{Around, place};
use crate::finding::{Finding, Report, Status};
use std::collections::HashMap;
use std::fmt::Write;

/// The whole document.
pub fn render(report: &Report, around: &Around) -> String {
    let suites = if report.steps.is_empty() { by_file(report, around) } else { by_step(report, around) };
    let sum = |count: fn(&Suite) -> usize| suites.iter().map(count).sum::<usize>();
    let seconds = report.duration_ms as f64 / 1000.0;
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuites name=\"vncdoctor {}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"{seconds:.3}\">",
        report.command,
        sum(|suite| suite.cases.len()),
        sum(|suite| suite.count(&Outcome::Failed)),
        sum(|suite| suite.count(&Outcome::Skipped)),
    );
    for suite in &suites {
        suite.write(&mut out, &report.started);
    }
    out.push_str("</testsuites>\n");
    out
}

struct Suite {
    name: String,
    cases: Vec<Case>,
}

struct Case {
    class: String,
    name: String,
    place: Option<(String, u32)>,
    outcome: Outcome,
    kind: &'static str,
    message: String,
    text: String,
}

#[derive(PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    Skipped,
}

/// The steps in order, with what was found in each.
fn by_step(report: &Report, around: &Around) -> Vec<Suite> {
    let suites = report.steps.iter().map(|step| {
        let found = report.findings.iter().filter(|finding| finding.step == step.number);
        let mut cases: Vec<Case> = found.map(|finding| case(step.id, finding, around)).collect();
        let reason = step.reason.clone().unwrap_or_default();
        let outcome = match step.status {
            Status::Pass => Some(Outcome::Passed),
            Status::Blocked | Status::Skipped | Status::Unknown => Some(Outcome::Skipped),
            // the findings say it
            Status::Fail | Status::Warn => None,
        };
        if let Some(outcome) = outcome {
            let (class, name) = (step.id.to_owned(), step.title.to_owned());
            let kind = step.status.word();
            cases.push(Case { class, name, place: None, outcome, kind, message: reason, text: String::new() });
        }
        Suite { name: format!("{:02} {}", step.number, step.id), cases }
    });
    suites.collect()
}

/// The files in the order read, with what was found in each, and last what stands in none.
fn by_file(report: &Report, around: &Around) -> Vec<Suite> {
    let mut suites: Vec<Suite> = Vec::new();
    let mut index: HashMap<&str, usize> = HashMap::new();
    let read = report.hosts.iter().flat_map(|host| &host.files).map(String::as_str);
    let found = report.findings.iter().filter_map(|finding| Some(finding.place.as_ref()?.file.as_str()));
    for file in read.chain(found) {
        index.entry(file).or_insert_with(|| {
            suites.push(Suite { name: file.to_owned(), cases: Vec::new() });
            suites.len() - 1
        });
    }
    let mut elsewhere = Suite { name: "in no file".to_owned(), cases: Vec::new() };
    for finding in &report.findings {
        let file = finding.place.as_ref().map(|place| place.file.as_str());
        let suite = file.and_then(|file| suites.get_mut(*index.get(file)?)).unwrap_or(&mut elsewhere);
        suite.cases.push(case(file.unwrap_or("vncdoctor"), finding, around));
    }
    for suite in suites.iter_mut().filter(|suite| suite.cases.is_empty()) {
        let (class, name) = (suite.name.clone(), report.command.to_owned());
        let place = None;
        let (outcome, message, text) = (Outcome::Passed, String::new(), String::new());
        suite.cases.push(Case { class, name, place, outcome, kind: "pass", message, text });
    }
    suites.extend(Some(elsewhere).filter(|suite| !suite.cases.is_empty()));
    suites
}

/// One finding. Its name stays the same when lines move, so that a server can follow it.
fn case(class: &str, finding: &Finding, around: &Around) -> Case {
    let mut name = finding.cause.to_owned();
    for part in [&finding.host, &finding.service].into_iter().flatten() {
        let _ = write!(name, " {part}");
    }
    if let Some(place) = &finding.place {
        match (&place.section, &place.option) {
            (Some(section), Some(option)) => drop(write!(name, " [{section}] {option}")),
            _ => drop(write!(name, " line {}", place.line)),
        }
    }
    let outcome = match finding {
        _ if finding.known() => Outcome::Skipped,
        _ if around.fails(finding) => Outcome::Failed,
        _ => Outcome::Passed,
    };
    let known = if finding.known() { "known from the baseline: " } else { "" };
    Case {
        class: class.to_owned(),
        name,
        place: finding.place.as_ref().map(|place| (place.file.clone(), place.line)),
        outcome,
        kind: finding.severity.word(),
        message: format!("{known}{}", finding.message),
        text: text(finding),
    }
}

/// All that is said of a finding, for who opens the case.
fn text(finding: &Finding) -> String {
    let mut lines = vec![format!("{} ({}): {}", finding.severity.word(), finding.confidence.word(), finding.message)];
    lines.extend(place(finding).map(|place| format!("at: {place}")));
    lines.extend(finding.place.as_ref().and_then(|place| place.source.clone()));
    lines.extend(finding.evidence.iter().map(|seen| format!("evidence: {seen}")));
    for related in &finding.related {
        let at = [related.host.clone(), related.file.clone(), related.line.map(|line| line.to_string())];
        let at: Vec<String> = at.into_iter().flatten().collect();
        lines.push(format!("also: {} {}", at.join(":"), related.message));
    }
    let remedy = &finding.remedy;
    lines.extend(Some(&remedy.text).filter(|text| !text.is_empty()).map(|text| format!("remedy: {text}")));
    lines.extend(remedy.commands.iter().map(|command| format!("run: {command}")));
    if !remedy.restart.is_empty() {
        lines.push(format!("restart: {}", remedy.restart.join(", ")));
    }
    lines.extend(remedy.verify.as_ref().map(|verify| format!("verify: {verify}")));
    lines.push(format!("see: vncdoctor explain {}", finding.cause));
    lines.join("\n")
}

impl Suite {
    fn count(&self, outcome: &Outcome) -> usize {
        self.cases.iter().filter(|case| case.outcome == *outcome).count()
    }

    fn write(&self, out: &mut String, started: &str) {
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"0\" timestamp=\"{}\">",
            escaped(&self.name),
            self.cases.len(),
            self.count(&Outcome::Failed),
            self.count(&Outcome::Skipped),
            escaped(started.trim_end_matches('Z')),
        );
        for case in &self.cases {
            case.write(out);
        }
        out.push_str("  </testsuite>\n");
    }
}

impl Case {
    fn write(&self, out: &mut String) {
        let _ = write!(out, "    <testcase classname=\"{}\" name=\"{}\"", escaped(&self.class), escaped(&self.name));
        if let Some((file, line)) = &self.place {
            let _ = write!(out, " file=\"{}\" line=\"{line}\"", escaped(file));
        }
        out.push_str(" time=\"0\"");
        // in an element a line break stays one
        let (message, text) = (escaped(&self.message), escaped(&self.text).replace("&#10;", "\n"));
        match self.outcome {
            Outcome::Passed if self.text.is_empty() => out.push_str("/>\n"),
            Outcome::Passed => {
                let _ = writeln!(out, ">\n      <system-out>{text}</system-out>\n    </testcase>");
            }
            Outcome::Failed => {
                let kind = self.kind;
                let _ = writeln!(
                    out,
                    ">\n      <failure type=\"{kind}\" message=\"{message}\">{text}</failure>\n    </testcase>"
                );
            }
            Outcome::Skipped => {
                let _ = writeln!(out, ">\n      <skipped message=\"{message}\"/>\n    </testcase>");
            }
        }
    }
}

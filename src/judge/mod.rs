//! Pure functions of evidence: no I/O, no clock, no colour. A `case` is derived from the evidence, causes look for what
//! is wrong, steps say what was seen, and the verdict ties them together.

mod case;
pub mod causes;
mod find;
pub mod flow;
mod hosts;
mod verdict;
mod words;

use crate::evidence::Evidence;
use crate::evidence::target::TargetKind;
use crate::finding::{Finding, ReleaseSummary, Report, StepResult, TargetSummary, Tool};
use case::Case;

/// Which steps and causes the user wants to hear of; empty lists are everything.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Ids of steps and causes to report.
    pub only: Vec<String>,
    /// Ids of steps and causes to leave out.
    pub skip: Vec<String>,
}

impl Selection {
    fn takes(&self, finding: &Finding) -> bool {
        let named = |ids: &[String]| {
            ids.iter().any(|id| id == finding.cause || flow::step(finding.step).is_some_and(|step| step.meta.id == id))
        };
        (self.only.is_empty() || named(&self.only)) && !named(&self.skip)
    }
}

/// Judges evidence as `check` does: all fifteen steps, in order.
pub fn check(evidence: &Evidence, selection: &Selection) -> Report {
    let case = Case::new(evidence);
    let findings = findings(&case, selection);
    let steps = flow::assemble(&case, &findings);
    report("check", &case, steps, findings)
}

/// Judges evidence as `lint` and `logs` do: findings alone.
pub fn findings_only(command: &'static str, evidence: &Evidence, selection: &Selection) -> Report {
    let case = Case::new(evidence);
    let findings = findings(&case, selection);
    report(command, &case, Vec::new(), findings)
}

fn findings(case: &Case, selection: &Selection) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for cause in &causes::CAUSES {
        let more = (cause.detect)(case, &found);
        found.extend(more);
    }
    found.retain(|finding| selection.takes(finding));
    found.sort_by(|a, b| {
        (a.step, std::cmp::Reverse(a.severity), std::cmp::Reverse(a.confidence)).cmp(&(
            b.step,
            std::cmp::Reverse(b.severity),
            std::cmp::Reverse(b.confidence),
        ))
    });
    found
}

fn report(command: &'static str, case: &Case, steps: Vec<StepResult>, findings: Vec<Finding>) -> Report {
    let evidence = case.evidence;
    Report {
        schema: 1,
        tool: Tool { name: "vncdoctor", version: env!("CARGO_PKG_VERSION") },
        command,
        started: rfc3339(evidence.began),
        duration_ms: ((evidence.ended - evidence.began).max(0.0) * 1000.0) as u64,
        release: release(case),
        target: TargetSummary {
            kind: if evidence.target.kind == TargetKind::None { "none" } else { evidence.target.kind.word() },
            token: evidence.target.token.as_ref().map(|token| token.short().to_owned()),
        },
        hosts: hosts::hosts(case),
        verdict: verdict::verdict(case, &steps, &findings),
        steps,
        findings,
    }
}

fn release(case: &Case) -> ReleaseSummary {
    let exact = case.releases.exact;
    ReleaseSummary {
        number: exact.map(|release| release.number),
        name: exact.map(|release| release.name().to_owned()),
        version: exact.filter(|release| release.point.is_some()).map(|release| release.version()),
        from: case.releases.from,
    }
}

/// RFC 3339 in UTC, whole seconds.
fn rfc3339(seconds: f64) -> String {
    jiff::Timestamp::from_second(seconds as i64).map(|stamp| stamp.to_string()).unwrap_or_default()
}

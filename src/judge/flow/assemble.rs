//! Lays findings over what the steps saw: a step with an error fails, one with a warning warns, and what stands behind a
//! failed step without having been seen to work is blocked by it.

use super::STEPS;
use crate::finding::{Finding, Provide, Severity, Status, StepResult};
use crate::judge::case::Case;

/// All fifteen results, in order.
pub(crate) fn assemble(case: &Case, findings: &[Finding]) -> Vec<StepResult> {
    let mut results: Vec<StepResult> = Vec::with_capacity(STEPS.len());
    for step in &STEPS {
        let meta = step.meta;
        let view = (step.judge)(case);
        let counts = |f: &&Finding| f.step == meta.number && !f.known();
        let worst = findings.iter().filter(counts).max_by_key(|f| (f.severity, f.confidence));
        let mut result = StepResult {
            number: meta.number,
            id: meta.id,
            title: meta.title,
            status: view.status,
            reason: Some(view.reason).filter(|reason| !reason.is_empty()),
            blocked_by: None,
            duration_ms: view.millis,
            evidence: view.evidence,
            settle: None,
        };
        match worst {
            Some(finding) if finding.severity == Severity::Error => {
                result.status = Status::Fail;
                result.reason = Some(finding.message.clone());
            }
            Some(finding) if finding.severity == Severity::Warning => {
                result.status = Status::Warn;
                result.reason = Some(finding.message.clone());
            }
            _ => {}
        }
        results.push(result);
    }
    block(&mut results);
    for result in &mut results {
        result.settle = (result.status == Status::Unknown).then(|| settle(case, result.number)).flatten();
    }
    results
}

/// Marks what could not be reached. Dependency counts, not the number; the root of a chain is named.
fn block(results: &mut [StepResult]) {
    for step in &STEPS {
        let index = usize::from(step.meta.number) - 1;
        if results[index].status.judged() {
            continue;
        }
        let root = step.meta.needs.iter().find_map(|&needed| {
            let needed = results.get(usize::from(needed).checked_sub(1)?)?;
            match needed.status {
                Status::Fail => Some(needed.number),
                Status::Blocked => needed.blocked_by,
                _ => None,
            }
        });
        if let Some(root) = root {
            results[index].status = Status::Blocked;
            results[index].blocked_by = Some(root);
            results[index].reason = Some(format!("step {root} is broken"));
        }
    }
}

/// What would tell more of a step that was looked at in vain: from step 9 on the services' own words, and the options
/// that name the peers.
fn settle(case: &Case, number: u8) -> Option<Provide> {
    let hosts = &case.evidence.hosts;
    let no_logs = hosts.iter().all(|host| host.logs.is_empty());
    let no_files = hosts.iter().all(|host| host.files.is_empty());
    match number {
        1..=8 | 11 if case.asks_server() => no_logs.then_some(Provide::LOGS),
        1..=8 | 11 => (!case.handed_out()).then_some(Provide::URL).or(no_files.then_some(Provide::CONFIG)),
        _ if no_logs => Some(Provide::LOGS),
        _ => no_files.then_some(Provide::CONFIG),
    }
}

//! Pure functions of evidence: no I/O, no clock, no colour. A `case` is derived from the evidence, causes look for what
//! is wrong, steps say what was seen, and the verdict ties them together.

mod case;
pub mod causes;
mod find;
pub mod flow;
mod hosts;
mod ignore;
mod selection;
mod timeline;
mod verdict;
mod words;

pub use selection::{Files, Selection};

use crate::evidence::Evidence;
use crate::evidence::target::TargetKind;
use crate::finding::{CauseMeta, Finding, Idle, Need, ReleaseSummary, Report, StepResult, TargetSummary, Tool};
use case::Case;

/// Judges evidence as `check` does: all fifteen steps, in order.
pub fn check(evidence: &Evidence, selection: &Selection) -> Report {
    let case = Case::new(evidence);
    let findings = findings(&case, selection);
    let steps = flow::assemble(&case, &findings.told);
    report("check", &case, steps, findings)
}

/// Judges evidence as `lint` and `logs` do: findings alone.
pub fn findings_only(command: &'static str, evidence: &Evidence, selection: &Selection) -> Report {
    let case = Case::new(evidence);
    let findings = findings(&case, selection);
    report(command, &case, Vec::new(), findings)
}

/// What was found, and what comments say about it.
struct Found {
    told: Vec<Finding>,
    ignored: Vec<Finding>,
    idle: Vec<Idle>,
}

fn findings(case: &Case, selection: &Selection) -> Found {
    let mut found: Vec<Finding> = Vec::new();
    let in_files_alone = case.evidence.is_configuration();
    for cause in causes::CAUSES {
        if in_files_alone && !cause.meta.needs.contains(&Need::Config) {
            // it cannot be seen there
            continue;
        }
        let mut more = (cause.detect)(case, &found);
        more.retain(|finding| is_known(case, &cause.meta, finding));
        found.extend(more);
    }
    let idle = ignore::idle(case.evidence, &found);
    found.retain(|finding| selection.takes(finding));
    found.sort_by(|a, b| {
        (a.step, std::cmp::Reverse(a.severity), std::cmp::Reverse(a.confidence)).cmp(&(
            b.step,
            std::cmp::Reverse(b.severity),
            std::cmp::Reverse(b.confidence),
        ))
    });
    let (mut told, mut ignored) = ignore::part(case.evidence, found);
    selection.mark(told.iter_mut().chain(&mut ignored));
    Found { told, ignored, idle }
}

/// Of releases whose options are not known (12 to 14) configuration is judged by what is known of the token store alone.
fn is_known(case: &Case, cause: &CauseMeta, finding: &Finding) -> bool {
    let Some(release) = case.releases.exact.filter(|release| !release.knows_options()) else { return true };
    let first = cause.releases.split('-').next().and_then(|number| number.parse::<u16>().ok());
    let is_config = |file: &str| case.hosts.iter().any(|view| view.host.files.iter().any(|other| other.path == file));
    first.is_none_or(|first| first <= release.number)
        || finding.place.as_ref().is_some_and(|place| !is_config(&place.file))
}

fn report(command: &'static str, case: &Case, steps: Vec<StepResult>, found: Found) -> Report {
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
        verdict: verdict::verdict(case, &steps, &found.told),
        steps,
        findings: found.told,
        timeline: timeline::timeline(evidence),
        ignored: found.ignored,
        idle: found.idle,
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

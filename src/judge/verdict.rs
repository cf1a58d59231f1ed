//! Steps and findings in one sentence: the first broken step and its likeliest cause.
//!
//! Errors that are certain or likely come before possible ones; among them the first step counts. When nothing better than
//! two or more possible ones remains, none is chosen and all are named.

use super::case::Case;
use super::flow::step;
use super::words::list;
use crate::evidence::target::TargetKind;
use crate::evidence::websocket::WebsocketEnd;
use crate::finding::{Candidate, Confidence, Finding, Provide, Severity, Status, StepResult, Verdict};

pub(super) fn verdict(case: &Case, steps: &[StepResult], findings: &[Finding]) -> Verdict {
    let mut verdict = of(case, steps, findings);
    // of these releases a linter knows less than of others
    let is_lint = steps.is_empty() && case.hosts.iter().any(|view| !view.host.files.is_empty());
    if let Some(release) = case.releases.exact.filter(|release| is_lint && !release.knows_options()) {
        let limit = format!("; of {release} the token store alone is judged, its options are not known here");
        verdict.message.push_str(&limit);
    }
    verdict
}

fn of(case: &Case, steps: &[StepResult], findings: &[Finding]) -> Verdict {
    let counts = |finding: &&Finding| finding.severity == Severity::Error && !finding.known();
    let mut errors: Vec<&Finding> = findings.iter().filter(counts).collect();
    errors.sort_by_key(|finding| (finding.step, std::cmp::Reverse(finding.confidence)));
    let firm: Vec<&Finding> = errors.iter().filter(|f| f.confidence > Confidence::Possible).copied().collect();
    match (firm.first(), errors.as_slice()) {
        (None, [only]) if !only.between.is_empty() => undecided(case, only),
        (Some(first), _) => failed(case, first, &others(&firm, first)),
        (None, [only]) => failed(case, only, &[]),
        (None, []) => sound(case, steps, findings),
        (None, several) if several.iter().all(|finding| finding.cause == several[0].cause) => {
            failed(case, several[0], &[])
        }
        (None, several) => open(case, several),
    }
}

fn others<'f>(firm: &[&'f Finding], first: &Finding) -> Vec<&'f Finding> {
    firm.iter().filter(|finding| finding.cause != first.cause).copied().collect()
}

fn failed(case: &Case, first: &Finding, others: &[&Finding]) -> Verdict {
    let id = step(first.step).map_or("", |step| step.meta.id);
    let likely = match first.confidence {
        Confidence::Certain => "fails",
        Confidence::Likely => "most likely fails",
        Confidence::Possible => "may be what fails",
    };
    let mut provide = Vec::new();
    if first.confidence == Confidence::Possible {
        provide = missing(case);
    }
    Verdict {
        status: Status::Fail,
        step: Some(first.step),
        cause: Some(first.cause),
        message: format!("step {} ({id}) {likely}: {}", first.step, first.message),
        candidates: candidates(others),
        provide,
    }
}

fn open(case: &Case, several: &[&Finding]) -> Verdict {
    let mut names: Vec<String> =
        several.iter().map(|finding| format!("step {} ({})", finding.step, finding.cause)).collect();
    names.dedup();
    Verdict {
        status: Status::Fail,
        step: None,
        cause: None,
        message: format!("the console does not open, and the evidence does not part {}", list(&names)),
        candidates: candidates(several),
        provide: missing(case),
    }
}

/// One finding that something is broken, and several causes that it may be.
fn undecided(case: &Case, only: &Finding) -> Verdict {
    let mut provide = missing(case);
    if case.evidence.upgrades.iter().any(|seen| matches!(seen.saw.end, Some(WebsocketEnd::Silent { .. }))) {
        provide.insert(0, Provide::PATIENCE);
    }
    Verdict {
        status: Status::Fail,
        step: None,
        cause: None,
        message: format!("the console does not open: {}", only.message),
        candidates: only.between.clone(),
        provide,
    }
}

fn sound(case: &Case, steps: &[StepResult], findings: &[Finding]) -> Verdict {
    let new = || findings.iter().filter(|finding| !finding.known());
    let worst = new().map(|finding| finding.severity).max();
    let judged = steps.iter().filter(|step| step.number >= 8 && step.status.judged()).count();
    let opens = steps.iter().any(|step| step.number == 15 && step.status == Status::Pass);
    let tried = (!case.evidence.upgrades.is_empty() || stuck(case)) && !opens;
    let vain = steps.iter().find(|step| tried && step.number >= 12 && step.status == Status::Unknown);
    let (status, message) = match worst {
        _ if vain.is_some() => {
            let reason = vain.and_then(|step| step.reason.as_deref()).unwrap_or("nothing says why");
            (Status::Unknown, format!("the console was tried and did not open; seen is only: {reason}"))
        }
        Some(Severity::Warning) => {
            let first = new().find(|finding| finding.severity == Severity::Warning);
            let text = first.map(|finding| finding.message.clone()).unwrap_or_default();
            (Status::Warn, format!("nothing seen breaks a console; worth mending: {text}"))
        }
        None if silent(case) => {
            (Status::Unknown, "nothing could be judged: no line of a console service in the logs".to_owned())
        }
        _ if steps.is_empty() && new().count() < findings.len() => (Status::Pass, "nothing new found".to_owned()),
        _ if steps.is_empty() => (Status::Pass, "nothing found".to_owned()),
        _ if judged == 0 => (Status::Unknown, "nothing could be judged: no evidence of steps 8 to 15".to_owned()),
        _ if opens => (Status::Pass, "the console opens".to_owned()),
        _ => (Status::Pass, "nothing wrong in what was seen".to_owned()),
    };
    let whole = opens || steps.is_empty() && status != Status::Unknown;
    let provide = if whole { Vec::new() } else { missing(case) };
    Verdict { status, step: None, cause: None, message, candidates: Vec::new(), provide }
}

/// The newest session of the token that was asked about dialled the VNC server, and its log says neither that the security
/// handshake was finished, which a proxy of Queens (17) or newer writes, nor why not.
fn stuck(case: &Case) -> bool {
    let spoken = case.releases.candidates.iter().all(|release| *release >= 17);
    case.evidence.target.token.is_some()
        && spoken
        && case
            .sessions
            .last()
            .is_some_and(|view| view.session.host.is_some() && !view.session.worked && view.session.end.is_none())
}

/// Logs are all there is, and none of them has a line of nova's console services.
fn silent(case: &Case) -> bool {
    let hosts = || case.hosts.iter().map(|view| view.host);
    let mut logs = hosts().flat_map(|host| &host.logs).peekable();
    hosts().all(|host| host.files.is_empty())
        && logs.peek().is_some()
        && logs.all(|log| log.events.is_empty() && log.roles.is_empty())
}

fn candidates(findings: &[&Finding]) -> Vec<Candidate> {
    let mut list: Vec<Candidate> = findings
        .iter()
        .map(|finding| Candidate { step: finding.step, cause: finding.cause, confidence: finding.confidence })
        .collect();
    list.dedup();
    list
}

/// What was not given and would settle more, the most telling first.
fn missing(case: &Case) -> Vec<Provide> {
    let evidence = case.evidence;
    let mut wanted = Vec::new();
    if matches!(evidence.target.kind, TargetKind::None | TargetKind::Token) {
        wanted.push(Provide::URL);
    }
    if evidence.hosts.iter().all(|host| host.files.is_empty()) {
        wanted.push(Provide::CONFIG);
    }
    if evidence.hosts.iter().all(|host| host.logs.is_empty()) {
        wanted.push(Provide::LOGS);
    }
    if case.releases.exact.is_none() {
        wanted.push(Provide::RELEASE);
    }
    wanted
}

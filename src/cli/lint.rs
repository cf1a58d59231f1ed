//! `vncdoctor lint`: judge configuration files only; nobody is dialled.
//!
//! Files that were named for hosts, and those behind `--config`, are judged together as one site. Each positional path
//! without a name is judged alone: two files of unknown hosts say nothing about each other.

use super::again::Again;
use super::args::{Lint, Target};
use super::check::evidence;
use super::exit::Exit;
use super::mend::Mender;
use super::output;
use super::problem::Problem;
use super::select::selection;
use super::sites::sites;
use crate::evidence::Evidence;
use crate::finding::{Candidate, Confidence, Report, Severity, Status};
use crate::judge;

pub(super) async fn run(args: &Lint) -> Result<Exit, Problem> {
    let selection = selection(&args.selection)?;
    let again = Again::new("lint", &args.paths, &args.inputs);
    let mut mender = Mender::new(args)?;
    let mut reports = Vec::new();
    for site in sites(args)? {
        let mut evidence = configuration(evidence(&site, &Target::default(), None).await?);
        mender.mend(&mut evidence, &selection)?;
        reports.push(judge::findings_only("lint", &evidence, &selection));
    }
    let Some(report) = join(reports) else {
        return Err(Problem::Usage("lint: name a nova.conf or a directory of them".to_owned()));
    };
    let exit = Exit::of(&report, args.selection.fail_on);
    mender.write()?;
    if args.mend.diff {
        output::write(&mender.diff(), args.output.output.as_deref())?;
        return Ok(exit);
    }
    output::report(&report, &args.output, &again.read("when mended", exit))?;
    Ok(exit)
}

/// Configuration only, also of a bundle that holds more.
fn configuration(mut evidence: Evidence) -> Evidence {
    evidence.memcached.clear();
    evidence.pages.clear();
    evidence.upgrades.clear();
    evidence.vnc.clear();
    for host in &mut evidence.hosts {
        host.logs.clear();
        host.processes.clear();
        host.processes_seen = false;
    }
    evidence
}

/// Several reports as one: the verdict is that of the first broken step.
fn join(reports: Vec<Report>) -> Option<Report> {
    let count = reports.len();
    let mut reports = reports.into_iter();
    let mut whole = reports.next()?;
    for other in reports {
        whole.duration_ms += other.duration_ms;
        if whole.release != other.release {
            whole.release.number = None;
            whole.release.name = None;
            whole.release.version = None;
            whole.release.from = "unknown";
        }
        whole.hosts.extend(other.hosts);
        whole.findings.extend(other.findings);
        let rank = |report: &Status, step: Option<u8>| match report {
            Status::Fail => (0, step),
            Status::Warn => (1, step),
            _ => (2, step),
        };
        let (old, new) = (&whole.verdict, &other.verdict);
        if rank(&new.status, new.step) < rank(&old.status, old.step) {
            whole.verdict = other.verdict;
        }
    }
    if count > 1 {
        whole.verdict.candidates = others(&whole);
    }
    Some(whole)
}

/// The errors that the verdict does not name.
fn others(report: &Report) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    let firm = report.verdict.cause.is_some();
    for finding in report.findings.iter().filter(|finding| finding.severity == Severity::Error) {
        let candidate = Candidate { step: finding.step, cause: finding.cause, confidence: finding.confidence };
        let wanted = !firm || candidate.confidence > Confidence::Possible;
        if wanted && report.verdict.cause != Some(finding.cause) && !candidates.contains(&candidate) {
            candidates.push(candidate);
        }
    }
    candidates
}

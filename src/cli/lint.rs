//! `vncdoctor lint`: judge configuration files only; nobody is dialled.
//!
//! Files that were named for hosts, and those behind `--config`, are judged together as one site. Each positional path
//! without a name is judged alone: two files of unknown hosts say nothing about each other.

use super::again::Again;
use super::args::{Inputs, Lint, Target};
use super::exit::Exit;
use super::looked::examined;
use super::mend::Mender;
use super::output;
use super::problem::Problem;
use super::select::Choice;
use super::settings::Settings;
use super::sites::sites;
use crate::evidence::Evidence;
use crate::finding::{Candidate, Confidence, Report, Severity, Status};
use crate::judge;
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Sites that a thread takes at once.
const BATCH: usize = 16;

pub(super) fn run(args: &Lint, settings: Settings) -> Result<Exit, Problem> {
    let choice = Choice::new(&args.selection, settings)?;
    let again = Again::new("lint", &args.paths, &args.inputs).settings(&args.selection);
    let sites = sites(args)?;
    let mut mender = Mender::new(args)?;
    let mut reports = Vec::new();
    if args.mend.diff || args.mend.fix {
        for site in &sites {
            let mut evidence = seen(site, &choice)?;
            mender.mend(&mut evidence, &choice.selection)?;
            reports.push(judge::findings_only("lint", &evidence, &choice.selection));
        }
    } else {
        reports = judged(&sites, &choice)?;
    }
    let Some(report) = join(reports) else {
        return Err(Problem::Usage("lint: name a nova.conf or a directory of them".to_owned()));
    };
    let exit = Exit::of(&report, choice.fail_on);
    mender.write()?;
    if args.mend.diff {
        output::write(&mender.diff(), args.output.to.output.as_deref())?;
        return Ok(exit);
    }
    output::report(&report, &args.output, &again.read("when mended", exit, choice.fail_on))?;
    // the program ends: to free thousands of findings one by one takes longer than to write them
    std::mem::forget((sites, report));
    Ok(exit)
}

/// A report of each site, in order.
fn judged(sites: &[Inputs], choice: &Choice) -> Result<Vec<Report>, Problem> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if threads < 2 || sites.len() <= BATCH {
        return judged_in_turn(sites, choice);
    }
    let batches: Vec<&[Inputs]> = sites.chunks(BATCH).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some((nth, batch)) = Some(next.fetch_add(1, Relaxed)).and_then(|nth| Some((nth, batches.get(nth)?))) {
            done.push((nth, judged_in_turn(batch, choice)));
        }
        done
    };
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        for other in others {
            done.extend(other.join().map_err(|_| Problem::Defect("a thread of lint ended early".to_owned()))?);
        }
        Ok::<_, Problem>(done)
    })?;
    done.sort_unstable_by_key(|(nth, _)| *nth);
    let mut reports = Vec::with_capacity(sites.len());
    for (_, batch) in done {
        reports.extend(batch?);
    }
    Ok(reports)
}

fn judged_in_turn(sites: &[Inputs], choice: &Choice) -> Result<Vec<Report>, Problem> {
    let judge = |site| Ok(judge::findings_only("lint", &seen(site, choice)?, &choice.selection));
    sites.iter().map(judge).collect()
}

/// What there is to be judged of a site.
fn seen(site: &Inputs, choice: &Choice) -> Result<Evidence, Problem> {
    let mut evidence = configuration(examined(site, &Target::default())?);
    choice.settle(site, &mut evidence)?;
    Ok(evidence)
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
        whole.ignored.extend(other.ignored);
        whole.idle.extend(other.idle);
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
        // a peer that many files name is one host
        let mut named = HashSet::new();
        whole.hosts.retain(|host| host.examined || named.insert(host.name.clone()));
    }
    Some(whole)
}

/// The errors that the verdict does not name.
fn others(report: &Report) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    let firm = report.verdict.cause.is_some();
    let errors = report.findings.iter().filter(|finding| finding.severity == Severity::Error && !finding.known());
    for finding in errors {
        let candidate = Candidate { step: finding.step, cause: finding.cause, confidence: finding.confidence };
        let wanted = !firm || candidate.confidence > Confidence::Possible;
        if wanted && report.verdict.cause != Some(finding.cause) && !candidates.contains(&candidate) {
            candidates.push(candidate);
        }
    }
    candidates
}

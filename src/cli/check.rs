//! `vncdoctor check`: walk the fifteen steps.

use super::again::Again;
use super::args::{Check, FailOn, Inputs, Target};
use super::exit::Exit;
use super::looked::gathered;
use super::output;
use super::problem::Problem;
use super::select::Choice;
use super::settings::Settings;
use crate::evidence::Evidence;
use crate::judge;
use std::path::Path;
use std::time::Duration;

/// Pause between two rounds of `--wait`.
const PAUSE: Duration = Duration::from_secs(3);

pub(super) async fn run(args: &Check, settings: Settings) -> Result<Exit, Problem> {
    let choice = Choice::new(&args.selection, settings)?;
    if args.wait && !changes(&args.inputs, &args.target) && args.network.cloud.server.is_none() {
        return Err(Problem::Usage("--wait: a bundle never changes; give --config, --log or --url too".to_owned()));
    }
    if let Some(file) = &args.screenshot {
        may_be_written(file)?;
        if !changes(&args.inputs, &args.target) && args.network.cloud.server.is_none() {
            return Err(Problem::Usage("--screenshot: a bundle holds no console; give --url too".to_owned()));
        }
    }
    loop {
        let told = choice.told(&args.inputs)?;
        let mut evidence =
            gathered(&args.inputs, &args.target, &args.network, told, args.screenshot.as_deref()).await?;
        choice.settle(&args.inputs, &mut evidence)?;
        let report = judge::check(&evidence, &choice.selection);
        let exit = Exit::of(&report, choice.fail_on);
        if args.wait && !healthy(&report, choice.fail_on) {
            output::say(&format!("not yet: {}", report.verdict.message));
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        let again = Again::new("check", &[], &args.inputs).settings(&args.selection);
        let around = again.checked(&args.inputs, &args.target, &args.network, exit, choice.fail_on);
        output::report(&report, &args.output, &around)?;
        if args.screenshot.is_some() {
            pictured(&evidence)?;
        }
        return Ok(exit);
    }
}

/// A picture that can be written nowhere need not be taken.
fn may_be_written(file: &Path) -> Result<(), Problem> {
    let problem = |why: &str| Err(Problem::Write { path: file.display().to_string(), why: why.to_owned() });
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match file {
        _ if file.is_dir() => problem("is a directory"),
        _ if !folder.is_dir() => problem("no such file or directory"),
        _ => Ok(()),
    }
}

/// A picture that was asked for and is not there is told on stderr; one that could not be written is a problem.
fn pictured(evidence: &Evidence) -> Result<(), Problem> {
    let Some(picture) = evidence.picture.as_ref().map(|seen| &seen.saw) else { return Ok(()) };
    if let Some(error) = &picture.unwritten {
        return Err(Problem::Write { path: picture.file.clone(), why: error.clone() });
    }
    if picture.problem.is_some() {
        output::say(&picture.words());
    }
    Ok(())
}

/// What `--wait` waits for: nothing found, and something judged. That nothing fails the exit code does not end the wait.
fn healthy(report: &crate::finding::Report, fail_on: FailOn) -> bool {
    let fail_on = if fail_on == FailOn::Never { FailOn::Error } else { fail_on };
    Exit::of(report, fail_on) == Exit::Healthy
}

/// Whether another look may see something else.
fn changes(inputs: &Inputs, target: &Target) -> bool {
    inputs.bundle.is_empty() || !inputs.config.is_empty() || !inputs.log.is_empty() || target.url.is_some()
}

//! `vncdoctor check`: walk the fifteen steps.

use super::again::Again;
use super::args::{Check, FailOn, Inputs, Network, Target};
use super::exit::Exit;
use super::inputs::request;
use super::output;
use super::problem::Problem;
use super::select::Choice;
use crate::console::release::Release;
use crate::evidence::{Evidence, bundle};
use crate::judge;
use crate::observe::gather;
use std::time::Duration;

/// Pause between two rounds of `--wait`.
const PAUSE: Duration = Duration::from_secs(3);

pub(super) async fn run(args: &Check) -> Result<Exit, Problem> {
    let choice = Choice::new(&args.selection)?;
    if args.wait && !changes(&args.inputs, &args.target) {
        return Err(Problem::Usage("--wait: a bundle never changes; give --config, --log or --url too".to_owned()));
    }
    loop {
        let mut evidence =
            evidence(&args.inputs, &args.target, Some(&args.network), choice.told(&args.inputs)?).await?;
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
        return Ok(exit);
    }
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

/// What was saved, or what is seen now, or both. `told` is the release where the inputs name none.
pub(super) async fn evidence(
    inputs: &Inputs,
    target: &Target,
    network: Option<&Network>,
    told: Option<Release>,
) -> Result<Evidence, Problem> {
    let mut request = request(inputs, target, network)?;
    request.release = request.release.or(told);
    let mut saved = Vec::new();
    for path in &inputs.bundle {
        saved.push(load(path)?);
    }
    let looks =
        request.this_machine || !request.configs.is_empty() || !request.logs.is_empty() || request.target.url.is_some();
    if !looks && !saved.is_empty() {
        return Ok(bundle::merge(saved, &request.target_evidence(), request.release));
    }
    let seen = gather(&request).await?;
    if saved.is_empty() {
        return Ok(seen);
    }
    let target = seen.target.clone();
    saved.push(seen);
    Ok(bundle::merge(saved, &target, request.release))
}

fn load(path: &std::path::Path) -> Result<Evidence, Problem> {
    let problem = |what: String| Problem::Bundle { path: path.display().to_string(), what };
    let bytes = crate::observe::discover::read(path, bundle::LIMIT).map_err(Problem::Input)?;
    bundle::load(&bytes).map_err(problem)
}

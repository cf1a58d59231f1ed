//! `vncdoctor check`: walk the fifteen steps.

use super::again::Again;
use super::args::{Check, FailOn, Inputs, Target};
use super::exit::Exit;
use super::looked::gathered;
use super::output;
use super::problem::Problem;
use super::select::Choice;
use super::settings::Settings;
use crate::judge;
use std::time::Duration;

/// Pause between two rounds of `--wait`.
const PAUSE: Duration = Duration::from_secs(3);

pub(super) async fn run(args: &Check, settings: Settings) -> Result<Exit, Problem> {
    let choice = Choice::new(&args.selection, settings)?;
    if args.wait && !changes(&args.inputs, &args.target) && args.network.cloud.server.is_none() {
        return Err(Problem::Usage("--wait: a bundle never changes; give --config, --log or --url too".to_owned()));
    }
    loop {
        let told = choice.told(&args.inputs)?;
        let mut evidence = gathered(&args.inputs, &args.target, &args.network, told).await?;
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

//! `vncdoctor logs`: read service logs and follow tokens across controllers.

use super::again::Again;
use super::args::{Inputs, Logs};
use super::exit::Exit;
use super::looked::examined;
use super::output;
use super::problem::Problem;
use super::select::Choice;
use super::settings::Settings;
use crate::judge;

pub(super) fn run(args: &Logs, settings: Settings) -> Result<Exit, Problem> {
    let choice = Choice::new(&args.selection, settings)?;
    let again = Again::new("logs", &args.paths, &args.inputs).target(&args.target).settings(&args.selection);
    let mut inputs = Inputs {
        config: args.inputs.config.clone(),
        log: args.paths.clone(),
        bundle: args.inputs.bundle.clone(),
        release: args.inputs.release.clone(),
    };
    inputs.log.extend(args.inputs.log.iter().cloned());
    if inputs.log.is_empty() && inputs.bundle.is_empty() {
        return Err(Problem::Usage("logs: name a log file or a directory of them".to_owned()));
    }
    let mut evidence = examined(&inputs, &args.target)?;
    choice.settle(&inputs, &mut evidence)?;
    let report = judge::findings_only("logs", &evidence, &choice.selection);
    let exit = Exit::of(&report, choice.fail_on);
    output::report(&report, &args.output, &again.read("when mended, after another try", exit, choice.fail_on))?;
    Ok(exit)
}

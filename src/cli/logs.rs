//! `vncdoctor logs`: read service logs and follow tokens across controllers.

use super::again::Again;
use super::args::{Inputs, Logs};
use super::check::evidence;
use super::exit::Exit;
use super::output;
use super::problem::Problem;
use super::select::selection;
use crate::judge;

pub(super) async fn run(args: &Logs) -> Result<Exit, Problem> {
    let selection = selection(&args.selection)?;
    let again = Again::new("logs", &args.paths, &args.inputs).target(&args.target);
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
    let evidence = evidence(&inputs, &args.target, None).await?;
    let report = judge::findings_only("logs", &evidence, &selection);
    let exit = Exit::of(&report, args.selection.fail_on);
    output::report(&report, &args.output, &again.read("when mended, after another try", exit))?;
    Ok(exit)
}

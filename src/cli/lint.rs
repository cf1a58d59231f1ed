//! `vncdoctor lint`: judge configuration files only; nobody is dialled.

use super::args::{Inputs, Lint, Target};
use super::check::evidence;
use super::exit::Exit;
use super::output;
use super::problem::Problem;
use super::select::selection;
use crate::judge;

pub(super) async fn run(args: &Lint) -> Result<Exit, Problem> {
    let selection = selection(&args.selection)?;
    let mut inputs = Inputs {
        config: args.paths.clone(),
        log: Vec::new(),
        bundle: args.inputs.bundle.clone(),
        release: args.inputs.release.clone(),
    };
    inputs.config.extend(args.inputs.config.iter().cloned());
    if inputs.config.is_empty() && inputs.bundle.is_empty() {
        return Err(Problem::Usage("lint: name a nova.conf or a directory of them".to_owned()));
    }
    let mut evidence = evidence(&inputs, &Target::default(), None).await?;
    // configuration only, also of a bundle that holds more
    evidence.memcached.clear();
    evidence.pages.clear();
    evidence.upgrades.clear();
    evidence.vnc.clear();
    for host in &mut evidence.hosts {
        host.logs.clear();
        host.processes.clear();
        host.processes_seen = false;
    }
    let report = judge::findings_only("lint", &evidence, &selection);
    output::report(&report, &args.output)?;
    Ok(Exit::of(&report, args.selection.fail_on))
}

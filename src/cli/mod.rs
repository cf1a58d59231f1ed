//! One verb a file. A verb turns its arguments into a request, has it looked at and judged, and hands the report to a
//! format; nothing is decided here.

mod args;
mod check;
mod collect;
mod config;
mod exit;
mod explain;
mod inputs;
mod lint;
mod logs;
mod output;
mod problem;
mod select;

pub use args::Cli;
pub use exit::Exit;
pub use problem::Problem;

use args::Verb;
use std::future::Future;

/// Runs the verb of a parsed command line and says how the program ends.
///
/// # Errors
/// Usage, or a named input that cannot be opened or is not what it claims; and defects.
pub fn run(cli: &Cli) -> Result<Exit, Problem> {
    match &cli.verb {
        Verb::Check(args) => interruptible(check::run(args)),
        Verb::Lint(args) => interruptible(lint::run(args)),
        Verb::Logs(args) => interruptible(logs::run(args)),
        Verb::Config(args) => config::run(args),
        Verb::Collect(args) => interruptible(collect::run(args)),
        Verb::Explain(args) => explain::run(args),
    }
}

/// Runs a verb that waits for peers, until it is done or the user interrupts it.
fn interruptible(verb: impl Future<Output = Result<Exit, Problem>>) -> Result<Exit, Problem> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Problem::Defect(format!("cannot start the runtime: {error}")))?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = verb => outcome,
            _ = tokio::signal::ctrl_c() => Ok(Exit::Interrupted),
        }
    });
    // a name that is still being resolved must not hold the program
    runtime.shutdown_background();
    outcome
}

//! One verb a file. A verb turns its arguments into a request, has it looked at and judged, and hands the report to a
//! format; nothing is decided here.

mod again;
mod args;
mod baseline;
mod check;
mod collect;
mod config;
mod exit;
mod explain;
mod inputs;
mod interrupt;
mod lint;
mod logs;
mod looked;
mod mend;
mod output;
mod problem;
mod select;
mod settings;
mod sites;
mod usage;

pub use args::Cli;
pub use exit::Exit;
pub use problem::Problem;
pub use usage::misused;

use args::Verb;
use settings::Settings;
use std::future::Future;

/// Runs the verb of a parsed command line and says how the program ends.
///
/// # Errors
/// Usage, or a named input that cannot be opened or is not what it claims; and defects.
pub fn run(cli: Cli) -> Result<Exit, Problem> {
    match cli.verb {
        Verb::Check(mut args) => {
            let settings = Settings::load(&args.selection)?;
            settings.fill(&mut args.inputs);
            interruptible(async move { Box::pin(check::run(&args, settings)).await })
        }
        Verb::Lint(mut args) => {
            let settings = Settings::load(&args.selection)?;
            if args.paths.is_empty() {
                settings.fill(&mut args.inputs);
            }
            interrupt::ends()?;
            lint::run(&args, settings)
        }
        Verb::Logs(mut args) => {
            let settings = Settings::load(&args.selection)?;
            if args.paths.is_empty() {
                settings.fill(&mut args.inputs);
            }
            interruptible(async move { logs::run(&args, settings) })
        }
        Verb::Config(args) => config::run(&args),
        Verb::Collect(args) => interruptible(async move { collect::run(&args).await }),
        Verb::Explain(args) => explain::run(&args),
    }
}

/// Runs a verb until it is done or the user interrupts it. The verb has a thread of its own, so that an interrupt counts
/// while a long file is being read, too.
fn interruptible<F>(verb: F) -> Result<Exit, Problem>
where
    F: Future<Output = Result<Exit, Problem>> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Problem::Defect(format!("cannot start the runtime: {error}")))?;
    let outcome = runtime.block_on(async {
        let interrupted = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
        let mut interrupted =
            interrupted.map_err(|error| Problem::Defect(format!("cannot listen for an interrupt: {error}")))?;
        tokio::select! {
            outcome = tokio::spawn(verb) => {
                outcome.unwrap_or_else(|_| Err(Problem::Defect("a thread of it ended early".to_owned())))
            }
            _ = interrupted.recv() => Ok(Exit::Interrupted),
        }
    });
    // a name that is still being resolved must not hold the program
    runtime.shutdown_background();
    outcome
}

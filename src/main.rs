//! Parses the command line, runs the verb, returns its exit code.

use clap::Parser;
use std::io::Write;
use std::process::ExitCode;
use vncdoctor::cli::{Cli, Exit, misused, run};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misused(&error).into(),
    };
    match std::panic::catch_unwind(|| run(cli)) {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(problem)) => {
            let _ = writeln!(std::io::stderr(), "vncdoctor: {}", problem.line());
            problem.exit().into()
        }
        Err(_) => {
            let _ =
                writeln!(std::io::stderr(), "vncdoctor: a defect of vncdoctor, please report it with the lines above");
            Exit::Defect.into()
        }
    }
}

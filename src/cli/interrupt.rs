//! An interrupt of a verb that waits for nobody: it needs no runtime, whose start takes longer than most of its runs.

use super::exit::Exit;
use super::problem::Problem;
use signal_hook::consts::SIGINT;
use signal_hook::flag::register_conditional_shutdown;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// From here on an interrupt ends the process with its exit code, whatever it does.
///
/// # Errors
/// The system does not let the process listen.
pub(super) fn ends() -> Result<(), Problem> {
    let always = Arc::new(AtomicBool::new(true));
    let code = i32::from(Exit::Interrupted.code());
    let listening = register_conditional_shutdown(SIGINT, code, always);
    listening.map(drop).map_err(|error| Problem::Defect(format!("cannot listen for an interrupt: {error}")))
}

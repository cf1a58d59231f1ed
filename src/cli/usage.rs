//! What the parser of the command line says, in one line.

use super::exit::Exit;
use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Says what is wrong with a command line, or prints the help that was asked for.
pub fn misused(error: &Error) -> Exit {
    use std::io::Write;
    let help = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    if help {
        let _ = error.print();
    } else {
        let _ = writeln!(std::io::stderr(), "vncdoctor: {}", line(error));
    }
    if error.use_stderr() { Exit::Usage } else { Exit::Healthy }
}

/// The message and its tip without the usage below them. A URL in a wrong place is not repeated: it holds a token.
fn line(error: &Error) -> String {
    if let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg)
        && argument.contains("://")
    {
        return "unexpected argument: a console url goes behind --url".to_owned();
    }
    let text = error.render().to_string();
    let parts: Vec<&str> = text
        .lines()
        .map(str::trim)
        .take_while(|part| !part.starts_with("Usage:") && !part.starts_with("For more information"))
        .filter(|part| !part.is_empty())
        .map(|part| part.trim_start_matches("error: ").trim_start_matches("tip: "))
        .collect();
    super::problem::one_line(&parts.join("; ").replace(":; ", ": "))
}

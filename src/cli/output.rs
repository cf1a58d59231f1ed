//! Hands a report to its format, and the text to stdout or a file.

use super::args::{Color, Format, Output, To};
use super::problem::Problem;
use crate::finding::{Report, StepMeta};
use crate::judge::causes::CAUSES;
use crate::judge::flow::STEPS;
use crate::report::{Around, Palette, github, human, json, junit, markdown, sarif, short, svg};
use std::io::{IsTerminal, Write};
use std::path::Path;

/// Renders and writes a report.
///
/// # Errors
/// The file cannot be written.
pub(super) fn report(report: &Report, output: &Output, around: &Around) -> Result<(), Problem> {
    let defect = |error: serde_json::Error| Problem::Defect(error.to_string());
    let text = match output.format {
        Format::Human => human::render(report, palette(&output.to), output.to.verbose, around),
        Format::Short => short::render(report, around),
        Format::Json => json::render(report).map_err(defect)?,
        Format::Sarif => {
            let causes: Vec<_> = CAUSES.iter().map(|cause| cause.meta).collect();
            sarif::render(report, &causes, &steps(), around).map_err(defect)?
        }
        Format::Junit => junit::render(report, around),
        Format::Github => github::render(report),
        Format::Markdown => markdown::render(report, around),
        Format::Svg => svg::render(report, &steps(), around),
    };
    // the forms for people have them in the report
    if !matches!(output.format, Format::Human | Format::Markdown) {
        for idle in &report.idle {
            say(&format!("note: {idle}"));
        }
    }
    write(&text, output.to.output.as_deref())
}

/// What is known of the fifteen.
fn steps() -> Vec<StepMeta> {
    STEPS.iter().map(|step| step.meta).collect()
}

/// Colours as the user wants them; `NO_COLOR` counts unless they are asked for.
pub(super) fn palette(to: &To) -> Palette {
    let colours = match to.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            to.output.is_none()
                && std::io::stdout().is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    };
    colored::control::set_override(colours);
    Palette::new(colours)
}

/// Writes text to a file, or to stdout; a reader that went away is no error.
pub(super) fn write(text: &str, path: Option<&Path>) -> Result<(), Problem> {
    if let Some(path) = path {
        return std::fs::write(path, text).map_err(|error| Problem::write(&path.display().to_string(), &error));
    }
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Problem::write("stdout", &error)),
        _ => Ok(()),
    }
}

/// Progress goes to stderr; a terminal that went away is no error.
pub(super) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "vncdoctor: {}", super::problem::one_line(text));
}

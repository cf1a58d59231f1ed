//! What is known of steps and causes: the list, one of either, and the list for machines.

use super::Palette;
use super::wrap::{beside, prose};
use crate::finding::{CauseMeta, StepMeta};
use serde::Serialize;
use std::fmt::Write;

/// Steps and the causes at home in each.
pub fn list(steps: &[StepMeta], causes: &[CauseMeta], palette: Palette) -> String {
    let mut out = String::new();
    for step in steps {
        let _ = writeln!(out, "{:>2} {}  {}", step.number, palette.strong(step.id), palette.faint(step.who));
        titles(&mut out, 5, causes.iter().filter(|cause| cause.home == step.number));
    }
    out.push_str("\nvncdoctor explain ID says more of a step or a cause.\n");
    out
}

/// One step.
pub fn step(step: &StepMeta, causes: &[CauseMeta], palette: Palette) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "step {}: {}\n{}\n", step.number, palette.strong(step.id), step.who);
    let _ = writeln!(out, "{}\n", prose(step.explanation));
    let home: Vec<&CauseMeta> = causes.iter().filter(|cause| cause.home == step.number).collect();
    if home.is_empty() {
        out.push_str("no cause is at home here yet\n");
    } else {
        out.push_str("why it fails:\n");
        titles(&mut out, 2, home.into_iter());
    }
    out
}

/// One cause.
pub fn cause(cause: &CauseMeta, palette: Palette) -> String {
    let needs: Vec<&str> = cause.needs.iter().map(|need| need.word()).collect();
    format!(
        "{}: {}\n\nspoils step {}; releases {}; at worst {}; seen in {}\n\n{}\n",
        palette.strong(cause.id),
        cause.title,
        cause.home,
        cause.releases,
        cause.severity.with_article(),
        needs.join(", "),
        prose(cause.explanation)
    )
}

/// Id and title, a cause a line or two.
fn titles<'m>(out: &mut String, indent: usize, causes: impl Iterator<Item = &'m CauseMeta>) {
    for cause in causes {
        beside(out, format_args!("{:indent$}{:<30} ", "", cause.id), indent + 31, cause.title);
    }
}

#[derive(Serialize)]
struct Lists<'m> {
    steps: &'m [StepMeta],
    causes: &'m [CauseMeta],
}

/// `{"steps": […], "causes": […]}`
///
/// # Errors
/// Only if a value cannot be serialised, which would be a defect.
pub fn list_json(steps: &[StepMeta], causes: &[CauseMeta]) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(&Lists { steps, causes })? + "\n")
}

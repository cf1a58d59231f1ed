//! What is known of steps and causes: the list, one of either, and the list for machines.

use super::Palette;
use crate::finding::{CauseMeta, StepMeta};
use serde::Serialize;
use std::fmt::Write;

/// Steps and the causes at home in each.
pub fn list(steps: &[StepMeta], causes: &[CauseMeta], palette: Palette) -> String {
    let mut out = String::new();
    for step in steps {
        let _ = writeln!(out, "{:>2} {}  {}", step.number, palette.strong(step.id), palette.faint(step.who));
        for cause in causes.iter().filter(|cause| cause.home == step.number) {
            let _ = writeln!(out, "     {:<30} {}", cause.id, cause.title);
        }
    }
    out.push_str("\nvncdoctor explain ID says more of a step or a cause.\n");
    out
}

/// One step.
pub fn step(step: &StepMeta, causes: &[CauseMeta], palette: Palette) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "step {}: {}\n{}\n", step.number, palette.strong(step.id), step.who);
    let _ = writeln!(out, "{}\n", step.explanation);
    let home: Vec<&CauseMeta> = causes.iter().filter(|cause| cause.home == step.number).collect();
    if home.is_empty() {
        out.push_str("no cause is at home here yet\n");
    } else {
        out.push_str("why it fails:\n");
        for cause in home {
            let _ = writeln!(out, "  {:<30} {}", cause.id, cause.title);
        }
    }
    out
}

/// One cause.
pub fn cause(cause: &CauseMeta, palette: Palette) -> String {
    let needs: Vec<&str> = cause.needs.iter().map(|need| need.word()).collect();
    format!(
        "{}: {}\n\nspoils step {}; releases {}; at worst an {}; seen in {}\n\n{}\n",
        palette.strong(cause.id),
        cause.title,
        cause.home,
        cause.releases,
        cause.severity.word(),
        needs.join(", "),
        cause.explanation
    )
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

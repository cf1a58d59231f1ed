//! `vncdoctor explain`: a step or a cause; without a name, the list of both.

use super::args::{Explain, ListFormat};
use super::exit::Exit;
use super::output;
use super::problem::Problem;
use super::select::unknown;
use crate::judge::causes::{CAUSES, cause};
use crate::judge::flow::{STEPS, step};
use crate::report::explain;

pub(super) fn run(args: &Explain) -> Result<Exit, Problem> {
    let steps: Vec<_> = STEPS.iter().map(|step| step.meta).collect();
    let causes: Vec<_> = CAUSES.iter().map(|cause| cause.meta).collect();
    let json = args.output.format == ListFormat::Json;
    let defect = |error: serde_json::Error| Problem::Defect(error.to_string());
    let palette = output::palette(&args.output.to);
    let text = match args.name.as_deref() {
        None if json => explain::list_json(&steps, &causes).map_err(defect)?,
        None => explain::list(&steps, &causes, palette),
        Some(name) => {
            let by_number = name.parse().ok().and_then(step);
            let found = by_number.or_else(|| STEPS.iter().find(|step| step.meta.id == name));
            match (found, cause(name)) {
                (Some(step), _) if json => explain::list_json(&[step.meta], &[]).map_err(defect)?,
                (Some(step), _) => explain::step(&step.meta, &causes, palette),
                (None, Some(cause)) if json => explain::list_json(&[], &[cause.meta]).map_err(defect)?,
                (None, Some(cause)) => explain::cause(&cause.meta, palette),
                (None, None) => return Err(unknown(name)),
            }
        }
    };
    output::write(&text, args.output.to.output.as_deref())?;
    Ok(Exit::Healthy)
}

//! `vncdoctor collect`: save redacted evidence to one file for `check --bundle`.

use super::args::Collect;
use super::exit::Exit;
use super::looked::gathered;
use super::output;
use super::problem::Problem;
use crate::evidence::bundle;

pub(super) async fn run(args: &Collect) -> Result<Exit, Problem> {
    let evidence = gathered(&args.inputs, &args.target, &args.network, None, None).await?;
    let text = bundle::save(&evidence).map_err(|error| Problem::Defect(error.to_string()))?;
    output::write(&text, args.output.as_deref())?;
    Ok(Exit::Healthy)
}

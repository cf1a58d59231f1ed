//! `--only` and `--skip`: ids of steps and causes, checked against what there is.

use super::args::Selection as Args;
use super::problem::Problem;
use crate::judge::Selection;
use crate::judge::causes::CAUSES;
use crate::judge::flow::STEPS;
use strsim::damerau_levenshtein;

/// The ids that the user wants to hear of.
///
/// # Errors
/// An unknown id, with the nearest one.
pub(super) fn selection(args: &Args) -> Result<Selection, Problem> {
    for id in args.only.iter().chain(&args.skip) {
        if !ids().any(|known| known == id) {
            return Err(unknown(id));
        }
    }
    Ok(Selection { only: args.only.clone(), skip: args.skip.clone() })
}

/// Every id of a step or a cause.
pub(super) fn ids() -> impl Iterator<Item = &'static str> {
    STEPS.iter().map(|step| step.meta.id).chain(CAUSES.iter().map(|cause| cause.meta.id))
}

/// Says that there is no such id, and which one may be meant.
pub(super) fn unknown(id: &str) -> Problem {
    let hint = nearest(id, ids())
        .map_or_else(|| "see the list: vncdoctor explain".to_owned(), |near| format!("did you mean {near:?}?"));
    Problem::Usage(format!("there is no step or cause {id:?}; {hint}"))
}

/// The word nearest to what was typed, if one is near.
pub(super) fn nearest<'w>(typed: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    words
        .map(|word| (damerau_levenshtein(typed, word), word))
        .filter(|(distance, word)| *distance <= (word.len() / 3).max(2))
        .min()
        .map(|(_, word)| word)
}

//! What is told and what fails: `--only`, `--skip`, `--fail-on` and `--baseline`, what the settings say of them, and the
//! comments in the files. Ids of steps and causes are checked against what there is. The command line wins.

use super::args::{FailOn, Inputs, Selection as Args};
use super::baseline;
use super::inputs::config_input;
use super::problem::Problem;
use super::settings::Settings;
use crate::console::release::Release;
use crate::evidence::Evidence;
use crate::judge::Selection;
use crate::judge::causes::CAUSES;
use crate::judge::flow::STEPS;
use crate::oslo::ini::Marker;
use strsim::damerau_levenshtein;

/// What a verb's report is made of.
#[derive(Debug)]
pub(super) struct Choice {
    /// What judge is to tell.
    pub(super) selection: Selection,
    /// The severity from which the exit code is 1.
    pub(super) fail_on: FailOn,
    settings: Settings,
}

impl Choice {
    /// What the arguments and the settings come to.
    ///
    /// # Errors
    /// An unknown id, with the nearest one; a baseline that cannot be used.
    pub(super) fn new(args: &Args, settings: Settings) -> Result<Self, Problem> {
        for id in args.only.iter().chain(&args.skip) {
            if !ids().any(|known| known == id) {
                return Err(unknown(id));
            }
        }
        let mut skip = args.skip.clone();
        // what is asked for by name is told, whatever the settings leave out
        if args.only.is_empty() {
            skip.extend(settings.skip.iter().cloned());
        }
        let path = args.baseline.as_ref().or(settings.baseline.as_ref());
        let baseline = path.map(|path| baseline::load(path)).transpose()?;
        let selection = Selection { only: args.only.clone(), skip, skip_in: settings.skip_in(), baseline };
        let fail_on = args.fail_on.or(settings.fail_on).unwrap_or(FailOn::Error);
        Ok(Self { selection, fail_on, settings })
    }

    /// The release that the settings say of the files named, before any is read.
    ///
    /// # Errors
    /// Two of them say two.
    pub(super) fn told(&self, inputs: &Inputs) -> Result<Option<Release>, Problem> {
        if inputs.release.is_some() || !inputs.bundle.is_empty() {
            return Ok(None);
        }
        let configs = inputs.config.iter().map(|text| config_input(text)).collect::<Result<Vec<_>, _>>()?;
        let paths: Vec<_> = configs.iter().map(|config| config.path.to_string_lossy()).collect();
        self.settings.release_of(paths.iter().map(AsRef::as_ref))
    }

    /// Fits evidence to be judged: the release that the settings say, where the command line says none; and checks the ids
    /// in its comments.
    ///
    /// # Errors
    /// A comment names what is no step or cause; two settings say two releases.
    pub(super) fn settle(&self, inputs: &Inputs, evidence: &mut Evidence) -> Result<(), Problem> {
        if inputs.release.is_none() && evidence.release.is_none() {
            let files = evidence.hosts.iter().flat_map(|host| &host.files).map(|file| file.path.as_str());
            evidence.release = self.settings.release_of(files)?;
        }
        comments(evidence)
    }
}

/// Every id that a comment ignores is one of a step or cause.
fn comments(evidence: &Evidence) -> Result<(), Problem> {
    for file in evidence.hosts.iter().flat_map(|host| &host.files) {
        for marker in &file.parsed.markers {
            let problem = |what: String| Problem::Usage(format!("{}:{}: the comment {what}", file.path, marker.line));
            if marker.misspelt {
                return Err(problem("asks vncdoctor for what it does not do; did you mean \"ignore\"?".to_owned()));
            }
            if marker.ids.is_empty() {
                return Err(problem("ignores nothing; name a cause: # vncdoctor: ignore CAUSE-ID".to_owned()));
            }
            for id in &marker.ids {
                if !ids().any(|known| known == id) {
                    return Err(problem(match nearest(id, ids()) {
                        Some(_) => format!("ignores what is not there: {}", no_such(id)),
                        // what is near to no id may be anything, a password too
                        None if id == Marker::NO_ID => {
                            "ignores a word that is no step or cause; a reason goes behind --".to_owned()
                        }
                        None => "ignores a word that is no step or cause; see the list: vncdoctor explain".to_owned(),
                    }));
                }
            }
        }
    }
    Ok(())
}

/// Every id of a step or a cause.
pub(super) fn ids() -> impl Iterator<Item = &'static str> {
    STEPS.iter().map(|step| step.meta.id).chain(CAUSES.iter().map(|cause| cause.meta.id))
}

/// Says that there is no such id, and which one may be meant.
pub(super) fn unknown(id: &str) -> Problem {
    Problem::Usage(no_such(id))
}

/// The same as words.
pub(super) fn no_such(id: &str) -> String {
    let hint = nearest(id, ids())
        .map_or_else(|| "see the list: vncdoctor explain".to_owned(), |near| format!("did you mean {near:?}?"));
    format!("there is no step or cause {id:?}; {hint}")
}

/// The word nearest to what was typed, if one is near.
pub(super) fn nearest<'w>(typed: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    words
        .map(|word| (damerau_levenshtein(typed, word), word))
        .filter(|(distance, word)| *distance <= (word.len() / 3).max(2))
        .min()
        .map(|(_, word)| word)
}

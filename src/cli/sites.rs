//! What `lint` judges together.
//!
//! Files that were named for hosts, and those behind `--config`, are one site. Each positional path without a name is judged
//! alone: two files of unknown hosts say nothing about each other. A directory is searched for everything of nova's; what
//! one set of programs reads there is a site of its own. Other services' files are counted and passed over, those that a shell's
//! pattern named among them.

use super::args::{Inputs, Lint};
use super::inputs::config_input;
use super::output;
use super::problem::{Problem, one_line};
use crate::observe::discover::{PathProblem, Survey, anothers, survey};
use std::path::{Path, PathBuf};

/// Most names of files in a line about them.
const NAMES: usize = 3;

/// What is judged together, in the order named.
///
/// # Errors
/// A directory that cannot be searched or holds nothing of nova's.
pub(super) fn sites(args: &Lint) -> Result<Vec<Inputs>, Problem> {
    let inputs = |config: Vec<String>| Inputs { config, release: args.inputs.release.clone(), ..Inputs::default() };
    let mut together = inputs(args.inputs.config.clone());
    together.bundle.clone_from(&args.inputs.bundle);
    let mut alone = Vec::new();
    let mut others = Vec::new();
    for path in &args.paths {
        let input = config_input(path)?;
        if !input.name.is_empty() {
            together.config.push(path.clone());
        } else if input.path.is_dir() {
            alone.extend(below(&input.path)?.into_iter().map(inputs));
        } else if let Some(of) = anothers(&input.path).filter(|_| input.path.exists()) {
            others.push((input.path, of));
        } else {
            alone.push(inputs(vec![path.clone()]));
        }
    }
    let nothing = together.config.is_empty() && together.bundle.is_empty() && alone.is_empty();
    if let (true, Some((path, of))) = (nothing, others.first()) {
        return Err(Problem::Input(PathProblem::Anothers { path: path.clone(), of }));
    }
    if !others.is_empty() {
        let paths: Vec<PathBuf> = others.into_iter().map(|(path, _)| path).collect();
        output::say(&one_line(&skipped("other file", &paths)));
    }
    let some = !together.config.is_empty() || !together.bundle.is_empty();
    Ok(some.then_some(together).into_iter().chain(alone).collect())
}

/// The sites below a directory; says on stderr what else is there.
fn below(top: &Path) -> Result<Vec<Vec<String>>, Problem> {
    let Survey { sites, others, odd } = survey(top)?;
    for problem in &odd {
        output::say(&format!("{}; not judged", one_line(&problem.to_string())));
    }
    if !others.is_empty() {
        output::say(&one_line(&format!("{}: {}", top.display(), skipped("other file", &others))));
    }
    sites.iter().map(|site| site.iter().map(|path| text(path)).collect()).collect()
}

/// `12 other files skipped: cinder.conf, glance-api.conf, keystone.conf and more`.
pub(super) fn skipped(what: &str, others: &[PathBuf]) -> String {
    let mut names: Vec<String> =
        others.iter().map(|path| path.file_name().unwrap_or_default().to_string_lossy().into_owned()).collect();
    names.sort();
    names.dedup();
    let plural = if others.len() == 1 { "" } else { "s" };
    let more = if names.len() > NAMES { " and more" } else { "" };
    names.truncate(NAMES);
    format!("{} {what}{plural} skipped: {}{more}", others.len(), names.join(", "))
}

/// A path as an argument has it. One that is no text cannot be named in a report.
fn text(path: &Path) -> Result<String, Problem> {
    let problem = || PathProblem::Other { path: path.to_owned(), text: "its name is not utf-8".to_owned() };
    path.to_str().map(str::to_owned).ok_or_else(|| Problem::Input(problem()))
}

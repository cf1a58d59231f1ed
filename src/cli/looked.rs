//! What the inputs come to: evidence that was saved, or what is seen now, or both.

use super::args::{Inputs, Network, Target};
use super::inputs::request;
use super::output;
use super::problem::{Problem, one_line};
use super::sites::skipped;
use crate::console::release::Release;
use crate::evidence::{Evidence, bundle};
use crate::observe::request::Request;
use crate::observe::{examine, gather, logs};
use std::path::Path;
use std::sync::Once;

/// With the peers that the files name. `told` is the release where the inputs name none, `screenshot` the file of a picture.
///
/// # Errors
/// Usage, or a named input that cannot be opened or is not what it claims.
pub(super) async fn gathered(
    inputs: &Inputs,
    target: &Target,
    network: &Network,
    told: Option<Release>,
    screenshot: Option<&Path>,
) -> Result<Evidence, Problem> {
    let mut request = request(inputs, target, Some(network))?;
    request.screenshot = screenshot.map(Path::to_owned);
    request.release = request.release.or(told);
    say_rotated(&request);
    let saved = saved(inputs)?;
    let seen = if looks(&request) || saved.is_empty() { Some(gather(&request).await?) } else { None };
    Ok(together(saved, seen, &request))
}

/// Files alone: nobody is asked.
///
/// # Errors
/// As [`gathered`].
pub(super) fn examined(inputs: &Inputs, target: &Target) -> Result<Evidence, Problem> {
    let request = request(inputs, target, None)?;
    say_rotated(&request);
    let saved = saved(inputs)?;
    let seen = if looks(&request) || saved.is_empty() { Some(examine(&request)?) } else { None };
    Ok(together(saved, seen, &request))
}

/// Says on stderr, once, which older logs of a directory are not read.
fn say_rotated(request: &Request) {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        for input in &request.logs {
            let files = logs::rotated(&input.path);
            if !files.is_empty() {
                let how = "unpack them, and name each with --log";
                output::say(&one_line(&format!("{}: {}; {how}", input.path.display(), skipped("rotated log", &files))));
            }
        }
    });
}

/// Whether the request names anything to look at now.
fn looks(request: &Request) -> bool {
    request.this_machine
        || !request.configs.is_empty()
        || !request.logs.is_empty()
        || request.target.url.is_some()
        || request.cloud.is_some()
}

fn together(mut saved: Vec<Evidence>, seen: Option<Evidence>, request: &Request) -> Evidence {
    match seen {
        None => bundle::merge(saved, &request.target_evidence(), request.release),
        Some(seen) if saved.is_empty() => seen,
        Some(seen) => {
            let target = seen.target.clone();
            saved.push(seen);
            bundle::merge(saved, &target, request.release)
        }
    }
}

fn saved(inputs: &Inputs) -> Result<Vec<Evidence>, Problem> {
    inputs.bundle.iter().map(|path| load(path)).collect()
}

fn load(path: &Path) -> Result<Evidence, Problem> {
    let problem = |what: String| Problem::Bundle { path: path.display().to_string(), what };
    let bytes = crate::observe::discover::read(path, bundle::LIMIT).map_err(Problem::Input)?;
    bundle::load(&bytes).map_err(problem)
}

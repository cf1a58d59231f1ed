//! `lint --diff` and `lint --fix`: the edits that findings carry, tried out before they are kept.
//!
//! An edit is kept only if the finding that brought it is gone afterwards and nothing new is found: each is applied to the
//! text in memory, the site is judged again, and the next edit starts from there, until none is left. So edits never
//! overlap, and a second run finds nothing more to do. Only files that the user named, or that lie in a directory that he
//! named, are written; one that changed since it was read is left alone, and with it all others.

mod text;
mod write;

use super::args::Lint;
use super::inputs::config_input;
use super::output;
use super::problem::{Problem, one_line};
use crate::evidence::Evidence;
use crate::finding::{Edit, Finding, Severity};
use crate::judge::{self, Selection};
use crate::observe::discover::{MAX_FILE, read};
use crate::observe::files;
use crate::report::diff;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Most edits of one site: each takes a finding away, so this is never reached by sound causes.
const MOST: usize = 1000;

/// The texts of the files that are mended.
pub(super) struct Mender {
    diff: bool,
    fix: bool,
    /// what the user named, as the kernel names it
    roots: Vec<PathBuf>,
    /// by path as the kernel names it
    files: BTreeMap<PathBuf, Mended>,
}

/// A file as it was read and as it will be.
struct Mended {
    /// as given
    path: String,
    before: Vec<u8>,
    after: Vec<u8>,
    edits: usize,
}

impl Mender {
    /// For these arguments; does nothing unless they ask for it.
    ///
    /// # Errors
    /// A bundle is to be mended.
    pub(super) fn new(args: &Lint) -> Result<Self, Problem> {
        let wanted = args.mend.diff || args.mend.fix;
        if wanted && !args.inputs.bundle.is_empty() {
            return Err(Problem::Usage("--diff, --fix: a bundle holds no files that could be mended".to_owned()));
        }
        let mut roots = Vec::new();
        for path in args.paths.iter().chain(&args.inputs.config).filter(|_| wanted) {
            roots.extend(config_input(path)?.path.canonicalize());
        }
        Ok(Self { diff: args.mend.diff, fix: args.mend.fix, roots, files: BTreeMap::new() })
    }

    /// Tries every edit of a site. With `--fix` the evidence is afterwards that of the mended files.
    ///
    /// # Errors
    /// A file changed while it was looked at.
    pub(super) fn mend(&mut self, evidence: &mut Evidence, selection: &Selection) -> Result<(), Problem> {
        if !self.diff && !self.fix {
            return Ok(());
        }
        let mut now = evidence.clone();
        self.show(&mut now);
        for _ in 0..MOST {
            let whole = judge::findings_only("lint", &now, &Selection::default()).findings;
            let wanted = judge::findings_only("lint", &now, selection).findings;
            let mut kept = None;
            for finding in wanted.iter().filter(|finding| !finding.remedy.edits.is_empty()) {
                kept = self.try_out(&now, &whole, &finding.remedy.edits)?;
                if kept.is_some() {
                    break;
                }
            }
            let Some((next, texts)) = kept else { break };
            now = next;
            for (real, after) in texts {
                if let Some(file) = self.files.get_mut(&real) {
                    file.after = after;
                    file.edits += 1;
                }
            }
        }
        if self.fix {
            *evidence = now;
        }
        Ok(())
    }

    /// The site and its texts with these edits, if they mend something and spoil nothing.
    #[allow(clippy::type_complexity, reason = "used once, beside it")]
    fn try_out(
        &mut self,
        now: &Evidence,
        before: &[Finding],
        edits: &[Edit],
    ) -> Result<Option<(Evidence, Vec<(PathBuf, Vec<u8>)>)>, Problem> {
        let mut paths: Vec<&String> = edits.iter().map(|edit| &edit.file).collect();
        paths.sort();
        paths.dedup();
        let mut next = now.clone();
        let mut texts = Vec::new();
        for path in paths {
            let Some(real) = self.open(now, path)? else { return Ok(None) };
            let of_file: Vec<&Edit> = edits.iter().filter(|edit| edit.file == *path).collect();
            let text = self.files.get(&real).and_then(|file| text::apply(&file.after, &of_file));
            let Some(text) = text else { return Ok(None) };
            set(&mut next, path, &text);
            texts.push((real, text));
        }
        let after = judge::findings_only("lint", &next, &Selection::default()).findings;
        Ok(better(before, &after).then_some((next, texts)))
    }

    /// Reads a file before its first edit, and gives its real path; none for one that is not the user's to be mended.
    fn open(&mut self, now: &Evidence, path: &str) -> Result<Option<PathBuf>, Problem> {
        let real = Path::new(path).canonicalize().unwrap_or_default();
        if self.files.contains_key(&real) {
            return Ok(Some(real));
        }
        if !self.roots.iter().any(|root| real.starts_with(root)) {
            output::say(&one_line(&format!("{path}: not mended, it leads to a file outside of what was named")));
            return Ok(None);
        }
        let before = read(Path::new(path), MAX_FILE)?;
        let seen = now.hosts.iter().flat_map(|host| &host.files).find(|file| file.path == path);
        if seen.is_none_or(|seen| *seen.parsed != files::parse(Path::new(path), &before)) {
            return Err(write::changed(path));
        }
        self.files.insert(real.clone(), Mended { path: path.to_owned(), after: before.clone(), before, edits: 0 });
        Ok(Some(real))
    }

    /// Puts what files are by now into a site that reads them too.
    fn show(&self, evidence: &mut Evidence) {
        let mended = |real: &Path| self.files.get(real).filter(|file| file.edits > 0);
        if self.files.values().all(|file| file.edits == 0) {
            return;
        }
        for file in evidence.hosts.iter_mut().flat_map(|host| &mut host.files) {
            let path = Path::new(&file.path);
            if let Some(mended) = path.canonicalize().ok().and_then(|real| mended(&real)) {
                file.parsed = files::parse(path, &mended.after).into();
            }
        }
    }

    /// With `--fix`, writes what was mended and says so on stderr.
    ///
    /// # Errors
    /// A file changed since it was read, or cannot be written.
    pub(super) fn write(&self) -> Result<(), Problem> {
        if !self.fix {
            return Ok(());
        }
        let mended: Vec<_> = self.files.values().filter(|file| file.after != file.before).collect();
        for file in &mended {
            write::unchanged(&file.path, &file.before)?;
        }
        for Mended { path, before, after, edits } in mended {
            write::replace(path, before, after)?;
            let findings = if *edits == 1 { "finding" } else { "findings" };
            output::say(&one_line(&format!("{path}: {edits} {findings} mended")));
        }
        Ok(())
    }

    /// Every change as a unified diff, with what may be secret masked.
    pub(super) fn diff(&self) -> String {
        let one = |file: &Mended| {
            let shown = |bytes: &[u8]| text::shown(bytes, &files::parse(Path::new(&file.path), bytes));
            diff::render(&one_line(&file.path), &shown(&file.before), &shown(&file.after))
        };
        self.files.values().filter(|file| file.after != file.before).map(one).collect()
    }
}

/// Puts a text in the place of what evidence holds of a file.
fn set(evidence: &mut Evidence, path: &str, bytes: &[u8]) {
    let parsed = std::sync::Arc::new(files::parse(Path::new(path), bytes));
    for file in evidence.hosts.iter_mut().flat_map(|host| &mut host.files).filter(|file| file.path == path) {
        file.parsed = parsed.clone();
    }
}

/// Less is found, and nothing that was not found before.
fn better(before: &[Finding], after: &[Finding]) -> bool {
    type Key<'f> = (&'f str, Option<&'f str>, Option<&'f str>);
    fn counted(findings: &[Finding]) -> BTreeMap<Key<'_>, (usize, Severity)> {
        let mut counts = BTreeMap::new();
        for finding in findings {
            let file = finding.place.as_ref().map(|place| place.file.as_str());
            let entry = counts.entry((finding.cause, finding.host.as_deref(), file)).or_insert((0, finding.severity));
            entry.0 += 1;
            entry.1 = entry.1.max(finding.severity);
        }
        counts
    }
    let old = counted(before);
    after.len() < before.len()
        && counted(after).iter().all(|(key, (count, severity))| {
            old.get(key).is_some_and(|(before, worst)| count <= before && severity <= worst)
        })
}

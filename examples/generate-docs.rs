//! Writes docs/causes.md, docs/causes/, docs/steps/ and the list of causes in README.md from the registry: the text is the
//! one that `vncdoctor explain` prints.
//!
//! usage: cargo run --example generate-docs [-- --check]     with --check nothing is written, and a stale file is an error

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use vncdoctor::finding::{CauseMeta, StepMeta};
use vncdoctor::judge::causes::CAUSES;
use vncdoctor::judge::flow::STEPS;

/// Directories in which every file is generated.
const OWN: [&str; 2] = ["docs/causes", "docs/steps"];
/// Between these the README's list is put.
const MARKS: (&str, &str) = ("<!-- causes:begin -->", "<!-- causes:end -->");
/// First line of each page.
const NOTE: &str = "<!-- made by `cargo run --example generate-docs`; edit the source, not this -->";

fn main() -> ExitCode {
    let check = std::env::args().skip(1).any(|argument| argument == "--check");
    match generate(Path::new(env!("CARGO_MANIFEST_DIR")), check) {
        Ok(stale) if stale.is_empty() || !check => ExitCode::SUCCESS,
        Ok(stale) => {
            for path in stale {
                let _ = writeln!(std::io::stderr(), "stale: {}", path.display());
            }
            let _ = writeln!(std::io::stderr(), "make them again: cargo run --example generate-docs");
            ExitCode::FAILURE
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes what differs, or only says what does: files to be made, changed or removed.
fn generate(root: &Path, check: bool) -> std::io::Result<Vec<PathBuf>> {
    let mut pages = pages();
    if let Some(readme) = readme(&root.join("README.md"))? {
        pages.insert(PathBuf::from("README.md"), readme);
    }
    let mut stale = Vec::new();
    for (path, text) in &pages {
        let full = root.join(path);
        if std::fs::read_to_string(&full).ok().as_ref() != Some(text) {
            stale.push(path.clone());
            if !check {
                std::fs::create_dir_all(full.parent().unwrap_or(root))?;
                std::fs::write(&full, text)?;
            }
        }
    }
    for dir in OWN {
        let Ok(entries) = root.join(dir).read_dir() else { continue };
        for entry in entries {
            let path = Path::new(dir).join(entry?.file_name());
            if !pages.contains_key(&path) {
                if !check {
                    std::fs::remove_file(root.join(&path))?;
                }
                stale.push(path);
            }
        }
    }
    Ok(stale)
}

fn pages() -> BTreeMap<PathBuf, String> {
    let causes =
        CAUSES.iter().map(|cause| (PathBuf::from(format!("docs/{}", cause_path(&cause.meta))), page(&cause.meta)));
    let steps =
        STEPS.iter().map(|step| (PathBuf::from(format!("docs/{}", step_path(&step.meta))), step_page(&step.meta)));
    let index = format!("{NOTE}\n# Causes\n\nWhy a console does not open, by the step that is spoilt.\n\n{}", list(""));
    causes.chain(steps).chain([(PathBuf::from("docs/causes.md"), index)]).collect()
}

fn cause_path(meta: &CauseMeta) -> String {
    format!("causes/{}.md", meta.id)
}

fn step_path(meta: &StepMeta) -> String {
    format!("steps/{:02}-{}.md", meta.number, meta.id)
}

fn page(meta: &CauseMeta) -> String {
    let needs: Vec<&str> = meta.needs.iter().map(|need| need.word()).collect();
    let home = STEPS
        .iter()
        .find(|step| step.meta.number == meta.home)
        .map(|step| format!("step {}, [{}](../{})", step.meta.number, step.meta.id, step_path(&step.meta)));
    format!(
        "{NOTE}\n# {}\n\n{}.\n\n- spoils {}\n- releases {}\n- at worst {}\n- seen in {}\n\n{}\n",
        meta.id,
        sentence(meta.title),
        home.unwrap_or_default(),
        meta.releases,
        meta.severity.with_article(),
        needs.join(", "),
        escaped(meta.explanation)
    )
}

fn step_page(meta: &StepMeta) -> String {
    let mut text =
        format!("{NOTE}\n# Step {}: {}\n\n{}\n\n{}\n", meta.number, meta.id, meta.who, escaped(meta.explanation));
    let home: Vec<&CauseMeta> = at_home(meta).collect();
    if !home.is_empty() {
        text.push_str("\n## Why it fails\n\n");
        for cause in home {
            let _ = writeln!(text, "- [{}](../{}): {}", cause.id, cause_path(cause), escaped(cause.title));
        }
    }
    text
}

fn at_home(step: &StepMeta) -> impl Iterator<Item = &'static CauseMeta> {
    let number = step.number;
    CAUSES.iter().map(|cause| &cause.meta).filter(move |cause| cause.home == number)
}

/// The causes by step; links begin with `base`.
fn list(base: &str) -> String {
    let mut text = String::from("| step | cause | what is wrong | releases |\n|---|---|---|---|\n");
    for step in &STEPS {
        let meta = step.meta;
        let mut name = format!("[{} {}]({base}{})", meta.number, meta.id, step_path(&meta));
        for cause in at_home(&meta) {
            let link = format!("[{}]({base}{})", cause.id, cause_path(cause));
            let _ = writeln!(text, "| {name} | {link} | {} | {} |", escaped(cause.title), cause.releases);
            name.clear();
        }
    }
    text
}

/// The README with a fresh list between its marks; none if there is no README, or no place in it.
fn readme(path: &Path) -> std::io::Result<Option<String>> {
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(path)?;
    let parts = text.split_once(MARKS.0).and_then(|(head, rest)| Some((head, rest.split_once(MARKS.1)?.1)));
    Ok(parts.map(|(head, tail)| format!("{head}{}\n\n{}\n{}{tail}", MARKS.0, list("docs/"), MARKS.1)))
}

/// The first letter in capitals.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().collect::<String>()).unwrap_or_default();
    escaped(&(first + letters.as_str()))
}

/// Markdown keeps what stands between backticks as it is, and takes `<`, `*` and `|` for its own elsewhere.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut code = false;
    for letter in text.chars() {
        code ^= letter == '`';
        if !code && matches!(letter, '<' | '*' | '|') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

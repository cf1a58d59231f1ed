//! The picture for the ticket: the fifteen steps from top to bottom, who talks to whom from left to right, the broken hop
//! and its reason.
//!
//! One document without scripts, fonts or links, so that it may be shown wherever an image may. It carries its own
//! background and follows a reader's dark mode where the viewer tells of it. The same report gives the same picture.

mod pen;
mod text;

use super::flow::{Era, Lane, hop, status, told, who};
use super::wrap::clean;
use super::{Around, candidates, counts, place, release};
use crate::finding::{Finding, Report, Severity, Status, StepMeta};
use pen::{Pen, mark};
use text::{cut, wrapped};

/// Width of the picture.
const WIDTH: f64 = 1080.0;
/// Room at its edges.
const MARGIN: f64 = 28.0;
/// Height of a step.
const ROW: f64 = 40.0;
/// Where the first party stands, and how far it is from one to the next.
const FIRST: f64 = 364.0;
const PITCH: f64 = 92.0;
/// Most findings told below one step.
const MOST: usize = 3;

/// The whole document; `steps` are the fifteen, for reports that did not judge them.
pub fn render(report: &Report, steps: &[StepMeta], around: &Around) -> String {
    let era = Era::of(report);
    let mut pen = Pen::new(WIDTH);
    head(&mut pen, report);
    let top = parties(&mut pen, report, era);
    // the lines below the parties lie under everything that follows
    let lines = pen.mark();
    for step in steps {
        row(&mut pen, report, step, era);
    }
    let bottom = pen.y;
    pen.at(lines, |pen| {
        for lane in Lane::ALL {
            pen.line("lane", x(lane), top, x(lane), bottom);
        }
    });
    foot(&mut pen, report, steps, around);
    let title = format!("vncdoctor {}: {}", report.command, report.verdict.status.word());
    pen.document(&title, &clean(&report.verdict.message))
}

fn x(lane: Lane) -> f64 {
    let index = Lane::ALL.iter().position(|other| *other == lane).unwrap_or_default();
    FIRST + PITCH * index as f64
}

/// The verdict, in the words of the report.
fn head(pen: &mut Pen, report: &Report) {
    let verdict = &report.verdict;
    pen.y += 44.0;
    mark(pen, Some(verdict.status), MARGIN + 11.0, pen.y - 7.0, 11.0);
    pen.text("title", MARGIN + 32.0, pen.y, &format!("vncdoctor {}: {}", report.command, verdict.status.word()));
    let token = report.target.token.as_ref().map(|token| format!(" · token {token}")).unwrap_or_default();
    let facts = format!("release {}{token}", release(report));
    pen.text_end("small", WIDTH - MARGIN, pen.y, &cut(&clean(&facts), 12.0, 600.0));
    pen.y += 8.0;
    for line in wrapped(&clean(&verdict.message), 14.0, WIDTH - 2.0 * MARGIN, 5) {
        pen.y += 20.0;
        pen.text("said", MARGIN, pen.y, &line);
    }
    for text in candidates(verdict, str::to_owned) {
        let word = if verdict.cause.is_some() { "also" } else { "maybe" };
        for line in wrapped(&format!("{word} {text}"), 12.0, WIDTH - 2.0 * MARGIN, 5) {
            pen.y += 19.0;
            pen.text("small", MARGIN, pen.y, &line);
        }
    }
    pen.y += 26.0;
}

/// The parties side by side, with the hosts that stand for them; says where their lines begin.
fn parties(pen: &mut Pen, report: &Report, era: Era) -> f64 {
    const WIDE: f64 = PITCH - 6.0;
    const HIGH: f64 = 42.0;
    let top = pen.y;
    for lane in Lane::ALL {
        let [first, second] = lane.name(era);
        let left = x(lane) - WIDE / 2.0;
        pen.rect("party", left, top, WIDE, HIGH, 8.0);
        if second.is_empty() {
            pen.text_middle("name", x(lane), top + 25.0, first);
        } else {
            pen.text_middle("name", x(lane), top + 18.0, first);
            pen.text_middle("name", x(lane), top + 32.0, second);
        }
        if let Some(service) = lane.service(era) {
            let hosts = report.hosts.iter().filter(|host| host.roles.contains(&service) && !host.name.is_empty());
            let hosts: Vec<&str> = hosts.map(|host| host.name.as_str()).collect();
            let hosts = cut(&clean(&hosts.join(", ")), 10.5, WIDE);
            pen.text_middle("tiny", x(lane), top + HIGH + 15.0, &hosts);
        }
    }
    pen.y = top + HIGH + 26.0;
    top + HIGH + 20.0
}

/// A step: its name, its arrow, and below it what is wrong with it.
fn row(pen: &mut Pen, report: &Report, step: &StepMeta, era: Era) {
    let status = status(report, step.number);
    let judged = report.steps.iter().find(|judged| judged.number == step.number);
    let kind = pen::class(status);
    let middle = pen.y + ROW / 2.0;
    let loud = matches!(status, Some(Status::Fail | Status::Warn));
    if loud {
        pen.rect(&format!("band {kind}"), MARGIN - 12.0, pen.y, WIDTH - 2.0 * MARGIN + 24.0, ROW, 6.0);
    }
    mark(pen, status, MARGIN + 9.0, middle, 9.0);
    pen.text_end("number", MARGIN + 40.0, middle - 1.0, &step.number.to_string());
    pen.text(if loud { "id loud" } else { "id" }, MARGIN + 50.0, middle - 1.0, step.id);
    let aside = match (status, judged.and_then(|judged| judged.blocked_by)) {
        (Some(Status::Blocked), Some(by)) => format!("blocked by step {by}"),
        _ => who(step.number, era),
    };
    pen.text("tiny", MARGIN + 50.0, middle + 13.0, &cut(&aside, 10.5, FIRST - PITCH / 2.0 - MARGIN - 52.0));
    let (from, to) = hop(step.number, era);
    pen::arrow(pen, status, x(from), x(to), middle);
    pen.y += ROW;
    let mut notes = told(report, step.number).into_iter().map(note).collect::<Vec<_>>();
    if notes.len() > MOST {
        let more = notes.len() - MOST;
        notes.truncate(MOST);
        notes.push((kind, format!("and {more} more"), String::new()));
    }
    if notes.is_empty() && matches!(status, Some(Status::Fail | Status::Warn | Status::Unknown)) {
        let reason = judged.and_then(|judged| judged.reason.clone()).unwrap_or_else(|| "no evidence".to_owned());
        notes.push((kind, String::new(), reason));
    }
    for (kind, head, said) in notes {
        callout(pen, kind, &head, &said);
    }
}

/// A finding: its colour, its cause and place, and what it says.
fn note(finding: &Finding) -> (&'static str, String, String) {
    let at = place(finding).map(|place| format!(" · {place}")).unwrap_or_default();
    let head = format!("{} · {}, {}{at}", finding.cause, finding.severity.word(), finding.confidence.word());
    let kind = if finding.severity == Severity::Error { Status::Fail } else { Status::Warn };
    (pen::class(Some(kind)), clean(&head).into_owned(), clean(&finding.message).into_owned())
}

/// A box below a step, with a bar of the step's colour.
fn callout(pen: &mut Pen, kind: &str, head: &str, said: &str) {
    const LEFT: f64 = MARGIN + 50.0;
    const ROOM: f64 = WIDTH - MARGIN - LEFT - 32.0;
    let lines = wrapped(said, 13.0, ROOM, 5);
    let heads = usize::from(!head.is_empty());
    let high = 14.0 + 18.0 * (lines.len() + heads) as f64;
    pen.rect(&format!("box {kind}"), LEFT, pen.y + 2.0, WIDTH - MARGIN - LEFT, high, 6.0);
    pen.rect(&format!("bar {kind}"), LEFT, pen.y + 2.0, 4.0, high, 2.0);
    let mut baseline = pen.y + 2.0 + 20.0;
    if heads == 1 {
        pen.text("cause", LEFT + 18.0, baseline, &cut(head, 13.0, ROOM));
        baseline += 18.0;
    }
    for line in lines {
        pen.text("reason", LEFT + 18.0, baseline, &line);
        baseline += 18.0;
    }
    pen.y += high + 10.0;
}

/// What the marks mean, as far as they occur, and how the run ended.
fn foot(pen: &mut Pen, report: &Report, steps: &[StepMeta], around: &Around) {
    pen.y += 14.0;
    pen.line("rule", MARGIN, pen.y, WIDTH - MARGIN, pen.y);
    pen.y += 24.0;
    let mut left = MARGIN;
    for one in [Status::Pass, Status::Warn, Status::Fail, Status::Blocked, Status::Skipped, Status::Unknown] {
        if steps.iter().any(|step| status(report, step.number) == Some(one)) {
            mark(pen, Some(one), left + 7.0, pen.y - 4.0, 7.0);
            pen.text("tiny", left + 19.0, pen.y, one.word());
            left += 86.0;
        }
    }
    let counts = Some(counts(report)).filter(|text| !text.is_empty()).map(|text| format!("{text} · "));
    let told = format!(
        "{}exit {} · vncdoctor {} · {}",
        counts.unwrap_or_default(),
        around.exit,
        report.tool.version,
        report.started
    );
    pen.text_end("tiny", WIDTH - MARGIN, pen.y, &cut(&clean(&told), 10.5, WIDTH - MARGIN - left));
    pen.y += 20.0;
}

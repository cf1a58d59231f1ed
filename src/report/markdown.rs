//! For tickets and merge requests: the verdict, the steps as a table, and each finding with its lines in a fence.
//!
//! Files, logs and peers write much of the text, so all of it is escaped: it can neither format, nor link, nor end a table
//! or a fence.

use super::mermaid;
use super::wrap::clean;
use super::{Around, candidates, counts, place, release};
use crate::finding::{Finding, Place, Report, StepResult};
use std::fmt::Write;

/// The whole document, headings from the second level on, so that it can stand below one.
pub fn render(report: &Report, around: &Around) -> String {
    let mut out = String::new();
    let verdict = &report.verdict;
    let _ = writeln!(out, "## vncdoctor {}: {}\n", report.command, verdict.status.word());
    let _ = writeln!(out, "**Verdict:** {}\n", escaped(&verdict.message));
    for text in candidates(verdict, |id| format!("`{id}`")) {
        let word = if verdict.cause.is_some() { "also" } else { "maybe" };
        let _ = writeln!(out, "- {word} {text}");
    }
    if !verdict.candidates.is_empty() {
        out.push('\n');
    }
    if !report.steps.is_empty() {
        fence(&mut out, "mermaid", mermaid::diagram(report).trim_end());
        out.push_str("| step | | status | |\n|---:|---|---|---|\n");
        for step in &report.steps {
            row(&mut out, step);
        }
        out.push('\n');
    }
    for finding in &report.findings {
        self::finding(&mut out, finding);
    }
    for idle in &report.idle {
        let _ = writeln!(out, "- note: {}\n", escaped(&idle.to_string()));
    }
    if let Some((when, command)) = around.next(report) {
        let _ = writeln!(out, "**Next,** {}:\n", escaped(when));
        fence(&mut out, "sh", &command);
    }
    let counts = Some(counts(report)).filter(|text| !text.is_empty()).map(|text| format!(" · {text}"));
    let token = report.target.token.as_ref().map(|token| format!(" · token {token}"));
    let _ = writeln!(
        out,
        "vncdoctor {} · release {}{} · {}{} · exit {}",
        report.tool.version,
        escaped(&release(report)),
        token.unwrap_or_default(),
        report.started,
        escaped(&counts.unwrap_or_default()),
        around.exit
    );
    out
}

fn row(out: &mut String, step: &StepResult) {
    let reason = step.reason.as_deref().unwrap_or_default();
    let _ = writeln!(out, "| {} | {} | {} | {} |", step.number, step.id, step.status.word(), escaped(reason));
}

fn finding(out: &mut String, finding: &Finding) {
    let known = if finding.known() { ", known from the baseline" } else { "" };
    let (severity, sure) = (finding.severity.word(), finding.confidence.word());
    let _ = writeln!(out, "### {severity}: `{}` ({sure}{known})\n", finding.cause);
    let _ = writeln!(out, "{}\n", paragraph(&finding.message));
    if let Some(place) = place(finding) {
        let _ = writeln!(out, "At {}:\n", escaped(&place));
    }
    if let Some(Place { source: Some(source), .. }) = &finding.place {
        fence(out, "ini", source);
    }
    let mut items: Vec<String> = finding.evidence.iter().map(|seen| format!("evidence: {}", escaped(seen))).collect();
    for related in &finding.related {
        let line = related.line.map(|line| line.to_string());
        let at: Vec<String> = [related.file.clone(), line].into_iter().flatten().collect();
        let at: Vec<String> = [related.host.clone(), Some(at.join(":"))].into_iter().flatten().collect();
        let at = at.join(" ");
        items.push(format!("also {}: {}", escaped(at.trim()), escaped(&related.message)));
    }
    let remedy = &finding.remedy;
    if let Some((first, lines)) = remedy.text.split_once('\n') {
        let mut fenced = String::new();
        fence(&mut fenced, "ini", lines);
        let fenced: Vec<String> = fenced.trim_end().lines().map(|line| format!("  {line}")).collect();
        items.push(format!("**remedy:** {}\n\n{}\n", escaped(first), fenced.join("\n")));
    } else if !remedy.text.is_empty() {
        items.push(format!("**remedy:** {}", escaped(&remedy.text)));
    }
    if !remedy.restart.is_empty() {
        let costs = remedy.costs.map(|costs| format!(" ({costs})")).unwrap_or_default();
        items.push(format!("restart: {}{}", escaped(&remedy.restart.join(", ")), escaped(&costs)));
    }
    items.extend(remedy.verify.as_ref().map(|verify| format!("verify: {}", escaped(verify))));
    items.push(format!("see: `vncdoctor explain {}`", finding.cause));
    for item in items {
        let _ = writeln!(out, "- {item}");
    }
    out.push('\n');
    if !remedy.commands.is_empty() {
        fence(out, "sh", &remedy.commands.join("\n"));
    }
}

/// Text as it stands, in a fence longer than any in it.
fn fence(out: &mut String, language: &str, text: &str) {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let _ = writeln!(out, "{fence}{language}\n{}\n{fence}\n", clean(text));
}

/// Text at the beginning of a line, where a mark of a list or a number would count.
fn paragraph(text: &str) -> String {
    let text = escaped(text);
    let number = text.trim_start_matches(|c: char| c.is_ascii_digit());
    if text.starts_with(['-', '+', '=']) {
        return format!("\\{text}");
    }
    match text.len() - number.len() {
        0 => text,
        digits if number.starts_with(['.', ')']) => format!("{}\\{number}", &text[..digits]),
        _ => text,
    }
}

/// Text on one line, every mark of Markdown and HTML escaped. An underscore within a word is none.
fn escaped(text: &str) -> String {
    let text = clean(text).replace('\n', " ");
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let inner = c == '_' && before.is_alphanumeric() && rest.peek().is_some_and(|next| next.is_alphanumeric());
        if "\\`*_[]<>#|~&!$".contains(c) && !inner {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{escaped, fence, paragraph};

    #[test]
    fn what_markdown_would_obey_is_escaped() {
        assert_eq!(
            escaped("[x](http://e) <b>|*a*_b_ memcache_servers"),
            r"\[x\](http://e) \<b\>\|\*a\*\_b\_ memcache_servers"
        );
        assert_eq!(escaped("a\n\n# b\u{1b}"), "a  \\# b\u{fffd}");
        assert_eq!(
            (paragraph("1. a"), paragraph("- a"), paragraph("2a")),
            ("1\\. a".into(), "\\- a".into(), "2a".into())
        );
    }

    #[test]
    fn a_fence_is_longer_than_those_in_it() {
        let mut out = String::new();
        fence(&mut out, "ini", "a = ````\n```");
        assert_eq!(out, "`````ini\na = ````\n```\n`````\n\n");
    }
}

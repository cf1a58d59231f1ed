//! SARIF 2.1.0, for code scanning: every cause is a rule, every finding a result.
//!
//! Columns count characters, as everywhere here (`columnKind` unicodeCodePoints). What a comment ignores is there too, as
//! suppressed; what a baseline knows is `unchanged`. Paths are given as they are: relative ones stay relative to wherever
//! the run was started.

use super::Around;
use super::wrap::clean;
use crate::finding::{CauseMeta, Edit, Finding, Need, Place, Related, Report, Severity, StepMeta};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// Where the schema of the form is published by its makers.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The whole document, ending in a newline. `causes` and `steps` are all there are.
///
/// # Errors
/// Only if a value cannot be serialised, which would be a defect.
pub fn render(
    report: &Report,
    causes: &[CauseMeta],
    steps: &[StepMeta],
    around: &Around,
) -> Result<String, serde_json::Error> {
    let found = report.findings.iter().map(|finding| result(finding, causes, false));
    let ignored = report.ignored.iter().map(|finding| result(finding, causes, true));
    let results: Vec<Value> = found.chain(ignored).collect();
    let verdict = &report.verdict;
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": report.tool.name,
                "semanticVersion": report.tool.version,
                "rules": causes.iter().map(|cause| rule(cause, steps)).collect::<Vec<_>>(),
            }},
            "automationDetails": {"id": format!("vncdoctor/{}/", report.command)},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": true,
                "exitCode": around.exit,
                "startTimeUtc": report.started,
            }],
            "results": results,
            "properties": {
                "release": report.release,
                "verdict": seen(json!({"status": verdict.status, "step": verdict.step, "cause": verdict.cause,
                    "message": verdict.message})),
            },
        }],
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// A cause as a rule.
fn rule(cause: &CauseMeta, steps: &[StepMeta]) -> Value {
    let explanation = clean(cause.explanation);
    let first = explanation.split("\n\n").next().unwrap_or_default();
    let home = steps.iter().find(|step| step.number == cause.home).map(|step| step.id);
    json!({
        "id": cause.id,
        "name": pascal(cause.id),
        "shortDescription": {"text": cause.title},
        "fullDescription": {"text": first.split_whitespace().collect::<Vec<_>>().join(" ")},
        "help": {"text": explanation},
        "defaultConfiguration": {"level": cause.severity.word()},
        "properties": {
            "step": cause.home,
            "stepId": home,
            "releases": cause.releases,
            "needs": cause.needs.iter().map(|need: &Need| need.word()).collect::<Vec<_>>(),
            "problem.severity": match cause.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "recommendation",
            },
            "tags": ["openstack", "nova", "console"],
        },
    })
}

/// `TokenExpired` for `token-expired`.
fn pascal(id: &str) -> String {
    let capital =
        |word: &str| word.chars().take(1).map(|c| c.to_ascii_uppercase()).chain(word.chars().skip(1)).collect();
    id.split('-').map(capital).collect::<Vec<String>>().concat()
}

fn result(finding: &Finding, causes: &[CauseMeta], ignored: bool) -> Value {
    let mut words = finding.message.clone();
    if !finding.remedy.text.is_empty() {
        words = format!("{words}\nremedy: {}", finding.remedy.text);
    }
    let mut result = Map::new();
    let mut set = |key: &str, value: Value| drop(result.insert(key.to_owned(), value));
    set("ruleId", json!(finding.cause));
    if let Some(index) = causes.iter().position(|cause| cause.id == finding.cause) {
        set("ruleIndex", json!(index));
    }
    set("level", json!(finding.severity.word()));
    set("message", message(&words));
    set("locations", location(finding).into_iter().collect());
    if !finding.related.is_empty() {
        set("relatedLocations", finding.related.iter().map(related).collect());
    }
    set("partialFingerprints", json!({"vncdoctor/v1": finding.fingerprint}));
    if !finding.remedy.edits.is_empty() {
        set("fixes", json!([fix(finding)]));
    }
    // of all results or of none: the form asks for it
    let suppressions = if ignored { json!([{"kind": "inSource", "status": "accepted"}]) } else { json!([]) };
    set("suppressions", suppressions);
    if let Some(known) = finding.baseline {
        set("baselineState", json!(if known { "unchanged" } else { "new" }));
    }
    set(
        "properties",
        seen(json!({
            "step": finding.step,
            "confidence": finding.confidence,
            "host": finding.host,
            "service": finding.service,
            "releases": finding.releases,
            "evidence": finding.evidence,
            "restart": finding.remedy.restart,
        })),
    );
    Value::Object(result)
}

/// Properties without those that were not seen.
fn seen(mut properties: Value) -> Value {
    if let Some(properties) = properties.as_object_mut() {
        properties.retain(|_, value| !value.is_null());
    }
    properties
}

/// Where a finding stands; without a file, the host or service alone.
fn location(finding: &Finding) -> Option<Value> {
    let mut location = Map::new();
    if let Some(place) = &finding.place {
        let mut physical = json!({"artifactLocation": {"uri": uri(&place.file)}, "region": region(place)});
        let source = place.source.as_ref().filter(|source| place.line == place.end_line && !source.contains('\n'));
        if let Some(source) = source {
            physical["contextRegion"] = json!({"startLine": place.line, "snippet": {"text": clean(source)}});
        }
        location.insert("physicalLocation".to_owned(), physical);
    }
    let option = finding.place.as_ref().and_then(|place| Some((place.section.as_ref()?, place.option.as_ref()?)));
    let logical = match (option, &finding.host, &finding.service) {
        (Some((section, option)), ..) => {
            Some(json!({"name": option, "fullyQualifiedName": format!("{section}/{option}"), "kind": "property"}))
        }
        (None, Some(host), Some(service)) => {
            Some(json!({"name": service, "fullyQualifiedName": format!("{host}/{service}"), "kind": "service"}))
        }
        (None, Some(host), None) => Some(json!({"name": host, "kind": "host"})),
        (None, None, Some(service)) => Some(json!({"name": service, "kind": "service"})),
        (None, None, None) => None,
    };
    if let Some(logical) = logical {
        location.insert("logicalLocations".to_owned(), json!([logical]));
    }
    Some(Value::Object(location))
        .filter(|_| finding.place.is_some() || finding.host.is_some() || finding.service.is_some())
}

fn region(place: &Place) -> Value {
    span(place.line, place.column, place.end_line, place.end_column)
}

fn span(line: u32, column: u32, end_line: u32, end_column: u32) -> Value {
    json!({"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column})
}

fn related(related: &Related) -> Value {
    let host = related.host.as_ref().map(|host| format!("{host}: ")).unwrap_or_default();
    let mut location = Map::new();
    if let Some(file) = &related.file {
        let mut physical = json!({"artifactLocation": {"uri": uri(file)}});
        if let Some(line) = related.line {
            physical["region"] = json!({"startLine": line, "startColumn": related.column.unwrap_or(1)});
        }
        location.insert("physicalLocation".to_owned(), physical);
    }
    location.insert("message".to_owned(), message(&format!("{host}{}", related.message)));
    Value::Object(location)
}

/// The edits that are certain: together they are one fix, a change for each file.
fn fix(finding: &Finding) -> Value {
    let edits = &finding.remedy.edits;
    let mut files: Vec<&str> = Vec::new();
    for edit in edits {
        if !files.contains(&edit.file.as_str()) {
            files.push(&edit.file);
        }
    }
    let replacement = |edit: &Edit| {
        json!({
            "deletedRegion": span(edit.line, edit.column, edit.end_line, edit.end_column),
            "insertedContent": {"text": edit.text},
        })
    };
    let change = |file: &&str| {
        let here = edits.iter().filter(|edit| edit.file == **file);
        json!({"artifactLocation": {"uri": uri(file)}, "replacements": here.map(replacement).collect::<Vec<_>>()})
    };
    json!({
        "description": message(&finding.remedy.text),
        "artifactChanges": files.iter().map(change).collect::<Vec<_>>(),
    })
}

/// Plain text of a message. `{0}` stands for an argument there and `[a](b)` is a link; values of files are neither.
fn message(text: &str) -> Value {
    let mut text = clean(text).into_owned();
    if text.contains("](") {
        text = text.replace('[', "\\[").replace(']', "\\]");
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(open) = rest.find('{') {
        let inside = &rest[open + 1..];
        let digits = inside.len() - inside.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let argument = digits > 0 && inside[digits..].starts_with('}');
        out.push_str(&rest[..open]);
        if argument {
            let _ = write!(out, "{{{{{}}}}}", &inside[..digits]);
            rest = &inside[digits + 1..];
        } else {
            out.push('{');
            rest = inside;
        }
    }
    out.push_str(rest);
    json!({"text": out})
}

/// A path as a reference: absolute ones as `file:` URIs, relative ones as they are, with what a URI cannot hold in percent.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    if path.starts_with('/') {
        out.push_str("file://");
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{message, uri};

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("deploy/nova.conf"), "deploy/nova.conf");
        assert_eq!(uri("./a b/100%:é.conf"), "./a%20b/100%25%3A%C3%A9.conf");
        assert_eq!(uri("/etc/nova/nova.conf"), "file:///etc/nova/nova.conf");
    }

    #[test]
    fn values_are_neither_arguments_nor_links() {
        assert_eq!(message("a {0} {{ x }} {b}")["text"], "a {{0}} {{ x }} {b}");
        assert_eq!(message("[cache] enabled")["text"], "[cache] enabled");
        assert_eq!(message("[x](http://e)\u{1b}")["text"], "\\[x\\](http://e)\u{fffd}");
    }
}

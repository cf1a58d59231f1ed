//! The answers of `oracle.py`, compared with ours.

use serde_json::{Value as Json, json};
use vncdoctor::oslo::config::Outcome;
use vncdoctor::oslo::ini::{Parsed, ProblemKind};
use vncdoctor::oslo::value::Value;

/// Bytes as the characters U+0000 to U+00FF, which JSON can carry.
pub(crate) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|b| char::from(*b)).collect()
}

/// A value in the oracle's words.
fn tagged(value: &Value) -> Json {
    match value {
        Value::Null => json!(["n"]),
        Value::Boolean(b) => json!(["b", b]),
        Value::Integer(i) => json!(["i", i]),
        Value::Float(f) if f.is_nan() => json!(["f", "nan"]),
        Value::Float(f) => json!(["f", f]),
        Value::Text(t) => json!(["s", t]),
        Value::List(items) => json!(["l", items.iter().map(tagged).collect::<Vec<_>>()]),
        Value::Dict(pairs) => json!(["d", pairs.iter().map(|(k, v)| json!([k, tagged(v)])).collect::<Vec<_>>()]),
    }
}

/// The oracle's floats as numbers, so that only the value counts.
fn numbers(json: Json) -> Json {
    match json {
        Json::Array(items) if items.len() == 2 && items[0] == "f" => {
            let number: f64 = items[1].as_str().unwrap().parse().unwrap();
            tagged(&Value::Float(number))
        }
        Json::Array(items) => Json::Array(items.into_iter().map(numbers).collect()),
        other => other,
    }
}

pub(crate) fn structure(parsed: &Parsed) -> Json {
    if let Some(problem) = parsed.problem {
        let kind = serde_json::to_value(problem.kind).unwrap();
        return match problem.kind {
            ProblemKind::Encoding { offset } => json!({"error": ["encoding", offset]}),
            // oslo.config notices at the end of the assignment, we name its start
            ProblemKind::NoSection => json!({"error": [kind, null]}),
            _ => json!({"error": [kind, problem.span.line]}),
        };
    }
    let mut sections = serde_json::Map::new();
    for section in &parsed.sections {
        sections.entry(section.name.clone()).or_insert_with(|| json!({}));
    }
    for entry in &parsed.entries {
        let keys = sections[&entry.section].as_object_mut().unwrap();
        let values = keys.entry(entry.key.clone()).or_insert_with(|| json!([]));
        values.as_array_mut().unwrap().push(json!(entry.value));
    }
    json!({"sections": sections})
}

pub(crate) fn same_structure(ours: &Json, theirs: &Json) -> bool {
    match (&ours["error"], &theirs["error"]) {
        (Json::Null, Json::Null) => ours == theirs,
        (Json::Null, _) | (_, Json::Null) => false,
        // they stumble over the mark later, in one way or another
        (o, _) if o[0] == "bom" => true,
        (o, t) if o[0] == "no-section" => t[0] == "no-section",
        (o, t) => o == t,
    }
}

/// Whether we got what the oracle got.
pub(crate) fn agree(ours: &Outcome, theirs: &Json) -> bool {
    match ours {
        Outcome::Value(value) => tagged(value) == numbers(theirs.clone()),
        Outcome::Refused(_) => theirs[0] == "refused",
        Outcome::Unknown(_) => false,
    }
}

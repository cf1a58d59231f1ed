//! Lists and dicts: `List.__call__` and `Dict.__call__` of `oslo_config/types.py`.

use super::{Item, Kind, Refusal, Shape, Value, chosen, integer};
use crate::oslo::text;

/// Items between commas; a piece that is no item is tried again together with the pieces behind it.
pub(super) fn list(item: Item, raw: &str, release: u16) -> Result<Value, Refusal> {
    let mut body = text::strip(raw);
    if release >= 18 {
        body = body.trim_end_matches(',');
    }
    let mut items = Vec::new();
    if body.is_empty() {
        return Ok(Value::List(items));
    }
    let mut rest = Some(body);
    while let Some(text) = rest {
        let mut end = text.find(',').unwrap_or(text.len());
        loop {
            match list_item(item, text::strip(&text[..end])) {
                Ok(value) => {
                    items.push(value);
                    break;
                }
                Err(refusal) if end == text.len() => return Err(refusal),
                Err(_) => {
                    end = text[end + 1..].find(',').map_or(text.len(), |more| end + 1 + more);
                }
            }
        }
        rest = text.get(end + 1..);
    }
    Ok(Value::List(items))
}

fn list_item(item: Item, raw: &str) -> Result<Value, Refusal> {
    match item {
        Item::Text { choices, ignore_case } => chosen(choices, ignore_case, raw)?,
        Item::Integer => {
            return integer(&Shape { kind: Kind::Integer, ..Shape::ANY }, raw);
        }
        Item::LimitsResource => {}
    }
    Ok(Value::Text(raw.to_owned()))
}

/// `name:value` pairs between commas; a piece without a colon joins the pieces behind it until there is one.
pub(super) fn dict(raw: &str) -> Result<Value, Refusal> {
    let body = text::strip(raw);
    let mut pairs: Vec<(String, Value)> = Vec::new();
    let mut rest = Some(body).filter(|b| !b.is_empty());
    while let Some(text) = rest {
        let colon = text.find(':').ok_or_else(|| Refusal::Type(Kind::Dict.word().to_owned()))?;
        let end = text[colon..].find(',').map_or(text.len(), |comma| colon + comma);
        let name = text::strip(&text[..colon]);
        if name.is_empty() || pairs.iter().any(|(known, _)| known == name) {
            return Err(Refusal::Pair);
        }
        pairs.push((name.to_owned(), Value::Text(text::strip(&text[colon + 1..end]).to_owned())));
        rest = text.get(end + 1..);
    }
    Ok(Value::Dict(pairs))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ANY: Item = Item::Text { choices: &[], ignore_case: false };

    fn texts(raw: &str, release: u16) -> Vec<String> {
        let Value::List(items) = list(ANY, raw, release).unwrap() else {
            return Vec::new();
        };
        items.iter().map(Value::text).collect()
    }

    #[test]
    fn a_trailing_comma_is_an_item_up_to_queens() {
        assert_eq!(texts("a:1 , b:2 ,", 17), ["a:1", "b:2", ""]);
        assert_eq!(texts("a:1 , b:2 ,", 18), ["a:1", "b:2"]);
        assert_eq!(texts("a,\nb", 34), ["a", "b"]);
        assert!(texts(" ", 17).is_empty() && texts(",,", 34).is_empty());
        assert_eq!(texts(",", 17), ["", ""]);
    }

    #[test]
    fn items_of_other_types_are_converted() {
        let numbers = Value::List(vec![Value::Integer(500), Value::Integer(502)]);
        assert_eq!(list(Item::Integer, "500, 502", 34), Ok(numbers));
        assert!(list(Item::Integer, "500, x", 34).is_err());
        let schemes = Item::Text { choices: &["none", "vencrypt"], ignore_case: false };
        assert!(list(schemes, "none,vencrypt", 17).is_ok());
        assert!(list(schemes, "none,vnc", 17).is_err());
    }

    #[test]
    fn pairs_of_a_dict() {
        let Value::Dict(pairs) = dict("a:1, b : x:y").unwrap() else {
            return;
        };
        assert_eq!(pairs[1], ("b".to_owned(), Value::Text("x:y".to_owned())));
        assert_eq!(dict("a,b:1").unwrap(), Value::Dict(vec![("a,b".to_owned(), Value::Text("1".to_owned()))]));
        assert_eq!(dict("").unwrap(), Value::Dict(Vec::new()));
        assert_eq!(dict("a:1,a:2"), Err(Refusal::Pair));
        assert_eq!(dict(":1"), Err(Refusal::Pair));
        assert!(dict("a:1,").is_err());
    }
}

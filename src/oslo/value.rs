//! Typed values: what `oslo_config/types.py` makes of a text, and what it refuses.
//!
//! [`convert`] follows oslo.config 5.2.1 and 10.7.0 and chooses by release where they differ: a trailing comma of a list adds
//! an empty item up to Queens and none from Rocky on (`List.__call__`, 6.4), a URI is checked whole up to Rocky and by
//! scheme, host and path from Stein on (`URI.__call__`, 6.8). A whole number outside 64 bits is kept as the text of its
//! digits.

mod collection;
mod host;
mod pattern;
mod uri;

use serde::{Deserialize, Serialize};

use super::text;

/// A value as the program gets it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// no value: no default, or an empty number
    Null,
    /// true or false
    Boolean(bool),
    /// a whole number
    Integer(i64),
    /// a number
    Float(f64),
    /// text
    Text(String),
    /// several, in order
    List(Vec<Value>),
    /// names and values, in the order written
    Dict(Vec<(String, Value)>),
}

impl Value {
    /// What Python's `str()` makes of it; nothing for a missing value. This is what `$name` is replaced by.
    pub fn text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(t) => t.clone(),
            other => other.repr(),
        }
    }

    fn repr(&self) -> String {
        match self {
            Self::Null => "None".to_owned(),
            Self::Boolean(true) => "True".to_owned(),
            Self::Boolean(false) => "False".to_owned(),
            Self::Integer(i) => i.to_string(),
            Self::Float(f) => text::float(*f),
            Self::Text(t) => text::repr(t),
            Self::List(items) => {
                format!("[{}]", items.iter().map(Self::repr).collect::<Vec<_>>().join(", "))
            }
            Self::Dict(pairs) => {
                let pairs: Vec<_> = pairs.iter().map(|(k, v)| format!("{}: {}", text::repr(k), v.repr())).collect();
                format!("{{{}}}", pairs.join(", "))
            }
        }
    }
}

/// The type of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `StrOpt`
    Text,
    /// `BoolOpt`
    Boolean,
    /// `IntOpt`
    Integer,
    /// `FloatOpt`
    Float,
    /// `PortOpt`
    Port,
    /// `ListOpt`
    List,
    /// `DictOpt`
    Dict,
    /// `IPOpt`
    Ip,
    /// `HostnameOpt`
    Hostname,
    /// `HostAddressOpt`
    HostAddress,
    /// `HostDomainOpt`
    HostDomain,
    /// `URIOpt`
    Uri,
    /// `MultiStrOpt`: every assignment counts
    MultiText,
    /// `MultiOpt` of dicts
    MultiDict,
}

impl Kind {
    /// Whether every assignment counts, not only the last one.
    pub fn is_multi(self) -> bool {
        matches!(self, Self::MultiText | Self::MultiDict)
    }

    /// What the type is called in messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Boolean => "a boolean",
            Self::Integer => "an integer",
            Self::Float => "a number",
            Self::Port => "a port",
            Self::List => "a comma separated list",
            Self::Dict | Self::MultiDict => "a list of name:value pairs",
            Self::Ip => "an ip address",
            Self::Hostname => "a host name",
            Self::HostAddress | Self::HostDomain => "a host name or ip address",
            Self::Uri => "a url with scheme and host",
            Self::MultiText => "text, repeatable",
        }
    }
}

/// The type of a list's items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// text, of these choices if there are any
    Text {
        /// allowed items; none means any
        choices: &'static [&'static str],
        /// whether case is ignored in them
        ignore_case: bool,
    },
    /// whole numbers
    Integer,
    /// names of unified limits; not checked here
    LimitsResource,
}

/// What a release accepts as the value of an option.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// first release for which this holds
    pub from: u16,
    /// type
    pub kind: Kind,
    /// least number
    pub min: Option<f64>,
    /// greatest number
    pub max: Option<f64>,
    /// allowed values; none means any
    pub choices: &'static [&'static str],
    /// whether case is ignored in `choices`
    pub ignore_case: bool,
    /// regular expression the text has to match; empty for none
    pub pattern: &'static str,
    /// most characters; 0 for any number
    pub max_length: usize,
    /// allowed URI schemes; none means any
    pub schemes: &'static [&'static str],
    /// type of a list's items
    pub item: Item,
}

impl Shape {
    /// Any text.
    pub const ANY: Self = Self {
        from: 0,
        kind: Kind::Text,
        min: None,
        max: None,
        choices: &[],
        ignore_case: false,
        pattern: "",
        max_length: 0,
        schemes: &[],
        item: Item::Text { choices: &[], ignore_case: false },
    };
}

/// Why oslo.config raises when the option is read. It names what was expected and never repeats the value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// the value is not of the type
    #[error("not {0}")]
    Type(String),
    /// the value is none of the allowed ones
    #[error("none of {}", .0.join(", "))]
    Choice(Vec<String>),
    /// the number is too small
    #[error("less than {0}")]
    Less(f64),
    /// the number is too great
    #[error("greater than {0}")]
    Greater(f64),
    /// the text is too long
    #[error("longer than {0} characters")]
    Length(usize),
    /// the text does not look as required
    #[error("does not match {0}")]
    Pattern(String),
    /// the scheme of the url is not allowed
    #[error("a url with a scheme other than {}", .0.join(", "))]
    Scheme(Vec<String>),
    /// a pair of a dict has no name, or a name comes twice
    #[error("a name:value pair without a name or with a name used before")]
    Pair,
    /// `$word` names nothing
    #[error("a $ that names no option; a literal dollar sign is written $$")]
    NoSuchOption,
    /// options refer to each other in a circle
    #[error("options that refer to each other in a circle")]
    Circle,
    /// a rule broken by a value that has been taken out since
    #[error("{0}")]
    Broken(String),
}

/// Converts a text, already interpolated, as `release` does.
pub fn convert(shape: &Shape, raw: &str, release: u16) -> Result<Value, Refusal> {
    let not = || Refusal::Type(shape.kind.word().to_owned());
    match shape.kind {
        Kind::Text => checked_text(shape, raw),
        Kind::Boolean => boolean(raw).map(Value::Boolean).ok_or_else(not),
        Kind::Integer | Kind::Port => integer(shape, raw),
        Kind::Float => float(shape, raw),
        Kind::List => collection::list(shape.item, raw, release),
        Kind::Dict => collection::dict(raw),
        Kind::Ip => host::is_ip(raw).then(|| Value::Text(raw.to_owned())).ok_or_else(not),
        Kind::Hostname => host::name(raw, false).map(Value::Text).ok_or_else(not),
        Kind::HostAddress => host::address(raw).map(Value::Text).ok_or_else(not),
        Kind::HostDomain => host::domain(raw).map(Value::Text).ok_or_else(not),
        Kind::Uri => {
            let scheme = if release < 19 { uri::check_whole(raw) } else { uri::check_parts(raw) }.ok_or_else(not)?;
            if shape.schemes.is_empty() || shape.schemes.contains(&scheme) {
                Ok(Value::Text(raw.to_owned()))
            } else {
                Err(Refusal::Scheme(owned(shape.schemes)))
            }
        }
        Kind::MultiText => Ok(Value::List(vec![Value::Text(raw.to_owned())])),
        Kind::MultiDict => Ok(Value::List(vec![collection::dict(raw)?])),
    }
}

/// Converts every assignment of an option of which every one counts.
pub fn convert_all(shape: &Shape, raw: &[String]) -> Result<Value, Refusal> {
    let one = |text: &String| match shape.kind {
        Kind::MultiDict => collection::dict(text),
        _ => Ok(Value::Text(text.clone())),
    };
    Ok(Value::List(raw.iter().map(one).collect::<Result<_, _>>()?))
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|t| (*t).to_owned()).collect()
}

fn chosen(choices: &'static [&'static str], ignore_case: bool, raw: &str) -> Result<(), Refusal> {
    let lower = if ignore_case { raw.to_lowercase() } else { String::new() };
    let same = |choice: &&str| {
        if ignore_case { choice.to_lowercase() == lower } else { *choice == raw }
    };
    if choices.is_empty() || choices.iter().any(same) { Ok(()) } else { Err(Refusal::Choice(owned(choices))) }
}

fn checked_text(shape: &Shape, raw: &str) -> Result<Value, Refusal> {
    if shape.max_length > 0 && raw.chars().count() > shape.max_length {
        return Err(Refusal::Length(shape.max_length));
    }
    if !pattern::matches(shape.pattern, raw) {
        return Err(Refusal::Pattern(shape.pattern.to_owned()));
    }
    chosen(shape.choices, shape.ignore_case, raw)?;
    Ok(Value::Text(raw.to_owned()))
}

fn boolean(raw: &str) -> Option<bool> {
    match raw.to_lowercase().as_str() {
        "true" | "1" | "on" | "yes" => Some(true),
        "false" | "0" | "off" | "no" => Some(false),
        _ => None,
    }
}

/// A whole number as Python prints it: no plus sign, no leading zeros.
fn whole(raw: &str) -> Option<String> {
    let number = text::number(raw)?;
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", number.strip_prefix('+').unwrap_or(&number)),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = digits.trim_start_matches('0');
    Some(if digits.is_empty() { "0".to_owned() } else { format!("{sign}{digits}") })
}

fn integer(shape: &Shape, raw: &str) -> Result<Value, Refusal> {
    if text::strip(raw).is_empty() {
        return Ok(Value::Null);
    }
    let number = whole(raw).ok_or_else(|| Refusal::Type(shape.kind.word().to_owned()))?;
    let (min, max) = if shape.kind == Kind::Port {
        (shape.min.or(Some(0.0)), shape.max.or(Some(65535.0)))
    } else {
        (shape.min, shape.max)
    };
    if shape.choices.is_empty() {
        bounded(min, max, number.parse().unwrap_or(f64::NAN))?;
    } else if !shape.choices.contains(&number.as_str()) {
        return Err(Refusal::Choice(owned(shape.choices)));
    }
    Ok(number.parse().map_or(Value::Text(number), Value::Integer))
}

fn float(shape: &Shape, raw: &str) -> Result<Value, Refusal> {
    if text::strip(raw).is_empty() {
        return Ok(Value::Null);
    }
    let number = text::number(raw).and_then(|n| n.parse::<f64>().ok());
    let number = number.ok_or_else(|| Refusal::Type(shape.kind.word().to_owned()))?;
    bounded(shape.min, shape.max, number)?;
    Ok(Value::Float(number))
}

fn bounded(min: Option<f64>, max: Option<f64>, number: f64) -> Result<(), Refusal> {
    match (min, max) {
        (Some(min), _) if number < min => Err(Refusal::Less(min)),
        (_, Some(max)) if number > max => Err(Refusal::Greater(max)),
        _ => Ok(()),
    }
}

//! What of a file may be kept: everything else is taken out before anyone else sees it.
//!
//! A value stays only if its option is known (in any release, old spellings and removed options included, and options that
//! stand in another of nova's own sections) and harmless. Secret and unknown options become `***`. Urls that carry credentials
//! keep scheme, hosts, ports and path. What an option's type refuses stays, because it helps to see a slip, unless it looks like a
//! password. Whenever it is not certain where a password ends, everything goes. Before a value goes,
//! a rule that it breaks in every release is noted in [`Entry::breaks`](super::ini::Entry), without naming any of its words,
//! and so is whether it was a default or went on with a comment. Of an indented line that reads like an assignment to an
//! option of nova the name stays. Spans keep telling of the file as it was.

mod class;
mod harmless;
mod url;

use std::collections::BTreeMap;

use self::class::{Class, class};
use super::config;
use super::ini::{Entry, Filled, Parsed, Words};
use super::interpolate::{Piece, pieces};
use super::options::{self, OptionDef, RELEASES};
use super::transport_url::TransportUrl;
use super::value::{self, Kind, Refusal, Shape};

/// What stands for a text that was taken out.
pub const HIDDEN: &str = "***";
/// What stands for a value that a template fills in: a default in it may be a password.
pub const FILLED: &str = "{{ *** }}";

/// What is left of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// the text that may be shown
    pub text: String,
    /// whether something was taken out
    pub redacted: bool,
    /// the rule that the value as it was breaks in every release
    pub breaks: Option<String>,
}

/// Takes everything that may be secret out of a file, in place. Doing it again changes nothing.
pub fn redact(parsed: &mut Parsed) {
    for section in &mut parsed.sections {
        hide_odd_name(&mut section.name);
    }
    for entry in &mut parsed.entries {
        if !entry.redacted {
            entry.show(hide);
        }
    }
    parsed.forget_index();
}

/// Takes out of an entry what may be secret; leaves one alone of which all may be kept.
fn hide(entry: &mut Entry) {
    if entry.filled == Filled::Value {
        let text = vec![format!("{} = {FILLED}", entry.key)];
        let words = entry.words_mut();
        FILLED.clone_into(&mut words.value);
        words.text = text;
        words.redacted = true;
    }
    if !entry.redacted && is_plain_name(&entry.section) && stays(entry) {
        return;
    }
    let kept = if entry.redacted {
        Kept { text: entry.value.clone(), redacted: false, breaks: None }
    } else {
        value(&entry.section, &entry.key, &entry.value)
    };
    let odd = !is_plain_name(&entry.key) || !is_plain_name(&entry.section);
    let idle = !entry.value.is_empty() && is_default(&entry.section, &entry.key, &entry.value);
    if idle != entry.idle {
        entry.words_mut().idle = idle;
    }
    if kept.redacted {
        let commented = is_commented(&entry.section, &entry.key, &entry.value);
        let text = text(entry, &kept.text);
        let words = entry.words_mut();
        words.commented = commented;
        words.text = text;
        words.value = kept.text;
        words.redacted = true;
        words.breaks = kept.breaks;
    }
    if odd {
        let words = entry.words_mut();
        hide_odd_name(&mut words.key);
        hide_odd_name(&mut words.section);
        words.text = vec![format!("{} = {}", words.key, words.value.replace('\n', " "))];
    }
}

/// Whether all of a value may be kept, as far as that is told at a glance: most values of most files.
fn stays(words: &Words) -> bool {
    let mut options = words.option().into_iter().chain(words.heirs().iter().copied()).peekable();
    options.peek().is_some()
        && options.all(|option| class(option) == Class::Open)
        && harmless::is_plain(&words.value)
        && !harmless::looks_secret(&words.value)
        && !words.value.contains(HIDDEN)
}

/// What may be kept of one value.
pub fn value(section: &str, name: &str, text: &str) -> Kept {
    let options: Vec<_> = options::lookup(section, name).into_iter().chain(options::formerly(section, name)).collect();
    let left = match () {
        () if text.is_empty() => Some(String::new()),
        () if options.is_empty() => left(&misplaced(section, name), text),
        () => left(&options, text),
    };
    match left {
        Some(left) if left == text && !text.contains(HIDDEN) => Kept { text: left, redacted: false, breaks: None },
        left => {
            let text_left = left.unwrap_or_else(|| HIDDEN.to_owned());
            Kept { text: text_left, redacted: true, breaks: broken_rule(&options, text) }
        }
    }
}

/// Sections in which nova alone registers options: a name of another section can only be that option, in the wrong place.
const NOVAS: [&str; 6] = ["DEFAULT", "vnc", "console", "consoleauth", "workarounds", "spice"];

/// The options of other sections that a name is for, where each of them is harmless.
fn misplaced(section: &str, name: &str) -> Vec<&'static OptionDef> {
    if !NOVAS.contains(&options::normalized(section).as_ref()) {
        return Vec::new();
    }
    let mut found: Vec<_> = options::named(name).collect();
    if !found.iter().all(|option| class(option) == Class::Open) {
        found.clear();
    }
    found
}

/// Whether a comment follows a url or a path. In other secrets white space and a mark may be meant.
fn is_commented(section: &str, name: &str, text: &str) -> bool {
    let mut options = options::lookup(section, name).into_iter().chain(options::formerly(section, name));
    let first = text.split('\n').next().unwrap_or_default();
    options.any(|option| matches!(class(option), Class::Url | Class::Path))
        && harmless::comment_start(first).is_some_and(|at| at > 0)
}

/// Whether a value under a name that no release reads is the default of the option that was probably meant: then the slip
/// changes nothing. Says no more of the value than that.
fn is_default(section: &str, name: &str, text: &str) -> bool {
    let is_known = options::lookup(section, name).is_some() || options::formerly(section, name).next().is_some();
    if is_known || config::by_plugin(section, name) {
        return false;
    }
    let any: Vec<u16> = (RELEASES.0..=RELEASES.1).collect();
    let elsewhere = options::near_section(section, &[]).and_then(|section| options::section_of(section, name, &any));
    let same = options::near(section, name, &any);
    let meant = same.into_iter().chain(elsewhere).map(|spelling| spelling.option).chain(options::named(name));
    meant.into_iter().any(|option| {
        let release = option.last.min(RELEASES.1);
        let shape = option.shape(release);
        let value = value::convert(shape, text, release);
        !shape.kind.is_multi() && value.is_ok_and(|value| value == option.default(release).value(shape.kind))
    })
}

/// Keeps of a process's environment only what overrides an option, and of that only what may be kept.
pub fn environment(variables: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut kept = BTreeMap::new();
    if !variables.keys().any(|name| name.starts_with("OS_") && name.contains("__")) {
        return kept;
    }
    for option in options::all() {
        let name = config::variable(option.section, option.name);
        if let Some(text) = variables.get(&name) {
            kept.insert(name, value(option.section, option.name, text).text);
        }
    }
    kept
}

/// What of a text may be kept; `None` for nothing.
fn left(options: &[&'static OptionDef], text: &str) -> Option<String> {
    if options.is_empty() {
        return None;
    }
    let any = |wanted: Class| options.iter().any(|option| class(option) == wanted);
    if any(Class::Argument) {
        return url::cache_argument(text);
    }
    if any(Class::Url) {
        return url::without_credentials(text);
    }
    if any(Class::Secret) {
        return None;
    }
    if any(Class::Path) {
        return harmless::path(text);
    }
    match () {
        () if options.iter().all(|o| is_strict(o, text)) => Some(text.to_owned()),
        // pasted into the wrong line: the option's type takes nothing of the kind
        () if harmless::looks_secret(text) && broken_rule(options, text).is_some() => None,
        () => harmless::cut(text),
    }
}

/// Whether the value satisfies a type that leaves no room for a secret.
fn is_strict(option: &OptionDef, text: &str) -> bool {
    option.shapes().iter().all(|shape| {
        let narrow = match shape.kind {
            Kind::Text => !shape.choices.is_empty(),
            Kind::Boolean | Kind::Integer | Kind::Float | Kind::Port | Kind::Ip => true,
            _ => false,
        };
        narrow && value::convert(shape, text, shape.from).is_ok()
    })
}

/// A rule that the value breaks in every release that reads the option.
fn broken_rule(options: &[&'static OptionDef], text: &str) -> Option<String> {
    if text.contains(HIDDEN) {
        return None;
    }
    let mut broken: Option<Refusal> = None;
    for option in options {
        let mut before: Option<(&Shape, bool)> = None;
        for release in (RELEASES.0..=RELEASES.1).filter(|r| option.is_in(*r)) {
            // only names depend on more of the release than what is compared here
            let same = Some((option.shape(release), release < 19));
            if same == before && release != 18 && !text.contains('$') && !is_transport_url(option) {
                continue;
            }
            before = same;
            broken = Some(refusal(option, text, release)?);
        }
    }
    broken.map(|r| r.to_string())
}

fn refusal(option: &OptionDef, text: &str, release: u16) -> Option<Refusal> {
    let mut literal = String::new();
    let mut unknown = false;
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => literal.push_str(&text),
            Piece::Name(name) if config::by_plugin(option.section, &name) => unknown = true,
            Piece::Name(name) => match config::target(option.section, &name, release) {
                Some(_) => unknown = true,
                None => return Some(Refusal::NoSuchOption),
            },
        }
    }
    if unknown {
        return None;
    }
    let refused = value::convert(option.shape(release), &literal, release).err();
    refused.or_else(|| if is_transport_url(option) { unreadable(&literal, release) } else { None })
}

fn is_transport_url(option: &OptionDef) -> bool {
    (option.section, option.name) == ("DEFAULT", "transport_url")
}

/// What oslo.messaging cannot read at the start of a service, though oslo.config takes it. A word that somebody put in the place
/// of the url, of a port or of an address is no slip, and quotes are told of elsewhere.
fn unreadable(text: &str, release: u16) -> Option<Refusal> {
    let stands_in =
        text.contains(['<', '{', '"', '\'']) || text.to_ascii_lowercase().contains(":port") || !text.contains('@');
    if stands_in {
        return None;
    }
    let why = match TransportUrl::parse(text, release) {
        Ok(url) => url.no_driver()?,
        Err(error) => error.to_string(),
    };
    Some(Refusal::Broken(format!("no url that oslo.messaging can read: it {why}")))
}

/// Whether a url lost nothing but its user or what arguments say: it leads to where it led. One with a token is more than that.
pub fn is_whole_url(left: &str) -> bool {
    let Some((_, rest)) = left.split_once("://") else { return false };
    let place = rest.split(['?', '#']).next().unwrap_or_default();
    let host = place.rsplit('@').next().unwrap_or_default();
    !host.contains(HIDDEN) && !left.contains(['$', '\n', ' ']) && !left.to_ascii_lowercase().contains("token")
}

/// The source lines with what is left of the value in its place.
fn text(entry: &Entry, left: &str) -> Vec<String> {
    let mut lines = Vec::with_capacity(entry.text.len());
    let same_line = entry.value_span.line == entry.key_span.line;
    let mut left: Vec<&str> = left.split('\n').collect();
    // a value that starts below its name has an empty first line
    if !same_line && left.len() == 1 {
        left.insert(0, "");
    }
    for (nth, line) in entry.text.iter().enumerate() {
        let start: String = if nth == 0 {
            let width = if same_line { entry.value_span.column as usize - 1 } else { line.chars().count() };
            line.chars().take(width).collect()
        } else {
            line.chars().take_while(|c| c.is_whitespace()).collect()
        };
        let shown =
            if left.len() == entry.text.len() || nth == 0 { left.get(nth).copied().unwrap_or(HIDDEN) } else { HIDDEN };
        match swallowed(line).filter(|_| nth > 0 && shown == HIDDEN) {
            // an assignment that lost its place: the name of an option tells nothing
            Some(name) => lines.push(format!("{start}{name} = {HIDDEN}")),
            None => lines.push(start + shown),
        }
    }
    lines
}

/// The name in a line below the first one that reads like an assignment to an option, of whatever section.
pub fn swallowed(line: &str) -> Option<&str> {
    let (name, _) = line.split_once('=')?;
    let name = name.trim();
    let known = || {
        options::named(name).next().is_some()
            || options::is_old_name(name)
            || config::by_plugin("keystone_authtoken", name)
    };
    (line.starts_with([' ', '\t']) && is_plain_name(name) && !name.is_empty() && known()).then_some(name)
}

/// What a name is made of. Spaces around it are a common slip (`[ cache ]`); one inside parts a name from a value whose
/// own `=` was taken for the separator (`memcache_secret_key c2VjcmV0=`).
fn is_plain_name(name: &str) -> bool {
    name.len() <= 64 && name.trim_matches(' ').bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-:".contains(&b))
}

/// A name that is none may be a piece of a value that lost its indentation.
fn hide_odd_name(name: &mut String) {
    let inside = name.trim_matches(['[', ']', '"', '\'']);
    let is_known = inside.len() < name.len() && (RELEASES.0..=RELEASES.1).any(|r| options::has_section(inside, r));
    if !is_known && !is_plain_name(name) {
        HIDDEN.clone_into(name);
    }
}

#[cfg(test)]
mod tests;

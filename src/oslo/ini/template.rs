//! Templates of configuration files, as deployment repositories keep them.
//!
//! Jinja2 (`{{ … }}`, `{% … %}`, `{# … #}`), ERB (`<%= … %>`, `<% … %>`), Go's `{{ … }}`, words in capitals between `%` or
//! `@`, and one between `__` that is all of a value. What a template fills in is not known here: such a value is
//! [`Filled::Value`], one that stands in a branch or a loop [`Filled::Branch`]. Lines of control are passed over; where whole
//! lines are put in ([`Parsed::open`](super::Parsed)) nothing can be said of options that are absent. Everything else is read by
//! oslo.config's rules. Limits: nothing is rendered, so a header inside a branch counts for all that follows it.

use super::reader::{Reader, lines};
use super::{Filled, Parsed};
use crate::oslo::text::{lstrip, strip};

/// How names of templates end.
const SUFFIXES: [&str; 12] =
    [".j2", ".jinja2", ".jinja", ".tmpl", ".tpl", ".template", ".erb", ".epp", ".gotmpl", ".ctmpl", ".tftpl", ".in"];
/// Marks that open a tag, and what closes it.
const TAGS: [(&str, &str); 4] = [("{%", "%}"), ("{#", "#}"), ("{{", "}}"), ("<%", "%>")];
/// Shortest word between two `@` that is a placeholder, a password may well hold a shorter one. Between two `%` one of two
/// letters will do that is no byte of a url, as `%C3%` is.
const SHORTEST: usize = 3;

/// A file name without the ending that makes it a template's.
pub fn plain_name(name: &str) -> &str {
    SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name)
}

/// Whether the bytes of a file, which were read as they are, are a template beyond doubt: outside comments they have a tag that is
/// closed, or a placeholder.
pub fn is_template(parsed: &Parsed, bytes: &[u8]) -> bool {
    if parsed.problem.is_some() {
        // not every line was kept
        let any = |text| lines(text).any(|line| !line.starts_with(['#', ';']) && has_syntax(line));
        return std::str::from_utf8(bytes).is_ok_and(any);
    }
    parsed.sections.iter().any(|section| has_syntax(&section.name))
        || parsed.entries.iter().any(|entry| entry.has_syntax())
}

/// Whether a line that is no comment has a tag that is closed, or a placeholder.
pub(super) fn has_syntax(line: &str) -> bool {
    let closed = |(open, close): &(&str, &str)| line.split_once(open).is_some_and(|(_, rest)| rest.contains(close));
    marked(line) && (TAGS.iter().any(closed) || has_placeholder(line))
}

/// Whether a tag or a placeholder may begin in a text.
fn marked(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr3(b'{', b'<', b'%', bytes).or_else(|| memchr::memchr(b'@', bytes)).is_some() || text.contains("__")
}

/// Whether a template fills in part of a value.
fn is_filled(value: &str) -> bool {
    TAGS.iter().any(|(open, _)| value.contains(open)) || has_placeholder(value)
}

/// A word that somebody is to replace.
fn has_placeholder(text: &str) -> bool {
    is_between_marks(text) || is_underlined(text)
}

/// `%RABBIT_HOST%`, `%%RABBIT_HOST%%`, `@RABBIT_HOST@`; a lone word such as `%HOST%` only where no other stands before it,
/// because a password may hold such marks.
fn is_between_marks(text: &str) -> bool {
    ['%', '@'].into_iter().any(|mark| {
        let pieces: Vec<&str> = text.split(mark).collect();
        pieces.windows(3).any(|three| {
            let apart = !three[0].ends_with(|c: char| c.is_alphanumeric());
            let long = three[1].len() >= SHORTEST || mark == '%' && !three[1].chars().all(|c| c.is_ascii_hexdigit());
            is_word(three[1]) && long && (apart || three[1].contains('_'))
        })
    })
}

/// `port = __PORT__`: a path or a name may hold underscores, so nothing may stand beside it. `<PORT>` is none: manuals write it,
/// and a file that still has it was never filled in.
fn is_underlined(line: &str) -> bool {
    if !line.contains("__") {
        return false;
    }
    let value = line.split_once(['=', ':']).map_or(line, |(_, value)| value);
    let bare = strip(value).trim_matches(['"', '\'']);
    bare.strip_prefix("__").and_then(|rest| rest.strip_suffix("__")).is_some_and(is_word)
}

fn is_word(text: &str) -> bool {
    text.len() > 1
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// What is read between two lines.
#[derive(Default)]
struct State {
    /// branches and loops around the line
    depth: usize,
    /// what closes a tag that began on an earlier line, and whether that was inside a value
    closing: Option<(&'static str, bool)>,
}

/// Reads the lines of a template.
pub(super) fn read(reader: &mut Reader, text: &str) {
    reader.parsed.template = true;
    let mut state = State::default();
    for line in lines(text) {
        state.line(reader, line);
    }
}

impl State {
    fn line(&mut self, reader: &mut Reader, line: &str) {
        let mut rest = line;
        if let Some((close, in_value)) = self.closing {
            let Some(at) = line.find(close) else {
                return if in_value { reader.extend(line) } else { reader.pass() };
            };
            self.closing = None;
            if in_value {
                self.count(&line[at + close.len()..]);
                return reader.extend(line);
            }
            rest = &line[at + close.len()..];
            if strip(rest).is_empty() {
                return reader.pass();
            }
        }
        if rest.starts_with(['#', ';']) {
            return reader.line(rest);
        }
        let before = self.depth;
        let plain = self.behind_tags(rest, &mut reader.parsed);
        if strip(plain).is_empty() {
            // a line of control leaves what it stands between together; an empty one does not
            return if strip(rest).is_empty() { reader.line(rest) } else { reader.pass() };
        }
        // the branch may open in front of the line and close behind it
        let depth = before.max(self.depth);
        let cut = plain.len() < rest.len();
        Self::content(reader, line, if cut && !starts_indented(line) { lstrip(plain) } else { plain }, depth);
        self.count(plain);
    }

    /// A line that is more than tags.
    fn content(reader: &mut Reader, line: &str, plain: &str, depth: usize) {
        let indented = starts_indented(plain);
        if indented && !reader.continues() {
            // what it continues may be put in by the template
            return reader.pass();
        }
        let name = plain.split([':', '=']).next().unwrap_or_default();
        if !indented && plain.starts_with('[') {
            let header = TAGS.iter().filter_map(|(open, _)| plain.find(open)).min().map_or(plain, |at| &plain[..at]);
            if header.len() < plain.len() && !strip(header).ends_with(']') {
                reader.parsed.open = true;
                return reader.unknown_section();
            }
            return reader.line_at(line, header);
        }
        if !indented && is_filled(name) {
            // an option, or several, whose names are not known
            reader.parsed.open = true;
            return reader.unknown_entry();
        }
        reader.line_at(line, plain);
        let filled = match () {
            () if is_filled(plain) => Filled::Value,
            () if depth > 0 => Filled::Branch,
            () => Filled::No,
        };
        reader.fill(filled);
    }

    /// What follows the tags at the start of a line.
    fn behind_tags<'l>(&mut self, line: &'l str, parsed: &mut Parsed) -> &'l str {
        let mut rest = line;
        loop {
            let inner = lstrip(rest);
            let tag = TAGS.iter().find(|(open, _)| inner.starts_with(open) && !inner.starts_with("<%="));
            let Some((open, close)) = tag else { return rest };
            let body = &inner[open.len()..];
            let Some(end) = body.find(close) else {
                self.word(open, body, parsed);
                self.closing = Some((close, false));
                return "";
            };
            let behind = &body[end + close.len()..];
            if *open == "{{" && !strip(behind).is_empty() && !is_control(&body[..end]) {
                return rest;
            }
            self.word(open, &body[..end], parsed);
            rest = behind;
        }
    }

    /// What a tag at the start of a line does.
    fn word(&mut self, open: &str, body: &str, parsed: &mut Parsed) {
        if open == "{#" {
            return;
        }
        self.depth = (self.depth + usize::from(opens(body))).saturating_sub(usize::from(closes(body)));
        let puts_lines =
            (open == "{{" && !is_control(body)) || matches!(first_word(body), "include" | "import" | "block");
        parsed.open |= puts_lines;
    }

    /// Branches that open and close inside a line, and a tag that it leaves open.
    fn count(&mut self, text: &str) {
        let mut rest = text;
        while let Some((at, (open, close))) =
            TAGS.iter().filter_map(|tag| Some((rest.find(tag.0)?, *tag))).min_by_key(|(at, _)| *at)
        {
            let body = &rest[at + open.len()..];
            let Some(end) = body.find(close) else {
                self.closing = Some((close, true));
                return;
            };
            if open != "{#" {
                let body = &body[..end];
                self.depth = (self.depth + usize::from(opens(body))).saturating_sub(usize::from(closes(body)));
            }
            rest = &body[end + close.len()..];
        }
    }
}

fn starts_indented(line: &str) -> bool {
    line.starts_with([' ', '\t'])
}

fn first_word(body: &str) -> &str {
    let body = body.trim_start_matches(['-', '+', '~', ' ', '\t']);
    body.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

fn opens(body: &str) -> bool {
    let plain_set = |word| word == "set" && !body.contains('=');
    let word = first_word(body);
    matches!(
        word,
        "if" | "for" | "macro" | "call" | "filter" | "with" | "block" | "range" | "define" | "unless" | "case"
    ) || plain_set(word)
        || word != "end" && (body.trim_end().ends_with('|') && body.contains(" do "))
}

fn closes(body: &str) -> bool {
    first_word(body).starts_with("end")
}

/// Go's `{{ if … }}` is what `{% if … %}` is in Jinja2.
fn is_control(body: &str) -> bool {
    opens(body) || closes(body) || matches!(first_word(body), "else" | "template")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{is_template, plain_name};
    use crate::oslo::ini::{Filled, Parsed, parse, parse_template};

    fn read(text: &str) -> (Parsed, Vec<(String, String, Filled)>) {
        let parsed = parse_template(text.as_bytes());
        let entries = parsed.entries.iter().map(|e| (e.section.clone(), e.key.clone(), e.filled)).collect();
        (parsed, entries)
    }

    fn is(section: &str, key: &str, filled: Filled) -> (String, String, Filled) {
        (section.to_owned(), key.to_owned(), filled)
    }

    #[test]
    fn control_lines_are_no_problem_and_values_are_told_apart() {
        let (parsed, entries) = read(
            "{# a\n  note = 1\n#}\n[vnc]\n{% if a %}\nenabled = true\n{% else %}\nenabled = false\n{%- endif %}\n\
             host = {{ ip | default('S3CRET') }}\nport = 6080\n{% set x = [\n  'a = b',\n] %}\n\
             list = a,\n  {% for h in hs %}\n  {{ h }},\n  {% endfor %}\n  z\nuser = %DB_USER%\n",
        );
        assert_eq!(parsed.problem, None);
        assert!(parsed.template && !parsed.open);
        let wanted = [
            is("vnc", "enabled", Filled::Branch),
            is("vnc", "enabled", Filled::Branch),
            is("vnc", "host", Filled::Value),
            is("vnc", "port", Filled::No),
            is("vnc", "list", Filled::Value),
            is("vnc", "user", Filled::Value),
        ];
        assert_eq!(entries, wanted);
        assert_eq!(parsed.entries[3].key_span.line, 11);
        let list = parsed.entries[4].value_span;
        assert_eq!((list.line, list.end_line), (15, 19));
    }

    #[test]
    fn whole_lines_that_are_put_in_leave_the_file_open() {
        for text in [
            "[vnc]\n{{ extra }}\n",
            "[vnc]\n{% include 'parts/cache' %}\n",
            "{% for s in all %}\n[{{ s.name }}]\nx = 1\n{% endfor %}\n",
            "[vnc]\n{{ key }} = {{ value }}\n  more\n",
        ] {
            let (parsed, entries) = read(text);
            assert!(parsed.open && parsed.problem.is_none() && entries.is_empty(), "{text}");
        }
    }

    #[test]
    fn tags_around_an_assignment_leave_its_place() {
        let (parsed, entries) = read("[vnc]\n{% if a %}server_listen = ::{% endif %}\nnext = 1\n");
        assert_eq!(entries, [is("vnc", "server_listen", Filled::Value), is("vnc", "next", Filled::No)]);
        assert_eq!((parsed.entries[0].key_span.column, parsed.entries[0].key_span.end_column), (11, 24));
        let (_, entries) = read("[cache]\n<% if @x -%>\nbackend = <%= @b %>\n<% end -%>\nenabled = true\n");
        assert_eq!(entries, [is("cache", "backend", Filled::Value), is("cache", "enabled", Filled::No)]);
    }

    #[test]
    fn plain_files_are_no_templates() {
        let whole = |text: &str| is_template(&parse(text.as_bytes()), text.as_bytes());
        for text in [
            "[DEFAULT]\nlogging_context_format_string = %(asctime)s.%(msecs)03d %(process)d %(levelname)s\n",
            "[DEFAULT]\n# {{ ansible_managed }} %HOST%\ninstance_name_template = instance-%08x\n",
            "[DEFAULT]\ntransport_url = rabbit://a:pw@HOST@h:pw%ABC%41@h\n",
            "[DEFAULT]\ntransport_url = rabbit://a:%C3%A9%B2%@IT@h\ninstance_usage_audit_period = month@15\n",
            "[pci]\nalias = {\"a\": {\"b\": 1}}\n",
            "[a]\nb = __init__\nc = /srv/__HOST__\nd = __HOST__:1\ne = __A__,__B__\nf = ____\ng = <HOST>\n",
        ] {
            assert!(!whole(text), "{text}");
        }
        for text in [
            "[a]\nb = %HOST%\n",
            "[a]\nb = %IP%\n",
            "[a]\nb = @HOST@\n",
            "[a]\nb = __HOST__\n",
            "[a]\nb: '__DB_HOST__'\n",
            "[a]\n__MORE_LINES__\n",
            "{% if a %}\n",
            "b = {{ c }}\n",
            "b = <%= c %>\n",
        ] {
            assert!(whole(text), "{text}");
        }
        assert_eq!((plain_name("nova.conf.j2"), plain_name("nova.conf")), ("nova.conf", "nova.conf"));
    }
}

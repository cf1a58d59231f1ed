//! nginx's file: directives that end in `;` or open a block (ngx_conf_file.c, ngx_conf_read_token).
//!
//! Limits: an `include` is not followed; files that are given together are read as one, and a `server` outside `http` stands
//! for one that is included there. Bodies of Lua are not read.

mod door;

pub(super) use door::doors;

use super::tree::Directive;

/// Directives whose words are no secrets.
const HARMLESS: [&str; 26] = [
    "http",
    "stream",
    "events",
    "server",
    "upstream",
    "location",
    "map",
    "if",
    "include",
    "listen",
    "server_name",
    "proxy_pass",
    "proxy_http_version",
    "proxy_read_timeout",
    "proxy_send_timeout",
    "proxy_timeout",
    "send_timeout",
    "ssl",
    "return",
    "rewrite",
    "least_conn",
    "ip_hash",
    "hash",
    "limit_except",
    "default_type",
    "proxy_ssl_verify",
];

/// Headers that matter to a console.
const HEADERS: [&str; 4] = ["upgrade", "connection", "host", "x-forwarded-proto"];

/// Deepest nesting that is read: nginx's own files have four levels.
const DEEPEST: usize = 32;

/// Every directive at the top, with its block.
pub(super) fn read(text: &str) -> Vec<Directive> {
    let mut reader = Reader { chars: text.trim_start_matches('\u{feff}').chars().collect(), at: 0, line: 1, column: 1 };
    let lines: Vec<&str> = text.lines().collect();
    reader.block(&lines, 0)
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    line: u32,
    column: u32,
}

/// What ends a directive.
enum End {
    Semicolon,
    Open,
    Close,
    Text,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        if c == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(c)
    }

    /// Directives up to the end of the block or of the text.
    fn block(&mut self, lines: &[&str], depth: usize) -> Vec<Directive> {
        let mut found = Vec::new();
        loop {
            let (mut directive, end) = self.directive(lines);
            let lua = directive.name().ends_with("_by_lua_block");
            match end {
                End::Open if lua || depth >= DEEPEST => self.skip(),
                End::Open => directive.block = self.block(lines, depth + 1),
                End::Semicolon => {}
                End::Close | End::Text => return found,
            }
            if directive.words.is_empty() {
                continue;
            }
            if !harmless(&directive) {
                directive.hide();
            }
            found.push(directive);
        }
    }

    /// One directive's words and what ends them.
    fn directive(&mut self, lines: &[&str]) -> (Directive, End) {
        let mut directive = Directive::default();
        loop {
            match self.peek() {
                None => return (directive, End::Text),
                Some(c) if c.is_whitespace() => drop(self.next()),
                Some('#') => while self.next().is_some_and(|c| c != '\n') {},
                Some(';') => {
                    self.close(&mut directive);
                    return (directive, End::Semicolon);
                }
                Some('{') => {
                    self.close(&mut directive);
                    return (directive, End::Open);
                }
                Some('}') => {
                    self.next();
                    return (directive, End::Close);
                }
                Some(_) => {
                    if directive.words.is_empty() {
                        (directive.line, directive.column) = (self.line, self.column);
                        let source =
                            lines.get(self.line as usize - 1).map(|line| line.trim_end().chars().take(400).collect());
                        directive.source = source.unwrap_or_default();
                    }
                    let word = self.word();
                    directive.words.push(word);
                    if self.line == directive.line {
                        directive.end_column = self.column;
                    }
                }
            }
        }
    }

    /// Takes the sign that ends a directive; it belongs to it where it stands on its line.
    fn close(&mut self, directive: &mut Directive) {
        let semicolon = self.peek() == Some(';');
        self.next();
        if semicolon && self.line == directive.line {
            directive.end_column = self.column;
        }
    }

    /// A word: quoted, or up to a space or a sign. `${name}` is part of one.
    fn word(&mut self) -> String {
        let mut word = String::new();
        let quote = self.peek().filter(|c| ['"', '\''].contains(c));
        if quote.is_some() {
            self.next();
        }
        while let Some(c) = self.peek() {
            match (quote, c) {
                (Some(open), c) if c == open => {
                    self.next();
                    return word;
                }
                (None, ';' | '{') if !(c == '{' && word.ends_with('$')) => return word,
                (None, c) if c.is_whitespace() => return word,
                (_, '\\') => {
                    self.next();
                    word.push('\\');
                    word.extend(self.next());
                }
                _ => word.extend(self.next()),
            }
        }
        word
    }

    /// Passes over a block of another language.
    fn skip(&mut self) {
        let mut depth = 1;
        while let Some(c) = self.next() {
            match c {
                '{' => depth += 1,
                '}' if depth == 1 => return,
                '}' => depth -= 1,
                _ => {}
            }
        }
    }
}

fn harmless(directive: &Directive) -> bool {
    match directive.name() {
        "proxy_set_header" => HEADERS.contains(&directive.word(1).to_ascii_lowercase().as_str()),
        // a line of a map, an upstream or a geo block
        name => HARMLESS.contains(&name),
    }
}

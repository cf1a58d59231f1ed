//! HAProxy's file: sections of lines of words (configuration manual, 2.2 "Quoting and escaping", 4.1 "Proxy keywords").
//!
//! Releases 1.5 to 3.2 are read alike. A section without `from` inherits from the `defaults` nearest above it; a `defaults`
//! section begins anew and inherits from no other but by `from`.

mod door;
mod words;

pub(super) use door::doors;

use super::tree::Directive;
use words::split;

/// First words of sections, up to release 3.2.
pub(super) const SECTIONS: [&str; 19] = [
    "global",
    "defaults",
    "frontend",
    "backend",
    "listen",
    "userlist",
    "peers",
    "resolvers",
    "program",
    "cache",
    "mailers",
    "ring",
    "http-errors",
    "log-forward",
    "fcgi-app",
    "crt-store",
    "log-profile",
    "traces",
    "acme",
];

/// Directives whose words are no secrets.
const HARMLESS: [&str; 19] = [
    "mode",
    "timeout",
    "clitimeout",
    "srvtimeout",
    "option",
    "no",
    "bind",
    "server",
    "server-template",
    "default-server",
    "default_backend",
    "use_backend",
    "balance",
    "redirect",
    "http-send-name-header",
    "maxconn",
    "retries",
    "disabled",
    "http-reuse",
];

/// Headers that matter to a console.
const HEADERS: [&str; 4] = ["upgrade", "connection", "host", "x-forwarded-proto"];

/// Every section with its lines.
pub(super) fn read(text: &str) -> Vec<Directive> {
    let mut sections: Vec<Directive> = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let Some((words, column, end_column)) = split(line) else { continue };
        // `.if`, `.notice` and the like are read before the rest
        if words[0].starts_with('.') {
            continue;
        }
        let line_number = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
        let source = line.trim_end().chars().take(400).collect();
        let mut directive = Directive { words, line: line_number, column, end_column, source, block: Vec::new() };
        if SECTIONS.contains(&directive.name()) {
            sections.push(directive);
            continue;
        }
        if !harmless(&directive) {
            directive.hide();
        }
        if let Some(section) = sections.last_mut() {
            section.block.push(directive);
        }
    }
    sections
}

fn harmless(directive: &Directive) -> bool {
    let header = |text: &str| HEADERS.iter().any(|header| text.to_ascii_lowercase().contains(header));
    match directive.name() {
        "http-request" => {
            directive.word(1) == "redirect"
                || (directive.word(1).ends_with("-header")
                    && HEADERS.contains(&directive.word(2).to_ascii_lowercase().as_str()))
        }
        "http-check" => directive.word(1) == "expect" || (directive.word(1) == "send" && !header_sent(directive)),
        "reqadd" | "reqdel" | "reqidel" | "reqrep" | "reqirep" | "reqset" => header(directive.word(1)),
        "option" => {
            directive.word(1) != "httpchk"
                || !directive.words.iter().any(|word| word.to_ascii_lowercase().contains("authorization"))
        }
        name => HARMLESS.contains(&name),
    }
}

/// `http-check send ... hdr NAME VALUE` or a body: may carry a password.
fn header_sent(directive: &Directive) -> bool {
    directive.words.iter().any(|word| matches!(word.as_str(), "hdr" | "body" | "body-lf"))
}

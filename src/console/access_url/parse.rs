//! Takes a console URL apart, tolerating every [`Damage`].

use super::args::{Args, decode};
use super::damage::{mend, note};
use super::{AccessUrl, ConsoleType, Damage, Parsed, Scheme, TokenIn, UrlProblem};
use crate::console::token::{NotAToken, Token, find_uuid};

/// Longest text looked at, in bytes; a console URL has a few hundred.
const LIMIT: usize = 8192;

pub(super) fn parse(text: &str) -> Result<Parsed, UrlProblem> {
    if text.len() > LIMIT {
        return Err(UrlProblem::TooLong { limit: LIMIT });
    }
    let mut damages = Vec::new();
    let text = mend(text, &mut damages);
    if text.is_empty() {
        return Err(UrlProblem::Empty);
    }
    let Some(gap) = text.find(char::is_whitespace) else {
        return take_apart(&text, damages);
    };
    // two words, or one broken by a line end? the one that gives a whole token tells
    let is_whole = |parsed: &Result<Parsed, UrlProblem>| matches!(parsed, Ok((_, Some(Ok(_)))));
    let mut following = damages.clone();
    note(&mut following, Damage::FollowingText);
    let first_word = take_apart(&text[..gap], following);
    if is_whole(&first_word) {
        return first_word;
    }
    note(&mut damages, Damage::Whitespace);
    take_apart(&text.split_whitespace().collect::<String>(), damages)
}

fn take_apart(text: &str, mut damages: Vec<Damage>) -> Result<Parsed, UrlProblem> {
    let (scheme, rest) = split_scheme(text, &mut damages)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let (host, port) = split_authority(authority, &mut damages)?;
    let scheme = scheme.unwrap_or(if port == Some(443) { Scheme::Https } else { Scheme::Http });
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (page, query) = split_page(rest, &mut damages);

    let mut args = Args::default();
    args.read(&query, &mut damages);
    if args.tokens.is_empty() && fragment.contains("token") {
        args.read(fragment.trim_start_matches(['?', '&']), &mut damages);
        note(&mut damages, Damage::Fragment);
    }
    let port = port.unwrap_or(scheme.default_port());
    let console_type = console_type(scheme, port, &page, args.token_in);
    if args.token_in == TokenIn::Path && !matches!(console_type, ConsoleType::Novnc | ConsoleType::Unknown) {
        note(&mut damages, Damage::PathOnOtherConsole);
    }
    if let [first @ .., last] = args.tokens.as_slice()
        && !first.is_empty()
    {
        let differ = first.iter().any(|other| other != last);
        note(&mut damages, if differ { Damage::TokensDiffer } else { Damage::TokenTwice });
    }
    let token = args.tokens.last().map(|text| read_token(text, &mut damages));

    let secrets = Secrets(&args.tokens);
    let url = AccessUrl {
        scheme,
        host,
        port,
        page: secrets.hide(&page),
        token_in: args.token_in,
        websocket_prefix: args.prefix.map(|prefix| secrets.hide(&prefix)),
        other_args: args.others.iter().map(|name| secrets.hide(name)).collect(),
        console_type,
        damages,
    };
    Ok((url, token))
}

/// The scheme, if there is one, and what follows its slashes.
fn split_scheme<'a>(text: &'a str, damages: &mut Vec<Damage>) -> Result<(Option<Scheme>, &'a str), UrlProblem> {
    let word_end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "+.-".contains(c))).unwrap_or(text.len());
    let (word, after) = text.split_at(word_end);
    let slashes_of = |rest: &'a str| {
        let bare = rest.trim_start_matches('/');
        (rest.len() - bare.len(), bare)
    };
    let known = Scheme::from_word(word);
    if let Some(after) = after.strip_prefix(':') {
        let (slashes, bare) = slashes_of(after);
        if known.is_some() && !(slashes == 0 && bare.starts_with(|c: char| c.is_ascii_digit())) {
            if slashes != 2 {
                note(damages, Damage::SchemeSlashes);
                if slashes > 2
                    && bare.split(['/', '?']).next().is_some_and(|first| first.to_ascii_lowercase().contains(".htm"))
                {
                    return Err(UrlProblem::NoHost);
                }
            }
            return Ok((known, bare));
        }
        if slashes >= 2 && !word.is_empty() {
            return Err(UrlProblem::Scheme);
        }
        if word.is_empty() && slashes >= 1 {
            note(damages, Damage::MissingScheme);
            return Ok((None, bare));
        }
    } else if known.is_some() && after.starts_with("//") {
        note(damages, Damage::SchemeSlashes);
        return Ok((known, slashes_of(after).1));
    }
    note(damages, Damage::MissingScheme);
    Ok((None, text.trim_start_matches('/')))
}

fn split_authority(authority: &str, damages: &mut Vec<Damage>) -> Result<(String, Option<u16>), UrlProblem> {
    let authority = match authority.rsplit_once('@') {
        Some((_, rest)) => {
            note(damages, Damage::Userinfo);
            rest
        }
        None => authority,
    };
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or(UrlProblem::Host)?;
        let port = match after.strip_prefix(':') {
            Some(port) => port,
            None if after.is_empty() => "",
            None => return Err(UrlProblem::Port),
        };
        let address = host.split('%').next().unwrap_or(host);
        if address.parse::<std::net::Ipv6Addr>().is_err() {
            return Err(UrlProblem::Host);
        }
        (host, port)
    } else if authority.matches(':').count() >= 2 {
        let is_v6 = |text: &str| text.parse::<std::net::Ipv6Addr>().is_ok();
        let (head, last) = authority.rsplit_once(':').unwrap_or((authority, ""));
        note(damages, Damage::UnbracketedIpv6);
        // `fd00::1:6080` is an address and, more likely, an address with a port
        if is_v6(head) && (!is_v6(authority) || matches!(last, "6080" | "6081" | "6082" | "6083" | "443" | "80")) {
            (head, last)
        } else if is_v6(authority) {
            (authority, "")
        } else {
            return Err(UrlProblem::Port);
        }
    } else {
        let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
        if host.chars().any(|c| !(c.is_alphanumeric() || ".-_".contains(c))) {
            return Err(UrlProblem::Host);
        }
        (host, port)
    };
    if host.is_empty() {
        return Err(UrlProblem::NoHost);
    }
    if find_uuid(host).is_some() {
        return Err(UrlProblem::TokenAsHost);
    }
    let port = match port {
        "" => None,
        digits if digits.bytes().all(|b| b.is_ascii_digit()) => match digits.parse() {
            Ok(0) | Err(_) => return Err(UrlProblem::Port),
            Ok(number) => Some(number),
        },
        _ => return Err(UrlProblem::Port),
    };
    Ok((host.to_owned(), port))
}

/// Page and query; a `?` that was encoded is put back.
fn split_page(rest: &str, damages: &mut Vec<Damage>) -> (String, String) {
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) => (path, query.to_owned()),
        None => match rest.to_ascii_lowercase().find("%3f") {
            Some(at) => {
                note(damages, Damage::EncodedQuestionMark);
                (&rest[..at], decode(&rest[at + 3..], damages))
            }
            None => (rest, String::new()),
        },
    };
    if path.starts_with("//") {
        note(damages, Damage::DoubleSlash);
    }
    let page = format!("/{}", path.trim_start_matches('/'));
    (page, query)
}

/// The token, mended where what was meant is plain.
fn read_token(text: &str, damages: &mut Vec<Damage>) -> Result<Token, NotAToken> {
    let parsed = Token::parse(text);
    let damage = match &parsed {
        Err(NotAToken::Wrapped) => Damage::TrailingJunk,
        Err(NotAToken::Capitals) => Damage::CapitalToken,
        Err(NotAToken::Truncated { .. }) => {
            note(damages, Damage::TruncatedToken);
            return parsed;
        }
        _ => return parsed,
    };
    note(damages, damage);
    find_uuid(text).and_then(|at| text.get(at..at + 36)).map_or(parsed, |uuid| Token::parse(&uuid.to_ascii_lowercase()))
}

fn console_type(scheme: Scheme, port: u16, page: &str, token_in: TokenIn) -> ConsoleType {
    let page = page.to_ascii_lowercase();
    let is_websocket = matches!(scheme, Scheme::Ws | Scheme::Wss);
    if page.contains("spice") {
        ConsoleType::SpiceHtml5
    } else if page.contains("mks") {
        ConsoleType::Webmks
    } else if page.contains("xvpvnc") || page == "/console" {
        ConsoleType::Xvpvnc
    } else if page.contains("vnc") || (is_websocket && (port == 6080 || page.ends_with("/websockify"))) {
        ConsoleType::Novnc
    } else if is_websocket {
        ConsoleType::Serial
    } else {
        match port {
            6080 => ConsoleType::Novnc,
            6081 => ConsoleType::Xvpvnc,
            6082 => ConsoleType::SpiceHtml5,
            6083 => ConsoleType::RdpHtml5,
            6090 => ConsoleType::Webmks,
            _ if token_in == TokenIn::Path => ConsoleType::Novnc,
            _ => ConsoleType::Unknown,
        }
    }
}

/// A reference resolved against the page as `new URL(path, location.href)` does, for a path without dots.
pub(super) fn resolve(page: &str, reference: &str) -> String {
    if reference.is_empty() {
        page.to_owned()
    } else if reference.starts_with('/') {
        reference.to_owned()
    } else {
        let folder = page.rfind('/').map_or("/", |slash| &page[..=slash]);
        format!("{folder}{reference}")
    }
}

/// Keeps tokens out of the parts of a URL that are kept.
struct Secrets<'a>(&'a [String]);

impl Secrets<'_> {
    const MASK: &'static str = "***";

    /// Hides every uuid, and every text that stood in a token's place.
    fn hide(&self, text: &str) -> String {
        let mut hidden = text.to_owned();
        while let Some(at) = find_uuid(&hidden) {
            hidden.replace_range(at..at + 36, Self::MASK);
        }
        for token in self.0.iter().filter(|token| token.len() >= 8) {
            hidden = hidden.replace(token.as_str(), Self::MASK);
        }
        let decoded = decode(&hidden, &mut Vec::new());
        let is_hidden_in_code = decoded != hidden
            && (find_uuid(&decoded).is_some()
                || self.0.iter().any(|token| token.len() >= 8 && decoded.contains(token)));
        if is_hidden_in_code { Self::MASK.to_owned() } else { hidden }
    }
}

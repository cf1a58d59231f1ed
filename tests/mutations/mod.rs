//! Good configuration files and what a hand does to them: one slip a mutation, by a small generator of fixed numbers.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::format_push_string,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use vncdoctor::console::release::Release;
use vncdoctor::evidence::Evidence;
use vncdoctor::evidence::host::{ConfigFile, Host, ServiceConfig};
use vncdoctor::finding::{Finding, Report};
use vncdoctor::judge::{self, Selection};
use vncdoctor::oslo::config::{Config, Identity, Outcome, Program};
use vncdoctor::oslo::ini::{Entry, parse};
use vncdoctor::oslo::options::{self, OptionDef};
use vncdoctor::oslo::redact::redact;
use vncdoctor::oslo::value::{Kind as Type, Value};

/// A file on which nothing is wrong.
pub struct Source {
    pub name: String,
    pub release: Option<u16>,
    pub text: String,
}

/// A slip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Dropped,
    Swapped,
    Doubled,
    Dash,
    Case,
    Moved,
    Section,
    Quoted,
    Commented,
    Indented,
}

pub const KINDS: [Kind; 10] = [
    Kind::Dropped,
    Kind::Swapped,
    Kind::Doubled,
    Kind::Dash,
    Kind::Case,
    Kind::Moved,
    Kind::Section,
    Kind::Quoted,
    Kind::Commented,
    Kind::Indented,
];

impl Kind {
    pub fn words(self) -> &'static str {
        match self {
            Self::Dropped => "letter dropped",
            Self::Swapped => "letters swapped",
            Self::Doubled => "letter doubled",
            Self::Dash => "dash for underscore",
            Self::Case => "capitals in a name",
            Self::Moved => "section moved",
            Self::Section => "section misspelt",
            Self::Quoted => "value quoted",
            Self::Commented => "comment appended",
            Self::Indented => "line indented",
        }
    }

    /// The name of the option is what is wrong.
    pub fn is_misspelling(self) -> bool {
        matches!(self, Self::Dropped | Self::Swapped | Self::Doubled | Self::Dash | Self::Case)
    }
}

/// A file with one slip.
pub struct Mutation {
    pub source: usize,
    pub kind: Kind,
    /// Section and name before.
    pub section: String,
    pub name: String,
    /// Section and name as they are now.
    pub now: (String, String),
    pub text: String,
    /// The line of the slip, from 1.
    pub line: u32,
}

impl Mutation {
    /// An option on which consoles hang.
    pub fn is_of_the_console(&self) -> bool {
        match options::normalized(&self.section).as_ref() {
            "vnc" | "console" | "consoleauth" | "cache" => true,
            "workarounds" => self.name == "enable_consoleauth",
            "DEFAULT" => {
                matches!(self.name.as_str(), "cert" | "key" | "ssl_only" | "web" | "transport_url" | "my_ip")
                    || self.name.contains("vnc")
                    || self.name.contains("console")
            }
            _ => false,
        }
    }
}

/// What a slip comes to, told by what nova reads before and after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Nova reads the same from a line that it still reads.
    Harmless,
    /// The new name is another option's.
    Another,
    /// An option that a plugin registers: what nova reads of it is not known here. Counted only where it is found.
    Foreign,
    /// Nova refuses the file, reads something else, or reads the line no more.
    Harmful,
}

/// xorshift64*: the same numbers on every machine.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % n
    }
}

/// The sites on which all is well, and a file of each of these releases with an option of the table a line.
pub fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sites");
    for dir in folders(&root) {
        let case: Json = serde_json::from_str(&std::fs::read_to_string(dir.join("case.json")).unwrap()).unwrap();
        let release = case["release"].as_str().map(|text| Release::parse(text).unwrap().number);
        let mut files = Vec::new();
        walk(&dir, &mut files);
        for path in files {
            let text = std::fs::read_to_string(&path).unwrap();
            if seen.insert((release, text.clone())) {
                let name = path.strip_prefix(&root).unwrap().display().to_string();
                found.push(Source { name, release, text });
            }
        }
    }
    for release in [17, 25, 34] {
        found.push(Source { name: format!("options-{release}.conf"), release: Some(release), text: of_table(release) });
    }
    found
}

fn folders(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    found.sort();
    found
}

fn walk(dir: &Path, files: &mut Vec<std::path::PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|kind| kind == "conf") {
            files.push(path);
        }
    }
}

/// A compute node of a release with its options at values that change nothing.
pub fn of_table(release: u16) -> String {
    const SECTIONS: [&str; 20] = [
        "DEFAULT",
        "api",
        "api_database",
        "cache",
        "compute",
        "conductor",
        "console",
        "consoleauth",
        "database",
        "filter_scheduler",
        "glance",
        "libvirt",
        "neutron",
        "oslo_concurrency",
        "oslo_messaging_rabbit",
        "quota",
        "scheduler",
        "spice",
        "vnc",
        "workarounds",
    ];
    let mut text = String::new();
    for section in SECTIONS {
        let mut lines = Vec::new();
        for option in options::all().iter().filter(|o| o.section == section && o.is_in(release)) {
            if let Some(value) = value(option, release) {
                lines.push(format!("{} = {value}\n", option.name));
            }
        }
        // of the large ones a part is enough
        let step = if matches!(section, "vnc" | "console" | "consoleauth" | "cache" | "spice") {
            1
        } else {
            1 + lines.len() / 25
        };
        text.push_str(&format!("[{section}]\n"));
        if section == "DEFAULT" {
            text.push_str("transport_url = rabbit://openstack:S3CRET@10.0.0.11:5672/\nmy_ip = 10.0.0.31\n");
        }
        for line in lines.iter().step_by(step) {
            text.push_str(line);
        }
        text.push('\n');
    }
    text
}

/// What may be written in a file without a change: the default, or a harmless value where that is none.
fn value(option: &OptionDef, release: u16) -> Option<String> {
    let given = match (option.section, option.name) {
        ("vnc", "novncproxy_base_url") => "http://203.0.113.10:6080/vnc_auto.html",
        ("vnc", "server_listen" | "vncserver_listen") => "0.0.0.0",
        ("vnc", "server_proxyclient_address" | "vncserver_proxyclient_address") => "$my_ip",
        ("vnc", "vencrypt_ca_certs") => "/etc/nova/ca.pem",
        ("vnc", "vencrypt_client_cert") => "/etc/nova/client.pem",
        ("vnc", "vencrypt_client_key") => "/etc/nova/client.key",
        ("vnc", "keymap") => "de",
        ("console", "allowed_origins") => "console.example",
        ("console", "ssl_ciphers") => "HIGH",
        ("cache", "enabled") => "True",
        ("cache", "backend") => "oslo_cache.memcache_pool",
        ("cache", "memcache_servers") => "10.0.0.11:11211,10.0.0.12:11211",
        ("DEFAULT", "transport_url" | "my_ip" | "log_options") | ("spice", "enabled") => return None,
        _ => "",
    };
    if !given.is_empty() {
        return Some(given.to_owned());
    }
    let shape = option.shape(release);
    let default = option.default(release).value(shape.kind);
    match (&default, shape.kind) {
        (_, kind) if kind.is_multi() || kind == Type::Dict => None,
        (Value::Text(text), _) if text.is_empty() || text.contains(['<', '$', '%']) => None,
        (Value::Text(text), _) => Some(text.clone()),
        (Value::List(items), _) if !items.is_empty() => {
            Some(items.iter().map(Value::text).collect::<Vec<_>>().join(","))
        }
        (Value::Boolean(_) | Value::Integer(_) | Value::Float(_), _) => Some(default.text()),
        _ => None,
    }
}

/// Every line of every source with one slip of each kind that fits it.
pub fn mutations(sources: &[Source], seed: u64) -> Vec<Mutation> {
    let mut numbers = Numbers(seed);
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (source, file) in sources.iter().enumerate() {
        let lines: Vec<&str> = file.text.lines().collect();
        let parsed = parse(file.text.as_bytes());
        for entry in &parsed.entries {
            if entry.text.len() > 1 || !seen.insert((file.release, entry.section.clone(), entry.text.clone())) {
                continue;
            }
            for kind in KINDS.into_iter().filter(|kind| *kind != Kind::Section) {
                let at = entry.key_span.line as usize - 1;
                let made = match kind {
                    Kind::Moved => moved(&lines, at, &parsed.sections, &entry.section, &mut numbers),
                    _ => on_line(kind, lines[at], &entry.key, &entry.value, is_list(entry), &mut numbers)
                        .map(|(line, key)| (replaced(&lines, at, &line), at as u32 + 1, (entry.section.clone(), key))),
                };
                let Some((text, line, now)) = made else { continue };
                let (section, name) = (entry.section.clone(), entry.key.clone());
                // what is alike many times over, or slow to judge, is taken now and then
                let one_in = match file.release {
                    None => 12,
                    _ if kind == Kind::Quoted && is_list(entry) => 1,
                    _ if matches!(section.as_str(), "vnc" | "console") => 1,
                    _ if !file.name.starts_with("options-") => 3,
                    _ if kind.is_misspelling() && matches!(section.as_str(), "consoleauth" | "cache") => 4,
                    _ => 40,
                };
                if numbers.below(one_in) > 0 {
                    continue;
                }
                found.push(Mutation { source, kind, section, name, now, text, line });
            }
        }
        for header in &parsed.sections {
            let Some(name) = slipped_section(&header.name, &mut numbers) else { continue };
            let at = header.span.line as usize - 1;
            let Some(first) = parsed.entries.iter().find(|e| e.section == header.name) else { continue };
            if seen.insert((file.release, header.name.clone(), Vec::new())) {
                found.push(Mutation {
                    source,
                    kind: Kind::Section,
                    section: header.name.clone(),
                    name: first.key.clone(),
                    text: replaced(&lines, at, &format!("[{name}]")),
                    now: (name, first.key.clone()),
                    line: header.span.line,
                });
            }
        }
    }
    found
}

fn replaced(lines: &[&str], at: usize, line: &str) -> String {
    let mut lines: Vec<&str> = lines.to_vec();
    lines[at] = line;
    lines.join("\n") + "\n"
}

fn is_list(entry: &Entry) -> bool {
    options::lookup(&entry.section, &entry.key).is_some_and(|option| option.shape(option.last).kind == Type::List)
}

/// The line with a slip, and the name that it has then.
fn on_line(
    kind: Kind,
    line: &str,
    key: &str,
    value: &str,
    is_list: bool,
    numbers: &mut Numbers,
) -> Option<(String, String)> {
    let letters: Vec<char> = key.chars().collect();
    let length = letters.len();
    let mut new = letters.clone();
    match kind {
        Kind::Dropped if length > 1 => drop(new.remove(numbers.below(length))),
        Kind::Swapped if length > 1 => {
            let first = numbers.below(length - 1);
            let place = (0..length - 1).map(|n| (first + n) % (length - 1)).find(|&n| letters[n] != letters[n + 1])?;
            new.swap(place, place + 1);
        }
        Kind::Doubled => {
            let place = numbers.below(length);
            new.insert(place, letters[place]);
        }
        Kind::Dash => {
            let places: Vec<usize> = (0..length).filter(|&n| letters[n] == '_').collect();
            if places.is_empty() {
                return None;
            }
            new[places[numbers.below(places.len())]] = '-';
        }
        Kind::Case => {
            let place = numbers.below(length);
            new[place] = letters[place].to_ascii_uppercase();
            if new == letters {
                new[0] = letters[0].to_ascii_uppercase();
            }
        }
        Kind::Quoted if is_list && value.contains(',') => {
            let items: Vec<String> = value.split(',').map(|item| format!("\"{}\"", item.trim())).collect();
            return Some((format!("{key} = {}", items.join(",")), key.to_owned()));
        }
        Kind::Quoted => return Some((format!("{key} = \"{value}\""), key.to_owned())),
        Kind::Commented => return Some((format!("{line} # changed in May"), key.to_owned())),
        Kind::Indented => return Some((format!("  {line}"), key.to_owned())),
        _ => return None,
    }
    let new: String = new.into_iter().collect();
    (new != key).then(|| (line.replacen(key, &new, 1), new))
}

/// The line at the end of another section of the file.
fn moved(
    lines: &[&str],
    at: usize,
    sections: &[vncdoctor::oslo::ini::Section],
    from: &str,
    numbers: &mut Numbers,
) -> Option<(String, u32, (String, String))> {
    let others: Vec<_> = sections.iter().filter(|section| section.name != from).collect();
    if others.is_empty() {
        return None;
    }
    let to = others[numbers.below(others.len())];
    let key = lines[at].split(['=', ':']).next()?.trim().to_owned();
    let mut lines: Vec<&str> = lines.to_vec();
    let line = lines.remove(at);
    // just below the header
    let header = to.span.line as usize - usize::from(to.span.line as usize > at);
    lines.insert(header, line);
    Some((lines.join("\n") + "\n", header as u32 + 1, (to.name.clone(), key)))
}

/// A header as somebody may write it by mistake.
fn slipped_section(name: &str, numbers: &mut Numbers) -> Option<String> {
    const CONSOLE: [&str; 9] =
        ["DEFAULT", "vnc", "console", "consoleauth", "cache", "workarounds", "database", "api_database", "spice"];
    if !CONSOLE.contains(&name) {
        return None;
    }
    Some(match numbers.below(4) {
        0 => format!(" {name} "),
        1 => format!("{name} "),
        2 if name == "DEFAULT" => name.to_lowercase(),
        2 => {
            let mut letters: Vec<char> = name.chars().collect();
            letters.remove(numbers.below(letters.len()));
            letters.into_iter().collect()
        }
        _ => {
            let mut letters: Vec<char> = name.chars().collect();
            let place = numbers.below(letters.len());
            letters.insert(place, letters[place]);
            letters.into_iter().collect()
        }
    })
}

/// Section, name and what reading gives.
pub type Reading = (String, String, Outcome);

/// What nova reads of a text: every option of the release, by a compute node and by a console proxy.
pub fn read(text: &str, release: u16) -> Vec<Reading> {
    let parsed = Arc::new(parse(text.as_bytes()));
    [Program::Compute, Program::Novncproxy]
        .into_iter()
        .flat_map(|program| {
            let files = vec![("nova.conf".to_owned(), parsed.clone())];
            let config = Config::new(files, std::collections::BTreeMap::new(), program, release, Identity::default());
            config.all()
        })
        .filter(|setting| setting.known)
        .map(|setting| (setting.section.into_owned(), setting.name.into_owned(), setting.value))
        .collect()
}

/// The release by which a slip is judged; without one, one in the middle.
pub fn judged_by(source: &Source) -> u16 {
    source.release.unwrap_or(25).max(15)
}

/// What a slip comes to, given what is read of the file without it.
pub fn meaning(mutation: &Mutation, source: &Source, before: &[Reading]) -> Meaning {
    let release = judged_by(source);
    let known = |(section, name): (&str, &str)| options::known(section, name, release);
    let was = known((&mutation.section, &mutation.name));
    let is = known((&mutation.now.0, &mutation.now.1));
    if parse(mutation.text.as_bytes()).problem.is_some() {
        return Meaning::Harmful;
    }
    let same = before == read(&mutation.text, release);
    let by_name = mutation.kind.is_misspelling() || matches!(mutation.kind, Kind::Moved | Kind::Section);
    match (was, is) {
        (false, false) if !same || mutation.kind.is_misspelling() => Meaning::Harmful,
        (false, _) => Meaning::Foreign,
        (true, true) if same => Meaning::Harmless,
        (true, true) if by_name => Meaning::Another,
        _ => Meaning::Harmful,
    }
}

/// What `vncdoctor lint` says of a text.
pub fn lint(text: &str, release: Option<u16>) -> Report {
    let mut parsed = parse(text.as_bytes());
    redact(&mut parsed);
    let file = ConfigFile { path: "nova.conf".to_owned(), modified: None, parsed: parsed.into() };
    let config = ServiceConfig { files: vec![0], ..ServiceConfig::default() };
    let mut evidence = Evidence::empty(1);
    evidence.release = release.and_then(Release::from_number);
    evidence.hosts = vec![Host { files: vec![file], configs: vec![config], ..Host::default() }];
    judge::findings_only("lint", &evidence, &Selection::default())
}

/// Whether a finding points at a line, with its own place or one that it adds.
pub fn points_at(finding: &Finding, line: u32) -> bool {
    finding.place.as_ref().is_some_and(|place| (place.line..=place.end_line).contains(&line))
        || finding.related.iter().any(|related| related.line == Some(line))
}

/// A text with a slip of one kind on every line that takes one: what many runs over one slip each would see.
pub fn batch(text: &str, kind: Kind, seed: u64) -> String {
    let mut numbers = Numbers(seed);
    let parsed = parse(text.as_bytes());
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    match kind {
        Kind::Section => {
            for header in &parsed.sections {
                if let Some(name) = slipped_section(&header.name, &mut numbers) {
                    lines[header.span.line as usize - 1] = format!("[{name}]");
                }
            }
        }
        Kind::Moved => {
            // every section gets the lines of the one before it
            let mut out = String::new();
            for (nth, header) in parsed.sections.iter().enumerate() {
                let from = &parsed.sections[(nth + parsed.sections.len() - 1) % parsed.sections.len()].name;
                out.push_str(&format!("[{}]\n", header.name));
                for entry in parsed.entries.iter().filter(|entry| entry.section == *from) {
                    out.push_str(&format!("{}\n", entry.text.join("\n")));
                }
            }
            return out;
        }
        _ => {
            for entry in parsed.entries.iter().filter(|entry| entry.text.len() == 1) {
                let at = entry.key_span.line as usize - 1;
                if let Some((line, _)) =
                    on_line(kind, &lines[at], &entry.key, &entry.value, is_list(entry), &mut numbers)
                {
                    lines[at] = line;
                }
            }
        }
    }
    lines.join("\n") + "\n"
}

//! Proxies behind one address are set up differently, so that a console opens or not as the balancer will have it.

use super::Cause;
use super::console_words::{proxies, proxy_remedy};
use super::peer_words::Peer;
use crate::evidence::host::ConfigFile;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Severity, Symptom};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::oslo::config::{Config, Outcome};
use crate::oslo::ini::Entry;
use crate::oslo::value::Value;
use std::rc::Rc;

const META: CauseMeta = CauseMeta {
    id: "proxies-differ",
    home: 13,
    releases: "15-34",
    severity: Severity::Error,
    field: &["D5", "E10", "C5"],
    title: "the console proxies are not set up alike",
    needs: &[Need::Config],
    symptoms: &[Symptom::Alternates],
    explanation: "\
A balancer sends each connection to any nova-novncproxy, the page to one and the WebSocket to another. What one of them does
differently shows as consoles that open now and then: ssl_only or a certificate on some (the others cut off TLS, or plain
connections), allowed_origins on some (the others refuse the dashboard's Origin after the 101), auth_schemes that have nothing in
common (whatever a compute node's QEMU offers, one of the proxies cannot use it). enforce_session_timeout on some ends some
sessions when their token expires. Proxies of different cells, told by their [database] connection, are not compared.

Give every proxy of a cell the same values.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// An option that has to agree, and what becomes of it otherwise.
struct Rule {
    section: &'static str,
    name: &'static str,
    since: u16,
    step: u8,
    what: &'static str,
}

const RULES: [Rule; 5] = [
    Rule { section: "DEFAULT", name: "cert", since: 15, step: 13, what: "TLS works on one alone" },
    Rule { section: "DEFAULT", name: "ssl_only", since: 15, step: 13, what: "one refuses plain connections" },
    Rule { section: "console", name: "allowed_origins", since: 15, step: 13, what: "one refuses what the other takes" },
    Rule { section: "vnc", name: "auth_schemes", since: 17, step: 15, what: "they take different VNC servers" },
    Rule {
        section: "consoleauth",
        name: "enforce_session_timeout",
        since: 29,
        step: 15,
        what: "sessions of one end when the token expires",
    },
];

/// A proxy and what it reads.
type Proxy<'c, 'e> = (&'c HostView<'e>, Rc<Config>);

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let all = proxies(case, Basis::Guessed);
    let [first, _, ..] = &all[..] else { return Vec::new() };
    let cell = database(&first.1);
    let mates: Vec<&Proxy> =
        all.iter().filter(|(_, config)| same_cell(cell.as_deref(), database(config).as_deref())).collect();
    RULES.iter().filter_map(|rule| judge(case, rule, &mates)).collect()
}

/// The name of the database, which tells the cell from Rocky on.
fn database(config: &Config) -> Option<String> {
    Peer::of(&config.get("database", "connection")).map(|peer| peer.path)
}

fn same_cell(a: Option<&str>, b: Option<&str>) -> bool {
    a.is_none() || b.is_none() || a == b
}

/// What is compared: for a certificate only whether one is named, as paths may differ; lists without their order.
fn compared(config: &Config, rule: &Rule) -> Option<Vec<String>> {
    let setting = config.get(rule.section, rule.name);
    if rule.name == "cert" {
        return Some(vec![setting.is_set().to_string()]);
    }
    match &setting.value {
        Outcome::Value(Value::List(items)) => {
            let mut items: Vec<String> = items.iter().map(|item| item.text().to_lowercase()).collect();
            items.sort();
            items.dedup();
            Some(items)
        }
        Outcome::Value(value) => Some(vec![value.text()]),
        _ => None,
    }
}

fn judge(case: &Case, rule: &Rule, proxies: &[&Proxy]) -> Option<Finding> {
    let holds = case.releases.within(|release| release >= rule.since);
    if holds.is_empty() {
        return None;
    }
    let values: Vec<(&Proxy, Vec<String>)> =
        proxies.iter().filter_map(|&proxy| Some((proxy, compared(&proxy.1, rule)?))).collect();
    let friends = |value: &[String]| values.iter().filter(|(_, other)| other == value).count();
    // the first of the values that most have
    let (usual, usual_value) = values.iter().rev().max_by_key(|(_, value)| friends(value))?;
    let (odd, odd_value) = values.iter().find(|(_, value)| value != usual_value)?;
    // a proxy without a certificate has no ssl_only either, and that has been told
    if rule.name == "ssl_only" && odd.1.get("DEFAULT", "cert").is_set() != usual.1.get("DEFAULT", "cert").is_set() {
        return None;
    }
    let nothing_shared = rule.name == "auth_schemes" && !odd_value.iter().any(|item| usual_value.contains(item));
    let (host, other) = (odd.0, usual.0);
    let message = format!(
        "nova-novncproxy on {} has {}, and on {} {}: {}",
        host.name(),
        shown(rule, &odd.1, odd_value),
        other.name(),
        shown(rule, &usual.1, usual_value),
        rule.what
    );
    // a guessed controller may be one that runs no proxy
    let told = [host, other].iter().all(|view| view.runs(Service::Novncproxy) == Some(Basis::Told));
    let severity = match rule.name {
        _ if !told => Severity::Note,
        "auth_schemes" if nothing_shared => case.severity_over(&holds),
        "enforce_session_timeout" => Severity::Note,
        _ => Severity::Warning,
    };
    // where it stands at all: a line is mended, or copied
    let (here, there) = if line(odd, rule).is_some() { (odd, usual) } else { (usual, odd) };
    let mut draft = Draft::new(&META, severity, message)
        .step(rule.step)
        .confidence(if told { Confidence::Likely } else { Confidence::Possible })
        .releases(Case::span(&holds))
        .host(here.0.host)
        .service(Service::Novncproxy)
        .seen("right only if they serve different users or cells")
        .remedy(proxy_remedy(format!(
            "give [{}] {} the same value for every nova-novncproxy",
            rule.section, rule.name
        )));
    if let Some((file, entry)) = line(here, rule) {
        draft = draft.at_value(file, entry);
    }
    draft = match line(there, rule) {
        Some((file, entry)) => draft.also(there.0.host, file, entry, "differs"),
        None => draft.also_host(there.0.host, "not set"),
    };
    Some(draft.done())
}

/// Where a proxy's files set the option.
fn line<'e>((host, config): &Proxy<'_, 'e>, rule: &Rule) -> Option<(&'e ConfigFile, &'e Entry)> {
    host.entry(&config.get(rule.section, rule.name))
}

/// The option with its value, or that nobody sets it.
fn shown(rule: &Rule, config: &Config, value: &[String]) -> String {
    match (rule.name, config.get(rule.section, rule.name).is_set()) {
        (name, false) => format!("no {name}"),
        ("cert", true) => "a cert".to_owned(),
        (name, true) => format!("{name} = {}", value.join(",")),
    }
}

//! A cache backend that the release does not have, that lacks what it needs, or that python-memcached cannot dial.

use super::Cause;
use super::cache_edit_words::readable_servers;
use super::line_swallowed::first_swallowed;
use super::service_words::{consoles_open, newest, serves};
use super::store_words::{cache_remedy, host_names};
use crate::console::token_store::{FailReason, RefusedAt, TokenStore, Which};
use crate::evidence::host::ConfigFile;
use crate::evidence::log::Event;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, HostView, StoreView};
use crate::judge::find::Draft;
use crate::judge::words::in_its_time;
use crate::oslo::ini::Entry;

const META: CauseMeta = CauseMeta {
    id: "cache-backend-unfit",
    home: 10,
    releases: "13-19",
    severity: Severity::Error,
    field: &["A7"],
    title: "the cache backend cannot work in this release",
    needs: &[Need::Config, Need::Logs],
    symptoms: &[Symptom::TokenRefused, Symptom::HangsUp, Symptom::Alternates],
    explanation: "\
`[cache] backend` takes a full name: oslo_cache.memcache_pool or dogpile.cache.memcached. A name that oslo.cache does not
have is refused at start from Pike (16) on (ConfigFileValueError) and at the first token before (Can't load plugin).
pymemcache came long after nova-consoleauth had gone. dogpile.cache.redis needs `backend_argument = url:...`; its driver also
fails when nova deletes the tokens of an instance that has none (fixed in Stein). python-memcached reads an IPv6 server only
as inet6:[address]:port; any other spelling, or an empty item in the list, raises for every token. Without the Python module
memcache it is the same. nova-consoleauth then logs `Exception during message handling`, and nova-api answers 500.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// The last release that has a nova-consoleauth.
const LAST: u16 = 19;

/// What is wrong with a value and a comment in one line.
const COMMENT: &str = "a comment behind a value is part of it";

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let unfit: Vec<(&StoreView, Vec<u16>)> = case
        .stores
        .iter()
        .map(|store| (store, store.holds(|kind| matches!(kind, TokenStore::Refuses { .. } | TokenStore::Fails { .. }))))
        .filter(|(store, holds)| !holds.is_empty() && !runs_on(case, store))
        .collect();
    let mut found: Vec<Finding> =
        unfit.first().map(|(first, holds)| error(case, &unfit, first, holds)).into_iter().collect();
    found.extend(redis(case));
    if found.is_empty() {
        found.extend(logged(case));
    }
    found
}

/// What nova-consoleauth's errors say of its store, and whether they spoil consoles.
fn unfit(text: &str) -> Option<(&'static str, Severity)> {
    let module = text.contains("No module named") && text.trim_end_matches(['\'', '"']).ends_with(" memcache")
        || text.contains("No module named 'memcache'");
    let what = match () {
        () if module => "its Python lacks the module memcache, which the cache backend needs",
        () if text.contains("Can't load plugin dogpile.cache") => {
            "dogpile.cache has no backend of the name that [cache] backend gives"
        }
        () if text.contains("Unable to parse connection string") => "python-memcached cannot read a server of its list",
        () if text.contains("ConfigFileValueError") && text.contains("option backend") => {
            "this release has no cache backend of the name that [cache] backend gives"
        }
        () if text.contains("wrong number of arguments for 'del'") => {
            return Some(("redis has refused to delete the tokens of an instance that has none", Severity::Warning));
        }
        () => return None,
    };
    Some((what, Severity::Error))
}

/// nova-consoleauth's log says it without any configuration: each call that comes to the store fails.
fn logged(case: &Case) -> Option<Finding> {
    if case.releases.candidates.iter().all(|release| *release > LAST) {
        return None;
    }
    let is = |event: &Event| matches!(event, Event::RpcFailed { text } if unfit(text).is_some());
    let logged = newest(case, Service::Consoleauth, is, serves)?;
    let Event::RpcFailed { text } = &logged.line.event else { return None };
    let (what, severity) = unfit(text)?;
    let remedy = if text.contains("No module named") {
        Remedy::new(format!("install python-memcached for the Python that runs nova-consoleauth on {}", logged.on()))
            .restart("nova-consoleauth")
            .command("python -c 'import memcache' (the same Python, on that host)")
            .verify("open a new console")
    } else {
        cache_remedy(case, "every controller", None)
    };
    let open = consoles_open(case, logged.line);
    let severity = open.as_ref().map_or(severity, |(open, _)| severity.min(*open));
    let message = in_its_time(severity, format!("nova-consoleauth on {} fails: {what}", logged.on()));
    Some(
        Draft::new(&META, severity, message)
            .likely()
            .host(logged.host)
            .service(Service::Consoleauth)
            .at_line(&logged.log.path, logged.line.line)
            .seen(format!("{}: an exception during message handling, and no token was served since", logged.at()))
            .seen_too(open.map(|(_, seen)| seen))
            .remedy(remedy)
            .done(),
    )
}

fn error(case: &Case, unfit: &[(&StoreView, Vec<u16>)], first: &StoreView, holds: &[u16]) -> Finding {
    let host = &case.hosts[first.host];
    let names = host_names(case, unfit.iter().map(|(store, _)| *store));
    let kind =
        first.by_release.iter().rev().find(|(release, _)| holds.contains(release)).map(|(_, store)| store.cache());
    let (what, option) = match kind {
        Some(TokenStore::Refuses { backend, when: RefusedAt::Start }) => {
            (format!("this release has no cache backend {backend}: nova-consoleauth does not start"), "backend")
        }
        Some(TokenStore::Refuses { backend, .. }) => {
            (format!("this release has no cache backend {backend}: every token fails"), "backend")
        }
        Some(TokenStore::Fails { reason: FailReason::MissingArgument { backend, argument } }) => {
            (format!("{backend} needs [cache] backend_argument = {argument}:... and has none"), "backend")
        }
        Some(TokenStore::Fails { reason: FailReason::ServerString { servers, from, index, problem } }) => {
            let server = servers.get(*index).map(String::as_str).unwrap_or_default();
            let option = if *from == Which::BackendArgument { "backend_argument" } else { "memcache_servers" };
            let problem =
                if server.contains(" #") || server.contains(" ;") { COMMENT.to_owned() } else { problem.to_string() };
            (format!("python-memcached cannot use the server {server:?}: {problem}"), option)
        }
        _ => ("the cache backend cannot be used".to_owned(), "backend"),
    };
    let edits = unfit.iter().filter(|_| option == "memcache_servers").filter_map(|(store, _)| {
        let (file, entry) = line(&case.hosts[store.host], store, option)?;
        readable_servers(file, entry)
    });
    let mut draft = Draft::new(&META, case.severity_over(holds), format!("on {names} {what}"))
        .releases(Case::span(holds))
        .host(host.host)
        .service(Service::Consoleauth)
        .remedy(cache_remedy(case, &names, None).edits(edits));
    for (index, (store, _)) in unfit.iter().enumerate() {
        let view = &case.hosts[store.host];
        let Some((file, entry)) = line(view, store, option) else { continue };
        draft = if index == 0 { draft.at_value(file, entry) } else { draft.same(view.host, file, entry) };
    }
    draft.done()
}

/// An indented assignment made the value what it is: line-swallowed tells.
fn runs_on(case: &Case, store: &StoreView) -> bool {
    ["backend", "memcache_servers"]
        .iter()
        .filter_map(|option| line(&case.hosts[store.host], store, option))
        .any(|(_, entry)| first_swallowed(entry).is_some())
}

/// The line that sets a cache option. `backend_argument` may stand several times; the last `url` is the one that counts.
fn line<'e>(view: &HostView<'e>, store: &StoreView, option: &str) -> Option<(&'e ConfigFile, &'e Entry)> {
    if option == "backend_argument" {
        return view
            .entries(Service::Consoleauth)
            .filter(|(_, entry)| entry.key == option && entry.value.starts_with("url:"))
            .last();
    }
    let (release, _) = store.by_release.last()?;
    view.entry(&view.config(Service::Consoleauth, *release)?.get("cache", option))
}

/// nova before Stein calls the driver with an empty list of keys, which redis answers with an error (LP#1794812).
fn redis(case: &Case) -> Option<Finding> {
    let is_redis =
        |kind: &TokenStore| matches!(kind, TokenStore::OtherShared { backend } if backend == "dogpile.cache.redis");
    let (store, holds) = case
        .stores
        .iter()
        .map(|store| (store, store.holds(is_redis).into_iter().filter(|release| *release <= 18).collect::<Vec<_>>()))
        .find(|(_, holds)| !holds.is_empty())?;
    let host = &case.hosts[store.host];
    let config = host.config(Service::Consoleauth, *holds.last()?)?;
    let mut draft = Draft::warning(
        &META,
        format!(
            "{} keeps tokens in redis, whose driver fails when nova deletes the tokens of an instance that has none",
            host.name()
        ),
    )
    .releases(Case::span(&holds))
    .likely()
    .host(host.host)
    .service(Service::Consoleauth)
    .remedy(cache_remedy(case, host.name(), None));
    if let Some((file, entry)) = host.entry(&config.get("cache", "backend")) {
        draft = draft.at_value(file, entry);
    }
    Some(draft.done())
}

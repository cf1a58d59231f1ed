//! Step 10: consoleauth → memcached; conductor → cell DB from Rocky. The token is stored.

use super::{Step, View};
use crate::evidence::api::{KnownToken, Question};
use crate::evidence::memcached::{Conduct, MemcachedAnswer};
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::StepMeta;
use crate::judge::case::Case;
use crate::judge::case::api::words as told;
use crate::judge::case::{answers, label, said};
use crate::judge::words::{age, list};

pub(super) const STEP: Step = Step {
    meta: StepMeta {
        number: 10,
        id: "token-stored",
        title: "the token is stored",
        who: "consoleauth → memcached; conductor → cell DB from Rocky",
        explanation: "\
Up to Queens (17), and in Rocky and Stein with `[workarounds] enable_consoleauth`, tokens lie where `[cache]` of each
nova-consoleauth host says: all of them must find what any of them stored. From Rocky on they are rows of the cell database.",
        needs: &[9],
    },
    judge,
};

fn judge(case: &Case) -> View {
    if let Some(token) = case.token.as_ref().filter(|token| !token.found.is_empty()) {
        let peers: Vec<&str> = token.found.iter().map(|holding| holding.peer.as_str()).collect();
        let mut view = View::pass(format!("the token lies on {}", list(&peers)));
        for seen in &case.evidence.memcached {
            view = view.seen(seen, words(&seen.saw));
        }
        return with_databases(case, view);
    }
    if let Some((seen, row)) = case.row() {
        let cell = case.cell_of(seen).map(|cell| format!(", the database of {}", cell.label())).unwrap_or_default();
        let left = row.expires as f64 - case.evidence.ended;
        let end = if left > 0.0 { format!("ends in {}", age(left)) } else { format!("ended {} ago", age(-left)) };
        return with_databases(case, View::pass(format!("the token is a row of {}{cell}, and {end}", label(seen))));
    }
    if let Some(view) = by_api(case) {
        return with_databases(case, view);
    }
    if let Some(story) = case.stories.iter().rev().find(|story| !story.checks.is_empty())
        && story.known_elsewhere()
        && story.checks.iter().all(|check| check.known)
        && case.evidence.memcached.is_empty()
    {
        return View::pass(format!(
            "a token that {} took is known to other hosts, as their logs say",
            story.taker.0.name
        ));
    }
    if case.stores.is_empty() {
        return with_databases(case, without_stores(case));
    }
    let memcached = case.stores.iter().filter(|store| !store.servers().is_empty()).count();
    let asked = &case.evidence.memcached;
    let alive = asked.iter().filter(|seen| answers(&seen.saw)).count();
    let mut view = if case.token.is_some() && case.handed_out() {
        let lookups =
            case.token.as_ref().map_or(0, |token| token.lookups.iter().filter(|l| l.finds == Some(false)).count());
        if lookups > 0 {
            View::unknown("the token is on no memcached node that was asked")
        } else {
            View::unknown("the store that holds the token was not asked")
        }
    } else if memcached == 0 {
        View::pass("tokens are stored where this nova-consoleauth finds them")
    } else if asked.is_empty() {
        View::pass(format!("{memcached} host(s) agree on where a token is stored; no node was asked"))
    } else if alive == 0 {
        View::unknown("no memcached can be reached from this machine: run vncdoctor on a controller")
    } else {
        View::pass(format!(
            "{memcached} host(s) agree on where a token is stored; {alive} of {} nodes answer",
            asked.len()
        ))
    };
    for seen in asked {
        view = view.seen(seen, words(&seen.saw));
    }
    with_databases(case, view)
}

/// What every database said.
fn with_databases(case: &Case, view: View) -> View {
    case.evidence.databases.iter().fold(view, |view, seen| view.seen(seen, said(seen)))
}

/// nova-api finds the token where it looks: through nova-consoleauth up to Queens (17), in every cell from Rocky on.
fn by_api(case: &Case) -> Option<View> {
    let api = case.api()?;
    let Some(KnownToken::Known { .. }) = &api.token else { return None };
    let view = View::pass("nova-api finds the token");
    Some(match api.last(Question::ConsoleToken) {
        Some(seen) => view.seen(seen, told(&seen.saw)),
        None => view,
    })
}

/// Nothing of nova-consoleauth was seen, or there is none in these releases.
fn without_stores(case: &Case) -> View {
    if case.releases.candidates.iter().all(|release| *release >= 18) {
        // without a token to look for, files tell as much as a database that is out of reach
        if case.evidence.databases.iter().any(|seen| case.handed_out() || seen.saw.answered()) {
            return asked(case);
        }
        let readers = database_readers(case);
        if !readers.is_empty() && !case.handed_out() {
            return View::pass(format!("tokens are rows of the cell database, and {} set one up", list(&readers)));
        }
        View::skipped(
            "from rocky (18) on tokens are rows of the cell database: give --config NAME=PATH of a host whose files name it",
        )
    } else if case.hosts.iter().any(|host| !host.host.files.is_empty()) {
        View::skipped("no file given is of a nova-consoleauth: give --config NAME:consoleauth=PATH, or --release")
    } else {
        View::skipped("no controller's nova.conf: give --config NAME=PATH for each")
    }
}

/// The databases were asked, and none has the token; or none was asked for.
fn asked(case: &Case) -> View {
    let databases = &case.evidence.databases;
    let without = case.without_token();
    let tables = databases.iter().filter(|seen| seen.saw.has("console_auth_tokens") == Some(true)).count();
    if !without.is_empty() && case.handed_out() {
        let names: Vec<String> = without.iter().map(|seen| label(seen)).collect();
        return View::unknown(format!("the token is no row of {}", list(&names)));
    }
    if databases.iter().all(|seen| !seen.saw.answered()) {
        return View::unknown("no database that the files name can be asked from this machine");
    }
    if case.handed_out() || tables == 0 {
        return View::unknown("no database that holds console tokens could be asked");
    }
    let held: u64 = databases.iter().filter_map(|seen| seen.saw.tokens.as_ref()).map(|tokens| tokens.rows).sum();
    View::pass(format!("{tables} database(s) keep console tokens, {held} at present"))
}

/// Proxies whose configuration names a database; Ubuntu's package leaves a file below /var/lib/nova, which is none.
fn database_readers<'e>(case: &Case<'e>) -> Vec<&'e str> {
    let release = case.releases.newest();
    case.running(Service::Novncproxy, Basis::Guessed)
        .into_iter()
        .filter(|view| {
            view.config(Service::Novncproxy, release).is_some_and(|config| {
                let setting = config.get("database", "connection");
                setting.is_set()
                    && !setting
                        .raw
                        .as_deref()
                        .is_some_and(|raw| raw.trim_start().starts_with("sqlite:////var/lib/nova/"))
            })
        })
        .map(crate::judge::case::HostView::name)
        .collect()
}

fn words(answer: &MemcachedAnswer) -> String {
    match (&answer.conduct, &answer.node) {
        (Some(Conduct::Answered), Some(node)) => {
            let version = node.version.as_deref().unwrap_or("of unknown version");
            let up = node.uptime.map(|seconds| format!(", up {}", age(seconds as f64))).unwrap_or_default();
            let items = node.curr_items.map(|items| format!(", {items} items")).unwrap_or_default();
            format!("memcached {version}{up}{items}")
        }
        (Some(Conduct::Silent { .. }), _) => "takes the connection and keeps silent".to_owned(),
        (Some(Conduct::Closed { .. }), _) => "takes the connection and hangs up".to_owned(),
        (Some(_), _) => "does not answer as memcached".to_owned(),
        (None, _) => answer.dial.outcome.words(),
    }
}

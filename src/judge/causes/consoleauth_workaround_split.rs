//! Rocky and Stein: nova-api and nova-novncproxy must agree about `[workarounds] enable_consoleauth`.

use super::Cause;
use crate::evidence::database::TokenSought;
use crate::evidence::memcached::{Found, MemcachedAnswer};
use crate::evidence::probe::Seen;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, HostView, label};
use crate::judge::find::Draft;
use crate::judge::words::{list, service};

const META: CauseMeta = CauseMeta {
    id: "consoleauth-workaround-split",
    home: 10,
    releases: "18-19",
    severity: Severity::Error,
    field: &["A8"],
    title: "nova-api and nova-novncproxy disagree about enable_consoleauth",
    needs: &[Need::Config, Need::Probe, Need::Database],
    symptoms: &[Symptom::TokenRefused, Symptom::HangsUp],
    explanation: "\
In Rocky (18) and Stein (19) nova-compute writes tokens to the cell database. `[workarounds] enable_consoleauth` makes nova-api
hand them to nova-consoleauth too, and makes nova-novncproxy ask nova-consoleauth before it asks the database. With the flag on the
API side alone the tokens of computes that are still on Queens are found by nobody; on the proxy side alone every console first
waits for a nova-consoleauth that was given nothing, and for rpc_response_timeout if none runs. Set it on both or on neither.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let holds = case.releases.within(|release| matches!(release, 18 | 19));
    let Some(&release) = holds.last() else { return Vec::new() };
    let flag = |view: &HostView, service| {
        Some(view.config(service, release)?.bool("workarounds", "enable_consoleauth") == Some(true))
    };
    let side = |service| {
        let views = case.running(service, Basis::Guessed).into_iter();
        views.filter_map(|view| Some(Side { view, service, on: flag(view, service)? })).collect()
    };
    let api: Vec<Side> = side(Service::Api);
    let proxy: Vec<Side> = side(Service::Novncproxy);
    let any = |sides: &[Side], wanted| sides.iter().any(|side| side.on == wanted);
    if let Some(finding) = in_one_store(case, &proxy) {
        return vec![finding];
    }
    let alone = in_database_alone(case);
    let differ = (any(&api, true) && any(&proxy, false)) || (any(&api, false) && any(&proxy, true));
    let Some(first) = api.iter().chain(&proxy).find(|side| side.on).filter(|_| differ) else {
        let asks = proxy.iter().find(|side| side.on);
        return asks.zip(alone).map(|(side, seen)| asked_in_vain(side, seen)).into_iter().collect();
    };
    let view = first.view;
    // stein and rocky proxies fall back to the database, so consoles of new computes still open
    let consequence = if any(&proxy, true) {
        "the proxy asks a nova-consoleauth that was given nothing"
    } else {
        "tokens of computes on queens are found by nobody"
    };
    let message = format!(
        "[workarounds] enable_consoleauth is on for {} and off for {}: {consequence}",
        places(&api, &proxy, true),
        places(&api, &proxy, false)
    );
    let mut draft = Draft::new(&META, case.severity_over(&holds), message)
        .releases(Case::span(&holds))
        .likely()
        .host(view.host)
        .service(first.service)
        .remedy(
            Remedy::new("set [workarounds] enable_consoleauth = true on every nova-api and nova-novncproxy host while computes are on queens, then on none")
                .restart("nova-api")
                .restart("nova-novncproxy")
                .verify("open consoles of instances on several compute nodes"),
        );
    let setting = view.config(first.service, release).map(|config| config.get("workarounds", "enable_consoleauth"));
    if let Some((file, entry)) = setting.and_then(|setting| view.entry(&setting)) {
        draft = draft.at_value(file, entry);
    }
    if let Some(seen) = alone.filter(|_| any(&proxy, true)) {
        draft = draft.seen(seen);
    }
    for side in api.iter().chain(&proxy).filter(|side| !side.on) {
        draft = draft.also_host(side.view.host, format!("off for nova-{}", service(side.service)));
    }
    vec![draft.done()]
}

/// The token lies in memcached alone: its nova-compute is still on queens, and a proxy without the flag never looks there.
fn in_one_store(case: &Case, proxies: &[Side]) -> Option<Finding> {
    let token = case.token.as_ref().filter(|token| !token.found.is_empty())?;
    let off = proxies.iter().find(|side| !side.on)?;
    let own = case.databases_of(Service::Novncproxy, "database");
    let asked = own.iter().find(|view| std::ptr::eq(view.host.host, off.view.host))?.seen;
    let only_there = asked.saw.token == Some(TokenSought::Absent) && case.row().is_none();
    if !only_there || case.releases.candidates.iter().any(|release| !matches!(release, 18 | 19)) {
        return None;
    }
    let name = off.view.name();
    let message =
        format!("the token lies in memcached alone, and nova-novncproxy on {name} looks only into its database");
    let mut draft = Draft::error(&META, message)
        .likely()
        .host(off.view.host)
        .service(Service::Novncproxy)
        .seen(format!(
            "{} holds the token",
            token.found.first().map(|holding| holding.peer.as_str()).unwrap_or_default()
        ))
        .seen(format!("{} has no row for it: its nova-compute is of queens or older", label(asked)))
        .remedy(
            Remedy::new(
                "set [workarounds] enable_consoleauth = true for nova-novncproxy too, or upgrade the last nova-compute",
            )
            .restart("nova-novncproxy")
            .verify("open consoles of instances on several compute nodes"),
        );
    if let Some((file, entry)) = off
        .view
        .config(Service::Novncproxy, case.releases.newest())
        .and_then(|config| off.view.entry(&config.get("workarounds", "enable_consoleauth")))
    {
        draft = draft.at_value(file, entry);
    }
    Some(draft.done())
}

/// Both stores were asked, and the token is a good row of a database and in no memcached: what shows it.
fn in_database_alone(case: &Case) -> Option<String> {
    let (seen, _) = case.row().filter(|(_, row)| row.expires as f64 > case.evidence.ended)?;
    let nodes = &case.evidence.memcached;
    let lacks = |node: &Seen<MemcachedAnswer>| {
        !node.saw.keys.is_empty() && node.saw.keys.iter().all(|key| matches!(key.found, Found::Absent))
    };
    let all = !nodes.is_empty() && nodes.iter().all(lacks);
    let both = case.releases.candidates.iter().all(|release| matches!(release, 18 | 19));
    (all && both)
        .then(|| format!("the token is a row of {}, and none of {} memcached nodes holds it", label(seen), nodes.len()))
}

/// A proxy with the flag asks nova-consoleauth first, which does not have the token, and then opens the console by the row.
fn asked_in_vain(side: &Side, seen: String) -> Finding {
    let name = side.view.name();
    let message = format!(
        "nova-novncproxy on {name} asks nova-consoleauth for this token in vain and then reads its row: nova-api wrote it to the \
         database alone"
    );
    Draft::note(&META, message)
        .possible()
        .host(side.view.host)
        .service(side.service)
        .seen(seen)
        .seen("either the nova-api that was asked has the flag off, or memcached has lost the token since")
        .remedy(
            Remedy::new(
                "set the flag on every nova-api too while computes are on queens; with none left, set it nowhere",
            )
            .restart("nova-api")
            .restart("nova-novncproxy")
            .verify("vncdoctor check --url 'A NEW URL' with the files of every nova-api"),
        )
        .done()
}

/// A service that reads the flag, on one host.
struct Side<'c, 'e> {
    view: &'c HostView<'e>,
    service: Service,
    on: bool,
}

/// `nova-api on ctl1 and nova-novncproxy on ctl2`.
fn places(api: &[Side], proxy: &[Side], wanted: bool) -> String {
    let words = |sides: &[Side]| {
        let names: Vec<&str> = sides.iter().filter(|side| side.on == wanted).map(|side| side.view.name()).collect();
        sides
            .first()
            .filter(|_| !names.is_empty())
            .map(|side| format!("nova-{} on {}", service(side.service), list(&names)))
    };
    let both: Vec<String> = [words(api), words(proxy)].into_iter().flatten().collect();
    list(&both)
}

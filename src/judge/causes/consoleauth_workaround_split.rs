//! Rocky and Stein: nova-api and nova-novncproxy must agree about `[workarounds] enable_consoleauth`.

use super::Cause;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::judge::words::list;

const META: CauseMeta = CauseMeta {
    id: "consoleauth-workaround-split",
    home: 10,
    releases: "18-19",
    severity: Severity::Error,
    field: &["A8"],
    title: "nova-api and nova-novncproxy disagree about enable_consoleauth",
    needs: &[Need::Config],
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
    let side = |service| -> Vec<(&HostView, bool)> {
        case.running(service, Basis::Guessed)
            .into_iter()
            .filter_map(|view| Some((view, flag(view, service)?)))
            .collect()
    };
    let (api, proxy) = (side(Service::Api), side(Service::Novncproxy));
    let on = |side: &[(&HostView, bool)], wanted| {
        side.iter().filter(|(_, on)| *on == wanted).map(|(view, _)| view.name().to_owned()).collect::<Vec<_>>()
    };
    let differ = (!on(&api, true).is_empty() && !on(&proxy, false).is_empty())
        || (!on(&api, false).is_empty() && !on(&proxy, true).is_empty());
    if !differ {
        return Vec::new();
    }
    let all_on: Vec<&(&HostView, bool)> = api.iter().chain(&proxy).filter(|(_, on)| *on).collect();
    let Some((view, _)) = all_on.first() else { return Vec::new() };
    let mut off = on(&api, false);
    off.extend(on(&proxy, false));
    off.sort();
    off.dedup();
    // stein and rocky proxies fall back to the database, so consoles of new computes still open
    let api_only = on(&proxy, true).is_empty();
    let severity = if holds.len() == case.releases.candidates.len() { Severity::Error } else { Severity::Warning };
    let consequence = if api_only {
        "tokens of computes on queens are found by nobody"
    } else {
        "the proxy asks a nova-consoleauth that was given nothing"
    };
    let message = format!("enable_consoleauth is on at {} and off at {}: {consequence}", view.name(), list(&off));
    let mut draft = Draft::new(&META, severity, message)
        .releases(Case::span(&holds))
        .likely()
        .host(view.host)
        .remedy(
            Remedy::new("set [workarounds] enable_consoleauth = true on every nova-api and nova-novncproxy host while computes are on queens, then on none")
                .restart("nova-api")
                .restart("nova-novncproxy")
                .verify("open consoles of instances on several compute nodes"),
        );
    let setting =
        view.config(Service::Novncproxy, release).map(|config| config.get("workarounds", "enable_consoleauth"));
    if let Some((file, entry)) = setting.and_then(|setting| view.entry(&setting)) {
        draft = draft.at_value(file, entry);
    }
    vec![draft.done()]
}

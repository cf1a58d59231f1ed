//! Sessions end when their token expires, as the configuration asks.

use super::Cause;
use super::console_words::{confidence, placed, proxies, proxy_remedy};
use super::idle_words::cut;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Finding, Need, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "session-cut-at-expiry",
    home: 15,
    releases: "29-34",
    severity: Severity::Note,
    field: &["G5"],
    title: "sessions are cut when their token expires, on purpose",
    needs: &[Need::Config, Need::Probe],
    symptoms: &[],
    explanation: "\
From 2024.1 (29) on `[consoleauth] enforce_session_timeout = true`, read by nova-novncproxy, closes a console when its token expires
(nova/console/websocketproxy.py, new_websocket_client): `N seconds to terminate connection.` in the log, and a session that ends
token_ttl seconds after the URL was made, in the middle of work too. The default of token_ttl is 600 s, and nova-compute reads it.

If sessions are to last longer, raise token_ttl on the compute nodes, or switch enforce_session_timeout off on the proxies.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// First release with the option.
const FIRST: u16 = 29;

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let configured = configured(case);
    if configured.is_empty() { measured(case).into_iter().collect() } else { configured }
}

/// A session that was kept quiet ended when its token did.
fn measured(case: &Case) -> Option<Finding> {
    let cut = cut(case).filter(|cut| cut.at_expiry)?;
    let draft = Draft::note(&META, format!("{} ends sessions when their token expires", cut.peer))
        .likely()
        .service(Service::Novncproxy)
        .seen(cut.words())
        .remedy(proxy_remedy(
            "if that is not wanted, raise [consoleauth] token_ttl on the compute nodes or switch enforce_session_timeout off",
        ));
    Some(draft.done())
}

fn configured(case: &Case) -> Vec<Finding> {
    let holds = case.releases.within(|release| release >= FIRST);
    let on = proxies(case, Basis::Guessed)
        .into_iter()
        .find(|(_, config)| config.bool("consoleauth", "enforce_session_timeout") == Some(true));
    let Some((host, config)) = on.filter(|_| !holds.is_empty()) else { return Vec::new() };
    let ttls: Vec<i64> = case
        .running(Service::Compute, Basis::Guessed)
        .iter()
        .filter_map(|compute| compute.config(Service::Compute, case.releases.newest())?.int("consoleauth", "token_ttl"))
        .collect();
    let after = match ttls.iter().min() {
        Some(shortest) => format!("{shortest} s after their URL was made"),
        None => "when their token expires, by default 600 s after their URL was made".to_owned(),
    };
    let draft = Draft::note(&META, format!("nova-novncproxy on {} ends sessions {after}", host.name()))
        .releases(Case::span(&holds))
        .confidence(confidence(host.runs(Service::Novncproxy).unwrap_or(Basis::Maybe)))
        .host(host.host)
        .service(Service::Novncproxy)
        .remedy(proxy_remedy(
            "if that is not wanted, raise [consoleauth] token_ttl on the compute nodes or switch enforce_session_timeout off",
        ));
    vec![placed(draft, host, Service::Novncproxy, &config.get("consoleauth", "enforce_session_timeout")).done()]
}

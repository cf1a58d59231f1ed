//! nova of Stein and older on websockify 0.9 or newer: the proxy cannot dial a VNC server.

use super::Cause;
use super::console_words::{confidence, proxies};
use super::session_words::{ended_with, opened_there, told};
use super::vnc_words::at_session;
use super::wire_words::opened;
use crate::evidence::log::Failure;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::Case;
use crate::judge::find::Draft;
use crate::judge::words::on;

const META: CauseMeta = CauseMeta {
    id: "websockify-too-new",
    home: 15,
    releases: "15-19",
    severity: Severity::Error,
    field: &["F1"],
    title: "websockify is too new for this nova: the proxy cannot dial",
    needs: &[Need::Logs, Need::Host],
    symptoms: &[Symptom::HangsUp],
    explanation: "\
Up to Stein (19) nova-novncproxy dials the VNC server with `websockify.WebSocketServer.socket`. websockify 0.9 moved that into
`websockify.websockifyserver.WebSockifyServer`, where nova looks from Train (20) on (nova/console/websocketproxy.py, socket; LP 1840788).
An older nova on it starts, serves the page, takes the token, writes `connecting to:` and then `handler exception: module 'websockify' has no
attribute 'WebSocketServer'`; the browser shows code 1006, on every console.

Install websockify 0.8, which these releases are made for, or take nova 20.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// Last release that looks in the old place.
const LAST: u16 = 19;
/// First websockify without it, as major and minor.
const WITHOUT: (u32, u32) = (0, 9);

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    logged(case).map_or_else(|| installed(case), |finding| vec![finding])
}

/// Python's words: `module 'websockify' has …`, of 2.7 `'module' object has …`.
fn is_it(failure: &Failure) -> bool {
    matches!(failure, Failure::Other { text } if text.contains("has no attribute 'WebSocketServer'"))
}

fn logged(case: &Case) -> Option<Finding> {
    let told = told(case, |view| ended_with(view, is_it), |failed, later| opened_there(case, failed, later))?;
    let view = told.view;
    let on = on(&view.host.name);
    let message =
        format!("nova-novncproxy{on} cannot dial VNC servers: its websockify is 0.9 or newer, its nova older than 20");
    Some(
        at_session(&META, &told, message)
            .seen(format!("{}: handler exception: module 'websockify' has no attribute 'WebSocketServer'", view.at()))
            .remedy(remedy())
            .done(),
    )
}

/// By what is installed beside the service. A distribution may have mended its nova, so what works speaks against it.
fn installed(case: &Case) -> Vec<Finding> {
    let old = case.releases.within(|release| release <= LAST);
    if old.len() < case.releases.candidates.len()
        || opened(case)
        || case.sessions.iter().any(|view| view.session.worked)
    {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (host, _) in proxies(case, Basis::Told) {
        let named = |name: &str| matches!(name, "websockify" | "python-websockify" | "python3-websockify");
        let Some(package) =
            host.host.packages.iter().find(|package| named(&package.name) && too_new(&package.upstream))
        else {
            continue;
        };
        let message = format!(
            "{} has websockify {}, with which nova before 20 cannot dial VNC servers",
            host.name(),
            package.upstream
        );
        let most = confidence(host.runs(Service::Novncproxy).unwrap_or(Basis::Guessed)).min(Confidence::Likely);
        found.push(
            Draft::error(&META, message)
                .confidence(most)
                .host(host.host)
                .service(Service::Novncproxy)
                .seen(format!("{} {} is installed there", package.name, package.version))
                .remedy(remedy())
                .done(),
        );
    }
    found
}

fn too_new(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
    matches!((parts.next().flatten(), parts.next().flatten()), (Some(major), Some(minor)) if (major, minor) >= WITHOUT)
}

fn remedy() -> Remedy {
    Remedy::new("install websockify 0.8 beside this nova, or nova 20 or newer")
        .restart("nova-novncproxy")
        .verify("open a console: the proxy's log goes on after `connecting to`")
}

#[cfg(test)]
mod tests {
    use super::too_new;

    #[test]
    fn versions_are_compared_by_number() {
        assert!(too_new("0.9.0") && too_new("0.13.0") && too_new("1.0"));
        assert!(!too_new("0.8.0") && !too_new("0.6.1") && !too_new("0"));
    }
}

//! The proxy is to speak VeNCrypt on a Python that has lost the call it uses.

use super::Cause;
use super::console_words::{confidence, placed, proxies};
use super::session_words::{at_session, ended_with, opened_there, told};
use crate::evidence::log::Failure;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::judge::words::on;

const META: CauseMeta = CauseMeta {
    id: "vencrypt-python-too-new",
    home: 15,
    releases: "17-33",
    severity: Severity::Error,
    field: &["F1"],
    title: "VeNCrypt does not work in this nova on this Python",
    needs: &[Need::Config, Need::Probe, Need::Logs],
    symptoms: &[],
    explanation: "\
nova-novncproxy up to 33.0.2 calls ssl.wrap_socket for VeNCrypt (nova/console/rfb/authvencrypt.py), which Python 3.12 has removed: every VNC
server that offers VeNCrypt ends in `module 'ssl' has no attribute 'wrap_socket'`, the browser shows code 1006. 34.0.0 builds an SSLContext.
Which Python the proxy runs on stands in the Server header of its answers (`WebSockify Python/3.12.3`) and beside its program.

Run the proxy on Python 3.11 or older, or take 34. Until then take vnc_tls out of qemu.conf and vencrypt out of auth_schemes.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// First Python without `ssl.wrap_socket`.
const WITHOUT: (u32, u32) = (3, 12);
/// Releases that call it.
const CALLS: std::ops::RangeInclusive<u16> = 17..=33;

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    if let Some(finding) = logged(case) {
        return vec![finding];
    }
    let holds = case.releases.within(|release| CALLS.contains(&release));
    if holds.is_empty() {
        return Vec::new();
    }
    let every = holds.len() == case.releases.candidates.len();
    let proxies = proxies(case, Basis::Guessed);
    let alone = proxies.len() == 1;
    proxies
        .into_iter()
        .filter_map(|(host, config)| {
            let schemes = config.list("vnc", "auth_schemes")?;
            if !schemes.iter().any(|scheme| scheme == "vencrypt") {
                return None;
            }
            let (version, by) = python(case, host, alone)?;
            // a list of both still serves compute nodes without VeNCrypt
            let severity = if every && schemes.len() == 1 { Severity::Error } else { Severity::Warning };
            let most = if every { Confidence::Likely } else { Confidence::Possible };
            let message = format!(
                "nova-novncproxy on {} is to speak VeNCrypt on Python {version}, which nova before 34 cannot",
                host.name()
            );
            let draft = Draft::new(&META, severity, message)
                .releases(Case::span(&holds))
                .confidence(confidence(host.runs(Service::Novncproxy)?).min(most))
                .host(host.host)
                .service(Service::Novncproxy)
                .seen(by)
                .remedy(remedy());
            Some(placed(draft, host, Service::Novncproxy, &config.get("vnc", "auth_schemes")).done())
        })
        .collect()
}

/// The proxy's own words, once it has dialled: before that it would be the TLS of browsers.
fn logged(case: &Case) -> Option<Finding> {
    let is = |failure: &Failure| matches!(failure, Failure::Other { text } if text.contains("has no attribute 'wrap_socket'"));
    let told = told(
        case,
        |view| ended_with(view, is) && view.session.host.is_some(),
        |failed, later| opened_there(case, failed, later),
    )?;
    let message = format!(
        "nova-novncproxy{} cannot speak VeNCrypt: its Python is 3.12 or newer, its nova older than 34",
        on(&told.view.host.name)
    );
    let draft = at_session(&META, &told, message)
        .seen(format!("{}: handler exception: module 'ssl' has no attribute 'wrap_socket'", told.view.at()));
    Some(draft.remedy(remedy()).done())
}

fn remedy() -> Remedy {
    Remedy::new("run nova-novncproxy on Python 3.11 or older, or take nova 34; until then leave VeNCrypt off")
        .restart("nova-novncproxy")
        .verify("open a console of a guest that was started with VNC over TLS")
}

/// The Python of a host's proxy where it is too new, and by what that is known.
fn python(case: &Case, host: &HostView, alone: bool) -> Option<(String, String)> {
    let installed = host.host.packages.iter().find(|package| package.name == "python" && too_new(&package.upstream));
    if let Some(package) = installed {
        return Some((package.upstream.clone(), "by the packages beside the service".to_owned()));
    }
    let evidence = case.evidence;
    let pages = evidence
        .pages
        .iter()
        .map(|seen| (&seen.peer, &seen.for_host, seen.saw.page.as_ref().and_then(|page| page.server.as_deref())));
    let upgrades = evidence
        .upgrades
        .iter()
        .map(|seen| (&seen.peer, &seen.for_host, seen.saw.http.as_ref().and_then(|http| http.server.as_deref())));
    pages.chain(upgrades).find_map(|(peer, for_host, server)| {
        let ours = for_host.as_ref() == Some(&host.host.name) || alone && case.at_url(peer);
        let version = server?.split_once("Python/")?.1.split_whitespace().next()?;
        (ours && too_new(version))
            .then(|| (version.to_owned(), format!("{peer} answers with Server: {}", server.unwrap_or_default())))
    })
}

fn too_new(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
    matches!((parts.next().flatten(), parts.next().flatten()), (Some(major), Some(minor)) if (major, minor) >= WITHOUT)
}

#[cfg(test)]
mod tests {
    use super::too_new;

    #[test]
    fn versions_are_compared_by_number() {
        assert!(too_new("3.12.3") && too_new("3.14") && too_new("4.0"));
        assert!(!too_new("3.11.9") && !too_new("2.7.18") && !too_new("3") && !too_new("3.x"));
    }
}

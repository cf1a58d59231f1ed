//! The console URL of noVNC names the page of another console system, or nothing that a browser opens as a page.

use super::Cause;
use super::console_words::{BaseUrl, base_urls, compute_remedy, confidence, placed, severity};
use crate::console::access_url::{ConsoleType, Scheme};
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Finding, Need, Severity};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "console-type-mixed-up",
    home: 8,
    releases: "15-34",
    severity: Severity::Error,
    field: &["E8"],
    title: "the URL of VNC consoles leads to another kind of console",
    needs: &[Need::Config],
    symptoms: &[],
    explanation: "\
Each console system has its own proxy, page and option: noVNC on port 6080 with `[vnc] novncproxy_base_url`, SPICE on 6082 with `[spice]
html5proxy_base_url`, serial consoles on 6083 with `[serial_console] base_url`, a ws:// address that no browser opens as a page.
nova checks none of them (nova/compute/manager.py, get_vnc_console). A VNC token behind the page spice_auto.html makes a SPICE client
talk to a VNC server: it connects and never shows a picture. `[vnc] enabled` is true by default: with `[spice] enabled` also true guests
get both, and which one a user sees is the choice of whoever asks; a dashboard set to AUTO tries VNC first. That harms nothing
as long as both proxies run.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let mut found: Vec<Finding> = base_urls(case).iter().filter_map(|base| other_page(case, base)).collect();
    if found.is_empty() {
        found.extend(case.running(Service::Compute, Basis::Guessed).into_iter().find_map(|host| both(case, host)));
    }
    found
}

fn other_page(case: &Case, base: &BaseUrl) -> Option<Finding> {
    let page = base.url.page.to_lowercase();
    let what = match base.url.console_type {
        _ if matches!(base.url.scheme, Scheme::Ws | Scheme::Wss) => {
            format!("a {}:// address, which no browser opens as a page", base.url.scheme)
        }
        // by its page; a port may be anybody's
        ConsoleType::SpiceHtml5 if page.contains("spice") => format!("the page {page} of SPICE consoles"),
        ConsoleType::Webmks if page.contains("mks") => format!("the page {page} of MKS consoles"),
        ConsoleType::Xvpvnc => format!("{page}, where only the Java client of XVP consoles asks"),
        _ => return None,
    };
    let basis = base.host.runs(Service::Compute)?;
    let draft = Draft::new(
        &META,
        severity(case, basis, &case.releases.candidates),
        format!("[vnc] novncproxy_base_url of {} is {what}", base.host.name()),
    )
    .releases(Case::span(&case.releases.candidates))
    .confidence(confidence(basis))
    .host(base.host.host)
    .service(Service::Compute)
    .remedy(compute_remedy(format!(
        "in nova.conf of {} let [vnc] novncproxy_base_url name the noVNC page of nova-novncproxy: http://HOST:6080/vnc_lite.html",
        base.host.name()
    )));
    Some(placed(draft, base.host, Service::Compute, base.setting).done())
}

/// Both are switched on in so many words.
fn both(case: &Case, host: &HostView) -> Option<Finding> {
    let config = host.config(Service::Compute, case.releases.newest())?;
    let (vnc, spice) = (config.get("vnc", "enabled"), config.get("spice", "enabled"));
    let on = |section| config.bool(section, "enabled") == Some(true);
    if !(on("vnc") && on("spice") && vnc.is_set() && spice.is_set()) {
        return None;
    }
    let mut draft = Draft::note(&META, format!("{} gives each guest a VNC and a SPICE console", host.name()))
        .possible()
        .host(host.host)
        .service(Service::Compute)
        .seen("right if both nova-novncproxy and nova-spicehtml5proxy run; a dashboard set to AUTO asks for VNC first")
        .remedy(compute_remedy("switch off the one that is not served: [vnc] enabled or [spice] enabled = false"));
    if let Some((file, entry)) = host.entry(&vnc) {
        draft = draft.also(host.host, file, entry, "VNC is on too");
    }
    Some(placed(draft, host, Service::Compute, &spice).done())
}

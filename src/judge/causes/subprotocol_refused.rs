//! noVNC and websockify of different years disagree on the subprotocol.

use super::Cause;
use super::session_words::{accepted, told};
use crate::evidence::log::Event;
use crate::evidence::page::Novnc;
use crate::evidence::process::{Package, Service};
use crate::evidence::site::roles::Basis;
use crate::evidence::websocket::{UpgradeFault, WebsocketEnd};
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, SessionView};
use crate::judge::find::Draft;
use crate::judge::words::on;

const META: CauseMeta = CauseMeta {
    id: "subprotocol-refused",
    home: 13,
    releases: "15-34",
    severity: Severity::Error,
    field: &["F6"],
    title: "noVNC and websockify disagree on the subprotocol",
    needs: &[Need::Probe, Need::Host, Need::Logs],
    symptoms: &[],
    explanation: "\
A browser asks for the subprotocol that noVNC names: `binary, base64` up to 0.5, `binary` from 0.6 to 1.1, none from 1.2 on. websockify 0.8
(the one of Ocata to Stein, 15-19) wants one of them and answers HTTP 400 `Client must support 'binary' or 'base64' protocol` to
noVNC 1.2 and newer; 0.9 and newer take `binary` or none. The browser shows code 1006, nova's log has `code 400, message ...` with these words. The reverse is a
101 that leaves out the subprotocol which was asked for: Chromium then gives up.

Take a noVNC and a websockify of the same years: noVNC up to 1.1 with websockify 0.8, any with 0.9 and newer.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    refused(case).or_else(|| left_out(case)).or_else(|| logged(case)).or_else(|| installed(case)).into_iter().collect()
}

fn remedy() -> Remedy {
    Remedy::new("on every host that runs nova-novncproxy keep noVNC at 1.1 or older with websockify 0.8, or take websockify 0.9 or newer with a nova that fits it")
        .restart("nova-novncproxy")
        .verify("vncdoctor check --url 'THE URL' again: the upgrade is answered with 101")
}

/// The page's request is refused for its subprotocol, and another one is not.
fn refused(case: &Case) -> Option<Finding> {
    let first = case.upgrades().next()?;
    let http = first.saw.refused().filter(|http| http.status == 400)?;
    let says = [http.reason.as_deref(), http.body.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let said = is_subprotocol(&says);
    let helped = case.upgrades().any(|seen| {
        seen.saw.asked.subprotocol != first.saw.asked.subprotocol
            && seen.saw.http.as_ref().is_some_and(|http| http.status == 101)
    });
    if !http.is_websockify() || !(said || helped) {
        return None;
    }
    let asked = first.saw.asked.subprotocol.as_deref().map_or("none".to_owned(), |asked| format!("{asked:?}"));
    let novnc = case.pages().filter_map(|seen| seen.saw.page.as_ref()?.novnc.as_ref()).min_by_key(|novnc| width(novnc));
    let page = novnc.map_or("a browser".to_owned(), |novnc| format!("the page (noVNC {})", novnc.generation));
    let message = format!("{} refuses the subprotocol: {page} asks for {asked} and gets HTTP 400", first.peer);
    let mut draft = Draft::error(&META, message).service(Service::Novncproxy);
    if let Some(reason) = &http.reason {
        draft = draft.seen(format!("it says: {reason}"));
    }
    draft =
        if helped { draft.seen("the same with the subprotocol binary is answered with 101") } else { draft.likely() };
    Some(draft.remedy(remedy()).done())
}

fn width(novnc: &Novnc) -> u16 {
    novnc.span().map_or(u16::MAX, |(oldest, newest)| newest - oldest)
}

/// A 101 without the subprotocol that was asked for.
fn left_out(case: &Case) -> Option<Finding> {
    let first = case.upgrades().next()?;
    let Some(WebsocketEnd::UpgradeBroken { faults }) = &first.saw.end else { return None };
    let ours = |fault: &UpgradeFault| {
        matches!(fault, UpgradeFault::SubprotocolNotSelected | UpgradeFault::SubprotocolNotAsked)
    };
    if !faults.iter().all(ours) {
        return None;
    }
    let asked = first.saw.asked.subprotocol.as_deref().unwrap_or("none");
    let got = first.saw.http.as_ref().and_then(|http| http.subprotocol.as_deref()).unwrap_or("none");
    let message = format!(
        "{} answers 101 with the subprotocol {got} where {asked} was asked for: browsers give the connection up",
        first.peer
    );
    Some(Draft::error(&META, message).likely().service(Service::Novncproxy).remedy(remedy()).done())
}

/// A WebSocket that the proxy refused by its log, and none came through since.
fn logged(case: &Case) -> Option<Finding> {
    let came = |view: &SessionView| view.session.client.is_some() || accepted(view);
    let told = told(case, |view| refusal(view).is_some(), |_, later| came(later))?;
    let (view, said) = (told.view, refusal(told.view)?);
    if is_by_clock(case) {
        return None;
    }
    let others = case.sessions.iter().any(came);
    let message =
        format!("nova-novncproxy{} refuses the subprotocol that a client asks for: HTTP 400", on(&view.host.name));
    let draft = Draft::new(&META, if others { Severity::Warning } else { told.severity }, message)
        .confidence(if others { Confidence::Possible } else { Confidence::Likely })
        .host(view.host)
        .service(Service::Novncproxy)
        .at_line(&view.log.path, view.line())
        .seen(format!("{}: code 400, message {said}", view.at()));
    let draft = if others { draft.seen("other clients were served: this one may be no browser") } else { draft };
    Some(draft.remedy(remedy()).done())
}

/// They come at even distances, as a monitor does and no user.
fn is_by_clock(case: &Case) -> bool {
    const SEVERAL: usize = 4;
    let times: Vec<f64> =
        case.sessions.iter().filter(|view| refusal(view).is_some()).filter_map(|view| view.session.started).collect();
    let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (least, most) =
        gaps.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), gap| (gap.min(least), gap.max(most)));
    gaps.len() >= SEVERAL && least > 1.0 && most - least <= 2.0 + least / 10.0
}

/// What websockify 0.8 and newer ones say of a subprotocol that they do not take.
fn refusal<'v>(view: &'v SessionView) -> Option<&'v str> {
    match &view.session.end {
        Some(Event::HttpError { code: 400, message }) if is_subprotocol(message) => Some(message),
        _ => None,
    }
}

fn is_subprotocol(words: &str) -> bool {
    words.contains("'binary'") || words.to_ascii_lowercase().contains("protocol selected")
}

/// The packages of a host do not fit each other, and nothing on the wire says better.
fn installed(case: &Case) -> Option<Finding> {
    if case.upgrades().next().is_some() {
        return None;
    }
    case.running(Service::Novncproxy, Basis::Guessed).into_iter().find_map(|view| {
        let of = |wanted: &'static str| view.host.packages.iter().filter(move |package| package.name.ends_with(wanted));
        let novnc = of("novnc").find(|package| newer(package, (1, 2)))?;
        let websockify = of("websockify").next()?;
        // several may be installed, and the newest is not known to be the one that runs
        if of("websockify").any(|package| newer(package, (0, 9))) {
            return None;
        }
        let message = format!(
            "noVNC {} asks for no subprotocol and websockify {} on {} wants one",
            novnc.upstream,
            websockify.upstream,
            view.name()
        );
        Some(Draft::error(&META, message).likely().host(view.host).service(Service::Novncproxy).remedy(remedy()).done())
    })
}

/// The package is of this version or a newer one.
fn newer(package: &Package, than: (u32, u32)) -> bool {
    let mut parts = package.upstream.split('.').map(|part| part.parse::<u32>().ok());
    matches!((parts.next().flatten(), parts.next().flatten()), (Some(major), Some(minor)) if (major, minor) >= than)
}

//! Step 15: nova-novncproxy → VNC server. The VNC server is connected.

use super::{Step, View};
use crate::evidence::dial::seconds;
use crate::evidence::probe::Seen;
use crate::evidence::rfb::{Greeting, RfbAnswer, RfbEnd, names};
use crate::evidence::websocket::{Idle, IdleEnd, WebsocketAnswer};
use crate::finding::StepMeta;
use crate::judge::case::{Case, SessionView};

pub(super) const STEP: Step = Step {
    meta: StepMeta {
        number: 15,
        id: "vnc-connected",
        title: "the VNC server is connected",
        who: "nova-novncproxy → VNC server",
        explanation: "\
The proxy dials the address that the token stands for. From Queens (17) on it speaks the RFB security handshake itself: only RFB
3.8, and only None or VeNCrypt as `[vnc] auth_schemes` says; a VNC password can never work. To browsers it always offers the one
type None, so what the VNC server itself offers shows only in a direct look at it, and whether the two agree only in the
security result.",
        needs: &[6, 14],
    },
    judge,
};

/// What became of a session that was kept quiet.
fn quiet(idle: &Idle) -> String {
    let seconds = |millis: u64| format!("{:.1} s", millis as f64 / 1000.0);
    let signs = match idle.frames {
        0 => String::new(),
        frames => format!(" ({frames} signs of life came)"),
    };
    match idle.end {
        IdleEnd::Alive => format!("kept quiet for {}, and alive{signs}", seconds(idle.asked_millis)),
        _ => format!("ended after {} of quiet{signs}", seconds(idle.millis)),
    }
}

fn judge(case: &Case) -> View {
    let mut view = outcome(case);
    let upgrades = case.evidence.upgrades.iter().filter(|seen| seen.saw.rfb.is_some());
    for seen in upgrades.filter(|seen| !opened(seen)) {
        let text = seen.saw.rfb.as_ref().map(|greeting| format!("through the proxy: {}", told(greeting)));
        view = view.seen(seen, text.unwrap_or_default());
    }
    for seen in &case.evidence.vnc {
        view = view.seen(seen, format!("directly: {}", looked(&seen.saw)));
    }
    for (seen, idle) in case.evidence.upgrades.iter().filter_map(|seen| Some((seen, seen.saw.idle.as_ref()?))) {
        view = view.seen(seen, quiet(idle));
    }
    if let Some(seen) = &case.evidence.picture {
        view.reason = format!("{}; {}", view.reason, seen.saw.words());
        view = view.seen(seen, seen.saw.words());
    }
    view
}

/// Whether the VNC server is connected, by whatever tells it best.
fn outcome(case: &Case) -> View {
    if let Some(seen) = case.evidence.upgrades.iter().find(|seen| opened(seen)) {
        return View::pass("the VNC server answers through the proxy")
            .seen(seen, "RFB and security types through the proxy");
    }
    if case.evidence.picture.as_ref().is_some_and(|seen| seen.saw.through_proxy && seen.saw.width.is_some()) {
        return View::pass("the VNC server answers through the proxy");
    }
    let reached = |view: &&SessionView| view.session.worked || view.session.host.is_some();
    let session = case.sessions.iter().rev().find(reached);
    if let Some(view) = session.filter(|view| view.session.worked) {
        return View::pass(format!("the proxy finished the security handshake ({})", view.at()));
    }
    let answers = case.evidence.vnc.iter().find(|seen| answers(&seen.saw));
    match (session, answers, case.evidence.vnc.first()) {
        // what became of the dial is not in the log
        (Some(view), Some(seen), _) if view.session.end.is_none() => {
            View::pass(format!("the proxy dialled {}, which answers as a VNC server ({})", seen.peer, view.at()))
        }
        (Some(view), ..) => View::unknown(format!("the proxy dialled the VNC server ({})", view.at())),
        (None, Some(seen), _) => View::pass(format!("{} answers as a VNC server", seen.peer)),
        (None, None, Some(seen)) => View::unknown(format!("{}: {}", seen.peer, looked(&seen.saw))),
        (None, None, None) => {
            View::skipped("the VNC server is not dialled: give --url or --token, and --config of the controllers")
        }
    }
}

/// A direct look met a VNC server that lets somebody in.
fn answers(answer: &RfbAnswer) -> bool {
    answer.greeting.as_ref().is_some_and(|greeting| greeting.banner.is_some() && !greeting.turned_away())
}

/// The handshake came through the proxy and nothing in it is a refusal: types of the server itself, or a good result.
fn opened(seen: &Seen<WebsocketAnswer>) -> bool {
    seen.saw.rfb.as_ref().is_some_and(|rfb| {
        let refused = rfb.refusal.is_some() || rfb.result.as_ref().is_some_and(|result| result.code != 0);
        rfb.banner.is_some() && rfb.security_types.is_some() && !refused && !rfb.turned_away()
    })
}

/// What a server said, or the proxy in its place.
fn told(greeting: &Greeting) -> String {
    let mut parts: Vec<String> = greeting.banner.clone().into_iter().collect();
    match greeting.security_types.as_deref() {
        Some([]) => parts.push("no security type at all".to_owned()),
        Some(types) => parts.push(format!("security types {}", names(types))),
        None => {}
    }
    let reason = |reason: &Option<String>| reason.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
    match &greeting.result {
        Some(result) if result.code == 0 => parts.push("accepted".to_owned()),
        Some(result) => parts.push(format!("refused{}", reason(&result.reason))),
        None => {}
    }
    if greeting.refusal.is_some() {
        parts.push(format!("refused{}", reason(&greeting.refusal)));
    }
    parts.join(", ")
}

/// What a direct look met.
fn looked(answer: &RfbAnswer) -> String {
    let said = answer.greeting.as_ref().map(told).filter(|text| !text.is_empty());
    let end = match &answer.end {
        None => Some(answer.dial.outcome.words()),
        Some(RfbEnd::Told) => answer.vencrypt.as_ref().map(crate::evidence::vencrypt::Vencrypt::words),
        Some(RfbEnd::Silent { after_millis, .. }) => {
            Some(format!("connected, then silent for {}", seconds(*after_millis)))
        }
        Some(RfbEnd::Closed { .. }) => Some("connected, then closed".to_owned()),
        Some(RfbEnd::NotRfb { protocol, first }) => {
            Some(protocol.map_or_else(|| format!("no VNC server: {first}"), |protocol| protocol.words().to_owned()))
        }
        Some(RfbEnd::NotRfbWhenAsked { protocol, first }) => {
            let what =
                protocol.map_or_else(|| format!("no VNC server: {first}"), |protocol| protocol.words().to_owned());
            Some(format!("connected, and silent until spoken to: {what}"))
        }
    };
    [said, end].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

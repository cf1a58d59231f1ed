//! The token is known, and nova-compute says that its port is no longer the guest's.

use super::Cause;
use super::guest_words::running;
use super::knock_words::hung_up_always;
use super::session_words::{validated, within};
use super::wire_words::ended_at_once;
use crate::console::connect_info::ConnectInfo;
use crate::evidence::log::{Event, Failure};
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, SessionView, TokenView, label, lines};
use crate::judge::find::Draft;
use crate::judge::words::age;

const META: CauseMeta = CauseMeta {
    id: "guest-moved",
    home: 14,
    releases: "15-34",
    severity: Severity::Error,
    field: &["B5"],
    title: "the guest has another VNC port than the token",
    needs: &[Need::Token, Need::Logs, Need::Database, Need::Host],
    symptoms: &[Symptom::TokenRefused, Symptom::HangsUp],
    explanation: "\
nova-compute compares the token's port with the one in the running domain (validate_console_port). A guest that was hard
rebooted, rebuilt or migrated since has another port, and its old tokens are refused. Up to Queens (17) nova-consoleauth then logs
`Checking Token: ..., True`, from Rocky (18) on the proxy `Validated token` (at DEBUG), and the proxy nevertheless `The token ... is
invalid or has expired`. A new URL works at once.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    if let Some(finding) = by_domain(case) {
        return vec![finding];
    }
    // another store may have answered the one, and another the other
    if before.iter().any(|finding| finding.severity == Severity::Error && matches!(finding.step, 10 | 14)) {
        return Vec::new();
    }
    if let Some(finding) = from_database(case, before) {
        return vec![finding];
    }
    let Some(view) = case.sessions.iter().rev().find(|view| view.session.end.is_some()) else { return Vec::new() };
    if !matches!(view.failure(), Some(Failure::TokenInvalid { .. })) {
        return Vec::new();
    }
    let knew = if validated(view) {
        "the proxy found the token in its database (`Validated token`), then refused it".to_owned()
    } else {
        match checks(case, view) {
            0 => return Vec::new(),
            1 => "nova-consoleauth knew the token when the proxy asked".to_owned(),
            several => format!("nova-consoleauth knew the token in all of {several} checks"),
        }
    };
    // one guest's console, and the next URL opens
    let severity = if case.evidence.target.token.is_some() { Severity::Error } else { Severity::Warning };
    let message =
        "the token is known, and nova-compute does not confirm its VNC port: the guest was restarted or moved since";
    vec![
        Draft::new(&META, severity, message)
            .likely()
            .host(view.host)
            .service(Service::Compute)
            .at_line(&view.log.path, view.line())
            .seen(knew)
            .seen(format!("{}: the proxy refused it all the same", view.at()))
            .remedy(
                Remedy::new("open the console again: the new URL carries the guest's present port")
                    .verify("vncdoctor check --url 'THE NEW URL' with the same inputs"),
            )
            .done(),
    ]
}

/// How often nova-consoleauth knew the session's token, one of them while the proxy asked; 0 where it did not know it once.
fn checks(case: &Case, view: &SessionView) -> usize {
    let Some(token) = &view.session.token else { return 0 };
    let checks: Vec<(bool, Option<f64>)> = lines(case.evidence)
        .filter(|(.., line)| line.token.as_ref() == Some(token))
        .filter_map(|(.., line)| match line.event {
            Event::TokenChecked { known } => Some((known, line.at)),
            _ => None,
        })
        .collect();
    let knew = checks.iter().all(|(known, _)| *known);
    // another nova-consoleauth, whose log was not given, may have been the one that was asked
    let then = checks.iter().any(|(_, at)| at.is_none_or(|at| within(view, at)));
    if knew && then { checks.len() } else { 0 }
}

/// Actions after which a guest may have another port, as nova-api records them (`nova/compute/instance_actions.py`).
const MOVES: [&str; 13] = [
    "reboot",
    "rebuild",
    "stop",
    "start",
    "resume",
    "migrate",
    "live-migration",
    "resize",
    "confirmResize",
    "revertResize",
    "evacuate",
    "unshelve",
    "rescue",
];

/// The row is good, the proxy refuses it all the same, and something was done to the guest since.
fn from_database(case: &Case, before: &[Finding]) -> Option<Finding> {
    let (seen, row) = case.row().filter(|(_, row)| row.expires as f64 > case.evidence.ended)?;
    let last = case.sessions.iter().rev().find(|view| view.session.end.is_some());
    let refused = last.filter(|view| matches!(view.failure(), Some(Failure::TokenInvalid { .. })));
    let cut = ended_at_once(case) && hung_up_always(case).is_some_and(|(_, without)| without > 0);
    if refused.is_none() && (!cut || before.iter().any(|finding| finding.severity == Severity::Error)) {
        return None;
    }
    // the proxy may read another database than the one that holds the row
    let proxies = case.databases_of(Service::Novncproxy, "database");
    let reads = |view: &SessionView| {
        let own = proxies.iter().find(|proxy| std::ptr::eq(proxy.host.host, view.host));
        own.is_none_or(|own| std::ptr::eq(own.seen, seen))
    };
    let in_time = |view: &SessionView| view.session.started.is_none_or(|at| at < row.expires as f64);
    let refused = refused.filter(|view| reads(view) && in_time(view));
    let since = |began: i64| row.created.is_some_and(|created| began > created);
    let what = match &seen.saw.instance {
        Some(instance) if !instance.found => "its instance is deleted".to_owned(),
        instance => {
            let mut actions = instance.iter().flat_map(|instance| &instance.actions);
            if let Some(one) = actions.find(|one| since(one.began) && MOVES.contains(&one.action.as_str())) {
                let after = age((one.began - row.created.unwrap_or(one.began)) as f64);
                format!("its guest had `{}` {after} after the token was made", one.action)
            } else {
                refused?;
                "the proxy refused it".to_owned()
            }
        }
    };
    let message = format!("the token is good by its row, and {what}: nova-compute does not confirm its VNC port");
    let mut draft = Draft::error(&META, message).service(Service::Compute).seen(format!(
        "{} has its row, which ends in {}",
        label(seen),
        age(row.expires as f64 - case.evidence.ended)
    ));
    draft = match refused {
        Some(view) => draft
            .likely()
            .host(view.host)
            .at_line(&view.log.path, view.line())
            .seen(format!("{}: the proxy refused it all the same", view.at())),
        None => draft.possible().seen("the proxy hangs up right after its 101, with an Origin and without"),
    };
    let remedy = Remedy::new("open the console again: the new URL carries the guest's present port")
        .verify("vncdoctor check --url 'THE NEW URL'");
    Some(draft.remedy(remedy).done())
}

/// The guest runs on a host whose libvirt was looked at, on another port than the token's.
fn by_domain(case: &Case) -> Option<Finding> {
    let info = case.token.as_ref().and_then(TokenView::connect_info).and_then(ConnectInfo::dialable_port);
    let token = info.map(i64::from).or_else(|| case.row().and_then(|(_, row)| row.port))?;
    let guest = running(case).into_iter().find(|guest| guest.asked == Some(true))?;
    let now = guest.domain.vnc()?.port.filter(|port| *port > 0 && *port != token)?;
    let message = format!("{} has the VNC port {now} now, and the token is for {token}", guest.name());
    let remedy = Remedy::new("open the console again: the new URL carries the guest's present port")
        .verify("vncdoctor check --url 'THE NEW URL' with the same inputs");
    let draft = Draft::error(&META, message).host(guest.host.host).service(Service::Compute);
    Some(guest.place(draft).remedy(remedy).done())
}

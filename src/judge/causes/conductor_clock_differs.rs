//! The clock that tokens are written by is not the clock that they are read by.

use super::Cause;
use crate::evidence::database::TokenRow;
use crate::evidence::process::Service;
use crate::evidence::target::TargetKind;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, label};
use crate::judge::find::Draft;
use crate::judge::words::age;

const META: CauseMeta = CauseMeta {
    id: "conductor-clock-differs",
    home: 14,
    releases: "18-34",
    severity: Severity::Error,
    field: &["A9"],
    title: "the clock of nova-conductor is off",
    needs: &[Need::Database, Need::Credentials],
    symptoms: &[Symptom::TokenRefused, Symptom::HangsUp],
    explanation: "\
The end of a token is the time of nova-conductor's host plus token_ttl; nova-novncproxy compares it with the time of its own host
(nova/objects/console_auth_token.py, authorize and validate). A conductor that is behind eats the life of every token: behind by
token_ttl or more, every token is expired the moment it is made. One that is ahead makes tokens live longer, which breaks nothing.

What can be seen: a row of the future shows a conductor ahead of this machine; a token that was made just now (`--server`)
shows both. The database's own clock tells whether it is this machine that is off. Let chrony or ntpd run on every host.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// Less is no matter, in seconds.
const NEAR: f64 = 30.0;

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    just_made(case).or_else(|| of_the_future(case)).into_iter().collect()
}

/// A token that nova made for us: the time of its making is known.
fn just_made(case: &Case) -> Option<Finding> {
    if case.evidence.target.kind != TargetKind::Server {
        return None;
    }
    let (seen, row) = case.row()?;
    let created = row.created? as f64;
    let behind = case.evidence.began - created;
    if behind < NEAR {
        return None;
    }
    let offset = seen.saw.server.as_ref().and_then(|server| server.clock_offset);
    let ours = offset.is_some_and(|offset| (offset + behind).abs() < NEAR / 2.0);
    let left = left(row, behind);
    let message = format!("nova-conductor's clock is {} behind this machine's: {left}", age(behind));
    // the database agrees with the conductor: it may be this machine that is ahead
    let (severity, confidence) = match (ours, row.expires as f64 <= case.evidence.ended) {
        (true, _) => (Severity::Warning, Confidence::Possible),
        (false, true) => (Severity::Error, Confidence::Likely),
        (false, false) => (Severity::Warning, Confidence::Likely),
    };
    let mut draft = Draft::new(&META, severity, message)
        .confidence(confidence)
        .service(Service::Conductor)
        .seen(format!("{}: a token made just now was written {} ago by its own stamp", label(seen), age(behind)));
    if let Some(offset) = offset {
        draft = draft.seen(format!("the database's clock is {offset:+.0} s off ours"));
    }
    Some(draft.remedy(remedy()).done())
}

fn left(row: &TokenRow, behind: f64) -> String {
    match row.created.map(|created| (row.expires - created) as f64) {
        Some(life) if life <= behind => format!("a token of {} is expired the moment it is made", age(life)),
        Some(life) => format!("a token of {} is good for {} only", age(life), age(life - behind)),
        None => "tokens end too early".to_owned(),
    }
}

/// A row that was written later than now.
fn of_the_future(case: &Case) -> Option<Finding> {
    let (seen, ahead) = case
        .evidence
        .databases
        .iter()
        .filter_map(|seen| {
            let row = seen.saw.row().and_then(|row| row.created);
            let newest = seen.saw.tokens.as_ref().and_then(|tokens| tokens.newest_created).max(row)?;
            Some((seen, newest as f64 - case.evidence.ended))
        })
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .filter(|(_, ahead)| *ahead > NEAR)?;
    let offset = seen.saw.server.as_ref().and_then(|server| server.clock_offset);
    let message = format!(
        "nova-conductor's clock is ahead of this machine's by {} or more: tokens live that much longer",
        age(ahead)
    );
    let mut draft = Draft::note(&META, message).possible().service(Service::Conductor).seen(format!(
        "{} has a token that was written {} from now",
        label(seen),
        age(ahead)
    ));
    if let Some(offset) = offset {
        draft = draft.seen(format!("the database's clock is {offset:+.0} s off ours"));
    }
    Some(draft.remedy(remedy()).done())
}

fn remedy() -> Remedy {
    Remedy::new("let chrony or ntpd set the clock of every controller and of the console proxies")
        .command("chronyc tracking; timedatectl")
        .verify("vncdoctor check again")
}

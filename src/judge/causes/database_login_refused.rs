//! The database does not let the service in.

use super::Cause;
use super::database_words::{draft, from_log, logged, remedy, token_databases, who};
use crate::evidence::database::{Conduct, Kind, Refusal, Refused};
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, DatabaseView, label};
use crate::judge::words::named;

const META: CauseMeta = CauseMeta {
    id: "database-login-refused",
    home: 14,
    releases: "18-34",
    severity: Severity::Error,
    field: &["B2"],
    title: "the database does not take the user or password of nova's services",
    needs: &[Need::Config, Need::Database, Need::Logs],
    symptoms: &[Symptom::HangsUp, Symptom::Alternates],
    explanation: "\
nova-novncproxy logs in at its `[database] connection` for every token. With a wrong user or password the log has `(1045, \"Access
denied for user` (MySQL, MariaDB) or `password authentication failed` (PostgreSQL), after 101, and the browser shows code 1006.
MySQL knows users by the host that they come from: 'nova'@'ctl1' may log in where 'nova'@'ctl2' may not, and 1130 means that no user
at all is for that host. A `@`, `/` or `:` in a password must be written as %40, %2F, %3A; otherwise the wrong password, or the wrong
host, is used.

Correct the connection of that host, or grant the user for the host that it comes from.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    if let Some((told, text)) = logged(case, &[1045, 1130, 1698], &["authentication failed", "pg_hba.conf"]) {
        let message = format!("the database does not let nova-novncproxy of {} in", named(&told.view.host.name));
        let remedy =
            Remedy::new("correct user and password in [database] connection, or grant them for the proxy's host")
                .restart("nova-novncproxy")
                .verify("vncdoctor check again, then open a new console");
        return vec![from_log(&META, &told, &text, message).remedy(remedy).done()];
    }
    token_databases(case).iter().filter_map(|view| judge(case, view)).collect()
}

fn judge(case: &Case, view: &DatabaseView) -> Option<Finding> {
    let Some(Conduct::Refused(Refused { why, text, code })) = &view.seen.saw.conduct else { return None };
    let by_host = match why {
        // a password is one for all hosts in postgresql, and one for each in mysql
        Refusal::Login => view.seen.saw.kind != Some(Kind::Postgresql),
        Refusal::HostNotAllowed | Refusal::HostBlocked => true,
        _ => return None,
    };
    // the same database lets another service of the site in from here
    let let_in = case.evidence.databases.iter().any(|seen| seen.peer == view.seen.peer && seen.saw.answered());
    let confidence = match (view.on_the_spot(), by_host && !(let_in && *why == Refusal::Login)) {
        (true, _) => Confidence::Certain,
        (false, false) => Confidence::Likely,
        (false, true) => Confidence::Possible,
    };
    let message = format!("{} does not let {} in: {text} ({code})", label(view.seen), who(view));
    let mut draft = draft(case, &META, view, confidence, &message);
    if confidence == Confidence::Possible {
        draft = draft.seen("the database may let that host in and not this machine: run vncdoctor there to be sure");
    } else if let_in && !view.on_the_spot() {
        draft = draft.seen("the same server lets other credentials of this site in from here");
    }
    let text = "correct user and password in [database] connection (special characters as %40 and the like), or grant them for that host";
    Some(draft.remedy(remedy(view, text).command("SELECT user, host FROM mysql.user (in the database)")).done())
}

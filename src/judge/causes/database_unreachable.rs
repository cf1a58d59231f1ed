//! The database that holds console tokens cannot be reached.

use super::Cause;
use super::database_words::{draft, from_log, logged, out_of_sight, remedy, token_databases, who};
use crate::evidence::database::{Conduct, Refusal, Refused};
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, DatabaseView, conduct_words, label};
use crate::judge::words::named;

const META: CauseMeta = CauseMeta {
    id: "database-unreachable",
    home: 14,
    releases: "18-34",
    severity: Severity::Error,
    field: &["B2"],
    title: "the database that holds console tokens cannot be reached",
    needs: &[Need::Config, Need::Database, Need::Logs],
    symptoms: &[Symptom::HangsUp, Symptom::KeepsSilent, Symptom::Alternates],
    explanation: "\
From Rocky (18) on nova-novncproxy looks each token up in its `[database] connection`, after it has answered 101. While the database
does not answer it tries again, every `retry_interval` (10 s) up to `max_retries` (10) times, and the browser shows a console that
connects for ever; after about 100 s the session ends with code 1006 and the log has `(2003, \"Can't connect to MySQL server`
(MySQL) or `could not connect to server` (PostgreSQL). nova-conductor writes tokens to the same database, so new consoles fail
too; nova-api then says of a good token that it is not found.

Start the database, or let the proxy's host reach it: address, port, firewall, a balancer's backends.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let numbers = [2002, 2003, 2005, 2006, 2013];
    let words =
        ["could not connect to server", "Connection refused", "unable to open database file", "timeout expired"];
    if let Some((told, text)) = logged(case, &numbers, &words) {
        let message = format!("nova-novncproxy on {} cannot reach its database", named(&told.view.host.name));
        let remedy = Remedy::new("start the database that [database] connection names, or open the way to it")
            .verify("vncdoctor check again, then open a new console");
        return vec![from_log(&META, &told, &text, message).remedy(remedy).done()];
    }
    token_databases(case).iter().filter_map(|view| judge(case, view)).collect()
}

fn judge(case: &Case, view: &DatabaseView) -> Option<Finding> {
    let answer = &view.seen.saw;
    let there = view.on_the_spot();
    let (confidence, what) = match (&answer.conduct, &answer.dial) {
        (None, Some(dial)) if !dial.connected() => {
            // from another machine a missing way says nothing of the proxy's
            if out_of_sight(&dial.outcome) && !there {
                return None;
            }
            (if there { Confidence::Certain } else { Confidence::Possible }, dial.outcome.words())
        }
        (Some(conduct), _) => (if there { Confidence::Certain } else { Confidence::Likely }, wrong(conduct)?),
        _ => return None,
    };
    let unreadable = matches!(answer.conduct, Some(Conduct::NotAConnection { .. }));
    let message = if unreadable {
        format!("{} cannot use its [database] connection: {what}", who(view))
    } else {
        format!("{} keeps console tokens in {}, which does not serve: {what}", who(view), label(view.seen))
    };
    // the text is as bad on every machine
    let confidence = if unreadable { Confidence::Certain } else { confidence };
    let mut draft = draft(case, &META, view, confidence, &message);
    if !there && !unreadable {
        draft = draft.seen("a firewall may treat this machine otherwise: run vncdoctor on that host to be sure");
    }
    let port = view.seen.peer.rsplit_once(':').map_or("3306", |(_, port)| port);
    let text = if unreadable {
        "write [database] connection as DRIVER://USER:PASSWORD@HOST/NAME, with special characters of the password as %40 and the like".to_owned()
    } else {
        format!("let a database answer at {}, or correct [database] connection", view.seen.peer)
    };
    if unreadable {
        return Some(draft.remedy(remedy(view, text)).done());
    }
    Some(draft.remedy(remedy(view, text).command(format!("ss -ltn 'sport = :{port}' (on the database's host)"))).done())
}

/// What ends every conversation, whoever asks.
fn wrong(conduct: &Conduct) -> Option<String> {
    match conduct {
        Conduct::Silent { .. } | Conduct::Closed { .. } | Conduct::Stranger { .. } | Conduct::Broken { .. } => {
            Some(conduct_words(conduct))
        }
        Conduct::Refused(Refused { why: Refusal::Full | Refusal::NotReady, text, .. })
        | Conduct::NotAConnection { text }
        | Conduct::File { text, missing: true } => Some(text.clone()),
        _ => None,
    }
}

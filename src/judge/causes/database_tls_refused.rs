//! Service and database do not agree on TLS.

use super::Cause;
use super::database_words::{draft, from_log, logged, remedy, token_databases, who};
use crate::evidence::database::{Conduct, Refusal, Refused};
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, DatabaseView, label};
use crate::judge::words::named;

const META: CauseMeta = CauseMeta {
    id: "database-tls-refused",
    home: 14,
    releases: "18-34",
    severity: Severity::Error,
    field: &["B2"],
    title: "the database and nova's services do not agree on TLS",
    needs: &[Need::Config, Need::Database, Need::Logs],
    symptoms: &[Symptom::HangsUp, Symptom::KeepsSilent],
    explanation: "\
`?ssl_ca=...` (MySQL) or `?sslmode=verify-full` (PostgreSQL) in `[database] connection` asks for TLS and verifies the server's
certificate: a server without TLS, an authority's file that is not mounted in the proxy's container, or a certificate for another
name end every look-up of a token. The reverse is a server that takes only encrypted connections (`require_secure_transport`:
MySQL 3159, MariaDB 1045; `no pg_hba.conf entry ... no encryption`) and a connection that asks for none. Each ends with code 1006.

Give the connection what the server wants, and mount the file of the authority where the proxy runs.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let words = ["SSL", "certificate verify failed", "no encryption"];
    if let Some((told, text)) = logged(case, &[2026, 3159], &words) {
        let message =
            format!("the database and nova-novncproxy of {} do not agree on TLS", named(&told.view.host.name));
        let remedy = Remedy::new(
            "let [database] connection ask for what the server has (ssl_ca, sslmode), with the file in place",
        )
        .restart("nova-novncproxy")
        .verify("vncdoctor check again, then open a new console");
        return vec![from_log(&META, &told, &text, message).remedy(remedy).done()];
    }
    token_databases(case).iter().filter_map(|view| judge(case, view)).collect()
}

fn judge(case: &Case, view: &DatabaseView) -> Option<Finding> {
    let (confidence, what) = match view.seen.saw.conduct.as_ref()? {
        // whether a certificate is trusted hangs on files of the machine that asks
        Conduct::Tls { untrusted: true, text } if !view.on_the_spot() => (Confidence::Possible, text),
        Conduct::Tls { text, .. } | Conduct::Refused(Refused { why: Refusal::TlsRequired, text, .. }) => {
            (Confidence::Likely, text)
        }
        _ => return None,
    };
    let message = format!("{} and {} do not agree on TLS: {what}", who(view), label(view.seen));
    let mut draft = draft(case, &META, view, confidence, &message);
    if confidence == Confidence::Possible {
        draft = draft.seen("this machine may trust other authorities than that host: run vncdoctor there to be sure");
    }
    let text =
        "let [database] connection ask for what the server has (ssl_ca, sslmode), with the authority's file in place";
    Some(draft.remedy(remedy(view, text)).done())
}

//! The server is there and the database is not.

use super::Cause;
use super::database_words::{draft, from_log, logged, remedy, token_databases, who};
use crate::evidence::database::{Conduct, Refusal, Refused};
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, DatabaseView};
use crate::judge::words::named;

const META: CauseMeta = CauseMeta {
    id: "database-missing",
    home: 14,
    releases: "18-34",
    severity: Severity::Error,
    field: &["B2"],
    title: "the database that [database] connection names does not exist, or not for this user",
    needs: &[Need::Config, Need::Database, Need::Logs],
    symptoms: &[Symptom::HangsUp, Symptom::Alternates],
    explanation: "\
The server takes the login, and has no database of that name (MySQL 1049 `Unknown database`, PostgreSQL 3D000), or none that the
user may use (MySQL 1044 `Access denied for user ... to database`). nova-novncproxy then fails on every token, with code 1006 in
the browser. Cell databases are commonly nova (or nova_cell1) and nova_cell0; what `nova-manage cell_v2 list_cells` shows for the
cell is what its proxies must read.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    if let Some((told, text)) =
        logged(case, &[1044, 1049], &["does not exist"]).filter(|(_, text)| !text.contains("relation"))
    {
        let message = format!(
            "nova-novncproxy of {} looks for tokens in a database that is not there",
            named(&told.view.host.name)
        );
        let remedy = Remedy::new("give [database] connection the name of the cell's database")
            .command("nova-manage cell_v2 list_cells")
            .restart("nova-novncproxy")
            .verify("vncdoctor check again, then open a new console");
        return vec![from_log(&META, &told, &text, message).remedy(remedy).done()];
    }
    token_databases(case).iter().filter_map(|view| judge(case, view)).collect()
}

fn judge(case: &Case, view: &DatabaseView) -> Option<Finding> {
    let Some(Conduct::Refused(Refused { why, text, code })) = &view.seen.saw.conduct else { return None };
    let confidence = match why {
        Refusal::NoDatabase => Confidence::Certain,
        Refusal::NotPermitted if view.on_the_spot() => Confidence::Certain,
        Refusal::NotPermitted => Confidence::Likely,
        _ => return None,
    };
    let name = view.seen.saw.database.as_deref().unwrap_or_default();
    let message =
        format!("{} reads tokens from {name} at {}, which {}: {text} ({code})", who(view), view.seen.peer, what(*why));
    let text = "give [database] connection the name of the cell's database, or create and grant it";
    let remedy = remedy(view, text).command("nova-manage cell_v2 list_cells");
    Some(draft(case, &META, view, confidence, &message).remedy(remedy).done())
}

fn what(why: Refusal) -> &'static str {
    if why == Refusal::NoDatabase { "does not exist" } else { "this user may not use, or which does not exist" }
}

//! The cell's database lacks what this release reads of console tokens.

use super::Cause;
use super::database_words::{draft, from_log, logged, of_api, remedy, token_databases, who};
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, DatabaseView, label};
use crate::judge::words::named;

const META: CauseMeta = CauseMeta {
    id: "database-schema-too-old",
    home: 14,
    releases: "18-34",
    severity: Severity::Error,
    field: &[],
    title: "the cell's database has no console tokens: its schema is older than the services",
    needs: &[Need::Config, Need::Database, Need::Logs],
    symptoms: &[Symptom::HangsUp],
    explanation: "\
console_auth_tokens came with Ocata's schema (migration 333), its column access_url_base with Rocky (18, migration 375), tls_port
with 2025.1 (31). A database that was restored, or not migrated at the upgrade (`nova-manage db sync`), lacks them: nova-conductor
cannot write a token and nova-novncproxy cannot read one (`(1146, \"Table ... doesn't exist\")`, `(1054, \"Unknown column`). The API's
database and another cell's are other matters: see cell-database-wrong.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// Columns and the releases that read them (`nova/db/main/models.py`, ConsoleAuthToken).
const COLUMNS: [(&str, u16); 2] = [("access_url_base", 18), ("tls_port", 31)];

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let found: Vec<Finding> = token_databases(case).iter().filter_map(|view| judge(case, view)).collect();
    if found.is_empty()
        && case.evidence.databases.is_empty()
        && let Some((told, text)) = logged(case, &[1054, 1146], &["relation \"console_auth_tokens\""])
        && !of_api(&text)
    {
        let message =
            format!("the database that nova-novncproxy of {} reads has no such tokens", named(&told.view.host.name));
        let remedy =
            Remedy::new("run nova-manage db sync for this cell; if it is the API's database, name the cell's instead")
                .command("nova-manage db version")
                .verify("vncdoctor check again, then open a new console");
        return vec![from_log(&META, &told, &text, message).remedy(remedy).done()];
    }
    found
}

fn judge(case: &Case, view: &DatabaseView) -> Option<Finding> {
    let answer = &view.seen.saw;
    let tables = answer.tables.as_ref()?;
    let lacks = match answer.has("console_auth_tokens") {
        // the API's database has none, and should not
        Some(false) if answer.has("cell_mappings") == Some(true) => return None,
        Some(false) if tables.is_empty() => "no table of nova's at all".to_owned(),
        Some(false) => "no table console_auth_tokens".to_owned(),
        _ => {
            let columns = answer.token_columns.as_ref()?;
            let (column, _) = COLUMNS.iter().find(|(column, from)| {
                case.releases.candidates.iter().all(|release| release >= from)
                    && !columns.iter().any(|has| has == column)
            })?;
            format!("no column {column} in console_auth_tokens")
        }
    };
    let message = format!("{} keeps console tokens in {}, which has {lacks}", who(view), label(view.seen));
    let mut draft = draft(case, &META, view, Confidence::Certain, &message);
    if let Some(revision) = &answer.revision {
        draft = draft.seen(format!("the schema's revision is {revision}"));
    }
    let text = "run nova-manage db sync with a nova.conf whose [database] connection is this database, or name the cell's database";
    Some(draft.remedy(remedy(view, text).command("nova-manage db version")).done())
}

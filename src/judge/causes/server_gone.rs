//! The server was deleted while its console was asked for.

use super::Cause;
use crate::evidence::api::Afterwards;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::case::api::words;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "server-gone",
    home: 1,
    releases: "12-34",
    severity: Severity::Error,
    field: &["E9"],
    title: "the server is gone",
    needs: &[Need::Credentials],
    symptoms: &[],
    explanation: "\
nova-api showed the server, then refused a console of it, and then did not know it any more: it was deleted in between. A list in the
dashboard can be older than that, so that a click on it meets a server that is gone. In a cell whose database does not answer nova-api
may say the same of a server that is there: `openstack server list --deleted` tells the two apart.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let Some(api) = case.api().filter(|api| api.afterwards == Some(Afterwards::Gone)) else { return Vec::new() };
    let name = api.server.as_ref().map_or("the server", |server| server.name.as_str());
    let mut draft = Draft::error(&META, format!("{name} was deleted while its console was asked for")).likely();
    if let Some(seen) = case.console_asked() {
        draft = draft.seen(words(&seen.saw));
    }
    vec![
        draft
            .seen("asked once more, nova-api does not know it")
            .remedy(
                Remedy::new("choose a server that is there")
                    .command("openstack server list --all-projects --deleted --limit 20")
                    .verify("vncdoctor check --server NAME-OR-ID"),
            )
            .done(),
    ]
}

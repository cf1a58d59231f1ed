//! Step 1: user → dashboard. The user opens a console.

use super::{Step, View};
use crate::finding::StepMeta;
use crate::judge::case::Case;
use crate::judge::case::api::state;

pub(super) const STEP: Step = Step {
    meta: StepMeta {
        number: 1,
        id: "user-opens-console",
        title: "the user opens a console",
        who: "user → dashboard",
        explanation: "\
The user clicks Console in the dashboard, or runs `openstack console url show`. The server must be in a state that has a
console: neither building, deleting nor migrating.",
        needs: &[],
    },
    judge,
};

fn judge(case: &Case) -> View {
    if let Some(server) = case.api().and_then(|api| api.server.as_ref()) {
        let on = server.host.as_ref().map(|host| format!(" on {host}")).unwrap_or_default();
        return View::pass(format!("{}{on}", state(server)));
    }
    View::past(
        case,
        "a console URL was handed out, so the request was made",
        if case.asks_server() {
            "nova-api does not tell of the server"
        } else {
            "which server is asked about is not known: give --url, or --server with credentials"
        },
    )
}

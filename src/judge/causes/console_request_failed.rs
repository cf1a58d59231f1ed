//! nova-api gives no console, for a reason that only its own words tell.

use super::Cause;
use super::api_words::{brief, in_the_log};
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::case::api::words;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "console-request-failed",
    home: 3,
    releases: "12-34",
    severity: Severity::Error,
    field: &[],
    title: "nova-api gives no console",
    needs: &[Need::Credentials],
    symptoms: &[],
    explanation: "\
The request for a console ends with an error that has no cause of its own here: an exception in nova-api or in nova-compute (HTTP 500 with the name
of its class), a rule of policy that answers 400, a web server's or balancer's page in place of nova's answer, or a URL that is none.
The request id in the answer leads to the traceback in nova-api's log, and with it to nova-compute's. This is said only if nothing
better was found; missing rights (403) are not reported as broken.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let told = |finding: &Finding| finding.severity == Severity::Error && (finding.step <= 6 || finding.step == 9);
    let Some(seen) = case.console_asked().filter(|_| !before.iter().any(told)) else { return Vec::new() };
    let api = case.api();
    let exchange = &seen.saw;
    let problem = api.and_then(|api| api.url_problem.as_ref());
    let without_url = exchange.answered() && !case.handed_out();
    if (exchange.answered() && !without_url) || exchange.status() == Some(403) {
        return Vec::new();
    }
    let what = match problem {
        Some(problem) => problem.to_string(),
        None if without_url => "an answer without a url".to_owned(),
        None => brief(exchange),
    };
    let class = exchange.answer.as_ref().and_then(|answer| answer.class.as_ref());
    let mut draft = Draft::error(&META, format!("nova-api gives no console that can be opened: {what}"));
    draft = if exchange.answer.is_some() { draft.likely() } else { draft.possible() };
    draft = draft.seen(words(exchange));
    if let Some(class) = class {
        draft = draft.seen(format!("the exception is {class}"));
    }
    vec![
        draft
            .remedy(
                Remedy::new(
                    "read what nova-api logged of the request, and nova-compute of the server at the same time",
                )
                .command(in_the_log(exchange, "nova/nova-api.log"))
                .verify("openstack console url show --novnc SERVER"),
            )
            .done(),
    ]
}

//! nova-api waited in vain for the answer of another service when it was asked for a console.

use super::service_words::{Since, hands_out, newest, since};
use super::{Cause, compute_down, consoleauth_down};
use crate::evidence::log::{Event, LogEvent};
use crate::evidence::page::PageEnd;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::case::api::words;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "console-request-timed-out",
    home: 3,
    releases: "12-34",
    severity: Severity::Error,
    field: &["A5"],
    title: "nova-api waits in vain for the console",
    needs: &[Need::Credentials, Need::Logs],
    symptoms: &[],
    explanation: "\
For a console nova-api calls nova-compute over the message bus, and up to Queens (17) nova-consoleauth as well; from Rocky (18) on
nova-compute has nova-conductor of its cell write the token. Whoever is down or cut off the bus costs rpc_response_timeout (60 s): then
nova-api answers 500 with `MessagingTimeout`, which the dashboard shows as nothing useful. The service records (`openstack compute service
list`) tell which one, and need an administrator's role.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let told = |finding: &Finding| finding.severity == Severity::Error && (finding.step == 3 || finding.step == 9);
    if before.iter().any(told) {
        return Vec::new();
    }
    let Some(seen) = case.console_asked() else { return logged(case).into_iter().collect() };
    let answer = seen.saw.answer.as_ref();
    let named =
        answer.and_then(|answer| answer.class.as_deref()).is_some_and(|class| class.ends_with("MessagingTimeout"));
    let silent = matches!(seen.saw.end, Some(PageEnd::NoAnswer { .. }));
    // a balancer in between loses patience first
    let late = answer.is_some_and(|answer| answer.status == 504);
    if !named && !silent && !late {
        return Vec::new();
    }
    let message = if named {
        "nova-api waited in vain over the message bus for the console (MessagingTimeout)"
    } else {
        "nova-api answers other questions, and not the one for a console"
    };
    let draft = Draft::error(&META, message).seen(words(&seen.saw));
    vec![whose(case, draft, named).remedy(remedy()).done()]
}

/// nova-api's log: a request for a console that ended with 500, and the reason in a line of the same request.
fn logged(case: &Case) -> Option<Finding> {
    if case.handed_out() {
        return None;
    }
    let is = |event: &Event| matches!(event, Event::ConsoleRequested { status: 500, .. });
    let logged = newest(case, Service::Api, is, hands_out)?;
    let same = |line: &&LogEvent| line.request_id.is_some() && line.request_id == logged.line.request_id;
    logged.log.events.iter().filter(same).find(|line| line.event == Event::RpcTimeout)?;
    let severity = match since(case, &logged) {
        Since::Nothing => Severity::Error,
        // another server's nova-compute may be another
        Since::Others => Severity::Warning,
        // whoever was silent answered since
        Since::Same => return None,
    };
    let message = "nova-api waited in vain over the message bus for a console (MessagingTimeout)";
    let draft = Draft::new(&META, severity, message)
        .host(logged.host)
        .service(Service::Api)
        .at_line(&logged.log.path, logged.line.line)
        .seen(format!("{}: a request for a console ends with HTTP 500 after a MessagingTimeout", logged.at()));
    Some(whose(case, draft, true).remedy(remedy()).done())
}

/// From Rocky on there is nobody but nova-compute, and whom it asks in turn.
fn whose(case: &Case, draft: Draft, named: bool) -> Draft {
    let old = case.releases.candidates.iter().any(|release| *release <= 17);
    match (old, named) {
        (true, _) => draft.possible().between(&[&compute_down::CAUSE.meta, &consoleauth_down::CAUSE.meta]),
        (false, true) => draft.likely(),
        (false, false) => draft.possible(),
    }
}

fn remedy() -> Remedy {
    Remedy::new("see which service does not answer: nova-compute of the server, nova-conductor of its cell, RabbitMQ")
        .command("openstack compute service list")
        .command("rabbitmqctl list_queues name consumers messages")
        .verify("ask for the console again; with --patience 70 the end of the wait is seen")
}

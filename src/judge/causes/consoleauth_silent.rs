//! The proxy waits in vain for any nova-consoleauth to check the token.

use super::Cause;
use super::rpc_words::{Asks, asks, at_times, timed_out};
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "consoleauth-silent",
    home: 14,
    releases: "15-19",
    severity: Severity::Error,
    field: &["A5"],
    title: "no nova-consoleauth answers the proxy",
    needs: &[Need::Logs],
    symptoms: &[Symptom::KeepsSilent],
    explanation: "\
nova-novncproxy asks over the message bus whether a token is good and waits rpc_response_timeout (60 s). With no nova-consoleauth
consuming its queue, or the bus down, the browser sees a minute of silence and then code 1006; the proxy logs `Timed out waiting
for a reply to message ID`. The same line is written when nova-consoleauth itself waits for nova-compute: its own log then
says that the token is known.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let told = |id: &str| before.iter().any(|finding| finding.cause == id && finding.step == 14);
    if told("consoleauth-down") || told("message-bus-down") {
        return Vec::new();
    }
    let whom = asks(case);
    if whom == Asks::Compute {
        return Vec::new();
    }
    if whom == Asks::Consoleauth
        && let Some(finding) = one_of_several(case, before)
    {
        return vec![finding];
    }
    let Some(timeout) = timed_out(case) else { return Vec::new() };
    if timeout.checked {
        return Vec::new();
    }
    let sure = whom == Asks::Consoleauth;
    let mut draft = Draft::error(
        &META,
        "nova-novncproxy waits in vain for a nova-consoleauth to check the token: none runs, or the message bus does not carry",
    )
    .confidence(if sure { timeout.confidence } else { Confidence::Possible })
    .host(timeout.view.host)
    .service(Service::Consoleauth)
    .at_line(&timeout.view.log.path, timeout.view.line())
    .seen(format!("{}: timed out waiting for a reply", timeout.view.at()));
    if !sure {
        draft = draft.seen(
            "from rocky (18) on the proxy asks nova-consoleauth only with [workarounds] enable_consoleauth, from train (20) on never",
        );
    }
    draft = draft.seen(if timeout.logs_seen {
        "no nova-consoleauth log has a check of it"
    } else {
        "nova-compute may be the silent one: the logs of nova-consoleauth would tell (--log NAME=PATH)"
    });
    vec![
        draft
            .remedy(
                remedy("start nova-consoleauth, or mend its connection to RabbitMQ")
                    .verify("open a console: it must not hang for a minute"),
            )
            .done(),
    ]
}

/// RabbitMQ hands the checks round: one nova-consoleauth that hangs gets its share, and the others answer theirs.
fn one_of_several(case: &Case, before: &[Finding]) -> Option<Finding> {
    if before.iter().any(|finding| finding.severity == Severity::Error) {
        return None;
    }
    let mixed = at_times(case)?;
    let message = format!(
        "{} of {} sessions of this token wait in vain for its check and the others open: one of several nova-consoleauth takes \
         checks and does not answer",
        mixed.failed, mixed.of
    );
    let draft = Draft::error(&META, message)
        .likely()
        .host(mixed.view.host)
        .service(Service::Consoleauth)
        .at_line(&mixed.view.log.path, mixed.view.line())
        .seen(format!("{}: timed out waiting for a reply", mixed.view.at()));
    let remedy = remedy("restart the nova-consoleauth that has logged nothing for the longest time");
    Some(draft.remedy(remedy.verify("open ten consoles: none may hang for a minute")).done())
}

fn remedy(text: &str) -> Remedy {
    Remedy::new(text)
        .restart("nova-consoleauth")
        .command("rabbitmqctl list_queues name consumers messages_unacknowledged | grep consoleauth")
}

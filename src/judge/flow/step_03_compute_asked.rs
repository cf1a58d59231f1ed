//! Step 3: nova-api → nova-compute (RPC). Nova-compute is asked.

use super::{Step, View};
use crate::evidence::api::Exchange;
use crate::evidence::process::Service;
use crate::finding::StepMeta;
use crate::judge::case::Case;
use crate::judge::case::api::{outcome, words};
use crate::judge::causes::consumed;

pub(super) const STEP: Step = Step {
    meta: StepMeta {
        number: 3,
        id: "compute-asked",
        title: "nova-compute is asked",
        who: "nova-api → nova-compute (RPC)",
        explanation: "\
nova-api calls get_vnc_console on the instance's compute node over the message bus and waits rpc_response_timeout (60 s).",
        needs: &[2],
    },
    judge,
};

/// A refusal that only nova-compute can have given: its setting, its driver, the guest's domain.
fn by_compute(exchange: &Exchange) -> bool {
    exchange.answer.as_ref().is_some_and(|answer| {
        let message = answer.message.as_deref().unwrap_or_default();
        answer.status == 501 || answer.status == 400 && message.contains("Unavailable console type")
    })
}

fn judge(case: &Case) -> View {
    asked(case).buses(case, &[Service::Api, Service::Compute])
}

fn asked(case: &Case) -> View {
    let record = case.api().and_then(|api| api.compute());
    let reported = record.map(|record| {
        let state = record.state.as_deref().unwrap_or("unknown");
        format!("; by its service record nova-compute on {} is {state}", record.host)
    });
    let listens = consumed(case, Service::Compute).filter(|_| !case.handed_out()).map(|(_, words)| words);
    match case.console_asked() {
        Some(seen) if seen.saw.answered() => {
            let reported = reported.unwrap_or_default();
            View::pass(format!("nova-compute answered nova-api within {} ms{reported}", seen.millis))
                .seen(seen, words(&seen.saw))
        }
        Some(seen) if by_compute(&seen.saw) => {
            View::pass("nova-compute answered nova-api, and refused").seen(seen, words(&seen.saw))
        }
        Some(seen) if seen.saw.status() == Some(403) => {
            View::skipped(format!("these credentials may not ask for a console ({})", outcome(&seen.saw)))
                .seen(seen, words(&seen.saw))
        }
        Some(seen) => View::unknown("nova-api was asked for a console and gave none").seen(seen, words(&seen.saw)),
        None if listens.is_some() => View::pass(listens.unwrap_or_default()),
        None => View::past(
            case,
            &format!("a console URL was handed out, so nova-compute answered{}", reported.unwrap_or_default()),
            if case.asks_server() {
                "nova-api was not asked for a console"
            } else {
                "nova-compute is not asked: give --url with a fresh URL, or --server with credentials"
            },
        ),
    }
}

//! Nova's service records say that the server's nova-compute is dead.

use super::Cause;
use super::wire_words::ended_at_once;
use crate::evidence::api::ServiceRecord;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::case::api::words;
use crate::judge::find::Draft;
use crate::judge::words::list;

const META: CauseMeta = CauseMeta {
    id: "compute-down",
    home: 3,
    releases: "12-34",
    severity: Severity::Error,
    field: &[],
    title: "nova-compute of the server is down",
    needs: &[Need::Credentials],
    symptoms: &[],
    explanation: "\
nova-api asks the server's nova-compute for the console over the message bus and waits rpc_response_timeout (60 s); when the console opens, nova-novncproxy
asks it again whether the port is still the guest's. Each nova-compute reports to nova every 10 s; without a report for
service_down_time (60 s) its record says `down`. Then a console is refused with HTTP 500 after a minute, and one that was handed
out before shows a minute of silence and code 1006. The guest itself may run on.

A record says `down` of a living nova-compute, too: when the clocks of the hosts differ by more than a minute, or when its reports
do not get through.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let Some(api) = case.api() else { return Vec::new() };
    // whose the server is may not be told: then it is one of all
    let concerned: Vec<&ServiceRecord> =
        api.compute().map_or_else(|| api.records("nova-compute").collect(), |record| vec![record]);
    let all_down = concerned.iter().all(|record| record.is_down());
    let down = if all_down { concerned } else { Vec::new() };
    let Some(first) = down.first() else { return Vec::new() };
    let hosts: Vec<&str> = down.iter().map(|record| record.host.as_str()).take(8).collect();
    let reported = first.updated_at.as_ref().map(|at| format!("it last reported at {at} UTC"));
    let asked = case.console_asked();
    let works = asked.is_some_and(|seen| seen.saw.answered()) || opens(case) || ended_at_once(case);
    let message = if works {
        format!("nova takes nova-compute on {} for dead, and it answers", list(&hosts))
    } else {
        format!("nova-compute on {} is down by its service record", list(&hosts))
    };
    let mut draft = Draft::new(&META, if works { Severity::Note } else { Severity::Error }, message)
        .likely()
        .step(if case.handed_out() && !case.asks_server() { 14 } else { META.home })
        .service(Service::Compute);
    draft = reported.into_iter().fold(draft, Draft::seen);
    if let Some(seen) = asked {
        draft = draft.seen(words(&seen.saw));
    }
    let remedy = if works {
        Remedy::new(
            "compare the clocks of nova-compute's host and of the controllers, and see why its reports are late",
        )
    } else {
        Remedy::new("start nova-compute there, or mend its connection to RabbitMQ").restart("nova-compute")
    };
    vec![
        draft
            .remedy(
                remedy
                    .command("openstack compute service list --service nova-compute")
                    .verify("its record says up; then ask for a fresh console"),
            )
            .done(),
    ]
}

fn opens(case: &Case) -> bool {
    case.evidence.upgrades.iter().any(|seen| seen.saw.rfb.as_ref().is_some_and(|rfb| rfb.banner.is_some()))
}

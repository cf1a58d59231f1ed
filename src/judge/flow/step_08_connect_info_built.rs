//! Step 8: nova-compute → nova-api. The connect_info is built.

use super::{Step, View};
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::StepMeta;
use crate::judge::case::Case;

pub(super) const STEP: Step = Step {
    meta: StepMeta {
        number: 8,
        id: "connect-info-built",
        title: "the connect_info is built",
        who: "nova-compute → nova-api",
        explanation: "\
nova-compute puts the token behind `[vnc] novncproxy_base_url` of its own nova.conf; what the controllers say there does not
count. Scheme, host, port and page name must be those that users' browsers reach.",
        needs: &[6],
    },
    judge,
};

fn judge(case: &Case) -> View {
    if let Some(url) = &case.evidence.target.url {
        return View::pass(format!("the url leads to {}", url.page_url()));
    }
    let release = case.releases.newest();
    for view in case.running(Service::Compute, Basis::Guessed) {
        let Some(config) = view.config(Service::Compute, release) else { continue };
        let setting = config.get("vnc", "novncproxy_base_url");
        if let Some(value) = setting.value().filter(|_| setting.is_set()) {
            return View::pass(format!("{} hands out {}", view.name(), value.text()));
        }
    }
    View::past(
        case,
        "a console URL was handed out",
        "no compute node's nova.conf: give --config NAME:compute=PATH, or --url",
    )
}

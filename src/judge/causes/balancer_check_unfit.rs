//! A balancer's health check that nova-novncproxy has to fail.

use super::Cause;
use super::balancer_words::{ConsoleDoor, balancer_remedy, behind, console_doors, passed_through, quoted};
use crate::finding::{CauseMeta, Confidence, Finding, Need, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "balancer-check-unfit",
    home: 13,
    releases: "15-34",
    severity: Severity::Error,
    field: &["D4"],
    title: "the balancer's health check cannot succeed at this daemon",
    needs: &[Need::Config],
    symptoms: &[],
    explanation: "\
nova-novncproxy answers GET and HEAD of / with 404, because it lists no directories, and every other method with 501. HAProxy's `option
httpchk` alone asks `OPTIONS /` and takes 2xx and 3xx for well: every proxy is down for it, and users get 503. A check that speaks
TLS fails at a proxy without a certificate, and `option ssl-hello-chk`, which speaks SSL 3.0, at every one.

Let the check connect and no more (`check` without httpchk), or ask for a page that is there: option httpchk GET /vnc_lite.html.
`http-check expect status 404` makes HEAD / a fit question too.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    if passed_through(case) {
        return Vec::new();
    }
    console_doors(case).iter().filter_map(|door| over_http(door).or_else(|| over_tls(case, door))).collect()
}

fn over_http(door: &ConsoleDoor) -> Option<Finding> {
    let check = door.door.check.as_ref().filter(|check| check.wants_success)?;
    let (status, most) = match (check.method.as_str(), check.path.as_str()) {
        // an index.html among noVNC's files would be shown
        ("GET" | "HEAD", "/" | "") => ("404", Confidence::Likely),
        ("GET" | "HEAD", _) => return None,
        _ => ("501", Confidence::Certain),
    };
    let message = format!(
        "{} asks {} {} of nova-novncproxy for its health, which answers {status}: every proxy is down for it",
        door.who(),
        check.method,
        check.path
    );
    Some(finding(door, check.at, message, most))
}

fn over_tls(case: &Case, door: &ConsoleDoor) -> Option<Finding> {
    let at = door.door.tls_check?;
    if at.directive.starts(&["option", "ssl-hello-chk"]) {
        let message =
            format!("{} greets nova-novncproxy in SSL 3.0 for its health, which no proxy answers", door.who());
        return Some(finding(door, at, message, Confidence::Likely));
    }
    let plain = |server| {
        let proxies = behind(case, server);
        !proxies.is_empty() && proxies.iter().all(|(_, config)| !config.get("DEFAULT", "cert").is_set())
    };
    if !door.door.servers.iter().any(plain) {
        return None;
    }
    let message =
        format!("{} speaks TLS to nova-novncproxy for its health, and the proxy has no certificate", door.who());
    Some(finding(door, at, message, Confidence::Likely))
}

fn finding(door: &ConsoleDoor, at: crate::balancer::At, message: String, most: Confidence) -> Finding {
    let draft = Draft::error(&META, message).confidence(door.confidence().min(most)).seen(format!(
        "{}: {}",
        door.door.name,
        quoted(at.directive)
    ));
    let text = "let the check connect and no more (check without option httpchk, ssl-hello-chk and check-ssl), or ask for a page that is there: option httpchk GET /vnc_lite.html";
    door.at(draft, at).remedy(balancer_remedy(door, text)).done()
}

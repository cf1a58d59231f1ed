//! The proxy keeps silent after its 101, and nothing else that was seen says whom it waits for.

use super::Cause;
use super::open_words::open;
use super::wire_words::{ended_late, kept_silent};
use crate::evidence::dial::seconds;
use crate::evidence::process::Service;
use crate::evidence::websocket::WebsocketEnd;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::{Case, last_upgrade};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "proxy-silent",
    home: 14,
    releases: "15-34",
    severity: Severity::Error,
    field: &[],
    title: "the proxy keeps silent after its 101",
    needs: &[Need::Token, Need::Probe],
    symptoms: &[],
    explanation: "\
After its 101 nova-novncproxy waits for others: up to Queens (17) for a nova-consoleauth, in every release for nova-compute's word
that the port is still the guest's (each rpc_response_timeout, 60 s), then for the VNC server (a firewall that drops packets: about two
minutes; a server that accepts and says nothing: for ever). A memcached that takes connections and does not answer costs
nova-consoleauth 3 s, after which the token is unknown. A healthy console has its first bytes within a second.

How long the silence lasts tells which: run vncdoctor with more --patience. The proxy's log tells at once: `connecting to:` is
written when the token was good, `Timed out waiting for a reply` when an answer over the bus did not come.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let told = before.iter().any(|finding| finding.severity == Severity::Error);
    let Some(seen) = last_upgrade(case).filter(|_| !told) else { return Vec::new() };
    let (waited, end) = match (&seen.saw.end, ended_late(case)) {
        (Some(WebsocketEnd::Silent { after_millis, .. }), _) if kept_silent(case) => (*after_millis, ""),
        (_, Some(millis)) => (millis, ", then hangs up"),
        _ => return Vec::new(),
    };
    let time = seconds(waited);
    vec![
        Draft::error(&META, format!("{} keeps silent for {time} after its 101{end}: it waits for somebody", seen.peer))
            .possible()
            .service(Service::Novncproxy)
            .between(&open(case, before, Symptom::KeepsSilent))
            .seen(format!("upgrade from {}: 101, then silence for {time}{end}", seen.from))
            .remedy(
                Remedy::new(
                    "wait longer: a close after 60 s is an answer over the message bus that did not come, one after about two \
                     minutes a firewall before the VNC server, one after 3 s (up to stein) a memcached that keeps silent; \
                     the proxy's log says so at once",
                )
                .command("vncdoctor check --url 'A FRESH URL' --patience 140")
                .verify("a healthy console answers within a second"),
            )
            .done(),
    ]
}

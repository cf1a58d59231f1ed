//! Balancer and proxy do not speak the same on the way between them.

use super::Cause;
use super::balancer_words::{ConsoleDoor, balancer_remedy, behind, console_doors, passed_through};
use crate::balancer::Server;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Severity};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::oslo::config::Config;
use std::rc::Rc;

const META: CauseMeta = CauseMeta {
    id: "balancer-backend-protocol",
    home: 13,
    releases: "15-34",
    severity: Severity::Error,
    field: &["D8"],
    title: "TLS on one side only between balancer and proxy",
    needs: &[Need::Config],
    symptoms: &[],
    explanation: "\
A balancer speaks TLS to nova-novncproxy where its server line says `ssl` (HAProxy) or its proxy_pass `https://` (nginx). The proxy speaks
it if the file of `[DEFAULT] cert` is there, and nothing else with `ssl_only`. With a certificate and no ssl_only the same port takes
both. Spoken to in TLS without one, it hangs up: 503, or silence while HAProxy tries again. Spoken to in plain with ssl_only, it hangs up
too: 502. HAProxy's send-proxy puts a line before the request that the proxy does not know: 502.

Take TLS on both sides or on none, and no send-proxy.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    if passed_through(case) {
        return Vec::new();
    }
    let doors = console_doors(case);
    doors.iter().filter_map(|door| door.door.servers.iter().find_map(|server| clash(case, door, server))).collect()
}

fn clash(case: &Case, door: &ConsoleDoor, server: &Server) -> Option<Finding> {
    if server.proxy_protocol {
        let message =
            format!("{} sends the PROXY protocol's header to nova-novncproxy, which does not know it", door.who());
        return Some(finding(door, server, None, message, Confidence::Certain));
    }
    let proxies = behind(case, server);
    let (host, config) = proxies.first()?;
    if server.tls {
        // a certificate may be where none is named: self.pem where the process starts
        if !proxies.iter().all(|(host, config)| plain(host, config)) {
            return None;
        }
        let message = format!(
            "{} speaks TLS to nova-novncproxy, and nova-novncproxy on {} has no certificate",
            door.who(),
            host.name()
        );
        return Some(finding(door, server, Some((host, config, "cert")), message, Confidence::Likely));
    }
    // in TCP mode the browser's own TLS may pass through
    let ends_here = door.door.http || door.door.binds.iter().any(|bind| bind.tls);
    let only = |(_, config): &(&HostView, Rc<Config>)| config.bool("DEFAULT", "ssl_only") == Some(true);
    if !ends_here || !proxies.iter().all(only) {
        return None;
    }
    let message = format!(
        "{} speaks plain HTTP to nova-novncproxy, and nova-novncproxy on {} takes only TLS (ssl_only)",
        door.who(),
        host.name()
    );
    Some(finding(door, server, Some((host, config, "ssl_only")), message, Confidence::Certain))
}

/// Nothing says that the proxy has a certificate: neither its files nor its command line.
fn plain(host: &HostView, config: &Config) -> bool {
    let by_command =
        host.host.processes.iter().any(|process| process.options.iter().any(|option| option.name == "cert"));
    !config.get("DEFAULT", "cert").is_set() && config.bool("DEFAULT", "ssl_only") != Some(true) && !by_command
}

fn finding(
    door: &ConsoleDoor,
    server: &Server,
    other: Option<(&HostView, &Config, &str)>,
    message: String,
    most: Confidence,
) -> Finding {
    let mut draft = Draft::error(&META, message).confidence(door.confidence().min(most));
    draft = door.at(draft, server.at);
    if let Some((host, config, option)) = other
        && let Some((file, entry)) = host.entry(&config.get("DEFAULT", option))
    {
        draft = draft.also(host.host, file, entry, "the proxy's side");
    }
    let text = if server.proxy_protocol {
        "take send-proxy out of the server's line"
    } else if server.tls {
        "take TLS out of the server's line, or give nova-novncproxy [DEFAULT] cert and key"
    } else {
        "speak TLS to the server (ssl in HAProxy's line, proxy_pass https:// in nginx), or set [DEFAULT] ssl_only = false"
    };
    draft.remedy(balancer_remedy(door, text)).done()
}

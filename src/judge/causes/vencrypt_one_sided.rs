//! One of proxy and VNC server wants VeNCrypt and the other does not.

use super::Cause;
use super::console_words::{confidence, placed, proxies, proxy_remedy};
use super::vnc_words::{
    NONE, SECURITY_PROXY, VENCRYPT, at_session, looks, names, negotiated, refused_through, server, severity,
};
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "vencrypt-one-sided",
    home: 15,
    releases: "17-34",
    severity: Severity::Error,
    field: &["E10"],
    title: "one of proxy and VNC server wants VeNCrypt, the other does not",
    needs: &[Need::Config, Need::Logs, Need::Token, Need::Probe],
    explanation: "\
A QEMU with vnc_tls = 1 in libvirt's qemu.conf offers VeNCrypt (19) and nothing else, one without it offers None (1) and nothing else.
nova-novncproxy takes of what is offered the first that is in `[vnc] auth_schemes` (nova/console/rfb/auths.py), which is `none` unless
it is set. So a site that changes over has consoles that open and others that do not: `No matching auth scheme: allowed
types: '1', desired types: '19'`, or the numbers the other way round, and `Unable to negotiate security with server` in the browser. A
guest keeps what it was started with until a hard reboot or a migration to a changed node.

While compute nodes and guests change over, set auth_schemes = vencrypt,none on every proxy; take none out when the last
guest is done.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    if case.releases.within(|release| release >= SECURITY_PROXY).is_empty() {
        return Vec::new();
    }
    if let Some(finding) = logged(case) {
        return vec![finding];
    }
    let accused = |f: &Finding| f.cause == "nova-conf-refused" && f.severity == Severity::Error;
    if before.iter().any(accused) {
        return Vec::new();
    }
    let found = configured(case);
    if found.is_empty() { looked(case).into_iter().collect() } else { found }
}

/// Which side wants it, if one does.
fn wanting(offered: &[u32], takes_none: bool, takes_vencrypt: bool) -> Option<Side> {
    let (none, vencrypt) = (offered.contains(&NONE), offered.contains(&VENCRYPT));
    match (none, vencrypt) {
        (false, true) if takes_none && !takes_vencrypt => Some(Side::Server),
        (true, false) if takes_vencrypt && !takes_none => Some(Side::Proxy),
        _ => None,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Server,
    Proxy,
}

impl Side {
    fn words(self) -> &'static str {
        match self {
            Self::Server => "VeNCrypt, which [vnc] auth_schemes of the proxy does not list",
            Self::Proxy => "no VeNCrypt, and [vnc] auth_schemes of the proxy lists nothing else",
        }
    }
}

/// By the proxy's log.
fn logged(case: &Case) -> Option<Finding> {
    let side =
        |allowed: &[u32], offered: &[u32]| wanting(offered, allowed.contains(&NONE), allowed.contains(&VENCRYPT));
    let (told, seen) = negotiated(case, |seen| side(seen.allowed, seen.offered).is_some())?;
    let which = side(seen.allowed, seen.offered)?;
    Some(
        at_session(&META, &told, format!("{} offers {}", server(&told), which.words()))
            .seen(format!("{}: {}", told.view.at(), seen.reason))
            .remedy(remedy(which))
            .done(),
    )
}

/// By a direct look and the configuration of the proxies.
fn configured(case: &Case) -> Vec<Finding> {
    let looks = looks(case);
    let Some((look, offered)) = looks.iter().find_map(|look| Some((look, look.offered()?))) else {
        return Vec::new();
    };
    let judge = |(host, config): (_, std::rc::Rc<crate::oslo::config::Config>)| {
        let host: &crate::judge::case::HostView = host;
        let schemes = config.list("vnc", "auth_schemes")?;
        let lists = |name: &str| schemes.iter().any(|scheme| scheme == name);
        let side = wanting(&offered, lists("none"), lists("vencrypt"))?;
        let basis = host.runs(Service::Novncproxy)?;
        let said = match side {
            Side::Server => "does not take VeNCrypt",
            Side::Proxy => "takes nothing but VeNCrypt",
        };
        let message = format!(
            "{} offers {}, and the proxy on {} {said}: [vnc] auth_schemes is {}",
            look.seen.peer,
            names(&offered),
            host.name(),
            schemes.join(",")
        );
        let draft = Draft::new(&META, severity(case), message)
            .confidence(confidence(basis).min(look.confidence(case)))
            .host(host.host)
            .service(Service::Novncproxy)
            .seen(look.from())
            .remedy(remedy(side));
        Some(placed(draft, host, Service::Novncproxy, &config.get("vnc", "auth_schemes")).done())
    };
    proxies(case, Basis::Guessed).into_iter().filter_map(judge).collect()
}

/// By a direct look alone: what the proxies take is not known.
fn looked(case: &Case) -> Option<Finding> {
    if !proxies(case, Basis::Guessed).is_empty() {
        return None;
    }
    let looks = looks(case);
    let look = looks.iter().find(|look| look.offered().is_some_and(|types| wanting(&types, true, false).is_some()))?;
    let refused = refused_through(case);
    let message =
        format!("{} offers VeNCrypt alone, which a proxy takes only if [vnc] auth_schemes lists it", look.seen.peer);
    // where a console was not tried, or ended otherwise, this is how a whole rollout looks too
    let severity = if refused { severity(case) } else { Severity::Note };
    let mut draft = Draft::new(&META, severity, message).service(Service::Novncproxy).seen(look.from());
    draft = if refused {
        draft.confidence(Confidence::Likely).seen("the proxy does not come to terms with it")
    } else {
        draft.possible()
    };
    Some(
        draft
            .seen("nova.conf of the proxies, or their log, settles it: --config, --log")
            .remedy(remedy(Side::Server))
            .done(),
    )
}

fn remedy(side: Side) -> Remedy {
    let text = match side {
        Side::Server => {
            "on every host that runs nova-novncproxy, with the certificates of the proxy:\n[vnc]\nauth_schemes = vencrypt,none\n\
             vencrypt_ca_certs = /PATH/ca-cert.pem\nvencrypt_client_key = /PATH/client-key.pem\n\
             vencrypt_client_cert = /PATH/client-cert.pem\nor, without VeNCrypt, vnc_tls = 0 in qemu.conf and a hard reboot of the guest"
        }
        Side::Proxy => {
            "until every guest is started with VeNCrypt, on every host that runs nova-novncproxy:\n[vnc]\n\
             auth_schemes = vencrypt,none\nthen vnc_tls = 1 in qemu.conf of every compute node and a hard reboot of the guests"
        }
    };
    proxy_remedy(text).command("grep -E '^vnc_tls' /etc/libvirt/qemu.conf (on the compute node)")
}

//! One of proxy and VNC server wants VeNCrypt and the other does not.

use super::Cause;
use super::console_words::{confidence, placed, proxies, proxy_remedy};
use super::vnc_words::{
    NONE, SECURITY_PROXY, VENCRYPT, at_session, looks, names, negotiated, refused_through, server, severity, works,
};
use crate::evidence::domain::QemuConf;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::oslo::config::Config;
use std::rc::Rc;

const META: CauseMeta = CauseMeta {
    id: "vencrypt-one-sided",
    home: 15,
    releases: "17-34",
    severity: Severity::Error,
    field: &["E10"],
    title: "one of proxy and VNC server wants VeNCrypt, the other does not",
    needs: &[Need::Config, Need::Host, Need::Logs, Need::Token, Need::Probe],
    symptoms: &[],
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
    if !found.is_empty() {
        return found;
    }
    match looked(case) {
        Some(finding) => vec![finding],
        None => written(case),
    }
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
    let judge = |(host, config): (_, Rc<Config>)| {
        let host: &HostView = host;
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

/// By libvirt's qemu.conf on a compute node and the configuration of the proxies: what guests that start now will offer.
fn written(case: &Case) -> Vec<Finding> {
    // a look at a guest, or a console that opens, tells more
    if works(case) || looks(case).iter().any(|look| look.offered().is_some()) {
        return Vec::new();
    }
    let nodes = case.hosts.iter().filter_map(|host| Some((host, host.host.libvirt.as_ref()?.qemu_conf.as_ref()?)));
    let proxies = proxies(case, Basis::Guessed);
    nodes.filter_map(|(node, conf)| refusing(case, node, conf, &proxies)).collect()
}

/// The proxies that do not take what this node's guests offer: an error if no proxy takes it, for each cell has its own.
fn refusing(case: &Case, node: &HostView, conf: &QemuConf, proxies: &[(&HostView, Rc<Config>)]) -> Option<Finding> {
    let tls = conf.vnc_tls == Some(true);
    let offered = if tls { [VENCRYPT] } else { [NONE] };
    let misses: Vec<_> = proxies
        .iter()
        .filter_map(|(host, config)| {
            let schemes = config.list("vnc", "auth_schemes")?;
            let lists = |name: &str| schemes.iter().any(|scheme| scheme == name);
            Some((*host, config, wanting(&offered, lists("none"), lists("vencrypt"))?, schemes))
        })
        .collect();
    let (host, config, side, schemes) = misses.first()?;
    let severity = if misses.len() == proxies.len() { severity(case) } else { Severity::Warning };
    let (setting, offer) = if tls { ("has vnc_tls = 1", "VeNCrypt") } else { ("has no vnc_tls = 1", "no VeNCrypt") };
    let message = format!(
        "qemu.conf of {} {setting}, so that its guests offer {offer}, and the proxy on {} has [vnc] auth_schemes = {}",
        node.name(),
        host.name(),
        schemes.join(",")
    );
    let line = conf.vnc_tls_line.map(|line| format!(":{line}")).unwrap_or_default();
    let draft = Draft::new(&META, severity, message)
        // guests keep what they were started with, and libvirtd what it read
        .confidence(confidence(host.runs(Service::Novncproxy)?).min(Confidence::Likely))
        .host(host.host)
        .service(Service::Novncproxy)
        .seen(format!("{} {}{line}: vnc_tls is {}", node.name(), conf.file, if tls { "on" } else { "off" }))
        .remedy(remedy(*side));
    Some(placed(draft, host, Service::Novncproxy, &config.get("vnc", "auth_schemes")).done())
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

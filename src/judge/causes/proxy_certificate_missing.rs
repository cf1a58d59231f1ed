//! The proxy is to speak TLS, and its options name no certificate that it could find.

use super::Cause;
use super::console_words::{base_urls, confidence, placed, proxies, proxy_remedy};
use super::peer_words::{all_read, is_literal};
use super::scheme_mismatch::{is_default, no_certificate};
use super::session_words::{accepted, told};
use crate::console::access_url::Scheme;
use crate::evidence::host::KeyState;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Severity};
use crate::judge::case::{Case, HostView, SessionView};
use crate::judge::find::Draft;
use crate::judge::words::on;
use crate::oslo::config::{Config, Setting};
use std::sync::Arc;

const META: CauseMeta = CauseMeta {
    id: "proxy-certificate-missing",
    home: 13,
    releases: "15-34",
    severity: Severity::Error,
    field: &["D5"],
    title: "the proxy is to speak TLS and names no certificate",
    needs: &[Need::Config, Need::Host, Need::Logs],
    symptoms: &[],
    explanation: "\
nova-novncproxy speaks TLS if the file of `[DEFAULT] cert` is there; the default is self.pem in the directory where the process was
started, for a service mostly /. With `ssl_only` and no such file it ends at start: `SSL only and self.pem not found`
(nova/cmd/baseproxy.py), on stderr and nowhere else. Without ssl_only it starts, logs `No SSL/TLS support (no cert file)` and cuts off
every browser that comes with https. `key` alone changes nothing, and a relative path depends on the directory too. A key
inside the file of cert needs no `key`. Both files must be readable for the user of nova.

The options may also stand on the command line (--cert, --key, --ssl_only), which beats the files.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// What is wrong, at which option.
struct Wrong {
    severity: Severity,
    most: Confidence,
    text: String,
    at: Arc<Setting>,
    seen: Option<String>,
}

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let seen: Vec<Finding> =
        proxies(case, Basis::Guessed).iter().filter_map(|(host, config)| looked_at(host, config)).collect();
    if !seen.is_empty() {
        return seen;
    }
    proxies(case, Basis::Guessed)
        .into_iter()
        .filter(|(host, _)| !on_command_line(host) && all_read(host))
        .filter_map(|(host, config)| finding(case, host, wrong(case, before, host, &config)?))
        .chain(logged(case))
        .collect()
}

/// The proxy turned TLS clients away for want of a certificate that somebody has set, and served nobody since.
fn logged(case: &Case) -> Option<Finding> {
    let path = |view: &SessionView| no_certificate(view).filter(|path| !is_default(path)).map(str::to_owned);
    let told = told(case, |view| path(view).is_some(), |_, later| accepted(later) || later.session.tls == Some(true))?;
    let (view, path) = (told.view, path(told.view)?);
    // files that were read tell more, and a health check in TLS need not be meant
    if case.hosts.iter().any(|host| std::ptr::eq(host.host, view.host) && !host.host.files.is_empty()) {
        return None;
    }
    let message =
        format!("nova-novncproxy{} finds no certificate at {path}: TLS clients are cut off", on(&view.host.name));
    let served = case.sessions.iter().any(accepted);
    // a balancer's check may be the only one that speaks TLS
    let severity = if served { Severity::Note } else { told.severity };
    let draft = Draft::new(&META, severity, message)
        .likely()
        .host(view.host)
        .service(Service::Novncproxy)
        .at_line(&view.log.path, view.line())
        .seen(format!("{}: SSL connection but '{path}' not found", view.at()))
        .remedy(
            proxy_remedy(format!(
                "put the certificate at {path} and let the user of nova read it, or set [DEFAULT] cert"
            ))
            .command(format!("namei -l {path}")),
        );
    Some(draft.done())
}

/// The machine itself was looked at: a file that is named is not there, or not for the user of the proxy.
fn looked_at(host: &HostView, config: &Config) -> Option<Finding> {
    let (file, what) = host.host.keys.iter().find_map(|file| {
        let what = match &file.state {
            KeyState::Missing => "does not exist".to_owned(),
            KeyState::NotAFile => "is a directory".to_owned(),
            KeyState::Closed { at } if *at == file.path => "cannot be read by the proxy's user".to_owned(),
            KeyState::Closed { at } => format!("cannot be reached by the proxy's user, who may not enter {at}"),
            KeyState::Readable | KeyState::Hidden => return None,
        };
        Some((file, what))
    })?;
    let only = config.bool("DEFAULT", "ssl_only") == Some(true);
    let gone = file.state == KeyState::Missing && file.option == "cert";
    let then = match (gone, only) {
        (true, true) => "it does not start",
        (true, false) => "it speaks no TLS",
        (false, _) => "every TLS client is cut off",
    };
    let message =
        format!("nova-novncproxy on {} is to use {} {}, which {what}: {then}", host.name(), file.option, file.path);
    let draft = Draft::error(&META, message).host(host.host).service(Service::Novncproxy);
    // access lists and the like may let the user in
    let draft = if matches!(file.state, KeyState::Closed { .. }) { draft.likely() } else { draft };
    let remedy = proxy_remedy(format!(
        "put the file at {} and let the user that nova-novncproxy runs as read it (a group of its own, mode 640), and enter the directories above",
        file.path
    ))
    .command(format!("namei -l {}", file.path));
    Some(placed(draft, host, Service::Novncproxy, &config.get("DEFAULT", &file.option)).remedy(remedy).done())
}

/// A process runs with a certificate of its command line.
fn on_command_line(host: &HostView) -> bool {
    let mut proxies = host.host.processes.iter().filter(|process| process.service == Service::Novncproxy);
    proxies.any(|process| process.options.iter().any(|option| option.name == "cert"))
}

fn wrong(case: &Case, before: &[Finding], host: &HostView, config: &Config) -> Option<Wrong> {
    let [cert, key, only] = ["cert", "key", "ssl_only"].map(|name| config.get("DEFAULT", name));
    let named = cert.raw.as_deref().is_some_and(|raw| !raw.trim().is_empty());
    if config.bool("DEFAULT", "ssl_only") == Some(true) && !named {
        return Some(Wrong {
            severity: Severity::Error,
            most: Confidence::Likely,
            text: "takes only TLS (ssl_only) and sets no [DEFAULT] cert: without self.pem in its directory it does not start"
                .to_owned(),
            at: only,
            seen: Some("right only if --cert stands on its command line, or self.pem where it starts".to_owned()),
        });
    }
    if key.is_set() && !named {
        return Some(Wrong {
            severity: Severity::Warning,
            most: Confidence::Likely,
            text: "has [DEFAULT] key and no cert: it speaks no TLS".to_owned(),
            at: key,
            seen: None,
        });
    }
    if let Some(relative) = [&cert, &key].into_iter().find(|setting| is_relative(setting)) {
        return Some(Wrong {
            severity: Severity::Warning,
            most: Confidence::Possible,
            text: format!(
                "looks for [DEFAULT] {} at a relative path: what that is depends on where the process starts",
                relative.name
            ),
            at: relative.clone(),
            seen: None,
        });
    }
    let told = before.iter().any(|finding| finding.cause == "scheme-mismatch");
    let seen = (!named && !told).then(|| https_straight_here(case, host, config)).flatten()?;
    Some(Wrong {
        severity: Severity::Warning,
        most: Confidence::Likely,
        text: "gets https:// URLs and sets no [DEFAULT] cert".to_owned(),
        at: cert,
        seen: Some(seen),
    })
}

/// A path that depends on where the process starts. The default written out says no more than the default.
fn is_relative(setting: &Setting) -> bool {
    setting
        .raw
        .as_deref()
        .map(str::trim)
        .is_some_and(|raw| !raw.is_empty() && raw != "self.pem" && is_literal(raw) && !raw.starts_with(['/', '~']))
}

/// An https URL names this very host and the proxy's port, where no balancer can listen beside it.
fn https_straight_here(case: &Case, host: &HostView, config: &Config) -> Option<String> {
    let port = config.int("vnc", "novncproxy_port")?;
    let everywhere = crate::evidence::site::is_wildcard(&config.string("vnc", "novncproxy_host")?);
    let own = &host.own_names;
    let base = base_urls(case).into_iter().find(|base| {
        base.url.scheme == Scheme::Https
            && i64::from(base.url.port) == port
            && own.iter().any(|name| !name.is_empty() && *name == base.url.host.to_lowercase())
    })?;
    everywhere.then(|| format!("{} hands out {}", base.host.name(), base.url.page_url()))
}

fn finding(case: &Case, host: &HostView, wrong: Wrong) -> Option<Finding> {
    let basis = host.runs(Service::Novncproxy)?;
    let mut draft = Draft::new(&META, wrong.severity, format!("nova-novncproxy on {} {}", host.name(), wrong.text))
        .releases(Case::span(&case.releases.candidates))
        .confidence(confidence(basis).min(wrong.most))
        .host(host.host)
        .service(Service::Novncproxy)
        .remedy(proxy_remedy(format!(
            "in nova.conf of {}:\n[DEFAULT]\ncert = /PATH/cert.pem\nkey = /PATH/key.pem\nor, with TLS at a balancer, ssl_only = false and no key",
            host.name()
        )));
    if let Some(seen) = wrong.seen {
        draft = draft.seen(seen);
    }
    Some(placed(draft, host, Service::Novncproxy, &wrong.at).done())
}

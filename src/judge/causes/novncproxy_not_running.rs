//! No nova-novncproxy answers where one should.

use super::Cause;
use super::at_work::{last_line, severity_of_start};
use super::base_url_unreachable;
use super::console_words::{authority, proxies, proxy_remedy};
use super::novncproxy_bind::is_bind_trouble;
use super::wire_words::{UrlDial, url_refused};
use crate::evidence::host::Host;
use crate::evidence::log::{Event, LogEvent, LogFile, StartFailure};
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::evidence::site::{is_loopback, is_wildcard};
use crate::evidence::target::TargetKind;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "novncproxy-not-running",
    home: 13,
    releases: "15-34",
    severity: Severity::Error,
    field: &["F2"],
    title: "nova-novncproxy does not run",
    needs: &[Need::Host, Need::Probe, Need::Logs],
    symptoms: &[],
    explanation: "\
nova-novncproxy is a service of its own (packages: nova-novncproxy, openstack-nova-novncproxy, or within nova-consoleproxy), and no
service list of nova ever shows it. It ends at start when its port is taken, when `ssl_only` is set and the certificate is not there,
when the noVNC files are not at `[DEFAULT] web`, when an option is refused, or when a Python module is missing. Some of these are
said on stderr only: the journal has them, the log has not. A refused connection to the URL's port means that neither it nor a
balancer before it listens there.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, before: &[Finding]) -> Vec<Finding> {
    let told = |finding: &&Finding| {
        finding.severity == Severity::Error && matches!(finding.cause, "nova-conf-refused" | "novncproxy-bind")
    };
    let refused_file = |host: &Host| {
        before.iter().filter(told).any(|finding| finding.host.as_deref().unwrap_or_default() == host.name)
    };
    let gone: Vec<Finding> = case
        .hosts
        .iter()
        .filter(|host| !refused_file(host.host))
        .filter_map(|host| died(case, host).or_else(|| absent(case, host)))
        .collect();
    if !gone.is_empty() {
        return gone;
    }
    let explained = before.iter().any(|finding| {
        finding.severity == Severity::Error
            && matches!(finding.cause, "base-url-unreachable" | "nova-conf-refused" | "novncproxy-bind")
    });
    if explained
        || case.hosts.iter().any(|host| last_words(case, host).is_some_and(|(.., failure)| is_bind_trouble(failure)))
    {
        return Vec::new();
    }
    refused(case).into_iter().collect()
}

/// The process table of a host that is to run it shows none.
fn absent(case: &Case, host: &HostView) -> Option<Finding> {
    let told_by = |words: &[&str]| {
        host.host.configs.iter().any(|config| {
            config.service == Some(Service::Novncproxy)
                && config.told_by.as_deref().is_some_and(|told_by| words.contains(&told_by))
        })
    };
    let named = told_by(&["flag"]);
    // files may be left over where nothing of nova's runs, and `controller` names services that may be elsewhere
    let expected = named || (told_by(&["flag-group", "layout"]) && !host.host.processes.is_empty());
    if !expected || !host.host.processes_seen || runs(host) {
        return None;
    }
    let sure = named || !case.hosts.iter().any(runs);
    let message = format!("no nova-novncproxy runs on {}", host.name());
    let draft = if sure { Draft::error(&META, message).likely() } else { Draft::warning(&META, message).possible() };
    Some(
        draft
            .host(host.host)
            .service(Service::Novncproxy)
            .seen("its configuration is there and its process is not")
            .remedy(remedy())
            .done(),
    )
}

fn runs(host: &HostView) -> bool {
    host.host.processes.iter().any(|process| process.service == Service::Novncproxy)
}

/// The last thing that the proxy of a host logged is why it does not start.
fn last_words<'e>(case: &Case<'e>, host: &HostView<'e>) -> Option<(&'e LogFile, &'e LogEvent, &'e StartFailure)> {
    let (log, line) = last_line(case, host, Service::Novncproxy)?;
    match &line.event {
        Event::StartFailed { failure } => Some((log, line, failure)),
        _ => None,
    }
}

fn died(case: &Case, host: &HostView) -> Option<Finding> {
    let (log, line, failure) = last_words(case, host)?;
    let since = host
        .host
        .processes
        .iter()
        .filter(|process| process.service == Service::Novncproxy)
        .find_map(|process| process.started);
    let runs_since = runs(host) && since.is_none_or(|started| line.at.is_none_or(|at| started >= at - 60.0));
    if is_bind_trouble(failure) || runs_since {
        return None;
    }
    let severity = severity_of_start(case, host, line)?;
    let (why, mend) = words(failure);
    Some(
        Draft::new(&META, severity, format!("nova-novncproxy on {} ends at start: {why}", host.name()))
            .likely()
            .host(host.host)
            .service(Service::Novncproxy)
            .at_line(&log.path, line.line)
            .remedy(proxy_remedy(mend).command(JOURNAL))
            .done(),
    )
}

const JOURNAL: &str = "systemctl status '*novncproxy*'; journalctl -n 50 -u '*novncproxy*'";

fn words(failure: &StartFailure) -> (String, &'static str) {
    match failure {
        StartFailure::CertificateMissing { path } => (
            format!("ssl_only is set and there is no certificate at {path}"),
            "set [DEFAULT] cert and key to files that nova may read",
        ),
        StartFailure::WebRootMissing { dir } => (
            format!("there are no noVNC files at {dir}"),
            "install noVNC (package novnc), or set [DEFAULT] web to its directory",
        ),
        StartFailure::ConfigValue { option: Some(option) } => {
            (format!("{option} has a value that its type does not allow"), "mend the value in nova.conf")
        }
        StartFailure::ConfigValue { option: None } => {
            ("an option has a value that its type does not allow".to_owned(), "mend the value in nova.conf")
        }
        StartFailure::ConfigParse { file, line: Some(line) } => {
            (format!("{file} line {line} cannot be parsed"), "mend the line")
        }
        StartFailure::ConfigParse { file, line: None } => (format!("{file} cannot be parsed"), "mend the file"),
        StartFailure::ConfigFiles { files, denied: true } => {
            (format!("it may not read {files}"), "let the user of nova read its files")
        }
        StartFailure::FileDenied { path } => (
            format!("it may not open {path}"),
            "let the user of nova open that file (owner, mode, the directories above, SELinux)",
        ),
        StartFailure::ConfigFiles { files, denied: false } => {
            (format!("{files} does not exist"), "mend the unit's --config-file, or put the file there")
        }
        StartFailure::Config { error } => (format!("its configuration is not accepted ({error})"), "mend nova.conf"),
        StartFailure::ModuleMissing { module } => (
            format!("the Python module {module} is missing"),
            "install the package of that module, in the version of this release",
        ),
        StartFailure::Database { .. } => (
            "its [database] connection is not set or cannot be used".to_owned(),
            "set [database] connection to the cell's database, in the file that the proxy reads",
        ),
        StartFailure::Other { text } => (text.clone(), "see the journal"),
        StartFailure::AddressInUse
        | StartFailure::AddressNotHere
        | StartFailure::AddressDenied
        | StartFailure::AddressUnknown => ("it cannot listen".to_owned(), "see novncproxy-bind"),
    }
}

/// The URL's port turned us away.
fn refused(case: &Case) -> Option<Finding> {
    let dial = url_refused(case)?;
    let peer = authority(&dial.host, dial.port);
    let message = format!(
        "nothing listens at {peer}, where the console URL leads: neither nova-novncproxy nor a balancer before it"
    );
    let severity = if dial.given { Severity::Error } else { Severity::Warning };
    let mut draft = Draft::new(&META, severity, message)
        .service(Service::Novncproxy)
        .seen(format!("dialled from {}: {}", dial.from, dial.words));
    let owner = case.hosts.iter().find(|host| host.own_names.contains(&dial.host.to_lowercase()));
    if let Some(host) = owner {
        draft = draft.host(host.host);
    }
    draft = if case.evidence.target.kind == TargetKind::Server && !leads_to_proxy(case, &dial) {
        // nova handed the URL out just now, and where its proxy listens is not known
        draft.possible().between(&[&base_url_unreachable::CAUSE.meta, &META])
    } else if !dial.given {
        draft.possible().seen("a firewall may turn this machine away and let users pass")
    } else if leads_to_proxy(case, &dial) {
        draft.likely()
    } else if is_loopback(&dial.host) || !proxies(case, Basis::Told).is_empty() {
        // the proxy may run, elsewhere
        draft.possible().between(&[&base_url_unreachable::CAUSE.meta, &META])
    } else {
        draft.possible().seen("a URL with another place than the proxy's looks the same")
    };
    Some(draft.remedy(remedy()).done())
}

/// The URL leads to the very address and port where a proxy that we know is to listen.
fn leads_to_proxy(case: &Case, dial: &UrlDial) -> bool {
    proxies(case, Basis::Told).iter().any(|(host, config)| {
        let listens = config.string("vnc", "novncproxy_host").unwrap_or_default();
        let here = listens == dial.host || is_wildcard(&listens) || host.own_names.contains(&dial.host);
        here && config.int("vnc", "novncproxy_port") == Some(i64::from(dial.port))
    })
}

fn remedy() -> Remedy {
    proxy_remedy("start nova-novncproxy; where a balancer stands before it, give it a frontend on that port")
        .command(JOURNAL)
}

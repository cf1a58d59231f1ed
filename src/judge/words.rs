//! Words that several causes and steps use.

use crate::evidence::process::Service;
use crate::evidence::tls::TlsOffer;
use crate::finding::Severity;

/// The service in the contract's word: `consoleauth`, `novncproxy`.
pub(crate) fn service(service: Service) -> &'static str {
    let program = service.program();
    program.strip_prefix("nova-").unwrap_or(program)
}

/// `ctl1, ctl2 and ctl3`.
pub(crate) fn list<S: AsRef<str>>(names: &[S]) -> String {
    match names {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [head @ .., last] => {
            let head: Vec<&str> = head.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", head.join(", "), last.as_ref())
        }
    }
}

/// The host in sentences: files that were given without a name stand for `this host`.
pub(crate) fn named(host: &str) -> &str {
    if host.is_empty() { "this host" } else { host }
}

/// ` on ctl1`; nothing for a host without a name.
pub(crate) fn on(host: &str) -> String {
    if host.is_empty() { String::new() } else { format!(" on {host}") }
}

/// `ctl1 nova-consoleauth.log:17`, without the host where it has no name.
pub(crate) fn at_line(host: &str, path: &str, line: u32) -> String {
    format!("{host} {path}:{line}").trim_start().to_owned()
}

/// A message of a trouble in a log; one that is no more than a note is over.
pub(crate) fn in_its_time(severity: Severity, message: String) -> String {
    if severity == Severity::Note { format!("earlier, and not now: {message}") } else { message }
}

/// What a handshake came to that offered one version: `TLSv1.2 refused (protocol_version)`.
pub(crate) fn offer(offer: &TlsOffer) -> String {
    let came = match (&offer.saw.problem, &offer.saw.alert) {
        (None, _) => "taken".to_owned(),
        (Some(_), Some(alert)) => format!("refused ({alert})"),
        (Some(problem), None) => problem.words(),
    };
    format!("{} {came}", offer.version)
}

/// `7 s`, `12 min`, `3 h`, `5 days`.
pub(crate) fn age(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.0} h", s / 3600.0),
        s => format!("{:.0} days", s / 86_400.0),
    }
}

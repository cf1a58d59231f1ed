//! The service that a log's file is called after: `nova-novncproxy.log`, `ctl1.nova-consoleauth.log.1`, `n-novnc-cell1.log`.
//!
//! For lines that do not say who wrote them, such as a program's last words on standard error.

use std::path::Path;

use super::classify::by_tag;
use crate::evidence::process::Service;

/// The service, by the file's name alone.
pub(super) fn service(path: &Path) -> Option<Service> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase().replace('_', "-");
    if ["api-meta", "metadata"].iter().any(|other| name.contains(other)) {
        return None;
    }
    name.split('.').find_map(part)
}

/// The longest run of words that is a program's name.
fn part(text: &str) -> Option<Service> {
    let words: Vec<&str> = text.split('-').collect();
    let ends = (0..words.len()).flat_map(|from| (from + 1..=words.len()).rev().map(move |to| (from, to)));
    ends.filter_map(|(from, to)| words.get(from..to)).map(|run| run.join("-")).find_map(|run| program(&run))
}

/// Nova alone has programs of the short names; an `api` or a `compute` may be anybody's.
fn program(run: &str) -> Option<Service> {
    match run {
        "novncproxy" | "consoleauth" | "spicehtml5proxy" | "serialproxy" => {
            Service::from_program(&format!("nova-{run}"))
        }
        _ if run.starts_with("n-") => by_tag(&format!("devstack@{run}")),
        _ => by_tag(run),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        let cases = [
            ("/var/log/nova/nova-novncproxy.log", Some(Service::Novncproxy)),
            ("nova-novncproxy.log.1", Some(Service::Novncproxy)),
            ("nova-novncproxy-cell1.log", Some(Service::Novncproxy)),
            ("nova-compute.log-20261101", Some(Service::Compute)),
            ("ctl1.nova-consoleauth.log", Some(Service::Consoleauth)),
            ("ctl1-nova-serialproxy.log", Some(Service::SerialProxy)),
            ("nova-spicehtml5proxy.log", Some(Service::SpiceProxy)),
            ("nova_vnc_proxy.log", Some(Service::Novncproxy)),
            ("n-novnc-cell1.log", Some(Service::Novncproxy)),
            ("screen-n-cauth.log", Some(Service::Consoleauth)),
            ("novncproxy.log", Some(Service::Novncproxy)),
            ("nova-api.log", Some(Service::Api)),
            ("nova-api-metadata.log", None),
            ("n-api-meta.log", None),
            ("nova-xvpvncproxy.log", None),
            ("keystone-api.log", None),
            ("syslog", None),
            ("compute1.log", None),
        ];
        for (name, service) in cases {
            assert_eq!(super::service(Path::new(name)), service, "{name}");
        }
    }
}
